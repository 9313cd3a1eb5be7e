"""Excel workbooks: measured before they are opened, then read by calamine; merged cells filled as they are seen."""

import io
from collections.abc import Iterator, Sequence

import python_calamine
from python_calamine import CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from records.exchange.tables import measuring
from records.exchange.tables.cells import Cell
from records.exchange.tables.limits import MOST_CELLS, MOST_COLUMNS, MOST_ROWS, MOST_SHEETS
from records.exchange.translating import Untranslatable

OLD, NEW = "xls", "xlsx"
_SIGNATURES = {b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": OLD, b"PK\x03\x04": NEW, b"PK\x05\x06": NEW}
_UNREADABLE = "这个 Excel 文件不能读取（不完整、有密码，或不是 .xlsx/.xls）。请另存为 .xlsx 或 UTF-8 CSV。"
Grid = Sequence[Sequence[Cell]]


def kind_of(raw: bytes) -> str:
    """`xlsx` or `xls` by the first bytes, whatever the file is called; nothing for text."""
    return next((kind for start, kind in _SIGNATURES.items() if raw.startswith(start)), "")


def sheets(raw: bytes, kind: str, wanted: str) -> Iterator[tuple[str, Grid]]:
    """The visible worksheets (of that name, where one is `wanted`); raises Untranslatable for bombs and rubble."""
    if kind == NEW:
        measuring.measure(raw)
    else:
        measuring.measure_old(raw)
        # What calamine cannot read as .xls it would try as an archive, which nobody has measured.
        raw = raw.replace(b"PK\x05\x06", b"PK\x00\x00")
    try:
        book = python_calamine.load_workbook(io.BytesIO(raw))
        for name in _names(book, wanted):
            yield name, _grid(book.get_sheet_by_name(name))
    except (python_calamine.CalamineError, OSError, ValueError, MemoryError):
        raise Untranslatable(_UNREADABLE) from None
    except BaseException as mistake:
        # A panic of the reader is no Exception; everything else that is none must go on.
        if type(mistake).__name__ != "PanicException":
            raise
        raise Untranslatable(_UNREADABLE) from None


def _names(book: CalamineWorkbook, wanted: str) -> list[str]:
    visible = [
        sheet.name
        for sheet in book.sheets_metadata
        if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible
    ]
    if len(visible) > MOST_SHEETS:
        raise Untranslatable(f"工作表超过 {MOST_SHEETS} 个。请只导出需要的工作表。")
    return [name for name in visible if not wanted or name.strip() == wanted.strip()]


def _grid(sheet: CalamineSheet) -> Grid:
    end = sheet.end
    if end and (end[0] >= MOST_ROWS or end[1] >= MOST_COLUMNS or (end[0] + 1) * (end[1] + 1) > MOST_CELLS):
        raise Untranslatable(f"工作表超过 {MOST_ROWS} 行或 {MOST_COLUMNS} 列。请拆成几个文件，并删去表格外的内容。")
    rows: list[list[Cell]] = [list(row) for row in sheet.to_python(skip_empty_area=False)]
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or []:
        _fill(rows, top, left, bottom, right)
    return rows


def _fill(rows: list[list[Cell]], top: int, left: int, bottom: int, right: int) -> None:
    """Each row of a merged block shows what the block shows; a title merged across columns stays one cell."""
    if left != right or top >= len(rows) or left >= len(rows[top]):
        return
    for row in rows[top + 1 : bottom + 1]:
        if left < len(row) and row[left] == "":
            row[left] = rows[top][left]
