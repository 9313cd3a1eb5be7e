"""Booking in a real browser: from the search to the calendar file, moved, cancelled; for a parent; by the guide."""

import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from appointments.models import Booking
from foundation import clock
from foundation.rowsecurity import acting_as
from portal.demo.guide import write
from residents.models import Account
from tests import factories
from tests.appointments.guide_scenes import draft_of, reviewed
from tests.appointments.scenes import Clinic, clinic
from tests.browser import Watch
from tests.people import People

pytestmark = pytest.mark.browser
Enter = Callable[[Account], Client]


def keep(page: Page, name: str) -> None:
    """Leave a picture where somebody asked for one."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def sits_down(page: Page, client: Client, base: str) -> None:
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": base}])
    page.goto(base)


@pytest.fixture
def morning(people: People) -> Clinic:
    tomorrow = (clock.now() + timedelta(days=1)).date()
    return clinic(people.township, tomorrow, count=4, of=factories.department(people.township, "中医科"))


def status() -> list[str]:
    with acting_as("owner"):
        return list(Booking.objects.order_by("booked_at").values_list("status", flat=True))


def search(page: Page, watch: Watch, words: str) -> None:
    """From the home page to the soonest times of a department."""
    watch.follow(page.get_by_role("link", name="预约挂号").first)
    page.get_by_label("科室或医生").fill(words)
    watch.follow(page.locator("main").get_by_role("button", name="找号"))
    watch.follow(page.locator("main").get_by_role("link", name="中医科").first)


def confirm(page: Page, watch: Watch) -> None:
    """The first free time, why one comes, a wheelchair; then the queue number."""
    watch.follow(page.locator("main .rows a").first)
    open_all(page)
    page.get_by_label("哪里不舒服，或者来做什么").fill("腰疼")
    page.get_by_role("checkbox", name="轮椅").check()
    keep(page, "confirm")
    watch.follow(page.get_by_role("button", name="确认预约"))
    expect(page.locator("main")).to_contain_text("候诊序号")
    expect(page.locator("main")).to_contain_text("轮椅")


def open_all(page: Page) -> None:
    for summary in page.locator("main form details:not([open]) > summary").all():
        summary.click()


def calendar_file(page: Page, base: str) -> str:
    address = page.get_by_role("link", name="加到手机日历").get_attribute("href")
    response = page.request.get(f"{base}{address}")
    assert response.headers["content-type"].startswith("text/calendar")
    return response.text()


def move(page: Page, watch: Watch) -> None:
    watch.follow(page.get_by_role("link", name="改期"))
    watch.follow(page.locator("main .rows a").first)
    keep(page, "move")
    watch.follow(page.get_by_role("button", name="确认改期"))
    expect(page.locator("main")).to_contain_text("候诊序号")


def cancel(page: Page, watch: Watch) -> None:
    watch.follow(page.get_by_role("link", name="取消预约"))
    watch.leave(page.get_by_role("button", name="确定取消"))
    expect(page.get_by_role("heading", level=1)).to_have_text("预约已取消")


def test_a_resident_books_moves_and_cancels(
    page: Page, watch: Watch, live_server: Any, people: People, signed_in: Enter, morning: Clinic
) -> None:
    sits_down(page, signed_in(people.helanfang_account), live_server.url)
    search(page, watch, "zyk")
    confirm(page, watch)
    first = calendar_file(page, live_server.url)
    move(page, watch)
    second = calendar_file(page, live_server.url)
    cancel(page, watch)
    assert "T010000Z" in first and "T010000Z" not in second and "腰疼" not in first
    assert status() == ["cancelled", "cancelled"]


def test_a_daughter_books_for_her_mother(
    page: Page, watch: Watch, live_server: Any, people: People, signed_in: Enter, morning: Clinic
) -> None:
    factories.delegation(people.helanfang, people.hexiaoyu, "identity", "booking")
    sits_down(page, signed_in(people.hexiaoyu_account), live_server.url)
    page.goto(f"{live_server.url}/me/family/")
    watch.follow(page.get_by_role("button", name="为贺兰芳办理"))
    page.goto(live_server.url)
    search(page, watch, "中医")
    expect(page.locator(".acting")).to_contain_text("贺兰芳")
    confirm(page, watch)
    assert "贺兰芳" not in calendar_file(page, live_server.url)
    with acting_as("owner"):
        booked = Booking.objects.get()
    assert (booked.resident_id, booked.booked_by) == (people.helanfang.pk, people.hexiaoyu_account.pk)


# The guide, with all rules of the demonstration.


@pytest.fixture
def rules(people: People) -> None:
    with acting_as("owner"):
        write(draft := draft_of(people))
    reviewed(draft, people, valid_from="2026-01-01")


def answer(page: Page, watch: Watch, *words: str) -> None:
    for word in words:
        watch.follow(page.locator("main").get_by_role("button", name=word, exact=True))


def guided(page: Page, watch: Watch, base: str) -> None:
    """From "I do not know which department" to a free time, then the same with a danger sign."""
    page.goto(f"{base}/appointments/")
    watch.follow(page.get_by_role("link", name="不知道看哪个科"))
    keep(page, "guide-signs")
    answer(page, watch, "都没有，继续", "大人", "腰、腿、关节")
    keep(page, "guide-complaints")
    answer(page, watch, "腰疼、腿疼、关节疼", "没有", "没有", "上一步", "没有")
    keep(page, "guide-question")
    answer(page, watch, "没有")
    expect(page.get_by_role("heading", level=1)).to_have_text("建议看：中医科")
    keep(page, "guide-ending")
    assert page.url == f"{base}/appointments/guide/"
    page.goto(f"{base}/appointments/guide/")
    answer(page, watch, "嘴歪了、一边胳膊抬不起来、说话不清楚")
    expect(page.get_by_role("heading", level=1)).to_have_text("马上打120")
    keep(page, "guide-120")


@pytest.mark.usefixtures("rules")
def test_the_guide_leads_to_a_free_time(page: Page, watch: Watch, live_server: Any, morning: Clinic) -> None:
    guided(page, watch, live_server.url)


@pytest.mark.usefixtures("rules")
@pytest.mark.browser_context_args(java_script_enabled=False)
def test_the_guide_works_without_javascript(page: Page, live_server: Any, morning: Clinic) -> None:
    blind = Watch(page)
    blind.look = lambda allow=(): None  # axe itself needs JavaScript
    guided(page, blind, live_server.url)
    assert blind.troubles == []
