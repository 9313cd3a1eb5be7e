"""Stopping a clinic: all or nothing, everybody told and nobody blamed, the nearest equal times one tap away."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from appointments import actions, refusals, stopping
from appointments.models import Booking, Deed, Hold, Session, Strike
from appointments.supply import making
from foundation.middleware import TOKEN
from foundation.rowsecurity import acting_as, seeing
from residents.message_texts import TEXTS, URGENT, text_of
from residents.models import AccessEvent, Account
from tests import factories
from tests.appointments.racing import Racers
from tests.appointments.scenes import (
    TODAY,
    TOMORROW,
    Clinic,
    book,
    clinic,
    crowd,
    fresh,
    held,
    live,
    rule,
    taken,
    viewer,
)
from tests.appointments.test_places import refused, run
from tests.appointments.waiting_scenes import join, offers, stop, sweep, told
from tests.factories import NOON
from tests.people import People

SignedIn = Callable[[Account], Client]
At = Callable[[datetime], Any]
SESSIONS = "admin:appointments_session_changelist"


@pytest.fixture
def desk(people: People, signed_in: SignedIn) -> Client:
    """张前台's browser."""
    return signed_in(people.zhangqiantai)


@pytest.fixture
def morning(people: People) -> Clinic:
    return clinic(people.township, places=2, count=2)


def all_of(session: Session) -> list[Booking]:
    with acting_as("owner"):
        return list(Booking.objects.filter(session=session).select_related("session"))


def test_every_live_booking_is_cancelled_as_stopped(people: People, lan: Client, desk: Client, morning: Clinic) -> None:
    book(lan, people.helanfang_account, morning.slot)
    assert stop(desk, morning.session) == 1
    found = all_of(morning.session)[0]
    assert (found.status, found.ended, found.cancelled_by) == ("cancelled", "stopped", people.zhangqiantai.pk)
    assert (found.session.state, found.session.stop_reason, taken(morning.slot)) == ("stopped", "医生临时有事", 0)


def test_everybody_is_told_and_finds_it_in_their_log(
    people: People, lan: Client, desk: Client, morning: Clinic
) -> None:
    book(lan, people.helanfang_account, morning.slot)
    stop(desk, morning.session)
    with acting_as("owner"):
        event = AccessEvent.objects.get(action="appointments.stopped")
    assert told(people.helanfang, "clinic_stopped") == 1
    assert (event.resident_id, event.actor_name, event.facility_id) == (
        people.helanfang.pk,
        "张前台",
        people.township.pk,
    )


def test_the_message_leaves_by_night_and_tells_no_health_word() -> None:
    assert "clinic_stopped" in URGENT
    assert not any(word in TEXTS["clinic_stopped"] for word in ("病", "科", "检查", "药"))
    assert len(text_of("clinic_stopped", {})) <= 70


def test_the_trail_counts_it_as_the_facilitys(people: People, lan: Client, desk: Client, morning: Clinic) -> None:
    book(lan, people.helanfang_account, morning.slot)
    stop(desk, morning.session)
    with acting_as("owner"):
        assert list(Deed.objects.order_by("id").values_list("kind", "ended")) == [
            ("booked", ""),
            ("cancelled", "stopped"),
        ]


def test_no_place_of_a_stopped_clinic_comes_back(people: People, lan: Client, desk: Client, morning: Clinic) -> None:
    book(lan, people.helanfang_account, morning.slot)
    stop(desk, morning.session)
    with acting_as("owner"):
        assert Hold.objects.filter(ended_at=None).count() == 0


def test_an_offer_in_a_stopped_clinic_is_over(people: People, desk: Client, signed_in: SignedIn) -> None:
    found = clinic(people.township, places=1, count=1)
    join(signed_in(people.hexiaoyu_account), people.hexiaoyu_account, found)
    sweep()
    assert len(offers()) == 1
    stop(desk, found.session)
    assert (offers(), sweep(), taken(found.slot)) == ([], 0, 0)


