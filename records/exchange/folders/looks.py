"""What was seen of a file at an earlier look, by whichever worker: a file is complete when it has not changed since.

Kept in the shared cache under a hash of its name (names of files may name people). What is forgotten is looked at, or
read, once more, and nothing else.
"""

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.cache import cache

REMEMBERED = 30 * 24 * 3600
# Some programs lay down an empty file first and fill it later.
EMPTY_SECONDS = 600
AT_ONCE = 500
# Size, time of change, when it was first seen so, and whether it was taken.
Seen = tuple[int, int, float, bool]


@dataclass(frozen=True)
class State:
    """A file's size and time of change."""

    size: int
    changed: int

    @classmethod
    def of(cls, found: os.stat_result) -> "State":
        """What the file system says."""
        return cls(found.st_size, found.st_mtime_ns)


class Memory:
    """What is known of the files of one folder, asked for all at once."""

    def __init__(self, source_id: UUID, names: Iterable[str]) -> None:
        keys = [_key(source_id, name) for name in names]
        self._source_id = source_id
        self._seen: dict[str, Seen] = {}
        for start in range(0, len(keys), AT_ONCE):
            self._seen |= cache.get_many(keys[start : start + AT_ONCE])

    def is_quiet(self, name: str, state: State, seconds: int, now: datetime) -> bool:
        """Whether the file was the same at a look so long ago; else this look is noted."""
        seen = self._same(name, state)
        if seen is None:
            self._note(name, (state.size, state.changed, now.timestamp(), False))
            return False
        wait = seconds if state.size else max(seconds, EMPTY_SECONDS)
        return now.timestamp() - seen[2] >= wait

    def was_taken(self, name: str, state: State) -> bool:
        """Whether this file was taken, and left where it is because the share cannot be written."""
        seen = self._same(name, state)
        return seen is not None and seen[3]

    def note_taken(self, name: str, state: State, now: datetime) -> None:
        """Remember a file that stays where it is."""
        self._note(name, (state.size, state.changed, now.timestamp(), True))

    def _same(self, name: str, state: State) -> Seen | None:
        seen = self._seen.get(_key(self._source_id, name))
        return seen if seen and seen[:2] == (state.size, state.changed) else None

    def _note(self, name: str, seen: Seen) -> None:
        cache.set(_key(self._source_id, name), seen, REMEMBERED)


def _key(source_id: UUID, name: str) -> str:
    digest = hashlib.sha256(os.fsencode(name)).hexdigest()
    return f"drop-{source_id}-{digest}"
