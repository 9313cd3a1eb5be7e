"""The page of one result."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from foundation.keys import uuid7
from foundation.rowsecurity import acting_as
from records.exchange.models import Source
from records.models import NextStep, Observation
from tests import factories
from tests.budget import cost
from tests.factories import NOON
from tests.people import People
from tests.records import rows

GLUCOSE: dict[str, Any] = {
    "name": "空腹血糖",
    "code": "14771-0",
    "code_system": "http://loinc.org",
    "value_number": "7.8",
    "value_text": "7.8",
    "unit": "mmol/L",
    "unit_code": "mmol/L",
    "range_text": "3.9-6.1",
    "range_low": "3.9",
    "range_high": "6.1",
    "flag": "high",
    "specimen": "血清",
}
IN_MG = GLUCOSE | {"code": "1558-6", "unit": "mg/dL", "unit_code": "mg/dL", "range_text": "70-110", "range_low": "70"}
IN_MG |= {"range_high": "110", "value_number": "126.1", "value_text": "126.1", "flag": "high"}


def text(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def measured(people: People, feed: Source, days: int = 0, **fields: Any) -> Observation:
    return factories.observation(people.helanfang, feed, at=NOON - timedelta(days=days), **GLUCOSE | fields)


def advice(people: People, **fields: Any) -> NextStep:
    told: dict[str, Any] = {
        "item": "14771-0",
        "text": "两周内空腹再查一次。",
        "starts_at": NOON,
        "made_at": NOON,
        "reason": "县规",
    }
    return factories.made(NextStep(made_by=uuid7(), made_name="主任", **told | fields))


def test_value_range_and_place_are_shown_in_words_and_as_a_picture(people: People, hers: Client, feed: Source) -> None:
    page = rows.read(hers, "trend", measured(people, feed).id)
    assert "7.8" in page and "3.9-6.1" in page and "偏高" in page
    assert 'aria-label="高于参考区间的上限 6.1"' in page


def test_without_a_printed_range_nothing_is_drawn(people: People, hers: Client, feed: Source) -> None:
    item = measured(people, feed, range_text="", range_low=None, range_high=None, flag="")
    page = rows.read(hers, "trend", item.id)
    assert "检验单没有印参考区间" in page and 'class="range-picture' not in page


def test_an_earlier_value_in_another_unit_is_converted_and_says_so(people: People, hers: Client, feed: Source) -> None:
    item = measured(people, feed)
    factories.observation(people.helanfang, feed, at=NOON - timedelta(days=30), **IN_MG)
    page = text(rows.read(hers, "trend", item.id))
    assert "126.1 mg/dL" in page and "换算后 6.998 mmol/L" in page and "已按固定公式换算成 mmol/L" in page


def test_what_is_not_comparable_is_listed_with_its_reason(people: People, hers: Client, feed: Source) -> None:
    item = measured(people, feed)
    measured(people, feed, days=30, specimen="尿液")
    page = text(rows.read(hers, "trend", item.id))
    assert "不可比的结果" in page and "标本不同，数值不能放在一起比（尿）" in page


def test_a_result_that_two_feeds_sent_is_one_point_from_both(people: People, hers: Client, feed: Source) -> None:
    item = measured(people, feed)
    measured(people, feed, days=30)
    copy = measured(people, factories.source(people.township))
    with acting_as("owner"):
        Observation.objects.filter(id=copy.id).update(folded_into=item.id)
    page = text(rows.read(hers, "trend", item.id))
    assert "来自2家机构" in page and "2 个结果" in page
    assert hers.get(reverse("records:trend", args=[copy.id]))["Location"] == reverse("records:trend", args=[item.id])


def test_the_facilitys_advice_goes_before_the_countys(people: People, hers: Client, feed: Source) -> None:
    item = measured(people, feed)
    advice(people, text="全县的话。")
    advice(people, text="本院的话。", facility=people.county)
    advice(people, text="别院的话。", facility=people.township)
    page = rows.read(hers, "trend", item.id)
    assert "本院的话。" in page and "全县的话。" not in page and "别院的话。" not in page


def test_advice_that_ended_is_not_given(people: People, hers: Client, feed: Source) -> None:
    item = measured(people, feed)
    advice(people, ends_at=NOON)
    assert "检查机构没有为这一项写统一的建议" in rows.read(hers, "trend", item.id)


def test_the_report_says_what_to_do_next(people: People, hers: Client, feed: Source) -> None:
    report = rows.panel(people.helanfang, feed, NOON, GLUCOSE)
    advice(people)
    page = rows.read(hers, "report", report.pk)
    assert "下一步怎么办" in page and "两周内空腹再查一次。" in page


@pytest.mark.parametrize("state", [{"sensitivity": 5}, {"release": "withheld"}, {"withdrawn_at": NOON}])
def test_a_closed_result_is_a_404(people: People, hers: Client, feed: Source, state: dict[str, Any]) -> None:
    item = factories.observation(people.helanfang, feed, **GLUCOSE | state)
    assert hers.get(reverse("records:trend", args=[item.id])).status_code == 404


@pytest.mark.parametrize("state", [{"release": "withheld"}, {"status": "cancelled"}, {"sensitivity": 5}])
def test_a_result_of_a_closed_report_is_a_404_and_no_point(
    people: People, hers: Client, feed: Source, state: dict[str, Any]
) -> None:
    closed = measured(people, feed, days=9, value_text="9.99", value_number="9.99")
    factories.report(people.helanfang, feed, item_identifiers=[closed.identifier], **state)
    assert hers.get(reverse("records:trend", args=[closed.id])).status_code == 404
    assert "9.99" not in rows.read(hers, "trend", measured(people, feed).id)


def test_a_stranger_cannot_tell_that_a_result_exists(people: People, hers: Client, feed: Source) -> None:
    item = factories.observation(people.wangjianguo, feed, **GLUCOSE)
    answers = [hers.get(reverse("records:trend", args=[one])).status_code for one in (item.id, uuid7())]
    assert answers == [404, 404] and rows.actions() == []


def test_an_old_version_leads_to_the_one_in_force(people: People, hers: Client, feed: Source) -> None:
    old = measured(people, feed)
    new = rows.replaced(old, value_text="5.0")
    assert hers.get(reverse("records:trend", args=[old.id]))["Location"] == reverse("records:trend", args=[new.id])


def test_reading_leaves_one_line(people: People, hers: Client, feed: Source) -> None:
    rows.read(hers, "trend", measured(people, feed).id)
    assert rows.actions() == ["records.read_trend"]


def test_a_hundred_results_cost_as_many_statements_as_one(people: People, hers: Client, feed: Source) -> None:
    item = measured(people, feed)
    address = reverse("records:trend", args=[item.id])
    one = cost(hers, address)
    for days in range(1, 100):
        measured(people, feed, days=days)
    many = cost(hers, address)
    assert many.beyond_the_frame == one.beyond_the_frame <= 6, "\n".join(many.web)


def test_of_many_points_the_page_says_how_many_are_drawn(people: People, hers: Client, feed: Source) -> None:
    item = measured(people, feed)
    for days in range(1, 80):
        measured(people, feed, days=days)
    page = text(rows.read(hers, "trend", item.id))
    assert "一共 80 个结果，图和表里是其中" in page
