"""Sealing the access log: every event gets a link in its month's chain, within seconds of being written.

The key is the worker's alone, so whoever can write to the database cannot write a link. Events are found by what is
missing, not by a cursor, so one that was committed late is sealed late. What is older than any honest transaction is
left alone: sealing it would make a row that somebody put into the past look genuine (`verify_access_log` reports it).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connections, transaction

from foundation.dated import setting
from foundation.rowsecurity import database
from residents import heads
from residents.canonical import FORM, NOTHING_BEFORE, canonical_sql, mac, month_name, month_of, sealed_text
from residents.log_limits import LATE

BATCH = 5000
MOST_BATCHES = 100
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('residents.seals', 0))"
# From this moment on; an empty chain begins with the first event there is (`least` alone would pass over the null).
SINCE = """
SELECT CASE WHEN count(*) = 0 THEN '-infinity' ELSE least(max(event_at), %s) - %s::interval END
FROM (SELECT event_at FROM residents_seal ORDER BY event_at DESC LIMIT 1) newest
"""
UNSEALED = f"""
SELECT e.at, e.id, {canonical_sql(FORM)} FROM residents_accessevent e
WHERE e.at >= ({SINCE}) AND e.at <= %s AND (e.at, e.id) > (%s::timestamptz, %s::uuid)
  AND NOT EXISTS (
    SELECT 1 FROM residents_seal s WHERE s.event_at = e.at AND s.event_id = e.id
    AND s.month = date_trunc('month', e.at AT TIME ZONE 'Asia/Shanghai') AT TIME ZONE 'Asia/Shanghai')
ORDER BY e.at, e.id LIMIT {BATCH}
"""  # noqa: S608  # columns of FORMS, never input
HEAD = "SELECT position, mac FROM residents_seal WHERE month = %s ORDER BY position DESC LIMIT 1"
INSERT = f"""
INSERT INTO residents_seal (month, position, event_at, event_id, form, mac, sealed_at)
SELECT month, position, event_at, event_id, {FORM}, mac, %s
FROM unnest(%s::timestamptz[], %s::bigint[], %s::timestamptz[], %s::uuid[], %s::bytea[])
  AS link (month, position, event_at, event_id, mac)
"""  # noqa: S608  # a number of this room


class Event(NamedTuple):
    """An event of the log by its key, and as it is written down for sealing."""

    at: datetime
    id: UUID
    canonical: str


class Link(NamedTuple):
    """A new link, in the order of its columns."""

    month: datetime
    position: int
    event_at: datetime
    event_id: UUID
    mac: bytes


FIRST: tuple[Any, UUID] = ("-infinity", UUID(int=0))


def seal_events(now: datetime) -> int:
    """Seal every event that has no link yet, then export the heads; returns how many. Safe to run twice at once."""
    sealed, after = 0, FIRST
    for _batch in range(MOST_BATCHES):
        events = seal_batch(now, after)
        sealed += len(events)
        if len(events) < BATCH:
            break
        after = (events[-1].at, events[-1].id)
    heads.export(now)
    return sealed


def seal_batch(now: datetime, after: tuple[Any, UUID] = FIRST) -> Sequence[Event]:
    """Seal the oldest unsealed events behind the key `after`, in one transaction; returns them."""
    late = timedelta(seconds=setting(LATE, now))
    with transaction.atomic(using=database()), connections[database()].cursor() as cursor:
        cursor.execute(LOCK)
        cursor.execute(UNSEALED, [now, late, now, *after])
        events = [Event(*row) for row in cursor.fetchall()]
        if events:
            columns = [list(column) for column in zip(*_links(cursor, events, now), strict=True)]
            cursor.execute(INSERT, [now, *columns])
    return events


def _links(cursor: Any, events: Sequence[Event], now: datetime) -> list[Link]:
    """The events' links, going on from each month's head."""
    links = []
    chain: dict[datetime, tuple[int, bytes]] = {}
    for event in events:
        month = month_of(event.at)
        position, before = chain.get(month) or _head(cursor, month)
        text = sealed_text(before, FORM, event.canonical, position + 1, month_name(month), now)
        chain[month] = (position + 1, mac(text))
        links.append(Link(month, position + 1, event.at, event.id, chain[month][1]))
    return links


def _head(cursor: Any, month: datetime) -> tuple[int, bytes]:
    cursor.execute(HEAD, [month])
    row = cursor.fetchone()
    return (row[0], bytes(row[1])) if row else (0, NOTHING_BEFORE)
