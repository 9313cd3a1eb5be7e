"""Which results may count elsewhere (互认), until when. The doctor decides; this only says what the county's rules say.

`recognise` is the one place where it is worked out. Nothing is read here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Protocol
from uuid import UUID

from django.utils import timezone

from records.models import RecognitionRule, Report
from records.opened import OpenedReport

# A result's id, its code system and code, and when it was measured.
Measured = tuple[UUID, str, str, datetime | None]
FINAL = (Report.Status.FINAL, Report.Status.CORRECTED)


class Reported(Protocol):
    """What of a report the rules ask for."""

    @property
    def category(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def facility_id(self) -> UUID: ...
    @property
    def occurred_at(self) -> datetime | None: ...


@dataclass(frozen=True)
class Thing:
    """A result as the rules see it: what was measured, where, when, and whether it is final and may be read."""

    category: str
    facility_id: UUID
    measured_at: datetime | None
    system: str = ""
    code: str = ""
    title: str = ""
    holds: bool = True


@dataclass(frozen=True)
class Rule:
    """A rule in force (`records.models.RecognitionRule`)."""

    category: str
    scope: str
    system: str = ""
    code: str = ""
    title: str = ""
    label: str = ""
    valid_days: int = 0
    needs_mark: bool = False


@dataclass(frozen=True)
class Mark:
    """A facility's quality mark (`records.models.QualityMark`)."""

    facility_id: UUID
    category: str
    starts_on: date
    ends_on: date
    system: str = ""
    code: str = ""
    title: str = ""


@dataclass(frozen=True)
class Book:
    """The rules in force (of each item the newest alone) and the marks of the facilities in question."""

    rules: Sequence[Rule] = ()
    marks: Sequence[Mark] = ()

    @cached_property
    def by_code(self) -> Mapping[str, Sequence[Rule]]:
        """The rules by the code they name; those that name none under the empty one."""
        found: dict[str, list[Rule]] = {}
        for rule in self.rules:
            found.setdefault(rule.code, []).append(rule)
        return found

    def rules_on(self, code: str) -> list[Rule]:
        """The rules that may speak of a result with this code: of hundreds a few, for each of hundreds of results."""
        return [*(self.by_code.get(code, ()) if code else ()), *self.by_code.get("", ())]


@dataclass(frozen=True)
class Recognised:
    """What may be said of a result: the printed mark, where it counts, and the last day on which it does."""

    label: str
    scope: str
    until: date
    marked: bool

    @property
    def where(self) -> str:
        """The scope in words."""
        return str(RecognitionRule.Scope(self.scope).label)


@dataclass(frozen=True)
class Standing:
    """What may be said of a report: its results that count, by their ids; without items the report as a whole."""

    items: Mapping[UUID, Recognised] = field(default_factory=dict)
    total: int = 0
    whole: Recognised | None = None

    @property
    def first(self) -> Recognised | None:
        """The one that ends first: until then everything said here holds."""
        return min(
            [*self.items.values(), *([self.whole] if self.whole else [])], key=lambda one: one.until, default=None
        )

    @property
    def is_partial(self) -> bool:
        """Only some of its results count."""
        return self.whole is None and len(self.items) < self.total


def recognise(thing: Thing, book: Book, now: datetime) -> Recognised | None:
    """Whether, under which mark and until when a result counts elsewhere; None where it does not.

    The most exact rule decides (code, then name, then category), whether or not a wider one says more. Days are
    counted from the day of measuring, that day is day 0. A quality mark counts on the day of measuring.
    """
    rule = next(
        iter(sorted((one for one in book.rules_on(thing.code) if _fits(one, thing)), key=_exactness, reverse=True)),
        None,
    )
    if rule is None or rule.scope == RecognitionRule.Scope.NONE or not thing.holds:
        return None
    if thing.measured_at is None or thing.measured_at > now:
        return None
    day = timezone.localdate(thing.measured_at)
    until = day + timedelta(days=rule.valid_days)
    marked = any(
        mark.facility_id == thing.facility_id and _fits(mark, thing) and mark.starts_on <= day <= mark.ends_on
        for mark in book.marks
    )
    if timezone.localdate(now) > until or (rule.needs_mark and not marked):
        return None
    return Recognised(rule.label, rule.scope, until, marked)


def _fits(one: Rule | Mark, thing: Thing) -> bool:
    if one.category != thing.category:
        return False
    if one.code:
        return one.code == thing.code and one.system in {"", thing.system}
    return not one.title or one.title == thing.title


def _exactness(rule: Rule) -> int:
    return 2 if rule.code else 1 if rule.title else 0


def standing_of(opened: OpenedReport, book: Book, now: datetime) -> Standing:
    """What may be said of a report that is open before one."""
    items = [(row.id, row.code_system, row.code, row.occurred_at) for row in opened.items if not row.is_findings]
    return standing_among(opened.report, items, book, now)


def standing_among(report: Reported, items: Sequence[Measured], book: Book, now: datetime) -> Standing:
    """What may be said of a report and its items; without items, of the whole."""
    holds = report.status in FINAL
    if not items:
        thing = Thing(report.category, report.facility_id, report.occurred_at, title=report.title, holds=holds)
        return Standing(whole=recognise(thing, book, now))
    found = {}
    for key, system, code, at in items:
        thing = Thing(report.category, report.facility_id, at or report.occurred_at, system, code, report.title, holds)
        if one := recognise(thing, book, now):
            found[key] = one
    return Standing(found, len(items))
