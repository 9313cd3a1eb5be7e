"""Reminders by the county's timetable: each once, never for a dead visit, and stopped without stopping other news."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connections, transaction
from django.test import Client
from django.urls import reverse

from appointments import reminders
from appointments.models import Booking, Reminder
from foundation.dated import REGISTRY, Registered
from foundation.rowsecurity import acting_as
from residents import deliveries, messages_port
from residents.message_texts import REMINDERS
from residents.models import Account, Delivery
from tests import factories
from tests.appointments.racing import Racers
from tests.appointments.reminding import (
    booked,
    refused,
    remind,
    reminders_of,
    reply,
    share_the_phone,
    texts,
)
from tests.appointments.scenes import TODAY, TOMORROW, book, cancel, clinic, crowd, rule
from tests.appointments.waiting_scenes import stop, told
from tests.factories import NOON, SHANGHAI
from tests.people import People
from tests.residents.door import work
from tests.residents.test_messages_rules import Phone

SignedIn = Callable[[Account], Client]
At = Callable[[datetime], Any]


@pytest.fixture(autouse=True)
def phone(monkeypatch: pytest.MonkeyPatch, noon: None) -> Phone:
    adapter = Phone()
    monkeypatch.setattr(messages_port, "sms", lambda: adapter)
    return adapter


@pytest.fixture
def visit(lan: Client, people: People) -> Booking:
    """贺兰芳's visit tomorrow at nine, booked last night."""
    return booked(lan, people.helanfang_account, people)


def give_up(visit: Booking) -> None:
    """As the owner, in whatever transaction is open."""
    with acting_as("owner"):
        Booking.objects.filter(pk=visit.pk).update(
            status="cancelled", cancelled_at=NOON, cancelled_by=visit.booked_by, ended="person"
        )


def remind_and_send() -> None:
    remind()
    work()


def days(of: Booking) -> list[int]:
    return [row.days_before for row in reminders_of(of)]


def test_a_reminder_says_when_and_where_and_nothing_else(visit: Booking) -> None:
    assert remind() == 1
    assert texts(beginning="visit_") == [("visit_reminder", {"when": "11月23日9:00", "place": "河东镇卫生院"})]


def test_a_hospitals_name_is_not_in_it(lan: Client, people: People) -> None:
    book(lan, people.helanfang_account, clinic(people.county).slot, NOON - timedelta(hours=12))
    remind()
    assert texts(beginning="visit_")[0][1]["place"] == "一家机构"


def test_a_visit_is_reminded_of_a_week_two_days_and_a_day_before(people: People, lan: Client, at: At) -> None:
    rule(people.township, window_days=30)
    visit = book(lan, people.helanfang_account, clinic(people.township, TODAY + timedelta(days=9)).slot)
    for day in range(10):
        with at(NOON + timedelta(days=day)):
            remind(NOON + timedelta(days=day))
    assert days(visit) == [7, 2, 1]


