"""`make crawl`: every page that links lead to, in Chromium, as several people and in several modes.

Each page is looked at once for each visitor: WCAG A/AA by axe, console errors, policy violations, sideways scroll.
Addresses that differ only in a key or a query count as one page of their kind, looked at twice at most.
"""

import re
from collections import Counter, deque
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import Browser, Page

from foundation import clock
from foundation.crypto import digest
from foundation.rowsecurity import acting_as
from portal.demo import people
from portal.demo.one_time import code_of
from portal.demo.seed import PASSWORD
from residents.models import Account, PresenceCode
from residents.presence import new_card_code
from tests.browser import PHONE, Watch
from tests.county import demonstration

HER = people.resident("he_lanfang").id_number
DAUGHTER = people.resident("he_xiaoyu").id_number
DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}, "locale": "zh-CN"}
VISITORS: dict[str, tuple[str, dict[str, Any], dict[str, str]]] = {
    # name: (who signs in, browser, cookies)
    "nobody": ("", PHONE, {}),
    "resident": (HER, PHONE, {}),
    "resident, elder": (HER, PHONE, {"display": "elder"}),
    "resident, dark": (HER, {**PHONE, "color_scheme": "dark"}, {}),
    "resident, English, 1280": (HER, DESK, {"language": "en"}),
    "reception": ("zhangqiantai", DESK, {}),
    "editor": ("xuanjiao", DESK, {}),
    "reviewer": ("shenhe", DESK, {}),
    "engineer": ("xinxike", DESK, {}),
    "administrator": ("guanliyuan", DESK, {}),
    "auditor": ("shenji", DESK, {}),
    "security": ("anquan", DESK, {}),
    "public health": ("gongwei", DESK, {}),
    "daughter for her mother": (DAUGHTER, PHONE, {}),
    "helper, assisting": ("licunyi", PHONE, {}),
}
KEY = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
OF_A_KIND = 2
MOST = 150


@pytest.fixture(autouse=True)
def county(db: None) -> Iterator[None]:
    with demonstration():
        yield


def kind_of(address: str) -> str:
    """The address without keys, slugs and query: pages of one kind share a template."""
    parts = urlsplit(address)
    return KEY.sub("*", parts.path) + ("?" if parts.query else "")


def enter(page: Page, base: str, who: str) -> None:
    if not who:
        return
    page.goto(f"{base}{'/accounts/login/' if who[0].isdigit() else '/staff/login/'}")
    page.locator("input[name=login]").fill(who)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("form:has(input[name=password]) button.weui-btn_primary").first.click()
    page.wait_for_url(lambda url: "login" not in url)
    if not who[0].isdigit():
        page.locator("input[name=code]").fill(code_of(who, clock.now()))
        page.locator("form:has(input[name=code]) button").last.click()
        page.wait_for_url(lambda url: "authenticate" not in url)


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


AS_SOMEBODY = {"daughter for her mother": act_for_the_mother, "helper, assisting": help_with_a_card}


def links(page: Page, base: str) -> list[str]:
    found = page.eval_on_selector_all("a[href]:not([download])", "all => all.map(one => one.href)")
    inside = [urljoin(base, address).split("#")[0] for address in found if address.startswith(base)]
    return [address for address in inside if not address.endswith(("/pdf/", ".ics"))]


def crawl(page: Page, watch: Watch, base: str) -> int:
    waiting, known, kinds = deque([f"{base}/", f"{base}/staff/"]), {f"{base}/"}, Counter()
    while waiting and watch.looked_at < MOST:
        address = waiting.popleft()
        kinds[kind_of(address)] += 1
        if kinds[kind_of(address)] > OF_A_KIND:
            continue
        response = page.goto(address)
        if response is None or response.status >= 400:
            watch.troubles = [trouble for trouble in watch.troubles if "status of 40" not in trouble]
            continue  # not for this visitor, and the browser says so on the console
        watch.look()
        for link in links(page, base):
            if link not in known:
                known.add(link)
                waiting.append(link)
    return watch.looked_at


@pytest.mark.parametrize("visitor", VISITORS)
def test_every_page(visitor: str, browser: Browser, live_server: Any, capsys: pytest.CaptureFixture[str]) -> None:
    who, options, cookies = VISITORS[visitor]
    context = browser.new_context(**options)
    context.add_cookies([{"name": name, "value": value, "url": live_server.url} for name, value in cookies.items()])
    page = context.new_page()
    watch = Watch(page)
    enter(page, live_server.url, who)
    if visitor in AS_SOMEBODY:
        AS_SOMEBODY[visitor](page, live_server.url)
    count = crawl(page, watch, live_server.url)
    with capsys.disabled():
        print(f"\n{visitor:<26}{count:>4} pages, {len(watch.troubles)} troubles", end="")
    assert not watch.troubles, "\n".join(watch.troubles)
    context.close()
