"""Proving the access log: every link, every event, every exported head, in memory that does not grow with the log."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connections

from foundation.dated import setting
from foundation.rowsecurity import database
from residents import heads
from residents.canonical import (
    FORMS,
    NOTHING_BEFORE,
    SHANGHAI,
    any_form_sql,
    is_mac_of,
    month_after,
    month_name,
    month_of,
    sealed_text,
)
from residents.heads import Head
from residents.log_limits import GRACE, LATE

CHUNK = 5000
NAMED = 20
LINKS = f"""
SELECT s.position, s.event_at, s.event_id, s.form, s.mac, s.sealed_at, e.id IS NOT NULL,
  s.event_at >= %s AND abs(extract(epoch FROM e.written_at - e.at)) > %s, {any_form_sql()}
FROM residents_seal s
LEFT JOIN residents_accessevent e ON e.at = s.event_at AND e.id = s.event_id
WHERE s.month = %s AND s.position >= %s AND s.position < %s ORDER BY s.position
"""  # noqa: S608  # columns of FORMS, never input
LOOSE = """
SELECT e.at, e.id, count(*) OVER () FROM residents_accessevent e
WHERE e.at >= %s AND e.at < %s AND NOT EXISTS (
  SELECT 1 FROM residents_seal s WHERE s.month = %s AND s.event_at = e.at AND s.event_id = e.id)
