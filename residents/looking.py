"""谁看过: the access log of a person, a month at a time, grouped into visits by the database; asking about one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import transaction
from django.db.models import Count, Max, Min, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from facilities.models import Facility
from foundation.dated import register, setting
from residents.access import Viewer, record_event
from residents.models import AccessCase, AccessEvent

CASE_DAYS = register("access_log.case_days", 15, "居民说“不认识这次访问”后，工作人员应在多少天内答复")
MOST_VISITS = 200  # of one month on one page; whoever looks more often is shown by the days

ASKED = "residents.asked_about_access"


@dataclass(frozen=True)
class Visit:
    """What one account did about the person in one capacity on one day (or in one opening), as one line."""

    day: date
    actor_id: UUID | None
    actor_name: str
    capacity: str
    opening_id: UUID | None
    facility_id: UUID | None
    first_at: datetime
    last_at: datetime
    times: int
    actions: Sequence[str]
    purposes: Sequence[str]
    place: str = ""
    case: AccessCase | None = None


@dataclass(frozen=True)
class Month:
    """One month of visits, newest first, and where the neighbouring months with any events lie."""

    first_day: date
    visits: Sequence[Visit]
    older: date | None
    newer: date | None
    cut: bool


def month_of(viewer: Viewer, first_day: date) -> Month:
    """The month's visits to the viewer's person: the same number of statements for one event and a hundred thousand."""
    start, end = _bounds(first_day)
    mine = AccessEvent.objects.visible_to(viewer)
    rows = list(_grouped(mine.filter(at__gte=start, at__lt=end))[: MOST_VISITS + 1])
    places = _names({row["facility_id"] for row in rows})
    cases = {(case.actor_id, case.first_at): case for case in _cases(viewer, start, end)}
    visits = [
        Visit(**row, place=places.get(row["facility_id"], ""), case=cases.get((row["actor_id"], row["first_at"])))
        for row in rows[:MOST_VISITS]
    ]
    older = mine.filter(at__lt=start).aggregate(at=Max("at"))["at"]
    newer = mine.filter(at__gte=end).aggregate(at=Min("at"))["at"]
    return Month(first_day, visits, _month(older), _month(newer), len(rows) > MOST_VISITS)


def visit_at(viewer: Viewer, actor_id: UUID, first_at: datetime) -> Visit | None:
    """The visit of an account that began at an instant, as the list showed it; None for one that is not there."""
    start, end = _bounds(timezone.localdate(first_at).replace(day=1))
    theirs = AccessEvent.objects.visible_to(viewer).filter(at__gte=start, at__lt=end, actor_id=actor_id)
    row = _grouped(theirs).filter(first_at=first_at).first()
    if row is None:
        return None
    return Visit(**row, place=_names({row["facility_id"]}).get(row["facility_id"], ""))


@transaction.atomic
def ask(*, viewer: Viewer, visit: Visit, remark: str, now: datetime) -> AccessCase:
    """Open a case about a visit; asked twice, it is the same. Staff of the facility, or the bureau, must answer."""
    known = AccessCase.objects.of(viewer.resident_id).filter(actor_id=visit.actor_id, first_at=visit.first_at).first()
    if known is not None:
        return known
    case = AccessCase(
        resident_id=viewer.resident_id,
        opened_at=now,
        opened_by=viewer.account_id,
        actor_id=visit.actor_id,
        actor_name=visit.actor_name,
        facility_id=visit.facility_id,
        capacity=visit.capacity,
        opening_id=visit.opening_id,
        first_at=visit.first_at,
        last_at=visit.last_at,
        remark=remark,
        due_at=now + timedelta(days=setting(CASE_DAYS, now)),
    )
    case.save(force_insert=True)
    record_event(viewer=viewer, action=ASKED, now=now, subject=case, facility_id=visit.facility_id)
    return case


def cases_of(viewer: Viewer) -> Sequence[AccessCase]:
    """What the person asked about, newest first, with the answers."""
    mine = AccessCase.objects.of(viewer.resident_id).select_related("facility")
    return list(mine.order_by("-opened_at")[:20])


def month_named(typed: str, today: date) -> date:
    """The first day of a month written YYYY-MM; this month for anything else, and for a month to come."""
    try:
        wanted = date.fromisoformat(f"{typed}-01")
    except ValueError:
        wanted = today
    return min(wanted, today).replace(day=1)


def _grouped(events: QuerySet[AccessEvent]) -> Any:
    """One row for each day, account, capacity, opening and place."""
    by = ("day", "actor_id", "actor_name", "capacity", "opening_id", "facility_id")
    return (
        events.annotate(day=TruncDate("at"))
        .values(*by)
        .annotate(
            first_at=Min("at"),
            last_at=Max("at"),
            times=Count("id"),
            actions=ArrayAgg("action", distinct=True, default=[]),
            purposes=ArrayAgg("purpose", distinct=True, default=[]),
        )
        .order_by("-last_at")
    )


def _cases(viewer: Viewer, start: datetime, end: datetime) -> Sequence[AccessCase]:
    return list(AccessCase.objects.of(viewer.resident_id).filter(first_at__gte=start, first_at__lt=end)[:MOST_VISITS])


def _names(facilities: set[UUID | None]) -> dict[UUID | None, str]:
    wanted = [key for key in facilities if key]
    return dict(Facility.objects.filter(pk__in=wanted).values_list("pk", "name"))


def _bounds(first_day: date) -> tuple[datetime, datetime]:
    following = (first_day + timedelta(days=32)).replace(day=1)
    midnight = datetime.min.time()
    start, end = (timezone.make_aware(datetime.combine(day, midnight)) for day in (first_day, following))
    return start, end


def _month(at: datetime | None) -> date | None:
    return timezone.localdate(at).replace(day=1) if at else None
