"""Sessions that end when nobody is there: by kind, told beforehand, and prolonged by a tap."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from foundation import dated
from foundation.middleware import TOKEN
from foundation.models import DatedSetting
from residents.models import AccountSession
from tests.factories import NOON, PASSWORD, made
from tests.people import People
from tests.residents.door import KNOWN, by_password, is_in, statements
from tests.residents.second_steps import code, first_step, pair, second_step

Clock = Callable[[datetime], AbstractContextManager[Any]]
SECOND = timedelta(seconds=1)


def minutes(number: float) -> datetime:
    return NOON + timedelta(minutes=number)


def at_the_desk(client: Client) -> bool:
    return client.get(reverse("staff:index")).status_code == 200


def enter_desk(client: Client, people: People) -> None:
    pair(people.zhangqiantai)
    first_step(client)
    second_step(client, code())


def set_dated(key: str, value: Any) -> None:
    made(DatedSetting(key=key, value=value, valid_from=NOON - timedelta(days=400)))
    dated.forget(key)


@pytest.mark.parametrize(("later", "still"), [(minutes(30) - SECOND, True), (minutes(30) + SECOND, False)])
def test_a_resident_is_out_after_half_an_hour(
    later: datetime, still: bool, people: People, client: Client, at: Clock
) -> None:
    with at(NOON):
        by_password(client)
    with at(later):
        assert is_in(client) is still


@pytest.mark.parametrize(("later", "still"), [(minutes(20) - SECOND, True), (minutes(20) + SECOND, False)])
def test_staff_are_out_after_twenty_minutes(
    later: datetime, still: bool, people: People, client: Client, at: Clock
) -> None:
    with at(NOON):
        enter_desk(client, people)
    with at(later):
        assert at_the_desk(client) is still


@pytest.mark.parametrize(("later", "still"), [(NOON + 59 * SECOND, True), (NOON + 61 * SECOND, False)])
def test_a_self_service_machine_forgets_after_a_minute(
    later: datetime, still: bool, people: People, client: Client, at: Clock
) -> None:
    set_dated("sessions.kiosk_addresses", ["127.0.0.1"])
    with at(NOON):
        by_password(client)
    with at(later):
        assert is_in(client) is still


def test_a_self_service_machine_is_nobodys_known_device(people: People, client: Client) -> None:
    set_dated("sessions.kiosk_addresses", ["127.0.0.1"])
    by_password(client)
    assert "device" not in client.cookies


def test_the_county_may_choose_another_length(people: People, client: Client, at: Clock) -> None:
    set_dated("sessions.resident_idle_minutes", 10)
    with at(NOON):
        by_password(client)
    with at(minutes(10) + SECOND):
        assert not is_in(client)


def test_each_page_moves_the_end(people: People, client: Client, at: Clock) -> None:
    with at(NOON):
        by_password(client)
    for later in (25, 50, 75):
        with at(minutes(later)):
            assert is_in(client)


def test_the_database_lets_an_idle_session_see_nothing(people: People, client: Client, at: Clock) -> None:
    with at(NOON):
        by_password(client)
        token = client.session[TOKEN]
    with at(minutes(30) + SECOND), connections["default"].cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT set_config('app.token', %s, true), app.account()", [token])
        cursor.execute("SELECT app.account()")
        found = cursor.fetchone()
        cursor.execute("ROLLBACK")
    assert found == (None,)


def written(client: Client) -> list[str]:
    with CaptureQueriesContext(connections["signin"]) as queries:
        client.get(reverse("residents:me"))
    return [text for text in statements(queries) if text.startswith("UPDATE")]


def test_the_end_is_moved_once_a_minute_at_most(people: People, client: Client, at: Clock) -> None:
    with at(NOON):
        by_password(client)
    with at(NOON + 59 * SECOND):
        assert written(client) == []
    with at(NOON + 60 * SECOND):
        assert len(written(client)) == 1
        assert written(client) == []


def test_the_page_says_when_it_ends(people: People, client: Client, at: Clock) -> None:
    with at(NOON):
        by_password(client)
        page = client.get(reverse("residents:me")).content.decode()
    assert "到 <time data-session-time>12:30</time> 一直没有操作" in page


def test_the_desk_says_so_too(people: People, client: Client, at: Clock) -> None:
    with at(NOON):
        enter_desk(client, people)
        assert 'data-session-seconds="1200"' in client.get(reverse("staff:index")).content.decode()


def test_nobody_is_told_who_is_not_signed_in(people: People, client: Client) -> None:
    assert "data-session-seconds" not in client.get(reverse("home")).content.decode()


def stay(client: Client) -> Any:
    return client.post(reverse("residents:stay"), headers={"Accept": "application/json"})


def test_a_tap_moves_the_end(people: People, client: Client, at: Clock) -> None:
    with at(NOON):
        by_password(client)
    with at(minutes(29)):
        assert stay(client).json() == {"seconds": 1800}
    with at(minutes(58)):
        assert is_in(client)


def test_a_tap_does_not_reach_beyond_twelve_hours(people: People, client: Client, at: Clock) -> None:
    with at(NOON):
        by_password(client)
    for later in range(25, 715, 25):
        with at(minutes(later)):
            stay(client)
    with at(minutes(715)):
        assert stay(client).json() == {"seconds": 300}


def test_a_tap_too_late_leads_to_the_door(people: People, client: Client, at: Clock) -> None:
    with at(NOON):
        by_password(client)
    with at(minutes(31)):
        assert stay(client).url.startswith(reverse("account_login"))


def test_a_session_ended_elsewhere_is_not_revived_by_a_tap(people: People, client: Client) -> None:
    by_password(client)
    AccountSession.objects.all().delete()
    stay(client)
    assert not is_in(client)


def test_without_script_the_tap_leads_back(people: People, client: Client) -> None:
    by_password(client)
    assert client.post(reverse("residents:stay"), {"next": "/me/notices/"}).url == "/me/notices/"
    assert client.post(reverse("residents:stay"), {"next": "https://evil.example/"}).url == reverse("home")


def test_after_signing_in_again_one_is_back_on_the_page(people: People, client: Client, at: Clock) -> None:
    with at(NOON):
        by_password(client)
    with at(minutes(31)):
        door = client.get(reverse("residents:notices")).url
        assert client.post(door, {"login": KNOWN, "password": PASSWORD}).url == reverse("residents:notices")
