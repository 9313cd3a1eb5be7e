"""Growth curves as places and words: what the template draws, and the table that says the same."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from records.growth.reading import Growth, Point
from records.growth.standards import OLDEST, PERCENTILES, STANDS, at, percentile
from records.presenters.words import Words

WIDTH, HEIGHT = 360, 280
LEFT, RIGHT, TOP, BOTTOM = 40, 322, 14, 236
GAP = 14.0
TITLES: dict[str, tuple[Words, str]] = {
    "weight": (gettext_lazy("体重"), "kg"),
    "height": (gettext_lazy("身长（身高）"), "cm"),
    "head": (gettext_lazy("头围"), "cm"),
}
# GB/T 2261.1; for anybody else there are no curves.
SEXES = {"1": ("male", gettext_lazy("男孩")), "2": ("female", gettext_lazy("女孩"))}


@dataclass(frozen=True)
class Curve:
    """One percentile line: its corners, and its name at the right end."""

    percentile: int
    corners: Sequence[str]
    end: str


@dataclass(frozen=True)
class Dot:
    """One measurement in the picture and in the table."""

    x: str
    y: str
    day: str
    age: str
    value: str
    place: str
    looks: str


@dataclass(frozen=True)
class Tick:
    """A label at its place on one of the axes."""

    place: str
    label: str


@dataclass(frozen=True)
class Chart:
    """One measure: picture and table."""

    key: str
    title: Words
    unit: str
    curves: Sequence[Curve]
    dots: Sequence[Dot]
    trail: str
    across: Sequence[Tick]
    up: Sequence[Tick]
    last: Dot | None


@dataclass(frozen=True)
class Page:
    """The curves of a child."""

    charts: Sequence[Chart]
    sex: Words
    left_out: int


def page(growth: Growth) -> Page:
    """One chart for each measure that was ever taken."""
    if growth.person.sex not in SEXES:
        return Page((), "", growth.left_out)
    sex, words = SEXES[growth.person.sex]
    charts = [_chart(key, sex, points) for key, points in growth.points.items() if points]
    return Page(charts, words, growth.left_out)


@dataclass(frozen=True)
class _Scale:
    oldest: int
    low: float
    high: float

    def x(self, months: float) -> float:
        return LEFT + (RIGHT - LEFT) * months / self.oldest

    def y(self, value: float) -> float:
        return BOTTOM - (BOTTOM - TOP) * (value - self.low) / (self.high - self.low)


def _chart(key: str, sex: str, points: Sequence[Point]) -> Chart:
    oldest = STANDS if points[-1].months <= STANDS else OLDEST
    shown = [point for point in points if point.months <= oldest]
    scale = _scale(key, sex, shown, oldest)
    title, unit = TITLES[key]
    dots = [_dot(key, sex, unit, point, scale) for point in shown]
    curves = _apart([_curve(key, sex, share, z, scale) for share, z in PERCENTILES.items()])
    step = 4 if oldest == STANDS else 12
    across = [Tick(f"{scale.x(month):.1f}", _month(month)) for month in range(0, oldest + 1, step)]
    return Chart(
        key, title, unit, curves, dots, " ".join(f"{dot.x},{dot.y}" for dot in dots), across, _up(scale), dots[-1]
    )


def _scale(key: str, sex: str, points: Sequence[Point], oldest: int) -> _Scale:
    """Round limits that hold the outermost lines and every point."""
    ends = [at(key, sex, month) for month in (0, oldest)]
    lowest, highest = min(PERCENTILES.values()), max(PERCENTILES.values())
    values = [lms.value(z) for lms in ends if lms for z in (lowest, highest)] + [point.value for point in points]
    step = _step(max(values) - min(values))
    return _Scale(oldest, math.floor(min(values) / step) * step, math.ceil(max(values) / step) * step)


def _step(span: float) -> int:
    return next((step for step in (1, 2, 5, 10, 20) if span / step <= 8), 50)


def _up(scale: _Scale) -> list[Tick]:
    step = _step(scale.high - scale.low)
    values = range(int(scale.low), int(scale.high) + 1, step)
    return [Tick(f"{scale.y(value):.1f}", str(value)) for value in values]


def _curve(key: str, sex: str, share: int, z: float, scale: _Scale) -> Curve:
    """A line, a new piece where a child is measured standing for the first time."""
    pieces: list[list[str]] = [[]]
    for half in range(scale.oldest * 2 + 1):
        months = half / 2
        if key == "height" and months == STANDS and scale.oldest > STANDS:
            pieces.append([])
        lms = at(key, sex, months)
        if lms:
            pieces[-1].append(f"{scale.x(months):.1f},{scale.y(lms.value(z)):.1f}")
    corners = [" ".join(piece) for piece in pieces if piece]
    return Curve(share, corners, corners[-1].rpartition(",")[2])


def _apart(curves: Sequence[Curve]) -> list[Curve]:
    """The lines with their names far enough apart to be read; the lowest line comes first."""
    placed: list[Curve] = []
    for curve in curves:
        highest = float(placed[-1].end) - GAP if placed else float(BOTTOM)
        placed.append(replace(curve, end=f"{min(float(curve.end), highest):.1f}"))
    return placed


def _dot(key: str, sex: str, unit: str, point: Point, scale: _Scale) -> Dot:
    lms = at(key, sex, point.months)
    share = percentile(lms.z(point.value)) if lms else 50.0
    day = point.row.occurred_at
    return Dot(
        x=f"{scale.x(point.months):.1f}",
        y=f"{scale.y(point.value):.1f}",
        day=f"{day:%Y-%m-%d}" if day else "",
        age=age(point.months),
        value=f"{point.row.value_text} {point.row.unit}".strip(),
        place=place(share),
        looks="is-out" if share < 3 or share > 97 else "",
    )


def place(share: float) -> str:
    """Where a value lies among a hundred healthy children, by the lines that are drawn."""
    lines = list(PERCENTILES)
    if share < lines[0]:
        return _("低于第3百分位")
    if share > lines[-1]:
        return _("高于第97百分位")
    above = next(line for line in lines[1:] if share <= line)
    below = lines[lines.index(above) - 1]
    return _("第%(low)d到第%(high)d百分位") % {"low": below, "high": above}


def age(months: float) -> str:
    """An age in years and months, or in days."""
    whole = int(months)
    if whole == 0:
        return _("%(days)d天") % {"days": round(months * 30.4375)}
    years, rest = divmod(whole, 12)
    if not years:
        return _("%(months)d个月") % {"months": rest}
    return (
        _("%(years)d岁%(months)d个月") % {"years": years, "months": rest}
        if rest
        else _("%(years)d岁") % {"years": years}
    )


def _month(month: int) -> str:
    if month == 0:
        return _("出生")
    return _("%(years)d岁") % {"years": month // 12} if month % 12 == 0 else _("%(months)d月") % {"months": month}
