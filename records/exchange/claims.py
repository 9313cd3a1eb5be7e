"""The statements that every message passes through: an attempt counted, the line claimed, the line settled.

Written out because they run several times for each of millions of messages; the ORM's share would be the largest.
"""

from dataclasses import dataclass
from uuid import UUID

from django.db import connections

from records.exchange.models import InboundKey
from records.exchange.transactions import alias

# Committed on its own, before the work; like all of this it need not wait for the disk (transactions.repeatable).
COUNT = """
UPDATE exchange_inboundkey SET attempts = attempts + 1
WHERE id = %s AND state = 'waiting' AND set_config('synchronous_commit', 'off', true) = 'off'
RETURNING attempts
"""
CLAIM = """
SELECT held.id, coalesce(held.reason, ''), EXISTS (
  SELECT 1 FROM exchange_inboundkey AS other
  WHERE other.source_id = key.source_id AND other.kind = key.kind AND other.identifier = key.identifier
    AND other.id <> key.id), (
  SELECT patient.resident_id FROM exchange_sourcepatient AS patient
  WHERE patient.source_id = key.source_id AND patient.identifier = %s AND patient.unlinked_at IS NULL)
FROM exchange_inboundkey AS key LEFT JOIN exchange_held AS held ON held.key_id = key.id AND held.resolved_at IS NULL
WHERE key.id = %s AND key.state = 'waiting'
FOR UPDATE OF key SKIP LOCKED
"""
SETTLE = "UPDATE exchange_inboundkey SET state = 'applied', resident_id = %s WHERE id = %s"


@dataclass(frozen=True)
class Claim:
    """A ledger line that is ours until the transaction ends, and whom its subject's number stands for, if anybody."""

    key: InboundKey
    held_id: UUID | None
    held_reason: str
    has_other_versions: bool
    resident_id: UUID | None


def count_attempt(key_id: UUID) -> int | None:
    """Count one more attempt; None where the message no longer waits."""
    with connections[alias()].cursor() as cursor:
        cursor.execute(COUNT, [key_id])
        row = cursor.fetchone()
    return row[0] if row else None


def claim(key: InboundKey, patient: str = "") -> Claim | None:
    """Claim a waiting line, within a transaction; None where another worker has it or has finished it."""
    with connections[alias()].cursor() as cursor:
        cursor.execute(CLAIM, [patient, key.pk])
        row = cursor.fetchone()
    return Claim(key, *row) if row else None


def settle(claimed: Claim, resident_id: UUID | None) -> None:
    """The message is applied."""
    with connections[alias()].cursor() as cursor:
        cursor.execute(SETTLE, [resident_id, claimed.key.pk])
