"""The word against a strike for whoever has no portal at hand: by SMS and at the counter, each within its time."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from appointments import standing
from appointments.models import Appeal, Booking, Strike
from foundation.dated import forget
from foundation.models import DatedSetting
from foundation.rowsecurity import acting_as
from residents.message_texts import TEXTS
from residents.models import Account
from residents.phones import phone_index
from residents.spreading import spread
from tests import factories
from tests.appointments.scenes import TODAY, rule
from tests.appointments.test_no_shows import TODAY_AGAIN, ends, miss, strikes
from tests.appointments.test_places import run
from tests.factories import NOON
from tests.people import People

SignedIn = Callable[[Account], Client]
At = Callable[[datetime], Any]
HERS, HIS = "19900000003", "19900000002"


@pytest.fixture(autouse=True)
def reporting(people: People) -> None:
    """The township says who came, and suspends after two in ninety days for thirty."""
    terms = {"no_shows_allowed": 2, "no_show_days": 90, "suspension_days": 30}
    rule(people.township, TODAY - timedelta(days=400), reports_attendance=True, **terms)


def missed_and_told(people: People, at: At, *days: int) -> list[Booking]:
    """Visits that were missed so many days ago, the person told of each by SMS on the same day."""
    made = []
    for ago in days:
        made.append(miss(people, at, ago))
        moment = NOON - timedelta(days=ago)
        with at(moment), acting_as("worker"):
            spread(moment)
    run("owner", TODAY_AGAIN)
    return made


def texted(phone: str = HERS, now: datetime = NOON) -> Appeal | None:
    """What the worker makes of "申诉" from a number."""
    with acting_as("worker"):
        return standing.appeal_by_text(phone=phone_index(phone), now=now)


def appeals() -> list[Appeal]:
    with acting_as("owner"):
        return list(Appeal.objects.all())


def test_a_reply_appeals_against_the_newest_and_says_when_it_is_answered(people: People, at: At) -> None:
    _, newest = missed_and_told(people, at, 9, 2)
    made = texted()
    assert made is not None
    assert (made.way, made.strike.booking_id) == ("sms", newest.pk)
    made.refresh_from_db(using="owner")
    assert made.answer_due == NOON + timedelta(days=7)


def test_the_next_reply_appeals_against_the_one_before_and_a_third_against_nothing(people: People, at: At) -> None:
    older, newer = missed_and_told(people, at, 9, 2)
    assert [appeal and appeal.strike.booking_id for appeal in (texted(), texted(), texted())] == [
        newer.pk,
        older.pk,
        None,
    ]


def test_another_telephone_appeals_against_nothing(people: People, at: At) -> None:
    missed_and_told(people, at, 2)
    assert texted(HIS) is None
    assert appeals() == []


def test_who_was_not_told_by_sms_does_not_appeal_by_sms(people: People, at: At) -> None:
    """A number proves nothing by itself: it speaks only for those about whom it was told."""
    miss(people, at, 2)
    assert texted() is None


def test_after_the_deadline_a_reply_appeals_against_nothing(people: People, at: At) -> None:
    missed_and_told(people, at, 31)
    assert texted() is None
    assert appeals() == []


def test_on_the_last_day_a_reply_is_in_time(people: People, at: At) -> None:
    missed_and_told(people, at, 30)
    assert texted() is not None


def test_a_strike_that_was_taken_back_is_not_appealed_against(people: People, at: At) -> None:
    missed_and_told(people, at, 2)
    run("owner", "UPDATE appointments_strike SET withdrawn_at = now(), withdrawn_why = 'emergency'")
    assert texted() is None


def test_an_appeal_by_sms_that_nobody_answers_reopens_web_booking(people: People, at: At) -> None:
    missed_and_told(people, at, 9, 2)
    assert ends(people) == NOON + timedelta(days=28)
    texted()
    with at(NOON + timedelta(days=7)):
        assert ends(people) is None


@pytest.mark.parametrize("template", ["strike_warned", "web_suspended"])
def test_the_messages_name_the_word_that_appeals_and_the_counter(template: str) -> None:
    assert standing.APPEAL_WORD in TEXTS[template]
    assert f"回复“{standing.APPEAL_WORD}”" in TEXTS[template]
    assert "窗口" in TEXTS[template]


def file(desk: Client, strike: Strike) -> str:
    address = reverse("staff:file_appeal", args=[strike.pk])
    return str(desk.post(address, {"words": "来电话说住院"}, follow=True).content.decode())


def test_the_desk_says_until_when_one_may_appeal(people: People, at: At, signed_in: SignedIn) -> None:
    miss(people, at, 2)
    page = signed_in(people.zhangqiantai).get(reverse("staff:no_show", args=[strikes()[0].pk])).content.decode()
    assert "12月20日" in page


def test_after_the_deadline_the_desk_writes_none_down_and_says_so(people: People, at: At, signed_in: SignedIn) -> None:
    miss(people, at, 31)
    assert "没有登记成" in file(signed_in(people.zhangqiantai), strikes()[0])
    assert appeals() == []


def test_the_countys_deadline_holds(people: People, at: At) -> None:
    since = NOON - timedelta(days=400)
    factories.made(DatedSetting(key="appointments.appeal_days", value=3, valid_from=since))
    forget("appointments.appeal_days")
    miss(people, at, 2)
    forget("appointments.appeal_days")
    assert strikes()[0].appeal_until == NOON + timedelta(days=1)
