"""Every private page pays the same small frame, and no page more than its budget beyond it."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from foundation.rowsecurity import acting_as
from records.summaries import keeping
from residents.models import Account
from tests import factories
from tests.architecture.world import World, world_of
from tests.budget import cost
from tests.people import People

BUDGET = {
    "home": 8,
    "residents:me": 6,
    "residents:notices": 5,
    "residents:access_log": 5,
    "records:home": 6,
    "records:reports": 6,
    "appointments:bookings": 6,
    "appointments:facilities": 6,
    "health_education:articles": 6,
}


@pytest.fixture
def world(people: People) -> World:
    made = world_of(people)
    with acting_as("worker"):
        keeping.sweep(timezone.now(), 60.0)
    return made


@pytest.mark.parametrize("name", BUDGET)
def test_a_page_keeps_its_budget(name: str, world: World, signed_in: Callable[[Account], Client]) -> None:
    paid = cost(signed_in(world.people.helanfang_account), reverse(name))
    assert paid.beyond_the_frame <= BUDGET[name], "\n".join([*paid.signin, *paid.web])


def test_the_frame_is_session_account_token_event(world: World, signed_in: Callable[[Account], Client]) -> None:
    paid = cost(signed_in(world.people.helanfang_account), reverse("records:report", args=[world.report.pk]))
    events = [text for text in paid.web if 'INSERT INTO "residents_accessevent"' in text]
    read = [text for text in paid.signin if text not in paid.tallies]
    assert [text.split('FROM "')[1].split('"')[0] for text in read] == [
        "residents_accountsession",
        "residents_account",
    ]
    assert (len(events), len(paid.tallies)) == (1, 1)


@pytest.mark.parametrize("name", ["home", "residents:me", "appointments:bookings", "health_education:articles"])
def test_a_page_without_health_data_pays_no_tally(
    name: str, world: World, signed_in: Callable[[Account], Client]
) -> None:
    assert cost(signed_in(world.people.helanfang_account), reverse(name)).tallies == []


def test_home_costs_the_same_with_many_reports(world: World, signed_in: Callable[[Account], Client]) -> None:
    client = signed_in(world.people.helanfang_account)
    few = cost(client, reverse("home"))
    feed = factories.source(world.people.township)
    for _ in range(20):
        factories.report(world.people.helanfang, feed)
    many = cost(client, reverse("home"))
    assert (len(few.web), len(few.signin)) == (len(many.web), len(many.signin))
