"""A child's growth beside the WHO curves: the figures of the standards, and what may be drawn."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from foundation.rowsecurity import acting_as
from records.exchange.models import Source
from records.growth.standards import PERCENTILES, at, percentile
from records.presenters.growth import age, place
from residents.models import Resident
from tests import factories
from tests.people import People

BORN = date(2025, 11, 20)


# Published by WHO in the tables of simplified percentiles: measure, sex, month, percentile, value.
PUBLISHED = [
    ("weight", "male", 0, 50, 3.3),
    ("weight", "male", 12, 3, 7.8),
    ("weight", "male", 12, 97, 11.8),
    ("weight", "female", 24, 50, 11.5),
    ("weight", "female", 60, 97, 24.4),
    ("height", "male", 12, 50, 75.7),
    ("height", "female", 12, 50, 74.0),
    ("height", "male", 24, 50, 87.1),
    ("height", "male", 60, 50, 110.0),
    ("head", "male", 0, 50, 34.5),
    ("head", "female", 12, 50, 44.9),
]


@pytest.mark.parametrize(("measure", "sex", "month", "share", "value"), PUBLISHED)
def test_the_curves_are_those_that_who_published(measure: str, sex: str, month: int, share: int, value: float) -> None:
    lms = at(measure, sex, month)
    assert lms is not None and lms.value(PERCENTILES[share]) == pytest.approx(value, abs=0.06)


def test_a_median_is_the_fiftieth_and_a_curve_its_own_percentile() -> None:
    lms = at("weight", "female", 7.5)
    assert lms is not None
    assert [round(percentile(lms.z(lms.value(z)))) for z in PERCENTILES.values()] == list(PERCENTILES)


def test_beyond_five_years_there_is_no_curve() -> None:
    assert at("weight", "male", 60.1) is None and at("weight", "male", -0.1) is None


@pytest.mark.parametrize(
    ("share", "words"), [(2.9, "低于第3"), (3, "第3到第15"), (50, "第15到第50"), (90, "第85到第97"), (98, "高于第97")]
)
def test_a_place_is_named_by_the_lines_beside_it(share: float, words: str) -> None:
    assert place(share).startswith(words)


def test_an_age_is_said_as_parents_say_it() -> None:
    assert [age(months) for months in (0.5, 7.9, 12, 30.2)] == ["15天", "7个月", "1岁", "2岁6个月"]


@pytest.fixture
def child(people: People) -> Resident:
    """She is a child of one year for once."""
    with acting_as("owner"):
        Resident.objects.filter(pk=people.helanfang.pk).update(birth_date=BORN)
    return people.helanfang


@pytest.fixture
def township(people: People) -> Source:
    return factories.source(people.township)


@pytest.fixture
def hers(people: People, signed_in: Callable[..., Client]) -> Client:
    return signed_in(people.helanfang_account)


def weighed(child: Resident, feed: Source, months: int, value: str, unit: str = "kg", **fields: Any) -> None:
    moment = timezone.make_aware(datetime.combine(BORN, datetime.min.time())) + timedelta(
        days=months * 30.4375, hours=9
    )
    given = {"code": "29463-7", "category": "vital_signs", "name": "体重", "value_text": value, "value_number": value}
    factories.observation(child, feed, at=moment, **given | {"unit": unit, "flag": "", "range_text": ""} | fields)


def test_each_measurement_is_a_point_and_a_line_of_the_table(child: Resident, township: Source, hers: Client) -> None:
    weighed(child, township, 0, "3200", "g")
    weighed(child, township, 6, "7.2")
    text = hers.get(reverse("records:growth")).content.decode()
    assert text.count("<circle") == 2 and "3200 g" in text and "7.2 kg" in text
    assert "WS/T 423—2022" in text and "世界卫生组织" in text


def test_an_unknown_unit_is_never_drawn_and_is_said(child: Resident, township: Source, hers: Client) -> None:
    weighed(child, township, 6, "14.4", "斤")
    text = hers.get(reverse("records:growth")).content.decode()
    assert "<circle" not in text and "有 1 次测量的单位不清楚" in text


def test_what_was_measured_later_than_at_five_is_not_asked_for(people: People, township: Source, hers: Client) -> None:
    weighed(people.helanfang, township, 6, "61")
    assert "还没有可以画的测量" in hers.get(reverse("records:growth")).content.decode()
