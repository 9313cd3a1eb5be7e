"""Whoever only said who they are may hold two bookings, whichever way they ask."""

from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from django.db import IntegrityError, connections
from django.test import Client
from django.urls import reverse

from appointments import refusals
from appointments.models import Booking
from foundation.rowsecurity import acting_as
from residents.models import Account, Resident
from tests import factories
from tests.appointments.scenes import Clinic, book, cancel, clinic, held
from tests.factories import id_number
from tests.people import People

NUMBER = id_number(sequence=831)


@pytest.fixture
def newcomer(people: People) -> Account:
    return factories.account(factories.resident("赵新民", NUMBER, provisional=True), level=1)


@pytest.fixture
def his(newcomer: Account, signed_in: Callable[[Account], Client]) -> Client:
    return signed_in(newcomer)


@pytest.fixture
def clinics(people: People) -> list[Clinic]:
    """Three mornings at three places, at different hours."""
    return [clinic(at, count=4) for at in (people.township, people.county, factories.facility())]


def live_of(newcomer: Account) -> int:
    with acting_as("owner"):
        return Booking.objects.live().filter(resident_id=newcomer.resident_id).count()


def test_two_bookings_are_held(his: Client, newcomer: Account, clinics: list[Clinic]) -> None:
    for place in (0, 1):
        book(his, newcomer, clinics[place].slots[place])
    assert live_of(newcomer) == 2


def test_a_third_is_refused(his: Client, newcomer: Account, clinics: list[Clinic]) -> None:
    for place in (0, 1):
        book(his, newcomer, clinics[place].slots[place])
    with pytest.raises(refusals.SelfRegistered):
        book(his, newcomer, clinics[2].slots[2])


def test_after_giving_one_back_another_may_be_taken(his: Client, newcomer: Account, clinics: list[Clinic]) -> None:
    first = book(his, newcomer, clinics[0].slots[0])
    book(his, newcomer, clinics[1].slots[1])
    cancel(his, newcomer, first)
    book(his, newcomer, clinics[2].slots[2])
    assert live_of(newcomer) == 2


def test_the_database_refuses_a_third_by_itself(newcomer: Account, clinics: list[Clinic]) -> None:
    with acting_as("owner"):
        person = Resident.objects.get(pk=newcomer.resident_id)
    held(person, clinics[0].slots[0])
    held(person, clinics[1].slots[1])
    with pytest.raises(IntegrityError, match="self-registered"):
        held(person, clinics[2].slots[2])


def test_of_three_sent_at_once_the_database_takes_two(newcomer: Account, clinics: list[Clinic]) -> None:
    with acting_as("owner"):
        person = Resident.objects.get(pk=newcomer.resident_id)
    start = Barrier(3)
    refused: list[str] = []

    def ask(place: int) -> None:
        start.wait()
        try:
            held(person, clinics[place].slots[place])
        except IntegrityError as error:
            refused.append(str(error))
        connections.close_all()

    askers = [Thread(target=ask, args=[place]) for place in range(3)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert (live_of(newcomer), len(refused)) == (2, 1)


def test_whoever_was_seen_holds_three(people: People, lan: Client, clinics: list[Clinic]) -> None:
    for place in range(3):
        book(lan, people.helanfang_account, clinics[place].slots[place])
    assert live_of(people.helanfang_account) == 3


def test_the_pages_say_to_show_the_card(his: Client, newcomer: Account, clinics: list[Clinic]) -> None:
    asked = his.get(reverse("appointments:confirm", args=[clinics[0].slots[0].pk])).content.decode()
    booking = book(his, newcomer, clinics[0].slots[0])
    told = his.get(reverse("appointments:booking", args=[booking.pk])).content.decode()
    assert "就诊当天请出示身份证" in asked and "就诊当天请出示身份证" in told


def test_whoever_was_seen_is_not_told_so(people: People, lan: Client, clinics: list[Clinic]) -> None:
    asked = lan.get(reverse("appointments:confirm", args=[clinics[0].slots[0].pk])).content.decode()
    assert "就诊当天请出示身份证" not in asked
