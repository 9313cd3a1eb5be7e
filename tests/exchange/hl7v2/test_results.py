"""OBX: values, units, ranges and flags, exactly as printed."""

from decimal import Decimal
from typing import Any

import pytest

from records.exchange.mapping import measuring
from tests.exchange.hl7v2.messages import GLUCOSE, OBR, of, one, oru, result


def shown(found: dict[str, Any]) -> tuple[str, str]:
    """The text and the unit that a resident sees."""
    value = measuring.value(found)
    return value.text, value.unit


@pytest.mark.parametrize(
    ("kind", "sent", "unit", "text"),
    [
        ("NM", "5.60", "mmol/L", "5.60"),
        ("NM", "-1", "", "-1"),
        ("NM", "<0.01", "ng/mL", "<0.01"),
        ("NM", "＞200", "U/L", ">200"),
        ("NM", "≤5", "U/L", "<=5"),
        ("NM", "溶血", "U/L", "溶血"),
        ("NM", "37.0~37.1", "℃", "37.0~37.1"),
        ("NM", "0-2", "/HPF", "0-2"),
        ("ST", "5.60", "mmol/L", "5.60"),
        ("ST", "阴性(-)", "", "阴性(-)"),
        ("ST", "3.5~9.5", "", "3.5~9.5"),
        ("ST", "A^B&C", "", "A^B&C"),
        ("SN", ">^100", "mg/L", ">100"),
        ("SN", "^182", "mg/dL", "182"),
        ("SN", "^1^:^160", "", "1:160"),
        ("SN", ">^1^:^160", "", ">1:160"),
        ("SN", "^3^-^5", "/HPF", "3-5"),
        ("SN", "^2^+", "", "2+"),
        ("SN", "<>^5", "", "<>5"),
        ("CE", "NEG^阴性^L", "", "阴性"),
        ("CWE", "260385009^Negative^SCT^NEG^阴性^L", "", "阴性"),
        ("CWE", "POS^^^^^^^^检出（弱阳性）", "", "检出（弱阳性）"),
        ("CE", "A^型^L~B^型二^L", "", "型；型二"),
        ("DT", "20261120", "", "2026-11-20"),
        ("TS", "20261120083000+0800", "", "2026-11-20T08:30:00+08:00"),
        ("TM", "0830", "", "08:30:00"),
        ("TX", "第一段~第二段", "", "第一段\n第二段"),
        ("", "没有类型", "", "没有类型"),
    ],
)
def test_a_value_is_shown_as_it_is_printed(kind: str, sent: str, unit: str, text: str) -> None:
    assert shown(result(kind, sent, unit))[0] == text


def test_a_number_keeps_its_zeros_and_is_a_number() -> None:
    assert result("NM", "5.60", "mmol/L")["valueQuantity"] == {"value": Decimal("5.60"), "unit": "mmol/L"}


def test_a_number_sent_as_text_is_one_where_a_unit_or_a_range_says_so() -> None:
    assert "valueQuantity" in result("ST", "5.60", span="3.9-6.1")
    assert result("ST", "20261120001")["valueString"] == "20261120001"


def test_an_arrow_behind_the_number_is_a_flag() -> None:
    found = result("ST", "7.1 ↑", "mmol/L")
    assert found["valueQuantity"]["value"] == Decimal("7.1")
    assert found["interpretation"] == [{"text": "↑"}]


@pytest.mark.parametrize(
    ("sent", "unit", "code"),
    [
        ("mmol/L", "mmol/L", None),
        ("10*9/L^^UCUM", "10*9/L", "10*9/L"),
        ("10^9/L", "10^9/L", None),
        (r"10\S\9/L", "10^9/L", None),
        ("×10^12/L", "×10^12/L", None),
        ("^毫米汞柱", "毫米汞柱", None),
    ],
)
def test_a_unit_is_as_printed_and_has_a_code_only_where_it_is_ucum(sent: str, unit: str, code: str | None) -> None:
    quantity = result("NM", "5", sent)["valueQuantity"]
    assert (quantity["unit"], quantity.get("code")) == (unit, code)


@pytest.mark.parametrize(
    ("printed", "low", "high"),
    [
        ("3.90-6.10", "3.90", "6.10"),
        ("3.5--9.5", "3.5", "9.5"),
        ("3.5~9.5", "3.5", "9.5"),
        ("3.5～9.5", "3.5", "9.5"),
        ("-2.0-3.0", "-2.0", "3.0"),
        ("(135-145)", "135", "145"),
        ("3.9-6.1mmol/L", "3.9", "6.1"),
        ("<5.2", None, "5.2"),
        ("≥60", "60", None),
        ("阴性", None, None),
        ("男 3.5-5; 女 3-4.5", None, None),
        ("70_105", None, None),
        ("9-3", None, None),
        ("-3--1", None, None),
    ],
)
def test_a_range_is_as_printed_with_its_ends_where_they_are_certain(
    printed: str, low: str | None, high: str | None
) -> None:
    (span,) = result("NM", "5", "mmol/L", printed)["referenceRange"]
    ends = [str(span[side]["value"]) if side in span else None for side in ("low", "high")]
    assert (span["text"], *ends) == (printed, low, high)


