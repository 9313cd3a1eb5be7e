"""Which rule holds: the narrower goes before the wider, term by term; and what each cap says no to."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from appointments import refusals
from appointments.terms import COUNTY, terms_for
from foundation.rowsecurity import acting_as
from residents.models import Account
from tests.appointments.scenes import TODAY, TOMORROW, book, clinic, held, rule
from tests.factories import NOON
from tests.people import People

SignedIn = Callable[[Account], Client]
At = Callable[[datetime], Any]


def test_each_term_comes_from_the_narrowest_rule_that_has_it(people: People) -> None:
    morning = clinic(people.township, kind="expert")
    rule(people.township, window_days=10, cancel_days_before=1, offer_minutes=5)
    rule(people.township, number_kind="expert", window_days=20, offer_minutes=6)
    rule(people.township, department=morning.department, window_days=30)
    rule(people.township, department=morning.department, number_kind="expert", moves_per_booking=1)
    with acting_as("owner"):
        terms = terms_for(people.township.pk, morning.department.pk, NOON, "expert")
    found = (terms.moves_per_booking, terms.window_days, terms.offer_minutes, terms.cancel_days_before)
    assert (found, terms.live_bookings_per_person) == ((1, 30, 6, 1), 3)


@pytest.mark.parametrize("name", sorted(COUNTY))
def test_the_database_finds_the_same_rule(people: People, name: str) -> None:
    morning = clinic(people.township, kind="expert")
    special = {"release_time": time(6, 30), "close_time": time(15), "cancel_time": time(12), "waiting": "all_at_once"}
    value = {**special, "reports_attendance": True}.get(name, 7)
    both = {"returns_from_minutes": 7, "returns_to_minutes": 7} if name.startswith("returns") else {}
    rule(people.township, number_kind="expert", **{name: value, **both})
    rule(people.township, department=morning.department)
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT app.booking_term(%s, %s, %s, 'expert', %s) #>> '{}'",
            [name, people.township.pk, morning.department.pk, TODAY],
        )
        theirs = cursor.fetchone()[0]
    with acting_as("owner"):
        ours = getattr(terms_for(people.township.pk, morning.department.pk, NOON, "expert"), name)
    assert theirs == ("true" if ours is True else str(ours))


def test_a_rule_to_come_does_not_hold_yet(people: People) -> None:
    rule(people.township, TOMORROW, window_days=30)
    with acting_as("owner"):
        assert terms_for(people.township.pk, None, NOON).window_days == 7


def cap(people: People, lan: Client, day: date = TOMORROW, **limits: int) -> refusals.TooMany:
    """What stands against one more booking, after one in the same department and one elsewhere the same day."""
    rule(people.township, **{"live_bookings_per_person": 9, **limits})
    first = clinic(people.township)
    book(lan, people.helanfang_account, first.slot)
    second = clinic(people.township, day, period="afternoon", of=first.department)
    with pytest.raises(refusals.TooMany) as refused:
        book(lan, people.helanfang_account, second.slots[1])
    return refused.value


def test_so_many_a_day_and_from_when_again(people: People, lan: Client) -> None:
    refusal = cap(people, lan, bookings_per_day=1)
    assert (refusal.cap, refusal.limit, refusal.until.date()) == ("bookings_per_day", 1, TOMORROW + timedelta(days=1))


def test_so_many_ahead_in_a_department(people: People, lan: Client) -> None:
    refusal = cap(people, lan, TOMORROW + timedelta(days=1), bookings_per_department=1)
    assert (refusal.cap, refusal.limit) == ("bookings_per_department", 1)


def test_so_many_in_a_period_counting_visits_that_were(people: People, lan: Client) -> None:
    for days in (3, 5):
        held(people.helanfang, clinic(people.township, TODAY - timedelta(days=days)).slots[0])
    rule(people.township, period_days=30, bookings_per_period=2)
    with pytest.raises(refusals.TooMany) as refused:
        book(lan, people.helanfang_account, clinic(people.township).slot)
    assert (refused.value.cap, refused.value.until.date()) == ("bookings_per_period", TODAY + timedelta(days=25))


def test_on_line_booking_closes_at_the_rules_time(people: People, signed_in: SignedIn, at: At) -> None:
    rule(people.township, close_days_before=1, close_time=time(17))
    slot = clinic(people.township).slot
    late = NOON.replace(hour=17)
    with at(late), pytest.raises(refusals.Closed):
        book(signed_in(people.helanfang_account), people.helanfang_account, slot, now=late)
    before = late - timedelta(seconds=1)
    with at(before):
        book(signed_in(people.helanfang_account), people.helanfang_account, slot, now=before)
