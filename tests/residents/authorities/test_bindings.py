"""Binding an authority to one's account, ending it, and what a shared phone must not do."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from django.db import DatabaseError, connections, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from foundation.rowsecurity import acting_as
from residents.authorities import binding
from residents.models import AccessEvent, Account, AccountSession, Binding
from tests import factories
from tests.factories import id_number
from tests.people import People
from tests.residents.authorities.visits import (
    HER_FACTS,
    OPENID,
    begin,
    bound,
    come_back,
    enter,
    her,
    known,
    live_bindings,
    proofs,
    said,
    signed_in_as,
    tap,
)
from tests.residents.authority_server import WECHAT_APP, AuthorityServer, Person
from tests.residents.door import by_password, set_password

TAKEN = ["没有绑定：这个微信已绑定另一个账号，或本账号已绑定另一个微信。请先在原来的账号里解除绑定。"]
PAGE = "residents:bindings"
WANGJIANGUO_NUMBER = id_number(date(1961, 5, 4), 13)


def unbind(client: Client, key: str = "wechat") -> str:
    return client.post(reverse("residents:unbind", args=[key])).url


def deeds() -> list[str]:
    with acting_as("owner"):
        return list(AccessEvent.objects.filter(action__contains="bound").values_list("action", flat=True))


# --- WeChat ----------------------------------------------------------------------------------------------------------
def test_whoever_is_known_binds_their_wechat(people: People, client: Client, server: AuthorityServer) -> None:
    assert tap(known(client), server).url == reverse(PAGE)
    (line,) = live_bindings()
    assert (line.account_id, line.authority, line.issuer) == (people.helanfang_account.pk, "wechat", WECHAT_APP)


def test_wechat_alone_creates_nothing_and_opens_nothing(
    people: People, client: Client, server: AuthorityServer
) -> None:
    response = tap(client, server)
    assert said(response) == ["这个微信还没有绑定账号。请先用证件号码登录，再到“我的 → 微信与认证”里绑定。"]
    assert signed_in_as(client) is None and live_bindings() == []


def test_a_bound_wechat_signs_in(people: People, client: Client, server: AuthorityServer) -> None:
    bound(people.helanfang_account, OPENID, "wechat")
    assert tap(client, server).url == reverse("home")
    assert signed_in_as(client) == str(people.helanfang_account.pk)


def test_such_a_session_has_proved_nothing(people: People, client: Client, server: AuthorityServer) -> None:
    bound(people.helanfang_account, OPENID, "wechat")
    tap(client, server)
    with acting_as("owner"):
        assert AccountSession.objects.get(account=people.helanfang_account).proved_at is None


def test_a_password_of_ones_own_given_before_does_not_count_for_it(
    people: People, client: Client, server: AuthorityServer
) -> None:
    """Half a sign-in as oneself, then a tap on somebody else's phone: their session must stay unproved."""
    bound(people.helanfang_account, OPENID, "wechat")
    address = begin(client, "wechat").url
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": 4e9}]
    session["account_authentication_methods_user"] = str(people.helanfang_account.pk)
    session.save()
    come_back(client, server.tap(address, OPENID), "wechat")
    with acting_as("owner"):
        assert AccountSession.objects.get(account=people.helanfang_account).proved_at is None


def test_the_page_says_whose_account_is_open(people: People, client: Client, server: AuthorityServer) -> None:
    bound(people.helanfang_account, OPENID, "wechat")
    tap(client, server)
    text = client.get(reverse("residents:me")).content.decode()
    assert '现在打开的是 <strong lang="zh-hans">贺兰芳</strong> 的账号（微信登录）' in text


def test_it_says_so_only_after_wechat(people: People, client: Client, server: AuthorityServer) -> None:
    assert "微信登录" not in known(client).get(reverse("residents:me")).content.decode()


@pytest.mark.parametrize("level", [0, 1])
def test_who_is_not_verified_binds_no_wechat(db: None, client: Client, server: AuthorityServer, level: int) -> None:
    factories.account(factories.resident("李四", id_number(sequence=441)), level=level)
    by_password(client, id_number(sequence=441))
    assert said(begin(client, "wechat")) == ["要先核验身份才能绑定。请带身份证到就近的医院或卫生院窗口核验。"]


