"""A lecture from the first sign-up on a phone to its line in the yearly report: full, attended, held, counted."""

import io
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from health_education.models import Activity
from residents.models import Account
from tests import factories
from tests.browser import Watch
from tests.factories import NOON
from tests.health_education.scenes import fresh
from tests.people import People

pytestmark = pytest.mark.browser
Enter = Callable[[Account], Client]


class Hand:
    """One phone that goes from hand to hand."""

    def __init__(self, page: Page, watch: Watch, base: str, enter: Enter) -> None:
        self.page, self.watch, self.base, self.enter = page, watch, base, enter

    def over_to(self, account: Account, address: str) -> None:
        """Somebody else signs in and opens a page."""
        key = self.enter(account).cookies[settings.SESSION_COOKIE_NAME].value
        self.page.context.clear_cookies()
        self.page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": self.base}])
        self.page.goto(self.base + address)

    def press(self, name: str) -> None:
        """Press a button that leads to a page."""
        self.watch.follow(self.page.get_by_role("button", name=name, exact=True))


@pytest.fixture
def hand(page: Page, watch: Watch, live_server: Any, signed_in: Enter) -> Hand:
    return Hand(page, watch, live_server.url, signed_in)


def signs_up_and_shows_the_slip(people: People, hand: Hand, lecture: Activity) -> str:
    hand.over_to(people.helanfang_account, reverse("health_education:activity", args=[lecture.pk]))
    hand.press("我要报名")
    expect(hand.page.locator("main")).to_contain_text("您已经报名")
    hand.watch.follow(hand.page.get_by_role("link", name="签到条"))
    return hand.page.locator(".entry-letters").inner_text()


def finds_it_full(people: People, hand: Hand, lecture: Activity) -> None:
    hand.over_to(people.wangjianguo_account, reverse("health_education:activity", args=[lecture.pk]))
    expect(hand.page.locator("main")).to_contain_text("名额已满")
    expect(hand.page.get_by_role("button", name="我要报名")).to_have_count(0)


def comes_all_the_same_and_types_the_code(people: People, hand: Hand, code: str) -> None:
    hand.over_to(people.wangjianguo_account, reverse("health_education:here"))
    hand.page.fill("#code", code.lower())
    hand.press("下一步")
    hand.press("我到了，签到")
    expect(hand.page.locator("main")).to_contain_text("已经签到")


def test_a_lecture_is_signed_up_for_filled_attended_held_and_counted(
    people: People, hand: Hand, at: Callable[[datetime], Any]
) -> None:
    page, worker = hand.page, factories.staff("gongwei", "公卫员", people.township, "public_health")
    lecture = factories.activity(people.township, "冬季防跌倒", NOON + timedelta(hours=3), capacity=1)
    desk = reverse("staff:activity", args=[lecture.pk])
    with at(NOON):
        slip = signs_up_and_shows_the_slip(people, hand, lecture)
        finds_it_full(people, hand, lecture)
    with at(lecture.starts_at + timedelta(minutes=5)):
        hand.over_to(worker, desk)
        hand.watch.follow(page.get_by_role("link", name="打开签到大屏"))
        code = page.locator(".door-letters").inner_text()
        comes_all_the_same_and_types_the_code(people, hand, code)
        hand.over_to(worker, desk)
        page.fill("#slip", slip)
        hand.press("签到")
        expect(page.locator("main")).to_contain_text("贺兰芳 签到成功")
        page.fill("#id_walk_ins", "20")
        hand.press("保存举办情况")
        page.goto(f"{hand.base}{reverse('staff:duty')}")
        hand.watch.follow(page.get_by_role("link", name="河东镇卫生院 健康讲座 1 / 12"))
        expect(page.locator("tbody tr")).to_contain_text(["冬季防跌倒"])
        expect(page.locator("tbody tr td").nth(1)).to_have_text("22")
        page.goto(f"{hand.base}{reverse('staff:duty_unit', args=[people.township.pk])}")
        with page.expect_download() as sheet:
            page.get_by_role("button", name="下载表格").click()
        rows = (
            load_workbook(io.BytesIO(sheet.value.path().read_bytes()))
            .worksheets[1]
            .iter_rows(min_row=2, values_only=True)
        )
    assert [(row[1], row[3], row[4]) for row in rows] == [("健康讲座", "冬季防跌倒", 22)]
    assert (fresh(lecture).attended, fresh(lecture).taken) == (22, 1)
