"""Making sessions of what is planned: first in preparation, then published. Safe to repeat."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from appointments.models import Booking, Rota, Session, Slot
from appointments.opening import slots_for
from appointments.supply.planned import Book, Planned
from appointments.terms import RuleBook, Terms
from foundation.dated import register, setting
from foundation.places import said_no
from foundation.rowsecurity import database

AHEAD = register("appointments.plan_days", 35, "提前多少天按排班生成出诊时段")
PUBLISHED = register(
    "appointments.publish_days", 2, "放号前几天自动发布生成的出诊时段（-1：不自动发布，由工作人员发布）"
)


@dataclass
class Made:
    """What became of the plan: new in preparation, taken back, and open half-days that are planned no more."""

    made: list[Session] = field(default_factory=list)
    withdrawn: int = 0
    astray: list[Session] = field(default_factory=list)


def make_ahead(facility_ids: Collection[UUID], now: datetime) -> Made:
    """Make what is planned from tomorrow to `appointments.plan_days` ahead, in preparation; leave what is open alone.

    A half-day in preparation that is planned no more, or otherwise, is taken back and made anew. Open ones that are
    planned no more are only named (`astray`): people may have booked them, and a clinic is stopped by people.
    """
    first = timezone.localdate(now) + timedelta(days=1)
    last = timezone.localdate(now) + timedelta(days=setting(AHEAD, now))
    plan = {one.key: one for one in Book.of(facility_ids, first, last).planned(first, last)}
    standing = list(_standing(facility_ids, first, last))
    rules = RuleBook.of(facility_ids, now)
    result = Made()
    for session in standing:
        _settle(session, plan, rules, result)
    for one in plan.values():
        _make(one, rules, result)
    return result


def _standing(facility_ids: Collection[UUID], first: date, last: date) -> QuerySet[Session]:
    """What there is of these days; what was stopped is not made again."""
    found = Session.objects.filter(facility_id__in=facility_ids, date__range=(first, last))
    return found.exclude(state=Session.State.WITHDRAWN).prefetch_related("slots").order_by("date")


def _settle(session: Session, plan: dict[tuple[UUID, date, str], Planned], rules: RuleBook, result: Made) -> None:
    """Take from the plan what already stands, or was stopped; take back a draft that is planned otherwise."""
    key = (session.practitioner_id, session.date, session.period)
    planned = plan.get(key)
    if session.state != Session.State.DRAFT:
        plan.pop(key, None)
        if planned is None and session.state == Session.State.OPEN and session.rota_id is not None:
            result.astray.append(session)
        return
    if planned is not None and _is_as(session, planned, rules):
        plan.pop(key)
        return
    Session.objects.filter(pk=session.pk, state=Session.State.DRAFT).update(state=Session.State.WITHDRAWN)
    result.withdrawn += 1


def _is_as(session: Session, planned: Planned, rules: RuleBook) -> bool:
    """Whether a draft is what would be made now: the same facts, the same times and places."""
    new = planned.session()
    facts = ("facility_id", "department_id", "kind", "fee", "location", "outreach", "rota_id")
    if any(getattr(session, name) != getattr(new, name) for name in facts):
        return False
    return [_shape(slot) for slot in session.slots.all()] == [_shape(slot) for slot in _slots(new, planned, rules)]


def _shape(slot: Slot) -> tuple[object, ...]:
    kept = (slot.reserved_desk, slot.reserved_phone, slot.reserved_referral, slot.reserved_elder, slot.reserves_end_at)
    return slot.starts_at, slot.ends_at, slot.capacity, slot.first_number, *kept


def _slots(session: Session, planned: Planned, rules: RuleBook) -> list[Slot]:
    of = planned.of
    terms = _terms(session, rules)
    # An extra clinic is complete (`extra_clinic_is_complete`), a pattern always.
    assert of.start is not None and of.end is not None and of.minutes is not None and of.capacity is not None
    return slots_for(session, of.start, of.end, of.minutes, of.capacity, terms)


def _terms(session: Session, rules: RuleBook) -> Terms:
    return rules.terms(session.facility_id, session.department_id, session.kind)


def _make(planned: Planned, rules: RuleBook, result: Made) -> None:
    """One half-day with its slots, in a transaction of its own; one that somebody else made meanwhile is theirs."""
    session = planned.session()
    try:
        with transaction.atomic(using=database()):
            session.save(force_insert=True)
            Slot.objects.bulk_create(_slots(session, planned, rules))
    except IntegrityError as error:
        if said_no(error)[0] != "one_session_per_practitioner_and_half_day":
            raise
        return
    result.made.append(session)


def publish(sessions: QuerySet[Session]) -> int:
    """Open what is in preparation; what is not stays as it is. Returns how many were opened."""
    return sessions.filter(state=Session.State.DRAFT).update(state=Session.State.OPEN)


def publish_due(now: datetime) -> int:
    """Open the drafts whose numbers are released within `appointments.publish_days`. Returns how many."""
    days = setting(PUBLISHED, now)
    if days < 0:
        return 0
    today = timezone.localdate(now)
    drafts = Session.objects.filter(state=Session.State.DRAFT, date__gte=today)
    found = list(drafts.only("pk", "facility", "department", "kind", "date"))
    rules = RuleBook.of({session.facility_id for session in found}, now)
    due = [one.pk for one in found if (one.date - today).days <= _terms(one, rules).window_days + days]
    return publish(Session.objects.filter(pk__in=due))


def booked_among(sessions: Q) -> list[Any]:
    """Sessions that people have booked, each with `booked`, the number of those people; by day."""
    live = Q(bookings__status__in=Booking.AWAITED)
    counted = Session.objects.filter(sessions).annotate(booked=Count("bookings", filter=live))
    return list(counted.filter(booked__gt=0).select_related("practitioner", "department").order_by("date", "period"))


def facilities_with_plans() -> set[UUID]:
    """The facilities that have a weekly pattern."""
    return set(Rota.objects.values_list("facility_id", flat=True).distinct())
