"""The day of a facility: every half-day with its list, its tickets, its places and its totals."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Case, IntegerField, Prefetch, Sum, Value, When
from django.utils import timezone

from appointments.desk import codes
from appointments.models import Booking, Hold, Period, Session, Ticket
from facilities.models import Facility
from residents import documents, openings

NUMBER = re.compile(r"\d{17}[\dX]")
BY_HALF_DAY = Case(
    *[When(period=period, then=Value(place)) for place, period in enumerate(Period.values)],
    output_field=IntegerField(),
)
LIVE = Ticket.objects.live()


@dataclass
class Half:
    """One doctor's half-day as the desk sees it. `listed` are its bookings, the cancelled ones apart."""

    session: Session
    capacity: int
    blocked: int
    listed: list[Booking] = field(default_factory=list)
    cancelled: int = 0

    @property
    def totals(self) -> dict[str, int]:
        """How many places, and what became of those that were booked."""
        places = self.capacity if self.session.state == Session.State.OPEN else len(self.listed)
        return totals(self.listed, self.cancelled, places, self.blocked)

    @property
    def is_shown(self) -> bool:
        """A stopped half-day stays as long as it took a visit from somebody: the desk is asked about it."""
        stopped = self.session.state == Session.State.STOPPED
        return bool(self.listed) or self.session.state == Session.State.OPEN or (stopped and self.cancelled > 0)


def day_of(facility: Facility, day: date) -> list[Half]:
    """All half-days of a day with their lists, in four statements."""
    sessions = Session.objects.filter(facility=facility, date=day).exclude(state__in=Session.UNSEEN)
    placed = sessions.select_related("department", "practitioner").annotate(places=Sum("slots__capacity"))
    halves = {
        session.pk: Half(session, getattr(session, "places", None) or 0, 0)
        for session in placed.order_by(BY_HALF_DAY, "department__name", "practitioner__name")
    }
    for booking in bookings_of(facility, day):
        half = halves.get(booking.session_id)
        if half is None:
            continue
        if booking.status == Booking.Status.CANCELLED:
            half.cancelled += 1
        else:
            half.listed.append(booking)
    for session_id in _blocked(halves):
        halves[session_id].blocked += 1
    return [half for half in halves.values() if half.is_shown]


def bookings_of(facility: Facility, day: date) -> Iterable[Booking]:
    """Everybody's booking of a day, in the order of the times, with the tickets of those who have come."""
    booked = Booking.objects.filter(facility=facility, date=day).select_related("slot", "session")
    return booked.prefetch_related(Prefetch("tickets", queryset=LIVE, to_attr="here")).order_by(
        "slot__starts_at", "number"
    )


def totals(listed: Iterable[Booking], cancelled: int, capacity: int, blocked: int) -> dict[str, int]:
    """Counts by state; `free` are the places nobody has and nobody blocked."""
    by_status = Counter(booking.status for booking in listed)
    booked = sum(by_status.values())
    return {
        "capacity": capacity,
        "booked": booked,
        "waiting": by_status[Booking.Status.BOOKED],
        "checked_in": by_status[Booking.Status.CHECKED_IN],
        "completed": by_status[Booking.Status.COMPLETED],
        "no_show": by_status[Booking.Status.NO_SHOW],
        "cancelled": cancelled,
        "blocked": blocked,
        "free": max(capacity - booked - blocked, 0),
    }


def sum_up(halves: Sequence[Half]) -> dict[str, int]:
    """The totals of all half-days."""
    whole: Counter[str] = Counter()
    for half in halves:
        whole.update(half.totals)
    return {name: whole[name] for name in totals([], 0, 0, 0)}


def _blocked(halves: dict[UUID, Half]) -> list[UUID]:
    held = Hold.objects.filter(slot__session__in=list(halves), kind=Hold.Kind.BLOCKED, ended_at=None)
    return list(held.values_list("slot__session_id", flat=True))


def narrowed(halves: Sequence[Half], typed: str, now: datetime) -> list[Half]:
    """Only the lines that `typed` means: a card in the reader, a slip's code, a ticket, a number, or part of a name."""
    return _kept(halves, _meaning(typed.strip(), now))


def only(halves: Sequence[Half], booking_id: UUID | None) -> list[Half]:
    """Only the line of one booking."""
    return _kept(halves, lambda booking: booking.pk == booking_id)


def _kept(halves: Sequence[Half], wanted: Callable[[Booking], bool]) -> list[Half]:
    found = []
    for half in halves:
        listed = [booking for booking in half.listed if wanted(booking)]
        if listed:
            found.append(Half(half.session, half.capacity, half.blocked, listed, half.cancelled))
    return found


def _meaning(typed: str, now: datetime) -> Callable[[Booking], bool]:
    card = NUMBER.search(documents.tidy(typed))
    if card:
        person = _person(card.group(), now)
        return lambda booking: booking.resident_id == person
    if typed.isdecimal():
        return lambda booking: booking.number == int(typed)
    code = codes.tidy(typed)
    return lambda booking: (
        typed in booking.resident_name
        or codes.code_of(booking) == code
        or any(ticket.label == code for ticket in getattr(booking, "here", ()))
    )


def _person(number: str, now: datetime) -> UUID | None:
    """Whose card it is, where the desk would see the person listed anyway; a stranger is as unknown as nobody."""
    try:
        return openings.listed_by_document(documents.read(number, timezone.localdate(now)))
    except ValidationError:
        return None
