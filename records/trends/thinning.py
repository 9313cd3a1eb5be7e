"""Fewer points for a picture: of each stretch the lowest and the highest, so that no peak is lost."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from records.trends.series import Point


def since(points: Iterable[Point], start: datetime | None) -> list[Point]:
    """The points from a moment on; all of them without one."""
    return [point for point in points if start is None or point.at >= start]


def thinned(points: Sequence[Point], most: int, keep: UUID) -> list[Point]:
    """At most `most` points in their order: the first, the last, `keep`, and each stretch's lowest and highest."""
    if len(points) <= most:
        return list(points)
    stretches = max((most - 3) // 2, 1)
    kept = {0, len(points) - 1, *(number for number, point in enumerate(points) if point.result.id == keep)}
    for stretch in range(stretches):
        places = range(stretch * len(points) // stretches, (stretch + 1) * len(points) // stretches)
        kept |= {min(places, key=lambda n: points[n].value), max(places, key=lambda n: points[n].value)}
    return [points[number] for number in sorted(kept)]
