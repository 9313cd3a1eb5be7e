"""In whatever order versions arrive, the newest is the one shown (fault matrix, rows 19 and 22)."""

from itertools import permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.testdb import wipe
from records.exchange.messages import RANKS
from records.exchange.models import InboundKey, Source
from records.exchange.versions import is_newer
from records.models import Observation, Report
from residents.models import Notice, Resident
from tests import factories
from tests.exchange.conftest import rows
from tests.exchange.sending import at_utc, deliver, observation, patient, report, versioned
from tests.factories import NOON


def shown() -> list[tuple[str, str, bool]]:
    """The current rows: identifier, result, withdrawn."""
    current = rows(Observation, superseded_at=None)
    return sorted((row.identifier, row.value_text, row.withdrawn_at is not None) for row in current)


NUMBERED = [versioned(observation(value=f"{n}.00"), n) for n in (9, 10, 11)]
DATED = [versioned(observation(value=f"{n}.00"), updated=at_utc(n)) for n in (5, 6, 7)]
BY_STATUS = [observation(status="preliminary", value="5.0"), observation(status="corrected", value="7.0")]


@pytest.mark.parametrize(("versions", "newest"), [(NUMBERED, "11.00"), (DATED, "7.00"), (BY_STATUS, "7.0")])
def test_the_newest_version_is_shown_whatever_the_order(
    feed: Source, versions: list[dict[str, Any]], newest: str
) -> None:
    for place, order in enumerate(permutations(versions)):
        deliver(feed, patient(), *({**version, "id": f"o{place}"} for version in order))
    assert {value for _identifier, value, _withdrawn in shown()} == {newest}


HALF_DATED = [
    versioned(observation(value="3.00"), updated=at_utc(3)),
    observation(status="corrected", value="0.00"),
    versioned(observation(status="cancelled", value="1.00"), updated=at_utc(1)),
]
NUMBERED_AGAIN = [versioned(observation(status="cancelled"), 1), versioned(observation(value="8.00"), 2)]
TAKEN_BACK = [*HALF_DATED[:2], observation(status="cancelled", value="9.00")]
HALF_NUMBERED = [
    versioned(observation(value="3.00"), 3),
    observation(status="corrected", value="0.00"),
    versioned(observation(status="cancelled", value="1.00"), 1),
]


@pytest.mark.parametrize(
    ("versions", "newest"),
    [(HALF_DATED, "3.00"), (TAKEN_BACK, "9.00"), (HALF_NUMBERED, "3.00"), (NUMBERED_AGAIN, "8.00")],
)
def test_what_says_its_age_only_in_part_settles_to_the_same_version_in_any_order(
    feed: Source, versions: list[dict[str, Any]], newest: str
) -> None:
    for place, order in enumerate(permutations(versions)):
        deliver(feed, patient(), *({**version, "id": f"o{place}"} for version in order))
    assert {value for _identifier, value, _withdrawn in shown()} == {newest}


def test_a_report_of_which_only_some_versions_are_dated_settles_in_any_order(feed: Source) -> None:
    versions = [
        versioned(report(conclusion="最新。"), updated=at_utc(3)),
        report(status="corrected", conclusion="没有时间。"),
        versioned(report(status="cancelled"), updated=at_utc(1)),
    ]
    for place, order in enumerate(permutations(versions)):
        deliver(feed, patient(), *({**version, "id": f"r{place}"} for version in order))
    assert {row.impression for row in rows(Report, superseded_at=None)} == {"最新。"}


AGES = st.builds(
    InboundKey,
    source_updated_at=st.none() | st.sampled_from([NOON, NOON.replace(hour=3)]),
    version=st.sampled_from(["", "1", "2", "3~1a2b3c4d", "f00"]),
    rank=st.sampled_from(sorted(set(RANKS.values()))),
)


