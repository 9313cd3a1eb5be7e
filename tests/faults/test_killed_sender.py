"""A worker killed while it sends: the message is never lost, and the person gets it once."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from residents.models import Delivery
from tests.factories import made
from tests.faults.breaking import ask, number, process, say, until
from tests.residents.door import work

At = Callable[[datetime], Any]
SEND = "import django; django.setup(); from residents.tasks import send_due; send_due()"
WAITING = 5


@pytest.fixture
def outbox(db: None) -> datetime:
    """Some messages that are due; returns when."""
    due = timezone.now()
    for turn in range(WAITING):
        made(
            Delivery(
                template="emergency_access", recipient="19900000001", parameters="{}", key=f"message-{turn}", due_at=due
            )
        )
    return due


def killed(when: str, folder: Path) -> str:
    """Let a worker start on the first message and kill it there; returns the message's key."""
    mark = folder / "reached"
    adapter = {"SMS_ADAPTER": "tests.faults.adapters.Hanging", "HANG_WHEN": when, "HANG_FILE": str(mark)}
    with process("-c", SEND, login="worker", **adapter) as worker:
        until(lambda: mark.exists() and mark.read_text(), "the message in the worker's hands")
        worker.kill()
        worker.wait()
    return mark.read_text()


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_message_in_a_killed_hand_arrives_once(
    when: str, outbox: datetime, tmp_path: Path, at: At, capsys: pytest.CaptureFixture[Any]
) -> None:
    key = killed(when, tmp_path)
    left = number("SELECT count(*) FROM demo_outboxmessage")
    with at(outbox + timedelta(seconds=5)):
        at_once = work()
    with at(outbox + timedelta(minutes=2)):
        later = work()
    arrived = ask("SELECT key, count(*) FROM demo_outboxmessage GROUP BY key ORDER BY key")
    states = ask("SELECT status, count(*) FROM residents_delivery GROUP BY status")
    say(capsys, f"killed {when} sending: {left} left, then {at_once} at once, {later} later; {states}")
    assert (at_once, later, states) == (WAITING - 1, 1, [("sent", WAITING)])
    assert arrived == [(f"message-{turn}", 1) for turn in range(WAITING)] and key in dict(arrived)


def test_a_message_that_kills_every_worker_stops_nobody(
    outbox: datetime, tmp_path: Path, at: At, capsys: pytest.CaptureFixture[Any]
) -> None:
    key = killed("before", tmp_path)
    ask("UPDATE residents_delivery SET attempts = 5 WHERE key = %s", key)
    with at(outbox + timedelta(hours=1)):
        sent = work()
    states = dict(ask("SELECT status, count(*) FROM residents_delivery GROUP BY status"))
    say(capsys, f"one poison message of {WAITING}: {sent} others sent, {states}")
    assert (sent, states) == (WAITING - 1, {"sent": WAITING - 1, "failed": 1})


def test_a_message_nobody_can_open_stops_nobody(outbox: datetime, at: At) -> None:
    ask("UPDATE residents_delivery SET phone = 'garbage' WHERE key = 'message-0'")
    with at(outbox + timedelta(minutes=1)):
        assert work() == WAITING - 1
