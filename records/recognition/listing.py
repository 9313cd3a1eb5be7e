"""Fetching results together with the rules they are held against: one statement, however many there are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from foundation.dated import register, setting
from foundation.together import Value, together
from records.opened import OpenedReport
from records.recognition.rules import Book, Mark, Rule, Standing, standing_among
from records.wording import names_findings

READ_RECENT = "records.read_recognised"
RECENT = register("records.recognised_shown", 6, "预约前和窗口最多列出几份可参考互认的报告")


def book_for(openeds: Iterable[OpenedReport], now: datetime) -> Book:
    """The rules and marks that these reports are held against. One statement."""
    return book_from(*together(*asked(openeds, now)))


def asked(openeds: Iterable[OpenedReport], now: datetime) -> tuple[Value, Value]:
    """The rules and the marks that these reports are held against, for `book_from`."""
    openeds = list(openeds)
    codes = sorted({row.code for opened in openeds for row in opened.items if row.code})
    places = sorted({opened.report.facility_id for opened in openeds})
    values = {"today": timezone.localdate(now), "codes": codes, "places": places}
    return Value.named(RULES, values), Value.named(MARKS, values)


def book_from(rules: list[dict[str, Any]] | None, marks: list[dict[str, Any]] | None) -> Book:
    """The book, from what the database made of the two tables."""
    return Book(
        [Rule(**row) for row in rules or ()],
        [
            Mark(
                **row
                | {
                    "facility_id": UUID(row["facility_id"]),
                    "starts_on": date.fromisoformat(row["starts_on"]),
                    "ends_on": date.fromisoformat(row["ends_on"]),
                }
            )
            for row in marks or ()
        ],
    )


# Of each item the newest rule alone; of the marks those that may matter. `codes` and `places` narrow both.
RULES = """SELECT json_agg(r) FROM (
  SELECT DISTINCT ON (category, code_system, code, title)
    category, scope, code_system AS system, code, title, label, valid_days, needs_mark
  FROM records_recognitionrule WHERE starts_on <= %(today)s AND (code = '' OR code = ANY (%(codes)s))
  ORDER BY category, code_system, code, title, starts_on DESC, made_at DESC, id DESC) AS r"""
MARKS = """SELECT json_agg(m) FROM (
  SELECT facility_id, category, code_system AS system, code, title, starts_on, ends_on FROM records_qualitymark
  WHERE facility_id = ANY (%(places)s) AND (code = '' OR code = ANY (%(codes)s))) AS m"""

LISTED = """
WITH listed AS MATERIALIZED (
  SELECT r.id, r.source_id, r.item_identifiers, r.category, r.status, r.title, r.facility_id, r.facility_name,
    r.occurred_at
  FROM records_report r
  WHERE r.resident_id = %(person)s AND r.superseded_at IS NULL AND r.folded_into IS NULL AND r.withdrawn_at IS NULL
    AND r.release = 'released' AND r.sensitivity < 5 AND r.left_at IS NULL AND {which}
), items AS MATERIALIZED (
  SELECT l.id AS report_id, o.id, o.code_system, o.code, o.local_code, o.name, o.occurred_at,
    o.value_number IS NULL AS is_text
  FROM listed l JOIN records_observation o ON o.resident_id = %(person)s AND o.source_id = l.source_id
    AND o.identifier = ANY (l.item_identifiers)
  WHERE o.superseded_at IS NULL AND o.withdrawn_at IS NULL AND o.release = 'released' AND o.sensitivity < 5
), codes AS (SELECT coalesce(array_agg(DISTINCT code), '{{}}') AS every FROM items WHERE code <> ''
), places AS (SELECT coalesce(array_agg(DISTINCT facility_id), '{{}}') AS every FROM listed)
SELECT
  (SELECT json_agg(l ORDER BY l.occurred_at DESC) FROM (
    SELECT id, category, status, title, facility_id, facility_name, occurred_at FROM listed) AS l),
  (SELECT json_agg(i) FROM items AS i),
  ({rules}), ({marks})
"""


def _listed(which: str) -> str:
    rules = RULES.replace("%(codes)s", "(SELECT every FROM codes)::text[]")
    marks = MARKS.replace("%(codes)s", "(SELECT every FROM codes)::text[]")
    marks = marks.replace("%(places)s", "(SELECT every FROM places)::uuid[]")
    return LISTED.format(which=which, rules=rules, marks=marks)


NAMED = _listed("r.id = ANY (%(ids)s)")
LATELY = _listed(
    """r.status IN ('final', 'corrected') AND r.occurred_at >= %(now)s - make_interval(days => coalesce(
      (SELECT max(valid_days)::integer FROM records_recognitionrule WHERE starts_on <= %(today)s), 0) + 1)
    AND r.id IN (SELECT n.id FROM records_report n WHERE n.resident_id = %(person)s AND n.superseded_at IS NULL
      ORDER BY n.issued_at DESC NULLS LAST LIMIT 60)"""
)


@dataclass(frozen=True)
class Listed:
    """A report with what may be said of it, and the names of the results that count."""

    id: UUID
    title: str
    category: str
    status: str
    facility_id: UUID
    facility_name: str
    occurred_at: datetime | None
    standing: Standing = field(default_factory=Standing)
    names: Sequence[str] = ()


def standings(resident_id: UUID, ids: Iterable[UUID], now: datetime) -> dict[UUID, Standing]:
    """What may be said of each of these reports of a person, as far as the session may read them. One statement.

    The caller logs the look.
    """
    return {one.id: one.standing for one in _fetched(NAMED, resident_id, now, ids=list(ids))}


def recent(resident_id: UUID, now: datetime) -> list[Listed]:
    """A person's reports that count now, the newest first, a few. One statement; the caller logs the look."""
    found = [one for one in _fetched(LATELY, resident_id, now) if one.standing.first]
    return found[: setting(RECENT, now)]


def _fetched(statement: str, resident_id: UUID, now: datetime, **more: Any) -> list[Listed]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"person": resident_id, "now": now, "today": timezone.localdate(now), **more})
        reports, items, rules, marks = cursor.fetchone()
    book = book_from(rules, marks)
    of_report: dict[str, list[dict[str, Any]]] = {}
    for item in items or ():
        if not (item["is_text"] and names_findings(item["code"], item["local_code"], item["name"])):
            of_report.setdefault(item["report_id"], []).append(item)
    return [_one(row, of_report.get(row["id"], []), book, now) for row in reports or ()]


def _one(row: dict[str, Any], items: list[dict[str, Any]], book: Book, now: datetime) -> Listed:
    told = row | {
        "id": UUID(row["id"]),
        "facility_id": UUID(row["facility_id"]),
        "occurred_at": _moment(row["occurred_at"]),
    }
    measured = [(UUID(item["id"]), item["code_system"], item["code"], _moment(item["occurred_at"])) for item in items]
    standing = standing_among(Listed(**told), measured, book, now)
    names = dict.fromkeys(item["name"] for item in items if UUID(item["id"]) in standing.items)
    return Listed(**told, standing=standing, names=list(names))


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