def test_stopping_again_changes_nothing(people: People, lan: Client, desk: Client, morning: Clinic) -> None:
    book(lan, people.helanfang_account, morning.slot)
    stop(desk, morning.session)
    assert stop(desk, morning.session, "别的原因") == 0
    assert told(people.helanfang, "clinic_stopped") == 1
    assert all_of(morning.session)[0].session.stop_reason == "医生临时有事"


def test_whoever_was_seen_already_stays_seen(people: People, desk: Client) -> None:
    today = clinic(people.township, TODAY, period="afternoon")
    held(people.helanfang, today.slot)
    for status in ("checked_in", "completed"):
        run("owner", f"UPDATE appointments_booking SET status = '{status}'")
    assert stop(desk, today.session) == 0
    assert all_of(today.session)[0].status == "completed"


@pytest.mark.parametrize("who", ["chenyisheng", "licunyi", "administrator", "helanfang_account"])
def test_nobody_else_stops_a_clinic(people: People, signed_in: SignedIn, morning: Clinic, who: str) -> None:
    with pytest.raises(refusals.SessionStopped):
        stop(signed_in(getattr(people, who)), morning.session)
    with acting_as("owner"):
        assert Session.objects.get(pk=morning.session.pk).state == "open"


def test_a_clinic_is_stopped_for_a_reason(people: People, desk: Client, morning: Clinic) -> None:
    with pytest.raises(refusals.SessionStopped):
        stop(desk, morning.session, "  ")


def test_a_fault_half_way_stops_nothing(people: People, lan: Client, desk: Client, morning: Clinic) -> None:
    book(lan, people.helanfang_account, morning.slot)
    with seeing(desk.session[TOKEN]), refused("residents_accessevent"):
        run("default", f"SELECT app.stop_clinic('{morning.session.pk}', 'x', NULL, NULL)")
    assert (len(live(morning.slot)), taken(morning.slot), told(people.helanfang, "clinic_stopped")) == (1, 1, 0)


def test_the_pattern_does_not_make_it_again(people: People, desk: Client, morning: Clinic) -> None:
    stop(desk, morning.session)
    with acting_as("worker"):
        making.make_ahead([people.township.pk], NOON)
    with acting_as("owner"):
        assert Session.objects.exclude(pk=morning.session.pk).count() == 0


def test_stopping_while_people_book_and_cancel_leaves_no_live_booking(
    people: People, desk: Client, signed_in: SignedIn, racers: Callable[[int], Racers]
) -> None:
    rule(people.township, live_bookings_per_person=100)
    who = [(signed_in(account), account) for account in crowd(7)]
    race = racers(8)
    for n in range(6):
        found = clinic(people.township, TODAY + timedelta(days=1 + n), places=10, count=1)
        booked = [book(client, account, found.slot) for client, account in who[:3]]
        deeds = [_cancels(*one, booking) for one, booking in zip(who[:3], booked, strict=True)]
        deeds += [_books(client.session[TOKEN], account, found) for client, account in who[3:]]
        token = desk.session[TOKEN]

        def stops(token: str = token, session: Session = found.session) -> Any:
            with seeing(token):
                return stopping.stop(session=session, reason="停电", address="", reference="")

        answers = race.run([*deeds, stops])
        assert isinstance(answers[-1], int), answers
        assert (live(found.slot), taken(found.slot)) == ([], 0)
        assert not {"Busy"} & set(answers[:-1])


def _books(token: str, account: Account, found: Clinic) -> Callable[[], Any]:
    slot = fresh(found.slots[0])

    def books() -> Any:
        with seeing(token):
            return actions.book(slot=slot, viewer=viewer(account), form_key=uuid4(), now=NOON).pk

    return books


def _cancels(client: Client, account: Account, booking: Booking) -> Callable[[], Any]:
    token = client.session[TOKEN]
    with acting_as("owner"):
        found = Booking.objects.select_related("slot", "session").get(pk=booking.pk)

    def cancels() -> Any:
        with seeing(token):
            return actions.cancel(booking=found, viewer=viewer(account), now=NOON)

    return cancels


