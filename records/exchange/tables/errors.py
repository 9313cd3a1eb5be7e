"""The bad rows of a table, given back as the same kind of sheet with one more column: the reason.

The other rows of the same reports come along: a report is sent whole or what is missing from it would end.
"""

import csv
import io
from collections.abc import Sequence
from datetime import time, timedelta

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from records.exchange.tables import cells
from records.exchange.tables.assembling import assemble
from records.exchange.tables.cells import EXACT_DIGITS, Cell
from records.exchange.tables.grids import Table
from records.exchange.tables.translating import opened
from records.exchange.translating import Setup

REASON = "原因"
KEEP = "这一行没有问题，是同一份报告的，请保留一起送回"
Row = Sequence[Cell]
_ILLEGAL = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 127])


def errors_sheet(raw: bytes, setup: Setup) -> bytes:
    """The rows that cannot be taken, each with the reason, and what belongs to their reports; nothing else.

    CSV comes back as CSV in the same characters, Excel as .xlsx.

    Nothing in it is taken for a formula; read back by the same mapping it says what it said. Raises Untranslatable
    where the table cannot be read at all.
    """
    table, plan = opened(raw, setup)
    assembled = assemble(table, plan)
    kept = {line.number for report in assembled.reports if report.torn for line in report.lines}
    reasons = dict.fromkeys(kept, KEEP)
    reasons |= {number: f"第 {number} 行：{why}" for number, why in assembled.bad.items()}
    rows: list[Row] = [(*_header(table), REASON)]
    for number, row in table.rows:
        if number in reasons:
            width = max(len(table.header), len(row))
            rows.append([*row, *[""] * (width - len(row)), reasons[number]])
    return _as_text(rows, table) if table.kind == "csv" else _as_workbook(rows)


def _header(table: Table) -> list[str]:
    """The header as it was printed, without the turns of names that come twice."""
    return [name.rpartition("#")[0] if _has_turn(name) else name for name in table.header]


def _has_turn(name: str) -> bool:
    return name.rpartition("#")[2].isdecimal() and "#" in name


def _as_text(rows: list[Row], table: Table) -> bytes:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=table.separator, lineterminator="\r\n")
    writer.writerows([cells.safe(cells.text(cell)) for cell in row] for row in rows)
    # The mark tells Excel which characters these are.
    codec = "utf-8-sig" if table.codec.startswith("utf-8") else table.codec
    return stream.getvalue().encode(codec, "replace")


def _as_workbook(rows: list[Row]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("有问题的行")
    for row in rows:
        sheet.append([_cell(sheet, cell) for cell in row])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _cell(sheet: WriteOnlyWorksheet, cell: Cell) -> object:
    """Text stays text, whatever it looks like; a number or a date stays one."""
    exact = isinstance(cell, int | float) and abs(cell) < 10**EXACT_DIGITS
    if not isinstance(cell, str) and (exact or not isinstance(cell, int | float | time | timedelta)):
        return cell
    made = WriteOnlyCell(sheet)
    made.value = cells.text(cell).translate(_ILLEGAL)[:32_000] if isinstance(cell, str) else cells.text(cell)
    made.data_type = "s"
    made.quotePrefix = True
    return made
