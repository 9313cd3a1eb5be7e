"""The public check of a file: dropped on the page, read once, kept nowhere."""

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader, PdfWriter

from foundation.certificates import opened, self_signed
from foundation.crypto import digest
from foundation.models import DatedSetting
from foundation.rowsecurity import acting_as
from records.models import IssuedCopy, Observation, Report
from records.signing import sign
from residents.models import Account
from tests import factories
from tests.factories import NOON
from tests.people import People
from tests.records import rows

pytestmark = pytest.mark.usefixtures("people")
ITEMS = [{"name": "血红蛋白", "value_text": "98", "unit": "g/L", "flag": "low"}]
SECRETS = ("贺兰芳", "血常规", "血红蛋白", "98↓", "L2026-0")


@pytest.fixture
def report(people: People) -> Report:
    return rows.panel(
        people.helanfang, factories.source(people.county), NOON, *ITEMS, title="血常规", report_number="L2026-00482"
    )


@pytest.fixture
def pdf(people: People, signed_in: Callable[[Account], Client], report: Report) -> bytes:
    """A copy as she took it home."""
    return bytes(signed_in(people.helanfang_account).get(reverse("records:report_pdf", args=[report.pk])).content)


def dropped(content: bytes, status: int = 200, name: str = "report.pdf", client: Client | None = None) -> str:
    """The page that somebody at another hospital sees."""
    file = SimpleUploadedFile(name, content, "application/pdf")
    response = (client or Client()).post(reverse("records:verify_file"), {"file": file})
    assert response.status_code == status
    return page(response)


def page(response: HttpResponse) -> str:
    return response.content.decode().split("<main", 1)[1].split("<form", 1)[0]


def flipped(pdf: bytes, place: int) -> bytes:
    return pdf[:place] + bytes([pdf[place] ^ 1]) + pdf[place + 1 :]


def test_the_file_as_it_was_taken_is_genuine(pdf: bytes) -> None:
    said = dropped(pdf)
    assert "真：由本平台出具，内容至今有效" in said and sha256(pdf).hexdigest() in said
    assert all(word in said for word in ("县人民医院", "*******0482", "本机自签，不具法律效力"))


def test_its_name_makes_no_difference(pdf: bytes) -> None:
    assert "真：" in dropped(pdf, name="微信图片(1).dat")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_one_byte_changed_and_it_is_no_original(pdf: bytes, share: float) -> None:
    said = dropped(flipped(pdf, int(len(pdf) * share)))
    assert "不是原件：文件在出具以后被改动过" in said and "真：" not in said


def test_wherever_the_byte_is(pdf: bytes) -> None:
    factories.made(DatedSetting(key="records.verify_files_per_minute", value=1000, valid_from=NOON - timedelta(days=1)))
    client, step = Client(), len(pdf) // 40
    for place in [0, *range(1, len(pdf), step), len(pdf) - 1]:
        said = dropped(flipped(pdf, place), client=client)
        assert "真：" not in said and ("不是原件" in said or "没法核验" in said), place


def test_a_copy_of_a_corrected_report_says_so(pdf: bytes, report: Report) -> None:
    rows.corrected(report)
    assert "已更正" in dropped(pdf)


def test_a_copy_of_a_report_with_a_corrected_item_says_so(pdf: bytes) -> None:
    with acting_as("owner"):
        item = Observation.objects.get()
        IssuedCopy.objects.update(issued_at=NOON + timedelta(minutes=5))
    rows.replaced(item, value_text="128")
    assert "已更正" in dropped(pdf)


def test_a_copy_of_a_withdrawn_report_must_not_be_used(pdf: bytes, report: Report) -> None:
    rows.withdrawn(report)
    assert "已撤回：请不要再使用这一份" in dropped(pdf)


@pytest.mark.parametrize("change", [None, rows.corrected, rows.withdrawn])
def test_never_a_name_a_title_or_a_value(pdf: bytes, report: Report, change: Callable[[Report], object] | None) -> None:
    if change:
        change(report)
    said = dropped(pdf) + dropped(flipped(pdf, 1000))
    assert not [secret for secret in SECRETS if secret in said]


def test_what_was_saved_again_by_another_program_is_told_why_and_what_to_do(pdf: bytes) -> None:
    writer, saved = PdfWriter(), BytesIO()
    for sheet in PdfReader(BytesIO(pdf)).pages:
        writer.add_page(sheet)
    writer.write(saved)
    said = dropped(saved.getvalue())
    assert "不是原件" in said and "防伪码" in said and "真：" not in said


def test_what_was_printed_to_pdf_is_told_why_and_what_to_do() -> None:
    said = dropped(b"%PDF-1.4\n1 0 obj<</Producer(Skia/PDF m131)>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF")
    assert "文件里没有本平台的电子签名" in said and "打印成 PDF" in said and "防伪码" in said


