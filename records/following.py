"""What was out of range and who sees to it: what a person sees of it, and what the clock does with it.

The database opens and ends these matters with the results themselves (migration 0019); here the time passes. A report
that nobody opens is recalled by a message without content, then the matter is put on the list for calls, then on the
list for visits of the facility where the person is registered. Each step is taken once, however often this runs.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from foundation.dated import register, setting
from records.exchange.transactions import alias
from records.models import FollowThrough, FollowThroughStep, Observation, Report
from residents.access import Viewer
from residents.messages import notify
from residents.models import Notice, Resident

Deed, Level, State = FollowThroughStep.Deed, FollowThrough.Level, FollowThrough.State
NORMAL = {Observation.Flag.NONE, Observation.Flag.NORMAL}
AT_ONCE = 200
DAYS = register("records.follow_days", 14, "异常结果应在收到后多少天内联系本人")
CRITICAL_DAYS = register("records.follow_critical_days", 1, "危急值公开后，应在多少天内联系本人")
HISTORY_DAYS = register("records.follow_history_days", 30, "多少天以前测的异常结果算历史，收到时不再安排联系")
REMIND_DAYS = register("records.follow_remind_days", 3, "有异常的报告多少天没有打开，发一条不带内容的短信")
CALL_DAYS = register("records.follow_call_days", 7, "异常结果多少天没有联系上，列入电话随访名单")
VISIT_DAYS = register("records.follow_visit_days", 14, "异常结果多少天没有联系上，转给建档机构入户随访")


def about(viewer: Viewer, items: Iterable[Observation]) -> list[FollowThrough]:
    """Who sees to these results of the viewer's person; nothing, and no query, where none is out of range."""
    found = asked(viewer, items)
    return [] if found is None else list(found)


def asked(viewer: Viewer, items: Iterable[Observation]) -> QuerySet[FollowThrough] | None:
    """The matters of these results of the viewer's person; None where none is out of range."""
    flagged = [row for row in items if row.flag not in NORMAL]
    if not flagged:
        return None
    days = {timezone.localdate(row.occurred_at or row.received_at) for row in flagged}
    mine = FollowThrough.objects.filter(resident_id=viewer.resident_id, day__in=days)
    mine = mine.filter(facility__in={row.facility_id for row in flagged})
    return mine.exclude(state=State.GONE).select_related("facility", "handed_to")


def sweep(now: datetime) -> None:
    """Carry on what nobody has seen to; each step only where the one before did not help in time."""
    _each(now, REMIND_DAYS, Level.REMINDED, _remind)
    _each(now, CALL_DAYS, Level.CALLS, _list_for_calls)
    _each(now, VISIT_DAYS, Level.VISITS, _list_for_visits)


def _each(now: datetime, days: str, level: int, step: Callable[[FollowThrough, datetime], None]) -> None:
    """Take one step with all matters that wait longer than it allows and have not come so far, some at a time."""
    since = now - timedelta(days=setting(days, now))
    waiting = FollowThrough.objects.filter(state=State.WAITING, level__lt=level, opened_at__lte=since)
    last = UUID(int=0)
    while True:
        with transaction.atomic(using=alias()):
            some = waiting.filter(pk__gt=last).order_by("pk").select_for_update(skip_locked=True)
            found = list(some[:AT_ONCE])
            for case in found:
                step(case, now)
        if len(found) < AT_ONCE:
            return
        last = found[-1].pk


def _remind(case: FollowThrough, now: datetime) -> None:
    """A message that says nothing but that a report waits; none where every report of that day was opened."""
    unread = Report.objects.current().ordinary().in_force().filter(first_seen_at=None, folded_into=None)
    reports = unread.filter(resident_id=case.resident_id, facility_id=case.facility_id, occurred_at__date=case.day)
    report = reports.readable().order_by("pk").first()
    if report:
        notify(resident_id=case.resident_id, kind=Notice.Kind.RESULT_UNREAD, now=now, subject_id=report.pk)
        _went_on(case, Level.REMINDED, Deed.REMINDED, now)


def _list_for_calls(case: FollowThrough, now: datetime) -> None:
    _went_on(case, Level.CALLS, Deed.CALLS, now)


def _list_for_visits(case: FollowThrough, now: datetime) -> None:
    home = Resident.objects.filter(pk=case.resident_id).values_list("facility_id", flat=True).first()
    case.handed_to_id = home if home != case.facility_id else None
    _went_on(case, Level.VISITS, Deed.VISITS, now)


def _went_on(case: FollowThrough, level: int, deed: str, now: datetime) -> None:
    case.level = level
    case.save(update_fields=["level", "handed_to"])
    FollowThroughStep.objects.create(case=case, deed=deed, done_at=now)