@pytest.mark.parametrize("key", ["wechat", "oidc"])
def test_binding_asks_for_the_password_anew(
    people: People, client: Client, server: AuthorityServer, key: str, at: Callable[[datetime], Any]
) -> None:
    known(client)
    with at(timezone.now() + timedelta(minutes=6)):
        assert begin(client, key).url.startswith(reverse("account_reauthenticate"))


def test_a_weak_session_binds_nothing_more(people: People, client: Client, server: AuthorityServer) -> None:
    bound(people.helanfang_account, OPENID, "wechat")
    tap(client, server)
    assert begin(client, "oidc").url.startswith(reverse("account_reauthenticate"))


def test_staff_cannot_come_in_through_a_phone(
    people: People, server: AuthorityServer, signed_in: Callable[[Account], Client]
) -> None:
    client = signed_in(people.zhangqiantai)
    assert said(begin(client, "wechat")) == ["工作人员账号不能这样登录，请用用户名和密码。"]


def test_a_code_used_before_is_refused(people: People, client: Client, server: AuthorityServer) -> None:
    bound(people.helanfang_account, OPENID, "wechat")
    first = server.tap(begin(client, "wechat").url, OPENID)
    come_back(client, first, "wechat")
    client.logout()
    again = server.tap(begin(client, "wechat").url, OPENID) | {"code": first["code"]}
    assert said(come_back(client, again, "wechat")) == ["这次认证没有成功，请从这里重新开始。"]


def test_a_code_that_died_is_refused(people: People, client: Client, server: AuthorityServer) -> None:
    assert said(tap(client, server, openid=None)) == ["这次认证没有成功，请从这里重新开始。"]


def test_who_declines_in_wechat_is_told_so(people: People, client: Client, server: AuthorityServer) -> None:
    answer = server.tap(begin(client, "wechat").url, OPENID) | {"code": "authdeny"}
    assert said(come_back(client, answer, "wechat")) == ["您在微信取消了认证，没有登录。"]


# --- one subject, one account ----------------------------------------------------------------------------------------
def test_a_second_account_cannot_take_the_openid(people: People, client: Client, server: AuthorityServer) -> None:
    """A phone the family shares belongs to whoever bound it; the others are told to end that first."""
    bound(people.helanfang_account, OPENID, "wechat")
    by_password(client, WANGJIANGUO_NUMBER)
    assert said(tap(client, server)) == TAKEN
    assert [line.account_id for line in live_bindings()] == [people.helanfang_account.pk]


def test_a_second_openid_does_not_open_the_account(people: People, client: Client, server: AuthorityServer) -> None:
    bound(people.helanfang_account, OPENID, "wechat")
    assert said(tap(known(client), server, "another-openid")) == TAKEN


def test_binding_twice_is_binding_once(people: People, client: Client, server: AuthorityServer) -> None:
    tap(known(client), server)
    tap(client, server)
    assert len(live_bindings()) == 1


def test_after_it_is_ended_another_may_bind_it(people: People, client: Client, server: AuthorityServer) -> None:
    first = known(Client())
    tap(first, server)
    unbind(first)
    by_password(client, WANGJIANGUO_NUMBER)
    tap(client, server)
    assert [line.account_id for line in live_bindings()] == [people.wangjianguo_account.pk]


@pytest.mark.parametrize("same", ["subject", "account"])
def test_the_database_refuses_a_second_binding(people: People, server: AuthorityServer, same: str) -> None:
    bound(people.helanfang_account, OPENID, "wechat")
    with pytest.raises(
        DatabaseError, match="one_subject_per_account" if same == "account" else "one_account_per_subject"
    ):
        if same == "account":
            bound(people.helanfang_account, "another", "wechat")
        else:
            bound(people.wangjianguo_account, OPENID, "wechat")


