"""Which of two versions of one message is the newer: by the sender's time, then its number, then the status.

The order is the same for every pair, so that any order of arrival settles to the same newest version. Therefore what
does not say its time or number has a fixed place: it is older than everything that does. A laboratory that only notes
when it changed a result leaves the time of its first version empty. Only what takes a result back (cancelled, entered
in error) and says neither is newer than everything: what is withdrawn must not be shown for want of a time.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Protocol

# `cancelled` and `entered-in-error` among the ranks of `messages`.
TAKES_BACK = 7
_Place = tuple[tuple[int, datetime], tuple[int, int], int]
_SOME_TIME = datetime(1, 1, 1, tzinfo=UTC)


class Dated(Protocol):
    """A ledger line, as far as its age is concerned."""

    version: str
    source_updated_at: datetime | None
    rank: int


def is_newer(one: Dated, other: Dated) -> bool:
    """Whether `one` is certainly newer than `other`; False where nothing tells them apart."""
    return _place(one) > _place(other)


def _place(line: Dated) -> _Place:
    """Where a version stands among all others: each part is whether it is said (before, yes, after), and what."""
    time, number = line.source_updated_at, version_number(line.version)
    unsaid = 2 if line.rank >= TAKES_BACK else 0
    return (
        (1, time) if time is not None else (unsaid if number is None else 0, _SOME_TIME),
        (1, number) if number is not None else (unsaid, 0),
        line.rank,
    )


def newest_first(line: str, rank: str) -> str:
    """The same order in SQL, newest first: of rows with `source_updated_at` and `version`, by their alias and rank."""
    time, number = f"{line}.source_updated_at", f"substring({line}.version FROM '^([0-9]{{1,18}})(~|$)')::bigint"
    takes_back = f"{number} IS NULL AND {rank} >= {TAKES_BACK}"
    return (
        f"({time} IS NULL AND {takes_back}) DESC, {time} DESC NULLS LAST, "
        f"({takes_back}) DESC, {number} DESC NULLS LAST, {rank} DESC, {line}.id DESC"
    )


def is_outdated(one: Dated, others: Iterable[Dated]) -> bool:
    """Whether any of `others` is certainly newer; of two that cannot be told apart, the one received last counts."""
    return any(is_newer(other, one) for other in others)


def version_number(version: str) -> int | None:
    """The number in a versionId, if it is one (`3`, also `3~1a2b3c4d`)."""
    head = version.partition("~")[0]
    return int(head) if head.isascii() and head.isdigit() and len(head) <= 18 else None
