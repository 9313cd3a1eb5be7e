"""A pull is killed (SIGKILL) at some moment, or loses its database: the next run leaves what a clean one leaves."""

import subprocess
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from portal.demo.sandbox import Faults, SandboxServer
from records.exchange.runs import LEASE
from tests.faults.breaking import ask, cut_connections, number, process, say, until
from tests.faults.county import (
    Contents,
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

Moment = Callable[[SandboxServer], Any]

# When the process is killed, and what must be true of the database then.
MOMENTS: dict[str, tuple[Moment, Callable[[], bool]]] = {
    "while the facility has not answered yet": (lambda town: town.requests, lambda: stored() == 0),
    "as soon as something is stored": (lambda town: stored(), lambda: stored() > 0),
    "while messages are applied": (lambda town: applied() > 20, lambda: 20 < applied() < 675),
    "in the middle": (lambda town: applied() > 300, lambda: 300 < applied() < 675),
}


def killed_at(moment: Moment, town: SandboxServer) -> None:
    """Start a pull as the worker does, in a process of its own, and kill it at a moment."""
    with process("manage.py", "pull", "--source", "town1", login="worker") as run:
        until(lambda: moment(town) or run.poll() is not None, "the moment to kill")
        run.kill()
        assert run.wait() == -9, "the run ended before it was killed"


def resumed(source_id: Any) -> str:
    """The next run, once the killed one's lease is over."""
    return pulled(source_id, later=LEASE + timedelta(seconds=1)).outcome


@pytest.mark.parametrize("when", MOMENTS)
def test_a_killed_pull_is_finished_by_the_next(
    when: str, clean: Contents, town: SandboxServer, capsys: pytest.CaptureFixture[Any]
) -> None:
    moment, then = MOMENTS[when]
    feed = feed_of(town)
    town.faults = Faults(delay=30) if "answered" in when else Faults()
    killed_at(moment, town)
    assert then()
    before = ledger()
    town.faults = Faults()

    assert resumed(feed.pk) == "succeeded"
    found = differences(contents(), clean)
    say(
        capsys,
        f"killed {when} with {before or 'nothing'}; then {ledger()} of {offered(town)}, {found or 0} differences",
    )
    assert (found, stored(), ledger().get("waiting", 0), unbalanced_runs()) == ({}, offered(town), 0, 0)


def test_killed_again_and_again_it_still_ends_clean(
    clean: Contents, town: SandboxServer, capsys: pytest.CaptureFixture[Any]
) -> None:
    feed, kills = feed_of(town), 0
    for goal in (40, 160, 280):
        killed_at(lambda town, goal=goal: applied() > goal, town)
        kills += 1
        ask("UPDATE exchange_pull SET alive_at = alive_at - interval '1 hour' WHERE outcome = 'running'")
    assert pulled(feed.pk).outcome == "succeeded"
    runs = number("SELECT count(*) FROM exchange_pull")
    say(capsys, f"{kills} kills, {runs} runs, {stored()} messages of {offered(town)}, {ledger()}")
    assert (differences(contents(), clean), stored(), unbalanced_runs()) == ({}, offered(town), 0)


def test_a_pull_whose_database_is_cut_ends_and_is_finished_by_the_next(
    clean: Contents, town: SandboxServer, capsys: pytest.CaptureFixture[Any]
) -> None:
    feed = feed_of(town)
    with process("manage.py", "pull", "--source", "town1", login="worker") as run:
        until(lambda: applied() > 50 or run.poll() is not None, "some messages applied")
        cut = cut_connections("portal_worker")
        code = finished(run)
    assert resumed(feed.pk) == "succeeded"
    say(capsys, f"{cut} connection cut, exit code {code}; then {ledger()} of {offered(town)}")
    assert (cut, code != 0, differences(contents(), clean), unbalanced_runs()) == (1, True, {}, 0)


def finished(run: subprocess.Popen) -> int:
    run.communicate(timeout=60)
    return int(run.returncode)


def test_a_second_run_beside_a_living_one_is_left_alone(town: SandboxServer, db: None) -> None:
    feed_of(town)
    town.faults = Faults(delay=30)
    with process("manage.py", "pull", "--source", "town1", login="worker"):
        until(lambda: town.requests, "the first run at work")
        with process("manage.py", "pull", "--source", "town1", login="worker") as second:
            printed, _ = second.communicate(timeout=60)
    assert "正在由另一个进程拉取" in printed and number("SELECT count(*) FROM exchange_pull") == 1
