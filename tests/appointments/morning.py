"""A hospital where one morning is enough: a doctor, blood on an empty stomach, an ultrasound."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from django.test import Client

from appointments import trips
from appointments.models import Booking, Service, Slot
from facilities.models import Facility
from foundation.middleware import TOKEN
from foundation.rowsecurity import acting_as, seeing
from residents.models import Account
from tests import factories
from tests.appointments.scenes import TOMORROW, Clinic, clinic, fresh, viewer
from tests.factories import NOON


@dataclass(frozen=True)
class Hospital:
    """Three clinics of tomorrow, and what two of them do."""

    doctor: Clinic
    laboratory: Clinic
    ultrasound: Clinic
    blood: Service
    scan: Service

    def steps(self, blood: int = 0, scan: int = 1, doctor: int = 3) -> list[trips.Step]:
        """Blood, scan and doctor at the half-hours of these numbers, from nine o'clock."""
        return [
            trips.Step(fresh(self.laboratory.slots[blood]), self.blood),
            trips.Step(fresh(self.ultrasound.slots[scan]), self.scan),
            trips.Step(fresh(self.doctor.slots[doctor])),
        ]


def service(of: Clinic, name: str, **fields: Any) -> Service:
    return factories.made(Service(facility=of.facility, department=of.department, name=name, **fields))


def hospital(at: Facility, day: date = TOMORROW, places: int = 3) -> Hospital:
    made: list[Clinic] = []
    for name in ("内科", "检验科", "超声科"):
        made.append(clinic(at, day, places=places, count=5, of=factories.department(at, name)))
    doctor, laboratory, ultrasound = made
    return Hospital(
        doctor,
        laboratory,
        ultrasound,
        service(laboratory, "空腹抽血", fasting=True, minutes=20),
        service(ultrasound, "腹部B超", minutes=40),
    )


def take(
    client: Client,
    account: Account,
    steps: Sequence[trips.Step],
    form_key: UUID | None = None,
    now: datetime = NOON,
) -> list[Booking]:
    """Book a trip with this browser's session, the way the view does."""
    with seeing(client.session.get(TOKEN)):
        return trips.book(steps=steps, viewer=viewer(account), form_key=form_key or uuid4(), now=now)


def count() -> int:
    with acting_as("owner"):
        return Booking.objects.count()


def all_taken(slots: Sequence[Slot]) -> int:
    return sum(fresh(slot).taken for slot in slots)
