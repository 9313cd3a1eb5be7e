"""Passkeys in a real browser with a virtual authenticator: made, used at both doors, shown again, taken away."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from playwright.sync_api import CDPSession, Page, expect

from residents.models import AccountSession
from tests.browser import Watch
from tests.factories import PASSWORD
from tests.people import HELANFANG_NUMBER, People
from tests.residents.door import by_password

pytestmark = pytest.mark.browser
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@dataclass
class Phone:
    """A page at http://localhost, where passkeys work, with a fingerprint reader that can be lifted off."""

    page: Page
    watch: Watch
    base: str
    cdp: CDPSession
    reader: str

    def go(self, path: str) -> None:
        self.page.goto(self.base + path)

    def sign_in(self, path: str, who: str) -> None:
        self.go(path)
        self.page.locator("input[name=login]").fill(who)
        self.page.locator("input[name=password]").fill(PASSWORD)
        self.watch.leave(self.page.get_by_role("button", name="登录", exact=True).last)

    def add_passkey(self) -> None:
        self.go("/accounts/2fa/passkeys/add/")
        self.watch.look()
        self.page.get_by_label("给它起个名字").fill("我的手机")
        self.page.get_by_role("button", name="添加到这台设备").click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text("恢复码")

    def finger(self, right: bool) -> None:
        self.cdp.send("WebAuthn.setUserVerified", {"authenticatorId": self.reader, "isUserVerified": right})

    def leave(self) -> None:
        self.page.context.clear_cookies()

    def by_passkey(self, path: str) -> None:
        self.go(path)
        self.page.get_by_role("button", name="用通行密钥登录").click()


@pytest.fixture
def phone(people: People, page: Page, watch: Watch, live_server: Any) -> Iterator[Phone]:
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    made = cdp.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    base = live_server.url
    yield Phone(page, watch, base, cdp, made["authenticatorId"])


def resident(phone: Phone) -> None:
    phone.sign_in("/accounts/login/", HELANFANG_NUMBER)
    expect(phone.page.get_by_role("heading", level=1)).to_contain_text("贺兰芳")


def test_a_resident_signs_in_with_a_passkey_alone(phone: Phone) -> None:
    resident(phone)
    phone.add_passkey()
    phone.leave()
    phone.by_passkey("/accounts/login/")
    expect(phone.page.get_by_role("heading", level=1)).to_contain_text("贺兰芳")


def test_staff_set_one_up_and_are_at_the_desk(phone: Phone, people: People) -> None:
    phone.sign_in("/staff/login/", "zhangqiantai")
    expect(phone.page.get_by_role("heading", level=1)).to_have_text("两步验证")
    phone.watch.look()
    phone.add_passkey()
    phone.watch.look()
    phone.page.get_by_role("link", name="已经放好，继续").click()
    expect(phone.page.get_by_role("heading", level=1)).to_contain_text("张前台")
    assert AccountSession.objects.get(account=people.zhangqiantai).second_factor_at is not None


def test_staff_sign_in_with_a_passkey_alone(phone: Phone) -> None:
    phone.sign_in("/staff/login/", "zhangqiantai")
    phone.add_passkey()
    phone.leave()
    phone.by_passkey("/staff/login/")
    expect(phone.page.get_by_role("heading", level=1)).to_contain_text("张前台")


def test_after_the_password_the_passkey_is_the_second_step(phone: Phone) -> None:
    phone.sign_in("/staff/login/", "zhangqiantai")
    phone.add_passkey()
    phone.leave()
    phone.sign_in("/staff/login/", "zhangqiantai")
    expect(phone.page.get_by_role("heading", level=1)).to_have_text("登录：第二步")
    phone.watch.look()
    phone.page.get_by_role("button", name="用通行密钥").click()
    expect(phone.page.get_by_role("heading", level=1)).to_contain_text("张前台")


def test_a_passkey_passes_the_lock_that_strangers_caused(phone: Phone) -> None:
    resident(phone)
    phone.add_passkey()
    phone.leave()
    for turn in range(5):
        by_password(Client(), HELANFANG_NUMBER, "wrong-password", REMOTE_ADDR=f"10.0.{turn}.1")
    phone.sign_in("/accounts/login/", HELANFANG_NUMBER)
    expect(phone.page.locator("main")).to_contain_text("尝试次数过多")
    phone.page.get_by_role("button", name="用通行密钥登录").click()
    expect(phone.page.get_by_role("heading", level=1)).to_contain_text("贺兰芳")


def test_a_strange_finger_does_not_get_in(phone: Phone) -> None:
    resident(phone)
    phone.add_passkey()
    phone.leave()
    phone.finger(False)
    phone.by_passkey("/accounts/login/")
    expect(phone.page.locator("[data-passkey-said]")).to_have_text("没有完成。可以再试一次，或换一种方式。")


def test_a_passkey_shows_once_more_who_one_is(phone: Phone) -> None:
    resident(phone)
    phone.add_passkey()
    phone.go("/accounts/2fa/passkeys/reauthenticate/?next=/me/notices/")
    phone.watch.look()
    phone.page.get_by_role("button", name="用通行密钥确认").click()
    expect(phone.page.get_by_role("heading", level=1)).to_have_text("消息")


def test_a_passkey_is_renamed_and_taken_away(phone: Phone) -> None:
    resident(phone)
    phone.add_passkey()
    phone.go("/accounts/2fa/")
    phone.watch.look()
    phone.watch.follow(phone.page.get_by_role("link", name="改名"))
    phone.page.get_by_label("名字").fill("旧手机")
    phone.page.get_by_role("button", name="保存").click()
    expect(phone.page.locator("main")).to_contain_text("旧手机")
    phone.watch.follow(phone.page.get_by_role("link", name="删除"))
    phone.page.get_by_role("button", name="删除", exact=True).click()
    expect(phone.page.locator("main")).to_contain_text("通行密钥已删除")
    assert not Authenticator.objects.exists()


def test_where_passkeys_cannot_work_a_sentence_says_so(phone: Phone, live_server: Any) -> None:
    phone.base = live_server.url.replace(
        "localhost", "127.0.0.1"
    )  # an address is no name that a passkey could belong to
    phone.sign_in("/staff/login/", "zhangqiantai")
    expect(phone.page.get_by_role("heading", level=1)).to_have_text("两步验证")
    phone.go("/accounts/2fa/passkeys/add/")
    expect(phone.page.locator("[data-passkey-said]")).to_contain_text("https")
    expect(phone.page.get_by_role("button", name="添加到这台设备")).to_be_hidden()


def test_the_doors_hide_what_cannot_work(phone: Phone, live_server: Any) -> None:
    phone.base = live_server.url.replace("localhost", "127.0.0.1")
    phone.go("/accounts/login/")
    expect(phone.page.get_by_role("button", name="用通行密钥登录")).to_be_hidden()
    expect(phone.page.locator("[data-passkey-said]")).to_have_text("")
