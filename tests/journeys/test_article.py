"""An article from its writer to a phone: another editor checks it, a reviewer of its speciality approves it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect

from foundation.rowsecurity import acting_as
from health_education.models import ReviewerSpeciality, Revision, Topic
from residents.models import Account
from tests import factories
from tests.browser import Watch
from tests.factories import NOON
from tests.health_education.test_desk import doubtful
from tests.health_education.test_review import colleague, draft
from tests.people import People

pytestmark = pytest.mark.browser
Enter = Callable[[Account], Client]
BODY = "## 马上可以做的事\n\n- 先放醋，后放盐。\n- 每天不超过5克盐。\n\n血压会慢慢降下来，能根治高血压。"
MENDED = BODY.replace("，能根治高血压", "")


class Desk:
    """One browser in which several people work in turn."""

    def __init__(self, page: Page, watch: Watch, base: str, enter: Enter) -> None:
        self.page, self.watch, self.base, self.enter = page, watch, base, enter

    def sit_down(self, account: Account, address: str) -> None:
        """Somebody else signs in and opens a page."""
        key = self.enter(account).cookies[settings.SESSION_COOKIE_NAME].value
        self.page.context.clear_cookies()
        self.page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": self.base}])
        self.page.goto(self.base + address)

    def press(self, name: str, says: str) -> None:
        """Press a button that leads to a page which says so."""
        self.watch.follow(self.page.get_by_role("button", name=name, exact=True))
        expect(self.page.locator("ul.messagelist")).to_contain_text(says)


@pytest.fixture
def desk(page: Page, watch: Watch, live_server: Any, signed_in: Enter) -> Desk:
    return Desk(page, watch, live_server.url, signed_in)


def write(page: Page) -> None:
    page.fill("#id_slug", "eat-less-salt")
    page.select_option("#id_topic", label="合理膳食")
    page.select_option("#id_speciality", "cardiovascular")
    page.check("#id_audience input[value=elders]")
    page.fill("#id_revisions-0-title", "少吃盐，稳血压")
    page.fill("#id_revisions-0-summary", "每天不超过5克")
    page.fill("#id_revisions-0-body", BODY)
    page.fill("#id_revisions-0-source", "国家卫生健康委《成人高血压食养指南（2023年版）》")


def ready(people: People) -> Account:
    """A topic, a doubtful word, a reviewer of hearts, and another editor, who is returned."""
    factories.made(Topic(slug="diet", name="合理膳食"))
    doubtful("根治", "不得承诺疗效")
    given = ReviewerSpeciality(account_id=people.reviewer.pk, account_name="医学审核", speciality="cardiovascular")
    given.starts_at = NOON - timedelta(days=1)
    factories.made(given)
    return colleague(people)


def test_an_article_is_written_checked_approved_and_read_on_a_phone(people: People, desk: Desk) -> None:
    page, other = desk.page, ready(people)
    desk.sit_down(people.editor, reverse("admin:health_education_article_add"))
    write(page)
    desk.press("保存", "已保存为草稿")
    expect(page.locator(".claims")).to_contain_text("能根治高血压")
    desk.press("提交初审", "已提交编辑初审")
    wording = page.url.removeprefix(desk.base)

    desk.sit_down(other, reverse("admin:health_education_revision_worklist"))
    desk.watch.follow(page.get_by_role("link", name="少吃盐，稳血压"))
    page.fill("#check_text", "“根治”不能说，请删去。")
    desk.press("退回作者", "已退回作者")

    desk.sit_down(people.editor, wording)
    expect(page.locator(".thread")).to_contain_text("“根治”不能说")
    page.fill("#id_body", MENDED)
    desk.watch.leave(page.get_by_role("button", name="保存并继续编辑"))
    desk.press("提交初审", "已提交编辑初审")

    desk.sit_down(other, wording)
    desk.watch.follow(page.get_by_role("link", name="和以前的文字比较"))
    expect(page.locator(".difference-all del")).to_contain_text("，能根治高血压")
    page.goto(desk.base + wording)
    desk.press("初审通过", "已转给专业审核人")

    desk.sit_down(people.reviewer, wording)
    desk.watch.follow(page.get_by_role("link", name="手机预览"))
    expect(page.frame_locator("iframe").last.locator("article")).to_contain_text("先放醋，后放盐")
    page.goto(desk.base + wording)
    desk.press("通过审核", "已通过审核")

    desk.sit_down(people.editor, wording)
    desk.press("发布", "已发布")
    page.context.clear_cookies()
    page.goto(desk.base + reverse("health_education:article", args=["eat-less-salt"]))
    desk.watch.look()
    expect(page.locator("main")).to_contain_text("先放醋，后放盐")
    expect(page.locator("main")).to_contain_text("医学审核")


def test_no_request_of_the_authors_own_making_approves_their_text(people: People, signed_in: Enter) -> None:
    factories.membership(people.editor, people.bureau, "reviewer")
    client = signed_in(people.editor)
    wordings = {}
    for state in ("draft", "check", "review", "rejected"):
        wordings[state] = draft(people.editor, state=state)
        for step in ("pass", "return", "approve", "reject", "confirm", "publish"):
            address = reverse("admin:health_education_revision_step", args=[wordings[state].pk, step])
            client.post(address, {"text": "好", "comment": "好", "state": "approved", "publish_at": ""})
    with acting_as("owner"):
        after = {revision.pk: revision.state for revision in Revision.objects.all()}
    assert after == {revision.pk: state for state, revision in wordings.items()}
