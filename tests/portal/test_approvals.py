"""Deeds of two persons: accounts, separate roles, lost second factors."""

from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.db import DatabaseError, IntegrityError
from django.test import Client
from django.urls import reverse

from facilities.models import Membership
from foundation import clock
from foundation.rowsecurity import acting_as
from residents.models import Account, AccountSession, Approval, FactorSecret, KnownDevice
from tests import factories
from tests.factories import made
from tests.people import People
from tests.portal.staffing import Enter, colleague, decide, events, the
from tests.sessions import session_of

WHY = "新入职，接替窗口工作"


@pytest.fixture
def security(people: People) -> Account:
    return factories.staff("anquan", "安全员", people.bureau, "security")


def ask_account(client: Client, place: Any, role: str = "reception", username: str = "xinren") -> Any:
    facts = {"name": "新人", "username": username, "facility": str(place.pk), "role": role, "reason": WHY}
    return client.post(reverse("staff:new_account"), facts)


def ask_role(client: Client, whom: Account, place: Any, role: str) -> Any:
    facts = {"facility": str(place.pk), "role": role, "reason": WHY}
    return client.post(reverse("staff:give_role", args=[whom.pk]), facts)


def roles_of(account: Account) -> set[str]:
    with acting_as("owner"):
        return set(Membership.objects.live(clock.now()).filter(account=account).values_list("role", flat=True))


# --- joiners ---------------------------------------------------------------------------------------------------------


def test_two_persons_open_an_account(people: People, security: Account, signed_in: Enter) -> None:
    ask_account(signed_in(security), people.township)
    page = decide(signed_in(people.administrator))
    account = the(Account, username="xinren")
    assert (account.is_active, account.must_change_password, roles_of(account)) == (True, True, {"reception"})
    assert account.check_password(page.context["first"].password)


def test_the_manager_decides_for_the_managers_own_place(people: People, security: Account, signed_in: Enter) -> None:
    ask_account(signed_in(security), people.township)
    decide(signed_in(colleague(people, "manager")))
    assert roles_of(the(Account, username="xinren")) == {"reception"}


def test_a_manager_does_not_decide_for_another_place(people: People, security: Account, signed_in: Enter) -> None:
    ask_account(signed_in(security), people.county)
    assert decide(signed_in(colleague(people, "manager"))).status_code == 404
    assert the(Approval).verdict == "pending"


@pytest.mark.parametrize("role", ["administrator", "security", "auditor"])
def test_a_manager_gives_no_separate_role(role: str, people: People, security: Account, signed_in: Enter) -> None:
    ask_account(signed_in(security), people.township, role)
    decide(signed_in(colleague(people, "manager")))
    assert the(Approval).verdict == "pending"


def test_nobody_decides_what_they_asked_for(people: People, security: Account, signed_in: Enter) -> None:
    client = signed_in(security)
    ask_account(client, people.township)
    decide(client)
    assert the(Approval).verdict == "pending"


def test_the_table_refuses_one_person_twice(people: People, security: Account) -> None:
    now = clock.now()
    both = {"requested_by": security.pk, "decided_by": security.pk, "requested_at": now, "decided_at": now}
    with pytest.raises(IntegrityError, match="nobody_approves_what_they_asked_for"):
        made(
            Approval(
                kind="export_people", facility=people.township, payload="{}", reason=WHY, verdict="approved",
                expires_at=now + timedelta(days=7), **both,
            )
        )  # fmt: skip


def test_the_web_login_cannot_write_a_decision(people: People, security: Account, signed_in: Enter) -> None:
    ask_account(signed_in(security), people.township)
    with pytest.raises(DatabaseError, match="permission denied"), session_of(signed_in(people.administrator)):
        Approval.objects.update(verdict="approved")


def test_a_request_is_too_old_after_a_week(people: People, security: Account, signed_in: Enter, at: Any) -> None:
    ask_account(signed_in(security), people.township)
    later = clock.now() + timedelta(days=7, minutes=1)
    with at(later):
        decide(signed_in(people.administrator))
    assert the(Approval).verdict == "pending"


def test_a_no_needs_a_reason_and_opens_nothing(people: People, security: Account, signed_in: Enter) -> None:
    ask_account(signed_in(security), people.township)
    client = signed_in(people.administrator)
    decide(client, "no")
    assert the(Approval).verdict == "pending"
    decide(client, "no", "没有这个人")
    assert the(Approval).verdict == "refused"
    with acting_as("owner"):
        assert not Account.objects.filter(username="xinren").exists()


