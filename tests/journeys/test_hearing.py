"""How results are told of, in a browser: chosen, looked at all the same, commented; a page that closes itself."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from residents.models import Account, Hearing
from tests import factories
from tests.architecture.rows import service_question
from tests.browser import Watch
from tests.factories import made
from tests.people import People
from tests.records import rows

pytestmark = pytest.mark.browser


def enter(page: Page, base: str, browser: Client) -> None:
    key = browser.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": base}])


def test_she_chooses_to_wait_for_a_comment_and_looks_all_the_same(
    page: Page, watch: Watch, live_server: Any, people: People, signed_in: Callable[[Account], Client]
) -> None:
    enter(page, live_server.url, signed_in(people.helanfang_account))
    page.goto(f"{live_server.url}/me/messages/results/")
    watch.look()
    page.get_by_role("group", name="化验结果").get_by_text("医生说明后再告诉我").click()
    watch.leave(page.get_by_role("button", name="保存"))
    expect(page.get_by_text("已保存")).to_be_visible()
    soon = timezone.now() + timedelta(seconds=1)
    item = {"name": "空腹血糖", "value_text": "5.31"}
    rows.panel(people.helanfang, factories.source(people.county), soon, item, title="血糖")
    page.goto(f"{live_server.url}/records/reports/")
    watch.look()
    expect(page.get_by_text("有 1 份结果，医生说明后再看")).to_be_visible()
    watch.leave(page.get_by_role("button", name="现在就看"))
    watch.look()
    expect(page.get_by_text("5.31")).to_be_visible()


def test_a_protected_page_closes_itself(
    page: Page, watch: Watch, live_server: Any, people: People, signed_in: Callable[[Account], Client]
) -> None:
    factories.report(people.helanfang, factories.source(people.county), "特殊检查", sensitivity=5)
    enter(page, live_server.url, signed_in(people.helanfang_account))
    page.clock.install()
    page.goto(f"{live_server.url}/records/special/")
    watch.follow(page.get_by_role("link", name="特殊检查"))
    with page.expect_navigation(url="**/records/"):
        page.clock.fast_forward(301_000)


def test_the_pages_of_whoever_comments_is_in_charge_or_was_served(
    page: Page, watch: Watch, live_server: Any, people: People, signed_in: Callable[[Account], Client]
) -> None:
    now = timezone.now()
    service_question(people)
    made(Hearing(resident=people.helanfang, category="laboratory", way="after_comment", started_at=now))
    soon = now + timedelta(seconds=5)
    item = {"name": "空腹血糖", "value_text": "7.31", "flag": "high"}
    rows.panel(people.helanfang, factories.source(people.county), soon, item, title="血糖")
    enter(page, live_server.url, signed_in(people.helanfang_account))
    page.goto(f"{live_server.url}/records/services/")
    watch.look()
    watch.leave(page.get_by_role("button", name="属实，有这次服务"))
    expect(page.get_by_text("谢谢，已记下：属实。")).to_be_visible()
    enter(page, live_server.url, signed_in(people.chenyisheng))
    page.goto(f"{live_server.url}/staff/comments/")
    watch.look()
    watch.follow(page.get_by_role("link", name="化验结果"))
    page.get_by_label("给本人的说明").fill("血糖偏高一点，两周内空腹再查一次。")
    watch.leave(page.get_by_role("button", name="登记说明"))
    expect(page.get_by_text("已登记，本人马上看得到结果和您的说明")).to_be_visible()
    enter(page, live_server.url, signed_in(factories.staff("head", "负责人", people.bureau, "manager")))
    page.goto(f"{live_server.url}/staff/overdue/")
    watch.look()
