"""Finding one old result in a real browser: from the portal's home, by a word, in three taps."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Locator, Page, expect

from residents.models import Account
from tests import factories
from tests.browser import Watch
from tests.factories import NOON, SHANGHAI
from tests.people import People
from tests.records import rows

pytestmark = pytest.mark.browser
Enter = Callable[[Account], Client]
OLD = datetime(2017, 4, 11, 8, 30, tzinfo=SHANGHAI)
ALT: dict[str, Any] = {"name": "丙氨酸氨基转移酶", "code_system": "http://loinc.org", "code": "1742-6", "unit": "U/L"}


@pytest.fixture
def base(page: Page, live_server: Any, people: People, signed_in: Enter) -> str:
    """The site's address, where she is signed in and has nine years of results."""
    county, township = factories.source(people.county), factories.source(people.township)
    rows.panel(people.helanfang, county, OLD, ALT | {"value_text": "93", "flag": "high"}, title="肝功能")
    for month in range(9):
        at = NOON - timedelta(days=30 * month)
        rows.panel(people.helanfang, township, at, ALT | {"value_text": f"2{month}"}, title="生化全套")
    key = signed_in(people.helanfang_account).cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": live_server.url}])
    return str(live_server.url)


def test_one_old_result_is_three_taps_away(page: Page, watch: Watch, base: str) -> None:
    taps: list[Locator] = []

    def tap(what: Locator) -> None:
        taps.append(what)
        watch.leave(what)

    page.goto(base)
    tap(page.get_by_role("link", name="检查检验结果").first)
    page.get_by_label("在档案里找").fill("2017年 转氨酶")
    tap(page.get_by_role("button", name="找一找"))
    watch.look()
    assert "转氨酶" not in page.url and "%" not in page.url
    expect(page.locator("mark").first).to_have_text("丙氨酸氨基转移酶")
    tap(page.locator(".hit a").first)
    expect(page.get_by_role("heading", level=1)).to_have_text("肝功能")
    expect(page.get_by_text("2017-04-11 08:30").first).to_be_visible()
    assert len(taps) <= 3
    page.go_back()
    expect(page.get_by_text("找到 1 项")).to_be_visible()
