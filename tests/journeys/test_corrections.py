"""A corrected report that two facilities sent, read on a phone: what changed, the version before, both senders."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect

from residents.models import Account
from tests import factories
from tests.browser import Watch
from tests.exchange.sending import deliver, observation, patient, report
from tests.people import People
from tests.records.corrections import at, ids

pytestmark = pytest.mark.browser
PDF = base64.b64encode(b"%PDF-1.7\n%%EOF\n").decode()
FORM = [{"contentType": "application/pdf", "data": PDF, "title": "检验报告单"}]
COUNTY: dict[str, Any] = {"performer": [{"type": "Organization", "display": "县人民医院"}]}
ITEMS = [{"reference": f"Observation/{name}"} for name in ("o1", "o2", "o3")]


def sheet(hour: int, glucose: str, opinion: str, **fields: Any) -> list[dict[str, Any]]:
    """A county hospital's report as it was at that hour, whoever sends it."""
    high: dict[str, Any] = {"interpretation": [{"coding": [{"code": "H"}]}]} if float(glucose) > 6.1 else {}
    potassium: dict[str, Any] = {"code": {"text": "钾"}, "note": [{"text": "标本轻度溶血，结果仅供参考"}]}
    lipid: dict[str, Any] = {"code": {"text": "低密度脂蛋白胆固醇"}}
    items = [
        observation(value=glucose, **high, **COUNTY),
        observation(id="o2", value="4.60", **potassium, **COUNTY),
        observation(id="o3", value="4.10", **lipid, **COUNTY),
    ]
    number: dict[str, Any] = {"identifier": [{"use": "official", "value": "L20261120-0137"}]}
    return at(hour, *items, report(conclusion=opinion, result=ITEMS, presentedForm=FORM, **number, **COUNTY, **fields))


def sent(people: People) -> None:
    """Both facilities send the report, and then its correction."""
    for place in (people.county, people.township):
        feed = factories.source(place)
        deliver(feed, patient(), *sheet(1, "5.60", "血糖正常。"))
        deliver(feed, *sheet(2, "7.80", "血糖偏高，建议复查。", status="corrected"))


def signed(page: Page, client: Client, base: str) -> None:
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": base}])


def test_what_changed_the_version_before_and_both_senders(
    people: People,
    signed_in: Callable[[Account], Client],
    page: Page,
    watch: Watch,
    live_server: Any,
) -> None:
    sent(people)
    signed(page, signed_in(people.helanfang_account), live_server.url)
    page.goto(live_server.url + reverse("records:reports"))
    listed = page.locator(".rows a[href*='/records/reports/']")
    expect(listed).to_have_count(1)
    watch.follow(listed)
    expect(page.get_by_text("本报告已更正，请以这一页为准")).to_be_visible()
    expect(page.locator(".changes")).to_contain_text("5.60 mmol/L")
    watch.follow(page.locator("a[href$='/earlier/']"))
    expect(page.get_by_text("这是更正前的版本")).to_be_visible()
    watch.follow(page.get_by_role("link", name="看现在有效的报告").first)
    watch.follow(page.locator("aside .rows a"))
    expect(page.get_by_text("列表里只列一份")).to_be_visible()
    assert {str(key) for key in ids(folded_into__isnull=False, superseded_at=None)} == {page.url.rstrip("/")[-36:]}
