"""Whole pulls from a sandbox facility over real sockets."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from facilities.models import Facility
from foundation.dated import REGISTRY, Registered
from foundation.rowsecurity import acting_as
from portal.demo.people import RESIDENTS
from portal.demo.sandbox import Faults, SandboxServer
from records.exchange import pulling, tasks
from records.exchange.mapping import KINDS
from records.exchange.models import Held, InboundKey, Pull, Source
from records.exchange.problems import AlreadyRunning
from records.exchange.pulling import pull
from records.models import Observation, Report
from residents.models import Resident
from tests import factories
from tests.exchange.conftest import rows
from tests.exchange.sending import counts, observation, patient, report, versioned
from tests.factories import NOON

SMALL = [
    versioned(patient(), 1, "2026-11-20T08:00:00Z"),
    versioned(observation(), 1, "2026-11-20T08:00:00Z"),
    versioned(observation(id="o2", value="6.50"), 1, "2026-11-20T08:00:00Z"),
    versioned(report(), 1, "2026-11-20T09:00:00Z"),
]


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    """A facility with four resources."""
    with SandboxServer("COUNTY", resources=SMALL, clock=lambda: NOON) as running:
        yield running


def feed_of(server: SandboxServer, facility: Facility, **fields: Any) -> Source:
    host = server.url.split("/")[2]
    fields = {"kind": "fhir_r4", "address": server.url, "allowed_hosts": [host]} | fields
    return factories.source(facility, f"{server.facility.lower()}-fhir", **fields)


def pulled(feed: Source, now: Any = NOON, **options: Any) -> Pull:
    with acting_as("worker"):
        return pull(feed.pk, clock=lambda: now, **options)


def source(feed: Source) -> Source:
    (row,) = rows(Source, pk=feed.pk)
    return row


def test_a_whole_pull_reaches_the_records(server: SandboxServer, county: Facility) -> None:
    run = pulled(feed_of(server, county))
    assert (run.outcome, counts(run)) == ("succeeded", {"fetched": 4, "new": 4})
    assert [row.value_text for row in rows(Observation, identifier="o1")] == ["5.60"]
    assert len(rows(Report)) == 1


def test_the_cursor_stands_at_the_newest_message_of_each_kind(server: SandboxServer, county: Facility) -> None:
    feed = feed_of(server, county)
    pulled(feed)
    assert {kind: since for kind, since in source(feed).cursor.items() if kind in KINDS} == {
        "Patient": "2026-11-20T08:00:00.000Z",
        "Observation": "2026-11-20T08:00:00.000Z",
        "DiagnosticReport": "2026-11-20T09:00:00.000Z",
    }


def test_a_second_pull_adds_nothing(server: SandboxServer, county: Facility) -> None:
    feed = feed_of(server, county)
    pulled(feed)
    assert counts(pulled(feed)) == {"fetched": 4, "repeated": 4}


def test_a_message_with_the_same_time_as_the_cursor_is_not_missed(server: SandboxServer, county: Facility) -> None:
    feed = feed_of(server, county)
    pulled(feed)
    server.put(versioned(observation(id="o3"), 1, "2026-11-20T08:00:00Z"))
    assert pulled(feed).new == 1


def test_only_what_changed_is_asked_for(server: SandboxServer, county: Facility) -> None:
    feed = feed_of(server, county)
    server.put(versioned(observation(id="old"), 1, "2026-11-01T08:00:00Z"))
    pulled(feed)
    server.put(versioned(observation(id="o2", status="corrected", value="6.90"), 2, "2026-11-21T08:00:00Z"))
    assert counts(pulled(feed)) == {"fetched": 4, "new": 1, "repeated": 3}
    assert [row.value_text for row in rows(Observation, identifier="o2", superseded_at=None)] == ["6.90"]


def test_pages_are_followed_to_the_end(
    server: SandboxServer, county: Facility, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(REGISTRY, "exchange.page_size", Registered("exchange.page_size", 1, ""))
    assert counts(pulled(feed_of(server, county))) == {"fetched": 4, "new": 4}


def test_pages_served_twice_add_nothing_twice(server: SandboxServer, county: Facility) -> None:
    server.faults = Faults(duplicate_pages=True)
    run = pulled(feed_of(server, county))
    assert (run.outcome, counts(run)) == ("succeeded", {"fetched": 8, "new": 4, "repeated": 4})


def test_a_time_ahead_of_ours_does_not_carry_the_cursor_away(server: SandboxServer, county: Facility) -> None:
    feed = feed_of(server, county)
    server.put(versioned(observation(id="ahead"), 1, "2026-11-22T05:00:00Z"))
    with SandboxServer("TOWN1", resources=[item.resource for item in server.everything()]) as ahead:
        feed = feed_of(ahead, county)
        pulled(feed)
    assert source(feed).cursor["Observation"] == "2026-11-22T04:00:00.000Z"


def test_a_generated_county_hospital_is_pulled_and_only_its_planted_mistakes_are_held(county: Facility) -> None:
    with SandboxServer("COUNTY") as server:
        sent = sum(item.kind in KINDS for item in server.everything())
        run = pulled(feed_of(server, county), now=NOON + timedelta(days=1))
    assert (run.outcome, run.fetched, run.failed) == ("succeeded", sent, 0)
    assert run.new > 500
    assert sorted({held.reason for held in rows(Held)}) == ["identity_conflict", "incomplete", "unknown_subject"]
    assert {person.name for person in rows(Resident)} <= {person.name for person in RESIDENTS}


def test_the_token_comes_from_the_environment(county: Facility, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACILITY_TOKEN_COUNTY", "open-sesame")
    with SandboxServer("COUNTY", resources=SMALL, token="open-sesame", clock=lambda: NOON) as server:
        assert pulled(feed_of(server, county, credential="FACILITY_TOKEN_COUNTY")).new == 4


def test_success_sets_the_next_pull_and_forgets_failures(server: SandboxServer, county: Facility) -> None:
    feed = feed_of(server, county, failures=3)
    pulled(feed)
    row = source(feed)
    assert (row.failures, row.last_success_at, row.next_pull_at) == (0, NOON, NOON + timedelta(minutes=15))


def test_a_pull_out_of_time_stops_at_a_page_and_the_rest_is_due_at_once(
    server: SandboxServer, county: Facility
) -> None:
    feed = feed_of(server, county)
    ticks = iter(NOON + timedelta(seconds=tick) for tick in range(10_000))
    with acting_as("worker"):
        first = pull(feed.pk, clock=lambda: next(ticks), seconds=0)
    assert (first.outcome, first.fetched) == ("succeeded", 1)
    assert source(feed).next_pull_at <= next(ticks)
    pulled(feed)
    assert len(rows(InboundKey, state="applied")) == 4


def test_two_pulls_of_one_source_at_once_store_everything_once(server: SandboxServer, county: Facility) -> None:
    feed = feed_of(server, county)
    start, ended = threading.Barrier(3), []

    def go() -> None:
        from django.db import connections

        try:
            start.wait()
            ended.append(pulled(feed).outcome)
        except AlreadyRunning:
            ended.append("already running")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=go) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ended) == 3
    assert "succeeded" in ended
    assert len(rows(InboundKey)) == 4


def test_due_sources_are_found_once(server: SandboxServer, county: Facility) -> None:
    feed = feed_of(server, county, next_pull_at=NOON)
    factories.source(county, "paused", kind="fhir_r4", address="http://x", state="paused")
    factories.source(county, "file")
    with acting_as("worker"):
        assert pulling.due(NOON) == [feed.pk]
        assert pulling.due(NOON) == []


def test_the_task_takes_an_id_and_nothing_else(server: SandboxServer, county: Facility) -> None:
    feed = feed_of(server, county)
    with acting_as("worker"):
        tasks.pull_source(str(feed.pk))
    assert [run.new for run in rows(Pull)] == [4]
