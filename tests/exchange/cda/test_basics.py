"""Basic health information (HSDA00.01) as answers of the record's first page."""

from typing import Any

import pytest

from records import basics
from tests.exchange.cda.making import coded, document, inner, observed, organizer, rows, section

NO = '<value xsi:type="BL" value="false"/>'
YES = '<value xsi:type="BL" value="true"/>'


def told(*parts: str) -> list[tuple[str, str]]:
    """The answers of a document with these sections: code and value."""
    found: list[Any] = rows(document("HSDA00.01", "".join(parts)), "Observation")
    return [(row.code, row.value_text) for row in found if row.code_system == basics.SYSTEM]


def test_a_relatives_disease_says_which_relative() -> None:
    family = section(
        "10157-6",
        organizer(
            observed("DE02.01.024.00", "与本人关系代码", coded("1", "父亲", "x")),
            observed("DE02.10.095.50", "家族疾病种类代码", coded("3", "糖尿病", "x")),
        ),
        organizer(
            observed("DE02.01.024.00", "与本人关系代码", coded("2", "母亲", "x")),
            observed("DE02.10.095.50", "家族疾病种类代码", coded("2", "高血压", "x")),
        ),
    )
    assert told(family) == [("family-father", "糖尿病"), ("family-mother", "高血压")]


@pytest.mark.parametrize(
    ("name", "value", "inside", "answer"),
    [
        ("输血史标志", NO, "", ("transfusion", "无")),
        ("输血史标志", YES, inner(observed("DE06.00.105.00", "输血原因", "产后出血")), ("transfusion", "产后出血")),
        ("外伤史", "右臂骨折", "", ("injury", "右臂骨折")),
        ("环境危险因素暴露史", coded("3", "农药", "x"), "", ("exposure", "农药")),
        ("遗传性疾病史", "无", "", ("genetic", "无")),
        ("残疾情况代码", coded("1", "无残疾", "x"), "", ("disability", "无")),
        ("手术史标志", NO, "", ("operation", "无")),
        ("既往常见疾病种类代码", coded("1", "无", "x"), "", ("illness", "无")),
    ],
)
def test_each_answer_has_its_code(name: str, value: str, inside: str, answer: tuple[str, str]) -> None:
    assert told(section("11348-0", observed("DE99.99.999.00", name, value, inside))) == [answer]


def test_that_there_is_no_allergy_is_an_answer() -> None:
    none = observed("DE05.01.022.00", "过敏源代码", coded("1", "无", "x"))
    assert told(section("48765-2", none)) == [("allergy", "无")]


def test_a_specially_protected_disease_of_a_relative_is_protected() -> None:
    family = section("10157-6", observed("DE02.10.095.50", "家族疾病种类代码", coded("8", "精神分裂症", "x")))
    found: list[Any] = rows(document("HSDA00.01", family), "Observation")
    assert [row.sensitivity for row in found] == [5]
