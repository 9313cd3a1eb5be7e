"""Reads of health data against the access log, day by day."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connections
from django.test import Client
from django.urls import reverse

from foundation.keys import uuid7
from foundation.rowsecurity import acting_as
from records import access
from residents import chain_tasks, reconciliation
from residents.models import AccessEvent, Account, ReadTally, Reconciliation
from tests import factories
from tests.factories import NOON, SHANGHAI, made
from tests.people import People

DAY = date(2026, 11, 22)
NIGHT = datetime(2026, 11, 23, 1, 0, tzinfo=SHANGHAI)


def read(reference: str, at: datetime = NOON, status: int = 200, view: str = "records:report") -> ReadTally:
    return made(ReadTally(at=at, reference=reference, view=view, statements=3, status=status))


def event(reference: str, at: datetime = NOON, action: str = access.READ_REPORT, about: Any = None) -> AccessEvent:
    about = about or uuid7()
    return made(AccessEvent(at=at, actor_name="贺兰芳", resident_id=about, action=action, reference=reference))


def result(day: date = DAY) -> tuple[int, int, int, int]:
    """Reads, events, reads without an event, events without a read."""
    with acting_as("worker"):
        row = reconciliation.reconcile(day, NIGHT)
    return row.reads, row.events, row.missing, row.unread


def test_a_read_with_its_event_agrees(db: None) -> None:
    read("A1")
    event("A1")
    assert result() == (1, 1, 0, 0)


def test_a_read_without_an_event_is_missing_and_its_page_is_named(db: None, caplog: pytest.LogCaptureFixture) -> None:
    read("A1")
    assert result() == (1, 0, 1, 0)
    with acting_as("worker"):
        assert Reconciliation.objects.get().views == ["records:report"]
    assert "1 reads without an event (['records:report'])" in caplog.text


def test_an_event_without_a_read_is_told(db: None) -> None:
    event("A1")
    assert result() == (0, 1, 0, 1)


def test_an_event_about_nobody_explains_no_read(db: None) -> None:
    read("A1")
    made(AccessEvent(at=NOON, actor_name="贺兰芳", action=access.READ_REPORT, reference="A1"))
    assert result() == (1, 0, 1, 0)


@pytest.mark.parametrize("status", [302, 404, 500])
def test_what_showed_nothing_needs_no_event(db: None, status: int) -> None:
    read("A1", status=status)
    assert result() == (0, 0, 0, 0)


def test_a_reference_that_came_up_again_explains_nothing(db: None) -> None:
    read("A1", at=NOON)
    event("A1", at=NOON + timedelta(hours=2))
    assert result() == (1, 1, 1, 1)


def test_other_deeds_need_no_read(db: None) -> None:
    event("A1", action="appointments.book")
    assert result() == (0, 0, 0, 0)


def test_a_request_over_midnight_agrees_on_both_days(db: None) -> None:
    midnight = datetime(2026, 11, 23, tzinfo=SHANGHAI)
    event("A1", at=midnight - timedelta(seconds=1))
    read("A1", at=midnight + timedelta(seconds=1))
    assert (result(DAY), result(DAY + timedelta(days=1))) == ((0, 1, 0, 0), (1, 0, 0, 0))


# --- every night -----------------------------------------------------------------------------------------------------
def due(now: datetime) -> int:
    with acting_as("worker"):
        return reconciliation.reconcile_due(now)


def test_every_finished_day_is_compared_once(db: None) -> None:
    read("A1", at=NOON - timedelta(days=2))
    assert (due(NIGHT), due(NIGHT), due(NIGHT + timedelta(days=1))) == (3, 0, 1)


def test_a_day_that_is_not_over_waits(db: None) -> None:
    read("A1")
    assert (due(NOON), due(datetime(2026, 11, 23, 0, 5, tzinfo=SHANGHAI)), due(NIGHT)) == (0, 0, 1)


def test_where_nothing_was_ever_read_nothing_is_compared(db: None) -> None:
    assert due(NIGHT) == 0


def test_old_tallies_are_forgotten(db: None) -> None:
    old, young = read("A1", at=NOON - timedelta(days=91)), read("A2")
    due(NIGHT)
    with acting_as("worker"):
        assert set(ReadTally.objects.values_list("id", flat=True)) == {young.id} != {old.id}


def test_everybody_reads_the_latest_result(db: None) -> None:
    read("A1")
    due(NIGHT)
    found = reconciliation.latest(NIGHT)
    assert found is not None
    assert (found.day, found.reads, found.missing, found.finished_at) == (DAY, 1, 1, NIGHT)


def test_before_the_first_night_there_is_no_result(db: None) -> None:
    assert reconciliation.latest(NIGHT) is None


def test_only_days_that_did_not_agree_are_troubled(db: None) -> None:
    read("A1")
    event("A2", at=NOON - timedelta(days=1))
    read("A2", at=NOON - timedelta(days=1))
    due(NIGHT)
    assert [row.day for row in reconciliation.troubled(NIGHT)] == [DAY]


@pytest.mark.parametrize(
    ("login", "deed"),
    [
        ("default", "SELECT * FROM residents_readtally"),
        ("default", "INSERT INTO residents_readtally VALUES (gen_random_uuid(), now(), 'A', 'x', 1, 200)"),
        ("default", "DELETE FROM residents_reconciliation"),
        ("default", "UPDATE residents_reconciliation SET missing = 0"),
        ("signin", "SELECT * FROM residents_readtally"),
        ("signin", "DELETE FROM residents_readtally"),
        ("worker", "UPDATE residents_readtally SET reference = ''"),
    ],
)
def test_nobody_reaches_further_than_their_work(db: None, login: str, deed: str) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), connections[login].cursor() as cursor:
        cursor.execute(deed)


# --- real pages ------------------------------------------------------------------------------------------------------
@pytest.fixture
def report_page(people: People, signed_in: Callable[[Account], Client], at: Any) -> Callable[[], None]:
    """贺兰芳 opens her report at noon."""
    address = reverse("records:report", args=[factories.report(people.helanfang, factories.source(people.county)).pk])

    def look() -> None:
        with at(NOON):
            assert signed_in(people.helanfang_account).get(address).status_code == 200

    return look


def tonight(at: Any) -> Reconciliation:
    with at(NIGHT), acting_as("worker"):
        assert chain_tasks.reconcile_access_log() == 1
        return Reconciliation.objects.get()


def test_an_honest_page_agrees(report_page: Callable[[], None], at: Any) -> None:
    report_page()
    row = tonight(at)
    assert (row.reads, row.events, row.missing, row.unread) == (1, 1, 0, 0)


def test_a_view_that_forgets_its_event_is_reported(
    report_page: Callable[[], None], at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "record_event", lambda **said: None)
    report_page()
    row = tonight(at)
    assert (row.reads, row.missing, row.views) == (1, 1, ["records:report"])
