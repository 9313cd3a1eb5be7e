"""A program stops reading at once: when the person says so, and when what it stood on is gone."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connections, transaction
from django.test import Client
from django.urls import reverse

from foundation.rowsecurity import acting_as, seeing
from residents.connected.reading import Look, announce, reading
from residents.housekeeping import clear_what_is_over
from residents.models import AccessCase, AccessEvent, Account, Connection, Consent, Program, Resident, Verification
from tests import factories
from tests.factories import NOON
from tests.people import People
from tests.residents.connected.programs import App, endings, program, tokens_of
from tests.residents.connected.test_tokens import reads

Enter = Callable[[Account], Client]
LOOK = Look("records.program_read_observation", ["Observation.s"])


def live(people: People) -> Connection:
    return Connection.objects.using("owner").get(resident=people.helanfang, ended_at=None)


def test_the_page_lists_who_reads_what_since_when(people: People, signed_in: Enter) -> None:
    browser = signed_in(people.helanfang_account)
    tokens_of(browser, program(), "Observation")
    page = browser.get(reverse("residents:programs")).content.decode()
    assert all(
        word in page
        for word in ("健康管家", "清河健康科技有限公司", "检验项目和测量值", "还没有读过", "停止“健康管家”")
    )


def test_the_page_says_when_it_last_read(people: People, signed_in: Enter) -> None:
    browser = signed_in(people.helanfang_account)
    reads(tokens_of(browser, program())["access_token"])
    assert "还没有读过" not in browser.get(reverse("residents:programs")).content.decode()


def test_one_tap_stops_running_tokens(people: People, signed_in: Enter) -> None:
    browser, found = signed_in(people.helanfang_account), program()
    tokens = tokens_of(browser, found)
    browser.post(reverse("residents:end_program", args=[live(people).pk]))
    got = [reads(tokens["access_token"]), App(found).renew(tokens["refresh_token"]).status_code]
    assert (got, endings()) == ([401, 400], ["resident"])


def test_stopping_is_in_the_persons_log(people: People, signed_in: Enter) -> None:
    browser = signed_in(people.helanfang_account)
    tokens_of(browser, program())
    browser.post(reverse("residents:end_program", args=[live(people).pk]))
    found = AccessEvent.objects.using("owner").filter(subject_kind="residents.connection").order_by("at", "id")
    assert [event.action for event in found] == ["residents.connected_program", "residents.ended_program"]


def test_a_stranger_stops_nothing(people: People, signed_in: Enter) -> None:
    tokens = tokens_of(signed_in(people.helanfang_account), program())
    answer = signed_in(people.wangjianguo_account).post(reverse("residents:end_program", args=[live(people).pk]))
    assert (answer.status_code, reads(tokens["access_token"])) == (404, 200)


def consent_withdrawn(people: People, browser: Client) -> None:
    browser.post(reverse("residents:withdraw_consent", args=["results"]))


def account_closed(people: People, browser: Client) -> None:
    with acting_as("owner"):
        Account.objects.filter(pk=people.helanfang_account.pk).update(is_active=False)


def way_in_taken(people: People, browser: Client) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT app.end_sign_in(%s)", [people.helanfang_account.pk])


def person_dead(people: People, browser: Client) -> None:
    with acting_as("owner"):
        Resident.objects.filter(pk=people.helanfang.pk).update(deceased_on=NOON.date())


def proof_revoked(people: People, browser: Client) -> None:
    with acting_as("owner"):
        Verification.objects.filter(account=people.helanfang_account).update(revoked_at=NOON)


def switched_off(people: People, browser: Client) -> None:
    with acting_as("owner"):
        Program.objects.update(is_active=False)


@pytest.mark.parametrize(
    "how", [consent_withdrawn, account_closed, way_in_taken, person_dead, proof_revoked, switched_off]
)
def test_what_it_stood_on_is_gone(how: Callable[..., None], people: People, signed_in: Enter) -> None:
    browser, found = signed_in(people.helanfang_account), program()
    tokens = tokens_of(browser, found)
    how(people, browser)
    assert (reads(tokens["access_token"]), App(found).renew(tokens["refresh_token"]).status_code) in {
        (401, 400),
        (401, 401),
    }


def test_agreeing_to_the_record_anew_brings_no_program_back(people: People, signed_in: Enter) -> None:
    browser = signed_in(people.helanfang_account)
    access = tokens_of(browser, program())["access_token"]
    consent_withdrawn(people, browser)
    factories.consent(people.helanfang, "results")
    agreed = Consent.objects.using("owner").filter(resident=people.helanfang, purpose="results", withdrawn_at=None)
    assert (reads(access), agreed.count()) == (401, 1)


# --- what the database itself says --------------------------------------------------------------------------------
def counted(people: People, **read_only: Any) -> int:
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM records_observation WHERE resident_id = %s", [people.helanfang.pk])
        return int(cursor.fetchone()[0])


def announced(access: str) -> None:
    assert announce(access, LOOK, address="127.0.0.1", reference="") is not None


def test_a_token_sees_the_persons_rows_in_a_transaction_that_cannot_write(people: People, signed_in: Enter) -> None:
    factories.observation(people.helanfang, factories.source(people.county))
    access = tokens_of(signed_in(people.helanfang_account), program())["access_token"]
    announced(access)
    with reading(access):
        assert counted(people) == 1


def test_and_none_in_one_that_can(people: People, signed_in: Enter) -> None:
    factories.observation(people.helanfang, factories.source(people.county))
    access = tokens_of(signed_in(people.helanfang_account), program())["access_token"]
    announced(access)
    with seeing(access), transaction.atomic():
        assert counted(people) == 0


def test_and_none_without_its_line_in_the_log(people: People, signed_in: Enter) -> None:
    factories.observation(people.helanfang, factories.source(people.county))
    access = tokens_of(signed_in(people.helanfang_account), program())["access_token"]
    with reading(access):
        assert counted(people) == 0


def test_and_none_of_what_was_not_agreed_to(people: People, signed_in: Enter) -> None:
    factories.report(people.helanfang, factories.source(people.county))
    access = tokens_of(signed_in(people.helanfang_account), program(), "Condition", "Observation")["access_token"]
    announced(access)
    with reading(access), connections["default"].cursor() as cursor:
        cursor.execute("SELECT app.residents_for('identity'), app.residents_for('booking'), app.account()")
        assert cursor.fetchone() == ([], [], None)


def test_and_cannot_be_made_to_write(people: People, signed_in: Enter) -> None:
    factories.report(people.helanfang, factories.source(people.county))
    access = tokens_of(signed_in(people.helanfang_account), program())["access_token"]
    announced(access)
    with pytest.raises(DatabaseError, match="read-only"), reading(access), connections["default"].cursor() as cursor:
        cursor.execute("UPDATE records_report SET first_seen_at = now()")


def test_nor_can_the_transaction_be_turned_round(people: People, signed_in: Enter) -> None:
    access = tokens_of(signed_in(people.helanfang_account), program())["access_token"]
    announced(access)
    with pytest.raises(DatabaseError, match="read-write mode"), reading(access):
        counted(people)
        with connections["default"].cursor() as cursor:
            cursor.execute("SET TRANSACTION READ WRITE")


def test_a_token_that_was_stopped_a_moment_ago_sees_nothing(people: People, signed_in: Enter) -> None:
    factories.observation(people.helanfang, factories.source(people.county))
    access = tokens_of(signed_in(people.helanfang_account), program())["access_token"]
    announced(access)
    with acting_as("owner"):
        Connection.objects.update(ended_at=NOON, ending="resident")
    with reading(access):
        assert counted(people) == 0


def test_a_strangers_rows_are_not_there(people: People, signed_in: Enter) -> None:
    factories.observation(people.wangjianguo, factories.source(people.county))
    access = tokens_of(signed_in(people.helanfang_account), program())["access_token"]
    announced(access)
    with reading(access), connections["default"].cursor() as cursor:
        cursor.execute("SELECT (SELECT count(*) FROM records_observation), (SELECT count(*) FROM residents_resident)")
        assert cursor.fetchone() == (0, 1)


def test_old_hashes_are_cleared_away_and_connections_stay(people: People, signed_in: Enter) -> None:
    tokens_of(signed_in(people.helanfang_account), program())
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE residents_connectiontoken SET expires_at = now() - interval '31 days'")
    with acting_as("worker"):
        clear_what_is_over()
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM residents_connectiontoken), (SELECT count(*) FROM residents_connection)"
        )
        assert cursor.fetchone() == (0, 1)


def test_the_person_may_ask_about_a_programs_look(people: People, signed_in: Enter) -> None:
    browser = signed_in(people.helanfang_account)
    reads(tokens_of(browser, program())["access_token"])
    event = AccessEvent.objects.using("owner").get(capacity="program")
    visit = f"{event.actor_id} {event.at.isoformat()}"
    answer = browser.post(reverse("residents:ask_about_access"), {"visit": visit, "remark": "我没有用过这个应用"})
    case = AccessCase.objects.using("owner").get()
    assert (answer.status_code, case.actor_name, case.facility_id) == (302, "应用“健康管家”", None)
