"""One pull: ask since the cursor, store, apply; and when to ask again."""

import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, Q
from django.utils import timezone

from foundation.dated import setting, time_setting
from records.exchange import documents, sqlviews
from records.exchange.connectors import Page
from records.exchange.connectors.fhir import FhirConnector
from records.exchange.http import Asker
from records.exchange.limits import BACK_OFF_HOURS, NIGHT, WIDE_HOURS
from records.exchange.models import Pull, Source
from records.exchange.pacs import asking as pacs
from records.exchange.problems import PullFailed
from records.exchange.runs import LEASE, Clock, Run, Watch, running
from records.exchange.transactions import durable

# A long first load is made safe against interruption every so many pages.
CHECKPOINT = 20
# A server that does not sort is asked for a whole kind at once, as far as the task's time limit lets it.
UNSORTED_SECONDS = 200.0
# The kinds of source that are asked; the others send by themselves.
PULLED = (Source.Kind.FHIR_R4, Source.Kind.SQL_VIEW, Source.Kind.DICOMWEB)


def pull(source_id: UUID, *, clock: Clock, seconds: float | None = None, watch: Watch = lambda progress: None) -> Pull:
    """Pull one source; returns the finished run, succeeded or failed in words. Raises AlreadyRunning.

    With `seconds`, the run stops at the next page after that time, and the rest is due at once.
    """
    with running(source_id, clock, watch) as run:
        _ask_widely_at_night(run)
        try:
            finished = _fetch(run, seconds)
        except PullFailed as problem:
            done = run.close(Pull.Outcome.FAILED, str(problem))
            _schedule_after_failure(run.source, clock())
            return done
        done = run.close(Pull.Outcome.SUCCEEDED)
        _schedule_after_success(run.source, clock(), finished=finished)
        return done


def _fetch(run: Run, seconds: float | None) -> bool:
    """Store and apply page by page; False where time ran out first."""
    source, started = run.source, run.bench.now
    if source.kind == Source.Kind.SQL_VIEW:
        return sqlviews.fetch(run, seconds)
    if source.kind == Source.Kind.DICOMWEB:
        return pacs.fetch(run, seconds)
    with Asker(source, run.bench.limits) as asker:
        connector = FhirConnector(source.address, asker, run.bench.limits)
        for number, page in enumerate(_pages(connector, source, started), start=1):
            out_of_time = seconds is not None and _is_enough(page, run.clock() - started, seconds)
            move = page.must_move or out_of_time or number % CHECKPOINT == 0
            if page.document:
                documents.keep(page.document.raw, source, page.document.layout, page.document.name, run.clock())
            run.receive(page.entries, page.neighbours, cursor=page.cursor if move else {})
            if out_of_time:
                return False
    return True


def _is_enough(page: Page, passed: timedelta, seconds: float) -> bool:
    """Whether a run stops at this page. One that cannot be gone on with from here would only begin anew each time."""
    return passed > timedelta(seconds=seconds if page.cursor else max(seconds, UNSORTED_SECONDS))


def _ask_widely_at_night(run: Run) -> None:
    """The first run of a night asks for what changed in the last days, whatever the cursor says.

    A message may get its time when a facility's program begins with it, and become visible long after the cursor has
    passed that time. What came before is repeated, and adds nothing.
    """
    now, limits = run.bench.now, run.bench.limits
    today = timezone.localtime(now)
    begun = datetime.combine(today.date(), time_setting(NIGHT, now), today.tzinfo)
    since = begun if begun <= now else begun - timedelta(days=1)
    if run.source.last_success_at and run.source.last_success_at >= since:
        return
    wide = max(limits.overlap, timedelta(hours=setting(WIDE_HOURS, now)))
    run.bench = replace(run.bench, limits=replace(limits, overlap=wide))


def _pages(connector: FhirConnector, source: Source, now: datetime) -> Iterator[Page]:
    return connector.pages(source.cursor, now)


def due(now: datetime) -> list[UUID]:
    """The sources whose time has come; each is put off by its interval, so a lost message is only late.

    Of those that failed when they were last asked, one at a time: each may hang until its deadline, and all together
    would keep every worker from the sources that answer.
    """
    with durable():
        rows = (
            Source.objects.select_for_update(skip_locked=True)
            .filter(Q(next_pull_at=None) | Q(next_pull_at__lte=now))
            .filter(kind__in=PULLED, state=Source.State.ENABLED)
            .order_by(F("next_pull_at").asc(nulls_first=True), "id")
        )
        sound = [source for source in rows if not source.failures]
        suspects = [source for source in rows if source.failures]
        found = [*sound, *([] if suspects and _a_suspect_is_asked(now) else suspects[:1])]
        for source in found:
            source.next_pull_at = now + timedelta(minutes=source.interval_minutes)
            source.save(update_fields=["next_pull_at"])
    return [source.pk for source in found]


def is_due(source_id: UUID, now: datetime) -> bool:
    """Whether the time of one source has come."""
    return Source.objects.filter(pk=source_id, next_pull_at__lte=now, state=Source.State.ENABLED).exists()


def _a_suspect_is_asked(now: datetime) -> bool:
    """Whether a source that failed when it was last asked is being asked now."""
    at_work = Pull.objects.filter(outcome=Pull.Outcome.RUNNING, alive_at__gt=now - LEASE)
    return at_work.filter(source__failures__gt=0, source__kind__in=PULLED).exists()


def _schedule_after_success(source: Source, now: datetime, *, finished: bool) -> None:
    pause = timedelta(minutes=source.interval_minutes) if finished else timedelta()
    Source.objects.filter(pk=source.pk).update(failures=0, last_success_at=now, next_pull_at=now + pause)


def _schedule_after_failure(source: Source, now: datetime) -> None:
    pause = back_off(source, source.failures + 1, now)
    Source.objects.filter(pk=source.pk).update(failures=F("failures") + 1, next_pull_at=now + pause)


def back_off(source: Source, failures: int, now: datetime) -> timedelta:
    """How long to leave a failing facility alone: twice as long each time, up to a limit, never all at one moment."""
    longest = setting(BACK_OFF_HOURS, now) * 60
    minutes = min(source.interval_minutes * 2 ** min(failures - 1, 16), longest)
    jitter = 1 + secrets.randbelow(100) / 1000
    return timedelta(minutes=minutes * jitter)
