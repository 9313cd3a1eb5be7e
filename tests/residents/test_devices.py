"""Devices: recognised by a cookie, told about when new, listed in words and ended from elsewhere."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import reverse

from foundation.rowsecurity import acting_as
from residents import devices
from residents.models import AccessEvent, AccountSession, KnownDevice, Notice
from tests.browser import WECHAT
from tests.factories import NOON
from tests.people import People
from tests.residents.door import by_password, is_in
from tests.residents.second_steps import first_step, set_up_app

Clock = Callable[[datetime], AbstractContextManager[Any]]
LIST = "residents:sign_ins"


def told() -> int:
    with acting_as("owner"):
        return Notice.objects.filter(kind="new_device").count()


def deeds() -> list[str]:
    with acting_as("owner"):
        return list(AccessEvent.objects.order_by("at").values_list("action", flat=True))


def marks(client: Client) -> list[str]:
    return [one.mark for one in client.get(reverse(LIST)).context["sign_ins"]]


def test_the_very_first_device_is_no_news(people: People, client: Client) -> None:
    by_password(client)
    assert (told(), deeds()) == (0, ["residents.signed_in"])


def test_a_new_device_is_told_to_its_owner_and_written_down(people: People) -> None:
    by_password(Client())
    by_password(Client())
    assert (told(), deeds()) == (1, ["residents.signed_in", "residents.signed_in_on_new_device"])


def test_a_device_is_new_once(people: People, client: Client) -> None:
    by_password(Client())
    for _turn in range(3):
        by_password(client)
        client.post(reverse("account_logout"))
    assert told() == 1


def test_a_family_shares_a_device(people: People, client: Client) -> None:
    for account in (people.helanfang_account, people.hexiaoyu_account):
        client.force_login(account)
        client.logout()
    by_password(client)
    assert KnownDevice.objects.filter(account=people.helanfang_account).count() == 1


def test_the_cookie_lasts_and_is_kept_from_scripts(people: People, client: Client) -> None:
    by_password(client)
    cookie = client.cookies[devices.cookie_name()]
    assert (cookie["max-age"], cookie["httponly"], cookie["samesite"]) == (devices.TWO_YEARS, True, "Lax")


def test_the_cookie_survives_signing_out(people: People, client: Client) -> None:
    by_password(client)
    client.post(reverse("account_logout"))
    assert client.cookies[devices.cookie_name()].value


def test_a_changed_password_makes_other_devices_strangers(people: People, client: Client) -> None:
    by_password(Client())
    by_password(client)
    new = "风车在河边转了三圈"
    client.post(
        reverse("account_change_password"), {"oldpassword": "valley-lantern-42", "password1": new, "password2": new}
    )
    assert KnownDevice.objects.count() == 1


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (WECHAT, ["微信", "安卓手机"]),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Safari/604.1",
            ["Safari 浏览器", "苹果手机"],
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/120.0 Safari/537.36 Edg/120.0",
            ["Edge 浏览器", "Windows 电脑"],
        ),
        ("<script>alert(1)</script>", ["没有认出的设备"]),
        ("", ["没有认出的设备"]),
    ],
)
def test_a_device_in_words(agent: str, said: list[str], rf: RequestFactory) -> None:
    request: HttpRequest = rf.get("/", headers={"User-Agent": agent})
    assert [str(word) for word in devices.words(devices.kind_of(request))] == said


@pytest.mark.parametrize(
    ("address", "shown"), [("203.0.113.77", "203.0.113.*"), ("2001:db8:7:1::5", "2001:0db8:0007:*"), (None, "")]
)
def test_an_address_is_masked(address: str | None, shown: str) -> None:
    assert devices.masked_address(address) == shown


def test_the_list_shows_each_sign_in_and_this_one_first(people: People, client: Client) -> None:
    by_password(Client(), REMOTE_ADDR="203.0.113.77", HTTP_USER_AGENT=WECHAT)
    by_password(client)
    page = client.get(reverse(LIST))
    assert [one.is_this for one in page.context["sign_ins"]] == [True, False]
    assert "微信" in page.content.decode() and "203.0.113.*" in page.content.decode()


def test_the_list_never_shows_a_whole_address(people: People, client: Client) -> None:
    by_password(client, REMOTE_ADDR="203.0.113.77")
    assert "203.0.113.77" not in client.get(reverse(LIST)).content.decode()


def test_one_sign_in_elsewhere_is_ended(people: People, client: Client) -> None:
    lost, other = Client(), Client()
    by_password(lost)
    by_password(other)
    by_password(client)
    mark = next(mark for mark in marks(client) if mark in marks(lost)[0])
    client.post(reverse("residents:end_sign_in"), {"mark": mark})
    assert (is_in(lost), is_in(other), is_in(client)) == (False, True, True)


def test_all_others_are_ended(people: People, client: Client) -> None:
    others = [Client(), Client()]
    for one in [*others, client]:
        by_password(one)
    client.post(reverse("residents:end_other_sign_ins"))
    assert [is_in(one) for one in [*others, client]] == [False, False, True]


def test_ending_is_written_down(people: People, client: Client) -> None:
    by_password(Client())
    by_password(client)
    client.post(reverse("residents:end_other_sign_ins"))
    assert deeds()[-1] == "residents.ended_other_sign_ins"


def test_nobody_ends_another_accounts_sign_in(people: People, client: Client) -> None:
    hers = Client()
    by_password(hers)
    client.force_login(people.wangjianguo_account)
    client.post(reverse("residents:end_sign_in"), {"mark": marks(hers)[0]})
    assert is_in(hers)


def test_a_mark_says_nothing_of_the_key(people: People, client: Client) -> None:
    by_password(client)
    row = AccountSession.objects.get(account=people.helanfang_account)
    assert marks(client)[0] not in bytes(row.pk).hex()


def test_staff_see_their_own_sign_ins(people: People, client: Client) -> None:
    first_step(client)
    set_up_app(client)
    assert len(marks(client)) == 1


def test_a_sign_in_that_is_over_is_not_listed(people: People, client: Client, at: Clock) -> None:
    with at(NOON):
        by_password(Client())
    by_password(client)
    assert len(marks(client)) == 1
