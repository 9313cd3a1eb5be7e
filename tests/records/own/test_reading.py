"""Own entries read: what is said, averaged, drawn, and what it costs."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from foundation.models import DatedSetting
from foundation.rowsecurity import acting_as
from records.exchange.models import Source
from records.models import OwnEntry
from records.own.averaging import Mean, week_of
from records.presenters.own_charts import own_chart
from tests import factories
from tests.budget import cost
from tests.factories import NOON, made
from tests.people import People
from tests.records import rows
from tests.records.own.writing import kept, many

At = Callable[..., Any]
BUDGET = 6


@pytest.fixture(autouse=True)
def noon(at: At) -> Iterator[None]:
    with at(NOON):
        yield


@pytest.fixture
def hers_kept(people: People) -> Callable[..., OwnEntry]:
    """Keep an entry of hers."""
    return lambda at=NOON, **fields: kept(people.helanfang, people.helanfang_account, at, **fields)


def pressure(high: int, low: int, **fields: Any) -> dict[str, Any]:
    return {"kind": "pressure", "systolic": high, "diastolic": low, **fields}


def glucose(value: str, meal: str = "fasting") -> dict[str, Any]:
    return {"kind": "glucose", "glucose": Decimal(value), "meal": meal}


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (pressure(134, 84), "这次不高"),
        (pressure(135, 84), "这次偏高"),
        (pressure(120, 85), "这次偏高"),
        (pressure(88, 58), "这次偏低"),
        (pressure(120, 70, pulse=120), "超过 100 次，偏快"),
        (glucose("6.0"), "这次不高也不低"),
        (glucose("6.1"), "这次略高"),
        (glucose("7.0"), "这次偏高"),
        (glucose("7.8", "after"), "这次略高"),
        (glucose("11.1", "random"), "这次偏高"),
    ],
)
def test_a_value_is_told_where_it_lies(
    hers: Client, hers_kept: Callable[..., OwnEntry], entry: dict[str, Any], said: str
) -> None:
    page = rows.read(hers, "own_entry", hers_kept(**entry).pk)
    assert said in page and "马上打120" not in page


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (pressure(180, 90), "血压很高"),
        (pressure(150, 110), "血压很高"),
        (glucose("3.9"), "血糖太低"),
        (glucose("16.7", "random"), "血糖很高"),
    ],
)
def test_a_danger_value_puts_120_first_and_says_what_to_do(
    hers: Client, hers_kept: Callable[..., OwnEntry], entry: dict[str, Any], said: str
) -> None:
    page = rows.read(hers, "own_entry", hers_kept(**entry).pk)
    assert said in page and 'href="tel:120"' in page and "再测一次" in page
    assert page.index("拨打 120</a>") < page.index("没有这些，就这样做") and "这些数值没有人在看" in page


def test_the_first_page_leads_from_a_danger_value_to_what_to_do(
    hers: Client, hers_kept: Callable[..., OwnEntry]
) -> None:
    entry = hers_kept(**pressure(190, 115))
    assert reverse("records:own_entry", args=[entry.pk]) in rows.read(hers, "own")


def test_a_danger_page_offers_the_phone_of_the_facility_that_keeps_her_record(
    people: People, hers: Client, hers_kept: Callable[..., OwnEntry]
) -> None:
    with acting_as("owner"):
        people.township.phone = "0951-8888888"
        people.township.save()
    assert 'href="tel:0951-8888888"' in rows.read(hers, "own_entry", hers_kept(**pressure(190, 115)).pk)


def test_the_county_changes_a_threshold_from_a_day_on(hers: Client, hers_kept: Callable[..., OwnEntry]) -> None:
    before, after = (hers_kept(NOON - timedelta(days=days), **pressure(132, 80)) for days in (2, 0))
    made(DatedSetting(key="records.own_systolic_high", value=130, valid_from=NOON - timedelta(days=1)))
    assert "130/85" in rows.read(hers, "own_entry", after.pk)
    assert "这次不高" in rows.read(hers, "own_entry", before.pk)


def test_a_weight_that_rises_fast_is_named(hers: Client, hers_kept: Callable[..., OwnEntry]) -> None:
    hers_kept(NOON - timedelta(days=2), kind="weight", weight=Decimal("60.0"))
    page = rows.read(hers, "own_entry", hers_kept(kind="weight", weight=Decimal("62.4")).pk)
    assert "3天之内重了 2.4 公斤" in page


def entry(days: int, high: int, hour: int = 0) -> OwnEntry:
    """Unsaved; `hour` after noon of UTC, which is eight in the evening."""
    return OwnEntry(kind="pressure", measured_at=NOON - timedelta(days=days, hours=-hour), systolic=high, diastolic=80)


def test_the_average_leaves_the_first_day_out_and_what_is_older() -> None:
    week = week_of([entry(7, 300), entry(6, 190), *(entry(day, 130) for day in range(6))], NOON)
    assert week.left_out and week.whole == Mean(130, 80, 6)


def test_two_days_are_too_few_for_an_average() -> None:
    week = week_of([entry(0, 130), entry(0, 140), entry(1, 150)], NOON)
    assert (week.whole, week.measured_days, week.needed) == (None, 2, 3)


def test_the_order_of_entries_changes_neither_average_nor_picture() -> None:
    some = [entry(day, 120 + day) for day in range(5)]
    assert week_of(some, NOON) == week_of(reversed(some), NOON)
    assert own_chart("pressure", some, NOON) == own_chart("pressure", some[::-1], NOON)


def test_the_picture_draws_what_the_table_says(hers: Client, hers_kept: Callable[..., OwnEntry]) -> None:
    for day in range(3):
        hers_kept(NOON - timedelta(days=day), **pressure(130 + day, 80))
    page = rows.read(hers, "own_entries", "pressure")
    drawn = page.count('class="trend-mark own-first') - 2  # two stand in the legend
    assert drawn == len(re.findall(r'<strong class="number">13\d/80', page)) == 3


def test_a_span_without_entries_says_so_and_offers_all(hers: Client, hers_kept: Callable[..., OwnEntry]) -> None:
    hers_kept(NOON - timedelta(days=60), **pressure(130, 80))
    page = rows.read(hers, "own_entries", "pressure", span="7")
    assert "这段时间里没有记过" in page and "130/80" not in page


@pytest.mark.parametrize("count", [1, 5000])
def test_pages_of_any_number_of_entries_cost_the_same(people: People, hers: Client, count: int) -> None:
    many(people.helanfang, people.helanfang_account, count)
    one = kept(people.helanfang, people.helanfang_account, kind="weight", weight=Decimal("60.0"))
    pages = [
        reverse("records:own"),
        reverse("records:own_entries", args=["pressure"]),
        reverse("records:own_entries", args=["pressure"]) + "?page=2",
        reverse("records:own_new", args=["pressure"]),
        reverse("records:own_entry", args=[one.pk]),
        reverse("records:own_photos"),
    ]
    costs = {page: cost(hers, page).beyond_the_frame for page in pages}
    assert max(costs.values()) <= BUDGET, costs


GLUCOSE: dict[str, Any] = {
    "name": "空腹血糖", "code_system": "http://loinc.org", "code": "14771-0", "unit": "mmol/L", "unit_code": "mmol/L",
}  # fmt: skip


def lab(of: Any, feed: Source, value: str, days: int = 0, **fields: Any) -> Any:
    return factories.observation(
        of, feed, at=NOON - timedelta(days=days), value_text=value, value_number=Decimal(value), **GLUCOSE | fields
    )


def test_a_line_of_results_holds_nothing_of_her_own_until_she_asks(
    people: People, feed: Source, hers: Client, hers_kept: Callable[..., OwnEntry]
) -> None:
    item = lab(people.helanfang, feed, "5.6")
    lab(people.helanfang, feed, "5.9", 30)
    hers_kept(**glucose("8.8"))
    page = rows.read(hers, "trend", item.id)
    assert "8.8" not in page and "加上我自己测的" in page
    asked = rows.read(hers, "trend", item.id, own="on")
    assert "8.8" in asked and "is-own" in asked and "自己记录" in asked and "谁测的" in asked


def test_own_values_stand_beside_a_line_in_its_own_unit(
    people: People, feed: Source, hers: Client, hers_kept: Callable[..., OwnEntry]
) -> None:
    item = lab(people.helanfang, feed, "101", unit="mg/dL", unit_code="mg/dL", code="1558-6")
    hers_kept(**glucose("7.0"))
    asked = rows.read(hers, "trend", item.id, own="on")
    assert "126 mg/dL" in asked and "自己测的" in asked


def test_after_a_meal_is_not_fasting(
    people: People, feed: Source, hers: Client, hers_kept: Callable[..., OwnEntry]
) -> None:
    item = lab(people.helanfang, feed, "5.6")
    hers_kept(**glucose("9.9", "after"))
    assert "9.9" not in rows.read(hers, "trend", item.id, own="on")


def test_the_page_of_a_disease_shows_the_newest_of_her_own_marked_as_such(
    people: People, hers: Client, hers_kept: Callable[..., OwnEntry]
) -> None:
    hers_kept(**pressure(141, 91))
    page = rows.read(hers, "condition", "hypertension")
    assert "141/91" in page and "自己记录，未经医疗机构核对" in page


def test_the_list_of_clinical_measurements_holds_nothing_of_her_own(
    hers: Client, hers_kept: Callable[..., OwnEntry]
) -> None:
    hers_kept(**pressure(141, 91))
    assert "141" not in rows.read(hers, "section", "vitals")


def test_everything_held_about_her_holds_what_she_wrote(hers: Client, hers_kept: Callable[..., OwnEntry]) -> None:
    from residents.my_data.parts import PARTS

    assert {"own_entries", "own_reports"} <= set(PARTS)
