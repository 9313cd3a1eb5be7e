"""Rows that cannot be taken: held each with its reason, given back in the same kind of sheet, shown while editing."""

import csv
import io
from typing import Any

import pytest
from openpyxl import load_workbook

from records.exchange.bundles import Entry
from records.exchange.messages import UNREADABLE_KIND, understand
from records.exchange.tables import errors_sheet, preview
from records.exchange.tables.errors import KEEP
from records.exchange.translating import Setup
from tests.exchange.tables.making import (
    COLUMNS,
    HEADER,
    ROWS,
    SETUP,
    entries,
    problems,
    resources,
    row,
    sheet,
    text,
    with_columns,
)
from tests.factories import NOON

BAD = row(检验单号="L009", 结果="", 采样时间="2026-11-20")


def kinds(raw: str) -> list[str]:
    return [entry.resource["resourceType"] for entry in entries(raw) if entry.resource]


def reports(raw: str) -> dict[str, str]:
    found = [entry.resource for entry in entries(raw) if entry.resource]
    return {one["id"]: one["status"] for one in found if one["resourceType"] == "DiagnosticReport"}


def test_a_bad_row_keeps_no_good_row_back() -> None:
    found = entries(text([*ROWS, BAD]))
    assert [entry.resource for entry in found[:-1]] == resources(text())
    assert found[-1].problem == "第 6 行：有项目，但没有结果。"


def test_a_bad_row_is_held_with_its_reason_and_its_number() -> None:
    message = understand(entries(text([*ROWS, BAD]))[-1], NOON)
    assert (message.kind, message.entry, message.raw) == (UNREADABLE_KIND, 8, None)
    assert message.problem and message.problem.explanation == "第 6 行：有项目，但没有结果。"


def test_an_entry_without_a_reason_of_its_own_is_held_as_before() -> None:
    message = understand(Entry("", None, b"x"), NOON)
    assert message.problem and "resourceType" in message.problem.explanation


def test_the_same_bad_row_in_another_file_is_the_same_message() -> None:
    first, again = entries(text([BAD]))[-1], entries(text([*ROWS, BAD]))[-1]
    assert understand(first, NOON).identifier == understand(again, NOON).identifier


def test_a_report_of_which_a_row_is_missing_is_not_called_whole() -> None:
    assert reports(text([*ROWS[:2], row(项目代码="AST", 检验项目="谷草转氨酶", 结果="")])) == {"L001": "partial"}
    assert reports(text()) == {"L001": "final", "L002": "final"}


def test_one_report_with_two_patients_is_nobody_s() -> None:
    lines = [*ROWS[:2], [*ROWS[3][:5], *ROWS[2][5:]]]
    assert len(problems(text(lines))) == 3
    assert "不同患者" in problems(text(lines))[0]
    assert kinds(text(lines)) == []


@pytest.mark.parametrize(("place", "cell"), [(1, "贺兰方"), (2, "男"), (3, "1962-03-06"), (4, ROWS[3][4])])
def test_one_number_with_two_people_is_nobody_s(place: int, cell: str) -> None:
    other = [*ROWS[1]]
    other[place], other[5] = cell, "L005"
    said = problems(text([ROWS[0], other, ROWS[3]]))
    assert len(said) == 2 and "不能确定是谁" in said[0]
    assert reports(text([ROWS[0], other, ROWS[3]])) == {"L002": "final"}


def test_what_one_row_leaves_out_of_a_person_another_may_say() -> None:
    assert resources(text([ROWS[0], [ROWS[1][0], "", "", "", "", *ROWS[1][5:]]])) == resources(text(ROWS[:2]))


def test_two_forms_of_one_id_number_are_one_person() -> None:
    short = ROWS[1][4][:6] + ROWS[1][4][8:17]
    lines = [ROWS[0], [*ROWS[1][:4], short, *ROWS[1][5:]]]
    assert resources(text(lines)) == resources(text(ROWS[:2]))


def test_two_results_of_one_item_are_neither_of_them() -> None:
    lines = [row(), row(结果="65.0"), ROWS[1]]
    assert len(problems(text(lines))) == 2
    assert reports(text(lines)) == {"L001": "partial"}


def test_the_same_item_at_two_times_is_two_results() -> None:
    lines = [row(采样时间="2026-11-20 08:00"), row(采样时间="2026-11-20 10:00", 结果="65.0")]
    assert len(resources(text(lines))) == 4


