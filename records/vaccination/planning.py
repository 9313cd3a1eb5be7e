"""Which doses of the schedule a child has had, may have now, and will have: from what was recorded, and only that.

Pure: no database. A recorded vaccination is one of a vaccine by its CVX code or by its name. The highest number that
was recorded counts as well as how many there are, because earlier doses may have been given where nobody sends them.
"""

import calendar
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.utils import timezone

from records.models import Immunization, ScheduledDose

LIVE, KILLED = "减毒", "灭活"
NOT_GIVEN = "not-done"


class State(StrEnum):
    """How a dose stands: given; its time is over, here, or still to come; or another product decides the number."""

    GIVEN = "given"
    LATE = "late"
    NOW = "now"
    LATER = "later"
    ASK = "ask"


@dataclass(frozen=True)
class Planned:
    """One dose of the schedule for one child; `given_on` where its own day is known."""

    rule: ScheduledDose
    state: State
    due_on: date
    until: date | None
    given_on: date | None = None


def plan(
    rules: Iterable[ScheduledDose], given: Sequence[Immunization], *, born: date, sex: str, today: date
) -> list[Planned]:
    """Every dose that is meant for the child, in the order of age."""
    found = []
    for rule in rules:
        if not _is_meant(rule, born, sex):
            continue
        rows = [row for row in given if row.state != NOT_GIVEN and is_one(row, rule)]
        due_on = later(born, rule.from_months)
        until = later(born, rule.until_months) if rule.until_months else None
        day = _given_on(rule.dose, rows)
        found.append(Planned(rule, _state(rule, rows, due_on, until, today), due_on, until, day))
    return sorted(found, key=lambda one: (one.due_on, one.rule.vaccine, one.rule.dose))


def is_one(row: Immunization, rule: ScheduledDose) -> bool:
    """Whether a recorded vaccination is one of the rule's vaccine."""
    coded = f"cvx:{row.code.zfill(2)}" if row.code_system.lower().endswith("cvx") else ""
    name = row.name.lower().replace(" ", "")
    return coded in rule.codes or any(part.lower() in name for part in rule.names)


def later(born: date, months: int) -> date:
    """The day on which somebody is so many months old; at the end of a short month its last day."""
    years, month = divmod(born.month - 1 + months, 12)
    year = born.year + years
    return date(year, month + 1, min(born.day, calendar.monthrange(year, month + 1)[1]))


def _is_meant(rule: ScheduledDose, born: date, sex: str) -> bool:
    return (not rule.sex or rule.sex == sex) and (rule.born_from is None or born >= rule.born_from)


def _state(rule: ScheduledDose, rows: Sequence[Immunization], due_on: date, until: date | None, today: date) -> State:
    if LIVE in rule.vaccine and any(KILLED in row.name for row in rows):
        return State.ASK
    if rule.dose <= doses(rows):
        return State.GIVEN
    if today < due_on:
        return State.LATER
    return State.LATE if until is not None and today >= until else State.NOW


def doses(rows: Iterable[Immunization]) -> int:
    """How many doses are behind a child: the days there are, or the highest number that was written down."""
    rows = list(rows)
    days = {_day(row) for row in rows}
    return max([len(days), *(_number(row) for row in rows)])


def _given_on(dose: int, rows: Sequence[Immunization]) -> date | None:
    """The day of one dose: of the row with its number; without numbers, the day at its place."""
    numbered = [row for row in rows if _number(row)]
    found = next((row for row in numbered if _number(row) == dose), None)
    if found is not None:
        return _day(found)
    days = sorted({day for row in rows if (day := _day(row))})
    return days[dose - 1] if not numbered and len(days) >= dose else None


def _number(row: Immunization) -> int:
    digits = "".join(sign for sign in row.dose if sign.isdigit())
    return int(digits) if digits and len(digits) == 1 else 0


def _day(row: Immunization) -> date | None:
    return timezone.localdate(row.occurred_at) if row.occurred_at else None
