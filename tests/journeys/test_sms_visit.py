"""马德海, 85, has a plain telephone: booked for him by phone, a slip on paper, an SMS, a "1", the desk, the screen."""

import os
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Page, expect

from appointments.models import Booking, Point, Queue, Ticket
from foundation.rowsecurity import acting_as
from residents import messages_port
from residents.models import Account
from tests import factories
from tests.appointments.reminding import remind, reply, state, texts
from tests.appointments.scenes import Clinic, clinic
from tests.browser import Watch
from tests.factories import NOON, id_number
from tests.journeys.test_counter import at_the_desk, confirm, read
from tests.people import People
from tests.residents.door import work
from tests.residents.test_messages_rules import Phone

pytestmark = pytest.mark.browser
NUMBER = id_number(date(1941, 11, 3), 51)
PLAIN_PHONE = "19900000099"
START = NOON + timedelta(days=7)  # by then there is a text to agree to
DAY = START.date() + timedelta(days=2)
Enter = Callable[[Account], Client]
At = Callable[[datetime], Any]


def keep(page: Page, name: str) -> None:
    """Leave a picture where somebody asked for one."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


class Desk:
    """张前台's computer, on whatever day."""

    def __init__(self, browser: Browser, enter: Enter, people: People, base: str) -> None:
        self.browser, self.enter, self.people, self.base = browser, enter, people, base
        self.troubles: list[str] = []

    def opens(self) -> tuple[BrowserContext, Page, Watch]:
        """A morning begins: signed in anew."""
        context = at_the_desk(self.browser, self.enter(self.people.zhangqiantai), self.base, scripts=True)
        page = context.new_page()
        return context, page, Watch(page)

    def closes(self, context: BrowserContext, watch: Watch) -> None:
        self.troubles += watch.troubles
        context.close()


@pytest.fixture
def desk(people: People, signed_in: Enter, browser: Browser, live_server: Any, monkeypatch: pytest.MonkeyPatch) -> Desk:
    adapter = Phone()
    monkeypatch.setattr(messages_port, "sms", lambda: adapter)
    factories.resident("马德海", NUMBER, facility=people.township, phone=PLAIN_PHONE)
    return Desk(browser, signed_in, people, live_server.url)


def rings_the_desk(desk: Desk, place: Clinic) -> str:
    """His card was shown once; now he is on the telephone. Returns the code of the slip that is printed."""
    context, page, watch = desk.opens()
    page.goto(f"{desk.base}/staff/counter/")
    read(page, f"{NUMBER}\t马德海")
    confirm(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("马德海")
    page.get_by_role("link", name="登记本人的同意").click()
    page.get_by_role("checkbox", name="用短信或微信提醒我").check()
    page.get_by_role("button", name="确定").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("马德海的授权同意")
    page.goto(f"{desk.base}{reverse('staff:desk_book', args=[place.facility.pk])}?day={DAY.isoformat()}")
    page.locator(f"input[name=slot][value='{place.slots[0].pk}']").check(force=True)
    page.locator("input[name=channel][value=phone]").check(force=True)
    watch.follow(page.get_by_role("button", name="约这个号", exact=True))
    watch.follow(page.get_by_role("link", name="打印小票"))
    keep(page, "slip")
    code = page.locator("main p.number").inner_text()
    desk.closes(context, watch)
    return code


def comes_with_the_slip(desk: Desk, code: str) -> None:
    """The desk's scanner types the code; he is called by the room, and the screen says where to go."""
    context, page, watch = desk.opens()
    page.goto(f"{desk.base}{reverse('staff:desk_day', args=[desk.people.township.pk])}")
    expect(page.locator("main")).to_contain_text("已确认")
    keep(page, "day")
    page.locator("#q").fill(code)
    watch.follow(page.get_by_role("button", name="找人"))
    expect(page.locator(".desk-table tbody tr")).to_have_count(1)
    watch.follow(page.get_by_role("button", name="签到", exact=True))
    expect(page.locator("main")).to_contain_text("已签到")
    desk.closes(context, watch)


def is_called(desk: Desk, wall: Page) -> None:
    """The room calls; the screen on the wall shows his ticket and the ends of his name."""
    with acting_as("owner"):
        queue, ticket = Queue.objects.get(), Ticket.objects.get()
    wall.goto(f"{desk.base}{reverse('appointments:board', args=['wall'])}")
    context, page, watch = desk.opens()
    page.goto(f"{desk.base}{reverse('staff:queue_room', args=[queue.pk])}")
    watch.follow(page.locator("button[name=deed][value=next]"))
    expect(page.locator("main")).to_contain_text(ticket.label)
    wall.reload()
    expect(wall.locator("body")).to_contain_text(ticket.label)
    expect(wall.locator("body")).to_contain_text("马*海")
    expect(wall.locator("body")).not_to_contain_text("马德海")
    keep(wall, "wall")
    watch.follow(page.locator("button[name=deed][value=finish]"))
    desk.closes(context, watch)


def his_booking() -> Booking:
    with acting_as("owner"):
        return Booking.objects.select_related("slot", "session").get()


def test_a_whole_visit_by_sms_and_paper(people: People, desk: Desk, page: Page, at: At) -> None:
    place = clinic(people.township, DAY, location="3诊室")
    point = {"facility": people.township, "name": "大厅", "made_by": people.zhangqiantai.pk, "made_at": START}
    factories.made(Point(kind="board", code="wall", **point))
    with at(START):
        code = rings_the_desk(desk, place)
    with at(START + timedelta(days=1)):
        assert remind(START + timedelta(days=1)) == 1
        assert texts(PLAIN_PHONE, beginning="visit_")[0][1]["when"] == "12月1日9:00"
        assert reply("1", PLAIN_PHONE, now=START + timedelta(days=1)) == "kept"
    with at(START + timedelta(days=1, hours=20, minutes=50)):
        comes_with_the_slip(desk, code)
        is_called(desk, page)
    assert (his_booking().status, his_booking().channel) == ("completed", "phone")
    assert desk.troubles == []


def test_a_two_gives_the_place_back_and_the_desk_sees_it(people: People, desk: Desk, at: At) -> None:
    place = clinic(people.township, DAY)
    with at(START):
        rings_the_desk(desk, place)
    with at(START + timedelta(days=1)):
        remind(START + timedelta(days=1))
        assert reply("2", PLAIN_PHONE, now=START + timedelta(days=1)) == "cancel"
        work()
        assert "booking_cancelled" in {template for template, _said in texts(PLAIN_PHONE)}
        context, page, watch = desk.opens()
        page.goto(f"{desk.base}{reverse('staff:desk_booking', args=[his_booking().pk])}")
        expect(page.locator("main")).to_contain_text("本人取消")
        desk.closes(context, watch)
    assert (state(his_booking()).status, desk.troubles) == ("cancelled", [])