@pytest.mark.parametrize("who", ["administrator", "zhangqiantai", "licunyi"])
def test_only_security_asks_for_accounts(who: str, people: People, signed_in: Enter) -> None:
    assert ask_account(signed_in(getattr(people, who)), people.township).status_code == 403


def test_the_first_password_is_shown_once(people: People, security: Account, signed_in: Enter) -> None:
    ask_account(signed_in(security), people.township)
    client = signed_in(people.administrator)
    password = decide(client).context["first"].password
    page = client.get(reverse("staff:approval", args=[the(Approval).pk])).content.decode()
    assert password not in page


def test_no_password_is_kept_in_the_request(people: People, security: Account, signed_in: Enter) -> None:
    ask_account(signed_in(security), people.township)
    password = decide(signed_in(people.administrator)).context["first"].password
    assert password not in the(Approval).payload


def test_asking_and_deciding_are_events(people: People, security: Account, signed_in: Enter) -> None:
    ask_account(signed_in(security), people.township)
    decide(signed_in(people.administrator))
    done = [event.action for event in events(subject_kind="residents.approval") if "approvals." in event.action]
    assert done == ["approvals.asked", "approvals.approved"]


# --- separate roles --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pair", [("administrator", "security"), ("security", "auditor"), ("auditor", "administrator")])
def test_the_database_keeps_the_three_roles_apart(pair: tuple[str, str], people: People) -> None:
    someone = factories.staff("mouren", "某人", people.township, pair[0])
    with pytest.raises(IntegrityError, match="separate"):
        factories.membership(someone, people.county, pair[1])


def test_whoever_was_one_may_become_another_later(people: People) -> None:
    someone = factories.staff("mouren", "某人", people.township, "auditor")
    with acting_as("owner"):
        Membership.objects.filter(account=someone).update(ended_at=clock.now() - timedelta(days=1))
    factories.membership(someone, people.county, "security", starts_at=clock.now())


def test_a_role_that_ended_is_not_brought_back(people: People) -> None:
    with acting_as("owner"), pytest.raises(IntegrityError, match="stays_ended"):
        Membership.objects.filter(account=people.licunyi).update(ended_at=clock.now() - timedelta(days=1))
        Membership.objects.filter(account=people.licunyi).update(ended_at=None)


def test_a_separate_role_is_given_by_two(people: People, security: Account, signed_in: Enter) -> None:
    ask_role(signed_in(security), people.editor, people.bureau, "auditor")
    decide(signed_in(people.administrator))
    assert roles_of(people.editor) == {"editor", "auditor"}


def test_a_second_separate_role_is_refused_in_words(people: People, security: Account, signed_in: Enter) -> None:
    auditor = colleague(people, "auditor")
    ask_role(signed_in(security), auditor, people.bureau, "security")
    client = signed_in(people.administrator)
    page = client.get(decide(client).url).content.decode()
    assert "不能再兼任" in page
    assert (roles_of(auditor), the(Approval).verdict) == ({"auditor"}, "pending")


@pytest.mark.parametrize("role", ["auditor", "security", "administrator"])
def test_an_administrator_alone_gives_no_separate_role(role: str, people: People, signed_in: Enter) -> None:
    with pytest.raises(DatabaseError, match="row-level security"), session_of(signed_in(people.administrator)):
        Membership(
            account=people.editor, account_name="x", facility=people.bureau, role=role, starts_at=clock.now()
        ).save(force_insert=True)


def test_nobody_gives_themselves_a_role(people: People, signed_in: Enter) -> None:
    with pytest.raises(DatabaseError, match="row-level security"), session_of(signed_in(people.administrator)):
        Membership(
            account=people.administrator, account_name="x", facility=people.county, role="clinician",
            starts_at=clock.now(),
        ).save(force_insert=True)  # fmt: skip


def test_an_approved_role_is_given_once(people: People, security: Account, signed_in: Enter) -> None:
    ask_role(signed_in(security), people.editor, people.bureau, "auditor")
    client = signed_in(people.administrator)
    decide(client)
    with acting_as("owner"):
        Membership.objects.filter(role="auditor").update(ended_at=clock.now())
    with pytest.raises(DatabaseError, match="row-level security"), session_of(client):
        Membership(
            account=people.editor, account_name="x", facility=people.bureau, role="auditor", starts_at=clock.now()
        ).save(force_insert=True)


# --- leavers ---------------------------------------------------------------------------------------------------------


