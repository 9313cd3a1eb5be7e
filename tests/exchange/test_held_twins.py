"""A critical result waits whichever feed it comes through, in any order, and opens everywhere at once."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from foundation.keys import uuid7
from foundation.rowsecurity import acting_as, database
from records.exchange import applying
from records.exchange.models import CriticalCase, Source
from records.models import Observation, Report
from residents.models import Account, Notice
from tests import factories
from tests.exchange.conftest import rows
from tests.exchange.sending import LOINC, at_utc, deliver, observation, patient, report, versioned
from tests.exchange.test_releasing import HIGH, release_of, seen_by, swept
from tests.exchange.twice import COUNTY
from tests.factories import NOON
from tests.people import People

DAY = NOON + timedelta(hours=24)
VALUES = "SELECT value_text FROM records_observation"
REPORTS = "SELECT id FROM records_report"
NEWS = "SELECT id FROM residents_notice"
REF = [{"reference": "Observation/x1"}]


def critical(**fields: Any) -> dict[str, Any]:
    return observation(**{"value": "30.1", "interpretation": HIGH, **COUNTY, **fields})


def copy(**fields: Any) -> dict[str, Any]:
    """As the township hands it on: without the mark."""
    return observation(**{"id": "x1", "value": "30.1", "referenceRange": [], **COUNTY, **fields})


def copied(**fields: Any) -> dict[str, Any]:
    return report(**{"id": "xr", "result": REF, **COUNTY, **fields})


@pytest.fixture
def county(people: People) -> Source:
    return factories.source(people.county, "county-files")


@pytest.fixture
def town(people: People) -> Source:
    return factories.source(people.township, "town-files")


@pytest.fixture
def hers(people: People, signed_in: Callable[[Account], Client]) -> Client:
    return signed_in(people.helanfang_account)


def read(hers: Client) -> tuple[list[Any], list[Any], list[Any]]:
    return seen_by(hers, VALUES), seen_by(hers, REPORTS), seen_by(hers, NEWS)


def a_call() -> None:
    """What the door of the desk does once somebody was told."""
    (case,) = rows(CriticalCase, state="open")
    with acting_as("owner"), connections[database()].cursor() as cursor:
        cursor.execute("UPDATE exchange_criticalcase SET state = 'told', ended_at = %s WHERE id = %s", [NOON, case.pk])
        cursor.execute(
            "UPDATE records_observation o SET release = 'released' FROM exchange_criticalsubject s"
            " WHERE s.case_id = %s AND o.resident_id = s.resident_id AND o.id = s.observation_id",
            [case.pk],
        )


# Of copies that are both marked it matters alone which comes first, and which before its report.
UNMARKED = [(order, False) for order in permutations(range(4))]
MARKED = [((*order, 3), True) for order in permutations(range(3))]


@pytest.mark.parametrize(("order", "marked"), [*UNMARKED, *MARKED])
def test_in_any_order_nothing_of_it_is_read_and_one_case_asks_for_one_call(
    order: tuple[int, ...], marked: bool, county: Source, town: Source, hers: Client
) -> None:
    second = copy(interpretation=HIGH) if marked else copy()
    sent = [(county, critical()), (county, report(**COUNTY)), (town, second), (town, copied())]
    for feed in (county, town):
        deliver(feed, patient())
    came = set()
    for place in order:
        deliver(sent[place][0], sent[place][1])
        came.add(place)
        if 0 in came:
            assert seen_by(hers, VALUES) == []
    assert read(hers) == ([], [], [])
    assert [case.state for case in rows(CriticalCase)] == ["open"]
    a_call()
    swept(NOON + timedelta(minutes=1))
    values, reports, news = read(hers)
    assert (len(values), len(reports), len(news)) == (2, 2, 1)
    assert release_of(Report) == ["released", "released"]
    assert [case.state for case in rows(CriticalCase)] == ["told"]


@pytest.mark.parametrize("marked", [False, True])
def test_both_open_when_the_hours_of_the_first_have_passed(
    marked: bool, county: Source, town: Source, hers: Client
) -> None:
    deliver(county, patient(), critical(), report(**COUNTY))
    second = copy(interpretation=HIGH) if marked else copy()
    deliver(town, patient(), second, copied(), now=NOON + timedelta(hours=5))
    before = read(hers)
    swept(DAY)
    assert before == ([], [], [])
    assert [len(found) for found in read(hers)] == [2, 2, 1]


def test_one_by_one_it_is_held_as_well(
    county: Source, town: Source, hers: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(applying, "apply_together", lambda *args: set())
    deliver(county, patient(), critical(), report(**COUNTY))
    deliver(town, patient(), copy(), copied())
    assert (read(hers), rows(Notice)) == (([], [], []), [])


def test_a_copy_without_any_report_is_held_too(county: Source, town: Source, hers: Client) -> None:
    deliver(county, patient(), critical())
    deliver(town, patient(), copy())
    assert seen_by(hers, VALUES) == []


def test_a_copy_that_was_read_already_is_put_away_as_a_late_critical_result_is(
    county: Source, town: Source, hers: Client
) -> None:
    deliver(town, patient(), copy(), copied())
    with acting_as("owner"):
        Report.objects.update(first_seen_at=NOON)
    before = [len(found) for found in read(hers)]
    deliver(county, patient(), critical())
    assert (before, read(hers)) == ([1, 1, 1], ([], [], []))


@pytest.mark.parametrize(
    "fields",
    [
        {"value": "30.2"},
        {"valueQuantity": {"value": 30.1, "unit": "mg/dL"}},
        {"code": {"text": "餐后血糖"}},
        {"effectiveDateTime": "2026-11-19T08:10:00+08:00"},
    ],
)
def test_another_result_is_not_held(fields: dict[str, Any], county: Source, town: Source, hers: Client) -> None:
    deliver(county, patient(), critical())
    deliver(town, patient(), copy(**fields))
    assert len(seen_by(hers, VALUES)) == 1


def test_the_minute_may_stand_in_the_report_alone(county: Source, town: Source, hers: Client) -> None:
    untimed = {key: value for key, value in copy().items() if key != "effectiveDateTime"}
    deliver(county, patient(), critical(), report(**COUNTY))
    deliver(town, patient(), untimed, copied())
    assert seen_by(hers, VALUES) == []


def test_a_correction_of_the_first_opens_the_copy_that_was_not_marked(
    county: Source, town: Source, hers: Client
) -> None:
    deliver(county, patient(), versioned(critical(), updated=at_utc(1)), report())
    deliver(town, patient(), copy(), copied())
    deliver(county, versioned(observation(value="5.10", status="corrected"), updated=at_utc(2)))
    assert sorted(seen_by(hers, VALUES)) != []
    assert len(seen_by(hers, REPORTS)) == 2


def test_a_marked_copy_gets_the_case_when_the_first_is_taken_back(county: Source, town: Source, hers: Client) -> None:
    deliver(county, patient(), versioned(critical(), updated=at_utc(1)))
    deliver(town, patient(), copy(interpretation=HIGH))
    first = [case.state for case in rows(CriticalCase)]
    deliver(county, versioned(critical(status="entered-in-error"), updated=at_utc(2)))
    assert (first, sorted(case.state for case in rows(CriticalCase))) == (["open"], ["gone", "open"])


def test_sending_the_first_again_keeps_its_case(county: Source, town: Source) -> None:
    deliver(county, patient(), versioned(critical(), updated=at_utc(1)))
    deliver(town, patient(), copy(interpretation=HIGH))
    deliver(county, versioned(critical(note=[{"text": "已复核"}]), updated=at_utc(2)))
    assert [case.state for case in rows(CriticalCase)] == ["open"]


def test_what_was_told_of_already_is_not_held_anew_through_another_feed(
    county: Source, town: Source, hers: Client
) -> None:
    deliver(county, patient(), critical(), report(**COUNTY))
    a_call()
    deliver(town, patient(), copy(interpretation=HIGH), copied())
    assert [len(found) for found in read(hers)[:2]] == [2, 2]
    assert [case.state for case in rows(CriticalCase)] == ["told"]


def test_one_line_says_that_it_waits(county: Source, town: Source, hers: Client, people: People) -> None:
    deliver(county, patient(), critical(), report(**COUNTY))
    deliver(town, patient(), copy(), copied())
    (line,) = seen_by(
        hers, f"SELECT facility_id, opens_at, by_doctor FROM app.pending_reports('{people.helanfang.pk}')"
    )
    assert line == (people.county.pk, DAY, True)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"code": {"text": " 空腹 血糖 "}},
        {"code": {"coding": [{"system": LOINC, "code": "1558-6"}], "text": "GLU"}},
        {"code": {"text": "餐后血糖"}},
        {"value": "30.10"},
        {"valueQuantity": {"value": Decimal("30.1"), "unit": " mmol/L"}},
        {"valueQuantity": {"value": Decimal("30.1"), "unit": "mmol/L", "comparator": ">"}},
        {"valueQuantity": {"value": Decimal("30.1"), "unit": "mg/dL"}},
    ],
)
def test_items_are_the_same_exactly_where_they_are_folded(
    fields: dict[str, Any], county: Source, town: Source, hers: Client
) -> None:
    deliver(county, patient(), critical(), report(**COUNTY))
    deliver(town, patient(), copy(**fields), copied())
    held = 2 - len(seen_by(hers, VALUES))
    a_call()
    swept(NOON)
    folded = len(rows(Observation, folded_into__isnull=False))
    assert held == 1 + folded


def test_another_persons_result_is_nothing_to_do_with_it(county: Source, town: Source, hers: Client) -> None:
    other = {"subject": {"reference": "Patient/p2"}}
    man = patient(factories.id_number(sequence=77), id="p2", name=[{"text": "王建国"}], gender="male")
    deliver(county, {**man, "birthDate": "1980-01-01"}, critical(id=str(uuid7()), **other))
    deliver(town, patient(), copy())
    assert len(seen_by(hers, VALUES)) == 1
