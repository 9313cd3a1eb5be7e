"""What a clean run leaves, worked out once: everything that was broken is compared with it."""

from collections.abc import Iterator

import pytest

from portal import testdb
from portal.demo.sandbox import SandboxServer
from tests.faults.county import Contents, contents, feed_of, pulled

_clean: list[Contents] = []


@pytest.fixture
def town() -> Iterator[SandboxServer]:
    """A township health centre with its whole history."""
    with SandboxServer("TOWN1") as server:
        yield server


@pytest.fixture
def clean(db: None, town: SandboxServer) -> Contents:
    """What one undisturbed pull of the township leaves."""
    if not _clean:
        assert pulled(feed_of(town).pk).outcome == "succeeded"
        _clean.append(contents())
        testdb.wipe()
        town.requests.clear()
    return _clean[0]