def test_a_row_that_comes_twice_counts_once() -> None:
    assert resources(text([*ROWS, *ROWS])) == resources(text())


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"病历号": "", "身份证号": ""}, "没有患者编号"),
        ({"检验单号": ""}, "没有报告编号"),
        ({"检验项目": "", "项目代码": ""}, "没有项目名称"),
        ({"检验项目": "", "项目代码": "", "结果": ""}, "没有结果，也没有所见"),
        ({"检验单号": "2.02611E+11"}, "报告编号”被 Excel"),
        ({"结果": "1\x00"}, "控制字符"),
        ({"结果": "x" * 10_001}, "超过"),
        ({"结果": "#REF!"}, "错误值"),
    ],
)
def test_what_is_wrong_is_said_in_words(cells: dict[str, str], words: str) -> None:
    assert [words in said for said in problems(text([row(**cells)]))] == [True]


def written(raw: bytes, codec: str, separator: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(raw.decode(codec), newline=""), delimiter=separator))


@pytest.mark.parametrize("codec", ["utf-8", "gb18030", "utf-16"])
def test_bad_rows_come_back_in_the_same_characters_with_the_reason(codec: str) -> None:
    back = written(errors_sheet(text([*ROWS, BAD], separator=";").encode(codec), SETUP), codec, ";")
    assert [[cell.removeprefix("\ufeff") for cell in line] for line in back] == [
        [*HEADER, "原因"],
        [*BAD, "第 6 行：有项目，但没有结果。"],
    ]


def test_the_other_rows_of_a_torn_report_come_back_with_the_bad_one() -> None:
    back = written(errors_sheet(text([*ROWS, row(结果="")]).encode(), SETUP), "utf-8-sig")
    assert [line[-1] for line in back[1:]] == [*[KEEP] * 3, "第 6 行：有项目，但没有结果。"]


def test_excel_is_told_that_a_sheet_is_utf_8() -> None:
    assert errors_sheet(text([BAD]).encode(), SETUP).startswith(b"\xef\xbb\xbf")


def test_bad_rows_of_a_workbook_come_back_as_a_workbook() -> None:
    line: list[Any] = [*BAD]
    line[0], line[4] = 10023, 6.40199e17
    page = load_workbook(io.BytesIO(errors_sheet(sheet([ROWS[3], line]), SETUP))).active
    back = [list(one) for one in page.iter_rows(values_only=True)]
    assert back[0] == [*HEADER, "原因"]
    assert back[1][0] == 10023 and "被 Excel 变成了数字" in back[1][-1]


FORMULAS = ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3", "\t=1", '=HYPERLINK("http://x")']


@pytest.mark.parametrize("formula", FORMULAS)
def test_nothing_in_a_sheet_that_goes_out_is_a_formula(formula: str) -> None:
    raw = errors_sheet(text([row(姓名=formula, 结果="")]).encode(), SETUP)
    cell = written(raw, "utf-8-sig")[1][1]
    assert cell[0] not in "=@\t\r" and (cell[0] not in "+-" or cell[1:].isdigit())
    page = load_workbook(io.BytesIO(errors_sheet(sheet([row(姓名="'" + formula, 结果="")]), SETUP))).active
    assert page.cell(2, 2).data_type == "s"


@pytest.mark.parametrize("printed", ["-1.5", "+", "++", "-", "-12"])
def test_results_that_look_a_little_like_formulas_stay_as_they_are(printed: str) -> None:
    raw = errors_sheet(text([row(结果=printed, 检验单号="")]).encode(), SETUP)
    assert written(raw, "utf-8-sig")[1][9] == printed


def test_a_corrected_sheet_with_the_reason_column_can_be_sent_back() -> None:
    raw = errors_sheet(text([*ROWS, row(姓名="=甲", 检验单号="L009", 状态="?")]).encode(), SETUP)
    mended = raw.decode("utf-8-sig").replace("?", "已审核").encode()
    found = entries(mended, with_columns(patient_number="项目代码"))
    assert found[0].resource["name"] == [{"text": "=甲"}]


def test_a_preview_shows_what_the_first_rows_become_and_all_that_is_wrong() -> None:
    shown = preview(text([*ROWS, BAD]).encode("gbk"), SETUP, rows=2)
    assert (shown.codec, shown.separator, shown.header_number, shown.header) == ("gb18030", ",", 1, tuple(HEADER))
    assert (shown.total, shown.bad, shown.patients, shown.reports, shown.sentences) == (5, 1, 2, 2, ())
    assert [one.number for one in shown.rows] == [2, 3, 6]
    assert ("谷丙转氨酶", "56.0 U/L （7-40） H") in shown.rows[0].becomes
    assert ("性别", "女") in shown.rows[0].becomes
    assert shown.rows[2].problem == "有项目，但没有结果。"


def test_a_preview_without_a_mapping_drafts_one() -> None:
    shown = preview(text().encode(), Setup())
    assert shown.suggestion["columns"] == COLUMNS["columns"]
    assert (shown.total, len(shown.rows), shown.problem) == (4, 4, "")


def test_a_preview_of_what_is_no_table_says_why() -> None:
    assert "字节" in preview(text().encode() + b"\xff", SETUP).problem
