"""Results exactly as the laboratory printed them."""

from decimal import Decimal
from typing import Any

import pytest

from records.exchange.mapping.observation import observation as mapped
from records.exchange.problems import CannotApply, Reason
from records.exchange.values import Frame, ObservationFacts, StandardCode
from tests.exchange.sending import observation
from tests.factories import NOON

FRAME = Frame(NOON)


def row(frame: Frame = FRAME, **fields: Any) -> ObservationFacts:
    """The one row of a glucose with these elements (None takes one away)."""
    resource = {key: item for key, item in observation(**fields).items() if item is not None}
    (only,) = mapped(resource, frame).rows
    assert isinstance(only, ObservationFacts)
    return only


def test_value_unit_and_range_stay_as_printed() -> None:
    found = row()
    assert (found.value_text, found.unit, found.range_text) == ("5.60", "mmol/L", "3.90～6.10")
    assert found.value_number == Decimal("5.60")


@pytest.mark.parametrize(
    ("value", "text", "number"),
    [
        ({"valueQuantity": {"value": Decimal("0.01"), "comparator": "<", "unit": "mg/L"}}, "<0.01", Decimal("0.01")),
        ({"valueString": "阴性(-)"}, "阴性(-)", None),
        ({"valueCodeableConcept": {"text": "未检出"}}, "未检出", None),
        ({"valueBoolean": True}, "是", None),
        ({"valueInteger": 3}, "3", Decimal(3)),
        ({"valueRange": {"low": {"value": 1}, "high": {"value": 3}}}, "1-3", None),
        ({"valueRatio": {"numerator": {"value": 1}, "denominator": {"value": 80}}}, "1:80", None),
        ({"dataAbsentReason": {"text": "标本溶血"}}, "标本溶血", None),
        ({"valueQuantity": {"value": Decimal("1e20")}}, "100000000000000000000", None),
    ],
)
def test_every_kind_of_value_is_worded(value: dict[str, Any], text: str, number: Decimal | None) -> None:
    found = row(**{"valueQuantity": None, **value})
    assert (found.value_text, found.value_number) == (text, number)


@pytest.mark.parametrize(
    ("value", "interpretation", "flag"),
    [
        ("5.60", None, ""),
        ("7.85", None, "high"),
        ("3.10", None, "low"),
        ("7.85", {"coding": [{"code": "N"}]}, "normal"),
        ("7.85", {"coding": [{"code": "HH"}]}, "critical_high"),
        ("3.10", {"text": "↓"}, "low"),
        ("3.10", {"text": "危急值 偏低"}, "critical_low"),
        ("7.85", {"text": "危急值↑"}, "critical_high"),
        ("5.60", {"text": "危急值"}, "abnormal"),
        ("7.85", {"text": "未见异常"}, "normal"),
        ("5.60", {"text": "不正常"}, "abnormal"),
        ("5.60", {"text": "蛋白弱阳性，余未见明显异常"}, "abnormal"),
        ("5.60", {"text": "阴性"}, "normal"),
        ("7.85", {"coding": [{"code": "A"}, {"code": "HH"}]}, "critical_high"),
        ("7.85", {"coding": [{"code": "N"}, {"code": "H"}]}, "high"),
    ],
)
def test_the_laboratorys_mark_wins_and_the_printed_range_helps_out(
    value: str, interpretation: dict[str, Any] | None, flag: str
) -> None:
    assert row(value=value, interpretation=[interpretation] if interpretation else None).flag == flag


def test_ranges_for_men_and_for_women_are_shown_and_compared_with_neither() -> None:
    men = {"low": {"value": 130}, "high": {"value": 175}, "appliesTo": [{"text": "男"}]}
    women = {"low": {"value": 115}, "high": {"value": 150}, "appliesTo": [{"text": "女"}]}
    found = row(value="120", referenceRange=[men, women])
    assert (found.range_text, found.range_low, found.range_high, found.flag) == (
        "男 130-175；女 115-150",
        None,
        None,
        "",
    )


def test_the_unit_compared_is_that_of_the_range_shown() -> None:
    critical = {"type": {"coding": [{"code": "critical"}]}, "high": {"value": 20, "unit": "mmol/L"}}
    assert row(value="126", referenceRange=[critical, {"high": {"value": 110, "unit": "mg/dL"}}]).flag == ""


def test_a_range_in_another_unit_says_nothing() -> None:
    span = [{"high": {"value": Decimal("110"), "unit": "mg/dL"}, "text": "<110 mg/dL"}]
    assert row(value="126.00", referenceRange=span).flag == ""


@pytest.mark.parametrize(
    ("comparator", "value", "flag"), [("<", "3.90", "low"), ("<", "5.00", ""), (">", "6.10", "high")]
)
def test_a_comparator_is_taken_at_its_word(comparator: str, value: str, flag: str) -> None:
    quantity = {"value": Decimal(value), "comparator": comparator, "unit": "mmol/L"}
    assert row(valueQuantity=quantity).flag == flag


def test_components_are_rows_of_their_own() -> None:
    def part(code: str, name: str, value: int) -> dict[str, Any]:
        return {"code": {"coding": [{"system": "http://loinc.org", "code": code}], "text": name}, "valueInteger": value}

    resource = observation(component=[part("8480-6", "收缩压", 148), part("8462-4", "舒张压", 92)])
    del resource["valueQuantity"]
    rows = mapped(resource, FRAME).rows
    assert [(item.part, item.name, item.value_text) for item in rows if isinstance(item, ObservationFacts)] == [
        ("8480-6", "收缩压", "148"),
        ("8462-4", "舒张压", "92"),
    ]


def test_a_local_code_is_read_through_the_sources_mapping() -> None:
    code = {"coding": [{"system": "https://town.example/lab", "code": "GLU"}], "text": "血糖"}
    frame = Frame(NOON, codes={"GLU": StandardCode("http://loinc.org", "1558-6", "mmol/L")})
    found = row(frame, code=code)
    assert (found.code, found.local_code, found.unit_code) == ("1558-6", "GLU", "mmol/L")


@pytest.mark.parametrize(
    "code",
    [
        {"text": "人类免疫缺陷病毒抗体"},
        {"coding": [{"system": "http://loinc.org", "code": "20507-0"}], "text": "RPR"},
    ],
)
def test_a_special_disease_is_collected_at_the_facility(code: dict[str, Any]) -> None:
    found = row(code=code)
    assert (found.sensitivity, found.release) == (5, "withheld")


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "bogus"},
        {"status": None},
        {"valueString": "两个结果"},
        {"valueQuantity": {"value": "5.6"}},
        {"valueQuantity": {"value": 5, "comparator": "约"}},
        {"valueQuantity": None, "valueSampledData": {}},
        {"code": {"text": "长" * 201}},
        {"code": "血糖"},
        {"subject": []},
        {"category": {"coding": 1}},
        {"referenceRange": ["3-6"]},
    ],
)
def test_an_element_of_the_wrong_shape_is_held_as_unreadable(fields: dict[str, Any]) -> None:
    with pytest.raises(CannotApply) as problem:
        row(**fields)
    assert problem.value.reason == Reason.UNREADABLE


@pytest.mark.parametrize("element", ["code", "subject", "valueQuantity"])
def test_a_missing_element_is_named(element: str) -> None:
    with pytest.raises(CannotApply) as problem:
        row(**{element: None})
    assert problem.value.reason == Reason.INCOMPLETE
