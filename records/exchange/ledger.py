"""The ledger: every message stored, sealed and counted before it is understood; a repeated version adds nothing."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from uuid import UUID

from django.db import connections
from django.db.models import Count

from foundation import crypto
from foundation.keys import uuid7
from records.exchange import copying, reading
from records.exchange.messages import Message
from records.exchange.models import Held, Inbound, InboundKey, Pull, StoredFile
from records.exchange.problems import CannotApply
from records.exchange.reading import Resource
from records.exchange.transactions import alias

State = InboundKey.State
Address = tuple[str, str]

INBOUND = ("id", "received_at", "source_id", "pull_id", "sha256", "payload", "file_id", "entry")
LINE = tuple(item.attname for item in InboundKey._meta.concrete_fields)
KNOWN = """
SELECT key.kind, key.identifier, key.version, key.content, key.source_updated_at, key.state, key.id
FROM unnest(%s::text[], %s::text[]) AS wanted (kind, identifier)
JOIN exchange_inboundkey AS key
  ON key.source_id = %s AND key.kind = wanted.kind AND key.identifier = wanted.identifier
"""


@dataclass
class Stored:
    """What became of a batch: how many came, how many were known, and which of them (by place) wait to be applied.

    The lines of those that are new, and have their first attempt counted, are in `lines`.
    """

    fetched: int
    repeated: int = 0
    waiting: dict[UUID, int] = field(default_factory=dict)
    lines: dict[UUID, InboundKey] = field(default_factory=dict)


@dataclass(frozen=True)
class Known:
    """A version that the ledger already has."""

    version: str
    content: bytes
    updated: datetime | None
    waiting: UUID | None = None


def store(messages: Sequence[Message], files: Sequence[StoredFile | None], *, pull: Pull, now: datetime) -> Stored:
    """Store what is new of a batch, in the caller's transaction (which also moves the cursor).

    `files` says for each message in which stored file it is, if in any.
    """
    known = _known(pull.source_id, messages)
    stored = Stored(len(messages))
    inbound, keys, held = [], [], []
    # Applied in the order of their ids, so that the order of sending must be theirs too, also within a millisecond.
    ids = sorted(uuid7() for _ in messages)
    for place, (key_id, message, file) in enumerate(zip(ids, messages, files, strict=True)):
        versions = known[message.kind, message.identifier]
        version = version_of(message, versions)
        if version is None:
            stored.repeated += 1
            _take_up(place, message, versions, stored)
            continue
        versions.append(Known(version, message.content, message.updated))
        key = _key(key_id, message, version, pull, now)
        inbound.append(_inbound(key, message, file))
        keys.append(key)
        if key.state == State.WAITING:
            stored.waiting[key.pk], stored.lines[key.pk] = place, key
        elif message.problem is not None and key.state == State.HELD:
            held.append(held_row(key, message.problem, pull.facility_id, now))
    _write(inbound, keys, held)
    return stored


def _write(inbound: list[tuple], keys: list[InboundKey], held: list[Held]) -> None:
    if not keys:
        return
    copying.write(Inbound, INBOUND, inbound)
    copying.write(InboundKey, LINE, map(attrgetter(*LINE), keys))
    Held.objects.bulk_create(held)


def _take_up(place: int, message: Message, versions: Sequence[Known], stored: Stored) -> None:
    """A message stored before that still waits (an interrupted import) is at hand again: no need to reopen it."""
    for version in versions:
        if version.waiting and version.content == message.content:
            stored.waiting[version.waiting] = place


def version_of(message: Message, known: Sequence[Known]) -> str | None:
    """The version under which a message is new; None for one that was here before.

    Without a version of its own, its content is its version. Another content under a known version is a sender's
    mistake, and is kept beside the first. A content that comes back, dated later than all others, is new again.
    """
    base = message.version or message.content.hex()[:32]
    names = {version.version: version for version in known}
    if base not in names:
        return base
    if names[base].content != message.content:
        marked = f"{base}~{message.content.hex()[:8]}"
        return None if marked in names else marked
    newest = max(known, key=lambda version: (version.updated is not None, version.updated))
    if message.version or not message.updated or newest.version == base or not newest.updated:
        return None
    marked = f"{base}~{message.updated:%Y%m%d%H%M%S%f}"
    return marked if message.updated > newest.updated and marked not in names else None


def _known(source_id: UUID, messages: Iterable[Message]) -> dict[Address, list[Known]]:
    """The versions the ledger has of each message's kind and identifier."""
    found: dict[Address, list[Known]] = defaultdict(list)
    wanted = {(message.kind, message.identifier) for message in messages}
    with connections[alias()].cursor() as cursor:
        cursor.execute(KNOWN, [[kind for kind, _ in wanted], [name for _, name in wanted], source_id])
        for kind, identifier, version, content, updated, state, key_id in cursor:
            waiting = key_id if state == State.WAITING else None
            found[kind, identifier].append(Known(version, bytes(content), updated, waiting))
    return found


