"""Document number and a code by SMS: six digits, five minutes, five tries, once."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from statistics import median
from threading import Barrier, Thread
from time import perf_counter
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from foundation.rowsecurity import acting_as
from residents.models import Account, Delivery
from tests import factories
from tests.factories import NOON
from tests.people import People
from tests.residents.door import (
    KNOWN,
    UNKNOWN,
    ask_code,
    by_password,
    code_sent,
    give_code,
    is_in,
    last_delivery,
    page,
    statements,
    work,
    wrong,
)

Clock = Callable[[datetime], AbstractContextManager[Any]]
CONFIRM = "/accounts/login/code/confirm/"


def test_the_code_opens_the_door(people: People, client: Client) -> None:
    assert ask_code(client).url == CONFIRM
    assert give_code(client, code_sent()).url == reverse("home")
    assert is_in(client)


def test_the_code_has_six_digits(people: People, client: Client) -> None:
    ask_code(client)
    assert len(code_sent()) == 6 and code_sent().isdigit()


def test_full_width_digits_of_the_code_are_forgiven(people: People, client: Client) -> None:
    ask_code(client)
    give_code(client, code_sent().translate({ord("0") + n: ord("０") + n for n in range(10)}))
    assert is_in(client)


def test_a_code_is_good_once(people: People, client: Client) -> None:
    ask_code(client)
    code = code_sent()
    give_code(client, code)
    client.post(reverse("account_logout"))
    assert give_code(client, code).url == reverse("account_request_login_code")
    assert not is_in(client)


def test_a_code_is_good_for_five_minutes(people: People, client: Client, at: Clock) -> None:
    with at(NOON):
        ask_code(client)
        code = code_sent()
    with at(NOON + timedelta(seconds=301)):
        response = client.post(CONFIRM, {"code": code}, follow=True)
        assert "验证码已过期或已用过，请重新获取。" in response.content.decode()
        assert not is_in(client)


def test_a_code_is_good_until_five_minutes_are_over(people: People, client: Client, at: Clock) -> None:
    with at(NOON):
        ask_code(client)
    with at(NOON + timedelta(seconds=299)):
        give_code(client, code_sent())
        assert is_in(client)


def test_four_wrong_codes_leave_a_fifth_try(people: People, client: Client) -> None:
    ask_code(client)
    for _try in range(4):
        give_code(client, wrong(code_sent()))
    give_code(client, code_sent())
    assert is_in(client)


def test_after_five_wrong_codes_the_right_one_is_void(people: People, client: Client) -> None:
    ask_code(client)
    for _try in range(5):
        response = give_code(client, wrong(code_sent()))
    assert response.url == reverse("account_request_login_code")
    give_code(client, code_sent())
    assert not is_in(client)


def test_wrong_codes_sent_at_once_count_one_by_one(people: People, client: Client) -> None:
    ask_code(client)
    code, cookies, start = wrong(code_sent()), client.cookies, Barrier(8)
    answers: list[int] = []

    def guess() -> None:
        other = Client()
        other.cookies = cookies
        start.wait()
        answers.append(give_code(other, code).status_code)
        connections.close_all()

    guessers = [Thread(target=guess) for _ in range(8)]
    for guesser in guessers:
        guesser.start()
    for guesser in guessers:
        guesser.join()
    assert answers.count(200) <= 5  # 200: the form again, so the code was compared


def test_a_code_of_another_request_is_refused(people: People) -> None:
    first, second = Client(), Client()
    ask_code(first)
    code = code_sent()
    ask_code(second, factories.id_number(sequence=999))
    give_code(second, code)
    assert not is_in(second)


def test_a_new_code_makes_the_old_one_void(people: People, client: Client, at: Clock) -> None:
    with at(NOON):
        ask_code(client)
        old = code_sent()
    with at(NOON + timedelta(seconds=61)):
        ask_code(client)
        assert old != code_sent() and give_code(client, old).status_code == 200


def test_an_empty_code_opens_nothing_for_an_unknown_number(people: People, client: Client) -> None:
    ask_code(client, UNKNOWN)
    for code in ("", "000000", "None"):
        give_code(client, code)
    assert not is_in(client)


def test_an_unknown_number_gets_the_same_pages(people: People) -> None:
    assert _story(KNOWN) == _story(UNKNOWN)


def test_an_account_without_a_phone_gets_the_same_pages(people: People) -> None:
    number = factories.id_number(sequence=555)
    factories.account(factories.resident("没手机", number))
    assert _story(number) == _story(UNKNOWN)


def test_an_unknown_number_asks_and_writes_the_same(people: People) -> None:
    assert _statements(KNOWN) == _statements(UNKNOWN)


def test_an_unknown_number_takes_as_long(people: People, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"request_login_code": "1000/m/key"}
    known, unknown = [], []
    for _turn in range(15):
        known.append(_seconds(KNOWN))
        unknown.append(_seconds(UNKNOWN))
    assert 0.6 < median(unknown) / median(known) < 1.7


def test_an_unknown_number_leaves_a_message_that_nobody_sends(people: People, client: Client) -> None:
    ask_code(client, UNKNOWN)
    assert (last_delivery().status, last_delivery().recipient) == (Delivery.Status.WITHHELD, None)
    assert work() == 0


def test_an_unverified_phone_gets_no_code(people: People, client: Client) -> None:
    with acting_as("owner"):
        Account.objects.filter(pk=people.helanfang_account.pk).update(phone_verified_at=None)
    ask_code(client)
    assert last_delivery().status == Delivery.Status.WITHHELD


def test_the_worker_is_woken_either_way(people: People, woken: list[Any]) -> None:
    ask_code(Client(), KNOWN)
    ask_code(Client(), UNKNOWN)
    assert len(woken) == 2


def test_the_confirm_page_names_neither_number_nor_phone(people: People, client: Client) -> None:
    ask_code(client)
    text = client.get(CONFIRM).content.decode()
    assert KNOWN not in text and "0001" not in text and "registered" not in text


def test_one_may_turn_to_the_password_while_a_code_is_awaited(people: People, client: Client) -> None:
    ask_code(client)
    by_password(client)
    assert is_in(client)


def test_the_wish_where_to_go_survives_the_code(people: People, client: Client) -> None:
    wanted = reverse("residents:notices")
    data = {"number": KNOWN, "next": wanted}
    confirm = client.post(reverse("account_request_login_code"), data).url
    assert client.post(confirm, {"code": code_sent()}).url == wanted


def test_without_sms_no_code_is_offered(people: People, client: Client, settings: Any) -> None:
    settings.SMS_ADAPTER = "residents.messages_port.NoSms"
    assert reverse("account_request_login_code") not in client.get(reverse("account_login")).content.decode()
    assert client.get(reverse("account_request_login_code")).status_code == 404


@pytest.mark.parametrize("typed", ["", "640199195702130126"])
def test_a_malformed_number_is_told_so(people: People, client: Client, typed: str) -> None:
    response = ask_code(client, typed)
    assert response.status_code == 200 and response.context["form"].errors["number"]


def _story(number: str) -> list[str]:
    """Everything a visitor sees from the number to the fifth wrong code."""
    client = Client()
    answer = ask_code(client, number)
    seen = [f"{answer.status_code} {answer.url}", page(client.get(answer.url))]
    for _try in range(5):
        answer = give_code(client, "abcdef")
        seen.append(page(answer) if answer.status_code == 200 else answer.url)
    return [*seen, page(client.get(reverse("account_request_login_code")))]


def _seconds(number: str) -> float:
    started = perf_counter()
    ask_code(Client(), number)
    return perf_counter() - started


def _statements(number: str) -> list[str]:
    cache.clear()  # or the second visitor would find the address's counter already there
    with CaptureQueriesContext(connections["signin"]) as queries:
        ask_code(Client(), number)
    return statements(queries)
