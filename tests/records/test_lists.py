"""The lists: what is the same in one line with its course, narrowed by facility and time, and one thing in full."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from records.exchange.models import Source
from records.models import Allergy, Condition, Encounter, Immunization, Medication
from records.search import forms
from residents.models import Account
from tests import factories
from tests.factories import NOON, SHANGHAI
from tests.people import People
from tests.records import rows

SignIn = Callable[[Account], Client]
ALT = {
    "name": "丙氨酸氨基转移酶",
    "code_system": "http://loinc.org",
    "code": "1742-6",
    "value_text": "72",
    "unit": "U/L",
}


def section(client: Client, slug: str, **query: Any) -> str:
    return rows.read(client, "section", slug, **query)


@pytest.fixture
def feeds(people: People, feed: Source) -> list[Source]:
    """The county's, and the township's."""
    return [feed, factories.source(people.township)]


def test_a_medicine_from_two_places_is_one_line_with_its_course(
    people: People, feeds: list[Source], hers: Client
) -> None:
    first = datetime(2023, 5, 2, tzinfo=SHANGHAI)
    rows.statement(Medication, people.helanfang, feeds[0], first, dosage="一次2.5mg，每日一次")
    rows.statement(Medication, people.helanfang, feeds[1], NOON, dosage="一次5mg，每日一次")
    page = section(hers, "medications")
    assert page.count('class="row-title"') == 1 and "共 2 次" in page
    assert "2023-05-02 至 2026-11-22" in page and "县人民医院、河东镇卫生院" in page
    assert "最近一次：一次5mg" in page.replace('<span lang="zh-Hans">', "") and "2.5mg" not in page


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"name": "氨氯地平片(络活喜)"}, {"name": "氨氯地平片（络活喜）"}),
        ({"name": "阿司匹林肠溶片 100mg"}, {"name": "阿司匹林肠溶片１００ＭＧ"}),
        (
            {"name": "二甲双胍片", "code_system": "ndc", "code": "7"},
            {"name": "盐酸二甲双胍片", "code_system": "ndc", "code": "7"},
        ),
    ],
    ids=["brackets", "width and case", "one code"],
)
def test_spellings_of_one_medicine_are_one_line(
    people: People, feed: Source, hers: Client, one: dict[str, Any], other: dict[str, Any]
) -> None:
    rows.statement(Medication, people.helanfang, feed, **one)
    rows.statement(Medication, people.helanfang, feed, NOON - timedelta(days=9), **other)
    assert section(hers, "medications").count('class="row-title"') == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"name": "阿司匹林肠溶片 100mg"}, {"name": "阿司匹林肠溶片 25mg"}),
        (
            {"name": "二甲双胍片0.5g", "code_system": "ndc", "code": "7"},
            {"name": "二甲双胍片0.25g", "code_system": "ndc", "code": "7"},
        ),
        ({"name": "甘精胰岛素"}, {"name": "门冬胰岛素"}),
        ({"name": "甲药", "code": "1"}, {"name": "乙药", "code": "1"}),
        ({"name": "维生素B1片"}, {"name": "维生素B12片"}),
    ],
    ids=["strengths", "strengths of one code", "names", "a code of no system", "a longer name"],
)
def test_what_is_not_certain_stays_apart(
    people: People, feed: Source, hers: Client, one: dict[str, Any], other: dict[str, Any]
) -> None:
    rows.statement(Medication, people.helanfang, feed, **one)
    rows.statement(Medication, people.helanfang, feed, **other)
    assert section(hers, "medications").count('class="row-title"') == 2


def test_a_medicine_opens_on_each_prescription(people: People, feeds: list[Source], hers: Client) -> None:
    for number in range(13):
        at = NOON - timedelta(days=28 * number)
        last = rows.statement(Medication, people.helanfang, feeds[number % 2], at, dosage=f"第{number}张")
    rows.statement(Medication, people.helanfang, feeds[0], name="别的药")
    page = rows.read(hers, "thing", "medications", last.pk)
    assert "共 13 条记录" in page and "第0张" in page and "第12张" in page and "别的药" not in page


@pytest.mark.parametrize("model", [Allergy, Condition], ids=["allergies", "conditions"])
def test_diagnoses_and_allergies_are_one_line_too(
    people: People, feeds: list[Source], hers: Client, model: Any
) -> None:
    for feed in feeds:
        rows.statement(model, people.helanfang, feed)
    page = section(hers, {Allergy: "allergies", Condition: "conditions"}[model])
    assert page.count('class="row-title"') == 1 and "共 2 次" in page


def test_the_gravest_word_on_an_allergy_is_kept(people: People, feeds: list[Source], hers: Client) -> None:
    rows.statement(Allergy, people.helanfang, feeds[0], NOON - timedelta(days=400), criticality="high")
    rows.statement(Allergy, people.helanfang, feeds[1], NOON, criticality="low")
    page = section(hers, "allergies")
    assert "严重" in page and "较轻" not in page


@pytest.mark.parametrize("fields", [{"withdrawn_at": NOON}, {"release": "withheld"}, {"sensitivity": 5}])
def test_a_closed_entry_has_no_page(people: People, feed: Source, hers: Client, fields: dict[str, Any]) -> None:
    row = rows.statement(Medication, people.helanfang, feed, **fields)
    assert hers.get(reverse("records:thing", args=["medications", row.pk])).status_code == 404


def test_a_stranger_has_no_page_of_her_medicine(people: People, feed: Source, signed_in: SignIn) -> None:
    row = rows.statement(Medication, people.helanfang, feed)
    stranger = signed_in(people.wangjianguo_account)
    assert stranger.get(reverse("records:thing", args=["medications", row.pk])).status_code == 404
    assert rows.actions() == []


def test_a_kind_is_narrowed_by_facility_and_time(people: People, feeds: list[Source], hers: Client) -> None:
    rows.statement(Immunization, people.helanfang, feeds[0], NOON, name="县里的疫苗")
    rows.statement(Immunization, people.helanfang, feeds[1], NOON - timedelta(days=700), name="镇里的疫苗")
    there = section(hers, "immunizations", facility=str(people.township.pk))
    assert "镇里的疫苗" in there and "县里的疫苗" not in there and 'id="without-facility"' in there
    then = section(hers, "immunizations", time="2026")
    assert "县里的疫苗" in then and "镇里的疫苗" not in then
    nothing = section(hers, "immunizations", time="2026", facility=str(people.township.pk))
    assert "找的是：河东镇卫生院、2026年" in nothing and "清除筛选，看全部" in nothing


def test_tests_are_listed_once_each_with_the_newest_value(people: People, feed: Source, hers: Client) -> None:
    for number in range(6):
        factories.observation(
            people.helanfang, feed, **ALT | {"value_text": f"6{number}"}, at=NOON - timedelta(days=number)
        )
    page = rows.read(hers, "items")
    assert page.count('class="row-title"') == 1 and "共 6 次" in page and ">60<" in page and ">65<" not in page


def test_tests_can_be_narrowed_to_what_is_out_of_range(people: People, feed: Source, hers: Client) -> None:
    factories.observation(people.helanfang, feed, "钾", flag="high")
    factories.observation(people.helanfang, feed, "钠")
    page = rows.read(hers, "items", abnormal="on")
    assert ">钾<" in page and ">钠<" not in page


def test_an_item_of_a_withheld_report_is_not_among_the_tests(people: People, feed: Source, hers: Client) -> None:
    rows.panel(people.helanfang, feed, NOON, ALT, release="withheld")
    assert "丙氨酸" not in rows.read(hers, "items")


@pytest.mark.parametrize(
    ("page", "action"),
    [("items", "records.list_items"), ("thing", "records.read_thing"), ("section", "records.read_section")],
)
def test_each_list_leaves_one_line_in_the_log(
    people: People, feed: Source, hers: Client, page: str, action: str
) -> None:
    row = rows.statement(Medication, people.helanfang, feed)
    rows.read(hers, page, *{"items": [], "thing": ["medications", row.pk], "section": ["medications"]}[page])
    assert rows.actions() == [action]


@pytest.mark.parametrize("page", ["items", "medications", "encounters", "thing"])
def test_many_rows_cost_as_many_statements_as_one(people: People, feed: Source, hers: Client, page: str) -> None:
    row = rows.statement(Medication, people.helanfang, feed)
    rows.statement(Encounter, people.helanfang, feed)
    factories.observation(people.helanfang, feed, **ALT)
    args = {"items": ["items"], "thing": ["thing", "medications", row.pk]}.get(page, ["section", page])
    rows.read(hers, *args)
    with CaptureQueriesContext(connection) as one:
        rows.read(hers, *args)
    for number in range(49):
        rows.statement(Encounter, people.helanfang, feed, NOON - timedelta(days=number))
        rows.statement(Medication, people.helanfang, feed, NOON, name=f"药{number % 25}")
        factories.observation(people.helanfang, feed, f"项目{number % 25}")
    with CaptureQueriesContext(connection) as fifty:
        rows.read(hers, *args)
    assert len(fifty) == len(one) <= 12


@pytest.mark.parametrize(("typed", "page"), [("3", 3), ("0", 1), ("-1", 1), ("²", 1), ("007", 7), ("1" * 50_000, 500)])
def test_any_number_of_a_page_is_a_page(typed: str, page: int) -> None:
    assert forms.number(typed) == page