def ask(desk: Client, session: Session, **more: Any) -> Any:
    return desk.post(reverse(SESSIONS), {"action": "stop", "_selected_action": [session.pk], **more}, follow=True)


def test_the_desk_sees_who_is_affected_before_anything_is_done(
    people: People, lan: Client, desk: Client, morning: Clinic
) -> None:
    book(lan, people.helanfang_account, morning.slot)
    page = ask(desk, morning.session).content.decode()
    assert "贺兰芳" in page
    assert "会取消 1 个预约" in page
    assert len(live(morning.slot)) == 1


def test_the_desk_stops_it_with_a_reason(people: People, lan: Client, desk: Client, morning: Clinic) -> None:
    book(lan, people.helanfang_account, morning.slot)
    page = ask(desk, morning.session, confirmed="1", reason="医生临时有事").content.decode()
    assert "已通知 1 人改约" in page
    assert live(morning.slot) == []


def test_without_a_reason_the_desk_is_asked_again(people: People, lan: Client, desk: Client, morning: Clinic) -> None:
    book(lan, people.helanfang_account, morning.slot)
    assert "停诊原因" in ask(desk, morning.session, confirmed="1", reason="").content.decode()
    assert len(live(morning.slot)) == 1


def offered(lan: Client, booking: Booking) -> list[Any]:
    return list(lan.get(reverse("appointments:booking", args=[booking.pk])).context["alternatives"])


def test_the_same_doctor_comes_first_then_the_same_kind(people: People, lan: Client, desk: Client) -> None:
    found = clinic(people.township, places=1, count=1)
    booking = book(lan, people.helanfang_account, found.slot)
    near = clinic(people.township, places=1, count=1, of=found.department, period="afternoon")
    clinic(people.township, places=1, count=1, of=found.department, period="afternoon", kind="expert")
    own = _again(found, TOMORROW + timedelta(days=2))
    stop(desk, found.session)
    assert [one["slot"].pk for one in offered(lan, booking)] == [own.pk, near.slots[0].pk]


def _again(found: Clinic, day: Any) -> Any:
    return factories.slot(factories.session(found.doctor, day), 9, 0, 1)


def test_one_tap_books_the_other_time(people: People, lan: Client, desk: Client) -> None:
    found = clinic(people.township, places=1, count=1)
    booking = book(lan, people.helanfang_account, found.slot)
    own = _again(found, TOMORROW + timedelta(days=2))
    stop(desk, found.session)
    one = offered(lan, booking)[0]
    answer = lan.post(reverse("appointments:confirm", args=[one["slot"].pk]), {"form_key": one["form_key"]})
    assert answer.status_code == 302
    assert len(live(own)) == 1


def test_the_page_says_why_and_that_nobody_is_blamed(
    people: People, lan: Client, desk: Client, morning: Clinic
) -> None:
    booking = book(lan, people.helanfang_account, morning.slot)
    stop(desk, morning.session)
    page = lan.get(reverse("appointments:booking", args=[booking.pk])).content.decode()
    assert "医生停诊，请改约" in page
    assert "医生临时有事" in page
    assert "不算您违约" in page
    assert "停诊了，请改约" in lan.get(reverse("appointments:bookings")).content.decode()


def page_of(desk: Client, session: Session) -> str:
    return desk.get(reverse("staff:desk_stopped", args=[session.pk])).content.decode()


def test_everybody_is_told_once_however_often_it_is_stopped(
    people: People, desk: Client, signed_in: SignedIn, morning: Clinic
) -> None:
    accounts = [people.helanfang_account, people.wangjianguo_account, people.hexiaoyu_account]
    for account, slot in zip(accounts, [*morning.slots, morning.slots[0]], strict=True):
        book(signed_in(account), account, slot)
    for _again in range(3):
        ask(desk, morning.session, confirmed="1", reason="医生临时有事")
        stop(desk, morning.session)
    everybody = (people.helanfang, people.wangjianguo, people.hexiaoyu)
    assert [told(person, "clinic_stopped") for person in everybody] == [1, 1, 1]


