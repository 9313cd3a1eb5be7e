"""Nobody decides their own case, no word is lost, and no address ends in an error."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from appointments.models import Appeal, Strike
from foundation.rowsecurity import acting_as
from residents.models import Account
from tests import factories
from tests.appointments.scenes import rule
from tests.appointments.test_no_shows import miss
from tests.factories import NOON
from tests.people import People

SignedIn = Callable[[Account], Client]
At = Callable[[datetime], Any]


@pytest.fixture
def heads_own(people: People, at: At, signed_in: SignedIn) -> tuple[Client, Strike]:
    """The browser of the township's head, who is 贺小雨 herself, and her own missed visit there."""
    rule(people.township, NOON.date() - timedelta(days=400), reports_attendance=True)
    miss(people, at, 1)
    account = people.hexiaoyu_account
    factories.membership(account, people.township, "manager")
    with acting_as("owner"):
        Account.objects.filter(pk=account.pk).update(is_staff=True)
        strike = Strike.objects.get()
    account.refresh_from_db()
    return signed_in(account), strike


def test_nobody_decides_their_own_case(heads_own: tuple[Client, Strike]) -> None:
    client, strike = heads_own
    assert client.post(reverse("staff:excuse_no_show", args=[strike.pk]), {"why": "facility"}).status_code == 403
    client.post(reverse("staff:file_appeal", args=[strike.pk]), {"words": ""})
    said = {"verdict": "yes", "answer": "同意"}
    assert client.post(reverse("staff:answer_no_show", args=[strike.pk]), said).status_code == 403


def test_what_a_person_says_at_the_desk_is_not_lost_for_being_long(people: People, at: At, signed_in: SignedIn) -> None:
    rule(people.township, NOON.date() - timedelta(days=400), reports_attendance=True)
    miss(people, at, 1)
    with acting_as("owner"):
        strike = Strike.objects.get()
    desk, address = signed_in(people.zhangqiantai), reverse("staff:file_appeal", args=[strike.pk])
    page = desk.post(address, {"words": "住院" * 200})
    with acting_as("owner"):
        assert not Appeal.objects.exists()
    assert "住院住院" in page.content.decode()


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_at_the_end_of_time_is_today(people: People, signed_in: SignedIn, day: str) -> None:
    address = reverse("staff:desk_day", args=[people.township.pk])
    assert signed_in(people.zhangqiantai).get(address, {"day": day}).status_code == 200
