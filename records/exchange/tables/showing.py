"""What the mapping's page shows of a sample: what its first rows become, which are refused, no whole ID number."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from records.exchange.tables import cells
from records.exchange.tables.choosing import MEANINGS
from records.exchange.tables.fields import WORDS_OF
from records.exchange.tables.grids import Table
from records.exchange.tables.lines import Line, Result
from records.exchange.tables.plan import folded
from records.exchange.tables.preview import WORDS, Preview, Shown
from residents.presenters import masked_number

# Whatever has so many digits may be the number of an identity card, in whichever column it stands.
_LONG_NUMBER = re.compile(r"[0-9０-９]{14,}[0-9０-９XxＸｘ]")
_FLAGS = dict(MEANINGS["flag"])
MOST_RESULTS = 12
LOOKED_AT = 5000
MOST_WORDS = 10


@dataclass(frozen=True)
class ShownResult:
    """A result as it would stand in the report."""

    name: str
    value: str
    unit: str
    range: str
    flag: Any


@dataclass(frozen=True)
class ShownRow:
    """A row: whose, of which report, when, its results; what is wrong with it; what stands in it."""

    number: int
    person: str
    report: str
    title: str
    state: str
    time: str
    results: list[ShownResult]
    more: int
    words: str
    problem: str
    cells: list[str]


def masked(text: str) -> str:
    """The text without a whole ID number."""
    return _LONG_NUMBER.sub(lambda found: masked_number(found[0]), text)


def shown_rows(preview: Preview) -> list[ShownRow]:
    """The rows of a preview as the page shows them."""
    return [_row(row) for row in preview.rows]


def shown_cells(table: Table, rows: int) -> list[list[str]]:
    """The first rows of a table of which no more is known."""
    return [_cells(tuple(map(cells.text, row))) for _, row in table.rows[:rows]]


def _cells(texts: Sequence[str]) -> list[str]:
    return [masked(text[:60]) for text in texts]


def _row(row: Shown) -> ShownRow:
    line, raw = row.line, _cells(row.cells)
    if line is None:
        return ShownRow(row.number, "", "", "", "", "", [], 0, "", row.problem, raw)
    results = [_result(one) for one in line.results[:MOST_RESULTS]]
    return ShownRow(
        number=row.number,
        person=_person(line),
        report=masked(line.report),
        title=masked(line.get("report_title") or line.get("report_category")),
        state=WORDS.get(line.get("report_status"), ""),
        time=(line.get("sampled_at") or line.get("reported_at")).replace("T", " ")[:16],
        results=results,
        more=max(len(line.results) - MOST_RESULTS, 0),
        words=masked("；".join(filter(None, (line.get("findings"), line.get("impression"))))[:200]),
        problem=row.problem,
        cells=raw,
    )


def _person(line: Line) -> str:
    said = dict(line.person)
    number = said.get("document_number", "")
    local = "" if line.patient[0] == "report" and len(line.patient) == 3 else "-".join(line.patient)
    parts = [said.get("name", ""), WORDS.get(said.get("sex", ""), ""), said.get("birth_date", "")[:10]]
    return " ".join(filter(None, [*parts, masked_number(number) if number else "", masked(local)]))


def _result(result: Result) -> ShownResult:
    span = result.range or "-".join(filter(None, (result.low, result.high)))
    flag = _FLAGS.get(result.flag, result.flag)
    return ShownResult(masked(result.name), masked(result.value), result.unit, span, flag)


def unknown_words(table: Table, mapping: Mapping[str, Any]) -> dict[str, list[str]]:
    """How the sample writes sex, state and flag where the portal does not know the word."""
    places, found = table.places(), {}
    for name in MEANINGS:
        given = mapping.get("columns", {}).get(name, [])
        columns = [given] if isinstance(given, str) else given
        wanted = [places[folded(column)] for column in columns if folded(column) in places]
        said = {cells.text(row[place]) for _, row in table.rows[:LOOKED_AT] for place in wanted if place < len(row)}
        fresh = sorted(word for word in said if word and word.casefold() not in WORDS_OF[name])
        found[name] = [word for word in fresh if len(word) <= 20 and masked(word) == word][:MOST_WORDS]
    return found
