"""Real worker processes with a real Redis between them and the timetable; the tests tick in the timetable's place."""

import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
from celery import Celery

from tests.faults.breaking import process, until
from tests.portal.test_launcher import free_port


class Broker:
    """A Redis without files on a port of its own: what it held is gone when it is killed."""

    def __init__(self) -> None:
        if shutil.which("redis-server") is None:
            pytest.skip("本机没有 Redis（apt-get install redis-server）")
        self.port = free_port()
        self.address = f"redis://127.0.0.1:{self.port}/0"
        self._server: subprocess.Popen | None = None

    def start(self) -> None:
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        until(self._answers, "Redis")

    def kill(self) -> None:
        if self._server is not None:
            self._server.send_signal(signal.SIGKILL)
            self._server.wait()

    def forget(self) -> None:
        """Lose all tasks, caches and counters, and go on."""
        with redis.Redis(port=self.port) as client:
            client.flushall()

    def tick(self, task: str) -> None:
        """Put a task as the timetable does."""
        with Celery(broker=self.address) as app:
            app.send_task(f"records.exchange.tasks.{task}")

    def _answers(self) -> bool:
        try:
            with redis.Redis(port=self.port) as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False


@contextmanager
def broker() -> Iterator[Broker]:
    made = Broker()
    made.start()
    try:
        yield made
    finally:
        made.kill()


@contextmanager
def workers(of: Broker, folder: Path, count: int = 2) -> Iterator[subprocess.Popen]:
    """So many worker processes of one worker, ready for tasks."""
    command = ["-m", "celery", "--quiet", "-A", "portal.celery", "worker", "-c", str(count), "--without-mingle"]
    extra = {"REDIS_URL": of.address, "DATA_DIR": str(folder)}
    with process(*command, "-l", "error", login="worker", **extra) as worker:
        until(lambda: _is_ready(of) or worker.poll() is not None, "the workers")
        yield worker


def _is_ready(of: Broker) -> bool:
    """Whether a worker waits for tasks at the broker."""
    with redis.Redis(port=of.port) as client:
        return any("brpop" in (one.get("cmd") or "") for one in client.client_list())
