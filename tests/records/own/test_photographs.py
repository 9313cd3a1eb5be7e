"""Photographed reports: what is taken, how it is kept, who sees it, and how it goes."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from PIL import Image

from foundation import clock
from foundation.rowsecurity import acting_as
from records.models import OwnReport, OwnReportPage
from records.own import reports
from residents.models import Account
from tests.people import People
from tests.records import rows
from tests.records.own.writing import said_to
from tests.sessions import session_of

SignIn = Callable[[Account], Client]
PLACE = "银川市某医院门口"


def picture(form: str = "JPEG", size: tuple[int, int] = (60, 80)) -> bytes:
    """A photograph that says in its metadata where it was taken."""
    file, drawn = BytesIO(), Image.new("RGB", size, "white")
    exif = Image.Exif()
    exif[0x010E] = PLACE
    drawn.save(file, form, exif=exif)
    return file.getvalue()


def upload(client: Client, *files: bytes, **fields: str) -> Any:
    pages = [SimpleUploadedFile(f"p{number}.jpg", file, "image/jpeg") for number, file in enumerate(files)]
    said = {"title": "腹部B超", "place": "市医院", "form_key": str(uuid4())} | fields
    return client.post(reverse("records:own_photo_new"), {**said, "pages": pages})


@pytest.fixture
def report(hers: Client) -> OwnReport:
    upload(hers, picture(), picture("PNG"))
    with acting_as("owner"):
        return OwnReport.objects.get()


def test_a_report_shows_its_pages_marked_as_checked_by_nobody(hers: Client, report: OwnReport) -> None:
    page = rows.read(hers, "own_photo", report.pk)
    assert "自行上传，未经医疗机构核对" in page and page.count("<img") == 2
    assert "自行上传，未经医疗机构核对" in rows.read(hers, "own")


def test_a_page_is_drawn_anew_sealed_and_for_no_cache(hers: Client, report: OwnReport) -> None:
    answer = hers.get(reverse("records:own_page", args=[report.pk, 1]))
    assert Image.open(BytesIO(answer.content)).format == "JPEG" and not Image.open(BytesIO(answer.content)).getexif()
    assert (answer["Cache-Control"], answer["Content-Type"]) == ("no-store", "image/jpeg")
    with acting_as("owner"):
        assert b"JFIF" not in bytes(OwnReportPage.objects.get(number=1).content)


def test_each_picture_leaves_a_line_in_the_log(hers: Client, report: OwnReport) -> None:
    hers.get(reverse("records:own_page", args=[report.pk, 1]))
    assert "records.view_own_page" in rows.actions()


def bomb() -> bytes:
    file = BytesIO()
    Image.new("1", (7_500, 7_000)).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (b"%PDF-1.7 no picture", "第1张：这个文件不是可用的照片"),
        (b"<svg onload=alert(1)></svg>", "不是可用的照片"),
        (picture()[:300], "第1张：照片打不开"),
        (bomb(), "第1张：照片的尺寸太大"),
    ],
)
def test_what_is_no_photograph_is_refused_with_the_reason_and_the_words_kept(
    hers: Client, file: bytes, words: str
) -> None:
    page = said_to(upload(hers, file, place="宁夏医科大学总医院"))
    assert words in page and "宁夏医科大学总医院" in page
    with acting_as("owner"):
        assert not OwnReport.objects.exists()


def test_too_many_pages_and_no_page_are_named(hers: Client) -> None:
    assert "一次最多4张照片" in said_to(upload(hers, *[picture()] * 5))
    assert "请选择照片，至少一张" in said_to(upload(hers))


def test_files_too_large_together_are_called_too_large_not_missing(
    hers: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("records.own.report_views.MOST_OF_A_REQUEST", 100)
    assert "这些照片加起来太大" in said_to(upload(hers))


def test_a_day_to_come_is_refused(hers: Client) -> None:
    assert "填的是 2099-01-01，还没有到" in said_to(upload(hers, picture(), done_on="2099-01-01"))


def test_the_same_form_sent_twice_is_one_report(hers: Client) -> None:
    key = str(uuid4())
    assert [upload(hers, picture(), form_key=key).status_code for _ in range(2)] == [302, 302]
    with acting_as("owner"):
        assert (OwnReport.objects.count(), OwnReportPage.objects.count()) == (1, 1)


def test_a_stranger_sees_neither_report_nor_page(people: People, report: OwnReport, signed_in: SignIn) -> None:
    client = signed_in(people.wangjianguo_account)
    for address, arguments in (("own_photo", [report.pk]), ("own_page", [report.pk, 1])):
        assert client.get(reverse(f"records:{address}", args=arguments)).status_code == 404
    assert client.post(reverse("records:own_photo_strike", args=[report.pk])).status_code == 404
    with session_of(client):
        assert not OwnReportPage.objects.exists()


def test_a_struck_report_is_hidden_at_once_and_cleared_after_some_days(hers: Client, report: OwnReport) -> None:
    hers.post(reverse("records:own_photo_strike", args=[report.pk]))
    assert "<img" not in rows.read(hers, "own_photo", report.pk)
    assert hers.get(reverse("records:own_page", args=[report.pk, 1])).status_code == 404
    assert "腹部B超" not in rows.read(hers, "own_photos")
    with acting_as("worker"):
        assert reports.clear_struck(clock.now() + timedelta(days=29)) == 0
        assert reports.clear_struck(clock.now() + timedelta(days=31)) == 2
    assert "腹部B超" in rows.read(hers, "own_photos", struck="on")


def test_the_worker_clears_no_page_of_a_report_that_stands(report: OwnReport) -> None:
    with acting_as("worker"), pytest.raises(DatabaseError), transaction.atomic():
        OwnReportPage.objects.filter(report_id=report.pk).delete()
