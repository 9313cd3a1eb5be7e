"""How a facility is asked for what changed: one connector for each kind of source."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from records.exchange.bundles import Entry
from records.exchange.values import Neighbours


@dataclass(frozen=True)
class Page:
    """Some messages, and how far the cursor may move once they are stored.

    `cursor` may be saved together with the page when the run ends here or wants to be able to go on from here; it is
    empty where that would skip something that has not been received. `must_move` marks the last page of a kind.
    """

    entries: list[Entry]
    neighbours: Neighbours
    cursor: dict[str, str] = field(default_factory=dict)
    must_move: bool = False


class Connector(Protocol):
    """Fetches since a cursor, page by page; raises PullFailed in plain words where it cannot go on."""

    def pages(self, cursor: dict[str, str], now: datetime) -> Iterator[Page]:
        """Pages of messages changed since `cursor`, in the order in which they should be applied."""
        ...
