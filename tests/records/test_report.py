"""The report page."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from foundation.keys import uuid7
from foundation.rowsecurity import acting_as
from records.models import Observation, Report
from residents.models import AccessEvent, Account
from tests import factories
from tests.factories import NOON
from tests.people import People
from tests.records import rows

SignIn = Callable[[Account], Client]
POTASSIUM = {"name": "钾", "code": "2823-3", "value_text": "5.60", "unit": "mmol/L", "range_text": "3.5～5.3"}


def opened(client: Client, report: Report) -> str:
    return rows.read(client, "report", report.pk)


def text(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_values_units_and_ranges_are_shown_exactly_as_printed(people: People, signed_in: SignIn) -> None:
    items = [POTASSIUM, {"name": "白细胞", "value_text": "<0.050", "unit": "×10⁹/L", "range_text": "＜ 1.00 (成人)"}]
    report = rows.panel(people.helanfang, factories.source(people.county), NOON, *items)
    page = opened(signed_in(people.helanfang_account), report)
    assert "5.60" in page and "3.5～5.3" in page
    assert "&lt;0.050" in page and "×10⁹/L" in page and "＜ 1.00 (成人)" in page


@pytest.mark.parametrize(
    ("flag", "word"),
    [
        ("high", "偏高"),
        ("low", "偏低"),
        ("critical_high", "危急高值"),
        ("critical_low", "危急低值"),
        ("abnormal", "异常"),
    ],
)
def test_a_flag_is_a_word_and_never_colour_alone(people: People, signed_in: SignIn, flag: str, word: str) -> None:
    report = rows.panel(people.helanfang, factories.source(people.county), NOON, POTASSIUM | {"flag": flag})
    page = opened(signed_in(people.helanfang_account), report)
    assert f"{word}</span>" in page and "其中 1 项偏离参考区间" in page


def test_a_normal_value_carries_no_flag(people: People, signed_in: SignIn) -> None:
    report = rows.panel(people.helanfang, factories.source(people.county), NOON, POTASSIUM)
    page = opened(signed_in(people.helanfang_account), report)
    assert 'class="flag' not in page and "共 1 项，没有异常提示" in page


def test_a_critical_value_says_what_to_do_now(people: People, signed_in: SignIn) -> None:
    with acting_as("owner"):
        type(people.county).objects.filter(pk=people.county.pk).update(phone="0951-8000120")
    report = rows.panel(people.helanfang, factories.source(people.county), NOON, POTASSIUM | {"flag": "critical_high"})
    page = opened(signed_in(people.helanfang_account), report)
    assert "有 1 项危急值，请马上联系医生" in page and "tel:0951-8000120" in page and "tel:120" in page


def test_the_page_explains_what_a_reference_range_is(people: People, signed_in: SignIn) -> None:
    report = rows.panel(people.helanfang, factories.source(people.county), NOON, POTASSIUM)
    assert "（5%）也会略微超出" in opened(signed_in(people.helanfang_account), report)


def test_items_come_in_printed_order_whatever_order_they_arrived_in(people: People, signed_in: SignIn) -> None:
    feed = factories.source(people.county)
    names = ["甲项", "乙项", "丙项"]
    items = [factories.observation(people.helanfang, feed, name) for name in reversed(names)]
    report = factories.report(people.helanfang, feed, item_identifiers=[row.identifier for row in reversed(items)])
    page = opened(signed_in(people.helanfang_account), report)
    assert sorted(names, key=page.index) == names


def test_the_value_before_stands_beside_whichever_facility_measured_it(people: People, signed_in: SignIn) -> None:
    county, township = factories.source(people.county), factories.source(people.township)
    for days, value in ((400, "4.10"), (90, "4.70"), (-1, "9.90")):
        earlier = POTASSIUM | {"value_text": value}
        factories.observation(people.helanfang, township, at=NOON - timedelta(days=days), **earlier)
    report = rows.panel(people.helanfang, county, NOON, POTASSIUM)
    page = text(opened(signed_in(people.helanfang_account), report))
    assert "上次结果" in page and "4.70 2026-08-24" in page
    assert "4.10" not in page and "9.90" not in page


def test_an_earlier_value_in_another_unit_does_not_stand_beside(people: People, signed_in: SignIn) -> None:
    feed = factories.source(people.county)
    earlier = POTASSIUM | {"value_text": "21.8", "unit": "mg/dL"}
    factories.observation(people.helanfang, feed, at=NOON - timedelta(days=90), **earlier)
    report = rows.panel(people.helanfang, feed, NOON, POTASSIUM)
    assert "21.8" not in opened(signed_in(people.helanfang_account), report)


def test_another_persons_earlier_value_is_never_shown(people: People, signed_in: SignIn) -> None:
    feed = factories.source(people.county)
    factories.observation(people.wangjianguo, feed, at=NOON - timedelta(days=90), **POTASSIUM | {"value_text": "4.44"})
    report = rows.panel(people.helanfang, feed, NOON, POTASSIUM)
    assert "4.44" not in opened(signed_in(people.helanfang_account), report)


def test_findings_stand_apart_from_the_opinion(people: People, signed_in: SignIn) -> None:
    report = factories.report(
        people.helanfang,
        factories.source(people.township),
        "胸部正位片",
        category="imaging",
        findings="右肺上叶见一小结节。",
        impression="建议复查。",
        reporting_facility=people.county,
        reporting_name="县人民医院",
    )
    page = opened(signed_in(people.helanfang_account), report)
    assert page.index("检查所见") < page.index("右肺上叶") < page.index("诊断意见") < page.index("建议复查")
    assert "河东镇卫生院检查，县人民医院诊断" in page


def test_markup_in_a_finding_is_text(people: People, signed_in: SignIn) -> None:
    report = factories.report(people.helanfang, factories.source(people.county), findings="<script>alert(1)</script>")
    assert "&lt;script&gt;alert(1)" in opened(signed_in(people.helanfang_account), report)


def test_a_preliminary_report_says_so(people: People, signed_in: SignIn) -> None:
    report = factories.report(people.helanfang, factories.source(people.county), status="preliminary")
    assert "这是初步报告" in opened(signed_in(people.helanfang_account), report)


def test_a_corrected_report_says_what_changed(people: People, signed_in: SignIn) -> None:
    report = rows.panel(people.helanfang, factories.source(people.county), NOON, POTASSIUM | {"flag": "high"})
    with acting_as("owner"):
        item = Observation.objects.get()
    rows.replaced(item, value_text="4.60", flag="normal")
    page = opened(signed_in(people.helanfang_account), rows.corrected(report))
    assert "本报告已更正，请以这一页为准" in page
    assert "<del>5.60 mmol/L 偏高</del>" in page and "<strong>4.60 mmol/L</strong>" in page
    assert "正式报告" in page and reverse("records:report_earlier", args=[report.pk]) in page


def test_an_old_version_leads_to_the_one_in_force(people: People, signed_in: SignIn) -> None:
    old = factories.report(people.helanfang, factories.source(people.county))
    new = rows.corrected(old)
    response = signed_in(people.helanfang_account).get(reverse("records:report", args=[old.pk]))
    assert response["Location"] == reverse("records:report", args=[new.pk])
    assert rows.actions() == []


def test_a_withdrawn_report_shows_no_value(people: People, signed_in: SignIn) -> None:
    report = rows.panel(people.helanfang, factories.source(people.county), NOON, POTASSIUM, impression="低钾血症")
    rows.withdrawn(report)
    page = opened(signed_in(people.helanfang_account), report)
    assert "这份报告已由机构撤回" in page and "5.60" not in page and "低钾血症" not in page


def test_a_withdrawn_item_is_gone_from_its_report(people: People, signed_in: SignIn) -> None:
    report = rows.panel(people.helanfang, factories.source(people.county), NOON, POTASSIUM)
    with acting_as("owner"):
        rows.withdrawn(Observation.objects.get())
    page = opened(signed_in(people.helanfang_account), report)
    assert "有 1 项结果已由机构撤回" in page and "5.60" not in page


def test_a_withheld_report_shows_where_to_collect_it_and_nothing_else(people: People, signed_in: SignIn) -> None:
    report = rows.panel(
        people.helanfang, factories.source(people.county), NOON, POTASSIUM, title="某项特殊检查", release="withheld"
    )
    page = opened(signed_in(people.helanfang_account), report)
    assert "请到检查机构领取报告" in page and "县人民医院" in page
    assert "某项特殊检查" not in page and "5.60" not in page


def test_a_withheld_item_is_only_counted(people: People, signed_in: SignIn) -> None:
    secret = {"name": "特殊项目", "value_text": "阳性", "sensitivity": 5}
    report = rows.panel(people.helanfang, factories.source(people.county), NOON, POTASSIUM, secret)
    page = opened(signed_in(people.helanfang_account), report)
    assert "还有 1 项结果请到县人民医院领取" in page and "特殊项目" not in page


def test_items_that_have_not_arrived_are_announced(people: People, signed_in: SignIn) -> None:
    report = factories.report(people.helanfang, factories.source(people.county), item_identifiers=["a", "b"])
    assert "还有 2 项结果机构没有传来" in opened(signed_in(people.helanfang_account), report)


def test_a_report_without_any_content_says_so(people: People, signed_in: SignIn) -> None:
    report = factories.report(people.helanfang, factories.source(people.county))
    assert "没有传来具体内容" in opened(signed_in(people.helanfang_account), report)


@pytest.mark.parametrize("name", ["report", "report_pdf"])
def test_a_stranger_cannot_tell_that_a_report_exists(people: People, signed_in: SignIn, name: str) -> None:
    report = factories.report(people.helanfang, factories.source(people.county))
    stranger = signed_in(people.wangjianguo_account)
    real = stranger.get(reverse(f"records:{name}", args=[report.pk]))
    missing = stranger.get(reverse(f"records:{name}", args=[uuid7()]))
    assert (real.status_code, missing.status_code) == (404, 404)
    assert rows.actions() == []


@pytest.mark.parametrize("name", ["report", "report_pdf"])
def test_a_special_disease_is_a_404_even_for_the_person(people: People, signed_in: SignIn, name: str) -> None:
    report = factories.report(people.helanfang, factories.source(people.county), sensitivity=5)
    client = signed_in(people.helanfang_account)
    assert client.get(reverse(f"records:{name}", args=[report.pk])).status_code == 404


@pytest.mark.parametrize("name", ["report", "report_pdf"])
def test_a_visitor_is_sent_to_sign_in(people: People, client: Client, name: str) -> None:
    report = factories.report(people.helanfang, factories.source(people.county))
    response = client.get(reverse(f"records:{name}", args=[report.pk]))
    assert response.status_code == 302 and response["Location"].startswith(reverse("account_login"))


def test_reading_leaves_one_line_that_names_the_report(people: People, signed_in: SignIn) -> None:
    report = factories.report(people.helanfang, factories.source(people.county))
    opened(signed_in(people.helanfang_account), report)
    with acting_as("owner"):
        event = AccessEvent.objects.get()
    assert (event.action, event.subject_id) == ("records.read_report", str(report.pk))
    assert (event.resident_id, event.facility_id) == (people.helanfang.pk, people.county.pk)


def test_the_first_reading_is_remembered_and_a_second_changes_nothing(
    people: People, signed_in: SignIn, at: Callable[..., Any]
) -> None:
    report = factories.report(people.helanfang, factories.source(people.county))
    for moment in (NOON, NOON + timedelta(hours=1)):
        with at(moment):
            opened(signed_in(people.helanfang_account), report)
    with acting_as("owner"):
        assert Report.objects.get().first_seen_at == NOON


def test_no_cache_keeps_a_report(people: People, signed_in: SignIn) -> None:
    report = factories.report(people.helanfang, factories.source(people.county))
    response = signed_in(people.helanfang_account).get(reverse("records:report", args=[report.pk]))
    assert response["Cache-Control"] == "no-store"


def test_fifty_items_cost_as_many_statements_as_one(people: People, signed_in: SignIn) -> None:
    feed, client = factories.source(people.county), signed_in(people.helanfang_account)
    small = rows.panel(people.helanfang, feed, NOON, POTASSIUM, first_seen_at=NOON)
    large = rows.panel(people.helanfang, feed, NOON, *[POTASSIUM] * 50, first_seen_at=NOON)
    with CaptureQueriesContext(connection) as one:
        opened(client, small)
    with CaptureQueriesContext(connection) as fifty:
        opened(client, large)
    assert len(fifty) == len(one) <= 11
