"""The golden data set: whatever order things arrive in, the same honest lines; folding leaves no trace when undone."""

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from foundation.keys import uuid7
from foundation.rowsecurity import acting_as
from records.exchange.models import Fold
from records.exchange.retrying import sweep
from tests.exchange.sending import at_utc, deliver, versioned
from tests.records.golden.data import ARRIVALS, FROM_TOWN, LINES
from tests.records.golden.reading import LATER, line_of, results, taken_in, told

SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
PHASES = [Phase.explicit, Phase.reuse, Phase.generate]  # an example takes a second: to shrink one takes minutes
FACTORS = {("mg/dL", "mmol/L"): (1 / 18.0182, 0.0), ("%", "mmol/mol"): (1 / 0.09148, -2.152 / 0.09148)}


def unfolded() -> list[tuple[str, list[str]]]:
    """The points of the day on which both feeds sent the same, with who sent them."""
    return [(value, feeds) for day, value, _printed, feeds in told(line_of("14771-0"))["points"] if day == "11-20"]


@pytest.mark.parametrize("code", LINES)
def test_the_lines_are_right(db: None, code: str) -> None:
    taken_in(ARRIVALS)
    assert told(line_of(code)) == LINES[code]


@settings(max_examples=8, phases=PHASES, suppress_health_check=SLOW)
@given(data=st.data())
def test_no_order_of_arrival_changes_a_line(db: None, data: st.DataObject) -> None:
    order = data.draw(st.permutations(ARRIVALS))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(order)), max_size=3)))
    taken_in(order, cuts)
    assert {code: told(line_of(code)) for code in LINES} == LINES


def test_no_point_is_drawn_with_an_unconverted_unit(db: None) -> None:
    taken_in(ARRIVALS)
    for code in LINES:
        found = line_of(code)
        for point in found.points:
            slope, offset = FACTORS.get((point.result.unit, found.focus.unit), (1.0, 0.0))
            assert (point.result.unit == found.focus.unit) != point.is_converted
            assert float(point.value) == pytest.approx(
                float(point.result.value_number or 0) * slope + offset, rel=0.005
            )


def test_what_staff_part_is_two_points_again(db: None) -> None:
    taken_in(ARRIVALS)
    with acting_as("owner"):
        Fold.objects.update(parted_at=LATER, parted_by=uuid7(), parted_name="张前台", parted_reason="是两份")
    with acting_as("worker"):
        sweep(LATER)
    assert unfolded() == [("5.6", ["county"]), ("5.6", ["town"])]


def test_folding_follows_corrections_and_leaves_no_trace(db: None) -> None:
    feeds = taken_in(ARRIVALS)
    before = told(line_of("14771-0"))
    item: dict[str, Any] = next(one for one in FROM_TOWN if one.get("id") == "t1")
    other = versioned(
        {**item, "valueQuantity": {"value": 7, "unit": "mmol/L"}, "status": "corrected"}, updated=at_utc(8)
    )
    deliver(feeds["town"], other)
    assert sorted(unfolded()) == [("5.6", ["county"]), ("7", ["town"])]
    deliver(feeds["town"], versioned({**item, "status": "corrected"}, updated=at_utc(9)))
    assert told(line_of("14771-0")) == before


def test_every_result_of_the_set_is_drawn_or_named(db: None) -> None:
    taken_in(ARRIVALS)
    drawn = sum(len(told(line_of(code))["points"]) for code in LINES)
    apart = sum(len(some) for code in LINES for _, _, some in told(line_of(code))["apart"])
    copies = sum(row.folded_into is not None for row in results())
    assert drawn + apart + copies == len(results())
