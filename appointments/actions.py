"""The deeds of this room. Each is one short transaction; each refusal is typed and leaves nothing behind.

Locks are taken in one order (docs/locking.md): the person, then the slots by id, then the new row's unique keys.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import DatabaseError, connection, transaction
from django.db.models import Q

from appointments import refusals
from appointments.admission import channel_of, refuse_the_suspended, refuse_what_breaks_a_rule, relevant
from appointments.models import Booking, Hold, Slot
from appointments.terms import Terms, grace, terms_for
from foundation.places import said_no
from residents.access import Viewer, record_event
from residents.messages import notify
from residents.models import Notice

BOOKED, CANCELLED, MOVED = "appointments.booked", "appointments.cancelled", "appointments.moved"
# What the database says no with (constraint names, SQLSTATE codes), and what that means here.
BY_CONSTRAINT: dict[str | None, type[refusals.Refusal]] = {
    "slot_never_overbooked": refusals.SlotFull,
    "booking_agrees_with_an_open_session": refusals.SessionStopped,
    "one_live_booking_per_department_and_half_day": refusals.AlreadyBooked,
    "one_booking_per_submitted_form": refusals.FormUsed,
    "self_registered_hold_few_bookings": refusals.SelfRegistered,
    "hold_is_live_and_theirs": refusals.HoldOver,
}
BY_STATE: dict[str | None, type[refusals.Refusal]] = {
    "42501": refusals.IdentityNeeded,  # row-level security
    "55P03": refusals.Busy,  # lock not available in time
    "40P01": refusals.Busy,  # deadlock
    "57014": refusals.Busy,  # statement timeout
}


def book(*, slot: Slot, viewer: Viewer, form_key: UUID, now: datetime, hold: Hold | None = None) -> Booking:
    """Take a place in `slot` for the viewer's person; with `hold`, the place that is kept there for them.

    The same `form_key` again gives the same booking, however often the form is sent. Raises a `Refusal`, having
    written nothing. `slot` comes with its session (`Slot.objects.with_everything()`).
    """
    with one_transaction():
        channel, suspended = _lock(viewer, slot)
        terms = _terms_of(slot, now)
        mine = _mine(viewer, relevant(viewer, terms, now) | _sent(viewer, form_key))
        again = next((b for b in mine if (b.booked_by, b.form_key) == (viewer.account_id, form_key)), None)
        if again is not None:
            return _same(again, slot)
        refuse_the_suspended(viewer, channel, suspended)
        refuse_what_breaks_a_rule(slot, mine, terms, channel, now, kept=hold is not None)
        booking = unsaved(slot, viewer, form_key, now, hold=hold)
        _tell(viewer, BOOKED, Notice.Kind.BOOKED, booking, now)
        # Last, so that a slot in demand stays locked for one statement: the database takes the place, chooses the
        # number, fills in the person's real name and lets the facility see the person, or refuses, and then nothing
        # above was written either.
        booking.save(force_insert=True)
    return booking


def move(*, booking: Booking, to: Slot, viewer: Viewer, form_key: UUID, now: datetime) -> Booking:
    """Exchange a booking for a place in another slot: both happen, or neither does and the old place is kept.

    The same `form_key` again gives the same new booking. Raises a `Refusal`; `NotTheirs` for a booking that is not
    there to be moved, `MovedTooOften`, `TooLateToCancel` past the old one's cut-off. `booking` comes with its slot and
    session, `to` with its session.
    """
    with one_transaction():
        # Whoever holds a place may still change its time, suspended or not.
        channel, _suspended = _lock(viewer, to, booking.slot_id)
        terms = _terms_of(to, now)
        mine = _mine(viewer, relevant(viewer, terms, now) | _sent(viewer, form_key) | Q(pk=booking.pk))
        again = next((b for b in mine if (b.booked_by, b.form_key) == (viewer.account_id, form_key)), None)
        if again is not None:
            return _same(again, to)
        old = next((b for b in mine if b.pk == booking.pk and b.status == Booking.Status.BOOKED), None)
        if old is None:
            raise refusals.NotTheirs
        if old.slot_id == to.pk:
            raise refusals.AlreadyBooked(old.pk)
        _refuse_to_move(booking, terms, now)
        refuse_what_breaks_a_rule(to, [b for b in mine if b.pk != old.pk], terms, channel, now)
        _end(old, Booking.Ended.MOVED, viewer, now)
        new = unsaved(to, viewer, form_key, now, moved_from=old)
        _tell(viewer, MOVED, Notice.Kind.BOOKED, new, now)
        new.save(force_insert=True)
    return new


def check(*, slot: Slot, viewer: Viewer, now: datetime) -> None:
    """Raise the `Refusal` that booking `slot` would meet now; reads only, promises nothing."""
    asked = "SELECT app.suspended_until(%s, %s), %s::uuid = ANY (app.residents_for('booking'))"
    suspended = _ask(asked, [viewer.resident_id, slot.facility_id, viewer.resident_id])[0]
    terms = _terms_of(slot, now)
    channel = channel_of(viewer.resident_id, slot.starts_at)
    refuse_the_suspended(viewer, channel, suspended)
    refuse_what_breaks_a_rule(slot, _mine(viewer, relevant(viewer, terms, now)), terms, channel, now)


def cancel(*, booking: Booking, viewer: Viewer, now: datetime) -> None:
    """Give the place back; a booking already cancelled stays so. Raises `TooLateToCancel` past the cut-off.

    `booking` comes with its slot and session. The database ends the facility's sight of the person together with the
    booking, and keeps the place from everybody for a random while.
    """
    with one_transaction():
        _lock(viewer)
        deadline = cancel_deadline(booking)
        if now >= deadline and booking.status != Booking.Status.CANCELLED:
            raise refusals.TooLateToCancel(deadline)
        if not _end(booking, Booking.Ended.BY_PERSON, viewer, now):
            _refuse_unless_cancelled(booking, viewer)
            return
        _tell(viewer, CANCELLED, Notice.Kind.BOOKING_CANCELLED, booking, now)


def cancel_deadline(booking: Booking) -> datetime:
    """Until when this booking may be cancelled, by the rule that was shown when it was made."""
    kind = booking.session.kind
    terms = terms_for(booking.facility_id, booking.department_id, booking.booked_at, kind)
    return terms.cancel_until(booking.slot.starts_at, booking.booked_at, grace(booking.booked_at))


@contextmanager
def one_transaction() -> Iterator[None]:
    """A transaction of its own, so that no slot stays locked while a page renders; the database's no becomes ours."""
    try:
        with transaction.atomic(durable=True):
            yield
    except DatabaseError as error:
        refusal = meaning(error)
        if refusal is None:
            raise
        raise refusal() from None


