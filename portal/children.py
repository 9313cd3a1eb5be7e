"""The processes that `make run` starts: they end together, and some are started again after an accident."""

import os
import signal
import subprocess
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field

from portal.embedded import BASE

# A child that is kept may end so often in so many seconds.
RESTARTS, WITHIN = 5, 60.0


class Stop(Exception):
    """Why the portal cannot start, in one sentence that says what to do."""


def say(sentence: str) -> None:
    """Show what is being done."""
    print(f"· {sentence}", flush=True)


@dataclass
class Again:
    """How a child is started again that ended by itself, and when that was done lately."""

    command: list[str]
    environment: dict[str, str]
    moments: list[float] = field(default_factory=list)


class Children:
    """The processes this one started: all of them end when one ends for good, or when we are told to stop."""

    def __init__(self) -> None:
        self.running: dict[str, subprocess.Popen] = {}
        self.asked_to_stop = threading.Event()
        self._again: dict[str, Again] = {}

    def start(self, name: str, command: list[str], environment: dict[str, str]) -> None:
        """Start a child in a process group of its own, so that Ctrl-C reaches it through us alone."""
        self.running[name] = subprocess.Popen(command, cwd=BASE, env=environment, start_new_session=True)

    def keep(self, name: str, command: list[str], environment: dict[str, str]) -> None:
        """Start a child, and start it again when it ends by itself, unless it keeps ending."""
        self._again[name] = Again(command, environment)
        self.start(name, command, environment)

    def ended(self) -> str | None:
        """The name of a child that has ended by itself for good, if any."""
        over = [name for name, child in self.running.items() if child.poll() is not None]
        return next((name for name in over if not self._revived(name)), None)

    def _revived(self, name: str) -> bool:
        again, now = self._again.get(name), time.monotonic()
        if again is None:
            return False
        again.moments = [moment for moment in again.moments if now - moment < WITHIN]
        if len(again.moments) >= RESTARTS:
            return False
        again.moments.append(now)
        say(f"{name}意外结束，重新启动")
        self.signal(self.running[name], signal.SIGKILL)
        self.start(name, again.command, again.environment)
        return True

    def watch(self) -> None:
        """Wait until asked to stop; raises Stop when a child ends by itself."""
        while not self.asked_to_stop.wait(0.5):
            if name := self.ended():
                raise Stop(f"{name}意外结束，门户已停止。请看上面的日志，处理后再运行一次。")

    def stop(self) -> None:
        """Ask each child to end, and insist after ten seconds; what it started itself ends with it."""
        for child in self.running.values():
            self.signal(child, signal.SIGTERM)
        for child in self.running.values():
            with suppress(subprocess.TimeoutExpired):
                child.wait(timeout=10)
            self.signal(child, signal.SIGKILL)
            child.wait()

    @staticmethod
    def signal(child: subprocess.Popen, number: signal.Signals) -> None:
        """Tell a child and all of its group, if any of them still lives."""
        with suppress(ProcessLookupError):
            os.killpg(child.pid, number)
