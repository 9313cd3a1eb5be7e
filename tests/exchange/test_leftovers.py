"""What a corrected report no longer names is shown no longer, stays in history, and comes back when named again."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.testdb import wipe
from records.exchange.models import Source
from records.models import Observation
from tests import factories
from tests.exchange.conftest import rows
from tests.exchange.counting import statements
from tests.exchange.sending import at_utc, deliver, observation, patient, report, versioned


def naming(*items: str, hour: int, id: str = "r1", **fields: Any) -> dict[str, Any]:
    """A version of a report, sent at that hour, with these results."""
    result = [{"reference": f"Observation/{item}"} for item in items]
    return versioned(report(id=id, result=result, **fields), updated=at_utc(hour))


def items(*names: str) -> list[dict[str, Any]]:
    return [versioned(observation(id=name), updated=at_utc(1)) for name in names]


def current() -> list[str]:
    return sorted(row.identifier for row in rows(Observation, superseded_at=None))


FIRST = [patient(), *items("a", "b", "c"), naming("a", "b", "c", hour=1)]


def test_what_a_corrected_report_leaves_out_ends_and_stays_in_history(feed: Source) -> None:
    deliver(feed, *FIRST)
    deliver(feed, naming("a", "b", hour=2, status="corrected"))
    assert (current(), len(rows(Observation))) == (["a", "b"], 3)


@pytest.mark.parametrize("status", ["cancelled", "entered-in-error"])
def test_a_report_that_is_taken_back_takes_its_results_along(feed: Source, status: str) -> None:
    deliver(feed, *FIRST, naming("x", hour=1, id="r2"), *items("x"))
    deliver(feed, naming("a", "b", "c", hour=2, status=status))
    assert current() == ["x"]


def test_a_report_that_is_not_whole_ends_nothing(feed: Source) -> None:
    deliver(feed, *FIRST)
    deliver(feed, naming("a", hour=2, status="partial"))
    assert current() == ["a", "b", "c"]


def test_a_result_that_another_report_names_goes_on(feed: Source) -> None:
    deliver(feed, *FIRST, naming("c", hour=1, id="r2"))
    deliver(feed, naming("a", "b", hour=2, status="corrected"))
    assert current() == ["a", "b", "c"]


def test_a_result_that_moves_to_another_report_comes_back_with_it(feed: Source) -> None:
    deliver(feed, *FIRST)
    deliver(feed, naming("a", "b", hour=2, status="corrected"))
    deliver(feed, naming("c", hour=3, id="r2"))
    assert current() == ["a", "b", "c"]


def test_a_result_that_came_late_is_not_shown_when_its_report_has_dropped_it(feed: Source) -> None:
    deliver(feed, *FIRST[:3], FIRST[4], naming("a", "b", hour=2, status="corrected"))
    deliver(feed, *items("c"))
    assert current() == ["a", "b"]


def test_the_newest_version_of_a_result_comes_back(feed: Source) -> None:
    deliver(feed, *FIRST)
    deliver(feed, versioned(observation(id="c", value="7.00"), updated=at_utc(2)), naming("a", hour=3))
    deliver(feed, versioned(observation(id="c", value="6.00"), updated=at_utc(0)))
    deliver(feed, naming("a", "c", hour=4))
    assert {row.identifier: row.value_text for row in rows(Observation, superseded_at=None)} == {
        "a": "5.60",
        "c": "7.00",
    }


def test_a_result_that_has_gone_to_another_person_does_not_come_back_to_the_first(feed: Source) -> None:
    other = patient(factories.id_number(), id="p2", name=[{"text": "王建国"}], gender="male", birthDate="1980-01-01")
    deliver(feed, *FIRST, other)
    moved = observation(id="c", subject={"reference": "Patient/p2"})
    deliver(feed, versioned(moved, updated=at_utc(2)), naming("a", "b", "c", hour=3))
    assert len({row.resident_id for row in rows(Observation, superseded_at=None)}) == 2


def test_results_that_stand_in_no_report_are_left_alone(feed: Source) -> None:
    deliver(feed, *FIRST, *items("weight"))
    deliver(feed, naming("a", hour=2, status="corrected"))
    assert current() == ["a", "weight"]


MESSAGES = [
    *FIRST,
    *items("d"),
    versioned(observation(id="c", value="7.00"), updated=at_utc(2)),
    naming("a", "c", hour=2, status="corrected"),
    naming("a", hour=3, status="partial"),
    naming("d", hour=1, id="r2"),
    naming("d", "b", hour=2, id="r2", status="cancelled"),
    naming("b", hour=1, id="r3"),
]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(MESSAGES), st.integers(1, 6))
def test_in_any_order_the_same_results_are_shown(db: None, order: list[dict[str, Any]], size: int) -> None:
    wipe()
    feed = factories.source(factories.facility("COUNTY"), "any-order")
    for start in range(0, len(order), size):
        deliver(feed, *order[start : start + size])
    shown = sorted((row.identifier, row.value_text) for row in rows(Observation, superseded_at=None))
    assert shown == [("a", "5.60"), ("b", "5.60"), ("c", "7.00")]


def test_a_batch_settles_what_is_left_over_with_one_statement(feed: Source) -> None:
    deliver(feed, *FIRST)
    with statements() as seen:
        deliver(feed, *items(*(f"n{number}" for number in range(50))), naming("n1", hour=1, id="r2"))
    assert sum("records_observation o SET superseded_at" in one for one in seen) == 1
