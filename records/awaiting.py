"""Reports that their person wishes to hear of after a clinician's comment, as the person and the clock see them.

The database hides them from the person's own sessions (migration 0024): lists, search, counts and programs alike. It
is the person's own wish, so whoever wishes looks at once. What the facility or the county holds back is another matter
(`records.pending`), and the later of both counts. A critical value never waits here: a doctor calls.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connections, transaction
from django.db.models import QuerySet
from django.utils.functional import Promise

from foundation.rowsecurity import asked, database
from records.exchange import opening
from records.exchange.transactions import alias
from records.models import Awaited, Report
from records.provenance import Provenance
from residents.access import Viewer, record_event
from residents.models import Hearing

SAW = "records.looked_before_comment"
AT_ONCE = 200
OVER = """
SELECT a.id, app.awaited_state(a) FROM records_awaited a
WHERE a.announced_at IS NULL AND app.awaited_state(a) <> 'waits' ORDER BY a.until LIMIT %s FOR UPDATE SKIP LOCKED
"""


@dataclass(frozen=True)
class Waiting:
    """One report that waits: of which kind, from where, since when and until when at the latest; no content."""

    id: UUID
    report: UUID
    category: str
    facility_name: str
    held_at: datetime
    until: datetime

    @property
    def title(self) -> "str | Promise":
        """Which kind of result it is."""
        return Hearing.Category(self.category).label


def waiting_of(viewer: Viewer) -> Sequence[Waiting]:
    """What of the viewer's own waits, the newest first; nothing, and no statement, for whoever acts for another."""
    if not viewer.is_self:
        return []
    with connections[database()].cursor() as cursor:
        cursor.execute("SELECT id, report, category, facility_name, held_at, until FROM app.my_awaited()")
        return [Waiting(*row) for row in cursor.fetchall()]


def report_for(viewer: Viewer, report_id: UUID) -> Waiting | None:
    """One report of the viewer's own that waits, or None."""
    return next((one for one in waiting_of(viewer) if one.report == report_id), None)


def see_now(viewer: Viewer, waiting_id: UUID, *, now: datetime) -> UUID | None:
    """End the wait because the person looks now; the report to open, or None for what is not the viewer's own."""
    report: UUID | None = asked("SELECT app.see_awaited(%s)", [waiting_id]) if viewer.is_self else None
    if report is not None:
        record_event(viewer=viewer, action=SAW, now=now)
    return report


def comment_on(report: Provenance) -> Awaited | None:
    """What a clinician said of a report, or None; one statement."""
    return comments_on(report).first()


def comments_on(report: Provenance) -> QuerySet[Awaited]:
    """What a clinician said of a report, one row at most."""
    same = Awaited.objects.filter(
        resident_id=report.resident_id, source_id=report.source_id, identifier=report.identifier
    )
    return same.exclude(comment="")


def sweep(now: datetime) -> int:
    """End what waits no longer and tell the person of it; safe to repeat. Returns how many reports those were."""
    with transaction.atomic(using=alias()):
        with connections[alias()].cursor() as cursor:
            cursor.execute(OVER, [AT_ONCE])
            over = dict(cursor.fetchall())
        found = list(Awaited.objects.filter(pk__in=over))
        for one in found:
            one.how, one.ended_at, one.announced_at = over[one.pk], one.ended_at or now, now
            one.save(update_fields=["how", "ended_at", "announced_at"])
        opening.tell([report for one in found for report in _current(one)], now)
    return len(found)


def _current(one: Awaited) -> Sequence[Report]:
    same = Report.objects.filter(resident_id=one.resident_id, source_id=one.source_id, identifier=one.identifier)
    return list(same.filter(superseded_at=None, first_seen_at=None))
