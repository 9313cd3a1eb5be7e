"""Signing in through the identity platform: who gets in, at what level, and who does not."""

from datetime import date, timedelta

import pytest
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from foundation.rowsecurity import acting_as
from residents.models import Account, Resident
from tests import factories
from tests.factories import NOON, id_number
from tests.people import People
from tests.residents.authorities.visits import (
    HER_FACTS,
    begin,
    bound,
    come_back,
    enter,
    her,
    live_bindings,
    proofs,
    said,
    signed_in_as,
)
from tests.residents.authority_server import SECRET, AuthorityServer, Person
from tests.residents.door import page, statements, switch_off

REFUSED = ["这次认证不能打开账号。请用证件号码登录，或带身份证到就近的医院或卫生院窗口办理。"]


def test_number_and_name_open_the_account(people: People, client: Client, server: AuthorityServer) -> None:
    response = enter(client, server, her(**HER_FACTS))
    assert response.url == reverse("home")
    assert signed_in_as(client) == str(people.helanfang_account.pk)


def test_the_proof_is_level_three_for_a_year(people: People, client: Client, server: AuthorityServer) -> None:
    enter(client, server, her(**HER_FACTS))
    (proof,) = proofs(people.helanfang_account)
    assert (proof.level, proof.authority) == (3, "oidc")
    assert timedelta(days=364) < proof.valid_until - timezone.now() <= timedelta(days=365)


def test_signing_in_twice_on_a_day_proves_once(people: People, server: AuthorityServer) -> None:
    for _visit in range(2):
        enter(Client(), server, her(**HER_FACTS))
    assert len(proofs(people.helanfang_account)) == 1


def test_a_sign_in_through_the_platform_counts_as_proved(
    people: People, client: Client, server: AuthorityServer
) -> None:
    enter(client, server, her(**HER_FACTS))
    with acting_as("owner"):
        assert people.helanfang_account.sessions.get().proved_at is not None


def test_one_comes_to_the_page_one_wanted(people: People, client: Client, server: AuthorityServer) -> None:
    wanted = reverse("residents:notices")
    answer = server.sign_in(begin(client, next=wanted).url, her(**HER_FACTS))
    assert client.get(reverse("account_authority_callback", args=["oidc"]), answer).url == wanted


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x"])
def test_one_is_sent_nowhere_else(people: People, client: Client, server: AuthorityServer, elsewhere: str) -> None:
    answer = server.sign_in(begin(client, next=elsewhere).url, her(**HER_FACTS)) | {"next": elsewhere}
    assert client.get(reverse("account_authority_callback", args=["oidc"]), answer).url == reverse("home")


@pytest.mark.parametrize("written", ["阿依努尔•艾山", "阿依努尔・艾山", " 阿依努尔·艾山 "])
def test_the_dots_of_a_name_are_one(db: None, client: Client, server: AuthorityServer, written: str) -> None:
    aynur = factories.account(factories.resident("阿依努尔·艾山", id_number(sequence=82)))
    enter(client, server, Person("aynur", {"name": written, "id_number": id_number(sequence=82)}))
    assert signed_in_as(client) == str(aynur.pk)


def test_a_person_of_the_county_without_an_account_gets_one(db: None, client: Client, server: AuthorityServer) -> None:
    person = factories.resident("马德海", id_number(sequence=51))
    enter(client, server, Person("dehai", {"name": "马德海", "id_number": id_number(sequence=51)}))
    with acting_as("owner"):
        opened = Account.objects.get(resident=person)
    assert signed_in_as(client) == str(opened.pk) and not opened.has_usable_password()


def test_nobody_becomes_a_person_by_it(people: People, client: Client, server: AuthorityServer) -> None:
    enter(client, server, Person("new", {"name": "新来的", "id_number": id_number(sequence=777)}))
    with acting_as("owner"):
        assert not Resident.objects.filter(name="新来的").exists() and signed_in_as(client) is None


def test_a_number_that_somebody_only_claims_is_nobodys(db: None, client: Client, server: AuthorityServer) -> None:
    squatter = factories.resident("赵铁柱", id_number(sequence=73), provisional=True)
    factories.account(squatter, level=1)
    with acting_as("owner"):
        squatter.identifiers.update(claimed=True)
    enter(client, server, Person("tiezhu", {"name": "赵铁柱", "id_number": id_number(sequence=73)}))
    assert signed_in_as(client) is None


def test_unknown_number_other_name_and_no_account_get_one_answer(
    people: People, client: Client, server: AuthorityServer
) -> None:
    """Statuses, addresses, sentences and pages are the same, so nothing is learnt about a number."""
    unknown = {"name": "贺兰芳", "id_number": id_number(sequence=999)}
    other_name = HER_FACTS | {"name": "王建国"}
    no_name = {"id_number": HER_FACTS["id_number"]}
    dead = factories.resident("已故", id_number(sequence=501), deceased_on=NOON.date())
    gone = {"name": dead.name, "id_number": id_number(sequence=501)}
    answers = []
    for facts in (unknown, other_name, no_name, gone):
        visitor = Client()
        response = enter(visitor, server, Person("somebody", facts))
        answers.append((response.status_code, response.url, said(response), page(visitor.get(response.url))))
    assert answers[0][2] == REFUSED
    assert all(answer[:3] == answers[0][:3] for answer in answers)
    assert len({answer[3] for answer in answers}) == 1


