"""An SMS that comes late answers what it was about, or nothing."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from appointments.models import Booking
from foundation.rowsecurity import acting_as
from residents import answers, messages_port, replies
from residents.messages_port import Reply
from residents.models import Account
from tests.appointments.reminding import booked, refused, remind, reply, state
from tests.appointments.scenes import book, clinic, rule
from tests.appointments.waiting_scenes import join, offers, sweep
from tests.factories import NOON
from tests.people import People
from tests.residents.door import work
from tests.residents.test_messages_rules import Phone

YU_PHONE = "19900000003"
EARLY = NOON.replace(hour=8)
SignedIn = Callable[[Account], Client]
At = Callable[[datetime], Any]


@pytest.fixture
def visit_and_offer(people: People, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch) -> Booking:
    """贺小雨 was reminded of a visit, and then a place she waits for was offered to her telephone."""
    monkeypatch.setattr(messages_port, "sms", Phone)
    yu = signed_in(people.hexiaoyu_account)
    visit = booked(yu, people.hexiaoyu_account, people)
    remind()
    rule(people.county, returns_from_minutes=120, returns_to_minutes=180)
    found = clinic(people.county, places=1, count=1, period="afternoon")
    join(yu, people.hexiaoyu_account, found)
    sweep()
    work()
    return visit


def test_no_to_an_offer_that_has_gone_cancels_no_visit(visit_and_offer: Booking, at: At) -> None:
    (offer,) = offers()
    late = offer.ends_at + timedelta(minutes=5)
    with at(late):
        assert reply("2", YU_PHONE, now=late) == "unclear"
    assert state(visit_and_offer).status == "booked"


def test_no_to_a_visit_that_has_begun_cancels_no_other(people: People, signed_in: SignedIn, at: At) -> None:
    yu = signed_in(people.hexiaoyu_account)
    booked(yu, people.hexiaoyu_account, people)
    other = book(yu, people.hexiaoyu_account, clinic(people.township, NOON.date() + timedelta(days=7)).slot, EARLY)
    remind()
    late = NOON.replace(hour=9, minute=5) + timedelta(days=1)
    with at(late):
        assert reply("2", YU_PHONE, now=late) == "unclear"
    assert state(other).status == "booked"


def test_no_answer_counts_for_a_question_that_came_after_it(people: People, signed_in: SignedIn) -> None:
    visit = booked(signed_in(people.hexiaoyu_account), people.hexiaoyu_account, people)
    with acting_as("worker"):
        replies.keep([Reply("early", YU_PHONE, "2")], NOON - timedelta(minutes=1))
    remind()
    with acting_as("worker"):
        answers.read(NOON)
    assert state(visit).status == "booked"


def test_whoever_got_an_old_number_stops_nobodys_reminders(people: People, signed_in: SignedIn) -> None:
    booked(signed_in(people.hexiaoyu_account), people.hexiaoyu_account, people)
    remind()
    with acting_as("owner"):
        account = Account.objects.get(pk=people.hexiaoyu_account.pk)
        account.phone = "19900000098"
        account.save()
    reply("T", YU_PHONE)
    assert refused() == set()
