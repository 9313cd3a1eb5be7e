"""What is answered by SMS: done once, for the right person, never guessed; the menu once, then silence."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from appointments.models import Appeal, Booking
from appointments.reminders import when_text
from foundation.rowsecurity import acting_as
from residents import answers, messages_port, replies
from residents.messages_port import Reply
from residents.models import AccessEvent, Account, SmsReply
from tests.appointments.reminding import (
    LAN_PHONE,
    OTHER_PHONE,
    booked,
    calls,
    refused,
    remind,
    reminders_of,
    reply,
    share_the_phone,
    state,
    texts,
)
from tests.appointments.scenes import TODAY, Clinic, book, clinic, held, live, rule, taken
from tests.appointments.waiting_scenes import join, offers, sweep, told
from tests.factories import NOON
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
    """贺兰芳's visit tomorrow at nine, of which she was reminded."""
    made = booked(lan, people.helanfang_account, people)
    remind()
    return made


@pytest.fixture
def two(people: People, visit: Booking, signed_in: SignedIn) -> tuple[Booking, Booking]:
    """王建国, who has no number but hers, was reminded after her."""
    share_the_phone(people.wangjianguo, people.wangjianguo_account)
    his = booked(signed_in(people.wangjianguo_account), people.wangjianguo_account, people)
    remind()
    return visit, his


def code(of: Booking) -> str:
    return reminders_of(of)[-1].code


@pytest.mark.parametrize("text", ["1", "１", " 1。", "确认", "好的"])
def test_one_confirms(visit: Booking, text: str) -> None:
    assert (reply(text), state(visit).confirmed_at) == ("kept", NOON)
    assert texts(beginning="reply_") == [("reply_kept", {"when": "11月23日9:00"})]


@pytest.mark.parametrize("text", ["2", "取消", "不去了。"])
def test_two_gives_the_place_back_and_says_so(people: People, visit: Booking, text: str) -> None:
    assert reply(text) == "cancel"
    ended = state(visit)
    assert (ended.status, ended.ended, ended.cancelled_at) == ("cancelled", "person", NOON)
    assert told(people.helanfang, "booking_cancelled") == 1
    work()
    assert [template for template, _said in texts(beginning="booking_")] == ["booking_cancelled"]


def test_who_answered_is_in_the_persons_own_log(people: People, visit: Booking) -> None:
    reply("2")
    with acting_as("owner"):
        event = AccessEvent.objects.get(resident_id=people.helanfang.pk, action="appointments.cancelled")
    assert (event.actor_name, event.subject_id) == ("短信回复", str(visit.pk))


def test_past_the_cut_off_two_changes_nothing_and_says_whom_to_ring(people: People, visit: Booking, at: At) -> None:
    rule(people.township, cancel_days_before=1, cancel_time="10:00")
    rule(people.township, since=TODAY - timedelta(days=29), cancel_minutes_before=24 * 60)
    assert (reply("2"), state(visit).status) == ("cancel", "booked")
    assert [template for template, _said in texts(beginning="reply_")] == ["reply_too_late"]


def test_three_says_how_to_move_and_keeps_the_place(visit: Booking) -> None:
    assert (reply("3"), state(visit).status) == ("later", "booked")
    assert texts(beginning="reply_") == [("reply_move", {})]


def test_nought_is_a_call_the_desk_owes(people: People, visit: Booking) -> None:
    assert reply("0") == "call"
    (owed,) = calls()
    assert (owed.facility_id, owed.booking_id, owed.phone) == (people.township.pk, visit.pk, LAN_PHONE)
    assert owed.due_at == state(visit).slot.starts_at
    assert texts(beginning="reply_") == [("reply_call", {"when": "11月23日9:00"})]


def test_a_call_far_ahead_is_owed_within_a_day(people: People, lan: Client) -> None:
    book(lan, people.helanfang_account, clinic(people.township, TODAY + timedelta(days=7)).slot, NOON.replace(hour=8))
    remind()
    reply("0")
    assert calls()[0].due_at == NOON + timedelta(hours=24)


def test_asking_twice_for_a_call_is_one_call(visit: Booking) -> None:
    reply("0")
    reply("0")
    assert len(calls()) == 1


def test_the_same_message_twice_is_one_act(visit: Booking) -> None:
    reply("0", key="same")
    reply("0", key="same")
    assert (len(calls()), len(texts(beginning="reply_"))) == (1, 1)


def test_whoever_confirmed_can_still_cancel(visit: Booking) -> None:
    reply("1")
    reply("2")
    assert state(visit).status == "cancelled"


