"""A replay at work: batch after batch of a source's messages, each batch compared and renewed in one transaction.

The place moves with the batch, so that a run that is killed goes on where it was, and a second run finds nothing.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from records.exchange.bench import Bench
from records.exchange.limits import Limits
from records.exchange.models import InboundKey, Replay, ReplayDifference, Source
from records.exchange.problems import AlreadyRunning
from records.exchange.replaying.batches import compared
from records.exchange.replaying.comparing import QUOTED, Change, Nature
from records.exchange.replaying.opening import Opener
from records.exchange.transactions import durable

BATCH = 500
# A run that has not moved for so long has been killed.
LEASE = timedelta(minutes=2)
# Of one kind of difference in one column so many are written down one by one; the rest is counted.
MOST_LINES = 1000
LEVELS = {Nature.RAISED, Nature.LOWERED, Nature.NOT_LOWERED}
DONE = {Nature.RENEWED, Nature.FILLED, Nature.RAISED, Nature.LOWERED}
State = Replay.State
Clock = Callable[[], datetime]
Watch = Callable[["Found"], None]


@dataclass
class Found:
    """What a run has come upon."""

    read: int = 0
    same: int = 0
    renewed: int = 0
    kept: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    lines: list[tuple[InboundKey, Change]] = field(default_factory=list)


@dataclass(frozen=True)
class Period:
    """Which messages: those of a source that were received from `since` to before `until`."""

    since: datetime | None
    until: datetime
    lower: bool = False


def dry(source: Source, period: Period, now: datetime, watch: Watch = lambda found: None) -> Found:
    """What a replay would come upon; nothing is written."""
    found = Found()
    bench, opener = Bench.of(source, now, Limits.at(now)), Opener(source)
    for batch in _batches(source.pk, period, None):
        _count(found, compared(batch, opener.open(batch), bench, lower=period.lower, write=False))
        watch(found)
    return found


def due(now: datetime) -> list[UUID]:
    """The replays that wait, or were killed."""
    waiting = Replay.objects.filter(Q(state=State.WAITING) | Q(state=State.RUNNING, alive_at__lt=now - LEASE))
    return list(waiting.order_by("asked_at").values_list("pk", flat=True))


def run(replay_id: UUID, *, clock: Clock, seconds: float | None = None, watch: Watch = lambda found: None) -> Replay:
    """Go through the messages of a replay from where it was; raises AlreadyRunning while somebody else does.

    With `seconds`, it stops after the batch in which that time ends, and waits to be gone on with.
    """
    replay = _claim(replay_id, clock())
    found = Found(replay.read, replay.same, replay.renewed, replay.kept, Counter(replay.counts))
    stop = None if seconds is None else clock() + timedelta(seconds=seconds)
    now = clock()
    bench, opener = Bench.of(replay.source, now, Limits.at(now)), Opener(replay.source)
    period = Period(replay.since, replay.until or now, replay.lower)
    place = (replay.position_at, replay.position) if replay.position_at and replay.position else None
    for batch in _batches(replay.source_id, period, place):
        opened = opener.open(batch)
        with durable():
            _count(found, compared(batch, opened, bench, lower=period.lower, write=True))
            _note(replay, found, batch[-1], clock())
        watch(found)
        if stop is not None and clock() > stop:
            return _leave(replay, State.WAITING, None)
    return _leave(replay, State.DONE, clock())


def _claim(replay_id: UUID, now: datetime) -> Replay:
    with durable():
        replay = Replay.objects.select_for_update().get(pk=replay_id)
        alive = replay.state == State.RUNNING and replay.alive_at is not None and replay.alive_at > now - LEASE
        if replay.state == State.DONE or alive:
            raise AlreadyRunning
        replay.state, replay.alive_at = State.RUNNING, now
        replay.started_at = replay.started_at or now
        # What comes from now on is read as today's messages are anyway.
        replay.until = replay.until or now
        replay.save(update_fields=["state", "alive_at", "started_at", "until"])
    return Replay.objects.select_related("source__facility").get(pk=replay_id)


def _leave(replay: Replay, state: Replay.State, ended: datetime | None) -> Replay:
    Replay.objects.filter(pk=replay.pk).update(state=state, ended_at=ended)
    return Replay.objects.select_related("source").get(pk=replay.pk)


def _batches(source_id: UUID, period: Period, place: tuple[datetime, UUID] | None) -> Iterator[list[InboundKey]]:
    """The applied messages of the period in the order of their arrival, from behind `place` on."""
    keys = InboundKey.objects.filter(source_id=source_id, received_at__lt=period.until)
    if period.since is not None:
        keys = keys.filter(received_at__gte=period.since)
    while True:
        left = keys
        if place is not None:
            at, last = place
            left = keys.filter(received_at__gte=at).filter(Q(received_at__gt=at) | Q(pk__gt=last))
        batch = list(left.order_by("received_at", "id")[:BATCH])
        if not batch:
            return
        place = (batch[-1].received_at, batch[-1].pk)
        yield batch


def _count(found: Found, changes: Mapping[InboundKey, Sequence[Change]]) -> None:
    """Add what a batch's messages differ in; `found.lines` are those of this batch that are written down."""
    found.lines = []
    for key, some in changes.items():
        natures = {change.nature for change in some}
        found.read += 1
        found.same += not some
        found.renewed += bool(natures & DONE)
        found.kept += bool(some) and not natures & DONE
        for change in some:
            name = f"{change.nature.value} {key.kind} {change.column}".strip()
            found.counts[name] += 1
            if change.nature in LEVELS or found.counts[name] <= MOST_LINES:
                found.lines.append((key, change))


def _note(replay: Replay, found: Found, last: InboundKey, now: datetime) -> None:
    """Write down what a batch differed in, and how far the run has come."""
    ReplayDifference.objects.bulk_create(_line(replay, key, change) for key, change in found.lines)
    Replay.objects.filter(pk=replay.pk).update(
        position_at=last.received_at,
        position=last.pk,
        alive_at=now,
        read=found.read,
        same=found.same,
        renewed=found.renewed,
        kept=found.kept,
        counts=dict(found.counts),
    )


def _line(replay: Replay, key: InboundKey, change: Change) -> ReplayDifference:
    quoted = change.column in QUOTED
    return ReplayDifference(
        replay=replay,
        facility_id=replay.facility_id,
        kind=key.kind,
        identifier=key.identifier,
        version=key.version,
        nature=change.nature,
        field=change.column,
        before=str(change.before)[:200] if quoted else "",
        after=str(change.after)[:200] if quoted else "",
    )
