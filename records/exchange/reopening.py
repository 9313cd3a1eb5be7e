"""Opening stored messages again: after an interruption, for a patient who came late, when staff ask for it."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from foundation.crypto import CannotOpen
from records.exchange import filing, ledger
from records.exchange.models import InboundKey, StoredFile
from records.exchange.reading import NotJson
from records.exchange.values import Content, Opened


def reopen(keys: Sequence[InboundKey]) -> Opened:
    """The messages of some ledger lines; one that cannot be opened is missing from the answer."""
    rows = ledger.inbound_of(keys)
    opened: Opened = {}
    in_files: dict[StoredFile, dict[int, UUID]] = defaultdict(dict)
    for key in keys:
        row = rows.get(key.inbound_id)
        if row is None:
            continue
        if row.file is not None and row.entry is not None:
            in_files[row.file][row.entry] = key.pk
            continue
        try:
            opened[key.pk] = Content(ledger.payload(row))
        except (NotJson, CannotOpen):
            continue
    for file, wanted in in_files.items():
        opened |= _from_file(file, wanted)
    return opened


def _from_file(file: StoredFile, wanted: dict[int, UUID]) -> Opened:
    with filing.stored_stream(file) as stream:
        neighbours = filing.survey(stream, file.layout).neighbours
    opened: Opened = {}
    with filing.stored_stream(file) as stream:
        try:
            for number, entry in enumerate(filing.entries(stream, file.layout)):
                if number in wanted and isinstance(entry.resource, dict):
                    opened[wanted[number]] = Content(entry.resource, neighbours)
        except filing.BreaksOff:
            return opened
    return opened
