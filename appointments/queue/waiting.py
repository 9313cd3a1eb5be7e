"""How long it will take: how many are before somebody, and about when it is their turn."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connections
from django.http import HttpRequest

from appointments.models import Booking, Slot, Ticket
from foundation.dated import register, setting
from foundation.rowsecurity import database

register("appointments.queue_by", "session", "候诊队列：session 每位医生一队，room 同一诊室的医生共用一队")
PACE_FROM = register("appointments.queue_pace_from", 3, "叫过几个人以后，按实际快慢估计还要等多久")
ROUND = 5
REFRESHES = 40  # by itself; whoever has left the page open and gone is then signed out like anybody else
NEAR_MINUTES = 30


@dataclass(frozen=True)
class Place:
    """Somebody's ticket, how many wait before it, and in about how many minutes it is called (None: now)."""

    ticket: Ticket
    ahead: int
    minutes: int | None

    @property
    def is_far(self) -> bool:
        """Whether there is time to go for a walk."""
        return (self.minutes or 0) > NEAR_MINUTES

    @property
    def is_called(self) -> bool:
        return self.ticket.state == Ticket.State.CALLED

    @property
    def was_missed(self) -> bool:
        return self.ticket.state == Ticket.State.SKIPPED


def place_of(booking: Booking, now: datetime) -> Place | None:
    """The place of whoever has checked in and not been seen yet."""
    ticket = Ticket.objects.live().filter(booking=booking).first()
    if ticket is None:
        return None
    with connections[database()].cursor() as cursor:
        cursor.execute("SELECT ahead, called, first_call, last_call FROM app.place_in_queue(%s)", [ticket.pk])
        row = cursor.fetchone()
    if row is None:
        return None
    ahead, called, first_call, last_call = row
    pace = _pace(booking.slot, called, first_call, last_call, now)
    minutes = _minutes(booking.slot, ahead, called, pace, now) if ticket.state == Ticket.State.WAITING else None
    return Place(ticket, ahead, minutes)


def next_refresh(request: HttpRequest) -> int:
    """The how-manieth time the page now shown comes anew by itself; 0 when it no longer does."""
    typed = request.GET.get("n", "0")
    done = int(typed) if typed.isdecimal() and len(typed) < 4 else REFRESHES
    return done + 1 if done < REFRESHES else 0


def _pace(slot: Slot, called: int, first_call: datetime | None, last_call: datetime | None, now: datetime) -> timedelta:
    """Between two calls: as today, once enough were called; before that as the session is planned."""
    if first_call and last_call and called >= max(setting(PACE_FROM, now), 2):
        return (last_call - first_call) / (called - 1)
    return (slot.ends_at - slot.starts_at) / slot.capacity


def _minutes(slot: Slot, ahead: int, called: int, pace: timedelta, now: datetime) -> int:
    """Rounded up to five minutes: nobody is promised a minute. Before the first call, not before one's own time."""
    due = now + ahead * pace
    if not called:
        due = max(due, slot.starts_at)
    minutes = (due - now).total_seconds() / 60
    return int(-(-minutes // ROUND) * ROUND)
