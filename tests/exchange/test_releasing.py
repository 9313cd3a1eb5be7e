"""When a result may be read: critical values wait for a doctor, policies make stricter, never laxer."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from foundation.dated import forget
from foundation.models import DatedSetting
from foundation.rowsecurity import acting_as
from records.exchange import applying, opening, reviewing
from records.exchange.models import CriticalCase, CriticalLimit, ReleasePolicy, Source
from records.models import Observation
from residents.models import Account, Delivery, Notice, Resident
from tests import factories
from tests.exchange.conftest import rows
from tests.exchange.sending import at_utc, deliver, observation, patient, report, versioned
from tests.factories import NOON, made
from tests.people import People
from tests.sessions import session_of

DAY = NOON + timedelta(hours=24)
HIGH = [{"coding": [{"code": "HH"}]}]


def potassium(value: str = "6.80", **fields: Any) -> dict[str, Any]:
    """A result that its laboratory marked as critical."""
    return observation(value=value, interpretation=HIGH, **fields)


def policy(what: str, value: str, decision: str, at: datetime = NOON, **fields: Any) -> ReleasePolicy:
    """A rule, due for its first review."""
    signed = {"reason": "文件", "starts_at": at, "made_at": at, "made_by": factories.uuid7(), "made_name": "甲"}
    return made(ReleasePolicy(what=what, value=value, decision=decision, review_at=at, **signed | fields))


def swept(now: datetime) -> None:
    with acting_as("worker"):
        reviewing.review(now)
        opening.sweep(now)


def release_of(model: Any, **filters: Any) -> list[str]:
    return sorted(row.release for row in rows(model, superseded_at=None, **filters))


def the_case() -> CriticalCase:
    (case,) = rows(CriticalCase)
    return case


def told() -> list[str]:
    return [notice.kind for notice in rows(Notice)]


def seen_by(hers: Client, statement: str) -> list[Any]:
    """What a web session reads with plain SQL."""
    with session_of(hers), connections["default"].cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


@pytest.fixture
def lan(people: People) -> Resident:
    return people.helanfang


@pytest.fixture
def town(people: People) -> Source:
    return factories.source(people.township, "town-files")


@pytest.fixture
def hers(people: People, signed_in: Callable[[Account], Client]) -> Client:
    return signed_in(people.helanfang_account)


@pytest.mark.parametrize("order", list(permutations([0, 1, 2])))
@pytest.mark.parametrize("together", [True, False])
def test_a_critical_result_and_its_report_are_never_to_be_read_in_any_order(
    order: tuple[int, ...],
    together: bool,
    lan: Resident,
    town: Source,
    hers: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent = [potassium(), report(conclusion="高钾血症", result=refs("o1", "o2")), observation(id="o2")]
    deliver(town, patient())
    if not together:
        monkeypatch.setattr(applying, "apply_together", lambda *args: set())
    for place in order:
        deliver(town, sent[place])
        assert seen_by(hers, "SELECT value_text FROM records_observation WHERE value_text = '6.80'") == []
    assert seen_by(hers, "SELECT value_text FROM records_observation") == []
    assert seen_by(hers, "SELECT impression FROM records_report") == []


def refs(*names: str) -> list[dict[str, str]]:
    return [{"reference": f"Observation/{name}"} for name in names]


def test_the_control_without_the_mark_both_are_read(lan: Resident, town: Source, hers: Client) -> None:
    deliver(town, patient(), observation(value="6.80"), report(conclusion="高钾"))
    assert seen_by(hers, "SELECT impression FROM records_report") == [("高钾",)]
    assert seen_by(hers, "SELECT value_text FROM records_observation") == [("6.80",)]


def test_nothing_is_said_of_a_new_report_while_it_waits(lan: Resident, town: Source) -> None:
    deliver(town, patient(), potassium(), report())
    assert told() == []


def test_one_by_one_nothing_is_said_either(lan: Resident, town: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(applying, "apply_together", lambda *args: set())
    deliver(town, patient(), potassium(), report())
    assert told() == []


def test_what_had_been_said_before_the_critical_result_came_vanishes(lan: Resident, town: Source, hers: Client) -> None:
    count = "SELECT count(*) FROM residents_notice"
    deliver(town, patient(), report())
    before = seen_by(hers, count)
    deliver(town, potassium())
    assert (before, seen_by(hers, count)) == ([(1,)], [(0,)])


def test_it_opens_by_itself_after_its_hours_and_the_person_is_told_once(
    lan: Resident, town: Source, hers: Client
) -> None:
    deliver(town, patient(), potassium(), report())
    swept(DAY - timedelta(minutes=1))
    waits = (told(), release_of(Observation))
    for minutes in (0, 1):
        swept(DAY + timedelta(minutes=minutes))
    assert waits == ([], ["pending"])
    assert (told(), release_of(Observation), the_case().state) == (["report_ready"], ["released"], "elapsed")
    assert seen_by(hers, "SELECT value_text FROM records_observation") == [("6.80",)]


def test_with_no_hours_only_a_doctor_opens_it(lan: Resident, town: Source) -> None:
    made(DatedSetting(key="records.critical_hours", value=0, valid_from=NOON - timedelta(days=1)))
    deliver(town, patient(), potassium())
    swept(NOON + timedelta(days=400))
    assert (release_of(Observation), the_case().release_at, the_case().state) == (["pending"], None, "open")


def test_a_critical_result_of_long_ago_is_history(lan: Resident, town: Source) -> None:
    deliver(town, patient(), potassium(effectiveDateTime="2025-01-02T08:00:00+08:00"))
    assert (release_of(Observation), rows(CriticalCase)) == (["released"], [])


def test_what_waited_for_its_patient_gets_its_hours_from_then_on(lan: Resident, town: Source) -> None:
    deliver(town, potassium())
    late = NOON + timedelta(days=3)
    deliver(town, patient(), now=late)
    assert the_case().release_at == late + timedelta(hours=24)


def test_a_correction_that_is_not_critical_opens_the_report_and_ends_the_case(lan: Resident, town: Source) -> None:
    deliver(town, patient(), versioned(potassium(), updated=at_utc(5)), report())
    deliver(town, versioned(observation(value="4.10"), updated=at_utc(6)))
    swept(NOON)
    assert (release_of(Observation), the_case().state, told()) == (["released"], "gone", ["report_ready"])


def test_a_new_version_with_another_critical_value_is_a_new_call(lan: Resident, town: Source) -> None:
    deliver(town, patient(), versioned(potassium(), updated=at_utc(5)))
    swept(DAY)
    deliver(town, versioned(potassium("7.20"), updated=at_utc(6)), now=DAY)
    assert (release_of(Observation), the_case().state) == (["pending"], "open")


def test_the_same_value_sent_again_is_not_held_again(lan: Resident, town: Source) -> None:
    deliver(town, patient(), versioned(potassium(), updated=at_utc(5)))
    swept(DAY)
    deliver(town, versioned(potassium(note=[{"text": "已复核"}]), updated=at_utc(6)), now=DAY)
    assert (release_of(Observation), the_case().state) == (["released"], "elapsed")


def test_sending_it_again_and_again_does_not_put_off_its_hour(lan: Resident, town: Source) -> None:
    deliver(town, patient(), versioned(potassium(), updated=at_utc(5)))
    later = NOON + timedelta(hours=20)
    deliver(town, versioned(potassium(note=[{"text": "已复核"}]), updated=at_utc(6)), now=later)
    assert the_case().release_at == DAY


def test_a_result_that_is_taken_back_ends_its_case(lan: Resident, town: Source) -> None:
    deliver(town, patient(), versioned(potassium(), updated=at_utc(5)))
    deliver(town, versioned(potassium(status="entered-in-error"), updated=at_utc(6)))
    assert the_case().state == "gone"


def test_a_special_disease_stays_what_it_is(lan: Resident, town: Source) -> None:
    deliver(town, patient(), potassium(code={"text": "HIV 抗体"}))
    (row,) = rows(Observation)
    assert (row.sensitivity, row.release, rows(CriticalCase)) == (5, "withheld", [])


# --- limits of the county's own -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "fields", "release"),
    [
        ("24.80", {}, "pending"),
        ("24.79", {}, "released"),
        ("2.20", {}, "pending"),
        ("24.80", {"unit": "mg/dL"}, "released"),
        ("24.80", {"comparator": "<"}, "released"),
        ("24.80", {"comparator": ">"}, "pending"),
    ],
)
def test_a_limit_holds_back_and_never_changes_the_mark(
    value: str, fields: dict[str, str], release: str, lan: Resident, town: Source
) -> None:
    signed = {"reason": "x", "starts_at": NOON, "made_at": NOON, "made_by": factories.uuid7(), "made_name": "甲"}
    made(CriticalLimit(code="1558-6", unit="mmol/L", low="2.2", high="24.8", **signed))
    resource = observation(value=value)
    resource["valueQuantity"] |= fields
    deliver(town, patient(), resource)
    (row,) = rows(Observation)
    assert (row.release, row.flag.startswith("critical")) == (release, False)


# --- who is alarmed -------------------------------------------------------------------------------------------------


def test_nobody_calling_alarms_the_staff_once(lan: Resident, town: Source) -> None:
    address = "head@example.cn"
    made(DatedSetting(key="messages.staff_mail", value=address, valid_from=NOON - timedelta(days=1)))
    deliver(town, patient(), potassium())
    swept(NOON + timedelta(minutes=59))
    early = rows(Delivery)
    for minutes in (60, 61):
        swept(NOON + timedelta(minutes=minutes))
    (letter,) = rows(Delivery)
    with acting_as("owner"):
        assert (early, letter.template, letter.recipient) == ([], "critical_waits", address)


@pytest.fixture(autouse=True)
def fresh_settings(db: None) -> None:
    for key in ("records.critical_hours", "messages.staff_mail"):
        forget(key)
