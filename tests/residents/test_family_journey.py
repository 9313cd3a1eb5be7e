"""A mother and her daughter, each with a phone: invited, accepted, helped, ended; every page looked at on the way."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from residents.models import Account
from tests import factories
from tests.browser import Watch
from tests.people import People
from tests.residents.families import EVERYTHING, child

pytestmark = pytest.mark.browser


def become(page: Page, base: str, client: Client) -> None:
    """The browser takes over a signed-in session."""
    page.context.clear_cookies()
    for name, morsel in client.cookies.items():
        page.context.add_cookies([{"name": name, "value": morsel.value, "url": base}])


def code_of(page: Page, base: str, watch: Watch) -> str:
    """What the mother does: tick, choose, agree; then the code that is shown."""
    page.goto(f"{base}/me/family/")
    watch.look()
    watch.follow(page.get_by_role("link", name="请家人帮我办理"))
    page.get_by_label("预约挂号：", exact=False).check()
    page.get_by_label("1年").check()
    page.get_by_label("我已读过上面的说明，同意").check()
    page.get_by_role("button", name="生成邀请码").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("把邀请码交给家人")
    watch.look()
    return page.locator(".code-value").inner_text().replace("-", "")


def test_a_mother_asks_her_daughter(
    people: People, page: Page, watch: Watch, live_server: Any, signed_in: Callable[[Account], Client]
) -> None:
    base = live_server.url
    become(page, base, signed_in(people.helanfang_account))
    code = code_of(page, base, watch)
    become(page, base, signed_in(people.hexiaoyu_account))
    page.goto(f"{base}/me/family/accept/#{code}")  # what the QR code leads to
    expect(page.get_by_label("邀请码")).to_have_value(code)
    watch.look()
    page.get_by_label("这位家人的出生日期").fill("1957-02-13")
    watch.follow(page.get_by_role("button", name="下一步"))
    watch.leave(page.get_by_role("button", name="接受", exact=True))
    watch.leave(page.get_by_role("button", name="为贺兰芳办理"))
    banner = page.get_by_label("正在代办")
    expect(banner).to_contain_text("正在为贺兰芳办理")
    watch.look()
    page.goto(f"{base}/records/reports/")
    watch.look()
    page.goto(f"{base}/me/notices/")
    expect(page.get_by_role("heading", level=1)).to_have_text("对方没有授权您看这一项")
    watch.troubles[:] = [line for line in watch.troubles if "403" not in line]  # a refused page is an error to Chromium
    watch.look()
    watch.leave(page.get_by_role("button", name="回到本人"))
    expect(banner).to_have_count(0)
    page.goto(f"{base}/me/family/")
    watch.follow(page.get_by_role("link", name="不再代办"))
    page.get_by_role("button", name="终止，马上生效").click()
    expect(page.get_by_text("现在没有人请您代办。")).to_be_visible()


def test_the_pages_of_guardians_and_of_growing_up(
    people: People, page: Page, watch: Watch, live_server: Any, signed_in: Callable[[Account], Client]
) -> None:
    base = live_server.url
    young = child(date.today().replace(year=date.today().year - 14, day=1), "林子夏", 41)
    held = factories.delegation(young, people.hexiaoyu, *EVERYTHING, relation="guardian")
    become(page, base, signed_in(people.hexiaoyu_account))
    for path in ("/me/family/", "/me/family/guardian/"):
        page.goto(base + path)
        watch.look()
    become(page, base, signed_in(factories.account(young)))
    for path in ("/me/family/", f"/me/family/{held.pk}/agree/"):
        page.goto(base + path)
        watch.look()
    become(page, base, signed_in(people.zhangqiantai))
    page.goto(f"{base}/staff/guardianships/")
    watch.look()
