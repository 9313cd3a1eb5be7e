"""A queue at a township's window: the desk with nothing but a keyboard, and a waiting room that is told by a screen."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from appointments.models import Booking, Point, Ticket
from foundation.dated import forget
from foundation.models import DatedSetting
from foundation.rowsecurity import acting_as
from residents.models import Account
from tests import factories
from tests.appointments.scenes import TODAY, Clinic, clinic, held
from tests.browser import Watch
from tests.factories import NOON, id_number
from tests.journeys.test_counter import at_the_desk, keep
from tests.people import HELANFANG_NUMBER, People

pytestmark = pytest.mark.browser
NEWCOMER = id_number(sequence=877)
Entering = Callable[[Account], Client]


@pytest.fixture(autouse=True)
def noon(at: Callable[[datetime], Any]) -> Iterator[None]:
    with at(NOON):
        yield


@pytest.fixture
def afternoon(people: People) -> Clinic:
    """王医生 from two o'clock, room 3; 王建国 has booked."""
    found = clinic(people.township, TODAY, places=4, count=3, period="afternoon", location="3诊室")
    held(people.wangjianguo, found.slots[0])
    return found


@pytest.fixture
def desk(people: People, signed_in: Entering, browser: Browser, live_server: Any) -> Iterator[Watch]:
    """The desk's computer. No mouse is used on it."""
    context = at_the_desk(browser, signed_in(people.zhangqiantai), live_server.url, scripts=True)
    watch = Watch(context.new_page())
    yield watch
    context.close()
    assert watch.troubles == []


def alt(page: Page, letter: str) -> None:
    """Alt and a letter. Playwright's own keys leave out what the browser looks an access key up by."""
    keys = page.context.new_cdp_session(page)
    key = {"modifiers": 1, "key": letter, "code": f"Key{letter.upper()}", "windowsVirtualKeyCode": ord(letter.upper())}
    keys.send("Input.dispatchKeyEvent", {"type": "keyDown", "unmodifiedText": letter, **key})
    keys.send("Input.dispatchKeyEvent", {"type": "keyUp", **key})
    keys.detach()


def press(page: Page, key: str) -> None:
    """A key that leads to another page."""
    with page.expect_navigation(timeout=10_000):
        if key.startswith("Alt+"):
            alt(page, key[-1])
        else:
            page.keyboard.press(key)


def look_for(page: Page, words: str) -> None:
    """What a hand or a reader types where the focus is, and Enter."""
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type(words)
    press(page, "Enter")


def state_of(name: str) -> list[str]:
    with acting_as("owner"):
        return list(Booking.objects.filter(resident_name=name).values_list("status", flat=True))


def open_by_card(desk: Watch, number: str) -> None:
    """From the list to the counter's comparing of card and person."""
    look_for(desk.page, number)
    press(desk.page, "Alt+b")
    expect(desk.page.locator("main button:focus")).to_have_count(1)
    press(desk.page, "Enter")


def take_the_first_place(page: Page) -> None:
    """The first place has the focus: blank chooses it, Alt+C checks in at once, Enter books."""
    expect(page.locator("input[name=slot]").first).to_be_focused()
    page.keyboard.press("Space")
    alt(page, "c")
    expect(page.locator("#check_in")).to_be_checked()
    press(page, "Enter")


def test_the_desk_needs_no_mouse(people: People, desk: Watch, afternoon: Clinic, live_server: Any) -> None:
    page = desk.page
    page.goto(f"{live_server.url}/staff/desk/")
    desk.look()
    keep(page, "desk-day")
    look_for(page, "建国")
    desk.look()
    keep(page, "desk-found")
    press(page, "Alt+c")
    expect(page.locator("main")).to_contain_text("王建国 已签到，票号 L001")
    keep(page, "desk-arrived")
    open_by_card(desk, HELANFANG_NUMBER)
    press(page, "Alt+b")
    desk.look()
    keep(page, "desk-book")
    take_the_first_place(page)
    desk.look()
    keep(page, "desk-booking")
    press(page, "Alt+l")
    desk.look()
    keep(page, "desk-slip")
    expect(page.locator(".slip-code")).to_have_text("L002")
    press(page, "Alt+u")
    press(page, "Alt+u")
    look_for(page, "l002")
    press(page, "Alt+d")
    assert (state_of("贺兰芳"), state_of("王建国")) == (["completed"], ["checked_in"])


def test_somebody_nobody_knows_is_registered_and_booked_by_keyboard(
    people: People, desk: Watch, afternoon: Clinic, live_server: Any
) -> None:
    page = desk.page
    page.goto(f"{live_server.url}/staff/desk/")
    open_by_card(desk, NEWCOMER)
    expect(page.get_by_label("证件上的姓名")).to_be_focused()
    page.keyboard.type("孙新来")
    press(page, "Enter")
    press(page, "Alt+b")
    take_the_first_place(page)
    assert state_of("孙新来") == ["checked_in"]


def test_the_board_tells_the_room_by_itself_whom_the_doctor_calls(
    people: People, desk: Watch, afternoon: Clinic, browser: Browser, live_server: Any
) -> None:
    factories.made(DatedSetting(key="appointments.board_seconds", value=2, valid_from=NOON.replace(year=2025)))
    forget("appointments.board_seconds")
    made = {"facility": people.township, "name": "一楼候诊区", "made_by": people.zhangqiantai.pk, "made_at": NOON}
    factories.made(Point(kind=Point.Kind.BOARD, code="a-screen", **made))
    page = desk.page
    page.goto(f"{live_server.url}/staff/desk/")
    look_for(page, "建国")
    press(page, "Alt+c")
    wall = browser.new_context(viewport={"width": 1920, "height": 1080}, locale="zh-CN")
    board = Watch(wall.new_page())
    board.page.goto(f"{live_server.url}/appointments/board/a-screen/")
    expect(board.page.locator("main")).to_contain_text("L001 王*国")
    board.look()
    keep(board.page, "board-waiting")
    call_the_next(desk, live_server.url)
    expect(board.page.locator(".lane-called")).to_contain_text("请到 3诊室", timeout=10_000)
    board.look()
    keep(board.page, "board-called")
    wall.close()
    assert board.troubles == []


def call_the_next(desk: Watch, base: str) -> None:
    """At the door of room 3, by Alt+N."""
    with acting_as("owner"):
        queue = Ticket.objects.values_list("queue_id", flat=True).distinct().get()
    desk.page.goto(f"{base}/staff/queues/{queue}/")
    desk.look()
    keep(desk.page, "room-waiting")
    press(desk.page, "Alt+n")
    keep(desk.page, "room-called")


def test_her_phone_follows_the_queue(
    people: People, signed_in: Entering, afternoon: Clinic, page: Page, live_server: Any, desk: Watch
) -> None:
    mine = held(people.helanfang, afternoon.slots[0])
    desk.page.goto(f"{live_server.url}/staff/desk/")
    for name in ("建国", "兰芳"):
        look_for(desk.page, name)
        press(desk.page, "Alt+c")
    key = signed_in(people.helanfang_account).cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": live_server.url}])
    watch = Watch(page)
    page.goto(f"{live_server.url}/appointments/bookings/{mine.pk}/")
    expect(page.locator("#place")).to_contain_text("您前面还有 1 人")
    watch.look()
    keep(page, "phone-place")
    for words in ("您前面还有 0 人", "正在叫您，请到 3诊室"):
        call_the_next(desk, live_server.url)
        page.reload()
        expect(page.locator("#place")).to_contain_text(words)
    keep(page, "phone-called")
    assert watch.troubles == []
