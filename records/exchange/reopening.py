"""Opening stored messages again: after an interruption, for a patient who came late, when staff ask for it."""

from collections import OrderedDict, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol
from uuid import UUID

from foundation.crypto import CannotOpen
from records.exchange import filing, ledger
from records.exchange.bundles import Entry
from records.exchange.models import InboundKey, StoredFile
from records.exchange.reading import NotJson
from records.exchange.references import own_id
from records.exchange.translating import Untranslatable
from records.exchange.translators import TRANSLATORS, entries_of, kind_of, neighbours_of
from records.exchange.values import Content, Neighbours, Opened

# How many entries of documents are remembered for the next batch, in all; the last document always is.
MOST_ENTRIES = 10_000
InFile = Mapping[int, InboundKey]


class _Document(Protocol):
    """A stored document as far as it has been read."""

    size: int

    def find(self, wanted: InFile) -> Opened: ...


class Reopener:
    """Opens stored messages, batch after batch; one that cannot be opened is missing from the answer.

    What a document says is remembered within a bound: it is read once for all that is asked of it, and not for each
    batch of its messages from its start.
    """

    def __init__(self) -> None:
        self._documents: OrderedDict[UUID, _Document] = OrderedDict()
        self._size = 0

    def open(self, keys: Sequence[InboundKey]) -> Opened:
        """The messages of some ledger lines."""
        rows = ledger.inbound_of(keys)
        opened: Opened = {}
        in_files: dict[StoredFile, dict[int, InboundKey]] = defaultdict(dict)
        for key in keys:
            row = rows.get(key.inbound_id)
            if row is None:
                continue
            if row.file is not None and row.entry is not None:
                in_files[row.file][row.entry] = key
                continue
            try:
                opened[key.pk] = Content(ledger.payload(row))
            except (NotJson, CannotOpen):
                continue
        for file, wanted in in_files.items():
            opened |= self._document(file).find(wanted)
        return opened

    def _document(self, file: StoredFile) -> _Document:
        known = self._documents.pop(file.pk, None)
        document = known or (_Translated(file) if file.layout in TRANSLATORS else _Walk(file))
        self._documents[file.pk] = document
        self._size += 0 if known else document.size
        while len(self._documents) > 1 and self._size > MOST_ENTRIES:
            _name, forgotten = self._documents.popitem(last=False)
            self._size -= forgotten.size
        return document


def reopen(keys: Sequence[InboundKey]) -> Opened:
    """The messages of some ledger lines, opened once; see Reopener for many batches."""
    return Reopener().open(keys)


class _Translated:
    """What a document says, by the names of its messages: what stood at a place may stand at another since the
    translator has learned more."""

    def __init__(self, file: StoredFile) -> None:
        try:
            entries = entries_of(file)
        except Untranslatable:
            entries = []
        self.size = len(entries)
        self._neighbours = neighbours_of(entries)
        self._named = {
            (kind_of(entry), own_id(entry.resource, entry.address)): entry for entry in entries if kind_of(entry)
        }

    def find(self, wanted: InFile) -> Opened:
        found = {key.pk: self._named.get((key.kind, key.identifier)) for key in wanted.values()}
        return {key_id: Content(entry.resource, self._neighbours) for key_id, entry in found.items() if entry}


class _Walk:
    """A file of FHIR entries, gone through in its order: the next batch goes on where the last one ended."""

    def __init__(self, file: StoredFile) -> None:
        self._file = file
        with filing.stored_stream(file) as stream:
            contents = filing.survey(stream, file.layout)
        self.size = contents.entries
        self._neighbours: Neighbours = contents.neighbours
        self._begin()

    def _begin(self) -> None:
        self._next = 0
        self._rest: Iterator[Entry] = filing.entries(filing.stored_stream(self._file), self._file.layout)

    def find(self, wanted: InFile) -> Opened:
        if min(wanted) < self._next:
            self._begin()
        return {
            wanted[number].pk: Content(entry.resource, self._neighbours)
            for number, entry in self._until(max(wanted))
            if number in wanted and isinstance(entry.resource, dict)
        }

    def _until(self, last: int) -> Iterator[tuple[int, Entry]]:
        while self._next <= last:
            try:
                entry = next(self._rest)
            except (StopIteration, filing.BreaksOff):
                return
            self._next += 1
            yield self._next - 1, entry
