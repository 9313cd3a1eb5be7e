"""Asking the portal for pages as its server does, without a test client, and CPU time of ours and of PostgreSQL.

The application that granian calls is called in this process: the whole stack of middleware, warm, one request after the
other; granian's own work (outside Python) is not in the figures. Rounds alternate between the pages, and medians are
shown, so that a busy machine slows all of them alike.
"""

import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import connections
from django.test import Client, RequestFactory

from tests.budget import cost

LOGINS = ("default", "signin")
COLUMNS = ("ours", "PostgreSQL", "CPU ms", "p95", "to floor", "page", "statements")


@dataclass
class Times:
    """CPU milliseconds of each request for a page, ours and PostgreSQL's, and how long an answer took."""

    ours: list[float] = field(default_factory=list)
    theirs: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    @property
    def cpu(self) -> float:
        """The median of the sums."""
        return statistics.median(one + other for one, other in zip(self.ours, self.theirs, strict=True))

    @property
    def late(self) -> float:
        """What nineteen answers of twenty did not exceed."""
        return statistics.quantiles(self.waits, n=20)[-1]


def nothing() -> None:
    """What is done before each page is asked for: nothing."""


def asked(
    client: Client, pages: Mapping[str, str], rounds: int, before: Callable[[], None] = nothing
) -> dict[str, Times]:
    """So many rounds of all pages, after two that are not counted; `before` each of them, outside the measuring."""
    from portal.wsgi import application  # here, as it also sets up this process as the server's

    factory = RequestFactory()
    cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    times = {name: Times() for name in pages}
    for turn in range(rounds + 2):
        for name, address in pages.items():
            before()
            environment = factory.get(address, HTTP_COOKIE=cookie).environ
            found = _one(application, environment, address)
            if turn >= 2:
                for values, value in zip((times[name].ours, times[name].theirs, times[name].waits), found, strict=True):
                    values.append(value)
    return times


def _one(application: Any, environment: dict[str, object], address: str) -> tuple[float, float, float]:
    said: list[str] = []
    theirs, wall, ours = backends(), time.perf_counter(), time.process_time()
    response = application(environment, lambda status, *rest: said.append(status))
    b"".join(response)
    response.close()
    ours, wall = time.process_time() - ours, time.perf_counter() - wall
    assert said == ["200 OK"], (address, said)
    return ours * 1000, (backends() - theirs) * 1000, wall * 1000


def backends() -> float:
    """CPU seconds that PostgreSQL has spent on the connections of the web and the sign-in login."""
    pids = [connections[alias].connection.info.backend_pid for alias in LOGINS if connections[alias].connection]
    return sum(int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) for pid in pids) / 1e9


def table(
    client: Client, pages: Mapping[str, str], rounds: int, before: Callable[[], None] = nothing
) -> dict[str, dict[str, float]]:
    """A row for each page: CPU time, beside the floor and without the frame (pages of these names), and statements.

    `before` is done before each request of a page, outside of what is measured.
    """
    times = asked(client, pages, rounds, before)
    floor, frame = times["floor"].cpu, times["frame"].cpu
    return {
        name: {
            "ours": statistics.median(row.ours),
            "PostgreSQL": statistics.median(row.theirs),
            "CPU ms": row.cpu,
            "p95": row.late,
            "to floor": row.cpu / floor,
            "page": row.cpu - frame,
            "statements": cost(client, pages[name], before).beyond_the_frame,
        }
        for name, row in times.items()
    }


def lines(title: str, rows: Mapping[str, Mapping[str, float]], columns: Iterable[str] = COLUMNS) -> str:
    """The table, to print."""
    names = list(columns)
    made = [f"{title:<26}" + "".join(f"{name:>12}" for name in names)]
    made += [f"{what:<26}" + "".join(f"{row[name]:>12.2f}" for name in names) for what, row in rows.items()]
    return "\n" + "\n".join(made)