def test_what_is_cancelled_is_answered_no_more(visit: Booking) -> None:
    reply("2")
    assert reply("1") == "unasked"


def test_after_the_visit_has_begun_nothing_is_asked_any_more(visit: Booking, at: At) -> None:
    with at(NOON + timedelta(days=1)):
        assert reply("2", now=NOON + timedelta(days=1)) == "unasked"
    assert state(visit).status == "booked"


def test_a_stranger_s_number_cancels_nothing(visit: Booking) -> None:
    assert (reply("2", phone=OTHER_PHONE), state(visit).status) == ("unasked", "booked")


def test_whoever_got_her_old_number_cancels_nothing(people: People, visit: Booking) -> None:
    with acting_as("owner"):
        account = Account.objects.get(pk=people.helanfang_account.pk)
        account.phone = OTHER_PHONE
        account.save()
    assert (reply("2"), state(visit).status) == ("unasked", "booked")


def test_a_bare_answer_on_a_shared_telephone_is_nobody_s(two: tuple[Booking, Booking]) -> None:
    assert reply("2") == "unclear"
    assert [state(visit).status for visit in two] == ["booked", "booked"]
    ((template, said),) = texts(beginning="reply_")
    assert template == "reply_which"
    assert {said["first"], said["second"]} == {f"11月23日9:00编号{code(visit)}" for visit in two}


@pytest.mark.parametrize("between", ["", " ", "，", "-"])
def test_a_code_says_whose_visit_it_is(two: tuple[Booking, Booking], between: str) -> None:
    assert reply(f"{code(two[1])}{between}2") == "cancel"
    assert [state(visit).status for visit in two] == ["booked", "cancelled"]


def test_a_code_of_nobody_here_changes_nothing(two: tuple[Booking, Booking]) -> None:
    wrong = next(f"{n}" for n in range(20, 99) if f"{n}" not in {code(visit) for visit in two})
    assert reply(f"{wrong}2") == "unknown"
    assert [state(visit).status for visit in two] == ["booked", "booked"]


def test_nought_on_a_shared_telephone_is_a_call_about_each_and_changes_nothing(two: tuple[Booking, Booking]) -> None:
    assert reply("0") == "call"
    assert {owed.booking_id for owed in calls()} == {visit.pk for visit in two}
    assert [state(visit).status for visit in two] == ["booked", "booked"]


def test_which_one_is_asked_once_a_day(two: tuple[Booking, Booking]) -> None:
    reply("1")
    reply("1")
    assert len(texts(beginning="reply_which")) == 1


def test_with_one_of_two_visits_over_a_bare_answer_is_understood_again(two: tuple[Booking, Booking]) -> None:
    reply(f"{code(two[0])}2")
    assert (reply("1"), state(two[1]).confirmed_at) == ("kept", NOON)


def test_what_nobody_understands_gets_the_menu_once_then_silence_for_a_day(visit: Booking, at: At) -> None:
    assert [reply("我要问医生"), reply("喂？"), reply("9")] == ["unknown"] * 3
    assert texts(beginning="reply_") == [("reply_menu", {})]
    later = NOON + timedelta(hours=20)
    with at(later):
        reply("喂", now=later)
    assert len(texts(beginning="reply_")) == 1


def test_a_day_later_the_menu_is_said_again(people: People, lan: Client, at: At) -> None:
    book(lan, people.helanfang_account, clinic(people.township, TODAY + timedelta(days=7)).slot, NOON.replace(hour=8))
    remind()
    reply("喂")
    later = NOON + timedelta(hours=25)
    with at(later):
        reply("喂", now=later)
    assert [template for template, _said in texts(beginning="reply_")] == ["reply_menu"] * 2


def test_an_answer_to_a_reply_leaves_by_night_too(visit: Booking, phone: Phone, at: At) -> None:
    night = NOON + timedelta(hours=10)
    with at(night):
        reply("1", now=night)
        work()
    assert "reply_kept" in phone.sent


@pytest.mark.parametrize("text", ["T", "退订", "td"])
def test_stop_is_for_reminders_alone_and_answers_once(visit: Booking, text: str) -> None:
    assert [reply(text), reply(text)] == ["stop", "stop"]
    assert refused() == {("visit_reminder", "sms")}
    assert [template for template, _said in texts(beginning="reply_")] == ["reply_stopped"]


