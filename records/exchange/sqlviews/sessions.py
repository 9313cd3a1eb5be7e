"""A connection to a facility's database: to an address that was looked up and found fit, with a deadline for every
answer that does not depend on the other side, in transactions that can only read.
"""

import socket
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from types import TracebackType
from typing import Any, Protocol, Self

from records.exchange.http import fit
from records.exchange.limits import Limits
from records.exchange.problems import PullFailed
from records.exchange.sqlviews import mysql, postgresql
from records.exchange.sqlviews.plan import Target
from records.exchange.sqlviews.rows import Row, text
from records.exchange.sqlviews.statements import Values

CONNECT_SECONDS = 3.0
PIECE = 50
# What the drivers raise where the other side does not keep to its protocol, or is cut off.
NONSENSE = (
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    AssertionError,
    NotImplementedError,
    EOFError,
    struct.error,
)
UNREADABLE = "视图里有不能读取的内容（字符集或日期不正确）。请机构检查数据库的字符集和日期列。"


class Database(Protocol):
    """What both kinds of database can do; each raises what its own `in_words` understands."""

    quote: str

    def begin(self, seconds: float) -> None:
        """Begin a transaction that can only read, in which no statement takes longer than so many seconds."""

    def end(self) -> None:
        """End the transaction."""

    def cursor(self) -> Any:
        """A cursor that fetches piece by piece."""

    def clock(self) -> datetime:
        """What time the database thinks it is."""

    def wire(self) -> socket.socket:
        """The connection's socket, to be cut off by the deadline."""

    def close(self) -> None:
        """End the connection."""


class TooMuch(Exception):
    """More rows or bytes than one question may bring."""


class Session:
    """Asks one database; a context manager."""

    def __init__(self, target: Target, limits: Limits) -> None:
        self._target = target
        self._limits = limits
        self._kind = mysql if target.kind == "mysql" else postgresql

    def __enter__(self) -> Self:
        address = _look_up(self._target)
        with self._in_words():
            self._database: Database = self._kind.connect(self._target, address, CONNECT_SECONDS, self._deadline)
        self.quote = self._database.quote
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """All questions in this block are answered as of one moment."""
        with self._timed():
            self._database.begin(self._limits.answer_seconds)
        try:
            yield
        finally:
            with suppress(PullFailed), self._timed():
                self._database.end()

    def clock(self) -> datetime:
        """What time the database thinks it is."""
        with self._timed():
            return self._database.clock()

    def ask(self, statement: str, values: Values, most: int) -> tuple[list[str], list[Row]]:
        """The names of the columns, and the rows; raises TooMuch for more than `most` of them, or too many bytes."""
        with self._timed(), self._database.cursor() as cursor:
            cursor.execute(statement, values)
            names = [column[0] for column in cursor.description or ()]
            return names, self._fetched(cursor, most)

    def _fetched(self, cursor: Any, most: int) -> list[Row]:
        found: list[Row] = []
        size = 0
        while piece := cursor.fetchmany(PIECE):
            found += piece
            size += sum(_size(row) for row in piece)
            if len(found) > most or size > self._limits.answer_bytes:
                raise TooMuch
        return found

    @contextmanager
    def _timed(self) -> Iterator[None]:
        with self._in_words(), self._deadline(self._database.wire()):
            yield

    @contextmanager
    def _deadline(self, wire: socket.socket) -> Iterator[None]:
        """Cut the connection off when time is up: a timeout of the driver or the server starts again with each byte."""
        expired = threading.Event()
        timer = threading.Timer(self._limits.answer_seconds, _cut, [wire, expired])
        timer.daemon = True
        timer.start()
        try:
            yield
        except (*self._kind.ERRORS, *NONSENSE):
            if expired.is_set():
                raise PullFailed(self._too_slow()) from None
            raise
        finally:
            timer.cancel()

    def _too_slow(self) -> str:
        seconds = f"{self._limits.answer_seconds:g}"
        return (
            f"数据库 {self._target.place} 在 {seconds} 秒内没有答完。"
            "请机构给水位列加索引，或减小每页行数（page_rows）。"
        )

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except self._kind.ERRORS as trouble:
            raise PullFailed(self._kind.in_words(trouble, self._target)) from None
        except (UnicodeError, OverflowError):
            raise PullFailed(UNREADABLE) from None
        except NONSENSE:
            raise PullFailed(
                f"数据库 {self._target.place} 的应答不符合协议。请核对地址和端口是不是数据库的。"
            ) from None


def _cut(wire: socket.socket, expired: threading.Event) -> None:
    expired.set()
    with suppress(OSError):
        wire.shutdown(socket.SHUT_RDWR)


def _look_up(target: Target) -> str:
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):
        raise PullFailed(f"找不到数据库主机 {target.host}。请检查地址和域名解析。") from None
    return fit(target.host, [str(place[0]) for *_rest, place in found])


def _size(row: Sequence[object]) -> int:
    return sum(len(cell) if isinstance(cell, bytes) else len(text(cell)) for cell in row)
