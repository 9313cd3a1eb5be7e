"""Rows that are the same thing, in one line: a medicine from three places, a test done six times.

Only what is certain is put together (anchors, F5). Two rows with the same name are the same; names that differ are the
same where one code of one code system stands for both. A name is compared without spaces, in one width and case. A
strength that is printed in the name keeps two preparations apart whatever their code, for a dose of one is not a dose
of the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db import connections

from foundation.rowsecurity import database
from records.provenance import Provenance
from records.querysets import RecordQuerySet

Row = TypeVar("Row", bound=Provenance)
PAGE = 20
# A test: its code, or where it has none what the source calls it (`Observation.analyte`).
ANALYTE = (
    "CASE WHEN code <> '' THEN code_system || '|' || code || '|' || part"
    " ELSE source_id::text || '|' || local_code || '|' || name || '|' || part END"
)
# One spelling for a name: width and case folded, one kind of brackets, no spaces.
NAMED = "lower(translate(regexp_replace(normalize(name, NFKC), '\\s', '', 'g'), '[]【】〔〕', '()()()'))"
STRENGTH = (
    "coalesce((SELECT string_agg(found[1] || found[2], '+') FROM regexp_matches(lower(normalize(name, NFKC)),"
    " '([0-9.]+)\\s*(mg|ug|μg|mcg|g|ml|iu|u|万?单位|毫克|微克|克|毫升|%%)(?![a-z])', 'g') AS found), '')"
)
CODED = f"CASE WHEN code <> '' AND code_system <> '' THEN code_system || '|' || code || '|' || {STRENGTH} END"

# By name; and names that one code stands for are one.
STATEMENT = f"coalesce(max({CODED}) OVER (PARTITION BY {NAMED}), {NAMED})"
PAGED = (
    # Compared byte by byte: thousands of texts are sorted, and in the order of a language that took the longest.
    'WITH keyed AS (SELECT id, occurred_at, facility_name COLLATE "C" AS facility_name, ({said}) COLLATE "C" AS said,'
    ' ({stack}) COLLATE "C" AS stack FROM ({rows}) AS mine),'
    " stacks AS (SELECT (array_agg(id ORDER BY occurred_at DESC NULLS LAST, id DESC))[1] AS newest, count(*) AS times,"
    " min(occurred_at) AS first, max(occurred_at) AS last, array_agg(DISTINCT facility_name) AS places,"
    " array_agg(DISTINCT said) AS said"
    " FROM keyed GROUP BY stack)"
    " SELECT newest, times, first, last, places, said, count(*) OVER () FROM stacks"
    " ORDER BY last DESC NULLS LAST, newest DESC LIMIT %s OFFSET %s"
)
SAME = (
    "WITH keyed AS (SELECT id, {stack} AS stack FROM ({rows}) AS mine)"
    " SELECT id FROM keyed WHERE stack = (SELECT stack FROM keyed WHERE id = %s)"
)


@dataclass(frozen=True)
class Stack:
    """Rows that are one thing: the newest, how many, from when to when, where, and what they say of `said`."""

    newest: UUID
    times: int
    first: datetime | None
    last: datetime | None
    places: Sequence[str]
    said: Sequence[str]


@dataclass(frozen=True)
class Stacks:
    """A page of stacks, the one with the newest row first, and how many there are in all."""

    shown: Sequence[Stack]
    total: int


def statements(rows: RecordQuerySet[Any], *, page: int = 1, said: str = "''", size: int = PAGE) -> Stacks:
    """Medicines, diagnoses, allergies: what is the same in one stack. `said` is a column whose values are gathered."""
    return _page(STATEMENT, rows, page, said, size)


def tests(rows: RecordQuerySet[Any], *, page: int = 1, size: int = PAGE) -> Stacks:
    """What was measured: one stack a test."""
    return _page(ANALYTE, rows, page, "''", size)


def beside(rows: RecordQuerySet[Any], one: UUID) -> list[UUID]:
    """The ids of all `rows` in the stack of one of them; none where it is not among them."""
    inner, values = rows.order_by().values().query.sql_with_params()
    return [row[0] for row in _asked(SAME.format(stack=STATEMENT, rows=inner), [*values, one])]


def _page(stack: str, rows: RecordQuerySet[Any], page: int, said: str, size: int) -> Stacks:
    inner, values = rows.order_by().values().query.sql_with_params()
    found = _asked(PAGED.format(stack=stack, said=said, rows=inner), [*values, size, (page - 1) * size])
    return Stacks([Stack(*row[:6]) for row in found], found[0][6] if found else 0)


def _asked(text: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connections[database()].cursor() as cursor:
        cursor.execute(text, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def newest_of(rows: RecordQuerySet[Row], stacks: Sequence[Stack]) -> dict[UUID, Row]:
    """The newest row of each stack, by its id. One statement, none without stacks."""
    found = rows.filter(id__in=[stack.newest for stack in stacks]) if stacks else []
    return {row.id: row for row in found}
