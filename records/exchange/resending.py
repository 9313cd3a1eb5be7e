"""Rows of tables that were held and have come right since: settled by themselves, so that the desk's list stays short.

A row comes right in two ways: the source's mapping was changed and the same file read again, or the row was corrected
and sent again, by the facility or from the sheet of bad rows. Then it has other contents, and is known by what it is
about: the item of the report that it would have become (`tables.translating.about`). A row that is bad once more takes
the place of the older one. Only what is bad in the newest file stays on the list.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from records.exchange.bundles import Entry
from records.exchange.ledger import inbound_of
from records.exchange.messages import UNREADABLE_KIND
from records.exchange.models import Held, InboundKey, Source, StoredFile
from records.exchange.runs import Parcel
from records.exchange.translators import kind_of

READ = "按修改后的列对照重新读，已收下"
SENT = "后来的文件里有更正的这一行"


@dataclass(frozen=True)
class Now:
    """What a table says now: what its good rows became, what its bad rows are about, and which rows those are."""

    file: StoredFile
    about: set[str]
    bad: set[str]


def settle(source: Source, parcels: Sequence[Parcel], now: datetime) -> None:
    """Settle what these tables show to be right, or to have been replaced; in the order of their arrival."""
    tables = [_now(parcel) for parcel in parcels if parcel.file and parcel.file.layout == StoredFile.Layout.TABLE]
    if not tables:
        return
    waiting = list(
        Held.objects.filter(source=source, kind=UNREADABLE_KIND, resolved_at=None).select_related("key").order_by("pk")
    )
    if not waiting:
        return
    files = {row.id: row.file for row in inbound_of([held.key for held in waiting]).values()}
    right: dict[str, list[UUID]] = {READ: [], SENT: []}
    for held in waiting:
        if said := _said(held, files.get(held.key.inbound_id), tables):
            right[said].append(held.key_id)
    for said, keys in right.items():
        if keys:
            _resolve(keys, said, now)


def _said(held: Held, file: StoredFile | None, tables: Sequence[Now]) -> str:
    """How a held row of a file has come right; nothing where it has not."""
    for table in tables:
        if file is None or held.identifier in table.bad:
            continue
        if file == table.file:
            return READ
        if held.subject_reference in table.about and file.received_at <= table.file.received_at:
            return SENT
    return ""


def _resolve(keys: Sequence[UUID], said: str, now: datetime) -> None:
    Held.objects.filter(key__in=keys, resolved_at=None).update(
        resolved_at=now, resolved_by="系统", resolution=said, retry_requested_at=None
    )
    InboundKey.objects.filter(pk__in=keys, state=InboundKey.State.HELD).update(state=InboundKey.State.SKIPPED)


def _now(parcel: Parcel) -> Now:
    assert parcel.file is not None
    good = {about for entry in parcel.entries if (about := _about(entry))}
    bad = [entry for entry in parcel.entries if entry.problem]
    names = {f"sha256:{hashlib.sha256(entry.raw or b'').hexdigest()}" for entry in bad}
    return Now(parcel.file, good | {entry.address for entry in bad if entry.address}, names)


def _about(entry: Entry) -> str:
    """What an entry became; a report only where it is whole."""
    kind = kind_of(entry)
    whole = kind == "Observation" or (kind == "DiagnosticReport" and entry.resource.get("status") != "partial")
    return f"{kind}/{entry.resource['id']}" if whole else ""
