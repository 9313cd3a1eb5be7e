"""Tools for breaking things on purpose: other processes on this test's database, and waiting with an end."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event
from typing import Any

import psycopg
from django.db import connections
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from portal import testdb
from portal.embedded import BASE

PATIENCE = 60.0


def until(question: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
    """Ask until the answer is true, and return it; fails where that takes too long."""
    pause = Event()
    for _ in range(int(seconds / 0.01)):
        if answer := question():
            return answer
        pause.wait(0.01)
    raise AssertionError(f"not within {seconds:g} seconds: {what}")


def database() -> str:
    """The name of this test process's own database."""
    return str(connections["owner"].settings_dict["NAME"])


def environment(login: str, **extra: str) -> dict[str, str]:
    """The tests' own settings, for another process on the same database."""
    addresses = {
        name: make_conninfo("", **{**conninfo_to_dict(value), "dbname": database()})
        for name, value in os.environ.items()
        if name.startswith("DATABASE_") and name.endswith("URL")
    }
    return {**os.environ, **addresses, "PORTAL_LOGIN": login, "PYTHONWARNINGS": "ignore"} | extra


@contextmanager
def process(*command: str, login: str, **extra: str) -> Iterator[subprocess.Popen]:
    """A Python process of the portal; killed at the end with whatever it started."""
    with program(sys.executable, *command, login=login, **extra) as started:
        yield started


@contextmanager
def program(*command: str, login: str, **extra: str) -> Iterator[subprocess.Popen]:
    """As `process`, of any program."""
    started = subprocess.Popen(
        command,
        cwd=BASE,
        env=environment(login, **extra),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield started
    finally:
        with suppress(ProcessLookupError):
            os.killpg(started.pid, signal.SIGKILL)
        started.communicate()


def ask(statement: str, *values: Any) -> list[tuple]:
    """Rows as the superuser sees them, each time in a new transaction."""
    address = make_conninfo(testdb.SUPER, dbname=database(), options="-c timezone=UTC")
    with psycopg.connect(address, autocommit=True) as connection:
        cursor = connection.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def number(statement: str, *values: Any) -> int:
    """The one number that a statement answers."""
    return int(ask(statement, *values)[0][0] or 0)


def cut_connections(*logins: str) -> int:
    """End the database's side of other processes' connections of these logins; returns how many there were."""
    connections.close_all()
    return number(
        "SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE datname = current_database() AND usename = ANY (%s)",
        list(logins),
    )


def say(capsys: Any, figures: str) -> None:
    """One line of figures, past pytest's capture."""
    with capsys.disabled():
        sys.stdout.write(f"\n  {figures}")