def switch_off(client: Client, whom: Account) -> Any:
    return client.post(reverse("staff:switch_off", args=[whom.pk]))


def test_one_person_switches_a_leaver_off_at_once(people: People, security: Account, signed_in: Enter) -> None:
    leaver = signed_in(people.zhangqiantai)
    assert leaver.get(reverse("staff:index")).status_code == 200
    switch_off(signed_in(security), people.zhangqiantai)
    assert leaver.get(reverse("staff:index")).status_code == 302
    assert (roles_of(people.zhangqiantai), the(Account, username="zhangqiantai").is_active) == (set(), False)


def test_a_manager_ends_what_is_at_the_managers_place(people: People, signed_in: Enter) -> None:
    factories.membership(people.zhangqiantai, people.county, "reception")
    switch_off(signed_in(colleague(people, "manager")), people.zhangqiantai)
    with acting_as("owner"):
        live = Membership.objects.live(clock.now()).filter(account=people.zhangqiantai)
        assert [membership.facility_id for membership in live] == [people.county.pk]


def test_the_last_administrator_is_not_switched_off(people: People, security: Account, signed_in: Enter) -> None:
    switch_off(signed_in(security), people.administrator)
    assert the(Account, username="guanliyuan").is_active


def test_nobody_switches_themselves_off(people: People, security: Account, signed_in: Enter) -> None:
    switch_off(signed_in(security), security)
    assert the(Account, username="anquan").is_active


@pytest.mark.parametrize("who", ["administrator", "zhangqiantai", "chenyisheng"])
def test_nobody_else_switches_accounts_off(who: str, people: People, signed_in: Enter) -> None:
    assert switch_off(signed_in(getattr(people, who)), people.licunyi).status_code == 403


def test_an_account_comes_back_by_two_and_without_roles(people: People, security: Account, signed_in: Enter) -> None:
    client = signed_in(security)
    switch_off(client, people.zhangqiantai)
    client.post(reverse("staff:ask_reopen", args=[people.zhangqiantai.pk]), {"reason": WHY})
    decide(signed_in(people.administrator))
    assert (the(Account, username="zhangqiantai").is_active, roles_of(people.zhangqiantai)) == (True, set())


# --- lost second factors ---------------------------------------------------------------------------------------------


def give_factor(of: Account) -> None:
    secret = made(FactorSecret(value="geheim"))
    made(Authenticator(user=of, type="totp", data={"secret": str(secret.pk)}))
    now = clock.now()
    made(KnownDevice(account=of, key_hash=b"k" * 32, first_seen_at=now, last_seen_at=now))


def test_two_persons_drop_a_lost_second_factor(people: People, security: Account, signed_in: Enter) -> None:
    give_factor(people.licunyi)
    old = signed_in(people.licunyi)
    signed_in(security).post(reverse("staff:ask_reset", args=[people.licunyi.pk]), {"reason": "手机丢了，本人来过"})
    decide(signed_in(people.administrator))
    with acting_as("owner"):
        left = [
            Authenticator.objects.filter(user=people.licunyi).count(),
            FactorSecret.objects.count(),
            KnownDevice.objects.filter(account=people.licunyi).count(),
            AccountSession.objects.filter(account=people.licunyi).count(),
        ]
    assert left == [0, 0, 0, 0]
    assert old.get(reverse("staff:index")).status_code == 302


def test_a_second_factor_is_not_dropped_before_the_second_person(
    people: People, security: Account, signed_in: Enter
) -> None:
    give_factor(people.licunyi)
    signed_in(security).post(reverse("staff:ask_reset", args=[people.licunyi.pk]), {"reason": "手机丢了，本人来过"})
    assert the(Authenticator, user=people.licunyi)


def test_nobody_decides_about_themselves(people: People, security: Account, signed_in: Enter) -> None:
    signed_in(security).post(
        reverse("staff:ask_reset", args=[people.administrator.pk]), {"reason": "手机丢了，本人来过"}
    )
    decide(signed_in(people.administrator))
    assert the(Approval).verdict == "pending"


def test_security_decides_where_an_administrator_asked(people: People, security: Account, signed_in: Enter) -> None:
    give_factor(people.licunyi)
    admin = signed_in(people.administrator)
    admin.post(reverse("staff:ask_reset", args=[people.licunyi.pk]), {"reason": "手机丢了，本人来过"})
    decide(signed_in(security))
    with acting_as("owner"):
        assert not Authenticator.objects.filter(user=people.licunyi).exists()
