"""A clerk at another hospital is handed a file and asks whether it is genuine: with a mouse, and without script."""

from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from records.models import Report
from residents.models import Account
from tests import factories
from tests.browser import Watch
from tests.people import People
from tests.records import rows

pytestmark = pytest.mark.browser
WITHOUT_SCRIPT: dict[str, Any] = {"viewport": {"width": 1024, "height": 768}, "java_script_enabled": False}
ITEM = {"name": "血红蛋白", "value_text": "98.6", "unit": "g/L", "range_text": "115-150", "flag": "low"}
# What a mouse does that lets go of a file: the bytes come as base64, because a page cannot read the disk.
DROP = """(encoded) => {
  const bytes = Uint8Array.from(atob(encoded), letter => letter.charCodeAt(0));
  const held = new DataTransfer();
  held.items.add(new File([bytes], "report.pdf", { type: "application/pdf" }));
  document.querySelector("h1").dispatchEvent(new DragEvent("drop", { dataTransfer: held, bubbles: true }));
}"""


@pytest.fixture
def report(people: People) -> Report:
    yesterday = timezone.now() - timedelta(days=1)
    return rows.panel(people.helanfang, factories.source(people.county), yesterday, ITEM, title="血常规甲")


@pytest.fixture
def copy(people: People, report: Report, signed_in: Callable[[Account], Client], tmp_path: Path) -> Path:
    """The file as she took it home and sent it on."""
    response = signed_in(people.helanfang_account).get(reverse("records:report_pdf", args=[report.pk]))
    file = tmp_path / "report.pdf"
    file.write_bytes(response.content)
    return file


@pytest.fixture
def old_pc(browser: Browser) -> Iterator[Page]:
    """No script, and a file to be chosen by its name."""
    context = browser.new_context(**WITHOUT_SCRIPT, locale="zh-CN")
    yield context.new_page()
    context.close()


def altered(file: Path) -> Path:
    """One byte of a value, changed."""
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    other = file.with_name("altered.pdf")
    other.write_bytes(content)
    return other


def ask(page: Page, base: str, file: Path) -> Any:
    """Choose a file; the page answers by itself."""
    page.goto(f"{base}/records/verify/")
    page.get_by_label("PDF 文件").set_input_files(file)
    return page.locator("#answer")


def test_a_file_is_genuine_then_corrected_then_withdrawn(
    page: Page, watch: Watch, live_server: Any, copy: Path, report: Report
) -> None:
    base = live_server.url
    expect(ask(page, base, copy)).to_contain_text("真：由本平台出具，内容至今有效")
    watch.look()
    for private in ("贺兰芳", "血常规甲", "98.6"):
        expect(page.locator("body")).not_to_contain_text(private)
    expect(ask(page, base, altered(copy))).to_contain_text("不是原件：文件在出具以后被改动过")
    watch.look()
    newer = rows.corrected(report)
    expect(ask(page, base, copy)).to_contain_text("已更正：手里这一份不是最新的")
    rows.withdrawn(newer)
    expect(ask(page, base, copy)).to_contain_text("已撤回：请不要再使用这一份")


def test_a_file_may_be_dropped_on_the_page(page: Page, live_server: Any, copy: Path) -> None:
    page.goto(f"{live_server.url}/records/verify/")
    page.evaluate(DROP, b64encode(copy.read_bytes()).decode())
    expect(page.locator("#answer")).to_contain_text("真：由本平台出具")


def test_a_file_that_is_too_large_is_not_sent(page: Page, live_server: Any, tmp_path: Path) -> None:
    large = tmp_path / "large.pdf"
    with large.open("wb") as file:
        file.truncate(51 * 1024 * 1024)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    page.goto(f"{live_server.url}/records/verify/")
    page.get_by_label("PDF 文件").set_input_files(large)
    expect(page.locator("[data-say]")).to_contain_text("文件超过50兆，没有发送")
    assert "POST" not in sent


def test_without_script_a_file_is_chosen_and_sent(old_pc: Page, live_server: Any, copy: Path) -> None:
    for file, sentence in ((copy, "真：由本平台出具"), (altered(copy), "不是原件")):
        ask(old_pc, live_server.url, file)
        old_pc.get_by_role("button", name="核验这份文件").click()
        expect(old_pc.locator("#answer")).to_contain_text(sentence)
