"""Keeping summaries: what is due is worked out anew by the worker, as often as somebody asks.

Triggers write `SummaryDue` in the transaction of each change. Here such marks are taken away first and the tables read
afterwards, so a change that commits in between leaves a mark of its own, and its summary is worked out once more.
"""

import json
import time
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import connections, router, transaction

from records.models import Summary, SummaryDue
from records.summaries.building import Contents, Hidden, work_out

AT_ONCE = 100
# Only one at a time writes summaries: an older one never takes the place of a newer one.
_ALONE = "SELECT pg_try_advisory_xact_lock(hashtextextended('records.summaries', 0))"
_DUE = """SELECT resident_id FROM (
  SELECT resident_id, min(id) AS since FROM records_summarydue GROUP BY resident_id ORDER BY since LIMIT %s
) AS oldest ORDER BY resident_id"""
# What waits for a doctor, or by its person's own wish for a doctor's comment.
_HIDDEN = """SELECT app.held_items_of(who) || app.awaited_items_of(who), app.held_reports_of(who)
  || app.awaited_reports_of(who) FROM (SELECT %s::uuid[]) AS persons (who)"""
_WRITE = """
INSERT INTO records_summary (resident_id, part, content, built_at) VALUES (%s, %s, %s::jsonb, %s)
ON CONFLICT (resident_id, part) DO UPDATE SET content = EXCLUDED.content, built_at = EXCLUDED.built_at
"""


def _alias() -> str:
    return router.db_for_write(Summary)


def sweep(now: datetime, seconds: float) -> int:
    """Work out what is due, the longest waiting first, for so many seconds at most; returns for how many persons."""
    done, until = 0, time.monotonic() + seconds
    while time.monotonic() < until and (found := _batch(now)):
        done += found
    return done


def mark_everybody() -> None:
    """Let every summary be worked out anew."""
    with connections[_alias()].cursor() as cursor:
        cursor.execute("INSERT INTO records_summarydue (resident_id) SELECT id FROM residents_resident ORDER BY id")


def waiting() -> int:
    """For how many persons a summary is due."""
    return SummaryDue.objects.values("resident_id").distinct().count()


def _batch(now: datetime) -> int:
    with transaction.atomic(using=_alias()), connections[_alias()].cursor() as cursor:
        cursor.execute(_ALONE)
        row = cursor.fetchone()
        if not row or not row[0]:
            return 0
        cursor.execute(_DUE, [AT_ONCE])
        residents = [person for (person,) in cursor.fetchall()]
        if residents:
            rebuild(residents, now)
        return len(residents)


def rebuild(residents: Sequence[UUID], now: datetime) -> None:
    """Take the marks of these persons away and write their summaries; inside the caller's transaction and lock."""
    with connections[_alias()].cursor() as cursor:
        cursor.execute("DELETE FROM records_summarydue WHERE resident_id = ANY (%s)", [list(residents)])
        cursor.execute(_HIDDEN, [list(residents)])
        items, reports = cursor.fetchone() or ((), ())
        contents = work_out(residents, Hidden(items, reports))
        cursor.executemany(_WRITE, [line for person in residents for line in _lines(person, contents[person], now)])


def _lines(person: UUID, of_person: Contents, now: datetime) -> list[tuple[UUID, str, str, datetime]]:
    return [
        (person, Summary.Part.RECORDS.value, json.dumps(of_person.records, ensure_ascii=False), now),
        (person, Summary.Part.RESULTS.value, json.dumps(of_person.results, ensure_ascii=False), now),
    ]
