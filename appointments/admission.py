"""Whether a person may have a place in a slot: every rule that is no matter of how many places there are.

What the database itself keeps to (capacity, one booking a half-day, whose) is in migrations 0002 and 0007.
"""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from appointments import refusals
from appointments.models import Booking, Channel, Draw, Session, Slot
from appointments.terms import SELF_REGISTERED, Terms
from foundation.dated import setting
from foundation.rowsecurity import asked
from residents.access import Viewer
from residents.models.access import Capacity

# Channels by which people help themselves; the desk is not bound by closing times and caps.
ONLINE = (Channel.WEB, Channel.ELDER)
# Whoever books with a member of staff beside them is never kept from it.
BY_THEMSELVES = (Capacity.SELF, Capacity.DELEGATE, Capacity.GUARDIAN, Capacity.PROGRAM)


def channel_of(resident_id: UUID, visit: datetime) -> str:
    """By which channel a person books on line, as the database settles it: an elder's places are an elder's."""
    return str(asked("SELECT app.channel_of(%s, %s)", [resident_id, timezone.localdate(visit)]) or Channel.WEB)


def relevant(viewer: Viewer, terms: Terms, now: datetime) -> Q:
    """Which of the person's bookings the rules ask about."""
    return asked_about(terms, now)


def asked_about(terms: Terms, now: datetime) -> Q:
    """Bookings ahead, and those made within the period of a cap."""
    wanted = ahead(now)
    if terms.bookings_per_period and terms.period_days:
        wanted |= Q(booked_at__gt=now - timedelta(days=terms.period_days)) & ~Q(status=Booking.Status.CANCELLED)
    return wanted


def ahead(now: datetime) -> Q:
    """Bookings whose visit is to come or going on."""
    return Q(status__in=Booking.AWAITED, slot__ends_at__gt=now)


def refuse_what_breaks_a_rule(
    slot: Slot, mine: Sequence[Booking], terms: Terms, channel: str, now: datetime, kept: bool = False
) -> None:
    """Raise the `Refusal` that stands against a place in `slot`.

    `mine`: the person's bookings (`relevant`), each with its slot and the first with its resident. `kept`: a place is
    being held for the person, so that the slot need not have another.
    """
    session = slot.session
    if slot.starts_at <= now and channel != Channel.DESK:
        raise refusals.SlotBegun
    if session.state != Session.State.OPEN or not session.takes_place:
        raise refusals.SessionStopped
    if channel in ONLINE and slot.extra_by is not None:
        # An extra place is given to somebody by the desk; its address is nobody else's.
        raise refusals.SlotFull
    if channel in ONLINE:
        _refuse_outside_the_window(slot, terms, now, kept)
    if channel in ONLINE and not kept:
        refuse_past_a_draw(session)
    coming = [booking for booking in mine if booking.status in Booking.AWAITED and booking.slot.ends_at > now]
    _refuse_clash(slot, coming)
    if channel in ONLINE:
        _refuse_excess(slot, mine, coming, terms)
        _refuse_the_self_registered(coming, now)
    if not kept and slot.places_for(channel, now) <= 0:
        raise refusals.SlotFull


def refuse_past_a_draw(session: Session) -> None:
    """Raise `Drawn` while the places of a half-day are still to be drawn; what is left then is booked as everywhere."""
    if not session.draw:
        return
    draw = Draw.objects.filter(session=session).only("closes_at", "settled_at").first()
    if draw is None or draw.settled_at is None:
        raise refusals.Drawn(draw.closes_at if draw else None)


def refuse_the_suspended(viewer: Viewer, channel: str, until: datetime | None) -> None:
    """Raise `Suspended` for whoever books on line by themselves; never an elder, never with a member of staff."""
    if until is not None and channel == Channel.WEB and viewer.capacity in BY_THEMSELVES:
        raise refusals.Suspended(until)


def _refuse_outside_the_window(slot: Slot, terms: Terms, now: datetime, kept: bool) -> None:
    if slot.session.date > terms.last_day(now):
        raise refusals.NotReleasedYet(terms.released_at(slot.session.date))
    if terms.closes_at(slot.starts_at) <= now and not kept:
        raise refusals.Closed


def _refuse_clash(slot: Slot, coming: Sequence[Booking]) -> None:
    session = slot.session
    half_day = (session.department_id, session.date, session.period)
    for other in coming:
        at_once = other.slot.starts_at < slot.ends_at and slot.starts_at < other.slot.ends_at
        if at_once or (other.department_id, other.date, other.period) == half_day:
            raise refusals.AlreadyBooked(other.pk)


def _refuse_excess(slot: Slot, mine: Sequence[Booking], coming: Sequence[Booking], terms: Terms) -> None:
    session = slot.session
    same_day = [booking for booking in coming if booking.date == session.date]
    same_department = [booking for booking in coming if booking.department_id == session.department_id]
    _cap("live_bookings_per_person", terms.live_bookings_per_person, coming)
    _cap("bookings_per_day", terms.bookings_per_day, same_day)
    _cap("bookings_per_department", terms.bookings_per_department, same_department)
    limit, days = terms.bookings_per_period, terms.period_days
    if limit and days and len(mine) >= limit:
        oldest = sorted(booking.booked_at for booking in mine)[-limit]
        raise refusals.TooMany(limit, "bookings_per_period", oldest + timedelta(days=days))


def _cap(cap: str, limit: int | None, held: Sequence[Booking]) -> None:
    """Refuse once `limit` bookings are `held`: until the first of them is over, or of a day until the day is."""
    if not limit or len(held) < limit:
        return
    until = min(booking.slot.ends_at for booking in held)
    if cap == "bookings_per_day":
        until = timezone.make_aware(datetime.combine(held[0].date + timedelta(days=1), time.min))
    raise refusals.TooMany(limit, cap, until)


def _refuse_the_self_registered(coming: Sequence[Booking], now: datetime) -> None:
    """Whoever nobody has seen yet holds few places; the database counts once more."""
    if coming and coming[0].resident.provisional and len(coming) >= setting(SELF_REGISTERED, now):
        raise refusals.SelfRegistered
