"""The deeds of this room. Each is one short transaction; each refusal is typed and leaves nothing behind.

Locks are taken in one order (docs/locking.md): the person, then the slots by id, then the new row's unique keys.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Q

from appointments import refusals
from appointments.admission import ahead, channel_of, refuse_the_suspended, refuse_what_breaks_a_rule, relevant
from appointments.answers import ask, one_transaction
from appointments.models import Booking, Channel, Hold, Slot
from appointments.terms import Terms, grace, terms_for
from appointments.wishes import Wishes, refuse_unless_fasting
from foundation.prepared import Question
from residents.access import Viewer, record_event
from residents.messages import notify_all
from residents.models import Notice

BOOKED, CANCELLED, MOVED = "appointments.booked", "appointments.cancelled", "appointments.moved"


def book(
    *,
    slot: Slot,
    viewer: Viewer,
    form_key: UUID,
    now: datetime,
    hold: Hold | None = None,
    wishes: Wishes | None = None,
    desk: str = "",
) -> Booking:
    """Take a place in `slot` for the viewer's person; with `hold`, the place that is kept there for them.

    `wishes`: why they come and what they need, sealed.

    The same `form_key` again gives the same booking, however often the form is sent. Raises a `Refusal`, having
    written nothing. `slot` comes with its session (`Slot.objects.with_everything()`). `desk`: by staff at the
    facility, for whom this channel (desk, phone) counts.
    """
    with one_transaction():
        return book_within(slot, viewer, form_key, now, hold=hold, wishes=wishes, desk=desk)


def book_within(
    slot: Slot,
    viewer: Viewer,
    form_key: UUID,
    now: datetime,
    *,
    hold: Hold | None = None,
    wishes: Wishes | None = None,
    desk: str = "",
) -> Booking:
    """`book` inside a deed of several steps, which brings `one_transaction`."""
    channel, suspended = _lock(viewer, slot)
    channel = desk or channel
    terms = terms_of(slot, now)
    mine = _asked_about(viewer, terms, form_key, now)
    again = next((b for b in mine if (b.booked_by, b.form_key) == (viewer.account_id, form_key)), None)
    if again is not None:
        return _same(again, slot)
    refuse_the_suspended(viewer, channel, suspended)
    refuse_what_breaks_a_rule(slot, mine, terms, channel, now, kept=hold is not None)
    booking = unsaved(slot, viewer, form_key, now, hold=hold, wishes=wishes, channel=channel)
    _tell(viewer, BOOKED, Notice.Kind.BOOKED, booking, now)
    # Last, so that a slot in demand stays locked for one statement: the database takes the place, chooses the
    # number, fills in the person's real name and lets the facility see the person, or refuses, and then nothing
    # above was written either.
    booking.save(force_insert=True)
    return booking


def move(*, booking: Booking, to: Slot, viewer: Viewer, form_key: UUID, now: datetime, desk: str = "") -> Booking:
    """Exchange a booking for a place in another slot: both happen, or neither does and the old place is kept.

    The same `form_key` again gives the same new booking. Raises a `Refusal`; `NotTheirs` for a booking that is not
    there to be moved, `MovedTooOften`, `TooLateToCancel` past the old one's cut-off; neither at the `desk` (its
    channel). `booking` comes with its slot and session, `to` with its session.
    """
    with one_transaction():
        # Whoever holds a place may still change its time, suspended or not.
        channel, _suspended = _lock(viewer, to, booking.slot_id)
        channel = desk or channel
        terms = terms_of(to, now)
        mine = bookings_of(viewer, relevant(viewer, terms, now) | _sent(viewer, form_key) | Q(pk=booking.pk))
        again = next((b for b in mine if (b.booked_by, b.form_key) == (viewer.account_id, form_key)), None)
        if again is not None:
            return _same(again, to)
        old = _refuse_exchange(booking, to, mine, terms, channel, now, desk=desk)
        _end(old, Booking.Ended.MOVED, viewer, now)
        new = unsaved(to, viewer, form_key, now, moved_from=old, wishes=Wishes.of(old), channel=channel)
        _tell(viewer, MOVED, Notice.Kind.BOOKED, new, now)
        new.save(force_insert=True)
    return new


def check(*, slot: Slot, viewer: Viewer, now: datetime) -> None:
    """Raise the `Refusal` that booking `slot` would meet now; reads only, promises nothing."""
    asked = "SELECT app.suspended_until(%s, %s), %s::uuid = ANY (app.residents_for('booking'))"
    suspended = ask(asked, [viewer.resident_id, slot.facility_id, viewer.resident_id])[0]
    terms = terms_of(slot, now)
    channel = channel_of(viewer.resident_id, slot.starts_at)
    refuse_the_suspended(viewer, channel, suspended)
    refuse_what_breaks_a_rule(slot, bookings_of(viewer, relevant(viewer, terms, now)), terms, channel, now)


def check_move(*, booking: Booking, to: Slot, viewer: Viewer, now: datetime) -> None:
    """Raise the `Refusal` that moving `booking` into `to` would meet now; reads only, promises nothing."""
    ask("SELECT %s::uuid = ANY (app.residents_for('booking'))", [viewer.resident_id])
    terms, channel = terms_of(to, now), channel_of(viewer.resident_id, to.starts_at)
    mine = bookings_of(viewer, relevant(viewer, terms, now) | Q(pk=booking.pk))
    _refuse_exchange(booking, to, mine, terms, channel, now)


def refuse_to_give_up(booking: Booking, now: datetime) -> None:
    """Raise what stands against moving `booking` anywhere: it is over, its cut-off, or too many moves before."""
    if booking.status != Booking.Status.BOOKED:
        raise refusals.NotTheirs
    deadline = cancel_deadline(booking)
    if now >= deadline:
        raise refusals.TooLateToCancel(deadline)
    session = booking.session
    limit = terms_for(session.facility_id, session.department_id, now, session.kind).moves_per_booking
    if _moves_before(booking) >= limit:
        raise refusals.MovedTooOften(limit)


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


def unsaved(
    slot: Slot,
    viewer: Viewer,
    form_key: UUID,
    now: datetime,
    *,
    hold: Hold | None = None,
    moved_from: Booking | None = None,
    channel: str = Channel.WEB,
    wishes: Wishes | None = None,
) -> Booking:
    """A booking as it is about to be written; the database adds name, number and channel."""
    session = slot.session
    booking = Booking(
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
        channel=channel,
    )
    if wishes is not None:
        wishes.write(booking)
    return booking


def _lock(viewer: Viewer, slot: Slot | None = None, *others: UUID) -> tuple[str, datetime | None]:
    """One deed at a time for one person, and only for a person this session may book for.

    Returns their channel on line, and until when web booking at the slot's facility is suspended.

    Of two slots both are locked, by id, before either changes.
    """
    slots = sorted([str(slot.pk), *map(str, others)]) if slot and others else []
    day, place = (slot.session.date, slot.facility_id) if slot else (None, None)
    row = ask(
        "SELECT app.hold_person_and_slots(%s, %s::uuid[]), app.channel_of(%s, %s), app.suspended_until(%s, %s),"
        " %s::uuid = ANY (app.residents_for('booking'))",
        [viewer.resident_id, slots, viewer.resident_id, day, viewer.resident_id, place, viewer.resident_id],
    )
    return str(row[1]), row[2]


def terms_of(slot: Slot, now: datetime) -> Terms:
    """The terms that hold for a slot now."""
    session = slot.session
    return terms_for(session.facility_id, session.department_id, now, session.kind)


def bookings_of(viewer: Viewer, wanted: Q) -> Sequence[Booking]:
    """The person's bookings that are `wanted`, each with its slot and the person."""
    return list(Booking.objects.visible_to(viewer).filter(wanted).select_related("slot", "resident"))


