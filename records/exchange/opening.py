"""What opens by itself when its time has come, who is told then, and whom it alarms that nobody calls.

Each step is one transaction that can be repeated: a sweep that dies leaves rows which the next one finds.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connections, transaction
from django.db.models import QuerySet

from foundation.dated import register, setting
from records.exchange import folding
from records.exchange.limits import NOTICE_DAYS
from records.exchange.models import CriticalCase, CriticalSubject
from records.exchange.recording import MODELS, TOLD_OF
from records.exchange.transactions import alias
from records.models import Observation, Report
from records.provenance import Provenance
from records.release import SPECIAL, Release
from residents.messages import notify_again, tell_staff
from residents.models import Delivery, Notice

ALARM_MINUTES = register("records.critical_alarm_minutes", 60, "危急值收到后多少分钟没有联系到本人就提醒负责人")
AT_ONCE = 200
SAME = """
SELECT r.id FROM records_observation o CROSS JOIN LATERAL app.same_results(o) AS t
JOIN records_report r ON r.resident_id = t.resident_id AND r.source_id = t.source_id
  AND t.identifier = ANY (r.item_identifiers) AND r.superseded_at IS NULL
WHERE o.resident_id = %s AND o.id = %s
"""


def sweep(now: datetime) -> None:
    """Open what is due, tell people of what has opened, and alarm about what nobody sees to."""
    open_due(now)
    while announce(now):
        pass
    alarm(now)


def open_due(now: datetime) -> None:
    """Release what has waited long enough; the cases of critical results end with them, by the database."""
    for model in MODELS.values():
        due = model._default_manager.filter(release=Release.PENDING, release_at__lte=now)
        with transaction.atomic(using=alias()):
            rows = list(due.select_for_update(skip_locked=True)[:AT_ONCE])
            model._default_manager.filter(
                resident_id__in={row.resident_id for row in rows}, id__in=[row.id for row in rows]
            ).update(release=Release.RELEASED)
            tell(opened_with(rows), now)


def opened_with(rows: Sequence[Provenance]) -> list[Report]:
    """The reports among rows just released, and those that name one of them which no doctor was to tell."""
    reports = {row.id for row in rows if isinstance(row, Report)}
    found = list(Report.objects.filter(id__in=reports)) if reports else []
    for row in rows:
        if isinstance(row, Observation) and row.ruled_by is not None:
            found += naming(row)
    return found


def naming(item: Observation | CriticalSubject) -> QuerySet[Report]:
    """The reports that name a result, in all versions."""
    mine = Report.objects.filter(resident_id=item.resident_id, source_id=item.source_id)
    return mine.filter(item_identifiers__contains=[item.identifier])


def repeating(about: CriticalSubject) -> list[Report]:
    """The current reports that name the same result as other feeds brought it (`app.same_results`)."""
    with connections[alias()].cursor() as cursor:
        cursor.execute(SAME, [about.resident_id, about.observation_id])
        ids = [row[0] for row in cursor.fetchall()]
    return list(Report.objects.filter(resident_id=about.resident_id, id__in=ids)) if ids else []


def announce(now: datetime) -> int:
    """Tell people of the reports that a call, the clock or a correction has opened; returns how many cases those were.

    The reports of one case are told of and the case is marked in one transaction. What has opened in two feeds' copies
    is folded before, so that people are told of it once.
    """
    cases = CriticalCase.objects.exclude(state=CriticalCase.State.OPEN).filter(announced_at=None)
    folding.judge(sorted(set(cases.values_list("subject__resident_id", flat=True)[:AT_ONCE])), now)
    with transaction.atomic(using=alias()):
        found = list(cases.select_related("subject").select_for_update(skip_locked=True, of=["self"])[:AT_ONCE])
        for case in found:
            tell([*naming(case.subject), *repeating(case.subject)], now)
        CriticalCase.objects.filter(pk__in=[case.pk for case in found]).update(announced_at=now)
    return len(found)


def tell(reports: Iterable[Report], now: datetime) -> None:
    """Say "a new report" of those that can be read now and are news; also where it had been said before they waited."""
    recent = now - timedelta(days=setting(NOTICE_DAYS, now))
    news = [report for report in reports if _is_there(report) and (report.issued_at or recent) >= recent]
    held = held_reports({report.resident_id for report in news})
    about = list({report.id: (report.resident_id, report.id) for report in news if report.id not in held}.values())
    notify_again(about, kind=Notice.Kind.REPORT_READY, now=now)


def _is_there(report: Report) -> bool:
    current = report.superseded_at is None and report.withdrawn_at is None and report.folded_into is None
    shown = report.release == Release.RELEASED and report.sensitivity < SPECIAL
    return current and shown and report.status in TOLD_OF


def held_reports(residents: Iterable[UUID]) -> set[UUID]:
    """The reports of these persons that name a result which a doctor tells first."""
    with connections[alias()].cursor() as cursor:
        cursor.execute("SELECT app.held_reports_of(%s::uuid[])", [list(residents)])
        return set(cursor.fetchone()[0])


def alarm(now: datetime) -> int:
    """Write to whoever is to see that somebody calls; once for each case, one letter a sweep. Returns how many."""
    late = CriticalCase.objects.filter(
        state=CriticalCase.State.OPEN,
        alarmed_at=None,
        opened_at__lte=now - timedelta(minutes=setting(ALARM_MINUTES, now)),
    )
    with transaction.atomic(using=alias()):
        ids = list(late.select_for_update(skip_locked=True).values_list("pk", flat=True)[:AT_ONCE])
        if ids:
            CriticalCase.objects.filter(pk__in=ids).update(alarmed_at=now)
            tell_staff(Delivery.Template.CRITICAL_WAITS, key=str(ids[0]), now=now)
    return len(ids)
