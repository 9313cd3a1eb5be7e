"""At a township's counter: the reader types, staff confirm, a slip is printed, and its owner signs in at home."""

import os
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect

from residents.models import Account
from tests import factories
from tests.browser import Watch
from tests.factories import id_number
from tests.people import People

pytestmark = pytest.mark.browser
DESK = {"viewport": {"width": 1280, "height": 900}, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"}
NUMBER = id_number(sequence=841)
NEWCOMER = id_number(sequence=842)
PASSWORD = "lantern-meadow-77"


def at_the_desk(browser: Browser, client: Client, base: str, scripts: bool) -> BrowserContext:
    """The counter's computer, its staff signed in with a second factor."""
    context = browser.new_context(**DESK, java_script_enabled=scripts)
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": base}])
    return context


def read(page: Page, typed: str) -> None:
    """What a keyboard-wedge reader does: the number, then Enter."""
    page.get_by_label("把证件放到读卡器上").focus()
    page.keyboard.type(typed)
    page.keyboard.press("Enter")


def confirm(page: Page) -> None:
    """The confirmation has the focus, so that the reader's next Enter is enough."""
    expect(page.locator("main button:focus")).to_have_count(1)
    page.keyboard.press("Enter")


def slip_of(page: Page) -> str:
    return page.locator(".slip-code").inner_text()


def keep(page: Page, name: str) -> None:
    """Leave a picture where somebody asked for one."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/{name}-{page.viewport_size['width']}.png", full_page=True)


def print_a_slip(page: Page, look: Callable[[], None], base: str) -> str:
    page.goto(f"{base}/staff/counter/")
    look()
    keep(page, "card")
    read(page, f"{NUMBER}\t钱来顺")
    expect(page.get_by_role("heading", level=1)).to_have_text("核对人和证件")
    look()
    keep(page, "check")
    confirm(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("钱来顺")
    look()
    keep(page, "person")
    with page.expect_navigation():
        page.get_by_role("button", name="打印激活码").click()
    look()
    keep(page, "slip")
    return slip_of(page)


def activate(page: Page, look: Callable[[], None], base: str, code: str) -> None:
    page.goto(f"{base}/accounts/activate/")
    keep(page, "activate")
    page.get_by_label("证件号码").fill(NUMBER)
    page.get_by_label("激活码").fill(code.lower())
    with page.expect_navigation():
        page.get_by_role("button", name="下一步").click()
    look()
    keep(page, "secrets")
    page.get_by_label("设一个密码").fill(PASSWORD)
    page.get_by_label("再输入一次密码").fill(PASSWORD)
    page.get_by_role("button", name="完成开通").click()
    expect(page.locator("main")).to_contain_text("账号已开通")
    look()


def sign_in(page: Page) -> None:
    page.get_by_label("证件号码").fill(NUMBER)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("钱来顺")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_from_the_card_reader_to_the_first_sign_in(
    people: People,
    signed_in: Callable[[Account], Client],
    browser: Browser,
    page: Page,
    live_server: Any,
    scripts: bool,
) -> None:
    factories.resident("钱来顺", NUMBER, facility=people.township)
    desk = at_the_desk(browser, signed_in(people.zhangqiantai), live_server.url, scripts)
    counter = desk.new_page()
    watches = [Watch(counter), Watch(page)]
    look = [watch.look if scripts else (lambda: None) for watch in watches]
    code = print_a_slip(counter, look[0], live_server.url)
    activate(page, look[1], live_server.url, code)
    sign_in(page)
    desk.close()
    assert [watch.troubles for watch in watches] == [[], []]


def test_somebody_without_a_smartphone_gets_a_card(
    people: People, signed_in: Callable[[Account], Client], browser: Browser, live_server: Any
) -> None:
    desk = at_the_desk(browser, signed_in(people.zhangqiantai), live_server.url, scripts=True)
    page = desk.new_page()
    watch = Watch(page)
    page.goto(f"{live_server.url}/staff/counter/")
    read(page, NEWCOMER)
    expect(page.get_by_role("heading", level=1)).to_have_text("核对人和证件")
    confirm(page)
    page.get_by_label("证件上的姓名").fill("孙新来")
    watch.look()
    keep(page, "new")
    watch.leave(page.get_by_role("button", name="登记这位居民"))
    watch.follow(page.get_by_role("button", name="打印帮办卡"))
    keep(page, "assist-card")
    assert re.fullmatch(r"(\w{4} ){3}\w{4}", slip_of(page))
    desk.close()
    assert watch.troubles == []


def test_the_pages_for_people_without_an_account_are_accessible(people: People, watch: Watch, live_server: Any) -> None:
    paths = ("signup", "signup/done", "activate", "help", "help/lost-phone", "help/death")
    for path in paths:
        watch.page.goto(f"{live_server.url}/accounts/{path}/")
        watch.look()
        keep(watch.page, path.replace("/", "-"))
    assert watch.looked_at == len(paths)
