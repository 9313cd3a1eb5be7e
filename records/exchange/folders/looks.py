"""What was seen of a file at an earlier look, by whichever worker: a file is complete when it has not changed since.

Kept in the shared cache under a hash of its name (names of files may name people). What is forgotten is looked at, or
read, once more, and nothing else.
"""

import hashlib
import os
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.cache import cache

REMEMBERED = 30 * 24 * 3600
# Some programs lay down an empty file first and fill it later.
EMPTY_SECONDS = 600


@dataclass(frozen=True)
class State:
    """A file's size and time of change."""

    size: int
    changed: int

    @classmethod
    def of(cls, found: os.stat_result) -> "State":
        """What the file system says."""
        return cls(found.st_size, found.st_mtime_ns)


def is_quiet(source_id: UUID, name: str, state: State, seconds: int, now: datetime) -> bool:
    """Whether the file was the same at a look so long ago; else this look is noted."""
    key = _key("look", source_id, name)
    seen = cache.get(key)
    if not seen or seen[:2] != (state.size, state.changed):
        cache.set(key, (state.size, state.changed, now.timestamp()), REMEMBERED)
        return False
    wait = seconds if state.size else max(seconds, EMPTY_SECONDS)
    return bool(now.timestamp() - seen[2] >= wait)


def was_taken(source_id: UUID, name: str, state: State) -> bool:
    """Whether this file was taken, and left where it is because the share cannot be written."""
    return bool(cache.get(_key("taken", source_id, name)) == (state.size, state.changed))


def note_taken(source_id: UUID, name: str, state: State) -> None:
    """Remember a file that stays where it is."""
    cache.set(_key("taken", source_id, name), (state.size, state.changed), REMEMBERED)


def _key(kind: str, source_id: UUID, name: str) -> str:
    digest = hashlib.sha256(os.fsencode(name)).hexdigest()
    return f"drop-{kind}-{source_id}-{digest}"
