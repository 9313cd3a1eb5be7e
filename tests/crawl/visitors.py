"""Who visits the house, with what eyes, and how each of them comes in."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from playwright.sync_api import Page

from foundation import clock
from foundation.crypto import digest
from foundation.rowsecurity import acting_as
from portal.demo import people
from portal.demo.one_time import code_of
from portal.demo.seed import PASSWORD
from residents.models import Account, PresenceCode
from residents.presence import new_card_code
from tests.browser import PHONE

DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"}


@dataclass(frozen=True)
class Eyes:
    """A browser as somebody holds it, and what it remembers about how pages are shown.

    `also` is a second width at which each page is looked at; `of_a_kind`, how many addresses of one kind.
    """

    name: str
    browser: dict[str, Any]
    cookies: dict[str, str] = field(default_factory=dict)
    also: int | None = None
    of_a_kind: int = 2


STANDARD = Eyes("390", PHONE)
ELDER = Eyes("390 长辈版", PHONE, {"display": "elder"})
DARK = Eyes("390 dark", {**PHONE, "color_scheme": "dark"}, of_a_kind=1)
WIDE = Eyes("1280", DESK)
ENGLISH = Eyes("1280 English", DESK, {"language": "en"}, of_a_kind=1)
AT_WORK = Eyes("1280 and 390", DESK, also=390)


@dataclass(frozen=True)
class Visitor:
    """Somebody of the demonstration county: `who` signs in, nobody when empty; `then` is done before the walk.

    Who keeps to the `desk` walks the staff site and sees what it leads to, but follows no links from there.
    """

    name: str
    who: str = ""
    then: Callable[[Page, str], None] | None = None
    staff: bool = False
    desk: bool = False

    def enter(self, page: Page, base: str) -> None:
        """Sign in as people do, staff with their second factor, and begin to act for whom one is to act."""
        if self.who:
            page.goto(f"{base}{'/staff/login/' if self.staff else '/accounts/login/'}")
            page.locator("input[name=login]").fill(self.who)
            page.locator("input[name=password]").fill(PASSWORD)
            page.locator("form:has(input[name=password]) button.weui-btn_primary").first.click()
            page.wait_for_url(lambda url: "login" not in url)
        if self.staff:
            page.locator("input[name=code]").fill(code_of(self.who, clock.now()))
            page.locator("form:has(input[name=code]) button").last.click()
            page.wait_for_url(lambda url: "authenticate" not in url)
        if self.then:
            self.then(page, base)

    def is_still_in(self, page: Page, base: str) -> bool:
        """Whether the first page still knows the visitor, and for whom the visitor acts."""
        page.goto(f"{base}/")
        signed_in = page.locator("form[action='/accounts/logout/']").count() == 1
        acting = page.locator(".acting").count() == 1
        return (signed_in, acting) == (bool(self.who), self.then is not None)


def act_for_the_mother(page: Page, base: str) -> None:
    page.goto(f"{base}/me/family/")
    page.locator("form[action='/me/family/act/'] button").first.click()
    page.wait_for_selector(".acting")


def help_with_a_card(page: Page, base: str) -> None:
    """She is there and shows her printed card."""
    code, now = new_card_code(), clock.now()
    with acting_as("owner"):
        her = Account.objects.get(name=people.resident("he_lanfang").name).resident
        dates = {"issued_at": now, "expires_at": now + timedelta(days=30)}
        PresenceCode.objects.create(resident=her, kind="card", code_hash=digest(code), **dates)
    page.goto(f"{base}/staff/assist/")
    page.locator("input[name=code]").fill(code)
    for box in page.locator("input[name=tasks]").all():
        box.check(force=True)
    page.locator("form:has(input[name=code]) button").last.click()
    page.wait_for_selector(".acting")


def employee(name: str, username: str) -> Visitor:
    return Visitor(name, username, staff=True, desk=True)


NOBODY = Visitor("nobody")
RESIDENT = Visitor("resident", people.resident("he_lanfang").id_number)
DAUGHTER = Visitor("daughter for her mother", people.resident("he_xiaoyu").id_number, act_for_the_mother)
STAFF = (
    Visitor("reception", "zhangqiantai", staff=True),
    employee("clinician", "mayisheng"),
    employee("public health", "gongwei"),
    employee("manager", "yuanzhang"),
    employee("editor", "xuanjiao"),
    employee("reviewer", "shenhe"),
    employee("engineer", "xinxike"),
    employee("administrator", "guanliyuan"),
    employee("auditor", "shenji"),
    employee("security", "anquan"),
    Visitor("helper, assisting", "licunyi", help_with_a_card, staff=True),
)
VISITS: tuple[tuple[Visitor, Eyes], ...] = (
    *((one, eyes) for one in (NOBODY, RESIDENT, DAUGHTER) for eyes in (STANDARD, ELDER, WIDE)),
    (RESIDENT, DARK),
    (RESIDENT, ENGLISH),
    *((one, AT_WORK) for one in STAFF),
)
