"""Whoever works on a feed is killed (SIGKILL) before each of its steps in turn; what comes next leaves what a clean run
leaves, each message accounted for once."""

import os
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from portal import testdb
from records.exchange.runs import LEASE
from tests.factories import NOON
from tests.faults.breaking import number, say
from tests.faults.county import Contents, contents, differences, ledger, stored, unbalanced_runs
from tests.faults.dying import counted, killed
from tests.faults.feeds import FEEDS, Feed, portal_works

LATER = NOON + LEASE + timedelta(minutes=1)
# Of the steps of a feed so many are tried, evenly; all of them with FAULTS_EVERY_STEP=true.
MOST = 10_000 if os.environ.get("FAULTS_EVERY_STEP") == "true" else 12
Left = tuple[Contents, dict[str, int], int, int, int]


def left() -> Left:
    """What stands in the database: records, the ledger, kept documents, those that wait, messages counted by runs."""
    waiting = number("SELECT count(*) FROM exchange_translation WHERE state = 'waiting'")
    counted_once = number("SELECT sum(new + skipped + held + failed) FROM exchange_pull")
    return contents(), ledger(), number("SELECT count(*) FROM exchange_storedfile"), waiting, counted_once - stored()


def done(feed: Feed, folder: Path, first: Callable[[Callable[[], None]], Any], *, again: bool) -> tuple[Any, Left]:
    """Let `first` do the feed's work, then (where it broke off) the next run; returns its answer, and what is left."""
    folder.mkdir()
    with feed(folder) as (source, bring):

        def work(at: datetime = NOON) -> None:
            bring(at)
            portal_works(source, at)

        said = first(work)
        if again:
            work(LATER)
    found = left()
    assert unbalanced_runs() == 0
    testdb.wipe()
    return said, found


@pytest.mark.parametrize("name", FEEDS)
def test_killed_before_any_step_it_ends_as_if_nothing_had_been(
    name: str, db: None, tmp_path: Path, capsys: pytest.CaptureFixture[Any]
) -> None:
    feed, begun = FEEDS[name], time.monotonic()
    steps, clean = done(feed, tmp_path / "clean", counted, again=False)
    assert clean[1] and set(clean[1]) == {"applied"} and clean[3] == 0
    tried, kills, wrong = sorted({1 + turn * (steps - 1) // (MOST - 1) for turn in range(MOST)}), 0, {}
    for step in tried:
        was_killed, found = done(feed, tmp_path / f"step {step}", partial(killed, step=step), again=True)
        kills += was_killed
        if found[1:] != clean[1:] or differences(found[0], clean[0]):
            wrong[step] = (differences(found[0], clean[0]), found[1:])
    say(capsys, f"{name}: killed before {kills} of {steps} steps, {clean[1]}, {time.monotonic() - begun:.1f} s")
    # What is remembered from an earlier run saves the later ones a few steps.
    assert (wrong, kills >= len(tried) - 4) == ({}, True)
