"""Who waits is asked in turn: the worker's sweep. Yes and no by SMS are in `texted`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import connections, transaction
from django.utils import timezone

from appointments.models import Rule, WaitlistEntry
from appointments.terms import RuleBook, Terms
from foundation.dated import register, setting
from foundation.rowsecurity import asked, database
from residents.message_limits import quiet_until
from residents.messages import notify, notify_all
from residents.models import Notice

# One round asks each place once; a slot with several free places takes several.
ROUNDS = register("appointments.waiting_rounds", 20, "候补：一次最多连续问几轮")
SOONEST = register("appointments.offer_least_minutes", 10, "候补：离开诊不到几分钟就不再留号")


@dataclass(frozen=True)
class Place:
    """A place that somebody waits for, as the database lists it."""

    hold: UUID | None
    lapsed: bool
    slot: UUID
    drawn: str
    facility: UUID
    department: UUID
    kind: str
    day: date
    starts_at: datetime
    mode: str


def ask_who_waits(now: datetime) -> int:
    """Offer every place that came back, lapsed or became free to whoever waits longest; returns how many were offered.

    Each place in a short transaction of its own; safe to repeat, and beside others who do the same. The number of
    statements depends on the places, never on how many wait.
    """
    _end_what_is_over(now)
    offered = 0
    for _round in range(setting(ROUNDS, now)):
        places = _places()
        rules = RuleBook.of({place.facility for place in places}, now)
        terms = [rules.terms(place.facility, place.department, place.kind) for place in places]
        done = sum(_ask(place, one, now) for place, one in zip(places, terms, strict=True))
        offered += done
        if not done:
            break
    return offered


def _end_what_is_over(now: datetime) -> None:
    over = WaitlistEntry.objects.filter(ended_at=None, latest__lt=timezone.localdate(now))
    over.update(ended_at=now, ended=WaitlistEntry.Ended.OVER)
    # All of them before the first place is offered: who let one go by is not passed over for the next.
    while asked("SELECT app.let_offers_lapse()"):
        pass


def _places() -> Sequence[Place]:
    with connections[database()].cursor() as cursor:
        cursor.execute("SELECT * FROM app.places_waited_for()")
        return [Place(*row) for row in cursor.fetchall()]


def _ask(place: Place, terms: Terms, now: datetime) -> bool:
    """Ask for one place whoever is next, or everybody; True where somebody was asked."""
    if place.mode == Rule.Waiting.ALL_AT_ONCE and not place.lapsed:
        return _tell_all(place, terms, now)
    with transaction.atomic(using=database()), connections[database()].cursor() as cursor:
        until = None if place.mode == Rule.Waiting.ALL_AT_ONCE else _kept_until(place, terms, now)
        if until is None and not place.lapsed:
            return False
        cursor.execute(
            "SELECT hold, person FROM app.offer_place(%s, %s, %s, %s)", [place.slot, place.hold, place.drawn, until]
        )
        offer = cursor.fetchone()
        if offer is None:
            return False
        notify(resident_id=offer[1], kind=Notice.Kind.PLACE_OFFERED, subject_id=offer[0], now=now)
    return True


def _kept_until(place: Place, terms: Terms, now: datetime) -> datetime | None:
    """Until when an offer is kept, by night into the morning; None where it is too late for one, or too soon."""
    until = (quiet_until(now) or now) + timedelta(minutes=terms.offer_minutes)
    until = min(until, terms.closes_at(place.starts_at))
    if place.day > terms.last_day(now) or until < now + timedelta(minutes=setting(SOONEST, now)):
        return None
    return until


def _tell_all(place: Place, terms: Terms, now: datetime) -> bool:
    if place.day > terms.last_day(now):
        return False
    with transaction.atomic(using=database()), connections[database()].cursor() as cursor:
        cursor.execute("SELECT person FROM app.waiting_for(%s, %s)", [place.slot, place.drawn])
        people = [person for (person,) in cursor.fetchall()]
        subject = place.hold or place.slot
        notify_all([(person, subject) for person in people], kind=Notice.Kind.PLACE_BACK, now=now)
    return bool(people)
