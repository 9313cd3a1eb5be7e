"""Small documents are translated some at a time, in the order of their arrival; one that kills takes nobody with it."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest

from foundation.rowsecurity import acting_as
from portal.demo.fhirjson import dumps
from records.exchange import documents, translators
from records.exchange.bundles import Entry
from records.exchange.models import Pull, Source, StoredFile, Translation
from records.exchange.reading import parse
from records.exchange.runs import LEASE
from records.exchange.translating import Setup
from records.models import Observation
from tests.exchange.conftest import rows
from tests.exchange.counting import statements
from tests.exchange.sending import counts, observation, patient
from tests.factories import NOON

LAYOUT = StoredFile.Layout.HL7V2
POISON = b"[ ]"
Clock = Callable[[], datetime]


def resources(raw: bytes, setup: Setup) -> Iterator[Entry]:
    """A layout as simple as can be, a JSON list of resources; one document of it kills the process."""
    if raw == POISON:
        raise KeyboardInterrupt
    return (Entry("", value) for value in parse(raw))


@pytest.fixture(autouse=True)
def translator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(translators.TRANSLATORS, LAYOUT, resources)


def sent(feed: Source, *values: Any, raw: bytes = b"") -> None:
    """Documents are sorted by the time of their arrival, then by their keys, which grow."""
    with acting_as("worker"):
        documents.keep(raw or ("[" + ",".join(map(dumps, values)) + "]").encode(), feed, LAYOUT, "MSG00001", NOON)


def translated(feed: Source, clock: Clock) -> Pull:
    with acting_as("worker"):
        return documents.translate(feed.pk, clock=clock)


def test_twenty_documents_take_hardly_more_statements_than_their_reading(feed: Source, clock: Clock) -> None:
    for number in range(20):
        sent(feed, patient(), observation(id=f"o{number}", value=f"{number}.5"))
    with statements() as seen:
        assert counts(translated(feed, clock)) == {"fetched": 40, "new": 21, "repeated": 19}
    reading = [sql for sql in seen if "exchange_filepart" in sql]
    assert (len(reading), len(seen) - len(reading) < 60) == (40, True), seen


def test_of_two_documents_about_one_result_the_later_one_counts(feed: Source, clock: Clock) -> None:
    sent(feed, patient(), observation(value="5.60"))
    sent(feed, patient(), observation(value="6.50"))
    translated(feed, clock)
    assert [row.value_text for row in rows(Observation, superseded_at=None)] == ["6.50"]


def test_each_document_keeps_its_own_neighbours(feed: Source, clock: Clock) -> None:
    def made(name: str) -> dict[str, Any]:
        return {"resourceType": "Organization", "id": name, "name": f"{name}科"}

    sent(feed, patient(), made("甲"), observation(performer=[{"reference": "Organization/甲"}]))
    sent(feed, made("乙"), observation(id="o2", performer=[{"reference": "Organization/乙"}]))
    translated(feed, clock)
    assert sorted(row.facility_name for row in rows(Observation)) == ["乙科", "甲科"]


def test_a_document_that_kills_the_process_is_tried_alone_and_set_aside_in_the_end(feed: Source) -> None:
    sent(feed, patient())
    sent(feed, raw=POISON)
    sent(feed, observation())
    for time in range(documents.ATTEMPTS):
        with pytest.raises(KeyboardInterrupt):
            translated(feed, lambda time=time: NOON + 2 * time * LEASE)
    run = translated(feed, lambda: NOON + 20 * LEASE)
    assert (run.held, len(rows(Observation))) == (1, 1)
    assert {row.state for row in rows(Translation)} == {"done"}
