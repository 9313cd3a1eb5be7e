"""The list of reports, and the card on the home page."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from residents.models import Account
from tests import factories
from tests.factories import NOON
from tests.people import People
from tests.records import rows

SignIn = Callable[[Account], Client]
HIGH = {"name": "钾", "value_text": "6.10", "flag": "high"}
LOW = {"name": "血红蛋白", "value_text": "98", "flag": "low"}
FINE = {"name": "白细胞", "value_text": "5.60", "flag": "normal"}


def listed(client: Client, **query: Any) -> str:
    return rows.read(client, "reports", **query)


def test_the_newest_report_comes_first(people: People, signed_in: SignIn) -> None:
    feed = factories.source(people.county)
    factories.report(people.helanfang, feed, "旧的报告", at=NOON - timedelta(days=9))
    factories.report(people.helanfang, feed, "新的报告", at=NOON)
    page = listed(signed_in(people.helanfang_account))
    assert page.index("新的报告") < page.index("旧的报告")


def test_a_report_nobody_opened_is_marked_new_in_words(people: People, signed_in: SignIn) -> None:
    feed, client = factories.source(people.county), signed_in(people.helanfang_account)
    report = factories.report(people.helanfang, feed, at=timezone.now())
    assert ">新</span>" in listed(client)
    rows.read(client, "report", report.pk)
    assert ">新</span>" not in listed(client)


def test_each_line_names_who_examined_and_who_diagnosed(people: People, signed_in: SignIn) -> None:
    feed = factories.source(people.township)
    factories.report(
        people.helanfang, feed, "胸部正位片", reporting_facility=people.county, reporting_name="县人民医院"
    )
    page = listed(signed_in(people.helanfang_account))
    assert "河东镇卫生院检查，县人民医院诊断" in page and "2026-11-22 12:00" in page


def test_out_of_range_items_are_counted_in_words(people: People, signed_in: SignIn) -> None:
    rows.panel(people.helanfang, factories.source(people.county), NOON, HIGH, LOW, FINE)
    assert "2项偏离参考区间" in listed(signed_in(people.helanfang_account))


def test_another_sources_item_of_the_same_number_is_not_counted(people: People, signed_in: SignIn) -> None:
    report = rows.panel(people.helanfang, factories.source(people.county), NOON, FINE)
    other = factories.source(people.township)
    factories.observation(people.helanfang, other, identifier=report.item_identifiers[0], flag="high")
    rows.panel(people.helanfang, other, NOON, FINE)
    assert "偏离参考区间" not in listed(signed_in(people.helanfang_account))


def test_a_withheld_report_says_only_where_to_collect_it(people: People, signed_in: SignIn) -> None:
    feed = factories.source(people.county)
    rows.panel(people.helanfang, feed, NOON, HIGH, title="某项特殊检查", release="withheld")
    page = listed(signed_in(people.helanfang_account))
    assert "一份报告请到县人民医院领取" in page
    assert "某项特殊检查" not in page and "偏离" not in page


def test_a_special_disease_is_never_in_the_list(people: People, signed_in: SignIn) -> None:
    factories.report(people.helanfang, factories.source(people.county), "特殊病种", sensitivity=5)
    page = listed(signed_in(people.helanfang_account))
    assert "特殊病种" not in page and "还没有检查检验结果" in page


def test_a_withdrawn_report_says_so_and_counts_nothing(people: People, signed_in: SignIn) -> None:
    report = rows.panel(people.helanfang, factories.source(people.county), NOON, HIGH)
    rows.withdrawn(report)
    page = listed(signed_in(people.helanfang_account))
    assert "已由机构撤回" in page and "偏离参考区间" not in page


def test_only_the_newest_version_is_listed(people: People, signed_in: SignIn) -> None:
    old = factories.report(people.helanfang, factories.source(people.county), "血常规")
    rows.corrected(old)
    page = listed(signed_in(people.helanfang_account))
    assert "已更正" in page and str(old.pk) not in page


@pytest.fixture
def mixed(people: People) -> People:
    county, township = factories.source(people.county), factories.source(people.township)
    rows.panel(people.helanfang, county, NOON, HIGH, title="县里的化验")
    rows.panel(people.helanfang, township, NOON - timedelta(days=400), FINE, title="镇里的化验")
    factories.report(people.helanfang, township, "镇里的心电", category="ecg")
    rows.panel(people.helanfang, county, NOON, HIGH, title="保密", release="withheld")
    return people


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, {"县里的化验", "镇里的化验", "镇里的心电"}),
        ({"category": "ecg"}, {"镇里的心电"}),
        ({"category": "laboratory"}, {"县里的化验", "镇里的化验"}),
        ({"facility": "township"}, {"镇里的化验", "镇里的心电"}),
        ({"time": "2025"}, {"镇里的化验"}),
        ({"abnormal": "on"}, {"县里的化验"}),
        ({"category": "laboratory", "facility": "township", "time": "2025"}, {"镇里的化验"}),
        ({"category": "nonsense", "time": "abc", "facility": "x"}, {"县里的化验", "镇里的化验", "镇里的心电"}),
    ],
    ids=["all", "ecg", "laboratory", "township", "year", "abnormal", "several", "nonsense"],
)
def test_filters_narrow_the_list(mixed: People, signed_in: SignIn, query: dict[str, str], found: set[str]) -> None:
    if query.get("facility") == "township":
        query = {**query, "facility": str(mixed.township.pk)}
    page = listed(signed_in(mixed.helanfang_account), **query)
    assert {title for title in ("县里的化验", "镇里的化验", "镇里的心电") if title in page} == found


@pytest.mark.parametrize(("days", "found"), [(60, {"县里的化验", "镇里的心电"}), (200, set())], ids=["within", "after"])
def test_the_last_three_months_are_a_filter(
    mixed: People, signed_in: SignIn, at: Callable[[datetime], Any], days: int, found: set[str]
) -> None:
    with at(NOON + timedelta(days=days)):
        page = listed(signed_in(mixed.helanfang_account), time="3m")
    assert {title for title in ("县里的化验", "镇里的化验", "镇里的心电") if title in page} == found


def test_looking_for_abnormal_ones_does_not_betray_a_withheld_one(mixed: People, signed_in: SignIn) -> None:
    assert "请到县人民医院领取" not in listed(signed_in(mixed.helanfang_account), abnormal="on")


def test_a_filter_can_be_cleared(mixed: People, signed_in: SignIn) -> None:
    client = signed_in(mixed.helanfang_account)
    assert "清除筛选" in listed(client, category="ecg") and "清除筛选" not in listed(client)


def test_a_filter_that_finds_nothing_says_so(mixed: People, signed_in: SignIn) -> None:
    page = listed(signed_in(mixed.helanfang_account), category="ecg", time="2025")
    assert "没有符合条件的记录" in page and "找的是：2025年、心电" in page and "清除筛选，看全部" in page


def test_each_filter_can_be_let_go_alone(mixed: People, signed_in: SignIn) -> None:
    page = listed(signed_in(mixed.helanfang_account), category="laboratory", time="2025", abnormal="on")
    address = reverse("records:reports")
    assert f'id="without-time" href="{address}?category=laboratory&amp;abnormal=on"' in page
    assert f'id="without-category" href="{address}?time=2025&amp;abnormal=on"' in page
    assert f'id="clear" href="{address}"' in page


def test_htmx_gets_the_same_list_without_the_frame(mixed: People, signed_in: SignIn) -> None:
    client = signed_in(mixed.helanfang_account)
    part = client.get(reverse("records:reports"), headers={"HX-Request": "true"}).content.decode()
    assert "县里的化验" in part and "<html" not in part and part.strip() in listed(client)


def test_each_fast_link_is_a_plain_link_too(mixed: People, signed_in: SignIn) -> None:
    page = listed(signed_in(mixed.helanfang_account))
    fast = [line for line in page.split("<a ") if "hx-get=" in line.split(">")[0]]
    assert fast and all('href="' in line.split(">")[0] for line in fast)


def test_the_list_is_paged_by_twenty(people: People, signed_in: SignIn) -> None:
    feed, client = factories.source(people.county), signed_in(people.helanfang_account)
    for number in range(21):
        factories.report(people.helanfang, feed, f"第{number}号", at=NOON - timedelta(days=number))
    assert "第20号" not in listed(client) and "第20号" in listed(client, page=2)
    assert "第20号" in listed(client, page="999")


def test_a_stranger_finds_nothing(mixed: People, signed_in: SignIn) -> None:
    page = listed(signed_in(mixed.wangjianguo_account))
    assert "还没有检查检验结果" in page and "化验</span>" not in page


@pytest.mark.parametrize("page", ["home", "reports"])
def test_a_visitor_is_sent_to_sign_in(people: People, client: Client, page: str) -> None:
    response = client.get(reverse(f"records:{page}"))
    assert response.status_code == 302 and response["Location"].startswith(reverse("account_login"))


def test_a_look_at_the_list_leaves_one_line(mixed: People, signed_in: SignIn) -> None:
    listed(signed_in(mixed.helanfang_account), category="ecg")
    assert rows.actions() == ["records.list_reports"]


def test_fifty_reports_cost_as_many_statements_as_one(people: People, signed_in: SignIn) -> None:
    feed, client = factories.source(people.county), signed_in(people.helanfang_account)
    rows.panel(people.helanfang, feed, NOON, HIGH)
    listed(client)  # dated settings are read once and kept
    with CaptureQueriesContext(connection) as one:
        listed(client)
    for number in range(49):
        rows.panel(people.helanfang, feed, NOON - timedelta(days=number), HIGH, FINE)
    with CaptureQueriesContext(connection) as fifty:
        listed(client)
    assert len(fifty) == len(one) <= 13


def test_the_home_page_counts_new_reports_without_naming_them(people: People, signed_in: SignIn) -> None:
    feed, client = factories.source(people.county), signed_in(people.helanfang_account)
    factories.report(people.helanfang, feed, "甲状腺功能", at=timezone.now())
    factories.report(people.helanfang, feed, "特殊", at=timezone.now(), sensitivity=5)
    page = client.get(reverse("home")).content.decode()
    assert "您有 1 份新的检查检验结果" in page and "甲状腺功能" not in page
    assert rows.actions() == []


def test_the_home_page_says_nothing_of_results_to_visitors(people: People, client: Client) -> None:
    assert "新的检查检验结果" not in client.get(reverse("home")).content.decode()


def test_a_history_that_arrives_at_once_is_not_new(people: People, signed_in: SignIn) -> None:
    feed = factories.source(people.township)
    factories.report(people.helanfang, feed, at=timezone.now() - timedelta(days=91))
    assert ">新</span>" not in signed_in(people.helanfang_account).get(reverse("records:reports")).content.decode()
