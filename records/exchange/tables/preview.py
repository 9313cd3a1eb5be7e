"""What staff see while they edit a column mapping: the first rows, what each becomes, and what is wrong."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from records.exchange.tables import cells
from records.exchange.tables.assembling import assemble
from records.exchange.tables.fields import FIELDS
from records.exchange.tables.grids import Table, read_table
from records.exchange.tables.lines import Line, Reader
from records.exchange.tables.plan import Plan, read_plan
from records.exchange.tables.problems import BadPlan, BadRow
from records.exchange.tables.suggesting import check, suggest
from records.exchange.translating import Setup, Untranslatable

WORDS = {"female": "女", "male": "男", "unknown": "未知"}
WORDS |= {"final": "正式", "preliminary": "初步", "corrected": "已更正", "cancelled": "已取消"}
WORDS |= {"entered-in-error": "已撤回"}


@dataclass(frozen=True)
class Shown:
    """One row: what stands in it, what it becomes (label and content; as a whole), and what is wrong with it."""

    number: int
    cells: tuple[str, ...]
    becomes: tuple[tuple[str, str], ...] = ()
    problem: str = ""
    line: Line | None = None


@dataclass(frozen=True)
class Preview:
    """A table as a mapping reads it; `problem` where it cannot be read at all."""

    problem: str = ""
    sentences: tuple[str, ...] = ()
    kind: str = ""
    codec: str = ""
    separator: str = ""
    sheet: str = ""
    header_number: int = 0
    header: tuple[str, ...] = ()
    suggestion: dict[str, Any] = field(default_factory=dict)
    rows: tuple[Shown, ...] = ()
    total: int = 0
    bad: int = 0
    patients: int = 0
    reports: int = 0


def preview(raw: bytes, setup: Setup, rows: int = 10) -> Preview:
    """How the table would be read; never raises. Bad rows that come later are shown after the first `rows` ones."""
    plan, faults = _plan(setup)
    try:
        table = read_table(raw, setup.charset, plan)
    except Untranslatable as problem:
        return Preview(problem=problem.explanation, sentences=tuple(faults))
    if plan is None:
        return _unread(table, rows, faults)
    assembled = assemble(table, plan)
    chosen = [row for place, row in enumerate(table.rows) if place < rows or row[0] in assembled.bad][: 2 * rows]
    reader = Reader(plan, table.places(), len(table.header))
    return replace(
        _about(table),
        sentences=tuple(check(setup.columns, table.header)),
        rows=tuple(_shown(reader, number, row, assembled.bad.get(number, "")) for number, row in chosen),
        bad=len(assembled.bad),
        patients=len(assembled.patients),
        reports=len(assembled.reports),
    )


def _plan(setup: Setup) -> tuple[Plan | None, list[str]]:
    try:
        return read_plan(setup.columns), []
    except BadPlan as problem:
        return None, problem.sentences


def _unread(table: Table, rows: int, faults: list[str]) -> Preview:
    shown = tuple(Shown(number, _texts(row)) for number, row in table.rows[:rows])
    return replace(_about(table), sentences=tuple(faults), rows=shown)


def _about(table: Table) -> Preview:
    return Preview(
        kind=table.kind,
        codec=table.codec,
        separator=table.separator,
        sheet=table.sheet,
        header_number=table.header_number,
        header=table.header,
        suggestion=suggest(table.header),
        total=len(table.rows),
    )


def _texts(row: Sequence[cells.Cell]) -> tuple[str, ...]:
    return tuple(cells.text(cell)[:200] for cell in row)


def _shown(reader: Reader, number: int, row: Sequence[cells.Cell], problem: str) -> Shown:
    try:
        line = reader.line(number, row)
        return Shown(number, _texts(row), tuple(_becomes(line)), problem, line)
    except BadRow as why:
        return Shown(number, _texts(row), problem=problem or why.sentence)


def _becomes(line: Line) -> list[tuple[str, str]]:
    said = [(FIELDS[name].label, WORDS.get(value, value)) for name, value in line.person]
    said.append(("报告编号", line.report))
    said += [(FIELDS[name].label, WORDS.get(value, value)) for name, value in line.said]
    for result in line.results:
        span = result.range or "-".join(filter(None, (result.low, result.high)))
        parts = (result.value, result.unit, f"（{span}）" if span else "", result.flag)
        said.append((result.name, " ".join(filter(None, parts))))
    return said
