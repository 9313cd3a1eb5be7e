"""Moving a booking: the old place is kept until the new one is held."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from django.test import Client

from appointments import actions, refusals
from appointments.models import Booking, Slot
from foundation.middleware import TOKEN
from foundation.rowsecurity import acting_as, seeing
from residents.models import Account
from tests.appointments.scenes import book, cancel, clinic, fresh, held, live, returns_at_once, rule, taken, viewer
from tests.factories import NOON
from tests.people import People

SignedIn = Callable[[Account], Client]
At = Callable[[datetime], Any]


def move(
    client: Client, account: Account, booking: Booking, to: Slot, form_key: UUID | None = None, now: datetime = NOON
) -> Booking:
    with seeing(client.session.get(TOKEN)):
        with transaction.atomic():
            found = Booking.objects.with_everything().get(pk=booking.pk)
        return actions.move(booking=found, to=fresh(to), viewer=viewer(account), form_key=form_key or uuid4(), now=now)


def test_a_moved_booking_leaves_one_and_names_the_one_before(people: People, lan: Client) -> None:
    returns_at_once()
    one, two = clinic(people.township).slots
    old = book(lan, people.helanfang_account, one)
    new = move(lan, people.helanfang_account, old, two)
    old.refresh_from_db(using="owner")
    assert (old.status, old.ended, new.moved_from_id) == ("cancelled", "moved", old.pk)
    assert (taken(one), taken(two)) == (0, 1)


def test_where_the_new_time_is_full_the_old_one_stays(people: People, lan: Client) -> None:
    one, two = clinic(people.township, places=1).slots
    old = book(lan, people.helanfang_account, one)
    held(people.wangjianguo, two)
    with pytest.raises(refusals.SlotFull):
        move(lan, people.helanfang_account, old, two)
    assert [booking.pk for booking in live(one)] == [old.pk]


def test_the_same_form_again_is_the_same_booking(people: People, lan: Client) -> None:
    one, two = clinic(people.township).slots
    old, key = book(lan, people.helanfang_account, one), uuid4()
    assert move(lan, people.helanfang_account, old, two, key) == move(lan, people.helanfang_account, old, two, key)


def test_a_booking_is_moved_so_often_and_no_more(people: People, lan: Client) -> None:
    returns_at_once()
    rule(people.township, moves_per_booking=2)
    one, two = clinic(people.township).slots
    booking = book(lan, people.helanfang_account, one)
    booking = move(lan, people.helanfang_account, booking, two)
    booking = move(lan, people.helanfang_account, booking, one)
    with pytest.raises(refusals.MovedTooOften):
        move(lan, people.helanfang_account, booking, two)
    assert len(live(one)) == 1


def test_past_the_cut_off_a_booking_is_not_moved(people: People, signed_in: SignedIn, at: At) -> None:
    one, two = clinic(people.township).slots
    booking = book(signed_in(people.helanfang_account), people.helanfang_account, one)
    late = one.starts_at - timedelta(minutes=59)
    with at(late), pytest.raises(refusals.TooLateToCancel):
        move(signed_in(people.helanfang_account), people.helanfang_account, booking, two, now=late)


def test_a_cancelled_booking_is_not_moved(people: People, lan: Client) -> None:
    one, two = clinic(people.township).slots
    booking = book(lan, people.helanfang_account, one)
    cancel(lan, people.helanfang_account, booking)
    with pytest.raises(refusals.NotTheirs):
        move(lan, people.helanfang_account, booking, two)


def test_moving_to_the_same_time_changes_nothing(people: People, lan: Client) -> None:
    one = clinic(people.township).slots[0]
    booking = book(lan, people.helanfang_account, one)
    with pytest.raises(refusals.AlreadyBooked):
        move(lan, people.helanfang_account, booking, one)


def test_two_who_exchange_their_times_at_once_both_hold_one(
    people: People, signed_in: SignedIn, racers: Callable[[int], Any]
) -> None:
    """Both lock both slots in one order; nobody waits for the other for ever."""
    returns_at_once()
    rule(people.township, moves_per_booking=1000)
    one, two = clinic(people.township, places=2).slots
    who = [people.helanfang_account, people.wangjianguo_account]
    clients = [signed_in(account) for account in who]
    bookings = [book(clients[0], who[0], one), book(clients[1], who[1], two)]
    race = racers(2)
    for _ in range(6):
        places = [two if booking.slot_id == one.pk else one for booking in bookings]
        deeds = zip(clients, who, bookings, places, strict=True)
        bookings = race.run([partial(move, *deed) for deed in deeds])
    with acting_as("owner"):
        assert Booking.objects.live().count() == 2
    assert taken(one) + taken(two) == 2
