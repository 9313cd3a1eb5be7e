"""What the tests of this room stand on: a clinic tomorrow morning, and browsers that act as themselves."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.test import Client

from appointments import actions
from appointments.models import Booking, Rule, Session, Slot
from facilities.models import Department, Facility, Practitioner
from foundation.dated import forget
from foundation.middleware import TOKEN
from foundation.models import DatedSetting
from foundation.rowsecurity import acting_as, seeing
from residents.access import Viewer
from residents.models import Account, Resident
from tests import factories
from tests.factories import NOON

TODAY = NOON.date()
TOMORROW = TODAY + timedelta(days=1)


@dataclass(frozen=True)
class Clinic:
    """One doctor's morning at a facility, with its slots in order."""

    facility: Facility
    department: Department
    doctor: Practitioner
    session: Session
    slots: list[Slot]

    @property
    def slot(self) -> Slot:
        return fresh(self.slots[0])


def clinic(
    at: Facility, day: date = TOMORROW, places: int = 3, count: int = 2, of: Department | None = None, **fields: Any
) -> Clinic:
    """A doctor who sees people on `day` from nine o'clock, in `count` slots of `places`."""
    department = of or factories.department(at)
    doctor = factories.practitioner(department)
    session = factories.session(doctor, day, **fields)
    hour = 14 if session.period == "afternoon" else 9
    slots = [factories.slot(session, hour + n // 2, 30 * (n % 2), places) for n in range(count)]
    return Clinic(at, department, doctor, session, slots)


def rule(at: Facility, since: date = TODAY - timedelta(days=30), **fields: Any) -> Rule:
    return factories.made(Rule(facility=at, valid_from=since, **fields))


def returns_at_once() -> None:
    """The county lets a cancelled place be booked again at once."""
    since = NOON - timedelta(days=400)
    for name in ("returns_from_minutes", "returns_to_minutes"):
        factories.made(DatedSetting(key=f"appointments.{name}", value=0, valid_from=since))
        forget(f"appointments.{name}")


def fresh(slot: Slot) -> Slot:
    with acting_as("owner"):
        return Slot.objects.with_everything().get(pk=slot.pk)


def viewer(account: Account) -> Viewer:
    return Viewer(account.pk, account.name, account.resident_id, "127.0.0.1", "TEST")


def book(client: Client, account: Account, slot: Slot, now: datetime = NOON, form_key: Any = None) -> Booking:
    """Book with this browser's session, the way the view does."""
    with seeing(client.session.get(TOKEN)):
        return actions.book(slot=fresh(slot), viewer=viewer(account), form_key=form_key or uuid4(), now=now)


def cancel(client: Client, account: Account, booking: Booking, now: datetime = NOON) -> None:
    with seeing(client.session.get(TOKEN)):
        with transaction.atomic():
            found = Booking.objects.select_related("slot", "session").get(pk=booking.pk)
        actions.cancel(booking=found, viewer=viewer(account), now=now)


def held(resident: Resident, slot: Slot, booked_by: Any = None, booked_at: datetime | None = None) -> Booking:
    """A booking written by the owner, of any day; of an hour before the visit unless told."""
    session = fresh(slot).session
    return factories.made(
        Booking(
            resident=resident,
            slot=slot,
            session=session,
            facility=session.facility,
            department=session.department,
            date=session.date,
            period=session.period,
            form_key=uuid4(),
            booked_by=booked_by or uuid4(),
            booked_at=booked_at or slot.starts_at - timedelta(hours=1),
        )
    )


def live(slot: Slot) -> list[Booking]:
    """The live bookings of a slot, by number, as the owner sees them."""
    with acting_as("owner"):
        return list(Booking.objects.live().filter(slot=slot).order_by("number"))


def taken(slot: Slot) -> int:
    return fresh(slot).taken


def crowd(count: int) -> list[Account]:
    """People with accounts that may book."""
    return [factories.account(factories.resident(f"居民{n}")) for n in range(count)]
