"""Work done in a process of its own that kills itself (SIGKILL) before its n-th step.

A step is whatever leaves the process: a statement, a COPY, a COMMIT, a renamed or removed file, bytes to a socket.
"""

import os
import signal
import traceback
from collections.abc import Callable
from threading import Lock
from typing import Any

import psycopg
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from records.exchange.hl7v2 import listening
from tests.faults.breaking import until

PLACES: list[tuple[Any, str]] = [
    (CursorWrapper, "execute"),
    (CursorWrapper, "executemany"),
    (psycopg.Cursor, "copy"),
    (BaseDatabaseWrapper, "_commit"),
    (os, "rename"),
    (os, "unlink"),
    (listening, "_send"),
]


class Steps:
    """Counts the steps of this process, of all its threads; before step `last` the process is killed."""

    def __init__(self, last: int = 0) -> None:
        self.taken, self._last, self._lock = 0, last, Lock()

    def watch(self) -> None:
        """From here on, in this process for ever."""
        for owner, name in PLACES:
            setattr(owner, name, self._counted(getattr(owner, name)))

    def _counted(self, work: Callable[..., Any]) -> Callable[..., Any]:
        def step(*args: Any, **kwargs: Any) -> Any:
            with self._lock:
                self.taken += 1
                if self.taken == self._last:
                    os.kill(os.getpid(), signal.SIGKILL)
            return work(*args, **kwargs)

        return step


def counted(work: Callable[[], None]) -> int:
    """Have the work done in a process of its own; returns how many steps it took."""
    reader, writer = os.pipe()

    def doing(steps: Steps) -> None:
        work()
        os.write(writer, str(steps.taken).encode())

    assert _ended(doing, 0) == 0
    os.close(writer)
    with os.fdopen(reader) as stream:
        return int(stream.read())


def killed(work: Callable[[], None], step: int) -> bool:
    """Have the work done in a process that is killed before a step; False where it had ended by then."""
    status = _ended(lambda steps: work(), step)
    assert status in (0, -signal.SIGKILL), f"the process failed by itself before step {step}"
    return status != 0


def _ended(work: Callable[[Steps], None], last: int) -> int:
    """The exit code of a process that does some work; of one that was killed, the signal, negative."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        _do(work, Steps(last))
    return _waited(child)


def _waited(child: int) -> int:
    found: list[int] = []

    def is_over() -> bool:
        which, status = os.waitpid(child, os.WNOHANG)
        if which:
            found.append(os.waitstatus_to_exitcode(status))
        return bool(which)

    try:
        until(is_over, "the end of the process")
    except AssertionError:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        raise
    return found[0]


def _do(work: Callable[[Steps], None], steps: Steps) -> None:
    """Never returns: nothing of the tests may go on in a second process."""
    try:
        steps.watch()
        work(steps)
    except BaseException:
        os.write(2, traceback.format_exc().encode())
        os._exit(1)
    os._exit(0)
