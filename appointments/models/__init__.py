"""When and where: rule, session, slot, booking. The database takes the places (see migration 0002)."""

from appointments.models.bookings import Booking
from appointments.models.rules import Rule
from appointments.models.sessions import Session, Slot

__all__ = ["Booking", "Rule", "Session", "Slot"]