@given(AGES, AGES, AGES)
def test_of_any_three_versions_the_order_is_one_chain(one: InboundKey, two: InboundKey, three: InboundKey) -> None:
    assert not (is_newer(one, two) and is_newer(two, one))
    if not is_newer(two, one) and not is_newer(three, two):
        assert not is_newer(three, one)


def test_every_version_is_kept(feed: Source) -> None:
    deliver(feed, patient(), *reversed(NUMBERED))
    assert sorted(row.value_text for row in rows(Observation)) == ["10.00", "11.00", "9.00"]


def test_an_entry_made_in_error_is_withdrawn_and_stays_in_the_history(feed: Source) -> None:
    deliver(feed, patient(), versioned(observation(), 1))
    deliver(feed, versioned(observation(status="entered-in-error"), 2))
    assert [withdrawn for _identifier, _value, withdrawn in shown()] == [True]
    assert len(rows(Observation)) == 2


def test_a_withdrawal_with_nothing_but_its_status_is_understood(feed: Source) -> None:
    bare = {
        "resourceType": "Observation",
        "id": "o1",
        "status": "entered-in-error",
        "subject": {"reference": "Patient/p1"},
    }
    deliver(feed, patient(), versioned(observation(), 1), versioned(bare, 2))
    assert [withdrawn for _identifier, _value, withdrawn in shown()] == [True]


def test_a_withdrawn_report_says_so(feed: Source) -> None:
    deliver(feed, patient(), versioned(report(), 1), versioned(report(status="entered-in-error"), 2))
    (row,) = rows(Report, superseded_at=None)
    assert (row.status, row.withdrawn_at is not None) == ("withdrawn", True)


def test_a_correction_that_moves_a_result_to_another_person_takes_it_from_the_first(feed: Source) -> None:
    number = factories.id_number(sequence=11)
    wang = patient(number, id="p2", name=[{"text": "王建国"}], gender="male", birthDate="1980-01-01")
    moved = observation(subject={"reference": "Patient/p2"})
    deliver(feed, patient(), wang, versioned(observation(), 1), versioned(moved, 2))
    (row,) = rows(Observation, superseded_at=None)
    assert [person.name for person in rows(Resident, pk=row.resident_id)] == ["王建国"]


def test_a_component_that_is_gone_is_shown_no_longer(feed: Source) -> None:
    def part(code: str) -> dict[str, Any]:
        return {"code": {"coding": [{"system": "http://loinc.org", "code": code}], "text": code}, "valueInteger": 1}

    deliver(feed, patient(), versioned(observation(component=[part("8480-6"), part("8462-4")]), 1))
    deliver(feed, versioned(observation(component=[part("8480-6")]), 2))
    assert [row.part for row in rows(Observation, superseded_at=None)] == ["", "8480-6"]


MESSAGES = [
    versioned(patient(), 1),
    versioned(observation(id="a", value="5.60"), 1, at_utc(1)),
    versioned(observation(id="a", value="6.10"), 2, at_utc(2)),
    versioned(observation(id="a", status="entered-in-error"), 3, at_utc(3)),
    versioned(observation(id="b", value="7.00"), 1, at_utc(4)),
    versioned(report(), 1, at_utc(5)),
    versioned(report(status="corrected", conclusion="更正。"), 2, at_utc(6)),
]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(MESSAGES), st.lists(st.sampled_from(MESSAGES), max_size=4), st.integers(1, 4))
def test_any_order_and_any_repetition_gives_the_same_record(
    db: None, order: list[dict[str, Any]], again: list[dict[str, Any]], size: int
) -> None:
    wipe()
    feed = factories.source(factories.facility("COUNTY"), "any-order")
    sent = [*order, *again]
    for start in range(0, len(sent), size):
        deliver(feed, *sent[start : start + size])
    assert [(name, withdrawn) for name, _value, withdrawn in shown()] == [("a", True), ("b", False)]
    assert [row.impression for row in rows(Report, superseded_at=None)] == ["更正。"]
    assert len(rows(Observation)) == 4
    assert {notice.kind for notice in rows(Notice)} == {"report_ready"}
