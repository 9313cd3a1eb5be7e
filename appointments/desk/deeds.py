"""What the desk does to bookings and places. Each deed is one conditional statement; the database guards the states."""

from datetime import datetime
from uuid import UUID

from django.db import DatabaseError, transaction
from django.db.models import F, Max

from appointments import refusals
from appointments.actions import book_within
from appointments.answers import one_transaction
from appointments.models import Booking, Channel, Hold, Slot, Ticket
from foundation.places import said_no
from foundation.rowsecurity import asked
from residents.access import Viewer

Status = Booking.Status
# What the desk may mark, and from which states (the database has the same, migration 0009).
FROM: dict[str, tuple[str, ...]] = {
    Status.BOOKED: (Status.CHECKED_IN, Status.NO_SHOW),
    Status.CHECKED_IN: (Status.COMPLETED,),
    Status.COMPLETED: (Status.CHECKED_IN,),
    Status.NO_SHOW: (Status.BOOKED,),
}


class NotNow(Exception):
    """The booking is in another state by now, or this may not be marked here and now."""


def arrive(booking: Booking, *, first: bool = False) -> str:
    """Check somebody in at the desk and give the ticket; `first`: before others. What came of it, in one word."""
    return str(asked("SELECT app.arrive(%s, '', %s)", [booking.pk, Ticket.Category.PRIORITY if first else ""]))


def mark(booking: Booking, status: str) -> None:
    """Set the state of a visit, or set it right; raises `NotNow` where the database does not agree."""
    try:
        with transaction.atomic():
            # The ticket before the booking, as the room's screen locks them.
            list(Ticket.objects.select_for_update(of=("self",)).filter(booking=booking).values_list("pk"))
            changed = Booking.objects.filter(pk=booking.pk, status__in=FROM.get(status, ())).update(status=status)
    except DatabaseError as error:
        if said_no(error)[0] not in {"no_show_only_where_attendance_is_reported", "booking_goes_its_way"}:
            raise
        raise NotNow from None
    if not changed:
        raise NotNow


def cancel(booking: Booking, note: str) -> None:
    """Cancel with a reason, also past the cut-off; the person is told. Raises `NotNow` where it is over already."""
    if not asked("SELECT app.cancel_at_desk(%s, %s)", [booking.pk, note]):
        raise NotNow


def book_extra(*, beside: Slot, viewer: Viewer, form_key: UUID, now: datetime) -> Booking:
    """One more place (加号) at the time of a slot, for the viewer's person: never on line, and who gave it is kept."""
    with one_transaction():
        return book_within(_extra(beside, viewer), viewer, form_key, now, desk=Channel.DESK)


def _extra(beside: Slot, viewer: Viewer) -> Slot:
    last = Slot.objects.filter(session=beside.session_id).aggregate(last=Max(F("first_number") + F("capacity")))["last"]
    extra = Slot(
        session=beside.session,
        facility_id=beside.facility_id,
        starts_at=beside.starts_at,
        ends_at=beside.ends_at,
        capacity=1,
        first_number=last,
        extra_by=viewer.account_id,
    )
    extra.save(force_insert=True)
    return extra


def block(*, slot: Slot, count: int, by: UUID, now: datetime) -> None:
    """Keep `count` free places from everybody until the time is over; raises `SlotFull`, blocking none of them."""
    if slot.ends_at <= now:
        raise refusals.SlotBegun
    with one_transaction():
        for _place in range(count):
            Hold(
                slot=slot,
                facility_id=slot.facility_id,
                kind=Hold.Kind.BLOCKED,
                channel=Channel.DESK,
                made_by=by,
                made_at=now,
                ends_at=slot.ends_at,
            ).save(force_insert=True)


def unblock(*, slot: Slot, now: datetime) -> int:
    """Let the blocked places of a slot be booked again; returns how many."""
    with one_transaction():
        blocked = Hold.objects.filter(slot=slot, kind=Hold.Kind.BLOCKED, ended_at=None)
        return blocked.update(ended_at=now)
