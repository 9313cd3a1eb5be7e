"""贺兰芳 takes her summary to a doctor far away: a QR code on her phone, a passcode, and the doctor's own browser."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings as portal
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from records.models import Allergy, Condition
from residents.models import Account
from tests import factories
from tests.browser import Watch
from tests.people import People
from tests.records import rows

pytestmark = pytest.mark.browser


@pytest.fixture
def elsewhere(browser: Browser) -> Iterator[Page]:
    """The browser of a doctor at a hospital of another province: no session."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="zh-CN")
    yield context.new_page()
    context.close()


@pytest.fixture
def hers(page: Page, people: People, signed_in: Callable[[Account], Client], live_server: Any, settings: Any) -> Page:
    """Her phone, signed in, with an illness and an allergy in her record."""
    settings.PUBLIC_URL = live_server.url
    feed = factories.source(people.county)
    rows.statement(Condition, people.helanfang, feed, name="2型糖尿病")
    rows.statement(Allergy, people.helanfang, feed, name="青霉素<b>过敏</b>")
    cookie = signed_in(people.helanfang_account).cookies[portal.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    return page


def made(page: Page, watch: Watch, base: str) -> tuple[str, str]:
    """From her record to the link and its passcode."""
    page.goto(f"{base}/records/")
    watch.follow(page.get_by_role("link", name="带走我的档案"))
    watch.follow(page.get_by_role("link", name="生成健康链接"))
    watch.follow(page.get_by_role("button", name="生成链接"))
    return page.get_by_label("链接文字").input_value(), page.locator(".share-figures").inner_text()


def test_a_doctor_far_away_opens_her_summary_and_she_sees_who_it_was(
    hers: Page, watch: Watch, elsewhere: Page, live_server: Any
) -> None:
    link, passcode = made(hers, watch, live_server.url)
    elsewhere.goto(link)
    assert "shlink" not in elsewhere.url
    elsewhere.get_by_label("密码").fill("000000")
    elsewhere.get_by_label("您在哪家医院").fill("甘肃省人民医院")
    elsewhere.get_by_role("button", name="打开", exact=True).click()
    expect(elsewhere.get_by_text("密码不对，还可以试")).to_contain_text("4")
    elsewhere.get_by_label("密码").fill(passcode)
    elsewhere.get_by_role("button", name="打开", exact=True).click()
    expect(elsewhere.get_by_role("cell", name="2型糖尿病")).to_be_visible()
    expect(elsewhere.get_by_role("cell", name="青霉素<b>过敏</b>")).to_be_visible()
    looked = Watch(elsewhere)
    looked.look()
    assert looked.troubles == []
    hers.goto(f"{live_server.url}/records/health-links/")
    expect(hers.get_by_text("甘肃省人民医院")).to_be_visible()
    watch.follow(hers.get_by_role("button", name="马上撤销"))
    elsewhere.goto("about:blank")
    elsewhere.goto(link)
    elsewhere.get_by_label("密码").fill(passcode)
    elsewhere.get_by_role("button", name="打开", exact=True).click()
    expect(elsewhere.get_by_text("这条链接打不开")).to_be_visible()