def test_of_two_who_bind_at_once_one_does(people: People, server: AuthorityServer) -> None:
    from residents.authorities.port import Proof

    proof, outcomes = Proof("wechat", WECHAT_APP, OPENID), []

    def try_it(account: object) -> None:
        try:
            binding.bind(account=account, proof=proof, level=3, now=timezone.now())
            outcomes.append("bound")
        except binding.Taken:
            outcomes.append("taken")
        finally:
            connections.close_all()

    threads = [Thread(target=try_it, args=[a]) for a in (people.helanfang_account, people.wangjianguo_account)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["bound", "taken"]


# --- ending ----------------------------------------------------------------------------------------------------------
def test_an_ended_binding_opens_nothing(people: People, client: Client, server: AuthorityServer) -> None:
    first = known(Client())
    tap(first, server)
    assert unbind(first) == reverse(PAGE)
    tap(client, server)
    assert signed_in_as(client) is None


def test_ending_it_ends_the_sessions_it_opened(people: People, client: Client, server: AuthorityServer) -> None:
    bound(people.helanfang_account, OPENID, "wechat")
    tap(client, server)
    unbind(known(Client()))
    assert client.get(reverse("residents:me")).status_code == 302


def test_nobody_ends_anothers(people: People, client: Client, server: AuthorityServer) -> None:
    bound(people.helanfang_account, OPENID, "wechat")
    by_password(client, WANGJIANGUO_NUMBER)
    unbind(client)
    assert len(live_bindings()) == 1


def test_closing_an_account_ends_all_of_them(people: People, server: AuthorityServer) -> None:
    bound(people.helanfang_account, OPENID, "wechat")
    bound(people.helanfang_account, "pseudonym-of-her")
    assert binding.end_all(account_id=people.helanfang_account.pk, now=timezone.now()) == 2
    assert live_bindings() == []


def test_both_deeds_are_in_the_access_log(people: People, client: Client, server: AuthorityServer) -> None:
    tap(known(client), server)
    unbind(client)
    assert sorted(deeds()) == ["residents.bound", "residents.unbound"]


# --- once more at the platform ---------------------------------------------------------------------------------------
def proved_at(account: Account) -> object:
    with acting_as("owner"):
        return AccountSession.objects.filter(account=account).latest("created_at").proved_at


def test_who_has_no_password_shows_at_the_platform_who_they_are(
    people: People, client: Client, server: AuthorityServer
) -> None:
    """Signed in by a tap, and now the record: the platform's word makes the session a proved one."""
    set_password(people.helanfang_account, None)
    bound(people.helanfang_account, OPENID, "wechat")
    bound(people.helanfang_account, "pseudonym-of-her")
    tap(client, server)
    wanted = reverse("records:home")
    page = client.get(reverse("account_authority_again"), {"next": wanted}).content.decode()
    assert f'name="next" value="{wanted}"' in page and proved_at(people.helanfang_account) is None
    answer = server.sign_in(begin(client, next=wanted).url, her())
    assert come_back(client, answer).url == wanted
    assert proved_at(people.helanfang_account) is not None


def test_another_persons_word_does_not_prove_it(people: People, client: Client, server: AuthorityServer) -> None:
    bound(people.helanfang_account, OPENID, "wechat")
    bound(people.helanfang_account, "pseudonym-of-her")
    tap(client, server)
    assert said(enter(client, server, Person("pseudonym-of-another"))) == [TAKEN[0].replace("微信", "省身份认证平台")]
    assert proved_at(people.helanfang_account) is None


def test_a_second_tap_proves_nothing(people: People, client: Client, server: AuthorityServer) -> None:
    bound(people.helanfang_account, OPENID, "wechat")
    tap(client, server)
    assert begin(client, "wechat").url.startswith(reverse("account_reauthenticate"))


def test_it_is_offered_to_whom_it_is_bound_alone(
    people: People, server: AuthorityServer, signed_in: Callable[[Account], Client]
) -> None:
    assert signed_in(people.helanfang_account).get(reverse("account_authority_again")).url == reverse(PAGE)


# --- the identity platform, signed in --------------------------------------------------------------------------------
def test_ones_own_number_makes_level_three(people: People, client: Client, server: AuthorityServer) -> None:
    enter(known(client), server, her(**HER_FACTS))
    assert [proof.level for proof in proofs(people.helanfang_account)] == [3]


def test_another_persons_number_is_not_bound(people: People, client: Client, server: AuthorityServer) -> None:
    wang = {"name": "贺兰芳", "id_number": WANGJIANGUO_NUMBER}
    enter(known(client), server, Person("wang", wang))
    assert live_bindings() == [] and proofs(people.helanfang_account) == []


def test_another_name_is_not_bound(people: People, client: Client, server: AuthorityServer) -> None:
    enter(known(client), server, her(name="王建国"))
    assert live_bindings() == []


def test_a_pseudonym_is_bound_at_the_level_proved_so_far(
    people: People, client: Client, server: AuthorityServer
) -> None:
    enter(known(client), server, her())
    assert [(line.level, line.subject) for line in live_bindings()] == [(3, "pseudonym-of-her")]
    assert proofs(people.helanfang_account) == []


def test_a_proof_made_before_signing_in_is_bound_after_a_question(
    people: People, client: Client, server: AuthorityServer
) -> None:
    enter(client, server, her())
    by_password(client)
    assert "把刚才的省身份认证平台认证绑定到这个账号？" in client.get(reverse(PAGE)).content.decode()
    client.post(reverse("residents:bind_pending"), {"answer": "yes"})
    assert [line.account_id for line in live_bindings()] == [people.helanfang_account.pk]


@pytest.mark.parametrize("answer", [{"answer": "no"}, {}])
def test_who_says_no_binds_nothing_and_is_not_asked_again(
    people: People, client: Client, server: AuthorityServer, answer: dict[str, str]
) -> None:
    enter(client, server, her())
    by_password(client)
    client.post(reverse("residents:bind_pending"), answer)
    assert live_bindings() == []
    assert "把刚才的" not in client.get(reverse(PAGE)).content.decode()


def test_a_newer_pseudonym_of_the_same_person_takes_the_olders_place(
    people: People, client: Client, server: AuthorityServer
) -> None:
    bound(people.helanfang_account, "older-pseudonym")
    enter(client, server, her(**HER_FACTS))
    assert [line.subject for line in live_bindings()] == ["pseudonym-of-her"]


# --- for the messages ------------------------------------------------------------------------------------------------
def test_messages_find_the_openid(people: People, server: AuthorityServer) -> None:
    bound(people.helanfang_account, OPENID, "wechat")
    with acting_as("worker"):
        found = binding.openids_of([people.helanfang_account.pk, people.wangjianguo_account.pk])
        assert [(line.account_id, line.subject) for line in found] == [(people.helanfang_account.pk, OPENID)]


def test_an_openid_of_an_earlier_official_account_is_none(people: People, server: AuthorityServer) -> None:
    bound(people.helanfang_account, OPENID, "wechat", issuer="wx-of-an-earlier-account")
    with acting_as("worker"):
        assert not binding.openids_of([people.helanfang_account.pk]).exists()


# --- the table -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("verb", ["SELECT 1 FROM", "DELETE FROM"])
def test_the_web_login_has_no_right_to_it(people: People, verb: str) -> None:
    with pytest.raises(DatabaseError, match="permission denied"):
        with transaction.atomic(), connections["default"].cursor() as cursor:
            cursor.execute(f"{verb} residents_binding")


@pytest.mark.parametrize("change", ["account_id = account_id", "subject = subject", "level = 3"])
def test_sign_in_cannot_move_a_binding(people: People, change: str) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), connections["signin"].cursor() as cursor:
        cursor.execute(f"UPDATE residents_binding SET {change}")


def test_the_level_is_one_of_those_there_are(people: People) -> None:
    with pytest.raises(DatabaseError, match="binding_level_is_0_to_3"):
        bound(people.helanfang_account, "x", level=4)


def test_it_does_not_end_before_it_began(people: People) -> None:
    line = bound(people.helanfang_account, "x")
    with pytest.raises(DatabaseError, match="binding_ends_after_it_starts"), acting_as("owner"):
        Binding.objects.filter(pk=line.pk).update(ended_at=line.bound_at - timedelta(seconds=1))


def test_the_web_login_may_not_ask_whose_a_document_is(people: People) -> None:
    with pytest.raises(DatabaseError, match="permission denied"):
        with transaction.atomic(), connections["default"].cursor() as cursor:
            cursor.execute("SELECT app.person_of_document('resident_id_card', '{}')")
