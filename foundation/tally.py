"""An independent count of reads of health data, taken at the connection whatever a view remembers to log.

A room says which of its tables hold health data (`watch`) and under which actions it logs their reading (`logged_as`);
`residents.reconciliation` keeps the counts and compares them with the access log every night.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connections
from django.http import HttpRequest, HttpResponse

from foundation import clock

TABLES: set[str] = set()
ACTIONS: set[str] = set()
WRITERS: list[Callable[["Reading"], None]] = []

_unseen: ContextVar[bool] = ContextVar("read_without_showing", default=False)
_counting: ContextVar["Counter | None"] = ContextVar("counter_of_reads", default=None)


@dataclass(frozen=True)
class Reading:
    """One request that read health data: when, its reference, the view's name, how many statements, the answer."""

    at: datetime
    reference: str
    view: str
    statements: int
    status: int


def watch(*tables: str) -> None:
    """Count statements that read these tables."""
    TABLES.update(tables)


def logged_as(*actions: str) -> None:
    """Name the actions under which the access log holds reads of watched tables."""
    ACTIONS.update(actions)


def written_by(writer: Callable[[Reading], None]) -> None:
    """Hand every counted request to `writer`."""
    if writer not in WRITERS:
        WRITERS.append(writer)


@contextmanager
def unseen(reason: str) -> Iterator[None]:
    """Do not count what is read inside: nothing of it is shown. `reason` tells the reader of the code why."""
    if not reason:
        raise ValueError("say why nothing of it is shown")
    mark = _unseen.set(True)
    try:
        yield
    finally:
        _unseen.reset(mark)


def shown() -> None:
    """Count what is shown without a statement that reads it: a page that was kept."""
    if counter := _counting.get():
        counter.statements += 1


def reads(statement: str) -> bool:
    """Whether a statement brings rows of a watched table back."""
    brings_rows = statement.lstrip(" (\n")[:6].upper().startswith(("SELECT", "WITH")) or "RETURNING" in statement
    return brings_rows and any(table in statement for table in TABLES)


class Counter:
    """Counts the reads of one request."""

    def __init__(self) -> None:
        self.statements = 0

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        if not _unseen.get() and reads(sql if isinstance(sql, str) else sql.as_string(None)):
            self.statements += 1
        return execute(sql, params, many, context)

    def keep(self, request: HttpRequest, response: HttpResponse) -> None:
        """Have the count written, before the answer leaves; a count that cannot be written fails the page."""
        if not self.statements:
            return
        match = request.resolver_match
        reading = Reading(
            at=clock.now(),
            reference=getattr(request, "reference", ""),
            view=match.view_name if match else "",
            statements=self.statements,
            status=response.status_code,
        )
        for writer in WRITERS:
            writer(reading)


@contextmanager
def counting() -> Iterator[Counter]:
    """Count the reads of the web connection inside."""
    counter = Counter()
    mark = _counting.set(counter)
    try:
        with connections["default"].execute_wrapper(counter):
            yield counter
    finally:
        _counting.reset(mark)
