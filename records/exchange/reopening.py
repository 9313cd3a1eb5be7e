"""Opening stored messages again: after an interruption, for a patient who came late, when staff ask for it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from foundation.crypto import CannotOpen
from records.exchange import filing, ledger
from records.exchange.models import InboundKey, StoredFile
from records.exchange.reading import NotJson
from records.exchange.references import own_id
from records.exchange.translating import Untranslatable
from records.exchange.translators import TRANSLATORS, entries_of, kind_of, neighbours_of
from records.exchange.values import Content, Opened


def reopen(keys: Sequence[InboundKey]) -> Opened:
    """The messages of some ledger lines; one that cannot be opened is missing from the answer."""
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
        opened |= _translated(file, wanted.values()) if file.layout in TRANSLATORS else _from_file(file, wanted)
    return opened


def _translated(file: StoredFile, keys: Iterable[InboundKey]) -> Opened:
    """Found by their names: what stood at a place may stand at another since the translator has learned more."""
    try:
        entries = entries_of(file)
    except Untranslatable:
        return {}
    neighbours = neighbours_of(entries)
    named = {(kind_of(entry), own_id(entry.resource, entry.address)): entry for entry in entries if kind_of(entry)}
    found = {key.pk: named.get((key.kind, key.identifier)) for key in keys}
    return {key_id: Content(entry.resource, neighbours) for key_id, entry in found.items() if entry}


def _from_file(file: StoredFile, wanted: dict[int, InboundKey]) -> Opened:
    with filing.stored_stream(file) as stream:
        neighbours = filing.survey(stream, file.layout).neighbours
    opened: Opened = {}
    with filing.stored_stream(file) as stream:
        try:
            for number, entry in enumerate(filing.entries(stream, file.layout)):
                if number in wanted and isinstance(entry.resource, dict):
                    opened[wanted[number].pk] = Content(entry.resource, neighbours)
        except filing.BreaksOff:
            return opened
    return opened
