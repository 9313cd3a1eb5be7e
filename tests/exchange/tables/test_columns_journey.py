"""An engineer matches the columns of a laboratory's tables in a browser, with script and without."""

from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from facilities.models import Facility
from records.exchange.models import Source
from tests import factories
from tests.browser import PHONE, Watch
from tests.exchange.conftest import rows
from tests.exchange.tables.making import COLUMNS, HER, ROWS, row, text
from tests.exchange.test_desk import Enter

pytestmark = pytest.mark.browser
DESK = {"viewport": {"width": 1280, "height": 900}, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"}
SAMPLE = {
    "name": "日报.csv",
    "mimeType": "text/csv",
    "buffer": ("检验日报\r\n" + text([*ROWS, row(检验单号="L009", 状态="三审")])).encode("gbk"),
}


@pytest.mark.parametrize(("device", "scripts"), [(DESK, True), (PHONE, False)])
def test_columns_are_matched_in_a_browser(
    browser: Browser, county: Facility, signed_in: Enter, live_server: Any, device: dict[str, Any], scripts: bool
) -> None:
    source = factories.source(county, "county-tables", kind=Source.Kind.TABLE)
    client = signed_in(factories.staff("engineer-tables", "周工", county, "engineer"))
    context = browser.new_context(**device, java_script_enabled=scripts)
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": live_server.url}])
    page = context.new_page()
    watch = Watch(page)
    page.goto(live_server.url + reverse("admin:exchange_source_change", args=[source.pk]))
    page.get_by_role("link", name="还没有设置，去设置").click()
    page.locator("#sample_file").set_input_files(SAMPLE)
    page.get_by_role("button", name="看这个样本").click()
    expect(page.locator("#shown")).to_contain_text("1 行不能用")
    if scripts:
        watch.look()
    matched(page, scripts)
    if scripts:
        watch.look()
    page.get_by_role("button", name="保存列对照").click()
    expect(page.get_by_text("列对照已保存")).to_be_visible()
    assert (rows(Source)[0].options["columns"]["values"], watch.troubles) == (
        {"report_status": {"三审": "final"}},
        [],
    )
    assert rows(Source)[0].options["columns"]["columns"] == COLUMNS["columns"]
    context.close()


def matched(page: Page, scripts: bool) -> None:
    """A wrong column is chosen and taken back, an unknown word explained; the preview says so each time."""
    shown = page.locator("#shown")
    for column, value in (("单位", "U/L"), ("结果", "56.0")):
        page.get_by_label("结果", exact=True).select_option(column)
        renewed(page, scripts)
        expect(shown.locator("td[data-label=结果]").first).to_have_text(value)
    page.get_by_label("“三审”的意思").select_option("正式报告")
    renewed(page, scripts)
    expect(shown).to_contain_text("每一行都能用。")
    assert HER not in page.content()


def renewed(page: Page, scripts: bool) -> None:
    if not scripts:
        page.get_by_role("button", name="更新预览").click()
