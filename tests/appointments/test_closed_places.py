"""A facility, department or doctor that is closed takes no bookings, also through an address that somebody kept."""

import pytest
from django.test import Client

from appointments import refusals
from appointments.models import Booking, Slot
from foundation.rowsecurity import acting_as
from tests.appointments.scenes import book, clinic
from tests.factories import NOON
from tests.people import People

CLOSED = [
    ("facility", "is_active"),
    ("department", "is_active"),
    ("department", "takes_bookings"),
    ("doctor", "is_active"),
]


@pytest.mark.parametrize(("what", "mark"), CLOSED)
def test_what_is_closed_takes_no_booking(people: People, lan: Client, what: str, mark: str) -> None:
    place = clinic(people.township)
    slot = place.slot
    with acting_as("owner"):
        closed = getattr(place, what)
        type(closed).objects.filter(pk=closed.pk).update(**{mark: False})
        assert not Slot.objects.bookable(NOON).exists()
    with pytest.raises(refusals.SessionStopped):
        book(lan, people.helanfang_account, place.slot)
    with acting_as("owner"):
        assert not Booking.objects.filter(slot=slot).exists()


def test_the_control_an_open_place_takes_one(people: People, lan: Client) -> None:
    place = clinic(people.township)
    with acting_as("owner"):
        assert Slot.objects.bookable(NOON).count() == 2
    assert book(lan, people.helanfang_account, place.slot).number == 1
