"""What a person measured, for pages of the clinical record: only where it is asked for, and always marked as theirs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from foundation.dated import register, setting
from records.conditions.groups import Group
from records.models import OwnEntry
from records.own.reading import newest_for
from records.trends import quantities
from records.trends.results import Result
from residents.access import Viewer

MOST = register("records.own_beside", 60, "走势图旁最多画多少个自己测的数值（从最近的算起）")
FASTING = frozenset({"14771-0", "1558-6", "14770-2"})
GLUCOSE = frozenset({"14749-6", "2345-7", "15074-8", "2339-0", "14743-9", "1557-8"})
SYSTOLIC, DIASTOLIC, PULSE = "8480-6", "8462-4", "8867-4"
WEIGHT, WAIST = frozenset({"29463-7", "3141-9"}), frozenset({"8280-0", "56086-2"})
PRESSURE = frozenset({SYSTOLIC, DIASTOLIC, "85354-9"})


@dataclass(frozen=True)
class Column:
    """Which number of an own entry measures the same thing, and in which unit it is kept."""

    kind: str
    name: str
    unit: str
    meal: str = ""


@dataclass(frozen=True)
class OwnPoint:
    """A value of the person's own in the unit of the line that it stands beside."""

    id: UUID
    at: datetime
    value: Decimal
    printed: str
    is_converted: bool
    by: str


def column_of(item: Result) -> Column | None:
    """What a person measures at home of the same thing; None for what nobody does. By standard codes alone."""
    codes = {item.code, item.part} - {""}
    if codes & {SYSTOLIC}:
        return Column(OwnEntry.Kind.PRESSURE, "systolic", "mm[Hg]")
    if codes & {DIASTOLIC}:
        return Column(OwnEntry.Kind.PRESSURE, "diastolic", "mm[Hg]")
    if codes & {PULSE}:
        return Column(OwnEntry.Kind.PRESSURE, "pulse", "/min")
    if codes & FASTING:
        return Column(OwnEntry.Kind.GLUCOSE, "glucose", "mmol/L", OwnEntry.Meal.FASTING)
    if codes & GLUCOSE:
        return Column(OwnEntry.Kind.GLUCOSE, "glucose", "mmol/L")
    if codes & WEIGHT:
        return Column(OwnEntry.Kind.WEIGHT, "weight", "kg")
    return Column(OwnEntry.Kind.WEIGHT, "waist", "cm") if codes & WAIST else None


def points_beside(viewer: Viewer, item: Result, since: datetime | None, *, now: datetime) -> list[OwnPoint]:
    """The person's own values beside a line, newest first, in the line's unit; none where no rule leads there."""
    column = column_of(item)
    if column is None:
        return []
    rows = OwnEntry.objects.visible_to(viewer).valid().filter(kind=column.kind, comparator="")
    rows = rows.exclude(**{column.name: None})
    if column.meal:
        rows = rows.filter(meal=column.meal)
    if since is not None:
        rows = rows.filter(measured_at__gte=since)
    found = rows.order_by("-measured_at", "-id")[: setting(MOST, now)]
    return [point for row in found if (point := _point(row, column, item)) is not None]


def _point(row: OwnEntry, column: Column, item: Result) -> OwnPoint | None:
    kept = Decimal(getattr(row, column.name))
    is_converted = item.ucum != column.unit
    value = quantities.converted(kept, column.unit, item.ucum, item.quantity) if item.ucum else None
    if value is None:
        return None
    shown = quantities.rounded(value, kept) if is_converted else value
    by = row.entered_name if row.for_other else ""
    return OwnPoint(row.pk, row.measured_at, shown, f"{kept.normalize():f}", is_converted, by)


def for_group(viewer: Viewer, group: Group) -> Sequence[OwnEntry]:
    """The newest own entry of each kind that is measured for a disease; one statement, or none."""
    wanted = kinds_of(group)
    if not wanted:
        return []
    newest = newest_for(viewer)
    return [newest[kind] for kind in wanted if kind in newest]


def kinds_of(group: Group) -> list[OwnEntry.Kind]:
    """What of a disease's measures people measure at home."""
    codes = {code for measure in group.measures for code in measure.codes}
    measured = set(_kinds(codes))
    return [kind for kind in OwnEntry.Kind if kind in measured]


def _kinds(codes: set[str]) -> Iterable[str]:
    if codes & PRESSURE:
        yield OwnEntry.Kind.PRESSURE
    if codes & (FASTING | GLUCOSE):
        yield OwnEntry.Kind.GLUCOSE
    if codes & WEIGHT:
        yield OwnEntry.Kind.WEIGHT
