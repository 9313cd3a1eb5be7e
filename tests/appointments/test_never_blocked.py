"""Whom a suspension of web booking never keeps from a place: elders, and whoever has staff beside them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from appointments import actions
from appointments.models import Booking
from foundation.middleware import TOKEN
from foundation.rowsecurity import acting_as, seeing
from residents.models import Account, Opening, Resident
from residents.models.access import Capacity
from tests import factories
from tests.appointments.scenes import TODAY, book, clinic, rule, viewer
from tests.appointments.test_desk_day import opened
from tests.appointments.test_no_shows import ends, miss
from tests.factories import NOON
from tests.people import People
from tests.portal.test_assisted import card, help_with

SignedIn = Callable[[Account], Client]
At = Callable[[datetime], Any]
NUMBER = factories.id_number(date(1985, 7, 9), 22)


@pytest.fixture(autouse=True)
def suspended(people: People, at: At) -> None:
    """贺小雨 missed two visits at the township and may not book there on line for 28 days."""
    terms = {"no_shows_allowed": 2, "no_show_days": 90, "suspension_days": 30}
    rule(people.township, TODAY - timedelta(days=400), reports_attendance=True, **terms)
    for days in (9, 2):
        miss(people, at, days)
    assert ends(people) == NOON + timedelta(days=28)


def channels() -> list[str]:
    with acting_as("owner"):
        return list(Booking.objects.filter(status="booked").values_list("channel", flat=True))


@pytest.mark.parametrize("channel", ["desk", "phone"])
def test_the_desk_books_for_them(people: People, signed_in: SignedIn, channel: str) -> None:
    desk = opened(signed_in(people.zhangqiantai), people, NUMBER)
    with acting_as("owner"):
        opening = Opening.objects.get()
    open_now = {"resident_id": opening.resident_id, "opening_id": opening.pk, "facility_id": opening.facility_id}
    at_counter = replace(viewer(people.zhangqiantai), capacity=Capacity.COUNTER, **open_now)
    slot = clinic(people.township).slot
    with seeing(desk.session.get(TOKEN)):
        actions.book(slot=slot, viewer=at_counter, form_key=uuid4(), now=NOON, desk=channel)
    assert channels() == [channel]


def test_a_village_doctor_beside_them_books_for_them(people: People, signed_in: SignedIn) -> None:
    helping = signed_in(people.licunyi)
    help_with(helping, card(people.hexiaoyu), people.township, "book")
    slot = clinic(people.township).slots[0]
    helping.post(reverse("appointments:confirm", args=[slot.pk]), {"form_key": str(uuid4())})
    assert len(channels()) == 1


def test_by_themselves_they_are_refused_and_nothing_is_written(people: People, signed_in: SignedIn) -> None:
    slot = clinic(people.township).slots[0]
    answer = signed_in(people.hexiaoyu_account).post(
        reverse("appointments:confirm", args=[slot.pk]), {"form_key": str(uuid4())}
    )
    assert "网上预约暂停了" in answer.content.decode()
    assert channels() == []


def test_whoever_reaches_the_age_is_not_suspended_any_more(people: People, signed_in: SignedIn) -> None:
    with acting_as("owner"):
        Resident.objects.filter(pk=people.hexiaoyu.pk).update(birth_date=TODAY.replace(year=TODAY.year - 65))
    assert ends(people) is None
    book(signed_in(people.hexiaoyu_account), people.hexiaoyu_account, clinic(people.township).slot)
    assert channels() == ["elder"]


def test_a_day_before_that_birthday_they_still_are(people: People) -> None:
    born = (TODAY + timedelta(days=1)).replace(year=TODAY.year - 65)
    with acting_as("owner"):
        Resident.objects.filter(pk=people.hexiaoyu.pk).update(birth_date=born)
    assert ends(people) is not None
