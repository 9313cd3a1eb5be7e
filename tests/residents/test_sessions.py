"""Sessions: new at the door, dead at the exit, useless to whoever reads the table."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings as django_settings
from django.db import transaction
from django.test import Client
from django.urls import reverse

from foundation.crypto import digest
from foundation.middleware import TOKEN
from foundation.rowsecurity import seeing
from residents.models import Account, AccountSession, Resident
from tests.factories import NOON, PASSWORD
from tests.people import People
from tests.residents.door import ask_code, by_password, is_in, set_password

NAME = django_settings.SESSION_COOKIE_NAME
NEW = "mountain-river-77"
Clock = Callable[[datetime], AbstractContextManager[Any]]


def cookie_of(client: Client) -> str:
    return client.cookies[NAME].value


def with_cookie(key: str) -> Client:
    client = Client()
    client.cookies[NAME] = key
    return client


def change_password(client: Client, **changes: str) -> Any:
    data = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW} | changes
    return client.post(reverse("account_change_password"), data)


def test_the_session_gets_a_new_key_at_sign_in(people: People, client: Client) -> None:
    ask_code(client)
    before = cookie_of(client)
    by_password(client)
    assert cookie_of(client) != before
    assert not is_in(with_cookie(before))


def test_a_planted_key_is_not_taken_over(people: People) -> None:
    client = with_cookie("planted" * 5)
    by_password(client)
    assert cookie_of(client) != "planted" * 5


def test_a_copied_cookie_is_dead_after_sign_out(people: People, client: Client) -> None:
    by_password(client)
    copied = cookie_of(client)
    client.post(reverse("account_logout"))
    assert not is_in(with_cookie(copied))


def test_sign_out_asks_the_browser_to_forget(people: People, client: Client) -> None:
    by_password(client)
    answer = client.post(reverse("account_logout"))
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'


def test_sign_out_by_address_asks_first(people: People, client: Client) -> None:
    by_password(client)
    assert "要退出吗？" in client.get(reverse("account_logout")).content.decode()
    assert is_in(client)


def test_the_hash_in_the_table_opens_nothing(people: People, client: Client) -> None:
    by_password(client)
    stolen = bytes(AccountSession.objects.get(account=people.helanfang_account).key_hash)
    assert not is_in(with_cookie(stolen.hex()))


def test_the_cookie_is_kept_from_scripts_and_other_sites(people: People, client: Client) -> None:
    by_password(client)
    cookie = client.cookies[NAME]
    assert (cookie["httponly"], cookie["samesite"], cookie["domain"], cookie["path"]) == (True, "Lax", "", "/")


def test_the_cookie_ends_with_the_browser(people: People, client: Client) -> None:
    by_password(client)
    assert client.cookies[NAME]["max-age"] == ""


def test_a_session_ends_after_twelve_hours(people: People, client: Client, at: Clock) -> None:
    with at(NOON):
        by_password(client)
    with at(NOON + timedelta(hours=12, seconds=1)):
        assert not is_in(client)


def test_work_in_between_does_not_prolong_a_session(people: People, client: Client, at: Clock) -> None:
    with at(NOON):
        by_password(client)
    for minutes in range(25, 12 * 60, 25):
        with at(NOON + timedelta(minutes=minutes)):
            assert is_in(client)
    with at(NOON + timedelta(hours=12, seconds=1)):
        assert not is_in(client)


def test_a_hundred_keys_are_long_and_different(people: People) -> None:
    keys = set()
    for _turn in range(100):
        client = Client()
        client.force_login(people.helanfang_account)
        keys.add(cookie_of(client))
    assert len({key[:8] for key in keys}) == 100 and min(map(len, keys)) >= 32


def test_a_changed_password_keeps_this_session_and_its_token(people: People, client: Client) -> None:
    by_password(client)
    token = client.session[TOKEN]
    assert change_password(client).url == reverse("residents:me")
    assert is_in(client) and client.session[TOKEN] == token


def test_a_changed_password_ends_the_other_sessions_and_their_tokens(people: People, client: Client) -> None:
    other = Client()
    by_password(other)
    token = other.session[TOKEN]
    by_password(client)
    change_password(client)
    with seeing(token), transaction.atomic():
        assert not Resident.objects.exists()
    assert not is_in(other)


def test_a_changed_password_leaves_other_accounts_alone(people: People, client: Client) -> None:
    stranger = Client()
    stranger.force_login(people.wangjianguo_account)
    by_password(client)
    change_password(client)
    assert is_in(stranger)


def test_the_new_password_opens_and_the_old_one_does_not(people: People, client: Client) -> None:
    by_password(client)
    change_password(client)
    old, new = Client(), Client()
    by_password(old)
    by_password(new, password=NEW)
    assert (is_in(old), is_in(new)) == (False, True)


def test_a_password_is_changed_only_with_the_present_one(people: People, client: Client) -> None:
    by_password(client)
    answer = change_password(client, oldpassword="wrong-password")
    assert answer.context["form"].errors["oldpassword"] == ["现在的密码不正确。"]


def test_a_common_password_is_refused(people: People, client: Client) -> None:
    by_password(client)
    assert change_password(client, password1="password1", password2="password1").status_code == 200


def test_a_chinese_sentence_is_a_good_password(people: People, client: Client) -> None:
    by_password(client)
    sentence = "清河口的桥是一九八二年修的"
    assert change_password(client, password1=sentence, password2=sentence).status_code == 302


def test_an_account_without_a_password_sets_its_first_one(
    people: People, signed_in: Callable[[Account], Client]
) -> None:
    set_password(people.helanfang_account, None)
    client = signed_in(Account.objects.get(pk=people.helanfang_account.pk))
    place = client.get(reverse("account_change_password")).url
    client.post(place, {"password1": NEW, "password2": NEW})
    again = Client()
    by_password(again, password=NEW)
    assert is_in(again)


def test_a_switched_off_account_is_out_at_once(people: People, client: Client) -> None:
    by_password(client)
    Account.objects.filter(pk=people.helanfang_account.pk).update(is_active=False)
    assert not is_in(client)


def test_the_table_knows_a_session_by_its_hash_only(people: People, client: Client) -> None:
    by_password(client)
    assert AccountSession.objects.filter(pk=digest(cookie_of(client))).exists()
    assert cookie_of(client).encode() not in bytes(AccountSession.objects.get().data)
