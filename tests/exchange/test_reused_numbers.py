"""A report number that a laboratory gives out again is no correction: nobody's result goes because of it."""

from collections.abc import Callable
from datetime import datetime
from itertools import permutations

import pytest

from facilities.models import Facility
from foundation.rowsecurity import acting_as
from records.exchange import documents
from records.exchange.models import Held, Source, StoredFile
from records.models import Observation, Report
from tests import factories
from tests.exchange.conftest import rows
from tests.exchange.hl7v2.messages import CARD, GLUCOSE, OBR, PID, oru
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
