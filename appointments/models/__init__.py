"""When and where: rule, rota, session, slot, booking. The database takes the places (migrations 0002 and 0007)."""

from appointments.models.bookings import Booking
from appointments.models.draws import Draw, DrawRequest, DrawSeed
from appointments.models.fairness import FairnessMonth
from appointments.models.guide import BodyPart, FitLevel, GuideQuestion, GuideSign, GuideSymptom, GuideVersion, Outcome
from appointments.models.holds import Deed, Hold
from appointments.models.kinds import RESERVED, Channel, Need, NumberKind, Period
from appointments.models.queues import Point, Queue, Ticket
from appointments.models.reminders import CallBack, Reminder
from appointments.models.rotas import Holiday, Rota, RotaException, Weekday
from appointments.models.rules import Rule
from appointments.models.services import Preparation, Service
from appointments.models.sessions import Session, Slot
from appointments.models.strikes import Appeal, Strike
from appointments.models.waiting import WaitlistEntry

__all__ = [
    "RESERVED",
    "Appeal",
    "BodyPart",
    "Booking",
    "CallBack",
    "Channel",
    "Deed",
    "Draw",
    "DrawRequest",
    "DrawSeed",
    "FairnessMonth",
    "FitLevel",
    "GuideQuestion",
    "GuideSign",
    "GuideSymptom",
    "GuideVersion",
    "Hold",
    "Holiday",
    "Need",
    "NumberKind",
    "Outcome",
    "Period",
    "Point",
    "Queue",
    "Preparation",
    "Reminder",
    "Rota",
    "RotaException",
    "Rule",
    "Service",
    "Session",
    "Slot",
    "Strike",
    "Ticket",
    "WaitlistEntry",
    "Weekday",
]
