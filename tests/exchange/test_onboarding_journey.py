"""A hospital's engineer brings a FHIR server live in a browser, with script and without; every page is looked at."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, expect

from foundation.rowsecurity import acting_as
from records.exchange.models import Source
from records.exchange.onboarding import trials
from tests.browser import PHONE, Watch
from tests.exchange.conftest import rows
from tests.exchange.sending import observation, patient
from tests.exchange.test_desk import Enter
from tests.exchange.test_fhir_versions import Server, served
from tests.factories import NOON
from tests.people import People

pytestmark = pytest.mark.browser
DESK = {"viewport": {"width": 1280, "height": 900}, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"}
LOCAL = {"coding": [{"system": "urn:local", "code": "GLU"}], "text": "血糖"}


@pytest.fixture
def server() -> Iterator[Server]:
    """A facility with some messages, one of them of nobody we know."""
    stranger = observation(id="o3", subject={"reference": "Patient/p9"})
    yield from served("4.0.1", [patient(), observation(), observation(id="o2", code=LOCAL), stranger])


def keep(page: Page, name: str) -> None:
    """Leave a picture where somebody asked for one."""
    if folder := os.environ.get("SHOTS"):
        width = page.evaluate("innerWidth")
        page.screenshot(path=f"{folder}/{name}-{width}.png", full_page=True)


def worker() -> None:
    """What the worker does within seconds."""
    with acting_as("worker"):
        for trial_id in trials.due(NOON):
            trials.carry_out(trial_id, clock=lambda: NOON)


@pytest.mark.parametrize(("device", "scripts"), [(DESK, True), (PHONE, False)])
def test_a_feed_is_brought_live_in_a_browser(
    browser: Browser,
    people: People,
    signed_in: Enter,
    live_server: Any,
    server: Server,
    device: dict[str, Any],
    scripts: bool,
) -> None:
    context = browser.new_context(**device, java_script_enabled=scripts)
    key = signed_in(people.engineer).cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": live_server.url}])
    page = context.new_page()
    look: Callable[[], None] = Watch(page).look if scripts else lambda: None
    made(page, look, live_server.url, people, server)
    secrets(page, look)
    tried(page, look)
    page.get_by_role("button", name="启用").click()
    expect(page.get_by_text("已启用。", exact=True)).to_be_visible()
    look()
    keep(page, "live")
    assert rows(Source)[0].state == "enabled"
    context.close()


def made(page: Page, look: Callable[[], None], base: str, people: People, server: Server) -> None:
    page.goto(f"{base}/staff/exchange/source/add/")
    look()
    keep(page, "kinds")
    page.get_by_role("link", name="FHIR R4 接口").click()
    page.get_by_label("医疗机构").select_option(str(people.county.pk))
    page.get_by_label("编码").fill("county-fhir")
    page.get_by_label("名称").fill("县人民医院接口")
    page.get_by_label("接口地址").fill(f"http://{server.place}/")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_text("接口地址的主机和端口不在这里")).to_be_visible()
    look()
    keep(page, "form")
    page.get_by_label("允许访问的主机").fill(server.place)
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("接入：县人民医院接口")
    look()
    keep(page, "steps")


def secrets(page: Page, look: Callable[[], None]) -> None:
    page.get_by_role("link", name="凭证").click()
    look()
    keep(page, "secrets")
    page.locator("section", has_text="访问令牌").locator("summary").click()
    page.get_by_role("textbox", name="访问令牌").fill("tk-5f2c9d7e1a")
    page.locator("section", has_text="访问令牌").get_by_role("button", name="加密保存").click()
    expect(page.get_by_text("已保存，")).to_be_visible()
    look()
    keep(page, "secret-kept")
    page.get_by_role("link", name="接入步骤").first.click()


def tried(page: Page, look: Callable[[], None]) -> None:
    page.get_by_role("button", name="测试连接").click()
    expect(page.get_by_text("正在测试")).to_be_visible()
    look()
    keep(page, "testing")
    worker()
    expect(page.get_by_text("连接成功，FHIR 4.0.1").first).to_be_visible(timeout=15_000)
    page.get_by_role("button", name="试运行").click()
    worker()
    expect(page.get_by_text("看了 4 条，3 条可以入档").first).to_be_visible(timeout=15_000)
    look()
    keep(page, "rehearsed")