def test_a_refusal_costs_the_same_whoever_it_is_about(people: People, server: AuthorityServer) -> None:
    """The same statements are run for an unknown number as for a known one with another name."""
    enter(Client(), server, Person("warming-up", {}))
    costs = []
    for facts in ({"name": "贺兰芳", "id_number": id_number(sequence=999)}, HER_FACTS | {"name": "王建国"}):
        visitor = Client()
        answer = server.sign_in(begin(visitor).url, Person("somebody", facts))
        with CaptureQueriesContext(connections["signin"]) as signin, CaptureQueriesContext(connection) as web:
            come_back(visitor, answer)
        costs.append(statements([*signin.captured_queries, *web.captured_queries]))
    assert costs[0] == costs[1]


def test_under_fourteen_a_guardian_applies(db: None, client: Client, server: AuthorityServer) -> None:
    number = id_number(date(2019, 5, 18), 27)
    factories.account(factories.resident("林子涵", number))
    response = enter(client, server, Person("child", {"name": "林子涵", "id_number": number}))
    assert signed_in_as(client) is None
    assert said(response) == ["未满14周岁的，由监护人办理：请监护人登录自己的账号，再替孩子办理。"]


def test_an_account_switched_off_stays_shut(people: People, client: Client, server: AuthorityServer) -> None:
    switch_off(people.helanfang_account)
    enter(client, server, her(**HER_FACTS))
    assert signed_in_as(client) is None


def test_the_secret_goes_to_the_server_alone(people: People, client: Client, server: AuthorityServer) -> None:
    address = begin(client).url
    assert SECRET not in address and "verifier" not in address
    server.sign_in(address, her(**HER_FACTS))
    enter(client, server, her(**HER_FACTS))
    assert server.authorizations[-1].startswith("Basic ")


# --- verified, but no plain number -----------------------------------------------------------------------------------
def test_a_bound_pseudonym_signs_in_without_a_number(people: People, client: Client, server: AuthorityServer) -> None:
    bound(people.helanfang_account, "pseudonym-of-her")
    enter(client, server, her())
    assert signed_in_as(client) == str(people.helanfang_account.pk)


def test_it_gives_back_level_three_where_that_was_proved(
    people: People, client: Client, server: AuthorityServer
) -> None:
    bound(people.helanfang_account, "pseudonym-of-her", level=3)
    enter(client, server, her())
    assert [proof.level for proof in proofs(people.helanfang_account)] == [3]


@pytest.mark.parametrize(("level", "facts"), [(1, {"name": "贺兰芳"}), (1, {}), (2, {})])
def test_a_pseudonym_alone_lifts_nobody(
    people: People, client: Client, server: AuthorityServer, level: int, facts: dict[str, str]
) -> None:
    bound(people.helanfang_account, "pseudonym-of-her", level=level)
    enter(client, server, her(**facts))
    assert signed_in_as(client) and proofs(people.helanfang_account) == []


def test_a_match_and_the_name_the_platform_knows_make_level_three(
    people: People, client: Client, server: AuthorityServer
) -> None:
    bound(people.helanfang_account, "pseudonym-of-her", level=2)
    enter(client, server, her(name="贺兰芳"))
    assert [proof.level for proof in proofs(people.helanfang_account)] == [3]


def test_a_bound_pseudonym_of_another_name_is_refused(people: People, client: Client, server: AuthorityServer) -> None:
    bound(people.helanfang_account, "pseudonym-of-her")
    assert said(enter(client, server, her(name="王建国"))) == REFUSED
    assert signed_in_as(client) is None


def test_a_bound_pseudonym_with_anothers_number_is_refused(
    people: People, client: Client, server: AuthorityServer
) -> None:
    bound(people.wangjianguo_account, "pseudonym-of-her")
    assert said(enter(client, server, her(**HER_FACTS))) == REFUSED
    assert signed_in_as(client) is None


@pytest.mark.parametrize("number", ["640***********0125", "", "not a number"])
def test_a_masked_number_is_none(people: People, client: Client, server: AuthorityServer, number: str) -> None:
    response = enter(client, server, her(name="贺*芳", id_number=number))
    assert response.url == reverse("account_authority_unbound")


def test_an_unbound_pseudonym_is_told_how_without_being_asked_for_the_number(
    people: People, client: Client, server: AuthorityServer
) -> None:
    response = enter(client, server, her())
    text = client.get(response.url).content.decode()
    assert "认证成功，还差一步" in text
    assert 'name="login"' not in text and 'name="number"' not in text


def test_without_a_proof_there_is_no_such_page(db: None, client: Client) -> None:
    assert client.get(reverse("account_authority_unbound")).url == reverse("account_login")


def test_ended_bindings_open_nothing(people: People, client: Client, server: AuthorityServer) -> None:
    line = bound(people.helanfang_account, "pseudonym-of-her")
    with acting_as("owner"):
        line.ended_at = timezone.now() + timedelta(days=1)
        line.save(update_fields=["ended_at"])
    assert enter(client, server, her()).url == reverse("account_authority_unbound")
    assert live_bindings() == []
