"""The door to a child's growth: weights, lengths and head circumferences of the first five years."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.shortcuts import get_object_or_404
from django.utils import timezone

from records.growth.standards import DAYS_OF_MONTH, OLDEST
from records.models import Observation
from residents.access import Viewer, record_event
from residents.models import Resident

READ_GROWTH = "records.read_growth"
AT_MOST = 600
# LOINC codes of each measure, as facilities send them.
CODES = {
    "weight": ("29463-7", "3141-9", "8339-4"),
    "height": ("8302-2", "8306-3", "3137-7", "89269-5"),
    "head": ("9843-4", "8287-5"),
}
# What a printed unit is in kilograms or centimetres. In any other a value is not drawn.
UNITS = {
    "weight": {"kg": 1.0, "千克": 1.0, "公斤": 1.0, "g": 0.001, "克": 0.001},
    "height": {"cm": 1.0, "厘米": 1.0, "m": 100.0, "米": 100.0, "mm": 0.1},
    "head": {"cm": 1.0, "厘米": 1.0, "mm": 0.1},
}


@dataclass(frozen=True)
class Point:
    """One measurement: the age in months, the value in kg or cm, and how it was printed."""

    months: float
    value: float
    row: Observation


@dataclass(frozen=True)
class Growth:
    """A person's measurements by kind, in the order of age; `left_out`: how many could not be drawn."""

    person: Resident
    points: dict[str, Sequence[Point]]
    left_out: int


def growth_for(viewer: Viewer, *, now: datetime) -> Growth:
    """What was measured in the first five years; the look is written down."""
    person = get_object_or_404(Resident, pk=viewer.resident_id)
    record_event(viewer=viewer, action=READ_GROWTH, now=now)
    codes = [code for some in CODES.values() for code in some]
    mine = (
        Observation.objects.visible_to(viewer)
        .readable()
        .filter(
            Q(code__in=codes) | Q(part__in=codes), category=Observation.Category.VITAL_SIGNS, value_number__isnull=False
        )
    )
    born = timezone.make_aware(datetime.combine(person.birth_date, datetime.min.time()))
    last = born + timedelta(days=(OLDEST + 1) * DAYS_OF_MONTH)
    rows = list(mine.filter(occurred_at__gte=born, occurred_at__lt=last).order_by("occurred_at", "id")[:AT_MOST])
    points: dict[str, list[Point]] = {measure: [] for measure in CODES}
    left_out = 0
    for row in rows:
        measure = next(name for name, some in CODES.items() if row.code in some or row.part in some)
        point = _point(row, measure, person)
        if point:
            points[measure].append(point)
        left_out += point is None
    return Growth(person, {name: tuple(some) for name, some in points.items()}, left_out)


def _point(row: Observation, measure: str, person: Resident) -> Point | None:
    """A measurement in kg or cm at its age; None in an unknown unit, with a comparator, or beyond the curves."""
    factor = UNITS[measure].get(row.unit.strip().lower())
    if factor is None or row.comparator or row.value_number is None or row.occurred_at is None or row.value_number <= 0:
        return None
    days = (timezone.localdate(row.occurred_at) - person.birth_date).days
    months = days / DAYS_OF_MONTH
    return Point(months, float(row.value_number) * factor, row) if 0 <= months <= OLDEST else None
