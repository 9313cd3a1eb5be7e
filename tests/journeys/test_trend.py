"""From a report to one item in a real browser: its picture, its line, and an earlier result of another facility."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from residents.models import Account
from tests import factories
from tests.browser import Watch
from tests.people import People
from tests.records import rows
from tests.records.trends.test_item_page import GLUCOSE, IN_MG

pytestmark = pytest.mark.browser


def test_a_result_is_compared_across_facilities(
    page: Page, watch: Watch, live_server: Any, people: People, signed_in: Callable[[Account], Client]
) -> None:
    county, town = factories.source(people.county), factories.source(people.township)
    for days, value in ((700, "5.4"), (400, "5.9"), (200, "6.4")):
        printed = {"value_text": value, "value_number": value, "flag": "high" if value > "6.1" else "normal"}
        factories.observation(people.helanfang, town, at=factories.NOON - timedelta(days=days), **GLUCOSE | printed)
    factories.observation(people.helanfang, town, at=factories.NOON - timedelta(days=90), **IN_MG)
    factories.observation(
        people.helanfang, town, at=factories.NOON - timedelta(days=60), **GLUCOSE | {"specimen": "尿"}
    )
    rows.panel(people.helanfang, county, factories.NOON, GLUCOSE, title="生化检验")
    key = signed_in(people.helanfang_account).cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": live_server.url}])
    page.goto(f"{live_server.url}/records/reports/")
    watch.leave(page.get_by_role("link", name="生化检验"))
    watch.look()
    watch.leave(page.get_by_role("link", name="走势和说明"))
    watch.look()
    expect(page.get_by_role("img", name="5 个结果的走势")).to_be_visible()
    expect(page.get_by_text("已按固定公式换算成 mmol/L")).to_be_visible()
    expect(page.get_by_text("标本不同，数值不能放在一起比（尿）")).to_be_visible()
    page.get_by_role("link", name="近1年").click()
    expect(page.get_by_role("img", name="3 个结果的走势")).to_be_visible()