def test_what_was_added_to_afterwards_was_changed(pdf: bytes) -> None:
    assert "被改动过" in dropped(pdf + b"\n% a note")


def test_a_file_signed_by_us_that_is_in_no_register_is_not_called_genuine(pdf: bytes) -> None:
    with acting_as("owner"):
        IssuedCopy.objects.update(sha256=b"\0" * 32)
    said = dropped(pdf)
    assert "没有登记过这份文件" in said and "真：" not in said


def test_somebody_elses_signature_is_not_ours(settings: LazySettings) -> None:
    own, settings.SIGNING_KEY = settings.SIGNING_KEY, opened(self_signed(), "")
    foreign = sign(plain(), now=NOON)
    settings.SIGNING_KEY = own
    assert "电子签名不是本平台的" in dropped(foreign)


def plain() -> bytes:
    writer, made = PdfWriter(), BytesIO()
    writer.add_blank_page(100, 100)
    writer.write(made)
    return made.getvalue()


def locked() -> bytes:
    writer, made = PdfWriter(), BytesIO()
    writer.add_blank_page(100, 100)
    writer.encrypt("1234", algorithm="RC4-128")
    writer.write(made)
    return made.getvalue()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "没法核验：文件是空的"),
        (b"\xff\xd8\xff\xe0 a photograph", "没法核验：这不是 PDF 文件"),
        (locked(), "没法核验：这份 PDF 加了密码"),
    ],
    ids=["empty", "a photograph", "locked"],
)
def test_what_cannot_be_checked_is_said_in_a_sentence(content: bytes, sentence: str) -> None:
    assert sentence in dropped(content)


def test_no_file_chosen_is_said_in_a_sentence() -> None:
    response = Client().post(reverse("records:verify_file"), {})
    assert response.status_code == 400 and "还没有选择文件" in page(response)


def test_a_file_of_a_hundred_megabytes_is_not_read() -> None:
    assert "没法核验：文件超过50兆" in dropped(b"%PDF-1.7" + bytes(100 * 1024 * 1024), status=413)


def test_a_body_that_is_larger_still_is_not_even_received() -> None:
    response = Client().post(
        reverse("records:verify_file"), b"", "multipart/form-data; boundary=x", CONTENT_LENGTH=str(10**10)
    )
    assert response.status_code == 413 and "没法核验：文件超过50兆" in page(response)


def test_the_file_is_stored_nowhere(pdf: bytes, settings: LazySettings, tmp_path: Path) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = settings.MEDIA_ROOT = tmp_path
    dropped(pdf)
    assert list(tmp_path.iterdir()) == []


def test_who_asks_too_often_waits_and_hears_nothing(pdf: bytes) -> None:
    factories.made(DatedSetting(key="records.verify_files_per_minute", value=2, valid_from=NOON - timedelta(days=1)))
    client = Client()
    for _ in range(2):
        dropped(pdf, client=client)
    assert "真：" not in dropped(pdf, status=429, client=client)


def test_a_form_of_another_site_is_refused(pdf: bytes) -> None:
    file = SimpleUploadedFile("report.pdf", pdf, "application/pdf")
    response = Client(enforce_csrf_checks=True).post(reverse("records:verify_file"), {"file": file})
    assert response.status_code == 403


def test_checking_a_file_leaves_no_line_about_a_person(pdf: bytes) -> None:
    before = rows.actions()
    dropped(pdf)
    assert rows.actions() == before


def booklet(*reports: Report) -> bytes:
    """A whole record as it was handed out."""
    content = sign(plain(), now=NOON)
    factories.made(
        IssuedCopy(
            kind="booklet",
            resident_id=reports[0].resident_id,
            report_ids=[report.pk for report in reports],
            code_hash=digest("B" * 24),
            sha256=sha256(content).digest(),
            issued_at=NOON + timedelta(minutes=5),
        )
    )
    return content


def test_a_booklet_is_genuine_while_every_report_in_it_holds(people: People, report: Report) -> None:
    other = factories.report(people.helanfang, factories.source(people.township))
    said = dropped(booklet(report, other))
    assert "真：由本平台出具的健康档案册" in said and "2份报告" in said
    assert "县人民医院" not in said and "0482" not in said


def test_a_booklet_counts_what_was_corrected_or_taken_back_since(people: People, report: Report) -> None:
    other, third = (factories.report(people.helanfang, factories.source(people.township)) for _ in range(2))
    content = booklet(report, other, third)
    rows.corrected(report)
    rows.withdrawn(other)
    said = dropped(content)
    assert "里面有3份报告，出具以后其中1份已更正、1份已撤回" in said
    assert "有更正或撤回" in Client().get(reverse("records:verify", args=["B" * 24])).content.decode()


def test_a_recalled_report_in_a_booklet_counts_as_taken_back(report: Report) -> None:
    content = booklet(report)
    with acting_as("owner"):
        Report.objects.update(release="recalled")
    assert "其中1份已撤回" in dropped(content)
