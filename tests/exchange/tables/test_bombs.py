"""Workbooks whose XML would grow without end, or reach for files of the server: refused or read as nothing, at once."""

import time

import pytest

from records.exchange.tables import translate
from records.exchange.translating import Setup, Untranslatable
from tests.exchange.tables.making import COLUMNS, ROWS, sheet
from tests.exchange.tables.test_workbooks import changed

LAUGHS = "".join(f'<!ENTITY l{turn} "{f"&l{turn - 1};" * 10}">' for turn in range(1, 12))
BILLION = f'<?xml version="1.0"?><!DOCTYPE sst [<!ENTITY l0 "ha">{LAUGHS}]>'
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE sst [<!ENTITY l11 SYSTEM "file:///etc/passwd">]>'
STRINGS = '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>&l11;</t></si></sst>'


@pytest.mark.parametrize("start", [BILLION, OUTSIDE], ids=["a billion laughs", "a file of the server"])
@pytest.mark.parametrize("part", ["xl/sharedStrings.xml", "xl/worksheets/sheet1.xml", "xl/workbook.xml"])
def test_entities_are_not_followed(part: str, start: str) -> None:
    raw, begun = changed(sheet(ROWS), part, (start + STRINGS).encode()), time.process_time()
    try:
        said = repr([entry.resource for entry in translate(raw, Setup(columns=COLUMNS))])
    except Untranslatable as problem:
        said = problem.explanation
    assert time.process_time() - begun < 2
    assert "root:" not in said and len(said) < 100_000