def test_a_stopped_clinic_is_no_strike_to_anybody(people: People, desk: Client, signed_in: SignedIn) -> None:
    rule(people.township, TODAY - timedelta(days=30), reports_attendance=True, no_shows_allowed=1)
    yu, today = signed_in(people.hexiaoyu_account), clinic(people.township, TODAY, places=2, period="afternoon")
    book(yu, people.hexiaoyu_account, today.slot)
    stop(desk, today.session)
    with acting_as("owner"):
        assert Strike.objects.count() == 0


def test_before_it_is_stopped_the_desk_sees_what_there_is_instead(people: People, lan: Client, desk: Client) -> None:
    found = clinic(people.township, places=1, count=1)
    book(lan, people.helanfang_account, found.slot)
    assert "同类的号只有 0 个，不够 1 个人改约" in ask(desk, found.session).content.decode()
    _again(found, TOMORROW + timedelta(days=2))
    page = ask(desk, found.session).content.decode()
    assert "同类的号还有 1 个" in page
    assert "王医生" in page


def test_what_is_stopped_with_it_is_nothing_to_choose(people: People, lan: Client, desk: Client) -> None:
    found = clinic(people.township, places=1, count=1)
    book(lan, people.helanfang_account, found.slot)
    other = _again(found, TOMORROW + timedelta(days=2))
    both = {"action": "stop", "_selected_action": [found.session.pk, other.session_id]}
    assert "不够 1 个人改约" in desk.post(reverse(SESSIONS), both).content.decode()


def test_afterwards_the_desk_sees_whom_to_telephone(
    people: People, lan: Client, desk: Client, signed_in: SignedIn
) -> None:
    found = clinic(people.township, places=2, count=1)
    yu = signed_in(people.hexiaoyu_account)
    book(lan, people.helanfang_account, found.slot)
    book(yu, people.hexiaoyu_account, found.slot)
    own = _again(found, TOMORROW + timedelta(days=2))
    ask(desk, found.session, confirmed="1", reason="医生临时有事")
    assert page_of(desk, found.session).count("<strong>还没有改约</strong>") == 2
    book(yu, people.hexiaoyu_account, own)
    page = page_of(desk, found.session)
    assert page.count("<strong>还没有改约</strong>") == 1
    assert page.index("贺兰芳") < page.index("贺小雨")


def test_a_time_they_had_before_is_no_other_time(people: People, lan: Client, desk: Client, at: At) -> None:
    found = clinic(people.township, places=1, count=1)
    book(lan, people.helanfang_account, found.slot)
    book(lan, people.helanfang_account, _again(found, TOMORROW + timedelta(days=2)))
    with at(NOON + timedelta(minutes=1)):
        stop(desk, found.session)
        assert "<strong>还没有改约</strong>" in page_of(desk, found.session)


def test_once_it_is_stopped_the_desk_is_led_to_its_people(
    people: People, lan: Client, desk: Client, morning: Clinic
) -> None:
    book(lan, people.helanfang_account, morning.slot)
    data = {"action": "stop", "_selected_action": [morning.session.pk], "confirmed": "1", "reason": "医生临时有事"}
    answer = desk.post(reverse(SESSIONS), data)
    assert answer["Location"] == reverse("staff:desk_stopped", args=[morning.session.pk])
    assert answer["Location"] in desk.get(reverse(SESSIONS)).content.decode()


def test_another_desk_finds_neither_an_open_nor_a_strange_clinic(
    people: People, desk: Client, signed_in: SignedIn, morning: Clinic
) -> None:
    page = reverse("staff:desk_stopped", args=[morning.session.pk])
    assert desk.get(page).status_code == 404
    stop(desk, morning.session)
    assert desk.get(page).status_code == 200
    assert signed_in(people.chenyisheng).get(page).status_code == 404
