"""An entry contested to its end in a real browser: she asks, the hospital answers, she objects, the county decides."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect

from facilities.models import Facility
from foundation.rowsecurity import acting_as
from records.models import Dispute
from residents.models import Account
from tests import factories
from tests.browser import Watch
from tests.factories import NOON
from tests.people import People
from tests.records import rows

pytestmark = pytest.mark.browser
Enter = Callable[[Account], Client]


@pytest.fixture
def sit_down(page: Page, live_server: Any, signed_in: Enter) -> Callable[[Account], str]:
    """Let an account sit down at the browser; returns the site's address."""

    def enter(account: Account) -> str:
        key = signed_in(account).cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": live_server.url}])
        return str(live_server.url)

    return enter


def head_of(place: Facility) -> Account:
    return factories.staff(f"head-{place.code}", "马主任", place, "manager")


def test_a_dispute_goes_its_whole_way_and_stays_beside_the_report(
    page: Page, watch: Watch, people: People, sit_down: Callable[[Account], str]
) -> None:
    report = rows.panel(people.helanfang, factories.source(people.county), NOON, {"name": "钾", "value_text": "5.60"})
    site = sit_down(people.helanfang_account)
    page.goto(site + reverse("records:report", args=[report.pk]))
    watch.leave(page.get_by_role("link", name="提出异议"))
    page.get_by_label("这不是我的").check()
    page.get_by_label("想补充的话").fill("我那天没去过医院")
    watch.leave(page.get_by_role("button", name="提交异议"))
    expect(page.get_by_text("机构核实中")).to_be_visible()
    watch.look()
    with acting_as("owner"):
        case = reverse("admin:records_dispute_change", args=[Dispute.objects.get().pk])

    sit_down(head_of(people.county))
    page.goto(site + case)
    page.locator("#id_verdict").select_option("kept")
    page.locator("#id_answer").fill("核对过采样登记，是本人")
    page.locator("[name=_save]").click()

    sit_down(people.helanfang_account)
    page.goto(site + reverse("records:disputes"))
    watch.leave(page.get_by_role("link", name="不同意，请县里复核"))
    page.get_by_label("为什么不同意").fill("登记上不是我的签名")
    watch.leave(page.get_by_role("button", name="请县卫生健康局复核"))
    expect(page.get_by_text("县里复核中")).to_be_visible()

    sit_down(head_of(people.bureau))
    page.goto(site + case)
    page.locator("#id_final_verdict").select_option("corrected")
    page.locator("#id_final_answer").fill("签名不符，已请医院更正")
    page.locator("[name=_save]").click()

    sit_down(people.helanfang_account)
    page.goto(site + reverse("records:report", args=[report.pk]))
    beside = page.locator(".contest")
    for said in ("县里复核：应更正", "我那天没去过医院", "核对过采样登记，是本人", "签名不符，已请医院更正"):
        expect(beside.get_by_text(said)).to_be_visible()
