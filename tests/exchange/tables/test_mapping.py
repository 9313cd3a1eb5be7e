"""The column mapping: drafted from the header, checked in sentences, and refused where it is none."""

from typing import Any

import pytest

from records.exchange.tables import check, suggest
from records.exchange.tables.fields import FIELDS
from records.exchange.tables.plan import folded, read_plan
from records.exchange.tables.problems import BadPlan
from records.exchange.translating import Untranslatable
from tests.exchange.tables.making import COLUMNS, HEADER, entries, resources, text, with_columns


def test_the_draft_for_a_usual_header_can_be_used_as_it_is() -> None:
    drafted = suggest(HEADER)
    assert drafted["columns"] == COLUMNS["columns"]
    assert check(drafted, HEADER) == []
    assert resources(text(), drafted) == resources(text())


def test_the_draft_gives_a_field_the_more_usual_of_two_columns() -> None:
    assert suggest(["条码号", "报告编号", "结果"])["columns"]["report_number"] == "报告编号"


def test_no_header_is_known_by_two_fields() -> None:
    names = [folded(header) for one in FIELDS.values() for header in one.headers]
    assert len(names) == len(set(names))


def test_a_column_that_is_not_there_is_named() -> None:
    assert check(with_columns(unit="计量"), HEADER) == ["表头里没有“计量”列。"]


def test_a_column_that_is_there_twice_is_named() -> None:
    assert "请写成 结果#1" in check(COLUMNS, [*HEADER, "结果"])[0]


def test_what_is_missing_to_know_a_person_is_said() -> None:
    said = check(with_columns(birth_date="", sex=""), HEADER)
    assert ["性别" in said[0], "birth_date_from_document" in said[1]] == [True, True]


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ({}, "还没有设置"),
        ({"colums": {}}, "不认识的设置"),
        ({"columns": {"patient": "病历号"}}, "不是门户的字段"),
        ({"columns": {"name": 3}}, "应为文字"),
        ({"columns": []}, "字段: 列名"),
        (with_columns(patient_number="", document_number=""), "不知道是谁的结果"),
        (with_columns(report_number=""), "报告编号"),
        (with_columns(result=""), "没有内容"),
        (with_columns(item_code="", item_name=""), "不知道是什么项目"),
        (COLUMNS | {"layout": "wide"}, "横表"),
        (COLUMNS | {"items": [{"column": "白细胞", "name": "白细胞"}]}, "竖表"),
        (COLUMNS | {"layout": "tall"}, "只能是"),
        (COLUMNS | {"separator": "x"}, "separator"),
        (COLUMNS | {"header_row": -1}, "header_row"),
        (COLUMNS | {"header_row": True}, "header_row"),
        (COLUMNS | {"decimal_comma": "yes"}, "true 或 false"),
        (COLUMNS | {"date_formats": ["MM/DD"]}, "YYYY"),
        (COLUMNS | {"date_formats": "MM/DD/YYYY"}, "列表"),
        (COLUMNS | {"values": {"sex": {"甲": "man"}}}, "male"),
        (COLUMNS | {"values": {"sex": "男"}}, "对照"),
        (COLUMNS | {"constants": {"sexx": "男"}}, "不能写"),
        (COLUMNS | {"constants": {"reported_at": "2026/1/1"}}, "不能写"),
        (COLUMNS | {"constants": {"specimen": 1}}, "应为文字"),
        (COLUMNS | {"blanks": [0]}, "blanks"),
        (COLUMNS | {"items": [{"name": "白细胞"}]}, "column 和 name"),
        (with_columns(document_number="") | {"birth_date_from_document": True}, "身份证号"),
    ],
)
def test_a_mapping_that_cannot_be_used_is_refused_in_words(mapping: dict[str, Any], words: str) -> None:
    with pytest.raises(BadPlan) as caught:
        read_plan(mapping)
    assert words in "".join(caught.value.sentences)
    assert check(mapping, HEADER) == caught.value.sentences


def test_a_table_of_a_source_without_a_mapping_waits_for_one() -> None:
    with pytest.raises(Untranslatable) as caught:
        entries(text(), {})
    assert "还没有设置" in caught.value.explanation
