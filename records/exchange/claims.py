"""The statements that messages pass through: an attempt counted, lines claimed, lines settled; one by one or together.

Written out because they run several times for each of millions of messages; the ORM's share would be the largest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connections

from records.exchange.models import InboundKey
from records.exchange.transactions import alias

# Committed on its own, before the work; like all of this it need not wait for the disk (transactions.one_message).
COUNT = """
UPDATE exchange_inboundkey SET attempts = attempts + 1
WHERE id = %s AND state = 'waiting' AND set_config('synchronous_commit', 'off', true) = 'off'
RETURNING attempts
"""
COUNT_FIRST = """
UPDATE exchange_inboundkey SET attempts = 1
WHERE id = ANY (%s) AND state = 'waiting' AND attempts = 0 AND set_config('synchronous_commit', 'off', true) = 'off'
RETURNING id
"""
_CLAIM = """
SELECT key.id, held.id, coalesce(held.reason, ''), EXISTS (
  SELECT 1 FROM exchange_inboundkey AS other
  WHERE other.source_id = key.source_id AND other.kind = key.kind AND other.identifier = key.identifier
    AND other.id <> key.id), (
  SELECT patient.resident_id FROM exchange_sourcepatient AS patient
  WHERE patient.source_id = key.source_id AND patient.identifier = wanted.patient AND patient.unlinked_at IS NULL), (
  SELECT cover.recall_id FROM exchange_recallcover AS cover
  JOIN exchange_recall AS recall ON recall.id = cover.recall_id AND recall.state <> 'unfounded'
  WHERE cover.source_id = key.source_id AND cover.kind = key.kind AND cover.identifier = key.identifier
  ORDER BY recall.state = 'moved', cover.id LIMIT 1)
FROM unnest(%s::uuid[], %s::text[]) AS wanted (id, patient)
JOIN exchange_inboundkey AS key ON key.id = wanted.id
LEFT JOIN exchange_held AS held ON held.key_id = key.id AND held.resolved_at IS NULL
WHERE key.state = 'waiting'
FOR UPDATE OF key SKIP LOCKED
"""
SETTLE = """
UPDATE exchange_inboundkey AS key SET state = 'applied', resident_id = wanted.resident_id
FROM unnest(%s::uuid[], %s::uuid[]) AS wanted (id, resident_id) WHERE key.id = wanted.id
"""


@dataclass(frozen=True)
class Claim:
    """A ledger line that is ours until the transaction ends, and whom its subject's number stands for, if anybody.

    `recall_id`: what it says has been recalled, in this version or another.
    """

    key: InboundKey
    held_id: UUID | None
    held_reason: str
    has_other_versions: bool
    resident_id: UUID | None
    recall_id: UUID | None = None


def count_attempt(key_id: UUID) -> int | None:
    """Count one more attempt; None where the message no longer waits."""
    rows = _asked(COUNT, [key_id])
    return rows[0][0] if rows else None


def count_first_attempts(key_ids: Sequence[UUID]) -> set[UUID]:
    """Count the first attempt of those that wait and have never been tried; returns which they are."""
    return {row[0] for row in _asked(COUNT_FIRST, [list(key_ids)])} if key_ids else set()


def claim(key: InboundKey, patient: str = "") -> Claim | None:
    """Claim a waiting line, within a transaction; None where another worker has it or has finished it."""
    found = claim_all([(key, patient)])
    return found[0] if found else None


def claim_all(wanted: Sequence[tuple[InboundKey, str]]) -> list[Claim]:
    """Claim waiting lines, each with the patient number it names; those that others have or finished are missing."""
    keys = {key.pk: key for key, _ in wanted}
    rows = _asked(_CLAIM, [list(keys), [patient for _, patient in wanted]])
    return [Claim(keys[row[0]], *row[1:]) for row in rows]


def settle(residents: Mapping[UUID, UUID | None]) -> None:
    """These messages, by their lines' ids, are applied: whose they are."""
    with connections[alias()].cursor() as cursor:
        cursor.execute(SETTLE, [list(residents), list(residents.values())])


def _asked(statement: str, values: Sequence[Any]) -> list[tuple]:
    with connections[alias()].cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
