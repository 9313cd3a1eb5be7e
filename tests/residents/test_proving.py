"""Showing once more who one is: recent, one's own, by whatever one has, and within limits."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.sessions.backends.base import SessionBase
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from foundation.middleware import TOKEN
from foundation.rowsecurity import acting_as
from residents.proving import needs_recent_proof
from tests.factories import NOON, PASSWORD
from tests.people import People
from tests.residents.door import ask_code, by_password, code_sent, give_code, last_delivery, set_password, wrong
from tests.residents.second_steps import code, pair, wrong_code

Clock = Callable[[datetime], AbstractContextManager[Any]]
SENSITIVE = "mfa_activate_totp"  # as good as any page that asks for a recent proof
BY_CODE = "account_reauthenticate_by_code"


def asked(client: Client) -> bool:
    """Whether the sensitive page asks for a proof."""
    return client.get(reverse(SENSITIVE)).status_code == 302


def later(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def send_code(client: Client) -> Any:
    return client.post(f"{reverse(BY_CODE)}?next={reverse(SENSITIVE)}", {"send": "sms"})


def test_the_sign_in_itself_is_a_proof_for_five_minutes(people: People, client: Client, at: Clock) -> None:
    with at(NOON):
        by_password(client)
    with at(later(4.9)):
        assert not asked(client)
    with at(later(5)):
        assert asked(client)


def test_a_posted_deed_is_not_done_without_a_proof(people: People, client: Client, at: Clock) -> None:
    with at(NOON):
        by_password(client)
    with at(later(6)):
        assert client.post(reverse("mfa_generate_recovery_codes")).url.startswith(reverse("account_reauthenticate"))


def test_the_password_is_a_proof_and_leads_back(people: People, client: Client, at: Clock) -> None:
    with at(NOON):
        by_password(client)
    with at(later(6)):
        way = client.get(reverse(SENSITIVE)).url
        assert client.post(way, {"password": PASSWORD}).url == reverse(SENSITIVE)
        assert not asked(client)


def test_a_wrong_password_is_none(people: People, client: Client, at: Clock) -> None:
    with at(NOON):
        by_password(client)
    with at(later(6)):
        assert "密码不正确" in client.post(reverse("account_reauthenticate"), {"password": "no"}).content.decode()
        assert asked(client)


def test_five_wrong_passwords_are_enough(people: People, client: Client) -> None:
    by_password(client)
    for _turn in range(5):
        client.post(reverse("account_reauthenticate"), {"password": "wrong-password"})
    assert "尝试次数过多" in client.post(reverse("account_reauthenticate"), {"password": PASSWORD}).content.decode()


def test_an_account_with_an_app_proves_with_its_code(people: People, client: Client, at: Clock) -> None:
    pair(people.helanfang_account)
    with at(NOON):
        client.force_login(people.helanfang_account)
        way = client.get(reverse(SENSITIVE)).url
        assert way.startswith(reverse("mfa_reauthenticate"))
        client.post(way, {"code": code()})
        assert client.get(reverse("mfa_generate_recovery_codes")).status_code == 200


def test_a_wrong_one_time_code_is_no_proof(people: People, client: Client) -> None:
    pair(people.helanfang_account)
    client.force_login(people.helanfang_account)
    client.post(reverse("mfa_reauthenticate"), {"code": wrong_code()})
    assert client.get(reverse("mfa_generate_recovery_codes")).status_code == 302


def test_a_code_by_sms_is_a_proof(people: People, client: Client) -> None:
    client.force_login(people.helanfang_account)
    page = send_code(client).url
    assert client.post(page, {"code": code_sent()}).url == reverse(SENSITIVE)
    assert not asked(client)


def test_a_code_by_sms_is_taken_once(people: People, client: Client) -> None:
    client.force_login(people.helanfang_account)
    page = send_code(client).url
    client.post(page, {"code": code_sent()})
    assert "已用过" in client.post(page, {"code": code_sent()}).content.decode()


def test_a_code_by_sms_dies_after_five_minutes(people: People, client: Client, at: Clock) -> None:
    with at(NOON):
        client.force_login(people.helanfang_account)
        page, sent = send_code(client).url, code_sent()
    with at(later(5) + timedelta(seconds=1)):
        client.post(page, {"code": sent})
        assert asked(client)


def test_five_wrong_codes_void_it(people: People, client: Client) -> None:
    client.force_login(people.helanfang_account)
    page, sent = send_code(client).url, code_sent()
    for _turn in range(5):
        client.post(page, {"code": wrong(sent)})
    client.post(page, {"code": sent})
    assert asked(client)


def test_a_code_of_another_session_is_worthless(people: People, client: Client) -> None:
    other = Client()
    for one in (client, other):
        one.force_login(people.helanfang_account)
    page = send_code(other).url
    client.post(page, {"code": code_sent()})
    assert asked(client)


def test_codes_are_sent_once_a_minute_here_too(people: People, client: Client) -> None:
    client.force_login(people.helanfang_account)
    send_code(client)
    assert "太频繁" in send_code(client).content.decode()


def share_phone(people: People) -> None:
    """Two accounts on one number."""
    with acting_as("owner"):
        people.wangjianguo_account.phone = people.helanfang_account.phone
        people.wangjianguo_account.save(update_fields=["phone", "phone_index"])


def test_a_shared_phones_code_is_no_proof_alone(people: People, client: Client) -> None:
    share_phone(people)
    client.force_login(people.helanfang_account)
    client.post(send_code(client).url, {"code": code_sent()})
    assert asked(client)


def test_a_shared_phones_code_with_the_password_is_one(people: People, client: Client) -> None:
    share_phone(people)
    client.force_login(people.helanfang_account)
    client.post(send_code(client).url, {"code": code_sent(), "secret": PASSWORD})
    assert not asked(client)


def test_each_guess_at_the_secret_costs_a_code(people: People, client: Client) -> None:
    share_phone(people)
    client.force_login(people.helanfang_account)
    page, sent = send_code(client).url, code_sent()
    client.post(page, {"code": sent, "secret": "wrong-password"})
    client.post(page, {"code": sent, "secret": PASSWORD})
    assert asked(client)


def test_a_code_may_be_spoken(people: People, client: Client) -> None:
    client.force_login(people.helanfang_account)
    client.post(reverse(BY_CODE), {"send": "voice"})
    assert last_delivery().channel == "voice"


def test_an_account_with_no_way_is_sent_to_the_window(people: People, client: Client) -> None:
    set_password(people.zhangqiantai, None)
    client.force_login(type(people.zhangqiantai).objects.get(pk=people.zhangqiantai.pk))
    answer = client.get(reverse(SENSITIVE))
    assert answer.status_code == 403


def test_nobody_is_led_to_a_foreign_place(people: People, client: Client) -> None:
    by_password(client)
    answer = client.post(f"{reverse('account_reauthenticate')}?next=https://evil.example/", {"password": PASSWORD})
    assert answer.url == reverse("home")


def test_the_database_counts_the_same_proof(people: People, client: Client, at: Clock) -> None:
    with at(NOON):
        by_password(client)
        token = client.session[TOKEN]
    assert (proved(token, at, later(4.9)), proved(token, at, later(5.1))) == (True, False)


def proved(token: str, at: Clock, moment: datetime) -> bool:
    with at(moment), connections["default"].cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT set_config('app.token', %s, true)", [token])
        cursor.execute("SELECT app.proved_recently()")
        found = bool(cursor.fetchone()[0])
        cursor.execute("ROLLBACK")
    return found


@needs_recent_proof(minutes=1)
def careful(request: HttpRequest) -> HttpResponse:
    return HttpResponse("done")


@pytest.mark.parametrize(("age", "answer"), [(59, 200), (60, 302)])
def test_a_view_may_want_it_more_recent(age: int, answer: int, people: People, client: Client, at: Clock) -> None:
    with at(NOON):
        by_password(client)
    with at(NOON + timedelta(seconds=age)):
        assert careful(asking(client, people)).status_code == answer


def asking(client: Client, people: People) -> HttpRequest:
    request = RequestFactory().get("/somewhere/")
    session: SessionBase = client.session
    request.session, request.user, request._messages = session, people.helanfang_account, Said()
    return request


class Said(list[str]):
    """Where a message would go."""

    def add(self, level: int, message: str, extra_tags: str = "") -> None:
        self.append(message)


def test_a_code_at_the_door_is_a_proof_too(people: People, client: Client) -> None:
    ask_code(client)
    give_code(client, code_sent())
    assert not asked(client)
