"""Merges and unmerges that come as HL7 messages."""

from datetime import timedelta
from itertools import permutations

import pytest

from foundation.rowsecurity import acting_as
from records.exchange import documents
from records.exchange.models import Held, Source, StoredFile
from records.exchange.retrying import sweep
from tests.exchange.conftest import rows
from tests.exchange.hl7v2.messages import GLUCOSE, oru, text
from tests.exchange.test_merging import A37, A40, Clock, active, lis, shown, waiting
from tests.factories import NOON
from tests.people import HELANFANG_NUMBER

__all__ = ["lis"]
LAN_PID = f"PID|1||2^^^HIS^PI~{HELANFANG_NUMBER}^^^^NI||贺^兰芳||19570213|F"
OLD_PID = "PID|1||1^^^HIS^PI||贺^兰芳||19570213|F"


def adt(event: str, hour: int, *segments: str, **said: str) -> str:
    return text(f"EVN|{event}|202611211{hour}0000", *segments, **said)


def send(lis: Source, clock: Clock, *messages: str) -> None:
    with acting_as("worker"):
        for message in messages:
            documents.keep(message.encode(), lis, StoredFile.Layout.HL7V2, "MSG00001", NOON)
            documents.translate(lis.pk, clock=clock)
        sweep(NOON + timedelta(minutes=5))


MERGE = adt("A40", 1, LAN_PID, "MRG|1^^^HIS^PI", **A40)


PART = adt("A37", 2, OLD_PID, LAN_PID, **A37)


@pytest.mark.parametrize("event", ["A18", "A34", "A36", "A39", "A40"])
def test_a_merge_by_hl7_lets_results_under_the_old_number_follow(event: str, lis: Source, clock: Clock) -> None:
    merge = adt(event, 1, LAN_PID, "MRG|1^^^HIS^PI", kind=f"ADT^{event}")
    send(lis, clock, oru(GLUCOSE, pid=OLD_PID), merge)
    assert (sorted(shown().values()), waiting()) == (["贺兰芳"], [])


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_results_and_a_merge_by_hl7_say_the_same_in_any_order(
    lis: Source, clock: Clock, order: tuple[int, ...]
) -> None:
    messages = [oru(GLUCOSE, pid=OLD_PID), MERGE, adt("A08", 3, OLD_PID, kind="ADT^A08")]
    send(lis, clock, *(messages[place] for place in order))
    assert (sorted(shown().values()), active(), waiting()) == (["贺兰芳"], [("HIS.1", "HIS.2")], [])


def test_a_later_message_under_the_old_number_is_no_unmerge(lis: Source, clock: Clock) -> None:
    send(lis, clock, MERGE, adt("A08", 5, OLD_PID, kind="ADT^A08"), oru(GLUCOSE, pid=OLD_PID))
    assert (sorted(shown().values()), active(), waiting()) == (["贺兰芳"], [("HIS.1", "HIS.2")], [])


def test_an_unmerge_by_hl7_takes_back_what_came_by_the_merge(lis: Source, clock: Clock) -> None:
    send(lis, clock, MERGE, oru(GLUCOSE, pid=OLD_PID), PART)
    assert (shown(), active()) == ({}, [])


def test_an_unmerge_that_comes_before_its_merge_counts(lis: Source, clock: Clock) -> None:
    send(lis, clock, adt("A04", 0, LAN_PID, kind="ADT^A04"), PART, MERGE, oru(GLUCOSE, pid=OLD_PID))
    assert (shown(), active()) == ({}, [])


def test_a_merge_after_an_unmerge_counts_again(lis: Source, clock: Clock) -> None:
    again = adt("A40", 4, LAN_PID, "MRG|1^^^HIS^PI", **A40).replace("MSG00001", "MSG00009")
    send(lis, clock, MERGE, PART, again, oru(GLUCOSE, pid=OLD_PID))
    assert (sorted(shown().values()), active()) == (["贺兰芳"], [("HIS.1", "HIS.2")])


def test_an_unmerge_without_two_patients_is_held_with_the_reason(lis: Source, clock: Clock) -> None:
    send(lis, clock, adt("A37", 2, LAN_PID, **A37))
    (held,) = rows(Held)
    assert held.reason == "unreadable" and "A37" in held.explanation
