"""我的档案: the summary and the page of each kind."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from foundation.rowsecurity import acting_as
from records.kinds import KINDS
from records.models import Allergy, Condition, Encounter, Medication
from residents.models import Account
from tests import factories
from tests.factories import NOON
from tests.people import People
from tests.records import rows

SignIn = Callable[[Account], Client]
every_kind = pytest.mark.parametrize("slug", KINDS)


def test_the_summary_says_who_it_is_about(people: People, signed_in: SignIn) -> None:
    page = rows.read(signed_in(people.helanfang_account), "home")
    assert all(word in page for word in ("贺兰芳", "女", "岁", "河东镇卫生院"))


@pytest.mark.parametrize("model", rows.STATEMENTS, ids=lambda model: model.__name__)
def test_each_fact_is_shown_with_its_facility_and_day(people: People, signed_in: SignIn, model: Any) -> None:
    rows.statement(model, people.helanfang, factories.source(people.county))
    page = rows.read(signed_in(people.helanfang_account), "home")
    said = rows.STATEMENTS[model]
    assert (said.get("name") or said.get("title", "内科")) in page
    assert "县人民医院 · <time" in page and "2026-11-22</time>" in page


def test_an_empty_list_says_that_nothing_came(people: People, signed_in: SignIn) -> None:
    rows.fetched(factories.source(people.county))
    page = rows.read(signed_in(people.helanfang_account), "home")
    assert "暂无记录：已接入的机构没有传来这方面的内容。" in page


def test_facilities_that_are_not_connected_are_named(people: People, signed_in: SignIn) -> None:
    rows.fetched(factories.source(people.county))
    page = rows.read(signed_in(people.helanfang_account), "home")
    assert "还有 1 家机构暂未接入" in page and "资料截至" in page and "县卫生健康局" not in page


def test_a_medicine_prescribed_thirteen_times_is_one_line(people: People, signed_in: SignIn) -> None:
    feed = factories.source(people.county)
    for month in range(13):
        rows.statement(Medication, people.helanfang, feed, NOON - timedelta(days=28 * month))
    page = rows.read(signed_in(people.helanfang_account), "home")
    assert page.count("苯磺酸氨氯地平片") == 1 and "共13次记录" in page


def test_a_long_kind_leads_to_all_of_it(people: People, signed_in: SignIn) -> None:
    feed = factories.source(people.county)
    for number in range(6):
        rows.statement(Medication, people.helanfang, feed, name=f"第{number}种药")
    page = rows.read(signed_in(people.helanfang_account), "home")
    assert page.count("种药") == 5
    assert reverse("records:section", args=["medications"]) in page.split("medications-title")[2]


def test_blood_pressure_is_one_line(people: People, signed_in: SignIn) -> None:
    feed = factories.source(people.county)
    same = {"category": "vital_signs", "identifier": "bp", "unit": "mmHg", "range_text": ""}
    factories.observation(people.helanfang, feed, "收缩压", part="8480-6", value_text="152", flag="high", **same)
    factories.observation(people.helanfang, feed, "舒张压", part="8462-4", value_text="94", **same)
    page = rows.read(signed_in(people.helanfang_account), "home")
    assert "152/94" in page and "偏高" in page and "收缩压" not in page


def test_an_english_fact_is_marked_as_english(people: People, signed_in: SignIn) -> None:
    rows.statement(Condition, people.helanfang, factories.source(people.county), name="Acute viral pharyngitis")
    assert '<span lang="en">Acute viral pharyngitis</span>' in rows.read(signed_in(people.helanfang_account), "home")


@pytest.mark.parametrize(
    "fields",
    [{"superseded_at": NOON}, {"withdrawn_at": NOON}, {"release": "withheld"}, {"sensitivity": 5}],
    ids=lambda fields: next(iter(fields)),
)
@pytest.mark.parametrize("page", ["home", "section"])
def test_what_no_longer_holds_or_is_special_is_not_shown(
    people: People, signed_in: SignIn, fields: dict[str, Any], page: str
) -> None:
    rows.statement(Allergy, people.helanfang, factories.source(people.county), **fields)
    where = ["allergies"] if page == "section" else []
    assert "青霉素" not in rows.read(signed_in(people.helanfang_account), page, *where)


@every_kind
def test_a_strangers_facts_are_not_on_the_page(people: People, signed_in: SignIn, slug: str) -> None:
    row = rows.row_of(KINDS[slug].model, people.helanfang, factories.source(people.county))
    with acting_as("owner"):
        type(row).objects.filter(id=row.id).update(facility_name="只有她去过的医院")
    assert "只有她去过的医院" not in rows.read(signed_in(people.wangjianguo_account), "section", slug)


def test_an_unknown_kind_is_a_404(people: People, signed_in: SignIn) -> None:
    client = signed_in(people.helanfang_account)
    assert client.get(reverse("records:section", args=["secrets"])).status_code == 404


@pytest.mark.parametrize(("page", "action"), [("home", "records.read_summary"), ("section", "records.read_section")])
def test_each_page_leaves_one_line_in_the_log(people: People, signed_in: SignIn, page: str, action: str) -> None:
    rows.read(signed_in(people.helanfang_account), page, *(["encounters"] if page == "section" else []))
    assert rows.actions() == [action]


def test_who_is_not_proved_reads_how_to_prove_it(people: People, signed_in: SignIn) -> None:
    client = signed_in(factories.account(factories.resident("马秀兰"), level=0))
    response = client.get(reverse("records:home"))
    assert response.status_code == 403 and "请先核验身份" in response.content.decode()


def test_staff_have_no_record_of_their_own_here(people: People, signed_in: SignIn) -> None:
    assert signed_in(people.chenyisheng).get(reverse("records:home")).status_code == 403


@pytest.mark.parametrize(("page", "args"), [("home", []), ("section", ["encounters"])])
def test_fifty_rows_cost_as_many_statements_as_one(
    people: People, signed_in: SignIn, page: str, args: list[str]
) -> None:
    feed, client = factories.source(people.county), signed_in(people.helanfang_account)
    for model in rows.STATEMENTS:
        rows.statement(model, people.helanfang, feed)
    rows.read(client, page, *args)
    with CaptureQueriesContext(connection) as one:
        rows.read(client, page, *args)
    for number in range(49):
        rows.statement(Encounter, people.helanfang, feed, NOON - timedelta(days=number))
        rows.statement(Medication, people.helanfang, feed, NOON, name=f"药{number}")
    with CaptureQueriesContext(connection) as fifty:
        rows.read(client, page, *args)
    assert len(fifty) == len(one)
    assert len(one) <= {"home": 22, "section": 11}[page]
