"""A facility that breaks while the whole county is pulled: said in words, cursor unmoved, the neighbour untouched."""

from typing import Any

import pytest

from foundation.dated import REGISTRY, Registered
from portal.demo.sandbox import Faults, SandboxServer
from records.exchange.models import Pull, Source
from tests.faults.breaking import say
from tests.faults.county import (
    Contents,
    contents,
    differences,
    feed_of,
    ledger,
    offered,
    pulled,
    stored,
    unbalanced_runs,
)

OBSERVATIONS = frozenset({"Observation"})
TROUBLES = {
    "500": Faults(status=500, kinds=OBSERVATIONS),
    "a time-out": Faults(delay=30, kinds=OBSERVATIONS),
    "half an answer": Faults(truncated=True, kinds=OBSERVATIONS),
    "a connection dropped": Faults(dropped=True, kinds=OBSERVATIONS),
    "a web page": Faults(html=True, kinds=OBSERVATIONS),
    "pages without end": Faults(endless_next=True, kinds=OBSERVATIONS),
    "another host's pages": Faults(foreign_next="http://127.0.0.1:9", endless_next=True, kinds=OBSERVATIONS),
}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two seconds for an answer."""
    monkeypatch.setitem(REGISTRY, "exchange.answer_seconds", Registered("exchange.answer_seconds", 2, ""))


def now_is(source: Source) -> Source:
    return Source.objects.using("owner").get(pk=source.pk)


@pytest.mark.parametrize("trouble", TROUBLES)
def test_what_broke_in_the_middle_is_made_up_for(
    trouble: str, clean: Contents, town: SandboxServer, capsys: pytest.CaptureFixture[Any]
) -> None:
    feed = feed_of(town)
    town.faults = TROUBLES[trouble]
    broken = pulled(feed.pk)
    cursor, kept = now_is(feed).cursor, stored()
    town.faults = Faults()
    pulled(feed.pk)
    say(capsys, f"{trouble}: {kept} kept, then {stored()} of {offered(town)} — {broken.error[:40]}")
    assert (broken.outcome, "Observation" in cursor) == (Pull.Outcome.FAILED, False)
    assert (differences(contents(), clean), ledger().get("waiting", 0), unbalanced_runs()) == ({}, 0, 0)


def test_every_page_twice_adds_nothing(
    clean: Contents, town: SandboxServer, capsys: pytest.CaptureFixture[Any]
) -> None:
    town.faults = Faults(duplicate_pages=True)
    run = pulled(feed_of(town).pk)
    say(capsys, f"every page twice: {run.fetched} fetched, {run.repeated} repeated, {stored()} stored")
    assert (run.outcome, run.repeated, differences(contents(), clean)) == ("succeeded", offered(town), {})


def test_a_broken_neighbour_changes_nothing(clean: Contents, town: SandboxServer) -> None:
    with SandboxServer("COUNTY", faults=Faults(status=500)) as county:
        assert pulled(feed_of(county, "COUNTY").pk).outcome == "failed"
        assert pulled(feed_of(town).pk).outcome == "succeeded"
    assert differences(contents(), clean) == {}


def test_a_second_pull_of_the_same_changes_nothing(clean: Contents, town: SandboxServer) -> None:
    feed = feed_of(town)
    pulled(feed.pk)
    again = pulled(feed.pk)
    assert (again.new, again.held, differences(contents(), clean)) == (0, 0, {})
