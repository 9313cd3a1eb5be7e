"""When and where: rule, rota, session, slot, booking. The database takes the places (migrations 0002 and 0007)."""

from appointments.models.bookings import Booking
from appointments.models.draws import Draw, DrawRequest, DrawSeed
from appointments.models.fairness import FairnessMonth
from appointments.models.holds import Deed, Hold
from appointments.models.kinds import RESERVED, Channel, NumberKind, Period
from appointments.models.rotas import Holiday, Rota, RotaException, Weekday
from appointments.models.rules import Rule
from appointments.models.sessions import Session, Slot
from appointments.models.strikes import Appeal, Strike

__all__ = [
    "RESERVED",
    "Appeal",
    "Booking",
    "Channel",
    "Deed",
    "Draw",
    "DrawRequest",
    "DrawSeed",
    "FairnessMonth",
    "Hold",
    "Holiday",
    "NumberKind",
    "Period",
    "Rota",
    "RotaException",
    "Rule",
    "Session",
    "Slot",
    "Strike",
    "Weekday",
]
