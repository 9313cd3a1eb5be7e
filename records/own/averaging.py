"""The average of a week of home blood pressure: pure, as the guideline says.

《中国高血压防治指南（2024年修订版）》: seven days in a row, mornings and evenings; the first day is left
out, also where only three days were measured, which is the least.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from foundation.dated import register, setting
from records.models import OwnEntry

DAYS = register("records.own_average_days", 7, "家庭血压按最近多少天算平均（中国高血压防治指南2024：7天）")
LEFT_OUT = register("records.own_average_left_out", 1, "算平均时去掉开头几天（中国高血压防治指南2024：第1天）")
LEAST = register("records.own_average_least", 3, "至少量过多少天才给平均数（中国高血压防治指南2024：3天）")
NOON, DAWN = 12, 4


@dataclass(frozen=True)
class Mean:
    """The average of some readings."""

    systolic: int
    diastolic: int
    count: int


@dataclass(frozen=True)
class Week:
    """The readings of the last days; `whole` is None while too few days were measured."""

    measured_days: int
    needed: int
    days: int
    left_out: bool
    whole: Mean | None = None
    morning: Mean | None = None
    evening: Mean | None = None


def is_morning(moment: datetime) -> bool:
    """Measured between dawn and noon."""
    return DAWN <= timezone.localtime(moment).hour < NOON


def begins(now: datetime) -> date:
    """The first day of the stretch that ends today."""
    return timezone.localdate(now) - timedelta(days=setting(DAYS, now) - 1)


def week_of(entries: Iterable[OwnEntry], now: datetime) -> Week:
    """The average of the blood pressures of the last days, of whatever order."""
    first = begins(now)
    rows = [one for one in entries if first <= timezone.localdate(one.measured_at) and one.systolic and one.diastolic]
    days = sorted({timezone.localdate(one.measured_at) for one in rows})
    least, skipped = setting(LEAST, now), setting(LEFT_OUT, now)
    if len(days) < least:
        return Week(len(days), least, setting(DAYS, now), left_out=False)
    kept = set(days[skipped:] or days)
    rows = [one for one in rows if timezone.localdate(one.measured_at) in kept]
    return Week(
        measured_days=len(days),
        needed=least,
        days=setting(DAYS, now),
        left_out=len(kept) < len(days),
        whole=_mean(rows),
        morning=_mean([one for one in rows if is_morning(one.measured_at)]),
        evening=_mean([one for one in rows if not is_morning(one.measured_at)]),
    )


def _mean(rows: Sequence[OwnEntry]) -> Mean | None:
    if not rows:
        return None
    pairs = [(one.systolic, one.diastolic) for one in rows if one.systolic and one.diastolic]
    return Mean(_average([high for high, _low in pairs]), _average([low for _high, low in pairs]), len(pairs))


def _average(numbers: Sequence[int]) -> int:
    return int(sum(numbers) / len(numbers) + 0.5)
