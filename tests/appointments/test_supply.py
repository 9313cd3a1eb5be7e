"""Weekly patterns, days that differ, and what is still being prepared: what the database keeps to."""

from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test import Client

from appointments import refusals
from appointments.models import Deed, Rota, RotaException
from facilities.models import Practitioner
from foundation.rowsecurity import acting_as
from residents.models import Account
from tests import factories
from tests.appointments.scenes import TOMORROW, book, cancel, clinic
from tests.appointments.test_places import refused, run
from tests.factories import NOON, made
from tests.people import People

SignedIn = Callable[[Account], Client]


def rota(doctor: Practitioner, since: date = TOMORROW, until: date | None = None, **fields: Any) -> Rota:
    return made(
        Rota(
            **{
                "facility": doctor.facility,
                "department": doctor.department,
                "practitioner": doctor,
                "weekday": 1,
                "period": "morning",
                "start": time(8),
                "end": time(12),
                "capacity": 3,
                "valid": DateRange(since, until),
                "by": uuid4(),
                "made_at": NOON,
            }
            | fields
        )
    )


@pytest.fixture
def doctor(people: People) -> Practitioner:
    return factories.practitioner(factories.department(people.township))


def test_a_doctor_has_one_pattern_for_a_half_day_at_a_time(doctor: Practitioner) -> None:
    rota(doctor)
    with refused("rotas_of_a_doctor_never_overlap"):
        rota(doctor, TOMORROW + timedelta(days=40))


def test_one_pattern_follows_another(doctor: Practitioner) -> None:
    rota(doctor, until=TOMORROW + timedelta(days=40))
    rota(doctor, TOMORROW + timedelta(days=40))


def test_hours_that_meet_are_one_half_day_too(doctor: Practitioner) -> None:
    rota(doctor)
    with refused("rotas_of_a_doctor_never_overlap"):
        rota(doctor, period="afternoon", start=time(11), end=time(15))


def test_a_doctor_from_elsewhere_comes_as_one(people: People, doctor: Practitioner) -> None:
    host = factories.department(people.county)
    with refused("rota_agrees_with_its_facility"):
        rota(doctor, facility=people.county, department=host)
    assert rota(doctor, facility=people.county, department=host, outreach=True).outreach


def test_a_pattern_is_ended_and_not_rewritten(doctor: Practitioner) -> None:
    rota(doctor)
    with refused("a rota is ended"):
        run("owner", "UPDATE appointments_rota SET capacity = 9")
    run("owner", "UPDATE appointments_rota SET valid = daterange(lower(valid), %s)", [TOMORROW + timedelta(days=9)])


def test_an_extra_clinic_says_everything(doctor: Practitioner) -> None:
    with refused("extra_clinic_is_complete"):
        made(
            RotaException(
                kind="extra", facility=doctor.facility, practitioner=doctor, date=TOMORROW, by=uuid4(), made_at=NOON
            )
        )


def test_what_is_being_prepared_is_not_booked_nor_seen(people: People, lan: Client) -> None:
    morning = clinic(people.township, state="draft")
    page = lan.get(f"/appointments/practitioners/{morning.doctor.pk}/").content.decode()
    assert "上午" not in page
    assert lan.get(f"/appointments/sessions/{morning.session.pk}/").status_code == 404
    with pytest.raises(refusals.SessionStopped):
        book(lan, people.helanfang_account, morning.slots[0])


def test_what_was_open_is_not_prepared_again(people: People) -> None:
    clinic(people.township)
    with refused("not prepared again"):
        run("owner", "UPDATE appointments_session SET state = 'draft'")


def test_a_stopped_half_day_leaves_room_for_another(people: People) -> None:
    morning = clinic(people.township, state="stopped", count=0)
    assert factories.session(morning.doctor, TOMORROW)


def test_every_booking_and_its_end_leave_a_line_that_names_nobody(people: People, lan: Client) -> None:
    morning = clinic(people.township)
    cancel(lan, people.helanfang_account, book(lan, people.helanfang_account, morning.slot))
    with acting_as("owner"):
        lines = list(Deed.objects.order_by("id").values_list("kind", "channel", "ended", "days_ahead"))
    assert lines == [("booked", "elder", "", 1), ("cancelled", "elder", "person", 1)]
    assert not {"resident", "resident_id"} & {field.name for field in Deed._meta.get_fields()}


@pytest.mark.parametrize("deed", ["UPDATE appointments_deed SET kind = 'no_show'", "DELETE FROM appointments_deed"])
def test_nobody_rewrites_the_trail(people: People, lan: Client, deed: str) -> None:
    book(lan, people.helanfang_account, clinic(people.township).slot)
    for login in ("owner", "worker", "default"):
        with pytest.raises(Exception, match="denied|never|refused|permission|not"):
            run(login, deed)
