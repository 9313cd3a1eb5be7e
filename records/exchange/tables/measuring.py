"""How large a workbook becomes when it is opened, counted without opening it: zip bombs and far-away cells refused."""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator

from records.exchange.tables.limits import (
    MOST_BYTES,
    MOST_CELLS,
    MOST_COLUMNS,
    MOST_ENTRIES,
    MOST_EXPANDED,
    MOST_RATIO,
    MOST_ROWS,
    MOST_TEXT,
)
from records.exchange.tables.oldbooks import Rubble, cell_records
from records.exchange.translating import Untranslatable

_PIECE = 1024 * 1024
_SMALL = 1024 * 1024
_LOCAL_HEADER = 30
_PLACE = re.compile(rb"""\sr\s*=\s*["']\s*\$?([A-Za-z]{0,7})\$?(\d{0,12})""")
_ROW = re.compile(rb"<(?:\w+:)?row(?=[\s>/])")
_CELL = re.compile(rb"<(?:\w+:)?c(?=[\s>/])")
_UNPLACED = re.compile(rb"<(?:\w+:)?c(?=[\s>/])(?![^>]*\sr\s*=)")
_END, _END_64 = b"PK\x05\x06", b"PK\x06\x07"
_OTHER_KINDS = ("workbook.bin", "content.xml")
_STRING = re.compile(rb"<(?:\w+:)?si[\s>/]")
_SHARED = re.compile(rb"<(?:\w+:)?v[^>]{0,40}>\s*(\d{1,9})\s*<")
_BROKEN = "这个 Excel 文件不完整或已损坏。请另存为 .xlsx 或 UTF-8 CSV。"
_HUGE = "这个 Excel 文件展开后过大（可能是压缩炸弹），门户没有打开它。请拆成几个文件，或导出为 CSV。"
_FAR = f"工作表超过 {MOST_ROWS} 行或 {MOST_COLUMNS} 列。请拆成几个文件，并删去表格外的内容。"


def measure(raw: bytes) -> None:
    """Refuse an .xlsx that is no zip archive, has a password, or becomes too large; raises Untranslatable."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error, EOFError):
        raise Untranslatable(_BROKEN) from None
    names = {entry.filename.lower() for entry in entries}
    if len(entries) > MOST_ENTRIES or len(names) < len(entries):
        raise Untranslatable(_HUGE)
    # Two ends are two archives in one, and the reader may see the other one; .xlsb and .ods are measured by nobody.
    if raw.count(_END) != 1 or _END_64 in raw or any(name.endswith(_OTHER_KINDS) for name in names):
        raise Untranslatable(_BROKEN)
    left = MOST_EXPANDED
    strings: list[int] = []
    pages: list[bytes] = []
    for entry in entries:
        content = _expanded(raw, entry, left)
        left -= len(content)
        if "sharedstrings" in entry.filename.lower():
            strings = _lengths(content)
        elif b"sheetData" in content:
            pages.append(content)
    _check_pages(pages, strings)


def _expanded(raw: bytes, entry: zipfile.ZipInfo, left: int) -> bytes:
    """An entry's content, expanded no further than allowed: what the archive says of its size may be a lie."""
    if entry.flag_bits & 0x1:
        raise Untranslatable("这个 Excel 文件有密码。请取消密码后再发送。")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Untranslatable(_BROKEN)
    most = min(left, max(entry.compress_size * MOST_RATIO, _SMALL))
    start = _content_start(raw, entry.header_offset)
    packed = raw[start : start + entry.compress_size]
    if entry.compress_type == zipfile.ZIP_STORED:
        content = packed
    else:
        try:
            content = zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, most + 1)
        except zlib.error:
            raise Untranslatable(_BROKEN) from None
    if len(content) > most or len(content) > entry.file_size:
        raise Untranslatable(_HUGE)
    return content


def _content_start(raw: bytes, offset: int) -> int:
    if not 0 <= offset <= len(raw) - _LOCAL_HEADER:
        raise Untranslatable(_BROKEN)
    name, extra = struct.unpack_from("<HH", raw, offset + 26)
    return offset + _LOCAL_HEADER + int(name) + int(extra)


def _lengths(content: bytes) -> list[int]:
    """How long each shared string is at most, in bytes."""
    starts = [found.start() for found in _STRING.finditer(content)]
    return [end - start for start, end in zip(starts, [*starts[1:], len(content)], strict=True)]


def _check_pages(pages: list[bytes], strings: list[int]) -> None:
    """The furthest cell of each sheet decides how much memory it takes; so do strings that many cells share."""
    area, text = 0, 0
    for page in pages:
        rows, columns = _extent(page)
        if rows > MOST_ROWS or columns > MOST_COLUMNS:
            raise Untranslatable(_FAR)
        area += rows * columns
        text += sum(strings[index] for index in _indexes(page) if index < len(strings))
        if area > MOST_CELLS or text > MOST_TEXT:
            raise Untranslatable(_HUGE)


def _extent(page: bytes) -> tuple[int, int]:
    """The furthest row and column of a sheet, also where its cells do not say where they are."""
    rows, columns = sum(1 for _ in _ROW.finditer(page)), 1
    for found in _PLACE.finditer(page):
        rows = max(rows, int(found[2] or 0))
        columns = max(columns, _column(found[1]))
    if _UNPLACED.search(page):
        columns = max(columns, *(sum(1 for _ in _CELL.finditer(row)) for row in _ROW.split(page)))
    return rows, columns


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - ord("A") + 1
    return number


def _indexes(page: bytes) -> Iterator[int]:
    return (int(found[1]) for found in _SHARED.finditer(page))


def measure_old(raw: bytes) -> None:
    """Refuse an .xls whose sheets reach too far, or whose cells repeat long strings; raises Untranslatable."""
    area, text, rows, columns = 0, 0, 0, 0
    try:
        for record in cell_records(raw):
            if record.new_sheet:
                area, rows, columns = area + rows * columns, 0, 0
            rows, columns = max(rows, record.row + 1), max(columns, record.column + 1)
            text += record.text
            if rows > MOST_ROWS or columns > MOST_COLUMNS:
                raise Untranslatable(_FAR)
            if area + rows * columns > MOST_CELLS or text > MOST_TEXT or len(raw) > MOST_BYTES:
                raise Untranslatable(_HUGE)
    except (Rubble, struct.error, IndexError, ValueError):
        raise Untranslatable(_BROKEN) from None
