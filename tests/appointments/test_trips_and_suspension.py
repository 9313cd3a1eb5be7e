"""Whoever is suspended at a facility books no trip there either."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from appointments import refusals
from appointments.trip_forms import text_of
from residents.models import Account
from tests.appointments.morning import count, hospital, take
from tests.appointments.scenes import rule
from tests.appointments.test_no_shows import miss
from tests.factories import NOON
from tests.people import People

SignedIn = Callable[[Account], Client]
At = Callable[[datetime], Any]


def test_whoever_is_suspended_books_no_trip_either(people: People, at: At, signed_in: SignedIn) -> None:
    rule(people.township, NOON.date() - timedelta(days=400), reports_attendance=True, no_shows_allowed=3)
    for days in (60, 30, 2):
        miss(people, at, days)
    with pytest.raises(refusals.Suspended):
        take(signed_in(people.hexiaoyu_account), people.hexiaoyu_account, hospital(people.township).steps())
    assert count() == 3


def test_the_page_of_a_trip_says_that_booking_is_suspended(people: People, at: At, signed_in: SignedIn) -> None:
    rule(people.township, NOON.date() - timedelta(days=400), reports_attendance=True, no_shows_allowed=3)
    for days in (60, 30, 2):
        miss(people, at, days)
    steps = [text_of(step) for step in hospital(people.township).steps()]
    address = reverse("appointments:trip_confirm", args=[people.township.pk])
    page = signed_in(people.hexiaoyu_account).get(address, {"step": steps}).content.decode()
    assert "暂停" in page
