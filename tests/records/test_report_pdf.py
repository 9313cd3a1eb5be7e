"""The printed copy of a report, as it is handed out."""

import re
import time
from collections.abc import Callable
from hashlib import sha256
from io import BytesIO
from typing import Any

import pytest
from django.conf import LazySettings
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from foundation.certificates import opened, vouched_for
from foundation.crypto import digest
from foundation.rowsecurity import acting_as
from records.models import IssuedCopy, Report, StoredCopy
from residents.models import Account
from tests import factories
from tests.factories import NOON
from tests.people import HELANFANG_NUMBER, People
from tests.records import rows

SignIn = Callable[[Account], Client]
ITEMS = [
    {"name": "葡萄糖（空腹）", "value_text": "5.60", "unit": "mmol/L", "range_text": "3.9-6.1"},
    {"name": "血红蛋白", "value_text": "98", "unit": "g/L", "range_text": "115-150", "flag": "low"},
    {"name": "钾", "value_text": "6.80", "unit": "mmol/L", "range_text": "3.5-5.3", "flag": "critical_high"},
]


@pytest.fixture
def report(people: People) -> Report:
    return rows.panel(
        people.helanfang, factories.source(people.county), NOON, *ITEMS, title="血液检查", report_number="L2026-00482"
    )


def download(client: Client, report: Report) -> HttpResponse:
    response = client.get(reverse("records:report_pdf", args=[report.pk]))
    assert response.status_code == 200
    return response


def words(response: HttpResponse) -> str:
    pages = PdfReader(BytesIO(response.content)).pages
    return "".join("".join(page.extract_text() for page in pages).split())


def address(response: HttpResponse) -> str:
    notes = [note.get_object() for note in PdfReader(BytesIO(response.content)).pages[0]["/Annots"]]
    [link] = [str(note["/A"]["/URI"]) for note in notes if note["/Subtype"] == "/Link"]
    return link


def test_the_copy_holds_the_values_as_printed(people: People, signed_in: SignIn, report: Report) -> None:
    text = words(download(signed_in(people.helanfang_account), report))
    assert "葡萄糖（空腹）5.60mmol/L3.9-6.1" in text
    assert "98↓偏低g/L115-150" in text and "6.80↑危急值mmol/L3.5-5.3" in text


def test_the_copy_says_whose_it_is_with_the_number_masked(people: People, signed_in: SignIn, report: Report) -> None:
    text = words(download(signed_in(people.helanfang_account), report))
    assert "贺兰芳" in text and "69岁（1957-02-13）" in text and "640***********0125" in text
    assert HELANFANG_NUMBER not in text


def test_the_file_is_shown_in_place_under_a_name_that_says_nothing(
    people: People, signed_in: SignIn, report: Report
) -> None:
    response = download(signed_in(people.helanfang_account), report)
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"].startswith(
        "inline; filename=\"report-2026-11-22.pdf\"; filename*=UTF-8''%E6%A3%80"
    )
    assert response["X-Content-Type-Options"] == "nosniff" and response["Cache-Control"] == "no-store"
    assert "default-src 'none'" in response["Content-Security-Policy"]


def test_the_copy_is_remembered_by_hashes_only(
    people: People, signed_in: SignIn, report: Report, settings: LazySettings
) -> None:
    response = download(signed_in(people.helanfang_account), report)
    link = address(response)
    code = link.removeprefix(settings.PUBLIC_URL).split("/")[-2]
    with acting_as("owner"):
        copy = IssuedCopy.objects.get()
    assert bytes(copy.code_hash) == digest(code)
    assert bytes(copy.sha256) == sha256(response.content).digest()
    assert (copy.report_id, copy.account_id) == (report.pk, people.helanfang_account.pk)


def test_the_code_on_paper_is_the_code_in_the_address(people: People, signed_in: SignIn, report: Report) -> None:
    response = download(signed_in(people.helanfang_account), report)
    link = address(response)
    assert words(response).count(f"防伪码{link.split('/')[-2]}") == 2


def test_each_copy_that_is_printed_has_a_code_of_its_own(people: People, signed_in: SignIn, report: Report) -> None:
    client = signed_in(people.helanfang_account)
    first = address(download(client, report))
    with acting_as("owner"):
        StoredCopy.objects.all().delete()
    assert address(download(client, report)) != first


def test_a_download_leaves_one_line(people: People, signed_in: SignIn, report: Report) -> None:
    download(signed_in(people.helanfang_account), report)
    assert rows.actions() == ["records.download_report"]


def test_a_withdrawn_report_cannot_be_printed(people: People, signed_in: SignIn, report: Report) -> None:
    rows.withdrawn(report)
    client = signed_in(people.helanfang_account)
    assert client.get(reverse("records:report_pdf", args=[report.pk])).status_code == 404
    assert rows.actions() == []


def test_a_withheld_report_cannot_be_printed(people: People, signed_in: SignIn) -> None:
    report = factories.report(people.helanfang, factories.source(people.county), release="withheld")
    client = signed_in(people.helanfang_account)
    assert client.get(reverse("records:report_pdf", args=[report.pk])).status_code == 404


def test_an_old_version_prints_as_the_one_in_force(people: People, signed_in: SignIn, report: Report) -> None:
    new = rows.corrected(report)
    response = signed_in(people.helanfang_account).get(reverse("records:report_pdf", args=[report.pk]))
    assert response["Location"] == reverse("records:report_pdf", args=[new.pk])
    assert "已更正" in words(download(signed_in(people.helanfang_account), new))


def test_a_printer_that_fails_is_a_page_with_a_reference_and_leaves_nothing(
    people: People, signed_in: SignIn, report: Report, settings: LazySettings, tmp_path: Any
) -> None:
    settings.PDF_FONT_DIR = tmp_path
    response = signed_in(people.helanfang_account).get(reverse("records:report_pdf", args=[report.pk]))
    page = response.content.decode()
    assert response.status_code == 503 and "暂时无法生成 PDF" in page and re.search(r"[0-9A-F]{8}", page)
    with acting_as("owner"):
        assert not IssuedCopy.objects.exists()
    assert rows.actions() == []


def test_a_copy_takes_no_longer_than_a_fifth_of_a_second(people: People, signed_in: SignIn, report: Report) -> None:
    client = signed_in(people.helanfang_account)
    download(client, report)
    spent = []
    for _ in range(5):
        start = time.perf_counter()
        download(client, report)
        spent.append(time.perf_counter() - start)
    assert min(spent) < 0.2  # the quickest of five: what the work takes when nobody else is working


def test_the_print_says_that_nobody_vouches_for_its_signature(
    people: People, signed_in: SignIn, report: Report
) -> None:
    assert "电子签名为本机自签，不具法律效力" in words(download(signed_in(people.helanfang_account), report))


def test_with_a_certificate_of_an_authority_nothing_need_be_said(
    people: People, signed_in: SignIn, report: Report, settings: LazySettings
) -> None:
    settings.SIGNING_KEY = opened(vouched_for(), "")
    assert "自签" not in words(download(signed_in(people.helanfang_account), report))
