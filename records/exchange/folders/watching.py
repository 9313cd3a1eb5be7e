"""One look into a source's folder: what is complete is taken, what is left over from a crash is finished."""

import logging
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import F, Q

from foundation.dated import setting
from records.exchange import documents, filing
from records.exchange.folders import taking
from records.exchange.folders.looks import Memory, State
from records.exchange.folders.places import OWN, TAKING, Setting, opened, setting_of
from records.exchange.folders.taking import CannotWrite, Folder, Unsettled, Unusable
from records.exchange.limits import DROP_MEGABYTES
from records.exchange.models import Pull, Source, StoredFile
from records.exchange.problems import AlreadyRunning, PullFailed
from records.exchange.pulling import back_off
from records.exchange.runs import Clock, running

logger = logging.getLogger(__name__)

Kind = Source.Kind
LAYOUTS = {
    Kind.HL7V2: StoredFile.Layout.HL7V2,
    Kind.TABLE: StoredFile.Layout.TABLE,
    Kind.CDA: StoredFile.Layout.CDA,
}
KINDS = (*LAYOUTS, Kind.FILE)
# How many files one look takes; the others are there at the next one.
MOST_FILES = 500
_UNFINISHED = (".tmp", ".part", ".partial", ".filepart", ".crdownload", ".swp", ".lck", ".writing")


@dataclass
class Look:
    """One look of one source."""

    source: Source
    setting: Setting
    folder: Folder
    now: datetime
    unusable: set[str] = field(default_factory=set)
    memory: Memory = field(init=False)

    def keep(self, raw: bytes, name: str) -> None:
        """Put a file on disk in the database; the same bytes a second time add nothing."""
        shown = os.fsencode(name).decode("utf-8", "replace")
        documents.keep(raw, self.source, _layout(self.source, shown, raw), shown, self.now)

    def whole(self) -> None:
        """First what an interruption left behind, then what is new, oldest first."""
        self._leftovers()
        for name, state in self._complete():
            with suppress(FileNotFoundError, Unsettled):
                self._take(name, state)
        if self.unusable:
            raise PullFailed(f"投递文件夹只能读取，其中有文件不能接收：{'；'.join(sorted(self.unusable))}")

    def _leftovers(self) -> None:
        try:
            inside = os.open(TAKING, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=self.folder.place)
        except OSError:
            return
        try:
            names = sorted(os.listdir(inside))[:MOST_FILES]
            found = [(name, state) for name in names if (state := _state(inside, name))]
        finally:
            os.close(inside)
        memory = Memory(self.source.pk, [f"{TAKING}/{own}" for own, _state_of in found])
        for own, state in found:
            if memory.is_quiet(f"{TAKING}/{own}", state, self.setting.quiet_seconds, self.now):
                with suppress(FileNotFoundError, Unsettled):
                    taking.finish(self.folder, own, state, self.keep, self.now)

    def _complete(self) -> Iterator[tuple[str, State]]:
        names = set(os.listdir(self.folder.place)) - OWN
        wanted = [name for name in names if self._is_wanted(name, names)]
        found = [(name, state) for name in wanted if (state := _state(self.folder.place, name))]
        self.memory = Memory(self.source.pk, [name for name, _state_of in found])
        taken = 0
        for name, state in sorted(found, key=lambda item: (item[1].changed, item[0])):
            if taken < MOST_FILES and self._is_complete(name, state):
                taken += 1
                yield name, state

    def _is_wanted(self, name: str, names: set[str]) -> bool:
        if name.startswith((".", "~")) or name.lower().endswith(_UNFINISHED):
            return False
        marker = self.setting.marker
        return not marker or (not name.endswith(marker) and not names.isdisjoint(self._markers(name)))

    def _markers(self, name: str) -> tuple[str, str]:
        """`a.csv.ok` or `a.ok` says that `a.csv` is complete."""
        return name + self.setting.marker, os.path.splitext(name)[0] + self.setting.marker

    def _is_complete(self, name: str, state: State) -> bool:
        if self.memory.was_taken(name, state):
            return False
        if self.setting.marker:
            return True
        return self.memory.is_quiet(name, state, self.setting.quiet_seconds, self.now)

    def _take(self, name: str, state: State) -> None:
        try:
            own = taking.claim(self.folder, name)
        except CannotWrite:
            self._take_in_place(name, state)
            return
        taking.finish(self.folder, own, state, self.keep, self.now)
        for marker in self._markers(name) if self.setting.marker else ():
            with suppress(OSError):
                os.unlink(marker, dir_fd=self.folder.place)

    def _take_in_place(self, name: str, state: State) -> None:
        """A share that can only be read: the file stays, and is remembered."""
        try:
            self.keep(taking.read(self.folder.place, name, state, self.folder.most_bytes), name)
        except Unusable as problem:
            self.unusable.add(str(problem))
        self.memory.note_taken(name, state, self.now)


def _state(place: int, name: str) -> State | None:
    """The state of what may be a file; None for folders, and for what is gone."""
    with suppress(OSError):
        found = os.stat(name, dir_fd=place, follow_symlinks=False)
        return None if stat.S_ISDIR(found.st_mode) else State.of(found)
    return None


def _layout(source: Source, name: str, raw: bytes) -> StoredFile.Layout:
    known = LAYOUTS.get(Kind(source.kind))
    return known or filing.layout_of(name, raw[: filing.MEGABYTE])


def due(now: datetime) -> list[UUID]:
    """The sources whose folders are looked into now: all, but those that failed and are left alone for a while."""
    rested = Q(failures=0) | Q(next_pull_at=None) | Q(next_pull_at__lte=now)
    watched = Source.objects.filter(rested, kind__in=KINDS, options__has_key="folder")
    watched = watched.exclude(state=Source.State.PAUSED)
    return list(watched.values_list("pk", flat=True))


def watch(source_id: UUID, *, clock: Clock) -> None:
    """Look into a source's folder once. What goes wrong with the folder itself is on record as a failed run."""
    source, now = Source.objects.select_related("facility").get(pk=source_id), clock()
    try:
        wanted = setting_of(source.options)
        with opened(settings.DROP_FOLDER, wanted.steps) as place:
            folder = Folder(place, setting(DROP_MEGABYTES, now) * filing.MEGABYTE)
            Look(source, wanted, folder, now).whole()
    except PullFailed as problem:
        _failed(source, str(problem), clock)
    except OSError as trouble:
        logger.warning("drop folder of %s: %s", source.code, type(trouble).__name__)
        _failed(source, "投递文件夹的磁盘已满或出错，文件都还在原处，稍后会自动重试。请检查磁盘和共享。", clock)
    else:
        _succeeded(source, now)


def _failed(source: Source, sentence: str, clock: Clock) -> None:
    with suppress(AlreadyRunning), running(source.pk, clock, lambda progress: None) as run:
        run.close(Pull.Outcome.FAILED, sentence)
    now = clock()
    pause = back_off(source, source.failures + 1, now)
    Source.objects.filter(pk=source.pk).update(failures=F("failures") + 1, next_pull_at=now + pause)


def _succeeded(source: Source, now: datetime) -> None:
    """Note it for the freshness page, not more often than once a minute."""
    if source.failures or not source.last_success_at or now - source.last_success_at > timedelta(minutes=1):
        Source.objects.filter(pk=source.pk).update(failures=0, last_success_at=now, next_pull_at=None)
