"""What a row becomes: patients, reports, results as they are printed, and the words of old systems."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from records.exchange.bundles import Entry
from records.exchange.mapping import MAPPINGS, patient
from records.exchange.messages import understand
from records.exchange.values import Frame
from tests.exchange.tables.making import COLUMNS, HEADER, HER, ROWS, only, problems, resources, row, text, with_columns
from tests.factories import NOON

FRAME = Frame(now=NOON)


def one(columns: dict[str, Any] | None = None, kind: str = "Observation", **cells: str) -> dict[str, Any]:
    return only(kind, text([row(**cells)]), columns)


def test_everything_a_table_becomes_is_understood() -> None:
    for resource in resources(text()):
        kind = resource["resourceType"]
        said = patient(resource, FRAME) if kind == "Patient" else MAPPINGS[kind](resource, FRAME)
        assert said


def test_a_result_arrives_as_it_is_printed() -> None:
    facts: Any = MAPPINGS["Observation"](one(), FRAME).rows[0]
    assert (facts.name, facts.local_code, facts.value_text, facts.unit) == ("谷丙转氨酶", "ALT", "56.0", "U/L")
    assert (facts.range_text, facts.range_low, facts.range_high) == ("7-40", 7, 40)
    assert (facts.flag, facts.specimen, facts.category, facts.zone_assumed) == ("high", "血清", "laboratory", True)
    assert facts.occurred_at == NOON - timedelta(days=2, hours=3, minutes=50)


def test_a_report_arrives_with_its_items_and_its_doctor() -> None:
    facts: Any = MAPPINGS["DiagnosticReport"](only("DiagnosticReport", text()), FRAME).rows[0]
    assert (facts.title, facts.category, facts.status, facts.report_number) == ("肝功能", "laboratory", "final", "L001")
    assert (facts.practitioner_name, facts.specimen) == ("王医生", "血清")
    assert facts.item_identifiers == ["L001.ALB", "L001.ALT", "L001.HBsAg"]


@pytest.mark.parametrize(
    ("printed", "value"),
    [
        ("5.60", {"valueQuantity": {"value": Decimal("5.60"), "unit": "U/L"}}),
        ("-1.5", {"valueQuantity": {"value": Decimal("-1.5"), "unit": "U/L"}}),
        ("＜0.01", {"valueQuantity": {"value": Decimal("0.01"), "comparator": "<", "unit": "U/L"}}),
        ("≥200", {"valueQuantity": {"value": Decimal("200"), "comparator": ">=", "unit": "U/L"}}),
        ("阴性(-)", {"valueString": "阴性(-) U/L"}),
        ("1:80", {"valueString": "1:80 U/L"}),
        ("3-5", {"valueString": "3-5 U/L"}),
        ("1,234.5", {"valueString": "1,234.5 U/L"}),
        ("1e5", {"valueString": "1e5 U/L"}),
        ("NaN", {"valueString": "NaN U/L"}),
    ],
)
def test_a_number_is_a_number_and_words_are_words(printed: str, value: dict[str, Any]) -> None:
    found = one(结果=printed)
    assert {key: item for key, item in found.items() if key.startswith("value")} == value


def test_a_decimal_comma_counts_only_where_the_source_says_so() -> None:
    assert one(COLUMNS | {"decimal_comma": True}, 结果="5,60")["valueQuantity"]["value"] == Decimal("5.60")
    assert one(结果="5,60")["valueString"] == "5,60 U/L"


def test_arrows_behind_a_number_are_its_flag() -> None:
    found = one(结果="56.0↑", 提示="")
    assert found["interpretation"][0]["coding"][0]["code"] == "H"
    assert found["valueQuantity"]["value"] == Decimal("56.0")


@pytest.mark.parametrize(
    ("printed", "low", "high"),
    [
        ("3.9-6.1", "3.9", "6.1"),
        ("3.9～6.1", "3.9", "6.1"),
        ("3.9--6.1", "3.9", "6.1"),
        ("-2-3", "-2", "3"),
        ("<5.2", None, "5.2"),
        ("≥1.0", "1.0", None),
        ("6.1-3.9", None, None),
        ("男:3.9-6.1;女:3-5", None, None),
        ("阴性", None, None),
    ],
)
def test_a_range_has_limits_where_it_is_one(printed: str, low: str | None, high: str | None) -> None:
    span = one(参考值=printed)["referenceRange"][0]
    assert span["text"] == printed
    assert {side: str(span[side]["value"]) for side in ("low", "high") if side in span} == {
        side: value for side, value in (("low", low), ("high", high)) if value
    }


def test_limits_in_columns_of_their_own_make_a_range() -> None:
    span = one(with_columns(range="", range_low="参考值", range_high="提示", flag=""), 参考值="3.9", 提示="6.1")
    assert span["referenceRange"] == [{"low": {"value": Decimal("3.9")}, "high": {"value": Decimal("6.1")}}]


@pytest.mark.parametrize(
    ("printed", "status"), [("已审核", "final"), ("未审核", "preliminary"), ("C", "corrected"), ("作废", "cancelled")]
)
def test_the_state_of_a_report_is_its_own_word(printed: str, status: str) -> None:
    assert one(kind="DiagnosticReport", 状态=printed)["status"] == status


def test_a_source_has_words_of_its_own() -> None:
    columns = COLUMNS | {"values": {"report_status": {"3": "corrected"}, "sex": {"甲": "female"}, "flag": {"#": "HH"}}}
    assert one(columns, "DiagnosticReport", 状态="3", 性别="甲")["status"] == "corrected"
    assert one(columns, "Patient", 状态="3", 性别="甲")["gender"] == "female"
    assert one(columns, 状态="3", 提示="#")["interpretation"][0]["coding"][0]["code"] == "HH"


@pytest.mark.parametrize(
    ("name", "cell"),
    [("性别", "甲"), ("状态", "?"), ("采样时间", "昨天"), ("出生日期", "1962"), ("审核时间", "3/4/2026")],
)
def test_a_word_that_nobody_explained_is_a_bad_row(name: str, cell: str) -> None:
    said = problems(text([row(**{name: cell})]))
    assert len(said) == 1
    assert cell not in said[0].replace("2026-11-20", "")


@pytest.mark.parametrize(
    ("printed", "read"),
    [
        ("2026-11-20 08:10:05", "2026-11-20T08:10:05"),
        ("2026/1/2 8:10", "2026-01-02T08:10:00"),
        ("2026.11.20", "2026-11-20"),
        ("2026年11月20日 08:10", "2026-11-20T08:10:00"),
        ("20261120", "2026-11-20"),
        ("20261120081005", "2026-11-20T08:10:05"),
        ("2026-11-20T08:10:05+08:00", "2026-11-20T08:10:05+08:00"),
        ("46346", "2026-11-20"),
        ("46346.5", "2026-11-20T12:00:00"),
    ],
)
def test_dates_are_read_as_they_are_usually_written(printed: str, read: str) -> None:
    assert one(采样时间=printed)["effectiveDateTime"] == read


def test_a_format_of_the_source_decides_what_comes_first() -> None:
    columns = with_columns(reported_at="", birth_date="") | {"date_formats": ["DD/MM/YYYY"]}
    assert one(columns, 采样时间="03/04/2026")["effectiveDateTime"] == "2026-04-03"
    assert len(problems(text([row(采样时间="2026-04-03")]), columns)) == 1


@pytest.mark.parametrize("cell", ["6.40199E+17", "6.40199E17", HER[:15] + "000"])
def test_an_id_number_spoiled_by_excel_is_never_guessed(cell: str) -> None:
    said = problems(text([row(身份证号=cell)]))
    assert len(said) == 1 and "Excel" in said[0]


def test_a_patient_without_a_local_number_is_the_patient_of_the_report() -> None:
    columns = with_columns(patient_number="")
    found = one(columns, "Patient")
    assert HER not in found["id"] and found["identifier"][0]["value"] == HER
    assert one(columns)["subject"] == {"reference": f"Patient/{found['id']}"}


def test_an_id_number_in_the_place_of_a_local_number_never_becomes_an_identifier() -> None:
    for number in (HER, HER[:6] + HER[8:17]):
        assert one(kind="Patient", 病历号=number)["id"].startswith("report-L001-")


@pytest.mark.parametrize("number", ["100000000000001", "123456789012345678", "640199196213990125"])
def test_a_long_local_number_is_a_local_number(number: str) -> None:
    assert not one(kind="Patient", 病历号=number)["id"].startswith("report-")


def test_numbers_of_two_facilities_are_two_people() -> None:
    columns = with_columns(patient_authority="检验目的")
    ids = [one(columns, "Patient", 检验目的=name)["id"] for name in ("甲镇", "乙镇")]
    assert len(set(ids)) == 2


def test_a_birth_date_comes_from_the_id_number_only_where_the_source_says_so() -> None:
    columns = with_columns(birth_date="")
    assert "birthDate" not in one(columns, "Patient")
    assert one(columns | {"birth_date_from_document": True}, "Patient")["birthDate"] == "1962-03-05"


def test_a_report_number_may_be_made_of_several_columns() -> None:
    columns = {"columns": {**COLUMNS["columns"], "report_number": ["检验单号", "标本类型"]}}
    assert one(columns, "DiagnosticReport")["identifier"][0]["value"] == "L001-血清"


def test_a_constant_stands_where_a_column_is_missing() -> None:
    columns = COLUMNS | {"constants": {"performing_facility": "镇卫生院", "performing_facility_code": "TOWN"}}
    performer = {"type": "Organization", "display": "镇卫生院", "identifier": {"value": "TOWN"}}
    assert one(columns)["performer"] == [performer]


def test_an_imaging_table_has_findings_apart_from_the_impression() -> None:
    keep = ("patient_number", "name", "sex", "birth_date", "document_number", "report_number", "reported_at")
    columns = {key: COLUMNS["columns"][key] for key in keep}
    columns |= {"report_title": "检验目的", "findings": "结果", "impression": "参考值"}
    columns |= {"reporting_facility": "标本类型"}
    line = row(检验目的="胸部CT", 结果="右肺上叶见一小结节。", 参考值="右肺小结节，建议随访。", 标本类型="县影像中心")
    made = resources(text([line]), {"columns": columns, "constants": {"report_category": "影像"}})
    findings, report = made[1:]
    assert (findings["code"]["text"], findings["valueString"]) == ("检查所见", "右肺上叶见一小结节。")
    assert report["conclusion"] == "右肺小结节，建议随访。"
    assert report["result"] == [{"reference": f"Observation/{findings['id']}"}]
    facts: Any = MAPPINGS["DiagnosticReport"](report, FRAME).rows[0]
    assert (facts.category, facts.reporter.name) == ("imaging", "县影像中心")


def test_a_wide_table_has_a_column_for_each_item() -> None:
    keep = ("patient_number", "name", "sex", "birth_date", "document_number", "report_number", "report_title")
    columns = {
        "layout": "wide",
        "columns": {key: COLUMNS["columns"][key] for key in (*keep, "reported_at")},
        "items": [
            {"column": "结果", "name": "白细胞", "code": "WBC", "range": "3.5-9.5", "flag_column": "提示"},
            {"column": "单位", "name": "血红蛋白", "code": "HGB", "unit": "g/L"},
            {"column": "参考值", "name": "血小板"},
        ],
    }
    made = resources(text([row(结果="11.2", 单位="128", 参考值="未做")]), columns)
    assert [one["code"]["text"] for one in made[1:]] == ["白细胞", "血红蛋白", "肝功能"]
    assert made[1]["interpretation"][0]["coding"][0]["code"] == "H"
    assert made[1]["referenceRange"][0]["text"] == "3.5-9.5"


def test_items_are_listed_as_printed_where_the_table_has_an_order() -> None:
    lines = [[*line, str(turn)] for line, turn in zip(ROWS[:3], (10, 9, 1), strict=True)]
    made = resources(text(lines, header=[*HEADER, "序号"]), with_columns(item_order="序号"))
    assert [one["code"]["text"] for one in made[1:4]] == ["乙肝表面抗原", "白蛋白", "谷丙转氨酶"]


def test_a_changed_value_keeps_its_identifier_and_the_last_version_counts() -> None:
    lines = [row(采样时间="2026-11-20", 审核时间="2026-11-20 10:00"), row(结果="65.0", 审核时间="2026-11-20 11:00")]
    lines[1][14] = "2026-11-20"
    found = [one for one in resources(text(lines)) if one["resourceType"] == "Observation"]
    assert [(one["id"], str(one["valueQuantity"]["value"])) for one in found] == [("L001.ALT", "65.0")]


def test_the_ledger_reads_the_time_and_the_state_of_a_version() -> None:
    message = understand(Entry("", one(kind="DiagnosticReport", 状态="更正"), number=3), NOON)
    assert message.problem is None
    assert message.rank > understand(Entry("", one(kind="DiagnosticReport")), NOON).rank
    assert message.updated == NOON - timedelta(days=2, hours=1, minutes=30)