def _sent(viewer: Viewer, form_key: UUID) -> Q:
    return Q(booked_by=viewer.account_id, form_key=form_key)


# What a rush asks most often, put together once: the bookings that no cap of a period asks about, and this form's.
_MINE = Question(
    lambda person, now, account, key: (
        Booking.objects.filter(ahead(now) | Q(booked_by=account, form_key=key), resident_id=person)
        .select_related("slot", "resident")
        .order_by()
    )
)


def _asked_about(viewer: Viewer, terms: Terms, form_key: UUID, now: datetime) -> Sequence[Booking]:
    if terms.bookings_per_period:
        return bookings_of(viewer, relevant(viewer, terms, now) | _sent(viewer, form_key))
    return _MINE.rows(viewer.resident_id, now, viewer.account_id, form_key)


def _same(again: Booking, slot: Slot) -> Booking:
    if again.slot_id != slot.pk or again.status == Booking.Status.CANCELLED:
        raise refusals.FormUsed
    return again


def _end(booking: Booking, why: str, viewer: Viewer, now: datetime) -> int:
    booked = Booking.objects.visible_to(viewer).filter(pk=booking.pk, status=Booking.Status.BOOKED)
    return booked.update(status=Booking.Status.CANCELLED, cancelled_by=viewer.account_id, cancelled_at=now, ended=why)


def _tell(viewer: Viewer, deed: str, kind: str, booking: Booking, now: datetime) -> None:
    record_event(viewer=viewer, action=deed, now=now, subject=booking, facility_id=booking.facility_id)
    # One statement; `notify` would first ask whether this was said before.
    notify_all([(booking.resident_id, booking.pk)], kind=kind, now=now)


def _refuse_unless_cancelled(booking: Booking, viewer: Viewer) -> None:
    cancelled = Booking.objects.visible_to(viewer).filter(pk=booking.pk, status=Booking.Status.CANCELLED)
    if not cancelled.exists():
        raise refusals.TooLateToCancel


def _refuse_exchange(
    booking: Booking, to: Slot, mine: Sequence[Booking], terms: Terms, channel: str, now: datetime, *, desk: str = ""
) -> Booking:
    """The booking as it stands now, or what stands against exchanging it for a place in `to`."""
    old = next((b for b in mine if b.pk == booking.pk and b.status == Booking.Status.BOOKED), None)
    if old is None:
        raise refusals.NotTheirs
    if old.slot_id == to.pk:
        raise refusals.AlreadyBooked(old.pk)
    if not desk:
        refuse_to_give_up(booking, now)
    refuse_unless_fasting(old.service, to, now)
    refuse_what_breaks_a_rule(to, [b for b in mine if b.pk != old.pk], terms, channel, now)
    return old


def _moves_before(booking: Booking) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE chain AS (SELECT b.moved_from_id FROM appointments_booking b WHERE b.id = %s"
            " UNION SELECT b.moved_from_id FROM appointments_booking b JOIN chain c ON b.id = c.moved_from_id)"
            " SELECT count(moved_from_id) FROM chain",
            [booking.pk],
        )
        return int(cursor.fetchone()[0])