ORDER BY e.at, e.id LIMIT %s
"""
FIRST_SEALED = "SELECT sealed_at FROM residents_seal ORDER BY month, position LIMIT 1"
NEXT_EVENT = "SELECT min(at) FROM residents_accessevent WHERE at >= %s"
NEXT_POSITION = "SELECT min(position) FROM residents_seal WHERE month = %s AND position > %s"
LENGTH = "SELECT coalesce(max(position), 0) FROM residents_seal WHERE month = %s"

DELETED = "这一条的访问记录已被删除"
ALTERED = "这一条的访问记录（或它的封存链）被改动过"
UNKNOWN_FORM = "这一条封存链的格式版本不存在，封存链被改动过"
NOT_THE_HEAD = "这一条与导出的链头不一致，封存链被换过"
MISDATED = "这一条的时间与数据库记下的写入时间不符"
LOOSE_EVENT = "超过规定时间仍未封存：可能是事后插入的，也可能是封存任务没有运行"
FROM_THE_FUTURE = "时间在将来，不是如实写入的"
FORGED_HEAD = "导出的链头文件里有一行不是本系统写的，或已损坏"
NO_HEADS = "没有导出的链头，无法确认链的末尾是否完整"

Show = Callable[[int, int], None]


@dataclass(frozen=True)
class Fault:
    """What is wrong, and where: the month, the position in its chain, the event and its time."""

    month: str
    what: str
    position: int | None = None
    event_id: UUID | None = None
    at: datetime | None = None


class Link(NamedTuple):
    """A link as it lies in the database, with its event as written down now (None where it is gone)."""

    position: int
    event_at: datetime
    event_id: UUID
    form: int
    mac: bytes
    sealed_at: datetime
    has_event: bool
    misdated: bool | None
    canonical: str | None


@dataclass
class Walk:
    """One month's chain, walked from its first link to its last."""

    month: datetime
    folder: Path
    now: datetime
    show: Show = lambda done, length: None
    position: int = 0
    links: int = 0
    heads: int = 0
    slowest: timedelta = timedelta()
    mac: bytes = NOTHING_BEFORE
    detached: bool = False
    waiting: Iterator[Head | int] = field(init=False)
    next_head: Head | None = None
    last_head: Head | None = None

    @property
    def name(self) -> str:
        return month_name(self.month)

    def faults(self) -> Iterator[Fault]:
        """Everything that is wrong with this month, in the order of the chain; then what is not in it."""
        self.waiting = heads.read(heads.file_of(self.name, self.folder))
        yield from self._advance()
        length = _one(LENGTH, self.month)
        for link in self._chain():
            yield from self._link(link)
            if self.links % CHUNK == 0:
                self.show(self.links, length)
        yield from self._end()
        yield from self._loose_events()

    def _chain(self) -> Iterator[Link]:
        """The links, a chunk of positions at a time, passing over positions that are not there."""
        # What was written before the log was first sealed has no true time of writing.
        first = (_all(FIRST_SEALED) or [(self.now,)])[0][0]
        late = setting(LATE, self.now)
        position = _one(NEXT_POSITION, self.month, 0)
        while position is not None:
            for row in _all(LINKS, first, late, self.month, position, position + CHUNK):
                yield Link(*row)
            position = _one(NEXT_POSITION, self.month, position + CHUNK - 1)

    def _link(self, link: Link) -> Iterator[Fault]:
        """Compare one link with the one before it, with its event and with the head exported at its place."""
        gap = link.position != self.position + 1
        if gap:
            yield self._fault(f"封存链缺少{_places(self.position + 1, link.position - 1)}")
        if link.form not in FORMS:
            yield self._fault(UNKNOWN_FORM, link)
        elif not link.has_event:
            yield self._fault(DELETED, link)
        elif not gap and not self._is_sealed(link):
            yield self._fault(ALTERED, link)
        elif link.misdated:
            yield self._fault(MISDATED, link)
        self.position, self.mac = link.position, bytes(link.mac)
        self.links += 1
        self.slowest = max(self.slowest, link.sealed_at - link.event_at)
        yield from self._compare(link)

    def _is_sealed(self, link: Link) -> bool:
        """Whether the link's mac is the one over the mac before it and over its event as it is now."""
        event = link.canonical or ""
        text = sealed_text(self.mac, link.form, event, link.position, self.name, link.sealed_at)
        return is_mac_of(bytes(link.mac), text)

    def _compare(self, link: Link) -> Iterator[Fault]:
        """Every head that was exported at this link, or at a place before it that is not in the chain."""
        while self.next_head is not None and self.next_head.position <= link.position:
            if self.next_head.position == link.position and self.next_head.mac != self.mac.hex():
                yield self._fault(NOT_THE_HEAD, link)
            yield from self._advance()

    def _advance(self) -> Iterator[Fault]:
        """Go to the next exported head; lines that are none are named and passed over."""
        for found in self.waiting:
            if isinstance(found, Head) and found.month == self.name:
                self.next_head = self.last_head = found
                self.heads += 1
                self.detached = self.detached or found.detached
                return
            line = f" 第 {found} 行" if isinstance(found, int) else ""
            yield self._fault(f"{FORGED_HEAD}（{heads.file_of(self.name).name}{line}）")
        self.next_head = None

    def _end(self) -> Iterator[Fault]:
        """The chain must reach as far as the heads say, and heads must have been exported."""
        cut = self.next_head
        while self.next_head is not None:
            yield from self._advance()
        if cut is not None and self.last_head is not None and not (self.detached and not self.links):
            reached = f"导出的链头到过第 {self.last_head.position} 条（{self.last_head.at}）"
            yield self._fault(f"{reached}，现在只到第 {self.position} 条，末尾被截去")
        exported = self.last_head.position if self.last_head else 0
        if exported < self.position and self._is_overdue():
            yield self._fault(f"{NO_HEADS}（第 {exported + 1} 条起）")

    def _is_overdue(self) -> bool:
        """Whether the chain's end was sealed so long ago that its head should have been exported."""
        sealed_at = _one("SELECT max(sealed_at) FROM residents_seal WHERE month = %s", self.month)
        return bool(sealed_at < self.now - timedelta(seconds=setting(LATE, self.now)))

    def _loose_events(self) -> Iterator[Fault]:
        """Events that no link holds, a day at a time; and such as are dated in the future."""
        last = self.now - timedelta(seconds=setting(GRACE, self.now))
        soon = self.now + timedelta(seconds=setting(LATE, self.now))
        day = self.month
        while day < month_after(self.month):
            after = min(day + timedelta(days=1), month_after(self.month))
            yield from self._loose_between(day, min(after, last), LOOSE_EVENT)
            yield from self._loose_between(max(day, soon), after, FROM_THE_FUTURE)
            day = after

    def _loose_between(self, start: datetime, end: datetime, what: str) -> Iterator[Fault]:
        rows = _all(LOOSE, start, end, self.month, NAMED) if start < end else []
        for at, key, _count in rows:
            yield Fault(self.name, what, event_id=key, at=at)
        if rows and rows[0][2] > len(rows):
            yield Fault(self.name, f"这一天还有 {rows[0][2] - len(rows)} 条同样未封存", at=start)

    def _fault(self, what: str, link: Link | None = None) -> Fault:
        if link is None:
            return Fault(self.name, what)
        return Fault(self.name, what, link.position, link.event_id, link.event_at)


def months_of(folder: Path) -> list[datetime]:
    """Every month that has events, links or exported heads."""
    with connections[database()].cursor() as cursor:
        found = set(heads.months_sealed(cursor))
    found |= set(_months_with_events()) | {month_named(name) for name in heads.months_in(folder)}
    return sorted(found)


def month_named(name: str) -> datetime:
    """The first moment of the month `YYYYMM`; raises ValueError for anything else."""
    if not re.fullmatch(r"\d{4}(0[1-9]|1[0-2])", name, re.ASCII):
        raise ValueError(name)
    return datetime(int(name[:4]), int(name[4:]), 1, tzinfo=SHANGHAI)


def _months_with_events() -> Iterator[datetime]:
    at = _one(NEXT_EVENT, datetime(1970, 1, 1, tzinfo=SHANGHAI))
    while at is not None:
        yield month_of(at)
        at = _one(NEXT_EVENT, month_after(month_of(at)))


def _places(first: int, last: int) -> str:
    return f"第 {first} 条" if first == last else f"第 {first} 条到第 {last} 条"


def _all(statement: str, *arguments: Any) -> list[tuple[Any, ...]]:
    with connections[database()].cursor() as cursor:
        cursor.execute(statement, arguments)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _one(statement: str, *arguments: Any) -> Any:
    return _all(statement, *arguments)[0][0]
