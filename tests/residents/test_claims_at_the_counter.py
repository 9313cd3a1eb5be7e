"""At the counter a number that somebody else claimed is taken over."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from appointments.models import Booking
from foundation.rowsecurity import acting_as
from residents.models import Account
from tests import factories
from tests.factories import id_number
from tests.people import People
from tests.residents.door import by_password, is_in
from tests.residents.registering import register
from tests.residents.test_counter import NOBODY, desk, issue, read, shown

__all__ = ["desk"]


@pytest.fixture
def claim(people: People) -> Account:
    """Somebody registered on line with a number of 钱来顺, whom the township knows."""
    factories.resident("钱来顺", id_number(sequence=902), facility=people.township)
    register(Client(), id_number(sequence=902), "冒名者")
    with acting_as("owner"):
        return Account.objects.get(resident__name="冒名者")


def booked(claim: Account, people: People, hour: int = 9, **fields: Any) -> Booking:
    """A place of the claim tomorrow."""
    department = factories.department(people.county, f"科室{hour}")
    session = factories.session(factories.practitioner(department), timezone.localdate() + timedelta(days=1))
    slot = factories.slot(session, hour)
    return factories.made(
        Booking(
            resident_id=claim.resident_id,
            slot=slot,
            session=session,
            facility=session.facility,
            department=department,
            date=session.date,
            period=session.period,
            form_key=factories.uuid7(),
            booked_by=claim.pk,
            booked_at=timezone.now(),
            **fields,
        )
    )


def test_a_claim_on_the_number_is_shown_and_closes_the_printer(people: People, desk: Client, claim: Account) -> None:
    read(desk, id_number(sequence=902))
    assert "冒名者" in shown(desk)
    assert desk.post(reverse("staff:counter_issue")).url == reverse("staff:counter_person")


def test_taking_the_number_over_closes_the_claim(people: People, desk: Client, claim: Account) -> None:
    squatter = Client()
    by_password(squatter, id_number(sequence=902))
    read(desk, id_number(sequence=902))
    desk.post(reverse("staff:counter_take_over"))
    by_password(again := Client(), id_number(sequence=902))
    assert not is_in(squatter) and not is_in(again) and "冒名者" not in shown(desk)


def test_after_taking_over_a_slip_is_printed(people: People, desk: Client, claim: Account) -> None:
    read(desk, id_number(sequence=902))
    desk.post(reverse("staff:counter_take_over"))
    assert issue(desk)


def test_the_claims_bookings_are_kept_or_given_up_as_the_person_says(
    people: People, desk: Client, claim: Account
) -> None:
    wanted, unwanted = booked(claim, people, 9), booked(claim, people, 10)
    read(desk, id_number(sequence=902))
    assert "科室9" in shown(desk) and "科室10" in shown(desk)
    desk.post(reverse("staff:counter_take_over"), {f"booking-{wanted.pk}": "keep", f"booking-{unwanted.pk}": "cancel"})
    with acting_as("owner"):
        live = Booking.objects.exclude(status="cancelled")
        assert [(b.resident.name, b.slot_id) for b in live] == [("钱来顺", wanted.slot_id)]


def test_a_place_that_is_kept_is_never_free_in_between(people: People, desk: Client, claim: Account) -> None:
    booking = booked(claim, people)
    read(desk, id_number(sequence=902))
    desk.post(reverse("staff:counter_take_over"), {f"booking-{booking.pk}": "keep"})
    booking.slot.refresh_from_db(using="owner")
    assert booking.slot.taken == 1


def test_strikes_of_the_claim_do_not_fall_on_the_person(people: People, desk: Client, claim: Account) -> None:
    booked(claim, people, status="no_show")
    read(desk, id_number(sequence=902))
    desk.post(reverse("staff:counter_take_over"))
    with acting_as("owner"):
        assert not Booking.objects.filter(resident__name="钱来顺").exists()


def test_a_new_person_takes_the_number_over_too(people: People, desk: Client) -> None:
    register(Client(), NOBODY, "冒名者")
    read(desk, f"{NOBODY} 孙新来")
    desk.post(reverse("staff:counter_new"), {"name": "孙新来"})
    assert "冒名者" in shown(desk)
