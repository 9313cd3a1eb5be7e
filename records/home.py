"""The door to the first page of a record: what it shows, where it comes from, and since when it is new."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connections

from foundation.dated import register, setting
from foundation.rowsecurity import database
from records.access import READ_SUMMARY, Coverage, coverage
from records.summaries import reading
from records.summaries.reading import Read
from residents.access import Viewer, record_event

VISIT_MINUTES = register("records.visit_minutes", 30, "离上次查看档案多少分钟后，再打开算新的一次（“上次来看是…”）")

_LOOK = """
INSERT INTO records_look AS look (account_id, resident_id, seen_at, since_at) VALUES (%(who)s, %(whom)s, %(now)s, NULL)
ON CONFLICT (account_id, resident_id) DO UPDATE SET seen_at = greatest(look.seen_at, EXCLUDED.seen_at),
  since_at = CASE WHEN look.seen_at < %(visit)s THEN look.seen_at ELSE look.since_at END
RETURNING since_at
"""


@dataclass(frozen=True)
class Home:
    """What the first page is made of. `since`: when this account's visit before this one ended; None at the first."""

    read: Read
    coverage: Coverage
    since: datetime | None


def home_for(viewer: Viewer, since: datetime | None, *, now: datetime) -> Home:
    """The first page of a record, with what is new to whoever `looked`; the look is written down."""
    found = reading.read(viewer.resident_id)
    record_event(viewer=viewer, action=READ_SUMMARY, now=now)
    return Home(found, coverage(), since)


def looked(viewer: Viewer, now: datetime) -> datetime | None:
    """Remember this look, and say when the visit before this one ended.

    What staff look at in an opening stays new to the person, and to themselves.
    """
    if viewer.opening_id is not None:
        return None
    visit = now - timedelta(minutes=setting(VISIT_MINUTES, now))
    values: dict[str, Any] = {"who": viewer.account_id, "whom": viewer.resident_id, "now": now, "visit": visit}
    with connections[database()].cursor() as cursor:
        cursor.execute(_LOOK, values)
        row = cursor.fetchone()
    return row[0] if row else None
