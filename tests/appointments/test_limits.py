"""How fast one may try: programs are slowed, people behind one address never are; and a race against programs."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.db import DatabaseError, connections, transaction
from django.test import Client
from django.urls import reverse

from appointments import limits
from appointments.models import Booking, Slot
from appointments.refusals import TooFast
from foundation.dated import forget
from foundation.models import DatedSetting
from foundation.rowsecurity import acting_as
from residents.access import Viewer
from residents.models import Account, Resident
from tests import factories
from tests.appointments.scenes import clinic, fresh, viewer
from tests.appointments.test_places import INSERT, row
from tests.factories import NOON
from tests.people import People

SignedIn = Callable[[Account], Client]


@pytest.fixture(autouse=True)
def nothing_counted() -> None:
    cache.clear()


def tries(who: Viewer, count: int, now: datetime = NOON) -> int:
    """How many of `count` tries are taken."""
    taken = 0
    for _ in range(count):
        try:
            limits.count_try(who, now)
        except TooFast:
            continue
        taken += 1
    return taken


def somebody(address: str = "203.0.113.7") -> Viewer:
    return Viewer(uuid4(), "某人", uuid4(), address, "TEST")


def test_one_account_tries_fifteen_times_a_minute() -> None:
    assert tries(somebody(), 40) == 15


def test_the_refusal_says_when_to_come_back_and_then_it_is_taken() -> None:
    who = somebody()
    tries(who, 15)
    with pytest.raises(TooFast) as refusal:
        limits.count_try(who, NOON)
    assert refusal.value.until == NOON + timedelta(minutes=1)
    assert tries(who, 1, refusal.value.until) == 1


def test_sixty_patients_behind_one_clinics_address_are_not_slowed() -> None:
    assert sum(tries(somebody(), 3) for _ in range(60)) == 180


def test_ten_accounts_driven_from_one_address_are() -> None:
    # Three calm tries each, and sixty hasty ones in all.
    assert sum(tries(somebody(), 15) for _ in range(10)) == 10 * 3 + 60


def test_a_shared_address_is_never_slowed(people: People) -> None:
    factories.made(DatedSetting(key="sessions.shared_addresses", value=["203.0.113.0/24"], valid_from=NOON))
    forget("sessions.shared_addresses")
    assert sum(tries(somebody(), 15) for _ in range(7)) == 105
    forget("sessions.shared_addresses")


def test_an_address_of_version_six_counts_by_its_line() -> None:
    lines = [somebody(f"2001:db8:0:1::{n:x}") for n in range(8)]
    assert sum(tries(who, 15) for who in lines) == 8 * 3 + 60


def test_the_page_says_wait_and_writes_nothing(people: People, signed_in: SignedIn) -> None:
    slot = clinic(people.township).slot
    tries(replace(viewer(people.hexiaoyu_account)), 15)
    page = signed_in(people.hexiaoyu_account).post(
        reverse("appointments:confirm", args=[slot.pk]), {"form_key": uuid4()}
    )
    assert "点得太快了" in page.content.decode()
    with acting_as("owner"):
        assert not Booking.objects.exists()


def people_of(count: int, year: int, since: int) -> list[Resident]:
    made = [Resident(name=f"居民{since + n}", birth_date=date(year, 1, 1), sex="2") for n in range(count)]
    with acting_as("owner"):
        return Resident.objects.bulk_create(made)


def taken_by(morning: Any, slot: Slot, person: Resident) -> bool:
    """One asker's plain statement, past every rule in Python: whether the database gave the place."""
    facts = {"slot": slot.pk, "at": NOON}
    try:
        with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
            cursor.execute(INSERT, row(morning, person, **facts))
    except DatabaseError:
        return False
    return True


def test_a_thousand_fast_programs_do_not_empty_the_places_of_a_hundred_elders(people: People) -> None:
    """The programs are all through before the first elder has found the button; 40 of 100 places are the elders'."""
    morning = clinic(people.county, places=25, count=4)
    with acting_as("owner"):
        kept = Slot.objects.filter(session=morning.session)
        kept.update(reserved_elder=10, reserves_end_at=NOON + timedelta(hours=5))
    fast, slow = people_of(1000, 1990, 0), people_of(100, 1950, 1000)
    got_fast = sum(_any(morning, person) for person in fast)
    got_slow = sum(_any(morning, person) for person in slow)
    assert (got_fast, got_slow) == (60, 40)
    assert [fresh(slot).taken for slot in morning.slots] == [25] * 4


def _any(morning: Any, person: Resident) -> bool:
    """Tries all four times, as a program would, and as an elder does whom the page offers what is left."""
    return any(taken_by(morning, slot, person) for slot in morning.slots)
