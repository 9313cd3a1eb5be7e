"""The next activity on the home page: one's own, the nearest, without what it is about, at a constant price."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from foundation.rowsecurity import acting_as
from health_education.models import Activity
from residents.models import Account
from tests import factories
from tests.budget import cost
from tests.factories import NOON
from tests.health_education.scenes import Enter, sign_up
from tests.people import People

HOME = reverse("home")
HEAD = "您报名的活动"


@pytest.fixture(autouse=True)
def noon(at: Callable[[datetime], Any]) -> Iterator[None]:
    with at(NOON):
        yield


@pytest.fixture
def lan(people: People, signed_in: Enter) -> Client:
    return signed_in(people.helanfang_account)


def home(client: Client) -> str:
    return client.get(HOME).content.decode()


def test_the_nearest_activity_is_shown_with_time_and_place_and_not_its_title(people: People, lan: Client) -> None:
    assert HEAD not in home(lan)
    for days, place in ((5, "文化站"), (2, "二楼会议室")):
        start = NOON + timedelta(days=days)
        activity = factories.activity(people.township, "乙肝携带者讲座", start, place=place)
        sign_up(lan, people.helanfang_account, activity)
    page = home(lan)
    assert HEAD in page and "二楼会议室" in page and "文化站" not in page and "乙肝" not in page


def test_one_that_is_called_off_over_or_taken_back_is_not_shown(people: People, lan: Client, at: Any) -> None:
    talk = factories.activity(people.township)
    sign_up(lan, people.helanfang_account, talk)
    with at(talk.ends_at + timedelta(minutes=1)):
        assert HEAD not in home(lan)
    with acting_as("owner"):
        Activity.objects.filter(pk=talk.pk).update(state="cancelled", cancelled_at=NOON, cancel_reason="停电")
    assert HEAD not in home(lan)


def test_another_person_and_staff_see_nothing_of_it(people: People, lan: Client, signed_in: Enter) -> None:
    sign_up(lan, people.helanfang_account, factories.activity(people.township))
    others: list[Account] = [people.wangjianguo_account, people.licunyi]
    assert [HEAD in home(signed_in(one)) for one in others] == [False, False]


def test_it_costs_one_statement_however_many_there_are(people: People, lan: Client) -> None:
    without = cost(lan, HOME)
    for days in range(1, 12):
        sign_up(
            lan, people.helanfang_account, factories.activity(people.township, starts_at=NOON + timedelta(days=days))
        )
    many = cost(lan, HOME)
    assert (len(many.web), len(many.signin)) == (len(without.web), len(without.signin))
    assert sum('"health_education_signup"' in text for text in many.web) == 1
