"""A township health centre on a free port, with a clock that stands until it is moved."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from portal.demo.sandbox import SandboxServer

START = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server(clock: Clock) -> Iterator[SandboxServer]:
    with SandboxServer("TOWN1", clock=clock, grow_every=60) as running:
        yield running
