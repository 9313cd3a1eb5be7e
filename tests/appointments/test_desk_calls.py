"""The calls a desk owes: listed by due date with the number, made once, and the number forgotten then."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client
from django.urls import reverse

from appointments.models import Booking, CallBack
from foundation.rowsecurity import acting_as
from residents import messages_port
from residents.models import AccessEvent, Account
from tests.appointments.reminding import LAN_PHONE, booked, calls, remind, reply
from tests.appointments.scenes import TOMORROW
from tests.factories import NOON
from tests.people import People
from tests.residents.test_messages_rules import Phone

SignedIn = Callable[[Account], Client]
At = Callable[[datetime], Any]
PAGE = "staff:calls"


@pytest.fixture
def visit(lan: Client, people: People, monkeypatch: pytest.MonkeyPatch) -> Booking:
    """贺兰芳 was reminded of her visit."""
    monkeypatch.setattr(messages_port, "sms", Phone)
    made = booked(lan, people.helanfang_account, people)
    remind()
    return made


@pytest.fixture
def owed(visit: Booking) -> CallBack:
    """She answered "0"."""
    reply("0")
    return calls()[0]


@pytest.fixture
def desk(people: People, signed_in: SignedIn) -> Client:
    return signed_in(people.zhangqiantai)


def made(desk: Client, owed: CallBack) -> Any:
    return desk.post(reverse(PAGE), {"call": str(owed.pk)}, follow=True)


def test_the_desk_reads_whom_to_ring_and_by_when(desk: Client, owed: CallBack) -> None:
    page = desk.get(reverse(PAGE)).content.decode()
    assert all(words in page for words in ("贺兰芳", LAN_PHONE, "明天 11月23日"))


def test_looking_at_the_list_leaves_a_line(desk: Client, owed: CallBack) -> None:
    desk.get(reverse(PAGE))
    with acting_as("owner"):
        assert AccessEvent.objects.filter(action="staff.listed", subject_kind="appointments.callback").exists()


def test_a_call_that_was_made_is_off_the_list_and_its_number_forgotten(
    people: People, desk: Client, owed: CallBack
) -> None:
    assert "已登记" in made(desk, owed).content.decode()
    (done,) = calls()
    assert (done.done_at, done.done_by, done.phone) == (NOON, people.zhangqiantai.pk, None)
    assert LAN_PHONE not in desk.get(reverse(PAGE)).content.decode()


def test_the_person_reads_in_their_log_that_they_were_rung_up(people: People, desk: Client, owed: CallBack) -> None:
    made(desk, owed)
    with acting_as("owner"):
        assert (
            AccessEvent.objects.filter(resident_id=people.helanfang.pk, action="appointments.called_back").count() == 1
        )


def test_a_call_is_made_once(desk: Client, owed: CallBack) -> None:
    made(desk, owed)
    assert "已经有人打过了" in made(desk, owed).content.decode()


def test_after_the_call_one_may_ask_for_another(desk: Client, owed: CallBack) -> None:
    made(desk, owed)
    reply("0")
    assert sorted(call.done_at is None for call in calls()) == [False, True]


def test_what_is_overdue_is_marked(people: People, signed_in: SignedIn, owed: CallBack, at: At) -> None:
    with at(NOON + timedelta(days=1)):
        page = signed_in(people.zhangqiantai).get(reverse(PAGE)).content.decode()
    assert "已过期" in page


def test_another_facility_sees_and_makes_no_call(people: People, signed_in: SignedIn, owed: CallBack) -> None:
    other = signed_in(people.chenyisheng)
    assert made(other, owed).status_code in {403, 404}
    assert calls()[0].done_at is None


def test_a_key_that_is_none_is_not_found(desk: Client, owed: CallBack) -> None:
    assert desk.post(reverse(PAGE), {"call": "x"}).status_code == 404


def test_the_number_is_kept_no_longer_than_the_call_is_owed_whoever_writes(owed: CallBack) -> None:
    with pytest.raises(DatabaseError), acting_as("owner"):
        CallBack.objects.update(done_at=NOON)  # nobody is signed in who could have made it


def test_whoever_confirmed_is_marked_at_the_desk(people: People, desk: Client, visit: Booking) -> None:
    address = f"{reverse('staff:desk_day', args=[people.township.pk])}?day={TOMORROW.isoformat()}"
    assert "已确认" not in desk.get(address).content.decode()
    reply("1")
    assert "已确认" in desk.get(address).content.decode()
    assert "已确认会来" in desk.get(reverse("staff:desk_booking", args=[visit.pk])).content.decode()
