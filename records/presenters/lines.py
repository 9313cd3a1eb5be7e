"""The lines of a list in words: what, how it goes on, from when to when, where."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from records.kinds import Kind
from records.lists.reading import Line
from records.models import Observation
from records.presenters import words
from records.presenters.facts import DIASTOLIC, SYSTOLIC, Fact, facts
from records.provenance import Provenance
from records.stacks import Stack

FEW_PLACES = 3
GRAVE = "high"


@dataclass(frozen=True)
class Shown:
    """One line: the fact, and for what came more than once how often, from when to when and from where."""

    fact: Fact
    href: str = ""
    times: int = 1
    first: datetime | None = None
    last: datetime | None = None
    places: str = ""

    @property
    def is_course(self) -> bool:
        """Whether it came more than once."""
        return self.times > 1


def shown(kind: Kind, lines: Sequence[Line]) -> list[Shown]:
    """The lines of a page; both pressures of one measurement are one line."""
    lower = {_measurement(line.row): line for line in lines if _is(line, DIASTOLIC)}
    upper = {_measurement(line.row) for line in lines if _is(line, SYSTOLIC)}
    return [
        _line(kind, line, lower.get(_measurement(line.row)) if _is(line, SYSTOLIC) else None)
        for line in lines
        if not (_is(line, DIASTOLIC) and _measurement(line.row) in upper)
    ]


def _line(kind: Kind, line: Line, beside: Line | None) -> Shown:
    rows = [line.row, beside.row] if beside else [line.row]
    stack = line.stack
    return Shown(
        fact=_fact(rows, stack),
        href=_href(kind, line),
        times=stack.times if stack else 1,
        first=stack.first if stack else None,
        last=stack.last if stack else None,
        places=_places(stack.places) if stack else "",
    )


def _href(kind: Kind, line: Line) -> str:
    if isinstance(line.row, Observation):
        return reverse("records:trend", args=[line.row.id])
    return reverse("records:thing", args=[kind.slug, line.row.pk])


def _places(names: Sequence[str]) -> str:
    few = _("、").join(names[:FEW_PLACES])
    return _("%(few)s等%(count)d家") % {"few": few, "count": len(names)} if len(names) > FEW_PLACES else few


def _is(line: Line, code: str) -> bool:
    return isinstance(line.row, Observation) and code in (line.row.part, line.row.code)


def _measurement(row: object) -> tuple[object, object]:
    return getattr(row, "source_id", None), getattr(row, "identifier", None)


def _fact(rows: Sequence[Provenance], stack: Stack | None) -> Fact:
    """The newest in words; of an allergy that was ever called grave, grave: a milder word later does not undo it."""
    fact = facts(rows)[0]
    if stack and GRAVE in stack.said:
        tag, tone = words.state(GRAVE, words.CRITICALITIES)
        return replace(fact, tag=tag, tone=tone)
    return fact
