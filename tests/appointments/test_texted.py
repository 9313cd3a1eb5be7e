"""Yes and no by SMS to an offered place: once, for whoever was asked last, and by the rules."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from appointments import refusals, texted
from appointments.models import Booking
from foundation.rowsecurity import acting_as
from residents import spreading
from residents.models import AccessEvent, Account, Resident
from residents.phones import phone_index
from tests import factories
from tests.appointments.racing import Racers
from tests.appointments.scenes import TODAY, TOMORROW, Clinic, clinic, held, live, rule, taken
from tests.appointments.test_places import run
from tests.appointments.waiting_scenes import entry, join, offers, sweep, told
from tests.factories import NOON
from tests.people import People

SignedIn = Callable[[Account], Client]
At = Callable[[datetime], Any]


@pytest.fixture
def offered(people: People, signed_in: SignedIn) -> Any:
    """贺小雨 waits for a place, and one is kept for her."""
    rule(people.township, returns_from_minutes=120, returns_to_minutes=180)
    found = clinic(people.township, places=1, count=1)
    mine = join(signed_in(people.hexiaoyu_account), people.hexiaoyu_account, found)
    sweep()
    return found, mine


def yes(*people: Resident, now: datetime = NOON) -> Booking:
    with acting_as("worker"):
        return texted.take_by_text(people=[one.pk for one in people], now=now)


def no(*people: Resident, now: datetime = NOON) -> Any:
    with acting_as("worker"):
        return texted.decline_by_text(people=[one.pk for one in people], now=now)


def test_a_yes_books_what_is_offered(people: People, offered: tuple[Clinic, Any]) -> None:
    booking = yes(people.hexiaoyu)
    assert [b.pk for b in live(offered[0].slot)] == [booking.pk]
    assert (told(people.hexiaoyu, "booked"), entry(offered[1]).ended, offers()) == (1, "booked", [])


def test_the_same_yes_again_is_the_same_booking(people: People, offered: tuple[Clinic, Any]) -> None:
    assert yes(people.hexiaoyu).pk == yes(people.hexiaoyu).pk
    assert (taken(offered[0].slot), told(people.hexiaoyu, "booked")) == (1, 1)


def test_the_same_yes_from_four_at_once_is_one_booking(
    people: People, offered: tuple[Clinic, Any], racers: Callable[[int], Racers]
) -> None:
    answers = racers(4).run([lambda: yes(people.hexiaoyu).pk] * 4)
    assert len(set(answers)) == 1
    assert taken(offered[0].slot) == 1


def test_where_nothing_is_offered_a_yes_books_nothing(people: People, offered: tuple[Clinic, Any]) -> None:
    with pytest.raises(refusals.HoldOver):
        yes(people.wangjianguo)
    assert live(offered[0].slot) == []


def test_a_yes_that_comes_too_late_books_nothing(people: People, offered: tuple[Clinic, Any], at: At) -> None:
    late = NOON + timedelta(minutes=31)
    with at(late), pytest.raises(refusals.HoldOver):
        yes(people.hexiaoyu, now=late)
    assert live(offered[0].slot) == []


def test_a_yes_breaks_no_rule(people: People, offered: tuple[Clinic, Any]) -> None:
    rule(people.township, TODAY, live_bookings_per_person=1)
    held(people.hexiaoyu, clinic(people.township, TODAY + timedelta(days=2)).slots[0])
    with pytest.raises(refusals.TooMany):
        yes(people.hexiaoyu)
    assert (live(offered[0].slot), len(offers())) == ([], 1)


def test_whoever_is_suspended_does_not_book_by_sms_either(people: People, offered: tuple[Clinic, Any], at: At) -> None:
    rule(people.township, TODAY - timedelta(days=29), reports_attendance=True, no_shows_allowed=2)
    for days in (3, 2):
        with at(NOON - timedelta(days=days)):
            missed = held(people.hexiaoyu, clinic(people.township, TODAY - timedelta(days=days)).slots[0])
            run("owner", "UPDATE appointments_booking SET status = 'no_show' WHERE id = %s", [missed.pk])
    with at(NOON), pytest.raises(refusals.Suspended):
        yes(people.hexiaoyu)
    assert live(offered[0].slot) == []


def test_a_yes_to_a_stopped_clinic_books_nothing(people: People, offered: tuple[Clinic, Any]) -> None:
    run("owner", "UPDATE appointments_session SET state = 'stopped' WHERE id = %s", [offered[0].session.pk])
    with pytest.raises(refusals.SessionStopped):
        yes(people.hexiaoyu)


def test_a_no_passes_it_on_and_the_wait_goes_on(
    people: People, offered: tuple[Clinic, Any], signed_in: SignedIn
) -> None:
    join(signed_in(people.wangjianguo_account), people.wangjianguo_account, offered[0])
    assert no(people.hexiaoyu) == people.hexiaoyu.pk
    sweep()
    assert [offer.resident_id for offer in offers()] == [people.wangjianguo.pk]
    assert entry(offered[1]).ended_at is None


def test_a_no_is_in_the_persons_log(people: People, offered: tuple[Clinic, Any]) -> None:
    no(people.hexiaoyu)
    with acting_as("owner"):
        event = AccessEvent.objects.get(action="appointments.declined_offer")
    assert (event.resident_id, event.actor_name) == (people.hexiaoyu.pk, "短信回复")
    assert event.subject_id == str(offered[1].pk)


def test_a_second_no_and_a_yes_after_it_change_nothing(people: People, offered: tuple[Clinic, Any]) -> None:
    no(people.hexiaoyu)
    for answer in (no, yes):
        with pytest.raises(refusals.HoldOver):
            answer(people.hexiaoyu)
    assert live(offered[0].slot) == []


def test_on_one_telephone_the_answer_is_for_whoever_was_asked_last(
    people: People, offered: tuple[Clinic, Any], signed_in: SignedIn, at: At
) -> None:
    other = clinic(people.township, TOMORROW, places=1, count=1, of=factories.department(people.township, "外科"))
    join(signed_in(people.wangjianguo_account), people.wangjianguo_account, other)
    with acting_as("owner"):
        Account.objects.filter(pk=people.wangjianguo_account.pk).update(phone=None)
        people.wangjianguo.phone = "19900000003"
        people.wangjianguo.save()
    with acting_as("worker"):
        spreading.spread(NOON)
    with at(NOON + timedelta(minutes=1)), acting_as("worker"):
        sweep(NOON + timedelta(minutes=1))
        spreading.spread(NOON + timedelta(minutes=1))
    later = NOON + timedelta(minutes=2)
    with at(later), acting_as("worker"):
        asked = texted.offered_on(phone_index("19900000003"), later)
        assert texted.take_by_text(people=asked, now=later).resident_id == people.wangjianguo.pk
    assert asked == [people.wangjianguo.pk, people.hexiaoyu.pk]


def test_an_elders_kept_place_is_taken_by_sms(people: People, lan: Client) -> None:
    found = clinic(people.township, places=1, count=1)
    run(
        "owner",
        f"UPDATE appointments_slot SET reserved_elder = 1, reserves_end_at = starts_at WHERE id = '{found.slot.pk}'",
    )
    join(lan, people.helanfang_account, found)
    sweep()
    assert (yes(people.helanfang).channel, live(found.slot)[0].drawn_from) == ("elder", "elder")
