"""A table of any kind as one grid of cells with its header found: separated text here, workbooks in `workbooks`."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from records.exchange.tables import cells, charsets, workbooks
from records.exchange.tables.cells import Cell
from records.exchange.tables.fields import FIELDS
from records.exchange.tables.limits import HEADER_WITHIN, MOST_BYTES, MOST_COLUMNS, MOST_ROWS
from records.exchange.tables.plan import Plan, folded
from records.exchange.translating import Untranslatable

SEPARATORS = (",", "\t", ";", "|")
Row = tuple[int, Sequence[Cell]]
KNOWN = frozenset(folded(header) for one in FIELDS.values() for header in one.headers)
_AT_LEAST_KNOWN = 3


class NoHeader(Untranslatable):
    """The header was not found; `known` says how many of its columns were."""

    def __init__(self, explanation: str, known: int) -> None:
        super().__init__(explanation)
        self.known = known


@dataclass(frozen=True)
class Table:
    """A table that has been read: its header, and the rows below with their numbers in the file (from 1)."""

    kind: str
    header_number: int
    header: tuple[str, ...]
    rows: tuple[Row, ...]
    codec: str = ""
    separator: str = ""
    sheet: str = ""

    def places(self) -> dict[str, int]:
        """Where each column is, by its header as it is compared."""
        return {folded(name): place for place, name in enumerate(self.header) if name}


def read_table(raw: bytes, charset: str, plan: Plan | None) -> Table:
    """The table in `raw`, its header the one that `plan` asks for (without a plan: the one with most known names).

    Raises Untranslatable: too large, undecodable, no header, quotes that do not close.
    """
    if len(raw) > MOST_BYTES:
        raise Untranslatable(f"文件超过 {MOST_BYTES // 1024 // 1024} MB。请按日期拆成几个文件。")
    if not raw.strip():
        raise Untranslatable("文件是空的。")
    kind = workbooks.kind_of(raw)
    return _of_workbook(raw, kind, plan) if kind else _of_text(raw, charset, plan)


def _of_workbook(raw: bytes, kind: str, plan: Plan | None) -> Table:
    wanted = plan.sheet if plan else ""
    found: list[Table] = []
    missed: Untranslatable | None = None
    for name, grid in workbooks.sheets(raw, kind, wanted):
        rows = [(number, row) for number, row in enumerate(grid, start=1)]
        try:
            place = _header_place(rows, plan)
        except Untranslatable as problem:
            missed = missed or problem
            continue
        found.append(_made(kind, rows, place, sheet=name))
    if len(found) > 1:
        raise Untranslatable("有几个工作表都有这样的表头。请在列对照的 sheet 里写明用哪一个。")
    if not found:
        raise missed or Untranslatable("文件里没有可见的工作表，或者没有列对照的 sheet 写的工作表。")
    return found[0]


def _of_text(raw: bytes, charset: str, plan: Plan | None) -> Table:
    text, codec = charsets.decode(raw, charset)
    text = text.removeprefix("\ufeff")
    given = plan.separator if plan else ""
    found = _with_separator(text, (given,) if given else SEPARATORS, plan)
    rows = list(_records(text, found, MOST_ROWS + HEADER_WITHIN))
    if len(rows) > MOST_ROWS:
        raise Untranslatable(f"表格超过 {MOST_ROWS} 行。请按日期拆成几个文件。")
    return _made("csv", rows, _header_place(rows, plan), codec=codec, separator=found)


def _with_separator(text: str, separators: Sequence[str], plan: Plan | None) -> str:
    """The separator with which the header is found; with which it has most columns, where several do."""
    best, columns = "", 0
    missed: list[NoHeader] = []
    for one in separators:
        try:
            head = _head(text, one, max(HEADER_WITHIN, plan.header_row if plan else 0))
            width = len(head[_header_place(head, plan)][1])
        except NoHeader as problem:
            missed.append(problem)
            continue
        if width > columns:
            best, columns = one, width
    if not best:
        raise max(missed, key=lambda problem: problem.known)
    return best


def _head(text: str, separator: str, most: int) -> list[Row]:
    """The first records, as far as they can be told apart."""
    found: list[Row] = []
    with suppress(Untranslatable):
        found.extend(_records(text, separator, most))
    return found


def _records(text: str, separator: str, most: int) -> Iterator[Row]:
    """The records of separated text, each with the line on which it begins; line breaks inside quotes are content."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    begins = 1
    try:
        for record in islice(reader, most):
            if len(record) > MOST_COLUMNS:
                raise Untranslatable(f"第 {begins} 行超过 {MOST_COLUMNS} 列，可能是分隔符不对。")
            yield begins, record
            begins = reader.line_num + 1
    except csv.Error:
        why = f"从第 {begins} 行起引号没有成对，或分隔符不对，后面的行不能可靠地分开。请机构改正后重新导出。"
        raise Untranslatable(why) from None


def _made(kind: str, rows: list[Row], place: int, **more: str) -> Table:
    number, header = rows[place]
    names = _numbered([cells.text(cell) for cell in header])
    below = tuple(row for row in rows[place + 1 :] if any(cells.text(cell) for cell in row[1]))
    return Table(kind, number, tuple(names), below, **more)


def _numbered(names: list[str]) -> list[str]:
    """A name that comes twice is told apart by its turn: 结果#1, 结果#2."""
    count, seen = Counter(folded(name) for name in names if name), Counter[str]()
    for place, name in enumerate(names):
        if count[folded(name)] > 1:
            seen[folded(name)] += 1
            names[place] = f"{name}#{seen[folded(name)]}"
    return names


def _header_place(rows: Sequence[Row], plan: Plan | None) -> int:
    """Which row is the header; raises Untranslatable saying which columns are missing."""
    given = [place for place, row in enumerate(rows) if plan and row[0] == plan.header_row]
    if plan is None or not plan.needed():
        return given[0] if given else _likely_header(rows)
    needed = set(plan.needed())
    within = given if plan.header_row else list(range(min(len(rows), HEADER_WITHIN)))
    best: set[str] = set()
    for place in within:
        names = {folded(name) for name in _numbered([cells.text(cell) for cell in rows[place][1]])}
        if needed <= names:
            return place
        best = max(best, needed & names, key=len)
    raise NoHeader(_lacking(plan, best), len(best))


def _lacking(plan: Plan, found: set[str]) -> str:
    if not found:
        return f"前 {HEADER_WITHIN} 行里没有找到列对照写的表头。请核对列对照、字符集和分隔符。"
    names = [name for several in plan.columns.values() for name in several]
    names += [name for item in plan.items for name in (item.column, item.flag_column) if name]
    missing = dict.fromkeys(name for name in names if folded(name) not in found)
    words = "、".join(f"“{name}”" for name in list(missing)[:10])
    return f"表头里没有{words}列。机构改了表头时请修改列对照；同名的列请写成 列名#1、列名#2。"


def _likely_header(rows: Sequence[Row]) -> int:
    counts = [len(KNOWN & {folded(cells.text(cell)) for cell in row}) for _, row in rows[:HEADER_WITHIN]]
    if not counts or max(counts) < _AT_LEAST_KNOWN:
        why = f"前 {HEADER_WITHIN} 行里没有认出表头。请在列对照的 header_row 里写明表头在第几行。"
        raise NoHeader(why, max(counts, default=0))
    return counts.index(max(counts))