def unsaved(
    slot: Slot,
    viewer: Viewer,
    form_key: UUID,
    now: datetime,
    *,
    hold: Hold | None = None,
    moved_from: Booking | None = None,
) -> Booking:
    """A booking as it is about to be written; the database adds name, number and channel."""
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
        hold=hold,
        moved_from=moved_from,
    )


def meaning(error: DatabaseError) -> type[refusals.Refusal] | None:
    """Which refusal the database's no to a booking is; None for a fault."""
    constraint, state = said_no(error)
    return BY_CONSTRAINT.get(constraint) or BY_STATE.get(state)


def _lock(viewer: Viewer, slot: Slot | None = None, *others: UUID) -> tuple[str, datetime | None]:
    """One deed at a time for one person, and only for a person this session may book for.

    Returns their channel on line, and until when web booking at the slot's facility is suspended.

    Of two slots both are locked, by id, before either changes.
    """
    slots = sorted([str(slot.pk), *map(str, others)]) if slot and others else []
    day, place = (slot.session.date, slot.facility_id) if slot else (None, None)
    row = _ask(
        "SELECT app.hold_person_and_slots(%s, %s::uuid[]), app.channel_of(%s, %s), app.suspended_until(%s, %s),"
        " %s::uuid = ANY (app.residents_for('booking'))",
        [viewer.resident_id, slots, viewer.resident_id, day, viewer.resident_id, place, viewer.resident_id],
    )
    return str(row[1]), row[2]


def _ask(question: str, values: Sequence[Any]) -> tuple[Any, ...]:
    """The row that answers; raises IdentityNeeded unless its last column is true."""
    with connection.cursor() as cursor:
        cursor.execute(question, values)
        row = cursor.fetchone()
    if not (row and row[-1]):
        raise refusals.IdentityNeeded
    return tuple(row)


def _terms_of(slot: Slot, now: datetime) -> Terms:
    session = slot.session
    return terms_for(session.facility_id, session.department_id, now, session.kind)


def _mine(viewer: Viewer, wanted: Q) -> Sequence[Booking]:
    return list(Booking.objects.visible_to(viewer).filter(wanted).select_related("slot", "resident"))


def _sent(viewer: Viewer, form_key: UUID) -> Q:
    return Q(booked_by=viewer.account_id, form_key=form_key)


def _same(again: Booking, slot: Slot) -> Booking:
    if again.slot_id != slot.pk or again.status == Booking.Status.CANCELLED:
        raise refusals.FormUsed
    return again


def _end(booking: Booking, why: str, viewer: Viewer, now: datetime) -> int:
    booked = Booking.objects.visible_to(viewer).filter(pk=booking.pk, status=Booking.Status.BOOKED)
    return booked.update(status=Booking.Status.CANCELLED, cancelled_by=viewer.account_id, cancelled_at=now, ended=why)


def _tell(viewer: Viewer, deed: str, kind: str, booking: Booking, now: datetime) -> None:
    record_event(viewer=viewer, action=deed, now=now, subject=booking, facility_id=booking.facility_id)
    notify(resident_id=booking.resident_id, kind=kind, subject_id=booking.pk, now=now)


def _refuse_unless_cancelled(booking: Booking, viewer: Viewer) -> None:
    cancelled = Booking.objects.visible_to(viewer).filter(pk=booking.pk, status=Booking.Status.CANCELLED)
    if not cancelled.exists():
        raise refusals.TooLateToCancel


def _refuse_to_move(booking: Booking, terms: Terms, now: datetime) -> None:
    """Raise what stands against giving up the old place: its cut-off, or too many moves before."""
    deadline = cancel_deadline(booking)
    if now >= deadline:
        raise refusals.TooLateToCancel(deadline)
    if _moves_before(booking) >= terms.moves_per_booking:
        raise refusals.MovedTooOften(terms.moves_per_booking)


def _moves_before(booking: Booking) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE chain AS (SELECT b.moved_from_id FROM appointments_booking b WHERE b.id = %s"
            " UNION SELECT b.moved_from_id FROM appointments_booking b JOIN chain c ON b.id = c.moved_from_id)"
            " SELECT count(moved_from_id) FROM chain",
            [booking.pk],
        )
        return int(cursor.fetchone()[0])
