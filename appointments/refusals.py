"""Why a booking or a cancellation was not done. A refusal writes nothing; its words are in `presenters`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from appointments.models import Slot


class Refusal(Exception):
    """A normal answer, not a fault: the deed would break a rule."""


class SlotFull(Refusal):
    """The last place was taken.

    Where it was asked already (`sold_out`): by which `channel` the person books, and their half-days in the department.
    """

    def __init__(self, channel: str = "", booked: Sequence[Sequence[str]] | None = None) -> None:
        super().__init__()
        self.channel, self.booked = channel, booked


class SlotBegun(Refusal):
    """The time is past or has begun."""


class SessionStopped(Refusal):
    """The session does not take place (停诊)."""


class NotReleasedYet(Refusal):
    """The day's numbers are released later, at `opens_at`."""

    def __init__(self, opens_at: datetime) -> None:
        super().__init__()
        self.opens_at = opens_at


class AlreadyBooked(Refusal):
    """The person already has a booking in this department and half-day, or at this very time."""

    def __init__(self, booking_id: UUID | None = None) -> None:
        super().__init__()
        self.booking_id = booking_id


class TooMany(Refusal):
    """The person holds as many bookings as the rule allows: which `cap` (a field of Rule), its `limit`, until when."""

    def __init__(self, limit: int, cap: str = "live_bookings_per_person", until: datetime | None = None) -> None:
        super().__init__()
        self.limit, self.cap, self.until = limit, cap, until


class Suspended(Refusal):
    """The person may not book on line at this facility until `until`, after visits that were missed."""

    def __init__(self, until: datetime) -> None:
        super().__init__()
        self.until = until


class Drawn(Refusal):
    """The places of this half-day are drawn by lot: ask for one until `until`, or wait for the draw."""

    def __init__(self, until: datetime | None = None) -> None:
        super().__init__()
        self.until = until


class TooFast(Refusal):
    """More was sent from one account or address than people send; the next is taken at `until`."""

    def __init__(self, until: datetime) -> None:
        super().__init__()
        self.until = until


class Closed(Refusal):
    """The time can no longer be booked on line; the desk may still have a place."""


class HoldOver(Refusal):
    """The place that was kept for the person is not kept any more."""


class MovedTooOften(Refusal):
    """The booking has been moved as often as the rule allows."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.limit = limit


class NotTheirs(Refusal):
    """The booking to be moved is not one that can be moved: cancelled, past, or somebody else's."""


class SelfRegistered(Refusal):
    """Somebody who registered on line, and whom nobody has seen yet, holds as many bookings as they may."""


class FormUsed(Refusal):
    """This form was already sent for another time or person, or its booking has been cancelled since."""


class IdentityNeeded(Refusal):
    """The session may not book for this person: real name not proved, or signed out meanwhile."""


class Busy(Refusal):
    """The database could not answer in time; nothing was written, and the same form may be sent again."""


class TooLateToCancel(Refusal):
    """The cut-off, `deadline`, has passed."""

    def __init__(self, deadline: datetime | None = None) -> None:
        super().__init__()
        self.deadline = deadline


class NotFasting(Refusal):
    """An examination on an empty stomach begins before `until`."""

    def __init__(self, until: time) -> None:
        super().__init__()
        self.until = until


class TripOutOfOrder(Refusal):
    """The visits of a trip do not fit together: not one morning at one place, not in order, or not in time."""


class NoTrip(Refusal):
    """One visit of a trip cannot be had, so none was booked: which `slot`, and `why`."""

    def __init__(self, slot: Slot, why: Refusal) -> None:
        super().__init__()
        self.slot, self.why = slot, why