@pytest.mark.parametrize(
    ("sent", "flag"),
    [
        ("H", "high"),
        ("h", "high"),
        ("HH", "critical_high"),
        ("L~A", "low"),
        ("N", "normal"),
        ("↓", "low"),
        (">", "high"),
    ]
    + [("A^异常^L", "abnormal"), ("偏高", "high"), ("阴性", "normal"), ("危急值 ↑", "critical_high")],
)
def test_the_laboratorys_flag_is_understood_by_the_mapping(sent: str, flag: str) -> None:
    found = result("NM", "5", "mmol/L", "", sent)
    assert measuring.flag(found, measuring.value(found), measuring.reference_range(found)) == flag


def test_a_susceptibility_is_said_in_words() -> None:
    assert result("NM", "4", "ug/mL", "", "R")["interpretation"][0]["text"] == "耐药"


@pytest.mark.parametrize(
    ("sent", "status"),
    [("F", "final"), ("P", "preliminary"), ("C", "corrected"), ("X", "cancelled"), ("D", "entered-in-error")]
    + [("W", "entered-in-error"), ("R", "preliminary"), ("", "final"), ("I", "registered")],
)
def test_the_status_of_a_result(sent: str, status: str) -> None:
    assert result("NM", "5", status=sent)["status"] == status


def test_a_result_without_a_value_says_so_unless_it_was_taken_back() -> None:
    assert result("NM", "", "mmol/L")["dataAbsentReason"] == {"text": "未报告结果"}
    assert "dataAbsentReason" not in result("NM", "", status="X")
    assert "dataAbsentReason" not in result("NM", "", status="I")


def test_a_result_has_its_codes_names_time_person_and_place() -> None:
    found = one("Observation", oru(GLUCOSE))
    assert found["id"] == "LIS.L5001.CBC.GLU"
    assert found["code"] == {
        "coding": [
            {"code": "GLU", "display": "葡萄糖"},
            {"system": "http://loinc.org", "code": "2345-7", "display": "Glucose"},
        ],
        "text": "葡萄糖",
    }
    assert found["effectiveDateTime"] == "2026-11-20T08:15:00"
    assert found["performer"] == [
        {"type": "Organization", "identifier": {"value": "C01"}, "display": "检验科"},
        {"type": "Practitioner", "display": "孙检验"},
    ]
    assert found["specimen"] == {"display": "血液"}
    assert found["category"][0]["coding"][0]["code"] == "laboratory"
    assert found["subject"] == {"reference": "Patient/HIS.10020137"}


def test_the_name_of_the_performing_organization_is_better_than_a_code() -> None:
    obx = "OBX|1|NM|GLU^葡萄糖^L||5.6|mmol/L|||||F||||C01|||||||||县医学检验中心^^^^^^^^^640199X1"
    (place,) = one("Observation", oru(obx.replace("|||||||||县", "||||||||县")))["performer"]
    assert place == {"type": "Organization", "identifier": {"value": "640199X1"}, "display": "县医学检验中心"}


def test_methods_and_notes_are_kept() -> None:
    obx = "OBX|1|NM|GLU^葡萄糖^L||5.6|mmol/L|||||F||||||M1^己糖激酶法^L"
    found = one("Observation", oru(obx, "NTE|1|L|标本轻度溶血", r"NTE|2|L|建议复查\.br\空腹"))
    assert found["method"] == {"text": "己糖激酶法"}
    assert found["note"] == [{"text": "标本轻度溶血\n建议复查\n空腹"}]


def test_lines_of_one_text_become_one_text() -> None:
    lines = [
        f"OBX|{n}|TX|JC^检查所见^L||{line}||||||F" for n, line in enumerate(["肝脏大小正常。", "", "胆囊未见结石。"], 1)
    ]
    assert one("Observation", oru(*lines))["valueString"] == "肝脏大小正常。\n\n胆囊未见结石。"


def test_results_of_one_code_are_told_apart_by_sub_id_or_by_their_order() -> None:
    rows = ["OBX|1|CE|ISO^分离菌^L|1|ECO^大肠埃希菌||||||F", "OBX|2|CE|ISO^分离菌^L|2|SAU^金葡菌||||||F"]
    alike = ["OBX|3|NM|BP^血压^L||120||||||F", "OBX|4|NM|BP^血压^L||118||||||F"]
    found = [item["id"] for item in of("Observation", oru(*rows, *alike))]
    assert len(set(found)) == 4 and found[:2] == ["LIS.L5001.CBC.ISO.1", "LIS.L5001.CBC.ISO.2"]
    assert found == [item["id"] for item in of("Observation", oru(*rows, *alike))]


def test_a_number_without_a_name_is_left_to_be_held() -> None:
    assert one("Observation", oru("OBX|1|NM|||-1||||||F"))["code"] == {}


def test_a_line_that_says_nothing_makes_nothing() -> None:
    assert of("Observation", oru("OBX|1|TX|||||||||F")) == []


def test_the_order_of_results_is_the_printed_one() -> None:
    obx = [f"OBX|{n}|NM|K{n}^项目{n}^L||{n}||||||F" for n in (3, 1, 2)]
    report = one("DiagnosticReport", oru(*obx, obr=OBR))
    assert [item["reference"].rsplit(".")[-1] for item in report["result"]] == ["K3", "K1", "K2"]
