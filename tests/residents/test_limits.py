"""How often one may try, per number and per address; counters that no failure takes back."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from foundation import dated
from foundation.models import DatedSetting
from residents import account_views, devices
from tests import factories
from tests.factories import NOON, made
from tests.people import People
from tests.residents.door import KNOWN, UNKNOWN, ask_code, by_password, is_in, page
from tests.residents.second_steps import first_step

Clock = Callable[[datetime], AbstractContextManager[Any]]
LOCKED = "尝试次数过多，为保护您的账号，请在%s后再试。"
TOO_OFTEN = "获取验证码太频繁了，请在%s后再试，或改用密码登录。"
HOUR = re.compile(r"请在(\d\d:\d\d)后再试")


def fail(times: int, number: str = KNOWN) -> None:
    """Wrong passwords for one number, each from another address."""
    for turn in range(times):
        by_password(Client(), number, "wrong-password", REMOTE_ADDR=f"10.0.{turn}.1")


def is_locked(answer: Any) -> bool:
    return "尝试次数过多" in answer.content.decode()


def test_after_five_failures_even_the_right_password_is_refused(people: People, client: Client) -> None:
    fail(5)
    assert is_locked(by_password(client))
    assert not is_in(client)


def test_after_four_failures_the_right_password_is_taken(people: People, client: Client) -> None:
    fail(4)
    by_password(client)
    assert is_in(client)


def test_the_lock_opens_by_itself(people: People, client: Client, at: Clock) -> None:
    with at(NOON):
        fail(5)
    with at(NOON + timedelta(minutes=15, seconds=1)):
        by_password(client)
        assert is_in(client)


def test_the_lock_says_when_it_opens(people: People, at: Clock) -> None:
    with at(NOON):
        fail(5)
    with at(NOON + timedelta(minutes=3)):
        assert LOCKED % "12:15" in by_password(Client()).content.decode()


def test_whoever_waits_as_told_gets_in(people: People, client: Client, at: Clock) -> None:
    with at(NOON + timedelta(seconds=20)):
        fail(5)
        told = HOUR.search(by_password(Client()).content.decode())
        assert told and told[1] == "12:16"
    with at(NOON + timedelta(minutes=16)):
        by_password(client)
        assert is_in(client)


def test_stubbornness_makes_the_wait_longer(people: People, at: Clock) -> None:
    for turn in range(15):
        with at(NOON + timedelta(minutes=4 * turn)):
            by_password(Client(), KNOWN, "wrong-password")
    with at(NOON + timedelta(minutes=90)):
        assert LOCKED % "14:00" in by_password(Client()).content.decode()


def test_tries_while_locked_do_not_prolong_it(people: People, client: Client, at: Clock) -> None:
    with at(NOON):
        fail(5)
    with at(NOON + timedelta(minutes=14)):
        fail(5)
    with at(NOON + timedelta(minutes=15, seconds=1)):
        by_password(client)
        assert is_in(client)


def test_a_known_device_passes_a_strangers_lock(people: People, client: Client) -> None:
    by_password(client)
    client.post(reverse("account_logout"))
    fail(20)
    by_password(client)
    assert is_in(client)


def test_a_known_device_has_a_limit_of_its_own(people: People, client: Client) -> None:
    by_password(client)
    client.post(reverse("account_logout"))
    for _turn in range(5):
        by_password(client, KNOWN, "wrong-password")
    assert is_locked(by_password(client))


def test_a_device_known_for_another_account_is_a_strangers(people: People, client: Client) -> None:
    by_password(client, factories.id_number(date(1961, 5, 4), 13))
    client.post(reverse("account_logout"))
    fail(5)
    assert is_locked(by_password(client))


def test_a_made_up_device_is_a_strangers(people: People, client: Client) -> None:
    fail(5)
    client.cookies[devices.cookie_name()] = "made-up:signature"
    assert is_locked(by_password(client))


def test_strangers_do_not_use_up_the_codes_of_a_known_device(people: People, client: Client) -> None:
    by_password(client)
    client.post(reverse("account_logout"))
    ask_code(Client())
    assert ask_code(client).status_code == 302


def test_a_shared_line_may_fail_more_often(people: People) -> None:
    made(DatedSetting(key="sessions.shared_addresses", value=["127.0.0.0/24"], valid_from=NOON - timedelta(days=400)))
    dated.forget("sessions.shared_addresses")
    for turn in range(25):
        by_password(Client(), factories.id_number(sequence=100 + turn), "wrong-password")
    assert not is_locked(by_password(Client(), UNKNOWN, "wrong-password"))


def test_staff_may_try_again_from_their_own_computer(people: People, client: Client) -> None:
    first_step(client)
    client.post(reverse("account_logout"))
    for turn in range(5):
        first_step(Client(), password="wrong-password", REMOTE_ADDR=f"10.0.{turn}.1")
    assert is_locked(first_step(Client()))
    assert first_step(client).status_code == 302


def test_an_unknown_number_locks_alike(people: People) -> None:
    fail(5, KNOWN)
    fail(5, UNKNOWN)
    assert page(by_password(Client(), KNOWN), KNOWN) == page(by_password(Client(), UNKNOWN), UNKNOWN)


def test_a_locked_number_locks_nobody_else(people: People, client: Client) -> None:
    fail(5, UNKNOWN)
    by_password(client)
    assert is_in(client)


def test_another_host_name_is_no_way_around_the_lock(people: People, client: Client) -> None:
    fail(5)
    by_password(client, HTTP_HOST="localhost")
    assert not is_in(client)


def test_failures_count_although_the_request_broke(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_off(*args: Any) -> None:
        raise RuntimeError("the page broke")

    monkeypatch.setattr(account_views.SignInView, "form_invalid", break_off)
    for _turn in range(5):
        broken = by_password(Client(raise_request_exception=False), KNOWN, "wrong-password")
        assert broken.status_code == 500
    monkeypatch.undo()
    assert is_locked(by_password(Client()))


def test_one_address_may_fail_twenty_times_a_minute(people: People) -> None:
    for turn in range(20):
        by_password(Client(), factories.id_number(sequence=100 + turn), "wrong-password")
    assert is_locked(by_password(Client(), UNKNOWN, "wrong-password"))


def test_sixty_forms_a_minute_from_one_address_are_enough(people: People, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login": "3/m/ip"}
    for _turn in range(3):
        by_password(Client(), "1")
    answer = by_password(Client())
    assert answer.status_code == 429 and "请稍等一会儿" in answer.content.decode()


def test_a_code_is_sent_once_a_minute(people: People, client: Client, at: Clock) -> None:
    with at(NOON):
        ask_code(client)
        assert ask_code(client).context["form"].errors["number"] == [TOO_OFTEN % "12:01"]


def test_an_unknown_number_is_asked_to_wait_too(people: People, client: Client, at: Clock) -> None:
    with at(NOON):
        ask_code(client, UNKNOWN)
        assert ask_code(client, UNKNOWN).context["form"].errors["number"] == [TOO_OFTEN % "12:01"]


def test_five_codes_an_hour_are_enough(people: People, at: Clock) -> None:
    for turn in range(5):
        with at(NOON + timedelta(minutes=2 * turn)):
            assert ask_code(Client()).status_code == 302
    with at(NOON + timedelta(minutes=12)):
        assert ask_code(Client()).status_code == 200
    with at(NOON + timedelta(minutes=61)):
        assert ask_code(Client()).status_code == 302


def test_ten_codes_a_day_are_enough(people: People, at: Clock) -> None:
    for turn in range(10):
        with at(NOON + timedelta(minutes=30 * turn)):
            assert ask_code(Client()).status_code == 302
    with at(NOON + timedelta(hours=10)):
        assert ask_code(Client()).status_code == 200
    with at(NOON + timedelta(hours=24, minutes=1)):
        assert ask_code(Client()).status_code == 302
