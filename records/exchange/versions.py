"""Which of two versions of one message is the newer: by the sender's time, else its number, else the status."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol


class Dated(Protocol):
    """A ledger line, as far as its age is concerned."""

    version: str
    source_updated_at: datetime | None
    rank: int


def is_newer(one: Dated, other: Dated) -> bool:
    """Whether `one` is certainly newer than `other`; False where nothing tells them apart."""
    first, second = one.source_updated_at, other.source_updated_at
    if first and second and first != second:
        return first > second
    numbers = version_number(one.version), version_number(other.version)
    if None not in numbers and numbers[0] != numbers[1]:
        return (numbers[0] or 0) > (numbers[1] or 0)
    return one.rank > other.rank


def is_outdated(one: Dated, others: Iterable[Dated]) -> bool:
    """Whether any of `others` is certainly newer; of two that cannot be told apart, the one received last counts."""
    return any(is_newer(other, one) for other in others)


def version_number(version: str) -> int | None:
    """The number in a versionId, if it is one (`3`, also `3~1a2b3c4d`)."""
    head = version.partition("~")[0]
    return int(head) if head.isascii() and head.isdigit() and len(head) <= 18 else None
