"""The pages of a file as pictures, for WeChat's browser, which saves nothing else."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from PIL import Image

from records.models import Report
from residents.models import Account
from tests.browser import PHONE
from tests.factories import NOON
from tests.people import People
from tests.records import booklets, rows

SignIn = Callable[[Account], Client]
ITEM = {"name": "血红蛋白", "value_text": "98.6", "unit": "g/L", "range_text": "115-150", "flag": "low"}
WECHAT = {"User-Agent": PHONE["user_agent"]}


@pytest.fixture
def report(people: People, feed: Any) -> Report:
    return rows.panel(people.helanfang, feed, NOON, ITEM, title="血常规甲")


def picture_addresses(page: str) -> list[str]:
    return [part.split('"')[0] for part in page.split('<img src="')[1:] if "/pages/" in part.split('"')[0]]


def test_a_report_is_shown_as_pictures_that_can_be_saved(hers: Client, report: Report) -> None:
    page = rows.read(hers, "report_pages", report.pk)
    [address] = picture_addresses(page)
    answer = hers.get(address)
    image = Image.open(BytesIO(answer.content))
    assert "长按图片可以保存" in page and 'alt="第 1 页，共 1 页' in page
    assert (image.format, image.width) == ("PNG", 1080) and len(answer.content) < 300_000
    assert answer["Cache-Control"] == "no-store" and answer["Content-Type"] == "image/png"


def test_one_opening_is_one_line_however_many_pictures(hers: Client, report: Report) -> None:
    [address] = picture_addresses(rows.read(hers, "report_pages", report.pk))
    for _turn in range(3):
        hers.get(address)
    assert rows.actions() == ["records.download_report"]


def test_a_second_look_within_the_hour_stores_no_second_file(hers: Client, report: Report) -> None:
    first = picture_addresses(rows.read(hers, "report_pages", report.pk))
    assert picture_addresses(rows.read(hers, "report_pages", report.pk)) == first


def test_the_pages_of_a_booklet_come_one_by_one(people: People, hers: Client, report: Report) -> None:
    parcel = booklets.asked(hers)
    booklets.work(parcel)
    page = rows.read(hers, "taken_pages", parcel.pk)
    addresses = picture_addresses(page)
    assert len(addresses) == booklets.stored(parcel.pk).pages > 2 and page.count('loading="lazy"') == len(addresses) - 1
    assert hers.get(addresses[-1]).status_code == 200
    assert rows.actions() == ["records.took_record", "records.read_record_pages"]


def test_a_page_that_is_not_there_is_a_404(people: People, hers: Client, report: Report) -> None:
    [address] = picture_addresses(rows.read(hers, "report_pages", report.pk))
    assert hers.get(address.replace("/pages/1/", "/pages/2/")).status_code == 404
    assert hers.get(address.replace("/pages/1/", "/pages/0/")).status_code == 404


def test_a_strangers_report_has_no_pages(signed_in: SignIn, people: People, hers: Client, report: Report) -> None:
    stranger = signed_in(people.wangjianguo_account)
    [address] = picture_addresses(rows.read(hers, "report_pages", report.pk))
    assert stranger.get(reverse("records:report_pages", args=[report.pk])).status_code == 404
    assert stranger.get(address).status_code == 404


def test_a_withdrawn_report_shows_no_page_any_more(people: People, hers: Client, report: Report) -> None:
    [address] = picture_addresses(rows.read(hers, "report_pages", report.pk))
    rows.withdrawn(report)
    assert hers.get(address).status_code == 404
    assert hers.get(reverse("records:report_pages", args=[report.pk])).status_code == 404


def test_wechat_is_led_to_the_pictures_and_others_to_the_file(people: People, hers: Client) -> None:
    parcel = booklets.made(people)
    address = reverse("records:booklet_state", args=[parcel.pk])
    there, elsewhere = hers.get(address, headers=WECHAT).content.decode(), hers.get(address).content.decode()
    assert "微信里不能直接保存文件" in there and "下载 PDF" not in there and "按页看图片" in there
    assert "下载 PDF" in elsewhere and "按页看图片" in elsewhere
