"""Stored messages opened again, with the names of whom they point at.

What came in a file is read with all that came with it. A message that was pulled or pushed stands alone in the ledger;
the organizations and people it points at are there too, as messages that the portal had no other use for.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from records.exchange import ledger
from records.exchange.models import InboundKey, Source
from records.exchange.reading import NotJson
from records.exchange.references import remember
from records.exchange.reopening import Reopener
from records.exchange.values import Content, Neighbours, Opened

NAMED = ("Organization", "Location", "Practitioner", "PractitionerRole", "Medication")
# How many of their names are remembered from batch to batch.
MOST_NAMES = 20_000


class Opener:
    """Opens the messages of one source, batch after batch."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._reopener = Reopener()
        self._names = Neighbours()
        self._asked: set[tuple[str, str]] = set()

    def open(self, keys: Sequence[InboundKey]) -> Opened:
        """The messages of some ledger lines; one that cannot be opened is missing."""
        opened = self._reopener.open(keys)
        alone = {key: content for key, content in opened.items() if not _in_company(content)}
        self._learn({name for content in alone.values() for name in self._pointed_at(content.resource)})
        return opened | {key: Content(content.resource, self._names) for key, content in alone.items()}

    def _pointed_at(self, value: Any) -> Iterator[tuple[str, str]]:
        """The kinds and numbers of whom a message points at."""
        if isinstance(value, dict):
            reference = value.get("reference")
            if isinstance(reference, str):
                kind, _, number = reference.removeprefix(self._source.address).lstrip("/").partition("/")
                if kind in NAMED:
                    yield kind, number.partition("/")[0]
            for one in value.values():
                yield from self._pointed_at(one)
        elif isinstance(value, list):
            for one in value:
                yield from self._pointed_at(one)

    def _learn(self, wanted: set[tuple[str, str]]) -> None:
        """Read the names of those not asked for yet; of several versions the last that came counts."""
        if len(self._asked) > MOST_NAMES:
            self._asked, self._names = set(), Neighbours()
        wanted -= self._asked
        if not wanted:
            return
        self._asked |= wanted
        found = InboundKey.objects.filter(
            source=self._source, kind__in=NAMED, identifier__in={number for _, number in wanted}
        ).order_by("received_at", "id")
        rows = ledger.inbound_of(keys := list(found))
        for key in keys:
            row = rows.get(key.inbound_id)
            if row is not None and row.payload is not None:
                try:
                    remember(self._names, ledger.payload(row), "")
                except NotJson:
                    continue


def _in_company(content: Content) -> bool:
    return bool(content.neighbours.names or content.neighbours.addresses)
