"""The month's figures: how places were shared out and how the rules were applied, from the trail alone.

Nothing here looks at a booking or a person. Figures under five are left out, and with a single one of them the next
smallest too, so that nobody works it out from the sum.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import Count, QuerySet
from django.utils import timezone

from appointments.models import Deed, FairnessMonth
from facilities.models import Facility

SMALL = 5
WAITS = ((0, 0), (1, 1), (2, 3), (4, 7), (8, None))
K = Deed.Kind
COUNTED = (
    K.RETURNED,
    K.STRIKE,
    K.EXCUSED,
    K.SUSPENDED,
    K.APPEALED,
    K.ACCEPTED,
    K.REJECTED,
    K.ASKED,
    K.DRAWN,
    K.NOT_DRAWN,
)
# What answers the same, so that the whole (appeals, requests) less the one is the other.
TOGETHER = ((K.ACCEPTED, K.REJECTED), (K.DRAWN, K.NOT_DRAWN))
ENDINGS = ("person", "desk", "stopped", "moved", "declined")
Cells = dict[str, int | None]


def hide_small(cells: Mapping[str, int], parts: bool = True) -> Cells:
    """The cells with those of 1 to 4 left out (None); of the `parts` of a whole never one alone, nor under 5 in all."""
    hidden = {name for name, count in cells.items() if 0 < count < SMALL}
    shown = sorted((count, name) for name, count in cells.items() if count >= SMALL)
    while parts and hidden and shown and (len(hidden) < 2 or sum(cells[name] for name in hidden) < SMALL):
        hidden.add(shown.pop(0)[1])
    return {name: None if name in hidden else count for name, count in cells.items()}


def figures_of(month: date) -> dict[str, Any]:
    """All figures of a month, as they are published: small ones left out, in an order that never changes."""
    deeds = Deed.objects.filter(at__gte=_start(month), at__lt=_start(following(month)))
    booked = deeds.filter(kind=K.BOOKED)
    return {
        "booked": _one(booked.count()),
        "channels": hide_small(_by(booked, "channel")),
        "ages": hide_small(_by(booked, "age_band")),
        "townships": hide_small(_townships(booked)),
        "waits": hide_small(_waits(booked)),
        "waits_of_elders": hide_small(_waits(booked.filter(age_band__gte=65))),
        "median_wait": _median(booked),
        "rules": {**_kinds(deeds), **_endings(deeds)},
    }


def months_due(now: datetime) -> Iterator[date]:
    """The months that are over, have left a trail and are not published yet, the oldest first."""
    first = Deed.objects.order_by("at").values_list("at", flat=True).first()
    if first is None:
        return
    month, this = timezone.localdate(first).replace(day=1), timezone.localdate(now).replace(day=1)
    done = set(FairnessMonth.objects.values_list("month", flat=True))
    while month < this:
        if month not in done:
            yield month
        month = following(month)


def publish_due(now: datetime) -> int:
    """Publish what is due, each month once; safe to repeat. Returns how many."""
    rows = [FairnessMonth(month=month, figures=figures_of(month), made_at=now) for month in months_due(now)]
    FairnessMonth.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def differences(row: FairnessMonth) -> list[str]:
    """Which figures of a published month the trail does not bear out, counted once more."""
    again = figures_of(row.month)
    return sorted(name for name in {*again, *row.figures} if again.get(name) != row.figures.get(name))


def following(month: date) -> date:
    """The first day of the next month."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _start(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, datetime.min.time()))


def _one(count: int) -> int | None:
    return None if 0 < count < SMALL else count


def _by(deeds: QuerySet[Deed], name: str) -> dict[str, int]:
    rows = deeds.order_by().values_list(name).annotate(n=Count("pk")).order_by(name)
    return {str(value): count for value, count in rows}


def _townships(booked: QuerySet[Deed]) -> dict[str, int]:
    """By the place that looks after the person: of a village its township; "" for who has none."""
    parents = dict(Facility.objects.filter(level=Facility.Level.VILLAGE).values_list("pk", "parent_id"))
    found: Counter[str] = Counter()
    for home, count in booked.order_by().values_list("home_id").annotate(n=Count("pk")):
        found[str(parents.get(home) or home or "")] += count
    return dict(sorted(found.items()))


def _waits(booked: QuerySet[Deed]) -> dict[str, int]:
    days = Counter(dict(booked.order_by().values_list("days_ahead").annotate(n=Count("pk"))))
    return {
        f"{first}-{'' if last is None else last}": sum(
            count for day, count in days.items() if day >= first and (last is None or day <= last)
        )
        for first, last in WAITS
    }


def _median(booked: QuerySet[Deed]) -> int | None:
    """Days from booking to the visit, in the middle; None of few."""
    count = booked.count()
    days = booked.order_by("days_ahead", "pk").values_list("days_ahead", flat=True)
    return days[count // 2] if count >= SMALL else None


def _kinds(deeds: QuerySet[Deed]) -> Cells:
    found = _by(deeds.filter(kind__in=COUNTED), "kind")
    counts = {str(kind.value): found.get(kind.value, 0) for kind in COUNTED}
    shown = hide_small(counts, parts=False)
    for parts in TOGETHER:
        shown |= hide_small({part.value: counts[part.value] for part in parts})
    return shown


def _endings(deeds: QuerySet[Deed]) -> Cells:
    found = _by(deeds.filter(kind=K.CANCELLED), "ended")
    return hide_small({f"ended_{name}": found.get(name, 0) for name in ENDINGS}, parts=False)
