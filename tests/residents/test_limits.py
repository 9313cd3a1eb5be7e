"""How often one may try, per number and per address; counters that no failure takes back."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from residents import account_views
from tests import factories
from tests.factories import NOON
from tests.people import People
from tests.residents.door import KNOWN, UNKNOWN, ask_code, by_password, is_in, page

Clock = Callable[[datetime], AbstractContextManager[Any]]
LOCKED = "尝试次数过多，为保护您的账号，暂时不能登录。请15分钟后再试，或到就近的卫生院窗口求助。"
TOO_OFTEN = "获取验证码太频繁了：每分钟1次，每小时5次，每天10次。请稍后再试，或改用密码登录。"


def fail(times: int, number: str = KNOWN) -> None:
    """Wrong passwords for one number, each from another address."""
    for turn in range(times):
        by_password(Client(), number, "wrong-password", REMOTE_ADDR=f"10.0.{turn}.1")


def test_after_five_failures_even_the_right_password_is_refused(people: People, client: Client) -> None:
    fail(5)
    assert LOCKED in by_password(client).content.decode()
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
    assert LOCKED in by_password(Client()).content.decode()


def test_one_address_may_fail_twenty_times_a_minute(people: People) -> None:
    for turn in range(20):
        by_password(Client(), factories.id_number(sequence=100 + turn), "wrong-password")
    assert LOCKED in by_password(Client(), UNKNOWN, "wrong-password").content.decode()


def test_sixty_forms_a_minute_from_one_address_are_enough(people: People, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login": "3/m/ip"}
    for _turn in range(3):
        by_password(Client(), "1")
    answer = by_password(Client())
    assert answer.status_code == 429 and "请稍等一会儿" in answer.content.decode()


def test_a_code_is_sent_once_a_minute(people: People, client: Client) -> None:
    ask_code(client)
    assert ask_code(client).context["form"].errors["number"] == [TOO_OFTEN]


def test_an_unknown_number_is_asked_to_wait_too(people: People, client: Client) -> None:
    ask_code(client, UNKNOWN)
    assert ask_code(client, UNKNOWN).context["form"].errors["number"] == [TOO_OFTEN]


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
