"""A resident's whole visit in a real browser: results from both facilities, PDF, booking, cancelling, an article."""

import io
import re
from typing import Any

import pypdf
import pytest
from playwright.sync_api import Page, expect

from portal.demo import people
from portal.demo.seed import PASSWORD
from records.exchange.models import Pull
from tests.browser import Watch

pytestmark = pytest.mark.browser
HER = people.resident("he_lanfang")
COUNTY, TOWNSHIP = "清河口县人民医院", "青石镇中心卫生院"


def sign_in(page: Page, watch: Watch, base: str) -> None:
    page.goto(f"{base}/accounts/login/")
    watch.look()
    page.get_by_label("证件号码").fill(HER.id_number)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    watch.leave(page.get_by_role("button", name="登录", exact=True))
    expect(page.get_by_role("heading", level=1)).to_contain_text(HER.name)
    watch.look()


def open_tile(page: Page, watch: Watch, base: str, name: str, heading: str) -> None:
    page.goto(base)
    watch.leave(page.get_by_role("link", name=name).first)
    expect(page.get_by_role("heading", level=1)).to_contain_text(heading)
    watch.look()


def facilities_in_list(page: Page) -> set[str]:
    text = page.locator("main").inner_text()
    return {name for name in (COUNTY, TOWNSHIP) if name in text}


def printed_values(page: Page) -> list[str]:
    """The values of the report now shown, as printed."""
    return [value.strip() for value in page.locator("main td.result .value").all_inner_texts()]


def pdf_text(page: Page, base: str) -> str:
    address = page.get_by_role("link", name=re.compile("PDF")).get_attribute("href")
    response = page.request.get(f"{base}{address}")
    assert response.headers["content-type"] == "application/pdf"
    reader = pypdf.PdfReader(io.BytesIO(response.body()))
    return "".join(sheet.extract_text() for sheet in reader.pages)


def read_a_report_and_its_pdf(page: Page, watch: Watch, base: str) -> None:
    open_tile(page, watch, base, "检查检验结果", "检查检验结果")
    assert facilities_in_list(page) == {COUNTY, TOWNSHIP}
    watch.leave(page.get_by_role("link", name="肝功能").first)
    expect(page.get_by_role("heading", level=1)).to_contain_text("肝功能")
    watch.look()
    values = printed_values(page)
    text = pdf_text(page, base)
    assert len(values) >= 5 and [value for value in values if value not in text] == []


def choose(page: Page, watch: Watch, name: str) -> None:
    watch.follow(page.locator("main").get_by_role("link", name=name).first)


def book(page: Page, watch: Watch, base: str) -> None:
    open_tile(page, watch, base, "预约挂号", "预约挂号")
    for name in (TOWNSHIP, "全科", "马晓军", "有号"):
        choose(page, watch, name)
    page.locator("main input[type=radio]:enabled").first.check(force=True)
    watch.follow(page.get_by_role("button", name="下一步"))
    page.get_by_role("button", name="确认预约").click()
    expect(page.locator("main")).to_contain_text("候诊序号")
    watch.look()


def cancel(page: Page, watch: Watch) -> None:
    choose(page, watch, "取消预约")
    page.get_by_role("button", name="确定取消").click()
    expect(page.locator("main")).to_contain_text("预约已取消")
    watch.look()


def read_an_article(page: Page, watch: Watch, base: str) -> None:
    open_tile(page, watch, base, "健康宣教", "健康宣教")
    page.locator("main summary", has_text="主题").click()
    choose(page, watch, "合理膳食")
    choose(page, watch, "少吃盐，稳血压")
    expect(page.locator("main")).to_contain_text("5克")


def sign_out(page: Page, watch: Watch, base: str) -> None:
    page.goto(f"{base}/me/")
    watch.look()
    watch.follow(
        page.locator("main")
        .get_by_role("button", name="退出", exact=True)
        .or_(page.locator("main").get_by_role("link", name="退出", exact=True))
        .first
    )
    if (confirm := page.locator("main").get_by_role("button", name="退出", exact=True)).count():
        watch.leave(confirm.first)
    page.goto(f"{base}/records/reports/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("登录")


def look_at_the_record_and_the_inbox(page: Page, watch: Watch, base: str) -> None:
    """Pages that the visit does not come by, each looked at by axe as well."""
    for path in ("/records/", "/me/notices/", "/me/access-log/", "/appointments/bookings/", "/demo/outbox/"):
        page.goto(f"{base}{path}")
        watch.look()


def whole_visit(page: Page, watch: Watch, base: str) -> None:
    sign_in(page, watch, base)
    look_at_the_record_and_the_inbox(page, watch, base)
    read_a_report_and_its_pdf(page, watch, base)
    book(page, watch, base)
    cancel(page, watch)
    read_an_article(page, watch, base)
    sign_out(page, watch, base)


@pytest.mark.usefixtures("county")
def test_a_whole_visit(page: Page, watch: Watch, live_server: Any) -> None:
    whole_visit(page, watch, live_server.url)
    assert watch.looked_at >= 20


@pytest.mark.usefixtures("county")
@pytest.mark.browser_context_args(java_script_enabled=False)
def test_a_whole_visit_without_javascript(page: Page, live_server: Any) -> None:
    page.set_content("<p>off</p><script>document.querySelector('p').textContent = 'on'</script>")
    assert page.locator("p").inner_text() == "off"
    blind = Watch(page)
    blind.look = lambda allow=(): None  # axe itself needs JavaScript
    whole_visit(page, blind, live_server.url)
    assert blind.troubles == []


def test_both_facilities_answered_in_full_and_every_message_is_accounted_for(county: dict[str, Pull]) -> None:
    outcomes = {code: (run.outcome, run.fetched > 500, run.failed) for code, run in county.items()}
    assert outcomes == dict.fromkeys(("COUNTY", "TOWN1"), ("succeeded", True, 0))
    for run in county.values():
        assert run.fetched == run.new + run.repeated + run.skipped + run.held + run.failed
