"""The door to a search: the viewer's own rows are looked through, in one statement, and one line is left in the log.

No index over words: a person's rows lie together, and row-level security draws its line before a word is compared.
What was looked for is never written down (docs/adr/0023).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connections

from foundation.rowsecurity import database
from records.models import Observation
from records.search.places import PLACES, Place
from records.search.words import Question, Span, Word
from residents.access import Viewer, record_event

SEARCHED = "records.searched"
FEW, PAGE, EARLIER = 4, 20, 4


class Find(NamedTuple):
    """A line of the answer, or (`nth` above 1) an earlier row of the same line."""

    place: str
    id: UUID
    at: datetime | None
    title: str
    detail: str | None
    by: str
    facility: str
    value: str
    unit: str
    flag: str
    key: str
    stack: str
    nth: int
    times: int
    line: int
    lines: int


@dataclass(frozen=True)
class Answer:
    """What was found: of each kind its newest lines and how many there are, or one kind's page of lines.

    `reports` are the reports that hold the measured items shown, by the items' keys.
    """

    finds: Sequence[Find]
    reports: dict[str, UUID]
    page: int = 1

    def totals(self) -> dict[str, int]:
        """How many lines of each kind there are."""
        return {find.place: find.lines for find in self.finds}


def answer(viewer: Viewer, question: Question, *, place: str, page: int, now: datetime) -> Answer:
    """Look for `question` in everything the viewer may read; `place` shows one kind alone, a page at a time."""
    if not question:
        return Answer([], {})
    record_event(viewer=viewer, action=SEARCHED, now=now)
    places = [PLACES[place]] if place in PLACES else list(PLACES.values())
    first, last = ((page - 1) * PAGE + 1, page * PAGE) if place in PLACES else (1, FEW)
    parts = [_part(viewer, one, question) for one in places]
    with connections[database()].cursor() as cursor:
        cursor.execute(
            NUMBERED.format(finds=" UNION ALL ".join(text for text, _ in parts)),
            [value for _, values in parts for value in values] + [first, last, EARLIER],
        )
        finds = [Find(*row) for row in cursor.fetchall()]
    return Answer(finds, _reports_of(viewer, finds), page)


NUMBERED = (
    "WITH finds AS MATERIALIZED ({finds}), stacked AS (SELECT *,"
    " row_number() OVER (PARTITION BY place, stack ORDER BY at DESC NULLS LAST, id DESC) AS nth,"
    " count(*) OVER (PARTITION BY place, stack) AS times,"
    " max(at) OVER (PARTITION BY place, stack) AS last FROM finds), lined AS (SELECT *,"
    " dense_rank() OVER (PARTITION BY place ORDER BY last DESC NULLS LAST, stack) AS line FROM stacked), counted AS ("
    "SELECT *, max(line) OVER (PARTITION BY place) AS lines FROM lined)"
    " SELECT place, id, at, title, detail, by, facility, value, unit, flag, key, stack, nth, times, line, lines"
    " FROM counted"
    " WHERE line BETWEEN %s AND %s AND nth <= %s ORDER BY place, line, nth"
)


PART = (
    "SELECT '{place.slug}' AS place, id, {place.at} AS at, {place.shown} AS title, {place.detail} AS detail,"
    " {place.by} AS by, facility_name AS facility, {place.value} AS value, {place.unit} AS unit,"
    ' {place.flag} AS flag, {place.key} AS key, ({place.stack}) COLLATE "C" AS stack'
    " FROM ({rows}) AS mine WHERE {conditions}"
)


def _part(viewer: Viewer, place: Place, question: Question) -> tuple[str, list[Any]]:
    """The statement that looks through one table, and its values in order."""
    rows, values = place.rows(viewer)
    conditions, more = _conditions(viewer, place, question)
    text = PART.format(place=place, rows=rows, conditions=" AND ".join(conditions))
    return text, [*values, *more]


def _conditions(viewer: Viewer, place: Place, question: Question) -> tuple[list[str], list[Any]]:
    every = [_word(place, word) for word in question.words] + ([_span(place, question.span)] if question.span else [])
    if place.model is Observation:
        every.append((NOT_CLOSED, [viewer.resident_id]))
    return [text for text, _ in every], [value for _, values in every for value in values]


# An item stands in a report: where that is kept at the facility, cancelled or withdrawn, the item is not found alone.
NOT_CLOSED = (
    "(source_id, identifier) NOT IN (SELECT source_id, unnest(item_identifiers) FROM records_report"
    " WHERE resident_id = %s AND superseded_at IS NULL AND (withdrawn_at IS NOT NULL OR release <> 'released'"
    " OR sensitivity >= 5 OR status IN ('withdrawn', 'cancelled')))"
)


def _span(place: Place, span: Span) -> tuple[str, list[Any]]:
    return f"({place.at} >= %s AND {place.at} < %s)", [span.since, span.before]


def _word(place: Place, word: Word) -> tuple[str, list[Any]]:
    """The condition for one word: the kind's own name, or any of its columns."""
    if word.typed in place.words:
        return "true", []
    either = list(_ways(place, word))
    return f"({' OR '.join(text for text, _ in either)})", [value for _, values in either for value in values]


def _ways(place: Place, word: Word) -> Iterator[tuple[str, list[Any]]]:
    for names, condition in place.chosen:
        if word.typed in names:
            yield condition, []
    if place.coded and word.codes:
        yield "code = ANY(%s::text[])", [list(word.codes)]
    if place.coded and word.spellings:
        yield "name = ANY(%s::text[])", [list(word.spellings)]
        yield "local_code = ANY(%s::text[])", [list(word.spellings)]
    if word.likes:  # in one go; nobody's words hold the character between the columns
        yield f"concat_ws(chr(31), {', '.join(place.columns)}) LIKE ANY(%s::text[])", [list(word.likes)]
    if word.pattern:
        yield f"concat_ws(' ', {', '.join(place.columns)}) ~* %s", [word.pattern]
    yield "false", []


def _reports_of(viewer: Viewer, finds: Sequence[Find]) -> dict[str, UUID]:
    """The report that each of these measured items stands in, by the item's key. One statement, none without items."""
    keys = [find.key for find in finds if find.key]
    if not keys:
        return {}
    rows, values = PLACES["reports"].rows(viewer)
    with connections[database()].cursor() as cursor:
        cursor.execute(NAMING.format(reports=rows), [*values, [key.partition("|")[2] for key in keys]])
        return {f"{source}|{name}": report for source, name, report in cursor.fetchall()}


NAMING = (
    "SELECT source_id, name, id FROM (SELECT id, issued_at, source_id, unnest(item_identifiers) AS name"
    " FROM ({reports}) AS mine) AS named WHERE name = ANY(%s::text[]) ORDER BY issued_at NULLS FIRST"
)
