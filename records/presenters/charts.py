"""A line chart as places and words: what the template draws, with a scale of round numbers."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from uuid import UUID

from django.utils import timezone

from records.presenters.range_pictures import plain
from records.presenters.words import FLAGS
from records.trends.series import Point

WIDTH, HEIGHT = 360, 230
LEFT, RIGHT, TOP, BOTTOM = 64, 346, 14, 190
STEPS = 4
SHORT_SPAN_DAYS = 200


@dataclass(frozen=True)
class Mark:
    """One point: a dot, or a triangle that shows which way it is out of range; open where only a limit is known."""

    x: str
    y: str
    corners: str
    look: str
    is_focus: bool
    title: str


@dataclass(frozen=True)
class Line:
    """A piece of the line; broken where one of its ends is only a limit."""

    x1: str
    y1: str
    x2: str
    y2: str
    is_broken: bool


@dataclass(frozen=True)
class Tick:
    """A label at its place on one of the axes."""

    place: str
    label: str
    anchor: str = "middle"


@dataclass(frozen=True)
class Band:
    """The printed range, as far as it is in the picture."""

    y: str
    height: str


@dataclass(frozen=True)
class Beside:
    """A value that the person measured: drawn beside the line, never part of it."""

    at: datetime
    value: Decimal
    title: str


@dataclass(frozen=True)
class Chart:
    """The whole picture. `own`: what the person measured, as diamonds that no line joins."""

    marks: Sequence[Mark]
    lines: Sequence[Line]
    across: Sequence[Tick]
    up: Sequence[Tick]
    band: Band | None
    own: Sequence[Mark] = ()


@dataclass(frozen=True)
class Scale:
    """From times and values to places in the picture."""

    first: float
    last: float
    low: float
    high: float

    def x(self, moment: datetime) -> float:
        """How far to the right."""
        if self.last <= self.first:
            return (LEFT + RIGHT) / 2
        return LEFT + 8 + (moment.timestamp() - self.first) / (self.last - self.first) * (RIGHT - LEFT - 16)

    def y(self, value: float) -> float:
        """How far down."""
        return BOTTOM - (value - self.low) / (self.high - self.low) * (BOTTOM - TOP)


def chart(
    points: Sequence[Point],
    focus: UUID,
    low: Decimal | None,
    high: Decimal | None,
    own: Sequence[Beside] = (),
) -> Chart | None:
    """The chart of points in their order; None for fewer than two. `low` and `high`: the range to draw behind it."""
    times = [*(point.at for point in points), *(one.at for one in own)]
    if len(times) < 2:
        return None
    values = [*(point.value for point in points), *(one.value for one in own)]
    ticks = list(round_numbers([*values, *(one for one in (low, high) if one is not None)]))
    first, last = min(times), max(times)
    scale = Scale(first.timestamp(), last.timestamp(), ticks[0], ticks[-1])
    return Chart(
        marks=[_mark(point, scale, point.result.id == focus) for point in points],
        lines=[_line(one, other, scale) for one, other in pairwise(points)],
        across=days_across(first, last, scale),
        up=[Tick(place(scale.y(tick)), f"{tick:.10g}") for tick in ticks],
        band=_band(scale, low, high),
        own=[diamond(one, scale) for one in own],
    )


def diamond(one: Beside, scale: "Scale") -> Mark:
    """A value of the person's own."""
    x, y = scale.x(one.at), scale.y(float(one.value))
    corners = " ".join(f"{place(x + dx)},{place(y + dy)}" for dx, dy in ((0, -7), (7, 0), (0, 7), (-7, 0)))
    return Mark(place(x), place(y), corners, "is-own", is_focus=False, title=one.title)


def round_numbers(values: Iterable[Decimal]) -> Iterator[float]:
    """About `STEPS` steps of 1, 2, 2.5 or 5 times a power of ten that hold all these numbers."""
    numbers = [float(value) for value in values]
    low, high = min(numbers), max(numbers)
    spread = (high - low) or abs(high) or 1.0
    power = 10.0 ** math.floor(math.log10(spread / STEPS))
    step = next(power * size for size in (1, 2, 2.5, 5, 10) if power * size >= spread / STEPS)
    start = math.floor(low / step)
    end = math.ceil(high / step)
    return (round(number * step, 10) for number in range(start, max(end, start + 1) + 1))


def _mark(point: Point, scale: Scale, is_focus: bool) -> Mark:
    x, y = scale.x(point.at), scale.y(float(point.value))
    flag = FLAGS.get(point.result.flag)
    look = flag.look.split()[0] if flag else ""
    corners = {"flag-high": _triangle(x, y, -1), "flag-low": _triangle(x, y, 1)}.get(look, "")
    look = f"{look} is-open" if point.result.comparator else look
    day = f"{timezone.localtime(point.at):%Y-%m-%d}"
    value = f"{point.result.comparator}{plain(point.value)}"
    return Mark(place(x), place(y), corners, look.strip(), is_focus, f"{day} {value} {point.result.facility_name}")


def _triangle(x: float, y: float, way: int) -> str:
    corners = [(x, y + way * 7), (x - 6.5, y - way * 5), (x + 6.5, y - way * 5)]
    return " ".join(f"{place(one)},{place(other)}" for one, other in corners)


def _line(one: Point, other: Point, scale: Scale) -> Line:
    return Line(
        x1=place(scale.x(one.at)),
        y1=place(scale.y(float(one.value))),
        x2=place(scale.x(other.at)),
        y2=place(scale.y(float(other.value))),
        is_broken=bool(one.result.comparator or other.result.comparator),
    )


def days_across(first: datetime, last: datetime, scale: Scale) -> list[Tick]:
    """The first and the last day, by month where they are far apart."""
    one, other = timezone.localtime(first), timezone.localtime(last)
    form = "%Y-%m-%d" if (last - first).days < SHORT_SPAN_DAYS else "%Y-%m"
    labels = [f"{one:{form}}", f"{other:{form}}"]
    if labels[0] == labels[1]:
        return [Tick(place((LEFT + RIGHT) / 2), labels[0])]
    return [Tick(place(LEFT), labels[0], "start"), Tick(place(RIGHT), labels[1], "end")]


def _band(scale: Scale, low: Decimal | None, high: Decimal | None) -> Band | None:
    if low is None and high is None:
        return None
    top = scale.y(float(high)) if high is not None else TOP
    bottom = scale.y(float(low)) if low is not None else BOTTOM
    return Band(place(top), place(bottom - top)) if bottom > top else None


def place(number: float) -> str:
    """A place as SVG writes it."""
    return f"{number:.1f}"
