"""Comparing reads of health data with the access log, day by day, and telling everybody what came of it.

The reads are counted at the connection (`foundation.tally`), the events written by the views: whoever forgets to log a
read, or takes an event away before it was sealed, leaves a count without its event.
"""

import logging
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connections
from django.utils import timezone

from foundation import prepared, tally
from foundation.dated import setting
from foundation.rowsecurity import database
from residents.log_limits import TALLY_DAYS
from residents.models import ReadTally, Reconciliation

# A count and its event come from one request; references repeat after months, so only near ones are compared.
ONE_REQUEST = timedelta(minutes=10)

# A read counts where it was shown: an error, a redirect or a "not found" shows nothing of what was looked up.
COMPARE = """
WITH shown AS (
  SELECT at, reference, view FROM residents_readtally WHERE at >= %(near)s AND at < %(far)s AND status < 300
), written AS (
  SELECT at, reference, action FROM residents_accessevent
  WHERE at >= %(near)s AND at < %(far)s AND resident_id IS NOT NULL AND reference <> ''
), unlogged AS (
  SELECT view FROM shown s WHERE at >= %(start)s AND at < %(end)s AND NOT EXISTS (
    SELECT 1 FROM written w WHERE w.reference = s.reference AND w.at BETWEEN s.at - %(once)s AND s.at + %(once)s)
)
SELECT
  (SELECT count(*) FROM shown WHERE at >= %(start)s AND at < %(end)s),
  (SELECT count(*) FROM written WHERE at >= %(start)s AND at < %(end)s AND action = ANY (%(actions)s)),
  (SELECT count(*) FROM unlogged),
  (SELECT count(*) FROM written w WHERE at >= %(start)s AND at < %(end)s AND action = ANY (%(actions)s) AND NOT EXISTS (
     SELECT 1 FROM shown s WHERE s.reference = w.reference AND s.at BETWEEN w.at - %(once)s AND w.at + %(once)s)),
  (SELECT coalesce(array_agg(DISTINCT view ORDER BY view), '{}') FROM unlogged)
"""

logger = logging.getLogger(__name__)


def keep(reading: tally.Reading) -> None:
    """Write one request's count over the sign-in connection, where the page's own rollback cannot reach it."""
    prepared.insert(
        ReadTally(
            at=reading.at,
            reference=reading.reference,
            view=reading.view[:100],
            statements=reading.statements,
            status=reading.status,
        )
    )


def latest(now: datetime) -> Reconciliation | None:
    """The newest day that was compared, or None before the first."""
    return Reconciliation.objects.filter(day__lt=timezone.localdate(now)).order_by("-day").first()


def troubled(now: datetime) -> list[Reconciliation]:
    """The days, as long as their counts are kept, on which reads and log did not agree; newest first."""
    since = timezone.localdate(now) - timedelta(days=setting(TALLY_DAYS, now))
    return [day for day in Reconciliation.objects.filter(day__gte=since) if day.missing or day.unread]


def reconcile_due(now: datetime) -> int:
    """Compare every finished day that has not been compared, then forget old counts; returns how many days.

    A missed night is made up for; running twice at once gives the same rows.
    """
    days = _due(now)
    for day in days:
        reconcile(day, now)
    too_old = now - timedelta(days=setting(TALLY_DAYS, now))
    ReadTally.objects.filter(at__lt=too_old).delete()
    return len(days)


def reconcile(day: date, now: datetime) -> Reconciliation:
    """Compare one day; the result takes the place of an earlier one."""
    reads, events, missing, unread, views = _compare(day)
    row, _made = Reconciliation.objects.update_or_create(
        day=day,
        defaults=dict(reads=reads, events=events, missing=missing, unread=unread, views=views, finished_at=now),
    )
    if missing or unread:
        logger.error("%s: %s reads without an event (%s), %s events without a read", day, missing, views, unread)
    return row


def _compare(day: date) -> Any:
    start = timezone.make_aware(datetime.combine(day, time.min))
    end = start + timedelta(days=1)
    around: dict[str, Any] = {"start": start, "end": end, "near": start - ONE_REQUEST, "far": end + ONE_REQUEST}
    around |= {"once": ONE_REQUEST, "actions": sorted(tally.ACTIONS)}
    with connections[database()].cursor() as cursor:
        cursor.execute(COMPARE, around)
        return cursor.fetchone()


def _due(now: datetime) -> list[date]:
    """The days after the last comparison (or from the oldest count on) that are over, their last requests included."""
    last = Reconciliation.objects.order_by("-day").first()
    oldest = ReadTally.objects.order_by("at").first()
    if last is not None:
        day = last.day + timedelta(days=1)
    elif oldest is not None:
        day = timezone.localdate(oldest.at)
    else:
        return []
    over = timezone.localdate(now - ONE_REQUEST)
    return [day + timedelta(days=n) for n in range((over - day).days)]
