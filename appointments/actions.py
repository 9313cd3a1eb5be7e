"""The deeds of this room. Each is one short transaction; each refusal is typed and leaves nothing behind.

Locks are taken in one order (docs/locking.md): the person, then the slot, then the new row's unique keys.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from uuid import UUID

from django.db import DatabaseError, connection, transaction
from django.db.models import Q
from django.utils import timezone

from appointments import refusals
from appointments.models import Booking, Session, Slot
from appointments.terms import SELF_REGISTERED, Terms, grace, terms_for
from foundation.dated import setting
from foundation.places import said_no
from residents.access import Viewer, record_event
from residents.messages import notify
from residents.models import Notice

# What the database says no with (constraint names, SQLSTATE codes), and what that means here.
BY_CONSTRAINT: dict[str | None, type[refusals.Refusal]] = {
    "slot_never_overbooked": refusals.SlotFull,
    "booking_agrees_with_an_open_session": refusals.SessionStopped,
    "one_live_booking_per_department_and_half_day": refusals.AlreadyBooked,
    "one_booking_per_submitted_form": refusals.FormUsed,
    "self_registered_hold_few_bookings": refusals.SelfRegistered,
}
BY_STATE: dict[str | None, type[refusals.Refusal]] = {
    "42501": refusals.IdentityNeeded,  # row-level security
    "55P03": refusals.Busy,  # lock not available in time
    "40P01": refusals.Busy,  # deadlock
    "57014": refusals.Busy,  # statement timeout
}


def book(*, slot: Slot, viewer: Viewer, form_key: UUID, now: datetime) -> Booking:
    """Take a place in `slot` for the viewer's person.

    The same `form_key` again gives the same booking, however often the form is sent. Raises a `Refusal`, having
    written nothing. `slot` comes with its session (`Slot.objects.with_everything()`).
    """
    with _one_transaction():
        _hold(viewer)
        mine = list(
            Booking.objects.visible_to(viewer)
            .filter(Q(booked_by=viewer.account_id, form_key=form_key) | _ahead(now))
            .select_related("slot", "resident")
        )
        again = next((b for b in mine if (b.booked_by, b.form_key) == (viewer.account_id, form_key)), None)
        if again is not None:
            return _same(again, slot)
        _refuse_what_breaks_a_rule(slot, mine, now)
        booking = _unsaved(slot, viewer, form_key, now)
        record_event(
            viewer=viewer, action="appointments.booked", now=now, subject=booking, facility_id=booking.facility_id
        )
        notify(resident_id=booking.resident_id, kind=Notice.Kind.BOOKED, subject_id=booking.pk, now=now)
        # Last, so that a slot in demand stays locked for one statement: the database takes the place, chooses the
        # number, fills in the person's real name and lets the facility see the person, or refuses, and then nothing
        # above was written either.
        booking.save(force_insert=True)
    return booking


def check(*, slot: Slot, viewer: Viewer, now: datetime) -> None:
    """Raise the `Refusal` that booking `slot` would meet now; reads only, promises nothing."""
    _ask("SELECT %s::uuid = ANY (app.residents_for('booking'))", [viewer.resident_id])
    mine = Booking.objects.visible_to(viewer).filter(_ahead(now)).select_related("slot", "resident")
    _refuse_what_breaks_a_rule(slot, mine, now)


def cancel(*, booking: Booking, viewer: Viewer, now: datetime) -> None:
    """Give the place back; a booking already cancelled stays so. Raises `TooLateToCancel` past the cut-off.

    `booking` comes with its slot. The database ends the facility's sight of the person together with the booking.
    """
    with _one_transaction():
        _hold(viewer)
        deadline = cancel_deadline(booking)
        if now >= deadline and booking.status != Booking.Status.CANCELLED:
            raise refusals.TooLateToCancel(deadline)
        changed = (
            Booking.objects.visible_to(viewer)
            .filter(pk=booking.pk, status=Booking.Status.BOOKED)
            .update(status=Booking.Status.CANCELLED, cancelled_by=viewer.account_id, cancelled_at=now)
        )
        if not changed:
            _refuse_unless_cancelled(booking, viewer)
            return
        record_event(
            viewer=viewer, action="appointments.cancelled", now=now, subject=booking, facility_id=booking.facility_id
        )
        notify(resident_id=booking.resident_id, kind=Notice.Kind.BOOKING_CANCELLED, subject_id=booking.pk, now=now)


def cancel_deadline(booking: Booking) -> datetime:
    """Until when this booking may be cancelled, by the rule that was shown when it was made."""
    terms = terms_for(booking.facility_id, booking.department_id, booking.booked_at)
    return terms.cancel_until(booking.slot.starts_at, booking.booked_at, grace(booking.booked_at))


@transaction.atomic
def open_session(*, session: Session, start: time, end: time, minutes: int, capacity: int) -> list[Slot]:
    """Save a new session with its slots: every `minutes` from `start` to `end`, `capacity` places each."""
    session.save(force_insert=True)
    starts = _starts(session, start, end, timedelta(minutes=minutes))
    slots = [
        Slot(
            session=session,
            facility_id=session.facility_id,
            starts_at=at,
            ends_at=at + timedelta(minutes=minutes),
            capacity=capacity,
            first_number=1 + place * capacity,
        )
        for place, at in enumerate(starts)
    ]
    return Slot.objects.bulk_create(slots)


@transaction.atomic
def stop_session(*, session: Session) -> None:
    """Stop a session that nobody has booked (停诊). Raises `HasBookings`, stopping nothing, where people must be told.

    The database makes stopping and booking wait for each other, so no booking slips in between.
    """
    Session.objects.filter(pk=session.pk, state=Session.State.OPEN).update(state=Session.State.STOPPED)
    if count := Booking.objects.filter(session=session, status__in=Booking.AWAITED).count():
        raise refusals.HasBookings(count)


@contextmanager
def _one_transaction() -> Iterator[None]:
    """A transaction of its own, so that no slot stays locked while a page renders; the database's no becomes ours."""
    try:
        with transaction.atomic(durable=True):
            yield
    except DatabaseError as error:
        refusal = _meaning(error)
        if refusal is None:
            raise
        raise refusal() from None


