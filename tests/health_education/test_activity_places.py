"""Places of an activity: exact under a rush, once for each person, given back."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connections, transaction
from django.test import Client
from django.urls import reverse

from foundation.middleware import TOKEN
from foundation.rowsecurity import acting_as, seeing
from health_education.activities import refusals, signing
from health_education.models import Activity, SignUp
from tests import factories
from tests.factories import NOON
from tests.health_education.scenes import Enter, crowd, fresh, live, sign_up, viewer
from tests.people import People

PEOPLE, PLACES = 40, 10


@pytest.fixture(autouse=True)
def noon(at: Callable[[datetime], Any]) -> Iterator[None]:
    with at(NOON):
        yield


@pytest.fixture
def lan(people: People, signed_in: Enter) -> Client:
    return signed_in(people.helanfang_account)


def race(deeds: list[Callable[[], Any]]) -> list[Any]:
    """All deeds in the same instant; answers in order, a refusal by its class's name."""
    barrier = Barrier(len(deeds), timeout=30)

    def run(deed: Callable[[], Any]) -> Any:
        barrier.wait()
        try:
            return deed()
        except refusals.Refusal as refusal:
            return type(refusal).__name__
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))


def asker(token: str, account: Any, activity: Activity, key: Any = None) -> Callable[[], Any]:
    form_key = key or uuid4()

    def ask() -> Any:
        with seeing(token):
            return signing.sign_up(activity=activity, viewer=viewer(account), form_key=form_key, now=NOON).pk

    return ask


def test_of_forty_people_who_press_at_once_exactly_ten_get_the_ten_places(people: People, signed_in: Enter) -> None:
    lecture = factories.activity(people.township, capacity=PLACES)
    who = [(signed_in(account).session[TOKEN], account) for account in crowd(PEOPLE)]
    answers = race([asker(token, account, lecture) for token, account in who])
    assert Counter(a for a in answers if isinstance(a, str)) == {"Full": PEOPLE - PLACES}
    assert {a for a in answers if not isinstance(a, str)} == {s.pk for s in live(lecture)}
    assert fresh(lecture).taken == len(live(lecture)) == PLACES


def test_the_same_form_sent_eight_times_at_once_takes_one_place(people: People, lan: Client) -> None:
    lecture, key = factories.activity(people.township, capacity=PLACES), uuid4()
    answers = race([asker(lan.session[TOKEN], people.helanfang_account, lecture, key) for _ in range(8)])
    assert answers == [live(lecture)[0].pk] * 8
    assert fresh(lecture).taken == 1


def test_taking_it_back_frees_the_place_for_the_next(people: People, lan: Client, signed_in: Enter) -> None:
    lecture = factories.activity(people.township, capacity=1)
    mine = sign_up(lan, people.helanfang_account, lecture)
    other = signed_in(people.wangjianguo_account)
    with pytest.raises(refusals.Full):
        sign_up(other, people.wangjianguo_account, lecture)
    with seeing(lan.session[TOKEN]):
        signing.leave(signup=mine, viewer=viewer(people.helanfang_account), now=NOON)
    sign_up(other, people.wangjianguo_account, lecture)
    assert [signup.resident_id for signup in live(lecture)] == [people.wangjianguo.pk]


def test_a_form_whose_sign_up_was_taken_back_signs_nobody_up_again(people: People, lan: Client) -> None:
    lecture, key = factories.activity(people.township), uuid4()
    mine = sign_up(lan, people.helanfang_account, lecture, key)
    with seeing(lan.session[TOKEN]):
        signing.leave(signup=mine, viewer=viewer(people.helanfang_account), now=NOON)
    with pytest.raises(refusals.FormUsed):
        sign_up(lan, people.helanfang_account, lecture, key)
    assert (live(lecture), fresh(lecture).taken) == ([], 0)


@pytest.mark.parametrize(
    "closed",
    [
        {"state": "draft"},
        {"signup_opens_at": NOON + timedelta(hours=1)},
        {"signup_closes_at": NOON - timedelta(hours=1)},
        {"signup_opens_at": None, "signup_closes_at": None},
        {"state": "cancelled", "cancelled_at": NOON, "cancel_reason": "下雨"},
    ],
)
def test_nobody_signs_up_out_of_time(closed: dict[str, Any], people: People, lan: Client) -> None:
    lecture = factories.activity(people.township, **closed)
    with pytest.raises(refusals.NotOpen):
        sign_up(lan, people.helanfang_account, lecture)


def test_nobody_is_signed_up_by_a_stranger(people: People, signed_in: Enter) -> None:
    lecture = factories.activity(people.township)
    stranger = signed_in(people.wangjianguo_account)
    with seeing(stranger.session[TOKEN]), pytest.raises(refusals.IdentityNeeded):
        signing.sign_up(activity=lecture, viewer=viewer(people.helanfang_account), form_key=uuid4(), now=NOON)


def test_the_count_is_nobodys_to_write_not_even_the_owners(people: People) -> None:
    lecture = factories.activity(people.township, capacity=3)
    with acting_as("owner"), pytest.raises(DatabaseError), transaction.atomic(using="owner"):
        Activity.objects.filter(pk=lecture.pk).update(taken=2)


def test_a_taken_back_sign_up_is_not_revived(people: People, lan: Client) -> None:
    lecture = factories.activity(people.township)
    mine = sign_up(lan, people.helanfang_account, lecture)
    with seeing(lan.session[TOKEN]):
        signing.leave(signup=mine, viewer=viewer(people.helanfang_account), now=NOON)
    with acting_as("owner"), pytest.raises(DatabaseError), transaction.atomic(using="owner"):
        SignUp.objects.filter(pk=mine.pk).update(cancelled_at=None, cancelled_by=None)


def test_who_signs_up_and_takes_it_back_for_ever_is_told_to_call(people: People, lan: Client) -> None:
    lecture = factories.activity(people.township, capacity=PLACES)
    for _turn in range(5):
        mine = sign_up(lan, people.helanfang_account, lecture)
        with seeing(lan.session[TOKEN]):
            signing.leave(signup=mine, viewer=viewer(people.helanfang_account), now=NOON)
    with pytest.raises(refusals.TooOften):
        sign_up(lan, people.helanfang_account, lecture)
    with acting_as("owner"):
        assert (SignUp.objects.count(), fresh(lecture).taken) == (5, 0)
    sign_up(lan, people.helanfang_account, factories.activity(people.township))


def test_signing_up_again_shows_one_line_for_the_activity(people: People, lan: Client) -> None:
    lecture = factories.activity(people.township)
    mine = sign_up(lan, people.helanfang_account, lecture)
    with seeing(lan.session[TOKEN]):
        signing.leave(signup=mine, viewer=viewer(people.helanfang_account), now=NOON)
    sign_up(lan, people.helanfang_account, lecture)
    page = lan.get(reverse("health_education:my_activities")).content.decode()
    assert page.count(lecture.title) == 1 and "报名已取消" not in page
