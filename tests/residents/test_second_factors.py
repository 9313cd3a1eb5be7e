"""One-time passwords and recovery codes: taken once, sealed at rest, limited, and never in the way of their owner."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any
from unittest import mock

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import connections
from django.test import Client
from django.urls import reverse

from facilities.models import Membership
from foundation.rowsecurity import acting_as
from residents.models import AccountSession, FactorSecret
from tests.factories import NOON
from tests.people import People
from tests.residents.door import ask_code, by_password, code_sent, give_code, is_in
from tests.residents.second_steps import (
    SECRET,
    code,
    first_step,
    pair,
    recovery_codes,
    second_step,
    set_up_app,
    wrong_code,
)

Clock = Callable[[datetime], AbstractContextManager[Any]]


def at_the_desk(client: Client) -> bool:
    return client.get(reverse("staff:index")).status_code == 200


def test_the_password_alone_leads_to_the_second_step(people: People, client: Client) -> None:
    pair(people.zhangqiantai)
    assert first_step(client).url == reverse("mfa_authenticate")
    assert not at_the_desk(client)


def test_the_code_of_now_opens_the_desk(people: People, client: Client) -> None:
    pair(people.zhangqiantai)
    first_step(client)
    assert second_step(client, code()).url == reverse("staff:index")
    assert at_the_desk(client)


def test_the_session_gets_a_new_key_at_the_second_step(people: People, client: Client) -> None:
    pair(people.zhangqiantai)
    first_step(client)
    half_way = client.cookies[settings.SESSION_COOKIE_NAME].value
    second_step(client, code())
    copy = Client()
    copy.cookies[settings.SESSION_COOKIE_NAME] = half_way
    assert (at_the_desk(client), at_the_desk(copy)) == (True, False)


def test_a_copied_cookie_of_staff_is_dead_after_sign_out(people: People, client: Client) -> None:
    first_step(client)
    set_up_app(client)
    copy = Client()
    copy.cookies[settings.SESSION_COOKIE_NAME] = client.cookies[settings.SESSION_COOKIE_NAME].value
    assert at_the_desk(copy)
    client.post(reverse("account_logout"))
    assert not at_the_desk(copy)


def test_a_role_that_was_taken_is_gone_inside_an_old_session(people: People, client: Client) -> None:
    first_step(client)
    set_up_app(client)
    assert at_the_desk(client)
    with acting_as("owner"):
        Membership.objects.filter(account=people.zhangqiantai).update(ended_at=NOON)
    assert client.get(reverse("staff:index")).status_code == 403


def test_one_comes_out_where_one_wanted_to_go(people: People, client: Client) -> None:
    pair(people.zhangqiantai)
    first_step(client, next=reverse("staff:gallery"))
    assert second_step(client, code()).url == reverse("staff:gallery")


@pytest.mark.parametrize("steps", [-1, 1])
def test_a_clock_half_a_minute_off_is_forgiven(steps: int, people: People, client: Client) -> None:
    pair(people.zhangqiantai)
    first_step(client)
    second_step(client, code(steps))
    assert at_the_desk(client)


@pytest.mark.parametrize("later", [0, 31, 61])
def test_a_code_is_taken_once_even_while_its_time_lasts(later: int, people: People, at: Clock) -> None:
    pair(people.zhangqiantai)
    first, second = Client(), Client()
    with at(NOON):
        seen = code(1)
        first_step(first)
        second_step(first, seen)
    with at(NOON + timedelta(seconds=later)):
        first_step(second)
        second_step(second, seen)
        assert not at_the_desk(second)


def test_an_older_code_than_the_last_one_is_refused(people: People, at: Clock) -> None:
    pair(people.zhangqiantai)
    first, second = Client(), Client()
    with at(NOON):
        first_step(first)
        second_step(first, code(1))
        first_step(second)
        second_step(second, code())
        assert not at_the_desk(second)


def test_after_five_wrong_codes_the_right_one_waits(people: People, client: Client) -> None:
    pair(people.zhangqiantai)
    first_step(client)
    for _turn in range(5):
        second_step(client, wrong_code())
    assert "尝试次数过多" in second_step(client, code()).content.decode()


def test_a_residents_code_by_sms_does_not_replace_the_second_factor(people: People, client: Client) -> None:
    pair(people.helanfang_account)
    ask_code(client)
    assert give_code(client, code_sent()).url == reverse("mfa_authenticate")
    assert not is_in(client)


def test_a_resident_without_a_second_factor_needs_none(people: People, client: Client) -> None:
    by_password(client)
    assert is_in(client)


def test_setting_up_an_app_counts_as_showing_it(people: People, client: Client) -> None:
    first_step(client)
    assert set_up_app(client).url == reverse("mfa_view_recovery_codes")
    assert at_the_desk(client)


def test_the_code_of_the_set_up_does_not_sign_in_a_second_time(people: People, client: Client, at: Clock) -> None:
    pair(people.zhangqiantai)
    Authenticator.objects.all().delete()
    with at(NOON):
        first_step(client)
        set_up_app(client)
        factor = Authenticator.objects.get(type="totp")
        secret = FactorSecret.objects.get(pk=factor.data["secret"]).value
        again = Client()
        first_step(again)
        second_step(again, code(secret=secret))
        assert not at_the_desk(again)


def test_recovery_codes_are_shown_once(people: People, client: Client) -> None:
    first_step(client)
    set_up_app(client)
    assert (len(recovery_codes(client)), recovery_codes(client)) == (10, [])


def test_a_recovery_code_opens_once(people: People, client: Client) -> None:
    first_step(client)
    set_up_app(client)
    spare = recovery_codes(client)[0]
    doors = [Client(), Client()]
    for door in doors:
        first_step(door)
        second_step(door, spare)
    assert [at_the_desk(door) for door in doors] == [True, False]


def test_new_recovery_codes_make_the_old_ones_worthless(people: People, client: Client) -> None:
    first_step(client)
    set_up_app(client)
    old = recovery_codes(client)
    client.post(reverse("mfa_generate_recovery_codes"))
    assert len(recovery_codes(client)) == 10
    other = Client()
    first_step(other)
    second_step(other, old[0])
    assert not at_the_desk(other)


def test_staff_keep_one_second_factor(people: People, client: Client) -> None:
    first_step(client)
    set_up_app(client)
    assert "至少要保留一种" in client.get(reverse("mfa_deactivate_totp")).content.decode()
    client.post(reverse("mfa_deactivate_totp"))
    assert Authenticator.objects.filter(type="totp").exists()


def test_a_resident_may_do_without_again(people: People, client: Client) -> None:
    by_password(client)
    set_up_app(client)
    client.post(reverse("mfa_deactivate_totp"))
    assert not Authenticator.objects.exists()


def test_the_secret_goes_with_the_factor(people: People, client: Client) -> None:
    by_password(client)
    set_up_app(client)
    assert FactorSecret.objects.count() == 2
    client.post(reverse("mfa_deactivate_totp"))
    assert not FactorSecret.objects.exists()


def test_no_secret_lies_open_in_the_database(people: People) -> None:
    pair(people.zhangqiantai)
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT data::text FROM mfa_authenticator UNION ALL SELECT value::text FROM residents_factorsecret"
        )
        assert [row for row in cursor.fetchall() if SECRET in row[0] or SECRET.encode().hex() in row[0]] == []


@pytest.mark.parametrize("table", ["mfa_authenticator", "residents_factorsecret", "residents_knowndevice"])
def test_the_web_login_cannot_read_it(table: str, people: People) -> None:
    with pytest.raises(Exception, match="permission denied"), connections["default"].cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table}")


def test_a_half_finished_sign_in_of_one_account_is_no_second_factor_of_another(people: People, client: Client) -> None:
    pair(people.zhangqiantai)
    first_step(client)
    session = client.session
    records = session["account_authentication_methods"] + [{"method": "mfa", "at": 1.0}]
    session["account_authentication_methods"] = records
    session.save()
    client.force_login(people.chenyisheng)
    assert AccountSession.objects.get(account=people.chenyisheng).second_factor_at is None


def test_setting_up_asks_for_a_recent_proof(people: People, client: Client, at: Clock) -> None:
    with at(NOON):
        by_password(client)
    with at(NOON + timedelta(minutes=6)):
        assert client.get(reverse("mfa_activate_totp")).url.startswith(reverse("account_reauthenticate"))


def test_the_second_step_speaks_of_passkeys_only_to_who_has_one(people: People, client: Client) -> None:
    pair(people.zhangqiantai)
    first_step(client)
    without = client.get(reverse("mfa_authenticate")).content.decode()
    with acting_as("owner"):
        Authenticator.objects.create(user=people.zhangqiantai, type="webauthn", data={"credential": {}})
    # What the browser is asked to sign with is made from true keys; here only whether it is asked at all.
    with mock.patch("allauth.mfa.webauthn.internal.auth.begin_authentication", return_value={}):
        with_one = client.get(reverse("mfa_authenticate")).content.decode()
    assert ("通行密钥" in without, "通行密钥" in with_one) == (False, True)


def test_every_page_of_the_second_factors_can_be_read(people: People, client: Client) -> None:
    first_step(client)
    set_up_app(client)
    names = [
        "index",
        "reauthenticate",
        "deactivate_totp",
        "view_recovery_codes",
        "generate_recovery_codes",
        "add_webauthn",
    ]
    assert {name: client.get(reverse(f"mfa_{name}")).status_code for name in names} == dict.fromkeys(names, 200)
