"""The picture of what a person measured at home: one line a series, mornings and evenings apart by their shape."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from foundation.dated import setting
from records.models import OwnEntry
from records.own import judging
from records.own.averaging import is_morning
from records.presenters.charts import Line, Mark, Scale, Tick, days_across, place, round_numbers
from records.presenters.own import day_and_time

Value = Callable[[OwnEntry], "Decimal | int | None"]
SERIES: Mapping[str, Sequence[tuple[str, str | Promise, Value]]] = {
    OwnEntry.Kind.PRESSURE: (
        ("own-first", _("高压"), lambda one: one.systolic),
        ("own-second", _("低压"), lambda one: one.diastolic),
    ),
    OwnEntry.Kind.GLUCOSE: (
        ("own-first", _("空腹"), lambda one: one.glucose if one.meal == OwnEntry.Meal.FASTING else None),
        ("own-second", _("餐后、睡前、随机"), lambda one: None if one.meal == OwnEntry.Meal.FASTING else one.glucose),
    ),
    OwnEntry.Kind.WEIGHT: (("own-first", _("体重"), lambda one: one.weight),),
}


@dataclass(frozen=True)
class OwnChart:
    """The whole picture. `limits`: thresholds as lines across; `series`: look, name, whether it is drawn in squares."""

    marks: Sequence[Mark]
    lines: Sequence[tuple[str, Line]]
    across: Sequence[Tick]
    up: Sequence[Tick]
    limits: Sequence[str]
    limits_said: str
    tells_mornings: bool
    series: Sequence[tuple[str, str | Promise, bool]]
    count: int


def own_chart(kind: str, entries: Sequence[OwnEntry], now: datetime) -> OwnChart | None:
    """The chart of entries of one kind, whatever their order; None for fewer than two."""
    rows = sorted((one for one in entries if not one.is_struck), key=lambda one: (one.measured_at, str(one.pk)))
    drawn = [
        (look, label, [(one, value) for one in rows if (value := of(one)) is not None])
        for look, label, of in SERIES[kind]
    ]
    values = [Decimal(value) for _look, _label, points in drawn for _one, value in points]
    times = [one.measured_at for _look, _label, points in drawn for one, _value in points]
    if len(set(times)) < 2:
        return None
    limits = _limits(kind, now)
    ticks = list(round_numbers([*values, *limits]))
    scale = Scale(min(times).timestamp(), max(times).timestamp(), ticks[0], ticks[-1])
    return OwnChart(
        marks=[_mark(look, label, one, value, scale) for look, label, points in drawn for one, value in points],
        lines=[(look, _line(a, b, scale)) for look, _label, points in drawn for a, b in pairwise(points)],
        across=days_across(min(times), max(times), scale),
        up=[Tick(place(scale.y(tick)), f"{tick:.10g}") for tick in ticks],
        limits=[place(scale.y(float(limit))) for limit in limits],
        limits_said="/".join(f"{limit:.10g}" for limit in limits),
        tells_mornings=kind == OwnEntry.Kind.PRESSURE,
        series=_legend(kind, drawn),
        count=len({one.pk for _look, _label, points in drawn for one, _value in points}),
    )


def _legend(kind: str, drawn: Sequence[Any]) -> list[tuple[str, str | Promise, bool]]:
    if len(drawn) == 1:
        return []
    squares = kind == OwnEntry.Kind.GLUCOSE
    return [(look, label, squares and look == "own-second") for look, label, points in drawn if points]


def _limits(kind: str, now: datetime) -> list[Decimal]:
    names = {OwnEntry.Kind.PRESSURE: (judging.SYSTOLIC_HIGH, judging.DIASTOLIC_HIGH)}
    return [Decimal(str(setting(name, now))) for name in names.get(OwnEntry.Kind(kind), ())]


def _is_round(one: OwnEntry) -> bool:
    if one.kind == OwnEntry.Kind.GLUCOSE:
        return one.meal == OwnEntry.Meal.FASTING
    return one.kind != OwnEntry.Kind.PRESSURE or is_morning(one.measured_at)


def _mark(look: str, label: str | Promise, one: OwnEntry, value: "Decimal | int", scale: Scale) -> Mark:
    x, y = scale.x(one.measured_at), scale.y(float(value))
    square = [(x - 5, y - 5), (x + 5, y - 5), (x + 5, y + 5), (x - 5, y + 5)]
    corners = "" if _is_round(one) else " ".join(f"{place(a)},{place(b)}" for a, b in square)
    title = f"{day_and_time(one.measured_at)} {label} {one.comparator}{value}"
    return Mark(place(x), place(y), corners, look, is_focus=False, title=title)


def _line(a: tuple[OwnEntry, "Decimal | int"], b: tuple[OwnEntry, "Decimal | int"], scale: Scale) -> Line:
    (one, value), (other, next_value) = a, b
    return Line(
        x1=place(scale.x(one.measured_at)),
        y1=place(scale.y(float(value))),
        x2=place(scale.x(other.measured_at)),
        y2=place(scale.y(float(next_value))),
        is_broken=False,
    )