def _inbound(key: InboundKey, message: Message, file: StoredFile | None) -> tuple:
    """The values of INBOUND."""
    in_file = message.entry is not None
    payload = None if in_file else crypto.seal(message.raw or b"", _place(key.inbound_id))
    stored = file.pk if in_file and file else None
    return (
        *(key.inbound_id, key.received_at, key.source_id, key.pull_id),
        *(message.sha256, payload, stored, message.entry),
    )


def _place(row_id: UUID) -> bytes:
    """What a sealed payload is bound to."""
    return f"exchange_inbound.payload.{row_id}".encode()


def _key(key_id: UUID, message: Message, version: str, pull: Pull, now: datetime) -> InboundKey:
    """The line of a new message. It is applied next, so that its first attempt counts from here on."""
    state = State.WAITING
    if message.problem is not None:
        state = State.HELD
    elif not message.wanted:
        state = State.SKIPPED
    return InboundKey(
        id=key_id,
        source_id=pull.source_id,
        kind=message.kind,
        identifier=message.identifier,
        version=version,
        pull_id=pull.pk,
        inbound_id=uuid7(),
        received_at=now,
        content=message.content,
        source_updated_at=message.updated,
        rank=message.rank,
        state=state.value,
        attempts=1 if state == State.WAITING else 0,
    )


def held_row(key: InboundKey, problem: CannotApply, facility_id: UUID, now: datetime) -> Held:
    """The row that tells staff why a message waits."""
    return Held(key=key, **held_fields(key, problem, facility_id, now))


def held_fields(key: InboundKey, problem: CannotApply, facility_id: UUID, now: datetime) -> dict[str, object]:
    """The columns of such a row, also for a message that is held once more."""
    return {
        "facility_id": facility_id,
        "source_id": key.source_id,
        "kind": key.kind,
        "identifier": key.identifier,
        "version": key.version,
        "reason": problem.reason,
        "explanation": problem.explanation[:500],
        "subject_reference": problem.subject[:200],
        "held_at": now,
        "resolved_at": None,
        "resolved_by": "",
        "resolution": "",
        "retry_requested_at": None,
    }


def resolve(held_ids: Sequence[UUID], now: datetime, *, late: bool) -> None:
    """Messages that were held have been applied after all: `late`, because their patient has come."""
    Held.objects.filter(pk__in=held_ids).update(
        resolved_at=now,
        resolved_by="系统",
        resolution="已收到患者信息，自动入档" if late else "重新处理后已入档",
        retry_requested_at=None,
    )


def payload(row: Inbound) -> Resource:
    """The resource in a payload of its own (not of a file), opened again."""
    value = reading.parse(crypto.unseal(bytes(row.payload or b""), _place(row.id)))
    if not isinstance(value, dict):
        raise reading.NotJson("not an object")
    return value


def raw_payload(row: Inbound) -> bytes:
    """The very bytes that were received."""
    return crypto.unseal(bytes(row.payload or b""), _place(row.id))


def inbound_of(keys: Sequence[InboundKey]) -> dict[UUID, Inbound]:
    """The stored messages of some ledger lines, by the message's id."""
    rows = Inbound.objects.filter(
        received_at__in={key.received_at for key in keys}, id__in=[key.inbound_id for key in keys]
    ).select_related("file")
    return {row.id: row for row in rows}


def counts(pull: Pull) -> dict[str, int]:
    """How the messages first stored by a run stand now, in the words of the run's columns."""
    names: dict[str, str] = {State.APPLIED: "new", State.SKIPPED: "skipped", State.HELD: "held"}
    total = dict.fromkeys(["new", "skipped", "held", "failed"], 0)
    states = InboundKey.objects.filter(pull=pull).values_list("state").annotate(Count("id"))
    for state, count in states:
        total[names.get(state, "failed")] += count
    return total
