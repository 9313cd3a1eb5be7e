"""Yes and no by SMS to a place that is offered. For the worker that reads replies, which has no session."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from appointments import refusals
from appointments.admission import ahead, refuse_what_breaks_a_rule
from appointments.answers import one_transaction
from appointments.models import Booking, Channel, Hold, Slot
from appointments.terms import RuleBook
from foundation.rowsecurity import asked
from residents import questions
from residents.models import Notice

# Longer than any offer is kept: those made at night last into the morning.
ASKED_WITHIN = timedelta(days=1)


def offered_on(phone: bytes, now: datetime) -> list[UUID]:
    """Whom a telephone (its index) was told of a place for, the newest first."""
    return questions.asked_on(phone, Notice.Kind.PLACE_OFFERED, now - ASKED_WITHIN)


def take_by_text(*, people: Sequence[UUID], now: datetime) -> Booking:
    """Book the place that is offered to the first of `people` (`offered_on`) who has an offer.

    The same yes again, while the offer would have been kept, gives the same booking. Raises a `Refusal`, having written
    nothing: `HoldOver` where nothing is offered any more, else the rule that stands against it; the offer then stays.
    """
    with one_transaction():
        hold = _offer_to(people, now)
        if hold is None:
            return _taken_before(people, now)
        slot = Slot.objects.with_everything().get(pk=hold.slot_id)
        _refuse(slot, hold, now)
        made = asked("SELECT app.accept_offer(%s)", [hold.pk])
        if made is None:
            raise refusals.HoldOver
        return Booking.objects.select_related("slot", "session").get(pk=made)


def decline_by_text(*, people: Sequence[UUID], now: datetime) -> UUID:
    """Pass on the place that is offered to the first of `people` who has an offer; returns whose it was.

    They go on waiting. The no leaves a line in the log. Raises `HoldOver` where nothing is offered any more.
    """
    with one_transaction():
        hold = _offer_to(people, now)
        if hold is None or hold.resident_id is None or not asked("SELECT app.pass_offer_on(%s)", [hold.pk]):
            raise refusals.HoldOver
        return hold.resident_id


def _offer_to(people: Sequence[UUID], now: datetime) -> Hold | None:
    """Of whoever was told last; of several offers to them the one that is over first."""
    for person in people:
        _one_at_a_time(person)
        live = Hold.objects.filter(resident_id=person, wait__isnull=False, ended_at=None, ends_at__gt=now)
        hold = live.order_by("ends_at", "id").first()
        if hold is not None:
            return hold
    return None


def _one_at_a_time(person: UUID) -> None:
    asked("SELECT pg_advisory_xact_lock(hashtextextended('appointments.person:' || %s::text, 0))", [person])


def _taken_before(people: Sequence[UUID], now: datetime) -> Booking:
    of_offers = Booking.objects.live().filter(hold__wait__isnull=False, hold__ends_at__gt=now, resident_id__in=people)
    booking = of_offers.select_related("slot", "session").order_by("-booked_at", "id").first()
    if booking is None:
        raise refusals.HoldOver
    return booking


def _refuse(slot: Slot, hold: Hold, now: datetime) -> None:
    session, person = slot.session, hold.resident_id
    assert person is not None  # an offer is somebody's
    channel = Channel.ELDER if hold.channel == Channel.ELDER else Channel.WEB
    until = asked("SELECT app.suspension_of(%s, %s)", [person, slot.facility_id])
    if until is not None and channel == Channel.WEB:
        raise refusals.Suspended(until)
    terms = RuleBook.of([session.facility_id], now).terms(session.facility_id, session.department_id, session.kind)
    recent = Q(booked_at__gt=now - timedelta(days=terms.period_days or 0)) & ~Q(status=Booking.Status.CANCELLED)
    found = Booking.objects.filter(ahead(now) | recent, resident_id=person).select_related("slot", "resident")
    refuse_what_breaks_a_rule(slot, list(found), terms, channel, now, kept=True)