def test_a_reply_is_kept_before_it_is_understood_and_emptied_after(visit: Booking) -> None:
    with acting_as("worker"):
        replies.keep([Reply("m1", LAN_PHONE, "2")], NOON)
    with acting_as("owner"):
        kept = SmsReply.objects.get()
        assert (kept.phone, kept.text, kept.meaning, state(visit).status) == (LAN_PHONE, "2", "", "booked")
    with acting_as("worker"):
        answers.read(NOON)
    with acting_as("owner"):
        kept = SmsReply.objects.get()
    assert (kept.phone, kept.text, kept.meaning) == (None, None, "cancel")


def test_a_reply_whose_act_fails_is_read_again(visit: Booking, monkeypatch: pytest.MonkeyPatch) -> None:
    from appointments import replies as visits

    def broken(*_args: Any) -> None:
        raise RuntimeError("the power fails")

    with monkeypatch.context() as patch:
        patch.setattr(visits, "_cancel", broken)
        with pytest.raises(RuntimeError):
            reply("2", key="m1")
    assert (reply("2", key="m1"), state(visit).status) == ("cancel", "cancelled")


def test_a_cancelled_place_is_counted_as_every_other(visit: Booking) -> None:
    slot = state(visit).slot
    reply("2")
    assert taken(slot) == 1  # kept for a random while, like every place that comes back


YU_PHONE = "19900000003"


@pytest.fixture
def offered(people: People, signed_in: SignedIn) -> Clinic:
    """贺小雨 waits for a place, and one is kept for her; her telephone was told."""
    rule(people.township, returns_from_minutes=120, returns_to_minutes=180)
    found = clinic(people.township, places=1, count=1)
    join(signed_in(people.hexiaoyu_account), people.hexiaoyu_account, found)
    sweep()
    work()
    return found


def test_a_one_to_an_offer_books_it(people: People, offered: Clinic) -> None:
    assert reply("1", YU_PHONE) == "taken"
    assert [booking.resident_id for booking in live(offered.slot)] == [people.hexiaoyu.pk]


def test_a_two_to_an_offer_passes_it_on(people: People, offered: Clinic) -> None:
    assert reply("2", YU_PHONE) == "declined"
    assert (offers(), live(offered.slot)) == ([], [])


def test_a_one_to_an_offer_that_a_rule_stands_against_says_so(people: People, offered: Clinic) -> None:
    held(people.hexiaoyu, clinic(people.township, of=offered.department).slot)
    assert reply("1", YU_PHONE) == "taken"
    assert [template for template, _said in texts(YU_PHONE, beginning="reply_")] == ["reply_gone"]


def test_another_s_offer_on_a_reminded_telephone_is_not_taken_by_a_bare_one(
    people: People, visit: Booking, signed_in: SignedIn
) -> None:
    share_the_phone(people.hexiaoyu, people.hexiaoyu_account)
    rule(people.township, returns_from_minutes=120, returns_to_minutes=180)
    found = clinic(people.township, places=1, count=1)
    join(signed_in(people.hexiaoyu_account), people.hexiaoyu_account, found)
    sweep()
    work()
    assert (reply("1"), live(found.slot), state(visit).confirmed_at) == ("unclear", [], None)
    assert "候补的号编号" in " ".join(texts(beginning="reply_which")[0][1].values())


@pytest.fixture
def missed(people: People) -> None:
    """贺小雨 missed a visit this morning, and her telephone was told."""
    rule(people.township, reports_attendance=True)
    visit = held(people.hexiaoyu, clinic(people.township, TODAY).slot)
    with acting_as("owner"):
        Booking.objects.filter(pk=visit.pk).update(status="no_show")
    work()


def test_the_word_that_appeals_appeals_once_and_says_until_when(missed: None) -> None:
    assert [reply("申诉", YU_PHONE), reply("申诉。", YU_PHONE)] == ["appealed", "unasked"]
    with acting_as("owner"):
        appeal = Appeal.objects.get()
    assert (appeal.way, appeal.at) == ("sms", NOON)
    assert texts(YU_PHONE, beginning="reply_") == [("reply_appealed", {"when": when_text(appeal.answer_due)})]


def test_a_missed_visit_makes_no_reminder_need_a_code(people: People, missed: None, signed_in: SignedIn) -> None:
    visit = booked(signed_in(people.hexiaoyu_account), people.hexiaoyu_account, people)
    remind()
    assert [template for template, _said in texts(YU_PHONE, beginning="visit_")] == ["visit_reminder"]
    assert (reply("1", YU_PHONE), state(visit).confirmed_at) == ("kept", NOON)
