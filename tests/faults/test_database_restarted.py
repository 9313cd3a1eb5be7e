"""The database server is restarted, in peace or as after a crash, while facilities send: nothing lost or doubled."""

import time
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from portal.demo.sandbox import SandboxServer
from records.exchange.runs import LEASE
from tests import factories
from tests.faults.breaking import number, process, say, until
from tests.faults.county import (
    applied,
    contents,
    differences,
    feed_of,
    ledger,
    offered,
    pulled,
    stored,
    unbalanced_runs,
)
from tests.faults.server import Server, own_server
from tests.faults.test_killed_listener import MESSAGES, acknowledged, port_of


@pytest.fixture
def server(db: None) -> Iterator[Server]:
    with own_server() as started:
        yield started


@pytest.mark.parametrize("how", ["fast", "immediate"])
def test_a_pull_and_a_listener_go_on_after_a_restart(
    how: str, clean: Any, town: SandboxServer, server: Server, capsys: pytest.CaptureFixture[Any]
) -> None:
    feed, begun = feed_of(town), time.monotonic()
    county = factories.facility("COUNTY", "县人民医院", "county")
    factories.source(county, "county-lis", kind="hl7v2", allowed_hosts=["127.0.0.1"])
    with (
        process("manage.py", "listen_mllp", "--port", "0", login="worker") as listener,
        process("manage.py", "pull", "--source", "town1", login="worker") as run,
    ):
        port = port_of(listener)
        promised = sum(acknowledged(port, message) for message in MESSAGES[:10])
        until(lambda: applied() > 50 or run.poll() is not None, "some messages applied")
        server.restart(how)
        assert run.wait(60) != 0
        kept = number("SELECT count(*) FROM exchange_storedfile")
        for message in MESSAGES[:20]:  # each thread of the listener finds out by itself that its connection is gone
            until(partial(acknowledged, port, message), "a promise for each message, sent again if need be")
    assert (promised, kept >= promised) == (10, True)
    assert number("SELECT count(*) FROM exchange_storedfile") == 20
    before = ledger()
    assert pulled(feed.pk, later=LEASE + timedelta(seconds=1)).outcome == "succeeded"
    found = differences(contents(), clean)
    say(capsys, f"{how}: {before}, then {ledger()}, {found or 0} differences, {time.monotonic() - begun:.1f} s")
    assert (found, stored(), ledger().get("waiting", 0), unbalanced_runs()) == ({}, offered(town), 0, 0)
