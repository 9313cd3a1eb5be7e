"""Spreadsheets to take away (.xlsx). Text stays text: nothing in a cell is ever taken for a formula."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

Cell = str | int | float | date | datetime | None
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST_CELL, LONGEST_TITLE = 32_000, 31
# Characters that a worksheet's XML cannot hold, and those Excel refuses in a sheet's name.
_ILLEGAL = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 127])
_NOT_IN_TITLES = dict.fromkeys(map(ord, "[]:*?/\\"))


@dataclass(frozen=True)
class Sheet:
    """One sheet: its name, the heads of its columns, its rows."""

    title: str
    heads: Sequence[str]
    rows: Iterable[Sequence[Cell]]


def workbook(sheets: Iterable[Sheet]) -> bytes:
    """The file; heads are bold and stay in sight."""
    book = Workbook(write_only=True)
    for sheet in sheets:
        _write(book.create_sheet(sheet.title.translate(_NOT_IN_TITLES)[:LONGEST_TITLE]), sheet)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _write(page: Any, sheet: Sheet) -> None:
    page.freeze_panes = "A2"
    for position, head in enumerate(sheet.heads, start=1):
        page.column_dimensions[get_column_letter(position)].width = max(12, 2 * len(head) + 4)
    page.append([_cell(page, head, bold=True) for head in sheet.heads])
    for row in sheet.rows:
        page.append([_cell(page, value) for value in row])


def _cell(page: Any, value: Cell, bold: bool = False) -> object:
    if not isinstance(value, str):
        return value
    made = WriteOnlyCell(page)
    made.value = value.translate(_ILLEGAL)[:LONGEST_CELL]
    made.data_type = "s"
    made.quotePrefix = True
    if bold:
        made.font = Font(bold=True)
    return made
