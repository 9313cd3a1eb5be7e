"""Any order, any repetition and any cutting into runs of the same messages leaves the same record."""

from functools import cache

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.exchange.arrivals import ARRIVALS, left_after

USUAL = list(range(len(ARRIVALS)))
SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
FOLDS = ["fhir a town ta", "fhir i1 town ti", "lis RIS.R7001.CT01 town ct", "shared TOWN.L001 sheets L001"]
PHASES = [Phase.explicit, Phase.reuse, Phase.generate]  # an example takes a second: to shrink one takes minutes


@cache
def in_the_usual_order() -> dict[str, list[str]]:
    """What is left when everything comes once and in its order."""
    return left_after(ARRIVALS, [])


def same_as_usual(data: st.DataObject) -> None:
    """Draw an order with some things twice, cut it into runs, and compare."""
    again = data.draw(st.lists(st.sampled_from(USUAL), max_size=8))
    order = data.draw(st.permutations([*USUAL, *again]))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(order)), max_size=5)))
    usual = in_the_usual_order()
    left = left_after([ARRIVALS[place] for place in order], cuts)
    for table, rows in usual.items():
        assert [row for row in left[table] if row not in rows] == [row for row in rows if row not in left[table]] == []
    assert left == usual


def test_the_usual_order_leaves_a_record(db: None) -> None:
    left = in_the_usual_order()
    assert {table for table, rows in left.items() if not rows} == {
        "records_allergy",
        "records_examination",
        "records_imagingstudy",
        "records_procedure",
    }


def test_in_the_usual_order_what_comes_twice_is_folded(db: None) -> None:
    assert in_the_usual_order()["folds"] == FOLDS


@settings(max_examples=4, phases=PHASES, suppress_health_check=SLOW)
@given(data=st.data())
def test_any_order_repetition_and_cutting_leaves_the_same_record(db: None, data: st.DataObject) -> None:
    same_as_usual(data)
