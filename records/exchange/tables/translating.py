"""A table as entries: what its good rows say, and each bad row as an entry of its own that is held with the reason."""

import json
from collections.abc import Iterator, Sequence

from records.exchange.bundles import Entry
from records.exchange.hl7v2.naming import identifier
from records.exchange.tables import cells
from records.exchange.tables.assembling import Assembled, assemble
from records.exchange.tables.cells import Cell
from records.exchange.tables.grids import Table, read_table
from records.exchange.tables.lines import Reader
from records.exchange.tables.plan import Plan, read_plan
from records.exchange.tables.problems import BadPlan
from records.exchange.tables.resources import resources
from records.exchange.translating import Setup, Untranslatable


def translate(raw: bytes, setup: Setup) -> Iterator[Entry]:
    """The resources of a table, patients first, then its bad rows in their order; raises Untranslatable."""
    table, plan = opened(raw, setup)
    assembled = assemble(table, plan, setup.tick)
    reader = Reader(plan, table.places(), len(table.header))
    number = 0
    for resource in resources(assembled, plan):
        yield Entry("", resource, number=number)
        number += 1
    for place, row in bad_rows(table, assembled):
        problem = f"第 {place} 行：{assembled.bad[place]}"
        yield Entry(about(reader, row), None, content_of(row), number, problem)
        number += 1


def opened(raw: bytes, setup: Setup) -> tuple[Table, Plan]:
    """The table and how it is to be read; raises Untranslatable for either."""
    try:
        plan = read_plan(setup.columns)
    except BadPlan as problem:
        raise Untranslatable("列对照不能使用：" + "".join(problem.sentences[:3])) from None
    return read_table(raw, setup.charset, plan), plan


def bad_rows(table: Table, assembled: Assembled) -> list[tuple[int, Sequence[Cell]]]:
    """The rows that cannot be taken, as they are in the table."""
    return [(number, row) for number, row in table.rows if number in assembled.bad]


def about(reader: Reader, row: Sequence[Cell]) -> str:
    """What a bad row would have become, as a reference, as far as it says so: its item, else its report."""
    report, item = reader.report_number(row), reader.item(row)
    if not report:
        return ""
    return f"Observation/{identifier(report, item)}" if item else f"DiagnosticReport/{identifier(report)}"


def content_of(row: Sequence[Cell]) -> bytes:
    """A row as bytes: the same row gives the same, wherever it stands and in whatever kind of file."""
    said = [cells.text(cell) for cell in row]
    while said and not said[-1]:
        said.pop()
    return json.dumps(said, ensure_ascii=True, separators=(",", ":")).encode()
