"""How a facility is asked for what changed: one connector for each kind of source."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from records.exchange.bundles import Entry
from records.exchange.models import StoredFile
from records.exchange.values import Neighbours


@dataclass(frozen=True)
class Page:
    """Some messages, and how far the cursor may move once they are stored.

    `cursor` may be saved together with the page when the run ends here or wants to be able to go on from here; it is
    empty where that would skip something that has not been received. `must_move` marks the last page of a `kind`.
    A page in another version of FHIR has a `document` instead of entries, to be kept whole and translated in its turn.
    """

    entries: list[Entry]
    neighbours: Neighbours
    cursor: dict[str, str] = field(default_factory=dict)
    must_move: bool = False
    document: "Document | None" = None
    kind: str = ""


@dataclass(frozen=True)
class Document:
    """What must be kept as it came, and as what."""

    raw: bytes
    layout: StoredFile.Layout
    name: str


class Connector(Protocol):
    """Fetches what changed, page by page; raises PullFailed in plain words where it cannot go on."""

    def pages(self, since: "Asked", now: datetime) -> Iterator[Page]:
        """Pages of messages changed since then, in the order in which they should be applied."""
        ...


class Asked(Protocol):
    """What of a feed is to be asked for."""

    read: set[str]

    def start(self, kind: str) -> datetime | None:
        """From when on a kind is asked for; None where from its beginning."""
        ...
