"""Any bytes and any rows: nothing escapes but Untranslatable, and the order of rows is no content."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from records.exchange.reading import storable
from records.exchange.tables import check, errors_sheet, preview, suggest, translate
from records.exchange.tables.assembling import assemble
from records.exchange.tables.translating import opened
from records.exchange.translating import Setup, Untranslatable
from tests.exchange.tables.making import HEADER, ROWS, SETUP, entries, resources, row, sheet, text
from tests.exchange.tables.test_workbooks import OLD, OLD_COLUMNS

LINES = [
    *ROWS,
    row(结果="65.0"),
    row(检验单号="L003"),
    row(检验单号="L003", 状态="作废"),
    row(检验单号="L004", 姓名="甲"),
]
LINES += [row(审核时间="2026-11-21", 结果="7"), row(采样时间="x"), row(病历号="", 检验单号="L007")]
WORKBOOK, OLD_BOOK = sheet(ROWS), OLD.read_bytes()
BOUNDED = settings(max_examples=60, deadline=None)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(["columns", "items", "values", "constants", "layout", "date_formats", "blanks", "header_row"])


def read(raw: bytes, setup: Setup = SETUP) -> list[Any]:
    """The entries of any bytes; an Untranslatable is an answer too, and repeats nothing."""
    try:
        found = list(translate(raw, setup))
    except Untranslatable as problem:
        assert problem.explanation
        return []
    assert all(entry.resource is None or storable(entry.resource) for entry in found)
    assert [entry.number for entry in found] == list(range(len(found)))
    named = [(entry.resource["resourceType"], entry.resource["id"]) for entry in found if entry.resource]
    assert len(set(named)) == len(named)
    return found


def said(lines: list[list[str]]) -> list[Any]:
    return [entry.resource for entry in entries(text(lines)) if entry.resource]


@BOUNDED
@given(st.permutations(LINES), st.lists(st.sampled_from(LINES), max_size=4))
def test_the_order_and_the_repetition_of_rows_are_no_content(lines: list[list[str]], again: list[list[str]]) -> None:
    assert said([*lines, *again]) == said(LINES)


@BOUNDED
@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda one: one.encode("utf-8", "replace")))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    read(raw)
    read(text().encode("gbk") + raw)
    preview(raw, SETUP)


@BOUNDED
@given(st.lists(st.lists(st.text(max_size=12), min_size=18, max_size=19), max_size=5))
def test_any_cells_become_entries_and_come_back(rows: list[list[str]]) -> None:
    raw = text([*ROWS, *rows]).encode("utf-8", "replace")
    if read(raw):
        errors_sheet(raw, SETUP)


@BOUNDED
@given(st.data())
def test_a_damaged_workbook_is_read_or_refused(data: st.DataObject) -> None:
    for book, columns in ((WORKBOOK, SETUP.columns), (OLD_BOOK, OLD_COLUMNS)):
        raw = bytearray(book)
        for _ in range(data.draw(st.integers(1, 6))):
            raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
        read(bytes(raw[: data.draw(st.integers(1, len(raw)))]), Setup(columns=columns))
        read(bytes(raw), Setup(columns=columns))


@BOUNDED
@given(st.dictionaries(KEYS | st.text(max_size=5), JSON, max_size=5), st.lists(st.text(max_size=6), max_size=6))
def test_any_mapping_is_used_or_refused(mapping: dict[str, Any], header: list[str]) -> None:
    check(mapping, header)
    read(text().encode(), Setup(columns={**suggest(HEADER), **mapping}))
    preview(text().encode(), Setup(columns=mapping))


def test_a_table_is_stopped_while_it_is_put_together_and_not_only_between_its_entries() -> None:
    looks = []

    def tick() -> None:
        looks.append(1)
        if len(looks) > 100:
            raise Untranslatable("time is up")

    with pytest.raises(Untranslatable, match="untranslatable"):
        next(translate(text(ROWS[:1] * 1000).encode(), replace(SETUP, tick=tick)))
    assert len(looks) == 101


def test_a_row_repeated_without_end_is_gone_through_once_for_its_report() -> None:
    table, plan = opened(text(ROWS[:2] * 2000).encode(), SETUP)
    (report,) = assemble(table, plan).reports
    assert len(report.lines) == 2
    assert resources(text(ROWS[:2] * 50)) == resources(text(ROWS[:2]))
