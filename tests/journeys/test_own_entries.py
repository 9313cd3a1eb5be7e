"""An 80-year-old writes her blood pressure down on a phone: a slip is named, 190/115 shows 120, a typo is put right."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from residents.models import Account
from tests import factories
from tests.browser import PHONE
from tests.people import People
from tests.records.own.writing import entries

pytestmark = pytest.mark.browser


@pytest.fixture
def phone(browser: Browser, live_server: Any, signed_in: Callable[[Account], Client]) -> Iterator[Page]:
    """Her phone, 390 px wide, large letters, without script: what she needs works all the same."""
    mawangshi = factories.resident("马王氏", factories.id_number(date(1946, 3, 8), 21))
    key = signed_in(factories.account(mawangshi, phone="19900000046")).cookies[settings.SESSION_COOKIE_NAME].value
    context = browser.new_context(**PHONE | {"java_script_enabled": False})
    cookies = {settings.SESSION_COOKIE_NAME: key, "display": "elder"}
    context.add_cookies([{"name": name, "value": value, "url": live_server.url} for name, value in cookies.items()])
    yield context.new_page()
    context.close()


def test_she_writes_190_over_115_down_sees_120_and_puts_a_typo_right(
    phone: Page, live_server: Any, people: People
) -> None:
    phone.goto(live_server.url + reverse("records:home"))
    phone.get_by_role("link", name="我自己记的").click()
    phone.get_by_role("link", name=re.compile("记一次 血压")).click()

    phone.get_by_label("高压（收缩压）").fill("19")
    phone.get_by_label("低压（舒张压）").fill("115")
    phone.get_by_role("button", name="保存").first.click()
    expect(phone.locator(".error-summary")).to_contain_text("填的是 19，血压计上的高压一般在60到299之间")
    expect(phone.get_by_label("低压（舒张压）")).to_have_value("115")

    phone.get_by_label("高压（收缩压）").fill("190")
    phone.get_by_role("button", name="保存").first.click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("血压很高，请先看这里")
    call = phone.get_by_role("link", name="拨打 120")
    expect(call).to_have_attribute("href", "tel:120")
    box, screen = call.bounding_box(), phone.viewport_size
    assert box and screen and box["y"] + box["height"] < screen["height"] - 80  # above the tabs, without scrolling

    phone.get_by_role("link", name="改正").click()
    expect(phone.get_by_label("高压（收缩压）")).to_have_value("190")
    phone.get_by_label("高压（收缩压）").fill("130")
    phone.get_by_label("低压（舒张压）").fill("75")
    phone.get_by_role("button", name="保存").first.click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("这次不高")
    phone.get_by_role("link", name="看全部").click()
    expect(phone.get_by_text("130/75")).to_be_visible()
    expect(phone.get_by_text("190/115")).to_have_count(0)
    phone.get_by_role("link", name="也看划掉的").click()
    expect(phone.get_by_text("190/115")).to_be_visible()
    assert [(one.systolic, one.is_struck) for one in entries()] == [(190, True), (130, False)]
