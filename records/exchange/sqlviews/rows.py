"""Rows of a view as a document: separated text that the table translator reads, the same rows always the same bytes."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from decimal import Decimal

from records.exchange.problems import PullFailed
from records.exchange.sqlviews.marks import BEIJING

Row = Sequence[object]


def document(columns: Sequence[str], rows: Iterable[Row], separator: str) -> bytes:
    """A header and the rows, each once, in an order of their own; raises PullFailed for what is no text."""
    shown = sorted({tuple(map(text, row)) for row in rows})
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=separator, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(shown)
    return stream.getvalue().encode("utf-8-sig", errors="backslashreplace")


def text(cell: object) -> str:
    """What a cell says, numbers with the digits the database gives, times with their zone where they have one."""
    if cell is None:
        return ""
    if isinstance(cell, bytes | bytearray | memoryview):
        return _decoded(bytes(cell))
    if isinstance(cell, Decimal):
        return format(cell, "f")
    if isinstance(cell, datetime):
        return (cell.astimezone(BEIJING) if cell.tzinfo else cell).isoformat(" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell)


def _decoded(raw: bytes) -> str:
    """Text that a column of bytes holds, as MySQL gives columns of a binary collation."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise PullFailed("视图里对照的列含有二进制内容，不是文字。请机构在视图里去掉，或转成文字。") from None
