"""Which results make one line."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.trends.results import Result
from records.trends.series import Reason, Trend, trend
from records.trends.thinning import since, thinned
from tests.factories import NOON
from tests.records.trends.making import COUNTY, TOWN, result


def line(*rows: Result) -> Trend:
    """The line of the first of these."""
    return trend(rows[0].id, rows)


def values(found: Trend) -> list[str]:
    return [str(point.value) for point in found.points]


def reasons(found: Trend) -> list[tuple[Reason, str, int]]:
    return [(one.reason, one.detail, len(one.results)) for one in found.apart]


def test_one_line_holds_both_codes_of_one_quantity_in_the_unit_of_the_result_itself() -> None:
    found = line(result("5.6"), result("126", "mg/dL", days=3, code="1558-6"))
    assert values(found) == ["6.99", "5.6"] and [point.is_converted for point in found.points] == [True, False]


def test_fasting_and_random_glucose_are_two_things() -> None:
    found = line(result("5.6"), result("7.9", days=3, code="14749-6"))
    assert values(found) == ["5.6"] and reasons(found) == [(Reason.CODE, "县人民医院", 1)]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"unit": "furlong"}, (Reason.UNIT, "furlong")),
        ({"unit": ""}, (Reason.UNIT, "")),
        ({"specimen": "尿液"}, (Reason.SPECIMEN, "尿")),
        ({"method": "GOD-POD"}, (Reason.METHOD, "葡萄糖氧化酶法")),
        ({"value": None}, (Reason.NUMBER, "")),
        ({"days": None}, (Reason.TIME, "")),
        ({"code": "", "code_system": ""}, (Reason.CODE, "县人民医院")),
    ],
)
def test_what_cannot_be_compared_is_kept_apart_and_says_why(
    fields: dict[str, Any], expected: tuple[Reason, str]
) -> None:
    focus = result("5.6", specimen="血清", method="己糖激酶法")
    other = {"value": "6.1", "days": 9, "specimen": "serum", "method": "HK"} | fields
    found = line(focus, result(other.pop("value"), **other))
    assert reasons(found) == [(*expected, 1)] and values(found) == ["5.6"]


def test_a_result_without_a_method_joins_the_only_one_that_is_named() -> None:
    found = line(result("5.6", method="HK"), result("6.1", days=3))
    assert len(found.points) == 2 and found.without_method == 1


def test_of_two_methods_a_result_without_one_joins_neither() -> None:
    named = [result("5.6", method="HK"), result("6.1", days=3, method="GOD-POD")]
    found = line(*named, result("6.6", days=5))
    assert values(found) == ["5.6"]
    assert reasons(found) == [(Reason.METHOD, "", 1), (Reason.METHOD, "葡萄糖氧化酶法", 1)]


def test_an_unknown_unit_is_comparable_with_itself_alone() -> None:
    found = line(result("5.6", "格令"), result("6.1", "格 令", days=3), result("6.2", days=5))
    assert values(found) == ["6.1", "5.6"] and reasons(found) == [(Reason.UNIT, "mmol/L", 1)]


def test_items_without_a_code_are_joined_only_within_their_feed() -> None:
    plain = {"code": "", "code_system": "", "local_code": "GLU"}
    own = result("5.6", **plain), result("6.0", days=2, **plain)
    found = line(*own, result("7.0", days=3, source_id=TOWN, facility_name="镇卫生院", **plain))
    assert values(found) == ["6.0", "5.6"] and reasons(found) == [(Reason.CODE, "镇卫生院", 1)]


def test_what_two_feeds_sent_is_one_point_with_both_as_senders() -> None:
    focus, other = result("5.6"), result("6.1", days=3)
    copy = result("6.1", days=3, source_id=TOWN, folded_into=other.id)
    found = line(focus, other, copy)
    assert [point.result.senders for point in found.points] == [(COUNTY, TOWN), (COUNTY,)]


def test_thinning_keeps_the_peaks_the_ends_and_the_result_itself() -> None:
    rows = [result("5.0", days=days) for days in range(500)]
    peak, low, focus = result("19", days=77), result("0.5", days=333), rows[250]
    found = trend(focus.id, [*rows, peak, low])
    kept = thinned(found.points, 40, focus.id)
    shown = {point.result.id for point in kept}
    assert {peak.id, low.id, focus.id, rows[0].id, rows[-1].id} <= shown and len(kept) <= 40


def test_a_span_of_time_does_not_change_what_is_comparable() -> None:
    named = [result("5.6"), result("6.0", days=900, method="HK"), result("6.1", days=950, method="GOD-POD")]
    found = line(*named)
    assert values(found) == ["5.6"] and len(since(found.points, NOON - timedelta(days=365))) == 1


UNITS = ["mmol/L", "mg/dL", "umol/L", "g/L", "%", "", "furlong", "U/L"]
CODES = ["14771-0", "1558-6", "14749-6", ""]
SOMETHING = st.builds(
    result,
    value=st.one_of(st.none(), st.decimals("0.1", "400", places=1).map(str)),
    unit=st.sampled_from(UNITS),
    days=st.one_of(st.none(), st.integers(0, 3000)),
    code=st.sampled_from(CODES),
    source_id=st.sampled_from([COUNTY, TOWN]),
    specimen=st.sampled_from(["", "血清", "尿"]),
    method=st.sampled_from(["", "HK", "GOD-POD"]),
    comparator=st.sampled_from(["", "<", ">"]),
)


@given(rows=st.lists(SOMETHING, min_size=1, max_size=12), data=st.data())
def test_no_order_of_the_results_changes_the_line(rows: list[Result], data: st.DataObject) -> None:
    assert trend(rows[0].id, data.draw(st.permutations(rows))) == line(*rows)


@given(rows=st.lists(SOMETHING, min_size=1, max_size=12))
def test_no_point_is_ever_drawn_with_an_unconverted_unit(rows: list[Result]) -> None:
    found = line(*rows)
    factors = {("mmol/L", "mg/dL"): Decimal("18.0182"), ("mg/dL", "mmol/L"): 1 / Decimal("18.0182")}
    factors |= {("umol/L", "mmol/L"): Decimal("1e-3"), ("mmol/L", "umol/L"): Decimal(1000)}
    factors |= {("g/L", "mg/dL"): Decimal(100), ("mg/dL", "g/L"): Decimal("1e-2")}
    factors |= {("umol/L", "mg/dL"): Decimal("0.0180182"), ("mg/dL", "umol/L"): 1 / Decimal("0.0180182")}
    factors |= {("g/L", "mmol/L"): 100 / Decimal("18.0182"), ("mmol/L", "g/L"): Decimal("0.180182")}
    factors |= {("g/L", "umol/L"): 100 / Decimal("0.0180182"), ("umol/L", "g/L"): Decimal("0.000180182")}
    for point in found.points:
        number, pair = point.result.value_number, (point.result.unit, found.focus.unit)
        assert number is not None
        right = number if pair[0] == pair[1] else number * factors[pair]
        assert abs(point.value - right) <= abs(right) * Decimal("0.006")


@given(rows=st.lists(SOMETHING, min_size=1, max_size=12))
def test_every_result_is_either_drawn_or_named_as_not_comparable(rows: list[Result]) -> None:
    found = line(*rows)
    drawn = [point.result.id for point in found.points]
    apart = [row.id for one in found.apart for row in one.results]
    assert sorted(map(str, {*drawn, *apart, found.focus.id})) == sorted(str(row.id) for row in rows)
    assert not set(drawn) & set(apart)
