"""Separators, quotes, title lines and headers."""

import pytest

from records.exchange.tables.limits import MOST_COLUMNS
from records.exchange.translating import Untranslatable
from tests.exchange.tables.making import COLUMNS, HEADER, ROWS, entries, only, problems, resources, text, with_columns


def refused(raw: str, **settings: object) -> str:
    with pytest.raises(Untranslatable) as caught:
        entries(raw, COLUMNS | settings)
    return caught.value.explanation


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_a_table_says_the_same_with_any_separator(separator: str) -> None:
    assert resources(text(separator=separator)) == resources(text())


def test_a_setting_says_which_separator_counts() -> None:
    assert resources(text(separator=";"), COLUMNS | {"separator": ";"}) == resources(text())
    assert "分隔符" in refused(text(separator=";"), separator=",")


def test_a_missing_column_is_named_whatever_the_separator() -> None:
    header = [*HEADER[:10], "计量", *HEADER[11:]]
    assert "“单位”" in refused(text(separator="|", header=header))


def test_a_line_break_in_quotes_is_content() -> None:
    impression = with_columns(impression="提示", flag="")
    lines = [[*ROWS[0][:12], "第一行\n第二行", *ROWS[0][13:]]]
    assert only("DiagnosticReport", text(lines), impression)["conclusion"] == "第一行\n第二行"


def test_the_header_is_found_below_title_lines() -> None:
    assert resources("镇卫生院检验结果\r\n导出日期：2026-11-20,\r\n\r\n" + text()) == resources(text())


def test_a_row_is_named_by_its_line_also_below_line_breaks() -> None:
    lines = [[*ROWS[0][:6], "两行\n标题", *ROWS[0][7:]], [*ROWS[1][:14], "昨天", *ROWS[1][15:]]]
    assert problems(text(lines))[0].startswith("第 4 行：")


def test_headers_are_compared_without_blanks_width_and_stars() -> None:
    header = ["＊病历号", "姓 名", *HEADER[2:]]
    assert resources(text(header=header)) == resources(text())


def test_a_missing_column_is_named() -> None:
    assert "“单位”" in refused(text(header=[*HEADER[:10], "计量", *HEADER[11:]]))


def test_a_column_that_comes_twice_must_be_told_apart() -> None:
    header = [*HEADER[:12], "结果", *HEADER[13:]]
    assert "列名#1" in refused(text(header=header))
    found = only("Observation", text(header=header), with_columns(result="结果#1", flag=""))
    assert str(found["valueQuantity"]["value"]) == "42.10"


def test_a_quote_that_is_not_closed_is_refused_with_its_line() -> None:
    assert "从第 6 行起引号没有成对" in refused(text() + '"L003,"x')


def test_a_row_that_is_longer_than_the_header_is_bad() -> None:
    assert "错位" in problems(text([[*ROWS[0], "多出"]]))[0]


def test_a_short_row_lacks_only_what_it_lacks() -> None:
    assert only("DiagnosticReport", text([ROWS[0][:17]]))["code"]["text"] == "肝功能"


def test_empty_rows_are_no_rows() -> None:
    assert resources(text() + ",,,\r\n\r\n") == resources(text())


@pytest.mark.parametrize("raw", ["", " \r\n ", "no table at all", "," * (MOST_COLUMNS + 9) + "\r\n"])
def test_what_is_no_table_is_refused(raw: str) -> None:
    assert refused(raw)


def test_the_header_row_can_be_named() -> None:
    assert resources("\r\n" * 40 + text(), COLUMNS | {"header_row": 41}) == resources(text())
    assert "表头" in refused(text(), header_row=2)
