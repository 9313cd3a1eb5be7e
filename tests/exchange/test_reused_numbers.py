"""A report number that a laboratory gives out again is no correction: nobody's result goes because of it."""

from collections.abc import Callable
from datetime import datetime
from itertools import permutations
from typing import Any

import pytest

from facilities.models import Facility
from foundation.rowsecurity import acting_as
from records.exchange import documents
from records.exchange.models import Held, Source, StoredFile
from records.models import Observation, Report
from tests import factories
from tests.exchange.conftest import rows
from tests.exchange.hl7v2.messages import CARD, GLUCOSE, OBR, PID, oru
from tests.exchange.tables import making as tables
from tests.factories import NOON, id_number

Clock = Callable[[], datetime]
HIS_PID = PID.replace(CARD, id_number(sequence=5)).replace("10020137", "999").replace("贺", "李")
HERS = oru(GLUCOSE)
CANCELLED = oru(
    GLUCOSE.replace("|N|||F|", "|N|||W|"), obr=OBR.replace("20261120090000||LAB|F", "20261121070000||LAB|X")
)


def his(day: str, value: str = "7.70") -> str:
    """The same number, for somebody else."""
    said = oru(GLUCOSE.replace("5.60", value), pid=HIS_PID)
    return said.replace("2026112008", f"{day}08").replace("20261120090000", f"{day}090000")


@pytest.fixture
def lis(county: Facility) -> Source:
    return factories.source(county, "lis", kind="hl7v2")


def send(lis: Source, clock: Clock, *messages: str) -> None:
    with acting_as("worker"):
        for message in messages:
            documents.keep(message.encode(), lis, StoredFile.Layout.HL7V2, "m", NOON)
            documents.translate(lis.pk, clock=clock)


def current(model: type[Observation] | type[Report]) -> list[str]:
    """The days of the rows that are to be read."""
    found = rows(model, superseded_at=None, withdrawn_at=None, left_at=None)
    return sorted(f"{row.occurred_at:%d}" for row in found)


def test_a_number_given_to_somebody_else_on_another_day_takes_nothing_away(lis: Source, clock: Clock) -> None:
    send(lis, clock, HERS, his("20261121"))
    assert (current(Report), current(Observation)) == (["20"], ["20"])
    assert {(held.kind, held.reason) for held in rows(Held)} == {
        ("DiagnosticReport", "identity_conflict"),
        ("Observation", "identity_conflict"),
    }


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_whichever_comes_first_stays(lis: Source, clock: Clock, order: tuple[int, ...]) -> None:
    messages = [HERS, his("20261121"), his("20261121", "7.80").replace("20261121090000", "20261121100000")]
    send(lis, clock, *[messages[place] for place in order])
    days = ["20"] if order[0] == 0 else ["21"]
    assert (current(Report), current(Observation)) == (days, days)


def test_on_the_same_day_it_is_a_correction_of_whose_it_is(lis: Source, clock: Clock) -> None:
    send(lis, clock, HERS, his("20261120").replace("20261120090000", "20261120150000"))
    assert [row.value_text for row in rows(Observation, left_at=None)] == ["7.70"]
    assert rows(Held) == []


def test_once_the_first_report_is_cancelled_the_number_is_free(lis: Source, clock: Clock) -> None:
    send(lis, clock, HERS, CANCELLED, his("20261121"))
    assert current(Observation) == ["21"]


def hers(day: str, value: str, status: str = "F") -> str:
    """The same number, for herself, examined on another day."""
    said = oru(GLUCOSE.replace("5.60", value).replace("|N|||F|", f"|N|||{status}|"))
    said = said.replace("|LAB|F|", f"|LAB|{status}|")
    return said.replace("2026112008", f"{day}08").replace("20261120090000", f"{day}090000")


def test_her_own_number_given_again_on_another_day_is_no_correction(lis: Source, clock: Clock) -> None:
    send(lis, clock, HERS, hers("20261121", "7.70"))
    assert (current(Report), current(Observation)) == (["20"], ["20"])
    assert [row.status for row in rows(Report)] == ["final"]
    assert {(held.kind, "更正" in held.explanation) for held in rows(Held)} == {
        ("DiagnosticReport", True),
        ("Observation", True),
    }


@pytest.mark.parametrize("order", list(permutations(range(2))))
def test_what_says_that_it_is_a_correction_may_change_the_day_in_any_order(
    lis: Source, clock: Clock, order: tuple[int, ...]
) -> None:
    messages = [HERS, hers("20261121", "7.70", "C")]
    send(lis, clock, *[messages[place] for place in order])
    assert (current(Report), current(Observation), rows(Held)) == (["21"], ["21"], [])


@pytest.mark.parametrize("order", list(permutations(range(2))))
def test_what_was_not_final_yet_may_get_another_day(lis: Source, clock: Clock, order: tuple[int, ...]) -> None:
    messages = [hers("20261120", "5.60", "P"), hers("20261121", "7.70")]
    send(lis, clock, *[messages[place] for place in order])
    assert (current(Report), current(Observation), rows(Held)) == (["21"], ["21"], [])


def test_her_own_number_is_free_once_the_first_report_is_cancelled(lis: Source, clock: Clock) -> None:
    send(lis, clock, HERS, CANCELLED, hers("20261121", "7.70").replace("20261121090000", "20261121100000"))
    assert current(Observation) == ["21"]


@pytest.mark.parametrize(("columns", "held"), [(tables.COLUMNS, 2), (tables.with_columns(sampled_at=""), 0)])
def test_a_table_with_the_time_of_sampling_tells_a_number_given_again(
    county: Facility, clock: Clock, columns: dict[str, Any], held: int
) -> None:
    sheets = factories.source(county, "sheets", kind="table", options={"columns": columns})
    days = [[cell.replace("2026-11-20 ", f"2026-11-{day} ") for cell in tables.ROWS[0]] for day in (19, 20)]
    with acting_as("worker"):
        for line in days:
            documents.keep(tables.text([line]).encode(), sheets, StoredFile.Layout.TABLE, "t", NOON)
            documents.translate(sheets.pk, clock=clock)
    assert len(rows(Held)) == held
    assert current(Report) == (["19"] if held else ["20"])
