"""贺兰芳 has her whole record made in WeChat, looks at its pages, and opens the file in her phone's own browser."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from foundation.rowsecurity import acting_as
from records.booklet import making
from records.models import Allergy
from residents.models import Account
from tests import factories
from tests.browser import Watch
from tests.people import People
from tests.records import booklets, rows

pytestmark = pytest.mark.browser
PLAIN: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "locale": "zh-CN", "java_script_enabled": False}
ITEM = {"name": "血红蛋白", "value_text": "98.6", "unit": "g/L", "range_text": "115-150", "flag": "low"}


@pytest.fixture
def elsewhere(browser: Browser) -> Iterator[Page]:
    """The phone's own browser: no session, no script."""
    context = browser.new_context(**PLAIN, accept_downloads=True)
    yield context.new_page()
    context.close()


@pytest.fixture
def hers(page: Page, people: People, signed_in: Callable[[Account], Client], live_server: Any, settings: Any) -> Page:
    """Her phone, signed in, with a record."""
    settings.PUBLIC_URL = live_server.url
    feed = factories.source(people.county)
    rows.panel(people.helanfang, feed, timezone.now() - timedelta(days=1), ITEM, title="血常规甲")
    rows.statement(Allergy, people.helanfang, feed)
    cookie = signed_in(people.helanfang_account).cookies[_cookie()]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    return page


def _cookie() -> str:
    return settings.SESSION_COOKIE_NAME


def work() -> None:
    """The worker has its turn."""
    with acting_as("worker"):
        for key in making.due(timezone.now()):
            making.make(key, clock=timezone.now)


def test_from_the_way_out_to_the_file_in_another_browser(
    hers: Page, watch: Watch, live_server: Any, elsewhere: Page, tmp_path: Path
) -> None:
    hers.goto(f"{live_server.url}/records/take/")
    watch.follow(hers.get_by_role("link", name="制作整份档案 PDF"))
    watch.follow(hers.get_by_role("button", name="开始制作"))
    expect(hers.get_by_text("排队等待")).to_be_visible()
    work()
    expect(hers.get_by_text("已做好")).to_be_visible()  # the page asked again by itself
    watch.follow(hers.get_by_role("link", name="按页看图片"))
    expect(hers.get_by_text("长按图片可以保存")).to_be_visible()
    first = hers.locator(".sheets img").first
    expect(first).to_have_js_property("naturalWidth", 1080)
    watch.follow(hers.get_by_role("button", name="用浏览器打开 PDF"))
    address = hers.get_by_label(re.compile("长按下面的链接")).input_value()
    elsewhere.goto(address)
    with elsewhere.expect_download() as saving:
        elsewhere.get_by_role("button", name="保存文件").click()
    saved = tmp_path / "record.pdf"
    saving.value.save_as(saved)
    assert "血常规甲" in booklets.text(saved.read_bytes())
    elsewhere.goto(address)
    expect(elsewhere.get_by_role("heading", name="这个链接打不开")).to_be_visible()
