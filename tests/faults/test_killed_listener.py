"""The MLLP listener is killed (SIGKILL) while a laboratory sends: what was acknowledged is kept, and all of it once."""

import subprocess
import time
from contextlib import suppress
from threading import Timer
from typing import Any

import pytest
from hl7.client import MLLPClient

from records.exchange.models import Source
from tests import factories
from tests.exchange.hl7v2.messages import GLUCOSE, oru
from tests.faults.breaking import cut_connections, number, process, say

MESSAGES = [oru(GLUCOSE).replace("MSG00001", f"MSG{place:03d}").encode() for place in range(60)]


@pytest.fixture
def lis(db: None) -> Source:
    county = factories.facility("COUNTY", "县人民医院", "county")
    return factories.source(county, "county-lis", kind="hl7v2", allowed_hosts=["127.0.0.1"])


def port_of(listener: subprocess.Popen) -> int:
    """The port that a listener says it is on."""
    assert listener.stdout is not None
    said = next(line for line in listener.stdout if "正在" in line)
    return int(said.split("的端口 ")[1].split()[0])


def acknowledged(port: int, message: bytes) -> bool:
    """Whether a message sent on a connection of its own is acknowledged."""
    with suppress(OSError), MLLPClient("127.0.0.1", port) as client:
        client.socket.settimeout(10)
        return b"MSA|AA" in client.send_message(message)
    return False


def send_until_killed(waiting: list[bytes], kill_after: int, pause: float) -> list[bytes]:
    """Send in order to a listener that is killed around message `kill_after`; returns what is left to send."""
    with process("manage.py", "listen_mllp", "--port", "0", login="worker") as listener:
        port = port_of(listener)
        for place, message in enumerate(waiting):
            if place == kill_after:
                Timer(pause, listener.kill).start()
            if not acknowledged(port, message):
                assert listener.wait(10) == -9
                return waiting[place:]
    raise AssertionError("nothing was killed")


def test_a_killed_listener_loses_nothing_it_acknowledged(lis: Source, capsys: pytest.CaptureFixture[Any]) -> None:
    waiting, done, begun = list(MESSAGES), 0, time.monotonic()
    for turn, kill_after in enumerate([3, 7, 5, 9]):
        waiting = send_until_killed(waiting, kill_after, pause=0.003 * (turn + 1))
        done = len(MESSAGES) - len(waiting)
        kept = number("SELECT count(*) FROM exchange_storedfile")
        # One more may be on disk than its sender knows of: it will be sent again.
        assert done <= kept <= done + 1
    with process("manage.py", "listen_mllp", "--port", "0", login="worker") as listener:
        port = port_of(listener)
        assert all(acknowledged(port, message) for message in waiting)
    assert number("SELECT count(*) FROM exchange_storedfile") == len(MESSAGES)
    assert number("SELECT count(*) FROM exchange_translation WHERE state = 'waiting'") == len(MESSAGES)
    say(capsys, f"4 kills, {len(MESSAGES)} of {len(MESSAGES)} messages once, {time.monotonic() - begun:.1f} s")


def test_a_listener_that_loses_its_database_goes_on(lis: Source) -> None:
    with process("manage.py", "listen_mllp", "--port", "0", login="worker") as listener:
        port = port_of(listener)
        assert acknowledged(port, MESSAGES[0])
        assert cut_connections("portal_worker") > 0
        # Each thread finds out by itself; its sender notices nothing.
        assert all(acknowledged(port, message) for message in MESSAGES[1:5])
    assert number("SELECT count(*) FROM exchange_storedfile") == 5
