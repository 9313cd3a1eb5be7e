"""The pages of moving a booking: both times side by side, one tap, and a refusal that keeps the old one."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from residents.models import Account
from tests import factories
from tests.appointments.morning import hospital, take
from tests.appointments.scenes import TOMORROW, Clinic, book, clinic, held, live, returns_at_once, rule, taken
from tests.people import People

SignedIn = Callable[[Account], Client]
At = Callable[..., Any]


@pytest.fixture
def morning(people: People) -> Clinic:
    return clinic(people.township, count=4)


def url(name: str, *args: Any) -> str:
    return reverse(f"appointments:{name}", args=args)


def text(answer: Any) -> str:
    return answer.content.decode()


def send(client: Client, booking: Any, slot: Any, key: Any = None) -> Any:
    return client.post(url("move_to", booking.pk, slot.pk), {"form_key": key or uuid4()})


def test_the_booking_page_leads_to_other_times_of_the_same_doctor(people: People, lan: Client, morning: Clinic) -> None:
    other = clinic(people.township, of=morning.department)
    booking = book(lan, people.helanfang_account, morning.slots[0])
    assert url("move", booking.pk) in text(lan.get(url("booking", booking.pk)))
    page = text(lan.get(url("move", booking.pk)))
    assert url("move_to", booking.pk, morning.slots[1].pk) in page
    assert str(other.slots[0].pk) not in page


def test_any_doctor_of_the_department_will_do(people: People, lan: Client, morning: Clinic) -> None:
    other = clinic(people.township, of=morning.department)
    booking = book(lan, people.helanfang_account, morning.slots[0])
    page = text(lan.get(url("move", booking.pk), {"doctor": "any"}))
    assert url("move_to", booking.pk, other.slots[1].pk) in page


def test_a_doctor_without_another_time_says_that_the_old_one_is_kept(people: People, lan: Client) -> None:
    alone = clinic(people.township, count=1)
    booking = book(lan, people.helanfang_account, alone.slots[0])
    page = text(lan.get(url("move", booking.pk), {"period": "afternoon"}))
    assert "王医生 主治医师近期没有别的空号" in page
    assert "找的是：下午。原来的预约还在" in page


def test_the_old_and_the_new_time_stand_side_by_side(people: People, lan: Client, morning: Clinic) -> None:
    booking = book(lan, people.helanfang_account, morning.slots[0])
    page = text(lan.get(url("move_to", booking.pk, morning.slots[2].pk)))
    assert page.index("9:00–\u20609:30") < page.index("10:00–\u206010:30")
    assert (taken(morning.slots[0]), taken(morning.slots[2])) == (1, 0)


def test_one_tap_moves_and_says_so(people: People, lan: Client, morning: Clinic) -> None:
    returns_at_once()
    booking = book(lan, people.helanfang_account, morning.slots[0])
    answer = send(lan, booking, morning.slots[2])
    new = live(morning.slots[2])[0]
    assert answer.headers["Location"] == url("booking", new.pk)
    assert "已改期，原来的号已退回" in text(lan.get(answer.headers["Location"]))
    assert taken(morning.slots[0]) == 0


def test_a_double_tap_moves_once(people: People, lan: Client, morning: Clinic) -> None:
    booking, key = book(lan, people.helanfang_account, morning.slots[0]), uuid4()
    first, second = (send(lan, booking, morning.slots[2], key) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]


def test_a_time_just_taken_keeps_the_old_one_and_offers_others(people: People, lan: Client, morning: Clinic) -> None:
    booking = book(lan, people.helanfang_account, morning.slots[0])
    for n in range(3):
        held(factories.resident(f"别人{n}"), morning.slots[2])
    page = text(send(lan, booking, morning.slots[2]))
    assert "没有改期。原来的预约还在：明天 11月23日 星期一 9:00–\u20609:30" in page
    assert len(live(morning.slots[0])) == 1


def test_the_others_offered_are_of_other_half_days_or_free_times(people: People, lan: Client, morning: Clinic) -> None:
    booking = book(lan, people.helanfang_account, morning.slots[0])
    later = clinic(people.township, TOMORROW + timedelta(days=1), of=morning.department)
    for n in range(3):
        held(factories.resident(f"别人{n}"), morning.slots[2])
    assert url("move_to", booking.pk, later.slots[0].pk) in text(send(lan, booking, morning.slots[2]))


def test_past_the_cut_off_no_time_is_offered(
    people: People, lan: Client, signed_in: SignedIn, morning: Clinic, at: At
) -> None:
    booking = book(lan, people.helanfang_account, morning.slots[0])
    with at(morning.slots[0].starts_at - timedelta(minutes=30)):
        page = text(signed_in(people.helanfang_account).get(url("move", booking.pk)))
    assert "已过改期时间" in page
    assert "原来的预约还在" in page


def test_moved_too_often_is_said_before_anything_is_chosen(people: People, lan: Client, morning: Clinic) -> None:
    rule(people.township, moves_per_booking=0)
    booking = book(lan, people.helanfang_account, morning.slots[0])
    assert "改期的次数用完了" in text(lan.get(url("move", booking.pk)))


def test_another_department_is_no_time_to_move_to(people: People, lan: Client, morning: Clinic) -> None:
    booking = book(lan, people.helanfang_account, morning.slots[0])
    assert send(lan, booking, clinic(people.township).slots[0]).status_code == 404


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_strangers_booking_cannot_be_moved(
    people: People, lan: Client, signed_in: SignedIn, morning: Clinic, method: str
) -> None:
    booking = book(lan, people.helanfang_account, morning.slots[0])
    stranger = signed_in(people.wangjianguo_account)
    answer = getattr(stranger, method)(url("move_to", booking.pk, morning.slots[2].pk), {"form_key": uuid4()})
    assert answer.status_code == 404
    assert len(live(morning.slots[0])) == 1


def test_what_was_said_goes_along(people: People, lan: Client, morning: Clinic) -> None:
    said = {"form_key": uuid4(), "reason": "咳嗽两周", "needs": ["wheelchair"]}
    lan.post(url("confirm", morning.slots[0].pk), said)
    send(lan, live(morning.slots[0])[0], morning.slots[2])
    new = live(morning.slots[2])[0]
    assert (new.reason, new.needs) == ("咳嗽两周", "wheelchair")


def test_an_examination_on_an_empty_stomach_is_not_moved_past_ten(people: People, lan: Client) -> None:
    county = hospital(people.county)
    blood = take(lan, people.helanfang_account, county.steps())[0]
    assert str(county.laboratory.slots[2].pk) not in text(lan.get(url("move", blood.pk)))
    assert "这个时间太晚了" in text(send(lan, blood, county.laboratory.slots[2]))
    assert len(live(county.laboratory.slots[0])) == 1