def test_the_county_chooses_the_days_and_the_hour(visit: Booking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(REGISTRY, reminders.TIME, Registered(reminders.TIME, "15:00", ""))
    assert remind() == 0
    monkeypatch.setitem(REGISTRY, reminders.DAYS, Registered(reminders.DAYS, "3", ""))
    assert remind(NOON + timedelta(hours=4)) == 0
    monkeypatch.setitem(REGISTRY, reminders.DAYS, Registered(reminders.DAYS, " 1，没有，3", ""))
    assert remind(NOON + timedelta(hours=4)) == 1


def test_whoever_booked_after_the_hour_is_not_reminded_of_what_they_have_just_done(lan: Client, people: People) -> None:
    booked(lan, people.helanfang_account, people, hours_ago=1)
    assert remind() == 0


def test_a_sweep_that_is_repeated_reminds_nobody_twice(visit: Booking) -> None:
    assert [remind(), remind(NOON + timedelta(hours=3))] == [1, 0]
    assert len(texts(beginning="visit_")) == 1


def test_two_sweeps_at_once_remind_once(visit: Booking, racers: Callable[[int], Racers]) -> None:
    assert sum(racers(4).run([remind] * 4)) == 1
    assert len(texts(beginning="visit_")) == 1


def test_the_database_writes_no_second_reminder_of_a_visit_and_day(visit: Booking) -> None:
    remind()
    (first,) = reminders_of(visit)
    again = Reminder(
        resident_id=first.resident_id,
        booking=visit,
        days_before=1,
        code="99",
        delivery_key="another",
        asked_at=NOON,
    )
    with pytest.raises(DatabaseError, match="one_reminder_of_a_visit_and_day"):
        factories.made(again)


def test_nobody_is_reminded_of_a_cancelled_visit(lan: Client, people: People, visit: Booking) -> None:
    cancel(lan, people.helanfang_account, visit)
    assert remind() == 0


def test_a_reminder_that_waits_in_the_outbox_does_not_leave_once_the_visit_is_cancelled(
    lan: Client, people: People, visit: Booking, phone: Phone
) -> None:
    remind()
    cancel(lan, people.helanfang_account, visit)
    work()
    assert not REMINDERS & set(phone.sent)
    assert "booking_cancelled" in phone.sent


def test_a_moved_visit_is_reminded_of_at_its_new_time_alone(
    lan: Client, people: People, phone: Phone, visit: Booking, at: At
) -> None:
    remind()
    other = clinic(people.township, TOMORROW + timedelta(days=1), of=visit.department)
    lan.post(reverse("appointments:move_to", args=[visit.pk, other.slot.pk]), {"form_key": str(uuid4())})
    work()
    assert not REMINDERS & set(phone.sent)
    with at(NOON + timedelta(days=1)):
        assert remind(NOON + timedelta(days=1)) == 1
    assert texts(beginning="visit_")[-1][1]["when"] == "11月24日9:00"


def test_a_stopped_clinic_withdraws_its_reminders(people: People, visit: Booking, signed_in: SignedIn) -> None:
    remind()
    stop(signed_in(people.zhangqiantai), visit.session)
    assert reminders_of(visit)[0].withdrawn_at == NOON


def test_whoever_has_come_is_reminded_no_more(people: People, visit: Booking, at: At) -> None:
    remind()
    with at(NOON.replace(day=23, hour=8)), acting_as("owner"):
        Booking.objects.filter(pk=visit.pk).update(status="checked_in")
    assert reminders_of(visit)[0].withdrawn_at is not None


def test_a_reminder_that_quiet_hours_held_back_past_the_visit_does_not_leave(
    visit: Booking, phone: Phone, at: At
) -> None:
    remind()
    with at(NOON + timedelta(hours=22)):
        work()
    assert not REMINDERS & set(phone.sent)


def test_a_reminder_waits_for_the_end_of_the_quiet_hours(
    visit: Booking, phone: Phone, at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(REGISTRY, reminders.TIME, Registered(reminders.TIME, "22:00", ""))
    night = datetime(2026, 11, 22, 22, 30, tzinfo=SHANGHAI)
    with at(night):
        remind(night)
        work()
    assert phone.sent.count("visit_reminder") == 0
    with at(datetime(2026, 11, 23, 7, 0, tzinfo=SHANGHAI)):
        work()
    assert phone.sent.count("visit_reminder") == 1


@contextmanager
def impatient(alias: str) -> Iterator[None]:
    """A transaction that would rather fail than wait."""
    with acting_as(alias), transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '100ms'")
        yield


def test_cancelling_waits_for_a_reminder_that_is_just_leaving(visit: Booking) -> None:
    remind()
    with acting_as("worker"), transaction.atomic(using="worker"):
        assert deliveries._stands(Delivery.objects.get(template="visit_reminder"))
        with pytest.raises(DatabaseError, match="lock timeout"), impatient("owner"):
            give_up(visit)
    give_up(visit)
    assert reminders_of(visit)[0].withdrawn_at == NOON


def test_a_reminder_waits_for_a_cancellation_that_is_under_way_and_then_does_not_leave(visit: Booking) -> None:
    remind()
    with acting_as("owner"), transaction.atomic(using="owner"):
        give_up(visit)
        with pytest.raises(DatabaseError, match="lock timeout"), impatient("worker"):
            deliveries._stands(Delivery.objects.get(template="visit_reminder"))
    with acting_as("worker"):
        assert not deliveries._stands(Delivery.objects.get(template="visit_reminder"))


def test_a_sweep_passes_over_a_visit_that_is_just_being_cancelled(visit: Booking) -> None:
    with acting_as("owner"), transaction.atomic(using="owner"):
        give_up(visit)
        assert remind() == 0
    assert (remind(), reminders_of(visit)) == (0, [])


def test_cancelling_against_sending_leaves_one_of_two_ends(
    people: People, racers: Callable[[int], Racers], signed_in: SignedIn, phone: Phone
) -> None:
    """Six people cancel while two sweeps remind and hand over: a visit that is dead keeps no standing reminder."""
    accounts = crowd(6)
    clients = [signed_in(account) for account in accounts]
    morning = clinic(people.township, places=6).slot
    visits = [book(c, a, morning, NOON - timedelta(hours=12)) for c, a in zip(clients, accounts, strict=True)]
    deeds = [partial(cancel, c, a, v) for c, a, v in zip(clients, accounts, visits, strict=True)]
    racers(8).run([*deeds, remind_and_send, remind_and_send])
    standing = [row for visit in visits for row in reminders_of(visit) if row.withdrawn_at is None]
    assert standing == []
    before = list(phone.sent)
    remind_and_send()
    assert [text for text in phone.sent[len(before) :] if text in REMINDERS] == []


def test_whoever_confirmed_is_left_in_peace(people: People, lan: Client, at: At) -> None:
    visit = book(
        lan, people.helanfang_account, clinic(people.township, TODAY + timedelta(days=2)).slot, NOON.replace(hour=8)
    )
    remind()
    assert reply("1") == "kept"
    with at(NOON + timedelta(days=1)):
        assert remind(NOON + timedelta(days=1)) == 0
    assert days(visit) == [2]


def test_stop_ends_reminders_and_neither_cancellations_nor_stopped_clinics(
    people: People, lan: Client, visit: Booking, phone: Phone, signed_in: SignedIn, at: At
) -> None:
    remind()
    assert reply("退订") == "stop"
    assert refused() == {("visit_reminder", "sms")}
    stop(signed_in(people.zhangqiantai), visit.session)
    work()
    assert {"clinic_stopped", "reply_stopped"} <= set(phone.sent)
    assert not REMINDERS & set(phone.sent)


def test_without_a_number_the_reminder_is_in_the_inbox(people: People, visit: Booking) -> None:
    share_the_phone(people.helanfang, people.helanfang_account, phone="")
    assert (remind(), told(people.helanfang, "visit_reminder")) == (1, 1)
    assert texts(beginning="visit_") == []


def test_a_second_person_on_the_telephone_gets_a_code_to_answer_with(
    people: People, lan: Client, visit: Booking, signed_in: SignedIn
) -> None:
    remind()
    share_the_phone(people.wangjianguo, people.wangjianguo_account)
    his = booked(signed_in(people.wangjianguo_account), people.wangjianguo_account, people)
    remind()
    by_template = dict(texts(beginning="visit_"))
    assert set(by_template) == REMINDERS
    assert by_template["visit_reminder_code"]["code"] == reminders_of(his)[0].code != reminders_of(visit)[0].code


def test_the_second_reminder_of_a_visit_keeps_its_code(people: People, lan: Client, at: At) -> None:
    visit = book(
        lan, people.helanfang_account, clinic(people.township, TODAY + timedelta(days=2)).slot, NOON.replace(hour=8)
    )
    remind()
    with at(NOON + timedelta(days=1)):
        remind(NOON + timedelta(days=1))
    assert len({row.code for row in reminders_of(visit)}) == 1
    assert [template for template, _said in texts(beginning="visit_")] == ["visit_reminder"] * 2
