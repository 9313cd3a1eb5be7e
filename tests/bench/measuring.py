"""CPU time and statements for each thing that is done, ours and PostgreSQL's, and the table that shows them."""

import json
import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connections

from foundation.rowsecurity import acting_as
from tests.exchange.counting import statements

TICKS = os.sysconf("SC_CLK_TCK")
NAMES = ["ours", "PostgreSQL", "CPU ms", "statements", "a second"]
Row = dict[str, float]
Table = dict[str, Row]


def backend(alias: str) -> float:
    """CPU seconds that PostgreSQL has spent on a connection."""
    pid = connections[alias].connection.info.backend_pid
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


@contextmanager
def measured(things: int, alias: str = "worker") -> Iterator[Row]:
    """Figures for each of so many things of what happens inside the block."""
    row: Row = {}
    with acting_as(alias), statements() as seen:
        connections[alias].ensure_connection()
        wall, ours, theirs = time.perf_counter(), time.process_time(), backend(alias)
        yield row
        row["ours"] = (time.process_time() - ours) / things * 1000
        row["PostgreSQL"] = (backend(alias) - theirs) / things * 1000
        row["CPU ms"] = row["ours"] + row["PostgreSQL"]
        row["a second"] = things / (time.perf_counter() - wall)
        row["statements"] = len(seen) / things


def medians(rows: list[Row]) -> Row:
    """The median of each figure."""
    return {name: round(statistics.median(row[name] for row in rows), 4) for name in rows[0]}


def show(table: Table, title: str, say: Callable[[str], None]) -> None:
    """Print a line for each thing measured."""
    say("\n" + f"{title:<22}" + "".join(f"{name:>12}" for name in NAMES))
    for what, row in table.items():
        say(f"{what:<22}" + "".join(f"{row[name]:>12.{0 if name == 'a second' else 4}f}" for name in NAMES))


def keep(table: Table, name: str) -> None:
    """Write the table beside those of other benches."""
    target = Path(settings.DATA_DIR).parent / "bench" / f"{name}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(table, indent=1))