def _meaning(error: DatabaseError) -> type[refusals.Refusal] | None:
    constraint, state = said_no(error)
    return BY_CONSTRAINT.get(constraint) or BY_STATE.get(state)


def _hold(viewer: Viewer) -> None:
    """One deed at a time for one person, and only for a person this session may book for."""
    _ask(
        "SELECT pg_advisory_xact_lock(hashtextextended('appointments.person:' || %s::text, 0)),"
        " %s::uuid = ANY (app.residents_for('booking'))",
        [str(viewer.resident_id), viewer.resident_id],
    )


def _ask(question: str, values: list[str | UUID]) -> None:
    """Raise IdentityNeeded unless the last column of the answer is true."""
    with connection.cursor() as cursor:
        cursor.execute(question, values)
        row = cursor.fetchone()
    if not (row and row[-1]):
        raise refusals.IdentityNeeded


def _ahead(now: datetime) -> Q:
    return Q(status__in=Booking.AWAITED, slot__ends_at__gt=now)


def _same(again: Booking, slot: Slot) -> Booking:
    if again.slot_id != slot.pk or again.status == Booking.Status.CANCELLED:
        raise refusals.FormUsed
    return again


def _refuse_what_breaks_a_rule(slot: Slot, mine: Iterable[Booking], now: datetime) -> None:
    session = slot.session
    terms = terms_for(session.facility_id, session.department_id, now)
    if slot.starts_at <= now:
        raise refusals.SlotBegun
    if session.state != Session.State.OPEN or not session.takes_place:
        raise refusals.SessionStopped
    if session.date > terms.last_day(now):
        raise refusals.NotReleasedYet(terms.released_at(session.date))
    _refuse_clash_or_excess(slot, list(mine), terms)
    _refuse_the_self_registered(list(mine), now)
    if not slot.free:
        raise refusals.SlotFull


def _refuse_clash_or_excess(slot: Slot, mine: list[Booking], terms: Terms) -> None:
    session = slot.session
    for other in mine:
        same_half_day = (other.department_id, other.date, other.period) == (
            session.department_id,
            session.date,
            session.period,
        )
        at_once = other.slot.starts_at < slot.ends_at and slot.starts_at < other.slot.ends_at
        if same_half_day or at_once:
            raise refusals.AlreadyBooked(other.pk)
    if len(mine) >= terms.live_bookings_per_person:
        raise refusals.TooMany(terms.live_bookings_per_person)


def _refuse_the_self_registered(mine: list[Booking], now: datetime) -> None:
    """Whoever nobody has seen yet holds few places; the database counts once more."""
    if mine and mine[0].resident.provisional and len(mine) >= setting(SELF_REGISTERED, now):
        raise refusals.SelfRegistered


def _unsaved(slot: Slot, viewer: Viewer, form_key: UUID, now: datetime) -> Booking:
    session = slot.session
    return Booking(
        resident_id=viewer.resident_id,
        slot=slot,
        session=session,
        facility_id=session.facility_id,
        department_id=session.department_id,
        date=session.date,
        period=session.period,
        form_key=form_key,
        booked_by=viewer.account_id,
        booked_at=now,
    )


def _refuse_unless_cancelled(booking: Booking, viewer: Viewer) -> None:
    cancelled = Booking.objects.visible_to(viewer).filter(pk=booking.pk, status=Booking.Status.CANCELLED)
    if not cancelled.exists():
        raise refusals.TooLateToCancel


def _starts(session: Session, start: time, end: time, step: timedelta) -> Iterator[datetime]:
    at = timezone.make_aware(datetime.combine(session.date, start))
    last = timezone.make_aware(datetime.combine(session.date, end))
    while at + step <= last:
        yield at
        at += step
