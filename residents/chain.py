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
from residents.canonical import FORM, NOTHING_BEFORE, SHANGHAI, canonical_sql, mac, month_name, month_of, sealed_text
from residents.heads import HEAD, LOCK
from residents.log_limits import LATE

BATCH = 5000
MOST_BATCHES = 100
NEWEST = "SELECT event_at FROM residents_seal ORDER BY event_at DESC LIMIT 1"
# Batches are cut by key first, so that each statement is bounded on both sides whatever the planner knows.
BATCH_END = """
SELECT at, id FROM (
  SELECT at, id FROM residents_accessevent WHERE (at, id) > (%s, %s) AND at <= %s ORDER BY at, id LIMIT %s) batch
ORDER BY at DESC, id DESC LIMIT 1
"""
UNSEALED = f"""
SELECT e.at, e.id, {canonical_sql(FORM)} FROM residents_accessevent e
WHERE e.at >= %(first)s AND e.at <= %(last)s
  AND (e.at, e.id) > (%(first)s, %(first_id)s) AND (e.at, e.id) <= (%(last)s, %(last_id)s)
  AND NOT EXISTS (
    SELECT 1 FROM residents_seal s WHERE s.event_at = e.at AND s.event_id = e.id
    AND s.event_at >= %(first)s AND s.event_at <= %(last)s)
ORDER BY e.at, e.id
"""  # noqa: S608  # columns of FORMS, never input
INSERT = """
INSERT INTO residents_seal (month, position, event_at, event_id, form, mac, sealed_at)
SELECT month, position, event_at, event_id, %s, mac, %s
FROM unnest(%s::timestamptz[], %s::bigint[], %s::timestamptz[], %s::uuid[], %s::bytea[])
  AS link (month, position, event_at, event_id, mac)
"""


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


class Key(NamedTuple):
    """A place in the log."""

    at: datetime
    id: UUID


def seal_events(now: datetime) -> int:
    """Seal every event that has no link yet, then export the heads; returns how many. Safe to run twice at once."""
    sealed, after = 0, start(now)
    for _batch in range(MOST_BATCHES):
        count, end = seal_batch(now, after)
        if end is None:
            break
        sealed, after = sealed + count, end
    heads.export(now)
    return sealed


def start(now: datetime) -> Key:
    """From where on the log may hold unsealed events: some minutes before the newest sealed one, or its beginning."""
    with connections[database()].cursor() as cursor:
        cursor.execute(NEWEST)
        row = cursor.fetchone()
    if row is None:
        return Key(datetime(1970, 1, 1, tzinfo=SHANGHAI), UUID(int=0))
    return Key(min(row[0], now) - timedelta(seconds=setting(LATE, now)), UUID(int=0))


def seal_batch(now: datetime, after: Key) -> tuple[int, Key | None]:
    """Seal what is unsealed among the next events behind `after`, in one transaction.

    Returns how many were sealed, and the last event looked at (None where there is none behind `after`).
    """
    with transaction.atomic(using=database()), connections[database()].cursor() as cursor:
        cursor.execute(LOCK)
        cursor.execute(BATCH_END, [*after, now, BATCH])
        row = cursor.fetchone()
        if row is None:
            return 0, None
        end = Key(*row)
        between: dict[str, Any] = {"first": after.at, "first_id": after.id, "last": end.at, "last_id": end.id}
        cursor.execute(UNSEALED, between)
        events = [Event(*row) for row in cursor.fetchall()]
        if events:
            columns = [list(column) for column in zip(*_links(cursor, events, now), strict=True)]
            cursor.execute(INSERT, [FORM, now, *columns])
    return len(events), end


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
