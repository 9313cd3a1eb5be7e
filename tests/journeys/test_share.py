"""贺兰芳 shows a result to a doctor at another hospital: a number and a PIN, typed on an old PC without JavaScript."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from residents.models import Account
from tests import factories
from tests.browser import Watch
from tests.people import People
from tests.records import rows

pytestmark = pytest.mark.browser
OLD_PC: dict[str, Any] = {"viewport": {"width": 1024, "height": 768}, "locale": "zh-CN", "java_script_enabled": False}
ITEM = {"name": "血红蛋白", "value_text": "98.6", "unit": "g/L", "range_text": "115-150", "flag": "low"}


@pytest.fixture
def old_pc(browser: Browser) -> Iterator[Page]:
    """Somebody else's computer: no session, no script, no camera."""
    context = browser.new_context(**OLD_PC)
    yield context.new_page()
    context.close()


@pytest.fixture
def hers(page: Page, people: People, signed_in: Callable[[Account], Client], live_server: Any) -> Page:
    """Her phone, signed in, with one report in it."""
    rows.panel(
        people.helanfang, factories.source(people.county), timezone.now() - timedelta(days=1), ITEM, title="血常规甲"
    )
    cookie = signed_in(people.helanfang_account).cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    return page


def make(page: Page, watch: Watch, base: str) -> tuple[str, str]:
    """From the list of results to the number and the PIN."""
    page.goto(f"{base}/records/reports/")
    watch.follow(page.get_by_role("link", name=re.compile("血常规甲")).first)
    watch.follow(page.get_by_role("link", name="生成互认凭证"))
    watch.follow(page.get_by_role("button", name="生成凭证"))
    pin, code = (line.inner_text() for line in page.locator(".share-figures").all())
    return re.sub(r"\D", "", code), pin


def open_it(page: Page, base: str, code: str, pin: str) -> None:
    """What the doctor types."""
    page.goto(f"{base}/records/shared/")
    page.get_by_label("凭证号").fill(code)
    page.get_by_label("PIN 码").fill(pin)
    page.get_by_label("您在哪家医院").fill("银川市第一人民医院")
    page.get_by_role("button", name="打开", exact=True).click()


def test_a_result_shown_by_number_and_pin_used_and_ended(
    hers: Page, watch: Watch, old_pc: Page, live_server: Any
) -> None:
    base = live_server.url
    code, pin = make(hers, watch, base)
    open_it(old_pc, base, code, f"{(int(pin) + 1) % 10**6:06d}")
    expect(old_pc.locator("main")).to_contain_text("还可以试4次")
    open_it(old_pc, base, code, pin)
    expect(old_pc.get_by_role("heading", level=1)).to_have_text("贺兰芳")
    expect(old_pc.locator("main")).to_contain_text(re.compile("98.6.*偏低.*115-150", re.DOTALL))
    pdf = old_pc.get_by_role("link", name=re.compile("打开 PDF 报告")).get_attribute("href")
    assert old_pc.request.get(f"{base}{pdf}").body().startswith(b"%PDF-")

    hers.goto(f"{base}/records/shares/")
    watch.look()
    expect(hers.locator("main")).to_contain_text("银川市第一人民医院")
    hers.get_by_role("button", name="马上撤销").click()
    expect(hers.locator("main")).to_contain_text("已撤销")
    old_pc.reload()
    expect(old_pc.locator("main")).to_contain_text("被撤销了")
    expect(old_pc.locator("main")).not_to_contain_text("98.6")
