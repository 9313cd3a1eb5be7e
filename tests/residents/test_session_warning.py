"""The warning before a session ends, in a real browser: asked, prolonged by a tap, and what was typed comes back."""

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from foundation import clock
from residents.models import AccountSession
from tests.browser import Watch
from tests.factories import PASSWORD, id_number
from tests.people import HELANFANG_NUMBER, People

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("people")]
FORM = "/accounts/2fa/passkeys/add/"  # a form of a signed-in resident with a line to type
TYPED = "奶奶的手机"


def enter(page: Page, base: str, number: str = HELANFANG_NUMBER, path: str = "/accounts/login/") -> None:
    page.goto(f"{base}{path}")
    page.locator("input[name=login]").fill(number)
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).last.click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("登录")
    page.wait_for_load_state()  # the page counts from here


def end_it() -> None:
    """The session is over on the server, too."""
    AccountSession.objects.update(expires_at=clock.now() - timedelta(seconds=1))


def test_one_is_asked_before_the_end_and_a_tap_prolongs(page: Page, watch: Watch, live_server: Any) -> None:
    page.clock.install()
    enter(page, live_server.url)
    question = page.get_by_role("dialog", name="还在吗？")
    page.clock.fast_forward("27:00")
    expect(question).to_be_hidden()
    page.clock.fast_forward("01:30")
    expect(question).to_be_visible()
    expect(question).to_contain_text("还有 2 分钟")
    watch.look()
    page.get_by_role("button", name="我还在，继续").click()
    expect(question).to_be_hidden()
    page.clock.fast_forward("10:00")
    expect(question).to_be_hidden()


def test_at_the_end_the_page_is_left_and_what_was_typed_comes_back(page: Page, live_server: Any) -> None:
    page.clock.install()
    enter(page, live_server.url)
    page.goto(live_server.url + FORM)
    page.get_by_label("给它起个名字").fill(TYPED)
    end_it()
    page.clock.fast_forward("31:00")
    expect(page.get_by_role("heading", level=1)).to_have_text("登录")
    page.locator("input[name=login]").fill(HELANFANG_NUMBER)
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).last.click()
    expect(page.get_by_label("给它起个名字")).to_have_value(TYPED)


def test_another_person_at_the_same_screen_gets_nothing_back(page: Page, live_server: Any, people: People) -> None:
    page.clock.install()
    enter(page, live_server.url)
    page.goto(live_server.url + FORM)
    page.get_by_label("给它起个名字").fill(TYPED)
    end_it()
    page.clock.fast_forward("31:00")
    expect(page.get_by_role("heading", level=1)).to_have_text("登录")
    page.locator("input[name=login]").fill(id_number(people.wangjianguo.birth_date, 13))
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).last.click()
    expect(page.get_by_label("给它起个名字")).not_to_have_value(TYPED)


def test_a_self_service_machine_keeps_nothing(page: Page, live_server: Any) -> None:
    page.clock.install()
    enter(page, live_server.url)
    AccountSession.objects.update(kind="kiosk")
    page.goto(live_server.url + FORM)
    page.get_by_label("给它起个名字").fill(TYPED)
    end_it()
    page.clock.fast_forward("31:00")
    expect(page.get_by_role("heading", level=1)).to_have_text("登录")
    assert page.evaluate("Object.keys(sessionStorage).filter(key => key.startsWith('kept:'))") == []


def test_staff_are_asked_at_the_desk_too(page: Page, watch: Watch, live_server: Any) -> None:
    page.clock.install()
    enter(page, live_server.url, "zhangqiantai", "/staff/login/")
    page.goto(f"{live_server.url}/me/sign-ins/")
    page.clock.fast_forward("18:30")
    expect(page.get_by_role("dialog", name="还在吗？")).to_be_visible()
    watch.look()
