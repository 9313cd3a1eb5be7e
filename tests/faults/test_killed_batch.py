"""A worker is killed (SIGKILL) inside a batch, at each of its steps: nothing is lost, nothing is there twice."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from portal import testdb
from portal.demo.sandbox import SandboxServer
from records.exchange.runs import LEASE
from tests.faults.breaking import ask, database, number, process, say, until
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

GATE = 4711
WAITS = f"""
CREATE FUNCTION app.wait_at_the_gate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_advisory_xact_lock({GATE}); RETURN NEW; END $$;
GRANT EXECUTE ON FUNCTION app.wait_at_the_gate() TO PUBLIC;
"""
LINES = "AFTER UPDATE OF state ON exchange_inboundkey"
APPLIED = "FOR EACH ROW WHEN (NEW.state = 'applied') EXECUTE FUNCTION"
# Where the killed worker stands: the statement that waits, from the first lock of a batch to its commit.
STEPS = {
    "storing the lines": "CREATE TRIGGER gate BEFORE INSERT ON exchange_inboundkey FOR EACH ROW EXECUTE FUNCTION",
    "linking patients": "CREATE TRIGGER gate BEFORE INSERT ON exchange_sourcepatient FOR EACH ROW EXECUTE FUNCTION",
    "writing the rows": "CREATE TRIGGER gate BEFORE INSERT ON records_observation FOR EACH ROW EXECUTE FUNCTION",
    "settling the lines": f"CREATE TRIGGER gate {LINES} {APPLIED}",
    "committing": f"CREATE CONSTRAINT TRIGGER gate {LINES} DEFERRABLE INITIALLY DEFERRED {APPLIED}",
}
WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND NOT granted"


@contextmanager
def gate(statement: str) -> Iterator[None]:
    """Whoever comes to this statement waits; let through when the block ends, and the gate is gone."""
    with psycopg.connect(make_conninfo(testdb.SUPER, dbname=database())) as keeper:
        ask(WAITS)
        ask(f"{statement} app.wait_at_the_gate()")
        keeper.execute("SELECT pg_advisory_xact_lock(%s)", [GATE])
        try:
            yield
        finally:
            keeper.rollback()
            until(lambda: number("SELECT count(*) FROM pg_locks WHERE objid = %s", GATE) == 0, "the gate is empty")
            ask("DROP FUNCTION app.wait_at_the_gate() CASCADE")


@pytest.mark.parametrize("step", STEPS)
def test_a_worker_killed_inside_a_batch_loses_and_doubles_nothing(
    step: str, clean: Contents, town: SandboxServer, capsys: pytest.CaptureFixture[Any]
) -> None:
    feed = feed_of(town)
    with gate(STEPS[step]), process("manage.py", "pull", "--source", "town1", login="worker") as run:
        until(lambda: number(WAITING, GATE) or run.poll() is not None, "the worker at the gate")
        run.kill()
        assert run.wait() == -9, "the run ended before it was killed"
    before = ledger()

    assert pulled(feed.pk, later=LEASE + timedelta(seconds=1)).outcome == "succeeded"
    found = differences(contents(), clean)
    say(capsys, f"killed {step} with {before or 'nothing'}; then {ledger()}, {found or 0} differences")
    assert (found, stored(), ledger().get("waiting", 0), unbalanced_runs()) == ({}, offered(town), 0, 0)
