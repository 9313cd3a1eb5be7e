"""What a list can be narrowed by, and what somebody wants of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Count, IntegerField, Max, QuerySet
from django.db.models.functions import Cast, ExtractYear
from django.utils import timezone

from records.models import Report
from records.querysets import RecordQuerySet, ReportQuerySet

Rows = TypeVar("Rows", bound=QuerySet[Any])
# Ways to say "lately" in an address, and how many days each goes back.
LATELY = {"3m": 92, "1y": 366}


@dataclass(frozen=True)
class Wanted:
    """Which rows a list should hold; empty values do not narrow it. `time`: a year, or one of LATELY."""

    category: str = ""
    facility_id: UUID | None = None
    time: str = ""
    abnormal: bool = False
    cancelled: bool = False

    def __bool__(self) -> bool:
        return bool(self.category or self.facility_id or self.time or self.abnormal)


@dataclass(frozen=True)
class Offered:
    """What a person's rows can be narrowed by; `cancelled`: whether there are examinations that were called off.

    `counts`: how many reports there are of each category, facility, year, called off or not.
    """

    facilities: Sequence[tuple[UUID, str]] = ()
    years: Sequence[int] = ()
    categories: Sequence[str] = ()
    cancelled: bool = False
    measured: bool = False
    counts: Mapping[tuple[str, UUID, int | None, bool], int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.facilities)

    @property
    def times(self) -> list[str]:
        """Every value that `Wanted.time` may have."""
        return [*LATELY, *map(str, self.years)] if self.years else []

    def count(self, wanted: Wanted) -> int | None:
        """How many reports are wanted; None where only the database can tell."""
        if wanted.abnormal or wanted.time in LATELY:
            return None
        year = int(wanted.time) if wanted.time else None
        return sum(
            number
            for (category, facility_id, issued, cancelled), number in self.counts.items()
            if cancelled == wanted.cancelled
            and wanted.category in {"", category}
            and wanted.facility_id in {None, facility_id}
            and year in {None, issued}
        )


def narrowed(rows: Rows, wanted: Wanted, now: datetime, *, at: str = "occurred_at") -> Rows:
    """The rows of the wanted facility and time; `at` is the column that says when."""
    if wanted.facility_id:
        rows = rows.filter(facility_id=wanted.facility_id)
    if wanted.time in LATELY:
        rows = rows.filter(**{f"{at}__gte": now - timedelta(days=LATELY[wanted.time])})
    elif wanted.time:
        year, zone = int(wanted.time), timezone.get_current_timezone()
        since, before = (datetime(one, 1, 1, tzinfo=zone) for one in (year, year + 1))
        rows = rows.filter(**{f"{at}__gte": since, f"{at}__lt": before})
    return rows


def offered_by(rows: RecordQuerySet[Any], *, measured: bool = False) -> Offered:
    """What rows of one kind can be narrowed by; says nothing of what they hold. One statement."""
    year = Cast(ExtractYear("occurred_at"), IntegerField())
    # Sorted by what is short: the name is the same for all rows of a facility.
    grouped = rows.order_by().values("facility_id", in_year=year).annotate(called=Max("facility_name"))
    found = list(grouped.values_list("facility_id", "called", "in_year"))
    return Offered(_facilities(row[:2] for row in found), _years(row[2] for row in found), measured=measured)


def offered_by_reports(rows: ReportQuerySet) -> Offered:
    """What a person's reports can be narrowed by. One statement."""
    columns = ("category", "facility_id", "facility__name", ExtractYear("issued_at"), "status")
    found = list(rows.order_by().values_list(*columns).annotate(number=Count("pk")))
    listed = [row for row in found if row[4] != Report.Status.CANCELLED]
    counts = Counter[tuple[str, UUID, int | None, bool]]()
    for category, facility_id, _name, year, status, number in found:
        counts[category, facility_id, year, status == Report.Status.CANCELLED] += number
    return Offered(
        facilities=_facilities(row[1:3] for row in listed),
        years=_years(row[3] for row in listed),
        categories=[name for name in Report.Category.values if name in {row[0] for row in listed}],
        cancelled=len(listed) < len(found),
        measured=True,
        counts=counts,
    )


def _facilities(pairs: Any) -> list[tuple[UUID, str]]:
    """Each facility once, by name."""
    return sorted(dict(pairs).items(), key=lambda pair: pair[1])


def _years(found: Any) -> list[int]:
    return sorted({year for year in found if year}, reverse=True)
