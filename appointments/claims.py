"""What was booked with a number that somebody only claimed, when its owner takes it over at the counter."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connections

from foundation.rowsecurity import asked, database


@dataclass(frozen=True)
class ClaimedBooking:
    """A place that is held by somebody who registered on line with the number."""

    id: UUID
    place: str
    department: str
    doctor: str
    starts_at: datetime
    number: int

    @property
    def key(self) -> str:
        """Its key as a form writes it."""
        return str(self.id)


def claimed_bookings(resident_id: UUID) -> list[ClaimedBooking]:
    """The live bookings made with a claimed number of the person at this counter."""
    with connections[database()].cursor() as cursor:
        cursor.execute("SELECT * FROM app.claimed_bookings(%s)", [resident_id])
        return [ClaimedBooking(*row) for row in cursor.fetchall()]


def settle(resident_id: UUID, booking_id: UUID, *, keep: bool) -> bool:
    """Let the real person have the place, or give it back; False when there is no such booking any more."""
    return bool(asked("SELECT app.settle_claimed_booking(%s, %s, %s)", [resident_id, booking_id, keep]))
