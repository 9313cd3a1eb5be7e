"""Once a night every kind is asked for the last days: also where the run that began with it ended midway."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest

from facilities.models import Facility
from foundation.dated import REGISTRY, Registered
from foundation.rowsecurity import acting_as
from portal.demo.sandbox import SandboxServer
from records.exchange.models import Pull, Source
from records.exchange.pulling import pull
from records.models import Observation, Report
from tests import factories
from tests.exchange.conftest import rows
from tests.exchange.sending import observation, patient, report, versioned
from tests.factories import NOON

ONE, TWO = NOON.replace(hour=1), NOON.replace(hour=2, minute=1)
KNOWN = [
    versioned(patient(), 1, "2026-11-21T00:00:00Z"),
    versioned(observation(), 1, "2026-11-21T00:00:00Z"),
    versioned(report(), 1, "2026-11-21T00:00:00Z"),
]
LATE = [
    versioned(observation(id="o2", value="6.10"), 1, "2026-11-20T12:00:00Z"),
    versioned(report(id="r2", result=[]), 1, "2026-11-20T12:00:00Z"),
]


@contextmanager
def offering(feed: Source, resources: list[Any], now: datetime) -> Iterator[None]:
    """The facility offers these."""
    with SandboxServer("COUNTY", resources=resources, clock=lambda: now) as server:
        with acting_as("owner"):
            fields = {"address": server.url, "allowed_hosts": [server.url.split("/")[2]]}
            Source.objects.filter(pk=feed.pk).update(**fields)
        yield


def from_then_on(now: datetime) -> Callable[[], datetime]:
    """A clock that moves on by a second with each look."""
    moments = iter(now + timedelta(seconds=second) for second in range(10_000))
    return lambda: next(moments)


def pulled(feed: Source, now: datetime, seconds: float | None = None) -> Pull:
    with acting_as("worker"):
        return pull(feed.pk, clock=from_then_on(now), seconds=seconds)


@pytest.fixture
def known(county: Facility) -> Source:
    """A feed of which everything is known, before two o'clock."""
    feed = factories.source(county, "late", kind="fhir_r4", address="http://127.0.0.1:9/")
    with offering(feed, KNOWN, ONE):
        pulled(feed, ONE)
    return feed


def found() -> tuple[int, int]:
    return len(rows(Observation)), len(rows(Report))


def test_where_the_first_run_of_the_night_ends_midway_the_next_ones_ask_widely_for_the_rest(known: Source) -> None:
    with offering(known, [*KNOWN, *LATE], TWO):
        pulled(known, TWO, seconds=0)
        before = found()
        pulled(known, TWO + timedelta(minutes=1))
    assert (before, found()) == ((1, 1), (2, 2))


def test_a_kind_that_was_asked_widely_is_gone_on_with_and_not_begun_anew(
    known: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(REGISTRY, "exchange.page_size", Registered("exchange.page_size", 1, ""))
    fetched = []
    with offering(known, [*KNOWN, *LATE], TWO):
        while not fetched or rows(Source, pk=known.pk)[0].cursor["asked_widely"] != "*":
            fetched.append(pulled(known, TWO + timedelta(minutes=len(fetched)), seconds=0).fetched)
            assert len(fetched) < 20
    assert found() == (2, 2)


def test_once_every_kind_was_asked_widely_the_night_is_over(known: Source) -> None:
    with offering(known, KNOWN, TWO):
        pulled(known, TWO)
    with offering(known, [*KNOWN, *LATE], TWO):
        pulled(known, TWO + timedelta(minutes=5))
        before = found()
        pulled(known, TWO + timedelta(days=1))
    assert (before, found()) == ((1, 1), (2, 2))


def test_a_night_that_broke_off_is_gone_on_with_where_it_broke_off(known: Source) -> None:
    with offering(known, [*KNOWN, *LATE], TWO):
        pulled(known, TWO, seconds=0)
    assert pulled(known, TWO + timedelta(minutes=1)).outcome == "failed"
    with offering(known, [*KNOWN, *LATE], TWO):
        assert pulled(known, TWO + timedelta(minutes=2)).new == 2
    assert found() == (2, 2)


def test_a_slow_feed_has_every_kind_read_in_its_turn(county: Facility) -> None:
    feed = factories.source(county, "slow", kind="fhir_r4", address="http://127.0.0.1:9/")
    fetched = []
    with offering(feed, KNOWN, ONE):
        while rows(Source, pk=feed.pk)[0].cursor.get("asked_widely") != "*":
            fetched.append(pulled(feed, ONE + timedelta(minutes=len(fetched)), seconds=0).fetched)
            assert len(fetched) < 20
    assert (found(), sum(fetched)) == ((1, 1), 3)


def test_what_changed_in_one_moment_is_read_to_its_end_however_little_time_there_is(
    county: Facility, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(REGISTRY, "exchange.page_size", Registered("exchange.page_size", 1, ""))
    feed = factories.source(county, "dense", kind="fhir_r4", address="http://127.0.0.1:9/")
    together = [versioned(observation(id=f"d{number}"), 1, "2026-11-20T12:00:00Z") for number in range(6)]
    with offering(feed, [KNOWN[0], *together], ONE):
        for turn in range(20):
            pulled(feed, ONE + timedelta(minutes=turn), seconds=0)
    assert len(rows(Observation)) == 6
