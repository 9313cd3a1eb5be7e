"""One run against one source: claimed, counted, closed. The running Pull is the claim, so two runs cannot meet."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import Error as DatabaseError
from django.db.models import F

from records.exchange import ledger
from records.exchange.applying import apply_waiting
from records.exchange.bench import Bench
from records.exchange.bundles import Entry
from records.exchange.ledger import Stored
from records.exchange.limits import Limits
from records.exchange.messages import Message, understand
from records.exchange.models import Pull, Source, StoredFile
from records.exchange.problems import AlreadyRunning
from records.exchange.transactions import durable
from records.exchange.values import Content, Neighbours, Opened

# A run that has not moved for so long has been killed.
LEASE = timedelta(minutes=10)
# How often a run says that it is alive, where storing does not say so anyhow.
PULSE = timedelta(seconds=20)
INTERRUPTED = "这次运行中途被打断（程序停止或数据库断开）。已收到的消息都已保存，下次会接着处理。"

Clock = Callable[[], datetime]
Outcome = Pull.Outcome


@dataclass
class Progress:
    """How far a run has come, for whoever watches."""

    fetched: int = 0
    applied: int = 0
    total: int | None = None


Watch = Callable[[Progress], None]


@dataclass(frozen=True)
class Parcel:
    """Entries that came together: with what else, and in which stored file, if in any."""

    entries: Sequence[Entry]
    neighbours: Neighbours
    file: StoredFile | None = None


@dataclass
class Run:
    """A run at work."""

    pull: Pull
    bench: Bench
    clock: Clock
    watch: Watch
    progress: Progress = field(default_factory=Progress)
    closed: bool = False
    remark: str = ""  # what people must hear of a run although it succeeded

    def __post_init__(self) -> None:
        self.alive_at = self.pull.alive_at

    @property
    def source(self) -> Source:
        """The source this run is about."""
        return self.bench.source

    def receive(
        self,
        entries: Sequence[Entry],
        neighbours: Neighbours,
        *,
        file: StoredFile | None = None,
        cursor: dict[str, str],
    ) -> None:
        """Store a batch and move the cursor in one durable transaction, then apply what waits."""
        self.receive_all([Parcel(entries, neighbours, file)], cursor=cursor)

    def receive_all(self, parcels: Sequence[Parcel], *, cursor: dict[str, str]) -> None:
        """Like `receive`, for what came in several files or pages."""
        understood = [[understand(entry, self.bench.now) for entry in parcel.entries] for parcel in parcels]
        files = [parcel.file for parcel in parcels for _ in parcel.entries]
        contexts = [parcel.neighbours for parcel in parcels for _ in parcel.entries]
        self._take([message for some in understood for message in some], contexts, files, cursor)

    def take(self, message: Message, *, file: StoredFile | None) -> None:
        """Like `receive`, for a message that is understood already, and stands alone."""
        self._take([message], [Neighbours()], [file], {})

    def _take(
        self,
        messages: Sequence[Message],
        contexts: Sequence[Neighbours],
        files: Sequence[StoredFile | None],
        cursor: dict[str, str],
    ) -> None:
        moment = self.clock()
        with durable():
            stored = ledger.store(messages, files, pull=self.pull, now=moment)
            self._count(stored, moment)
            if cursor:
                self._move(cursor)
        self.progress.fetched += stored.fetched
        self.watch(self.progress)
        opened = _opened(stored, messages, contexts)
        apply_waiting(self.bench, opened, lines=stored.lines, pulse=self._pulse)

    def _count(self, stored: Stored, moment: datetime) -> None:
        Pull.objects.filter(pk=self.pull.pk).update(
            fetched=F("fetched") + stored.fetched, repeated=F("repeated") + stored.repeated, alive_at=moment
        )
        self.alive_at = moment

    def move(self, cursor: dict[str, str]) -> None:
        """Write down how far the run has come, where nothing came with it."""
        if cursor:
            with durable():
                self._move(cursor)

    def _move(self, cursor: dict[str, str]) -> None:
        source = Source.objects.select_for_update().get(pk=self.source.pk)
        source.cursor = {**source.cursor, **cursor}
        source.save(update_fields=["cursor"])

    def _pulse(self, done: int) -> None:
        self.progress.applied += done
        now = self.clock()
        if now - self.alive_at > PULSE:
            Pull.objects.filter(pk=self.pull.pk).update(alive_at=now)
            self.alive_at = now
        self.watch(self.progress)

    def close(self, outcome: Pull.Outcome, error: str = "") -> Pull:
        """End the run with its counts."""
        self.closed = True
        return close(self.pull.pk, outcome, error or self.remark, self.clock())


def _opened(stored: Stored, messages: Sequence[Message], contexts: Sequence[Neighbours]) -> Opened:
    """The messages that wait and are at hand, each with what came along with it."""
    at_hand = ((key, messages[place].resource, contexts[place]) for key, place in stored.waiting.items())
    return {key: Content(resource, neighbours) for key, resource, neighbours in at_hand if resource is not None}


@contextmanager
def running(source_id: UUID, clock: Clock, watch: Watch) -> Iterator[Run]:
    """A run of the source; raises AlreadyRunning. Left without being closed, it is on record as interrupted."""
    now = clock()
    pull = claim(source_id, now)
    run = Run(pull, Bench.of(pull.source, now, Limits.at(now)), clock, watch)
    try:
        yield run
    finally:
        if not run.closed:
            # Where the database itself is gone, the next run finds this one and closes it.
            with suppress(DatabaseError):
                run.close(Outcome.FAILED, INTERRUPTED)


def claim(source_id: UUID, now: datetime) -> Pull:
    """A new running Pull; raises AlreadyRunning while another one of the same source is alive."""
    with durable():
        source = Source.objects.select_related("facility").select_for_update(of=("self",)).get(pk=source_id)
        other = Pull.objects.filter(source=source, outcome=Outcome.RUNNING).first()
        if other and other.alive_at > now - LEASE:
            raise AlreadyRunning
        if other:
            close(other.pk, Outcome.FAILED, INTERRUPTED, now)
        return Pull.objects.create(source=source, facility_id=source.facility_id, started_at=now, alive_at=now)


def close(pull_id: UUID, outcome: Pull.Outcome, error: str, now: datetime) -> Pull:
    """Write the end of a run: fetched is, by construction, the sum of what became of its messages."""
    with durable():
        pull = Pull.objects.select_for_update().get(pk=pull_id)
        if pull.outcome != Outcome.RUNNING:
            return pull
        for name, count in ledger.counts(pull).items():
            setattr(pull, name, count)
        pull.fetched = pull.new + pull.repeated + pull.skipped + pull.held + pull.failed
        pull.outcome, pull.error, pull.ended_at = outcome, error[:500], now
        pull.save()
        return pull
