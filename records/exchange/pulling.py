"""One pull: ask since the cursor, store, apply; and when to ask again."""

import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, Q

from foundation.dated import setting
from records.exchange import documents, sqlviews
from records.exchange.connectors.fhir import FhirConnector
from records.exchange.http import Asker
from records.exchange.limits import BACK_OFF_HOURS
from records.exchange.models import Pull, Source
from records.exchange.pacs import asking as pacs
from records.exchange.problems import PullFailed
from records.exchange.runs import LEASE, Clock, Run, Watch, running
from records.exchange.since import Since
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
    if run.source.kind == Source.Kind.DICOMWEB:
        return pacs.fetch(run, seconds)
    since = Since(run.source.cursor, run.bench.limits.overlap, run.bench.now)
    fetch = _fetch_view if run.source.kind == Source.Kind.SQL_VIEW else _fetch_kinds
    return fetch(run, since, seconds)


def _fetch_view(run: Run, since: Since, seconds: float | None) -> bool:
    """A walk that goes on from its middle was perhaps not begun this night, and a first one goes back nowhere."""
    begins = sqlviews.goes_back(run.source)
    run.bench = replace(run.bench, limits=replace(run.bench.limits, overlap=since.overlap()))
    finished = sqlviews.fetch(run, seconds)
    if begins:
        run.move(since.ended())
    return finished


def _fetch_kinds(run: Run, since: Since, seconds: float | None) -> bool:
    """Where a kind fails, the next run begins a round with the patients, who may be all that can be had."""
    try:
        finished = _fetch_pages(run, since, seconds)
    except PullFailed:
        run.move(since.broken_off())
        raise
    if finished:
        run.move(since.ended())
    return finished


def _fetch_pages(run: Run, since: Since, seconds: float | None) -> bool:
    source, started = run.source, run.bench.now
    with Asker(source, run.bench.limits) as asker:
        connector = FhirConnector(source.address, asker, run.bench.limits)
        for number, page in enumerate(connector.pages(since, started), start=1):
            out_of_time = seconds is not None and _is_enough(since.has_moved(page), run.clock() - started, seconds)
            move = page.must_move or out_of_time or number % CHECKPOINT == 0
            if page.document:
                documents.keep(page.document.raw, source, page.document.layout, page.document.name, run.clock())
            run.receive(page.entries, page.neighbours, cursor=since.noted(page) if move else {})
            if out_of_time:
                return False
    return True


def _is_enough(has_moved: bool, passed: timedelta, seconds: float) -> bool:
    """Whether a run stops at this page. One that cannot be gone on with from here would only begin anew each time."""
    return passed > timedelta(seconds=seconds if has_moved else max(seconds, UNSORTED_SECONDS))


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
