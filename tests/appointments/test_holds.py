"""Places kept for a while: cancelled numbers on their way back, offers; counted like bookings, taken over by one."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from appointments import actions, holds, refusals
from appointments.models import Booking, Hold, Slot
from foundation.middleware import TOKEN
from foundation.rowsecurity import acting_as, seeing
from residents.models import Account, Resident
from tests import factories
from tests.appointments.scenes import book, cancel, clinic, fresh, rule, taken, viewer
from tests.appointments.test_places import refused, run
from tests.factories import NOON
from tests.people import People

SignedIn = Callable[[Account], Client]
At = Callable[[datetime], Any]


def offered(slot: Slot, to: Resident, minutes: int = 30) -> Hold:
    return factories.made(
        Hold(
            slot=slot,
            facility_id=slot.facility_id,
            kind=Hold.Kind.OFFER,
            resident=to,
            made_at=NOON,
            ends_at=NOON + timedelta(minutes=minutes),
        )
    )


def returning() -> list[Hold]:
    with acting_as("owner"):
        return list(Hold.objects.filter(kind=Hold.Kind.RETURNING))


def swept(now: datetime) -> int:
    with acting_as("worker"):
        return holds.give_back_due(now)


def test_a_cancelled_place_is_kept_from_everybody_for_a_random_while(people: People, lan: Client) -> None:
    rule(people.township, returns_from_minutes=30, returns_to_minutes=60)
    slot = clinic(people.township, places=1).slot
    cancel(lan, people.helanfang_account, book(lan, people.helanfang_account, slot))
    back = returning()[0].ends_at
    assert taken(slot) == 1
    assert NOON + timedelta(minutes=30) < back <= NOON + timedelta(minutes=60, seconds=2)


def test_no_two_places_come_back_at_one_moment(people: People, lan: Client) -> None:
    slot = clinic(people.township, places=3).slot
    for _ in range(3):
        cancel(lan, people.helanfang_account, book(lan, people.helanfang_account, slot))
    assert len({hold.ends_at for hold in returning()}) == 3


def test_then_the_sweep_gives_it_back_once(people: People, lan: Client) -> None:
    slot = clinic(people.township, places=1).slot
    cancel(lan, people.helanfang_account, book(lan, people.helanfang_account, slot))
    back = returning()[0].ends_at
    assert (swept(back - timedelta(seconds=1)), taken(slot)) == (0, 1)
    assert (swept(back), swept(back), taken(slot)) == (1, 0, 0)


def test_a_place_that_would_come_back_too_late_is_free_at_once(people: People, signed_in: SignedIn, at: At) -> None:
    slot = clinic(people.township, places=1).slot
    soon = slot.starts_at - timedelta(hours=2)
    with at(soon):
        lan = signed_in(people.helanfang_account)
        cancel(lan, people.helanfang_account, book(lan, people.helanfang_account, slot, now=soon), now=soon)
    assert (taken(slot), returning()) == (0, [])


def test_a_hold_is_counted_like_a_booking(people: People, lan: Client) -> None:
    slot = clinic(people.township, places=1).slot
    offered(slot, people.wangjianguo)
    with pytest.raises(refusals.SlotFull):
        book(lan, people.helanfang_account, slot)


def test_no_hold_begins_in_a_full_slot(people: People, lan: Client) -> None:
    slot = clinic(people.township, places=1).slot
    book(lan, people.helanfang_account, slot)
    with refused("slot_never_overbooked"):
        offered(slot, people.wangjianguo)


def accept(client: Client, account: Account, hold: Hold, now: datetime = NOON) -> Booking:
    with seeing(client.session.get(TOKEN)):
        return actions.book(slot=fresh(hold.slot), viewer=viewer(account), form_key=uuid4(), now=now, hold=hold)


def test_whom_a_place_is_kept_for_gets_it(people: People, lan: Client) -> None:
    slot = clinic(people.township, places=1).slot
    booking = accept(lan, people.helanfang_account, offered(slot, people.helanfang))
    assert (booking.number, taken(slot)) == (1, 1)


def test_a_place_kept_for_somebody_else_is_not_got(people: People, lan: Client) -> None:
    slot = clinic(people.township, places=2).slot
    with pytest.raises(refusals.HoldOver):
        accept(lan, people.helanfang_account, offered(slot, people.wangjianguo))
    assert taken(slot) == 1


def test_a_place_is_not_kept_longer_than_was_said(people: People, signed_in: SignedIn, at: At) -> None:
    hold = offered(clinic(people.township, places=1).slot, people.helanfang)
    with at(hold.ends_at), pytest.raises(refusals.HoldOver):
        accept(signed_in(people.helanfang_account), people.helanfang_account, hold, now=hold.ends_at)


def test_a_place_is_taken_over_once(people: People, lan: Client) -> None:
    slot = clinic(people.township, places=2).slot
    hold = offered(slot, people.helanfang)
    first = accept(lan, people.helanfang_account, hold)
    cancel(lan, people.helanfang_account, first)
    with pytest.raises(refusals.HoldOver):
        accept(lan, people.helanfang_account, hold)


@pytest.mark.parametrize("change", ["ended_at = NULL", "ends_at = ends_at + interval '1 day'", "resident_id = NULL"])
def test_a_hold_only_ends(people: People, change: str) -> None:
    offered(clinic(people.township).slot, people.helanfang)
    with refused("a hold only ends"):
        run("owner", f"UPDATE appointments_hold SET {change}")


def test_a_stranger_sees_no_hold(people: People, signed_in: SignedIn) -> None:
    offered(clinic(people.township).slot, people.helanfang)
    with seeing(signed_in(people.wangjianguo_account).session.get(TOKEN)):
        assert run("default", "SELECT * FROM appointments_hold") == 0
