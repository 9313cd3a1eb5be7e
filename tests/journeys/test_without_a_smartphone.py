"""马德海, 85, has a plain phone, no smartphone: counter, printed card, help from the village doctor, SMS, the log."""

import os
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from foundation import clock
from foundation.rowsecurity import acting_as
from residents.models import Account, Delivery
from tests import factories
from tests.appointments.scenes import clinic
from tests.browser import Watch
from tests.factories import id_number
from tests.journeys.test_counter import at_the_desk, confirm, read, slip_of
from tests.people import People
from tests.residents.door import work

pytestmark = pytest.mark.browser
NUMBER = id_number(date(1941, 11, 3), 51)
PLAIN_PHONE = "19900000099"
PASSWORD = "lantern-meadow-77"


def keep(page: Page, name: str) -> None:
    """Leave a picture where somebody asked for one."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def at_the_counter(page: Page, watch: Watch, base: str) -> tuple[str, str]:
    """The reader, the look at the card; an activation slip and a 帮办卡 on paper. Returns what is printed on them."""
    page.goto(f"{base}/staff/counter/")
    read(page, f"{NUMBER}\t马德海")
    expect(page.get_by_role("heading", level=1)).to_have_text("核对人和证件")
    confirm(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("马德海")
    watch.look()
    watch.leave(page.get_by_role("button", name="打印激活码"))
    slip = slip_of(page)
    agree_to_sms(page, watch, base)
    page.goto(f"{base}/staff/counter/person/")
    watch.follow(page.get_by_role("button", name="打印帮办卡"))
    return slip, slip_of(page)


def agree_to_sms(page: Page, watch: Watch, base: str) -> None:
    """Read to him, and ticked as he says."""
    page.goto(f"{base}/staff/counter/person/")
    page.get_by_role("link", name="登记本人的同意").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("请您替马德海决定")
    page.get_by_role("checkbox", name="用短信或微信提醒我").check()
    watch.look()
    page.get_by_role("button", name="确定").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("马德海的授权同意")
    watch.look()


def show_the_card(page: Page, watch: Watch, base: str, card: str) -> None:
    page.goto(f"{base}/staff/")
    watch.follow(page.get_by_role("link", name="帮办"))
    page.get_by_label("帮办卡或帮办码").fill(card)
    page.get_by_label("约号").check(force=True)
    keep(page, "assist")
    page.get_by_role("button", name="开始帮办").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("帮马德海办事")
    watch.look()
    keep(page, "assisting")


def book(page: Page, watch: Watch, place: str) -> str:
    """The ordinary pages, with the banner on each; returns the queue number."""
    page.locator("main").get_by_role("link", name="约号").click()
    for name in (place, "内科", "王医生", "有号"):
        page.locator("main").get_by_role("link", name=name).first.click()
        expect(page.locator(".acting")).to_contain_text("马德海")
    page.locator("main input[type=radio]:enabled").first.check(force=True)
    watch.follow(page.get_by_role("button", name="下一步"))
    watch.leave(page.get_by_role("button", name="确认预约"))
    keep(page, "booked")
    return page.locator("main .figure-value").inner_text()


def print_the_slip(page: Page, watch: Watch, base: str) -> str:
    page.goto(f"{base}/staff/assist/now/")
    watch.follow(page.get_by_role("link", name="打印凭条"))
    keep(page, "slip")
    return page.locator("main").inner_text()


def finish(page: Page, watch: Watch, base: str) -> None:
    """The helper is done, and sees nothing any more: neither by an address nor by the back button."""
    watch.leave(page.locator("main").get_by_role("button", name="结束帮办"))
    for path in ("/appointments/bookings/", "/staff/assist/slip/"):
        page.goto(f"{base}{path}")
        expect(page.locator("body")).not_to_contain_text("马德海")
    page.go_back()
    expect(page.locator("body")).not_to_contain_text("马德海")


def read_the_log(page: Page, watch: Watch, base: str, slip: str) -> str:
    """Some day, at a relative's computer: the slip opens his account, and the log says who helped."""
    page.goto(f"{base}/accounts/activate/")
    page.get_by_label("证件号码").fill(NUMBER)
    page.get_by_label("激活码").fill(slip)
    watch.leave(page.get_by_role("button", name="下一步"))
    page.get_by_label("设一个密码").fill(PASSWORD)
    page.get_by_label("再输入一次密码").fill(PASSWORD)
    watch.leave(page.get_by_role("button", name="完成开通"))
    page.goto(f"{base}/accounts/login/")
    page.get_by_label("证件号码").fill(NUMBER)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    watch.leave(page.get_by_role("button", name="登录", exact=True))
    page.goto(f"{base}/me/access-log/")
    watch.look()
    keep(page, "log")
    return page.locator("main").inner_text()


def outbox() -> dict[str, set[str]]:
    """Which messages were written for which number."""
    with acting_as("owner"):
        told: dict[str, set[str]] = {}
        for message in Delivery.objects.exclude(status="withheld"):
            told.setdefault(message.recipient, set()).add(message.template)
        return told


def test_a_whole_visit_without_a_smartphone(
    people: People, signed_in: Callable[[Account], Client], browser: Browser, page: Page, live_server: Any
) -> None:
    factories.resident("马德海", NUMBER, facility=people.township, phone=PLAIN_PHONE)
    place = clinic(people.township, (clock.now() + timedelta(days=1)).date()).facility.name
    base = live_server.url
    desk = at_the_desk(browser, signed_in(people.zhangqiantai), base, scripts=True)
    village = at_the_desk(browser, signed_in(people.licunyi), base, scripts=True)
    counter, helper = desk.new_page(), village.new_page()
    watches = [Watch(counter), Watch(helper), Watch(page)]

    slip, card = at_the_counter(counter, watches[0], base)
    show_the_card(helper, watches[1], base, card)
    number = book(helper, watches[1], place)
    receipt = print_the_slip(helper, watches[1], base)
    troubles = list(watches[1].troubles)  # from here on the helper is refused, which a browser reports
    finish(helper, watches[1], base)
    work()
    log = read_the_log(page, watches[2], base, slip)
    desk.close()
    village.close()

    assert number in receipt and "预约了一个号" in receipt
    assert {"booked", "assisted_act"} <= outbox()[PLAIN_PHONE]
    assert "李村医" in log and "帮办" in log and "预约了一个号" in log
    assert [watches[0].troubles, troubles, watches[2].troubles] == [[], [], []]
