"""Real workers: the broker forgets, dies and comes back in the middle; facilities hang, and the others go on."""

import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from portal.demo.sandbox import SandboxServer
from records.exchange.models import Source
from tests import factories
from tests.exchange import dripping
from tests.exchange.sending import observation, patient, versioned
from tests.faults.breaking import ask, number, say, until
from tests.faults.county import (
    Contents,
    applied,
    contents,
    differences,
    feed_of,
    ledger,
    offered,
    stored,
    unbalanced_runs,
)
from tests.faults.workers import Broker, broker, workers

SMALL = [versioned(patient(), 1, "2026-11-20T08:00:00Z"), versioned(observation(), 1, "2026-11-20T08:00:00Z")]
DRIP = dripping.dripping(dripping.OK + b"\r\n{")
DUE = "UPDATE exchange_source SET next_pull_at = NULL WHERE code = %s"
OLD = "UPDATE exchange_pull SET alive_at = alive_at - interval '1 hour' WHERE outcome = 'running'"
AGE = "SELECT extract(epoch FROM now() - coalesce(last_success_at, now())) FROM exchange_source WHERE code = %s"
WATCHED = 8.0


@pytest.fixture
def between(db: None) -> Iterator[Broker]:
    with broker() as made:
        yield made


def broken(between: Broker, how: str) -> None:
    if how == "flushed":
        between.forget()
    else:
        between.kill()
        between.start()


@pytest.mark.parametrize("how", ["flushed", "killed"])
def test_a_broker_that_forgets_everything_costs_time_and_no_message(
    how: str, clean: Contents, town: SandboxServer, between: Broker, tmp_path: Path, capsys: pytest.CaptureFixture[Any]
) -> None:
    feed_of(town)
    with workers(between, tmp_path):
        between.tick("pull_due")
        until(lambda: applied() > 20, "the pull at work")
        broken(between, how)
        before = ledger()

        def finished() -> bool:
            # A run that ended with the connection to the broker is taken up once its lease is over.
            ask(OLD)
            ask(DUE, "town1")
            between.tick("pull_due")
            Event().wait(1)
            return applied() == offered(town) and unbalanced_runs() == 0

        until(finished, "everything pulled")
    found = differences(contents(), clean)
    say(capsys, f"{how} with {before}: then {ledger()} of {offered(town)}, {found or 0} differences")
    assert (found, stored()) == ({}, offered(town))


def bad_feed(code: str, port: int, **fields: Any) -> Source:
    host = f"127.0.0.1:{port}"
    facility = factories.facility(code.upper())
    return factories.source(facility, code, kind="fhir_r4", address=f"http://{host}", allowed_hosts=[host], **fields)


def freshness(between: Broker) -> float:
    """The greatest age of the good feed's last success, in seconds, while it is asked again and again."""
    oldest, end = 0.0, time.monotonic() + WATCHED
    while time.monotonic() < end:
        ask(DUE, "good")
        between.tick("pull_due")
        Event().wait(0.5)
        oldest = max(oldest, float(ask(AGE, "good")[0][0]))
    return oldest


def asked_of_the_good() -> int:
    return number(
        "SELECT count(*) FROM exchange_pull p JOIN exchange_source s ON s.id = p.source_id WHERE code = 'good'"
    )


@pytest.mark.parametrize("failures", [[0], [1, 1, 1]], ids=["one that hangs", "three that have hung before"])
def test_a_facility_that_drips_leaves_another_as_fresh_as_ever(
    failures: list[int], between: Broker, tmp_path: Path, capsys: pytest.CaptureFixture[Any]
) -> None:
    with SandboxServer("TOWN1", resources=SMALL) as good, dripping.answering(DRIP) as port:
        host = good.url.split("/")[2]
        town = factories.facility("TOWN1")
        factories.source(town, "good", kind="fhir_r4", address=good.url, allowed_hosts=[host])
        for turn, count in enumerate(failures):
            bad_feed(f"bad{turn}", port, failures=count)
        with workers(between, tmp_path):
            between.tick("pull_due")
            until(lambda: number("SELECT count(*) FROM exchange_pull WHERE outcome = 'succeeded'"), "the first success")
            oldest = freshness(between)
            hanging = number("SELECT count(*) FROM exchange_pull WHERE outcome = 'running'")
        say(
            capsys,
            f"{len(failures)} bad: {hanging} hanging, good asked {asked_of_the_good()} times, {oldest:.1f} s old",
        )
    assert (hanging >= 1, oldest < WATCHED / 2) == (True, True)
