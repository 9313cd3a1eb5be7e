"""Which of a person's results make one line, and why the others do not: pure, whatever order the results come in.

One line holds one analyte, of one specimen, by one method, in units that a rule converts into each other. What a
laboratory leaves out is taken for the same only where the others leave no choice: of two methods, a result that names
none belongs to neither.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from records.trends import kinship
from records.trends.results import Result, merged


class Reason(StrEnum):
    """Why a result is not in the line."""

    CODE = "code"
    NUMBER = "number"
    TIME = "time"
    SPECIMEN = "specimen"
    UNIT = "unit"
    METHOD = "method"


class Key(NamedTuple):
    """What all results of one line share; specimen and method are nothing where none of them names one."""

    analyte: tuple[str, ...]
    specimen: str
    unit: str
    method: str


@dataclass(frozen=True)
class Point:
    """A result in its line: its value in the line's unit, and whether that was converted."""

    result: Result
    at: datetime
    value: Decimal
    is_converted: bool


@dataclass(frozen=True)
class Apart:
    """Results that are not comparable with the line for the same reason, the newest first."""

    reason: Reason
    detail: str
    results: Sequence[Result]


@dataclass(frozen=True)
class Trend:
    """The line of one result, oldest first, in that result's own unit; and what is kept apart from it."""

    focus: Result
    points: Sequence[Point]
    apart: Sequence[Apart]

    @property
    def without_method(self) -> int:
        """How many points stand in a line of one method without naming theirs."""
        named = any(point.result.method for point in self.points)
        return sum(not point.result.method for point in self.points) if named else 0


def trend(focus_id: UUID, rows: Iterable[Result]) -> Trend:
    """The line that one result is part of, out of all results that bear its code or its name; it must be among them."""
    results = merged(rows)
    focus = next(row for row in results if row.id == focus_id)
    keys = _keys([row for row in results if row.analyte == focus.analyte])
    points = [_point(row, focus) for row in results if keys.get(row.id) == keys[focus.id]]
    drawn = [point for point in points if point]
    known = {point.result.id for point in drawn} | {focus.id}
    return Trend(
        focus=focus,
        points=sorted(drawn, key=lambda point: (point.at, str(point.result.id))),
        apart=_apart(focus, [row for row in results if row.id not in known], keys),
    )


def _keys(rows: Sequence[Result]) -> dict[UUID, Key]:
    """The line of each result of one analyte: units first, then specimens, then methods of the same specimen."""
    units: dict[UUID, Hashable] = {row.id: row.unit_group for row in rows}
    specimens = _said(rows, units, lambda row: kinship.specimen(row.specimen))
    placed: dict[UUID, Hashable] = {row.id: (units[row.id], specimens[row.id]) for row in rows}
    methods = _said(rows, placed, lambda row: kinship.method(row.method))
    return {row.id: Key(row.analyte, specimens[row.id], row.unit_group, methods[row.id]) for row in rows}


def _said(rows: Sequence[Result], group: Mapping[UUID, Hashable], reading: Callable[[Result], str]) -> dict[UUID, str]:
    """What each result says; where it says nothing, what those of its group that say something agree on."""
    words: dict[Hashable, set[str]] = defaultdict(set)
    for row in rows:
        words[group[row.id]].add(reading(row))
    return {row.id: reading(row) or _only(words[group[row.id]]) for row in rows}


def _only(words: set[str]) -> str:
    named = words - {""}
    return next(iter(named)) if len(named) == 1 else ""


def _point(row: Result, focus: Result) -> Point | None:
    value = row.value_in(focus)
    if value is None or row.occurred_at is None:
        return None
    return Point(row, row.occurred_at, value, is_converted=row.ucum != focus.ucum)


def _apart(focus: Result, rows: Sequence[Result], keys: Mapping[UUID, Key]) -> list[Apart]:
    """What is kept apart, by reason; the reasons in their own order, whatever came first."""
    groups: dict[tuple[Reason, str], list[Result]] = defaultdict(list)
    for row in rows:
        groups[_why(focus, row, keys)].append(row)
    order = list(Reason)
    return [
        Apart(reason, detail, sorted(groups[reason, detail], key=_newest, reverse=True))
        for reason, detail in sorted(groups, key=lambda key: (order.index(key[0]), key[1]))
    ]


def _newest(row: Result) -> tuple[float, str]:
    return row.occurred_at.timestamp() if row.occurred_at else 0.0, str(row.id)


def _why(focus: Result, row: Result, keys: Mapping[UUID, Key]) -> tuple[Reason, str]:
    if row.analyte != focus.analyte:
        return Reason.CODE, row.facility_name
    if row.value_number is None:
        return Reason.NUMBER, ""
    if row.occurred_at is None:
        return Reason.TIME, ""
    mine, other = keys[focus.id], keys[row.id]
    if other.unit != mine.unit:
        return Reason.UNIT, row.unit
    if other.specimen != mine.specimen:
        return Reason.SPECIMEN, other.specimen
    if other.method != mine.method:
        return Reason.METHOD, other.method
    return Reason.NUMBER, ""
