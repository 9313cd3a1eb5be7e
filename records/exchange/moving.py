"""A correction that says a result belongs to another person: it leaves the first one's record, in all its versions.

The web login never sees a row that left (row-level security, records 0008), so nothing of it can be read from that
moment, by whatever page. Nothing is deleted: the row stays, with the time when it left, and comes back should a newer
version say so. What a report names goes with it, unless another report of the same person names it too.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connections

from records.exchange.models import InboundKey
from records.exchange.transactions import alias
from records.exchange.versions import is_newer, newest_first
from records.models import Observation, Report
from records.provenance import Provenance
from residents.models import Notice

# An item whose own message says that it is another person's does not come back with its report.
_FOLLOW = """
WITH said AS MATERIALIZED (
    SELECT resident_id, unnest(item_identifiers) AS name, left_at IS NOT NULL AS has_left FROM records_report
    WHERE source_id = %(source)s AND resident_id = ANY (%(residents)s) AND ({looked_at})
), item AS MATERIALIZED (SELECT resident_id, name, bool_and(has_left) AS has_left FROM said GROUP BY resident_id, name)
UPDATE records_observation o SET left_at = CASE WHEN item.has_left THEN %(now)s::timestamptz END
FROM item WHERE o.resident_id = item.resident_id AND o.identifier = item.name AND o.source_id = %(source)s
  AND o.resident_id = ANY (%(residents)s) AND (o.left_at IS NOT NULL) <> item.has_left
  AND (item.has_left OR o.resident_id = (
    SELECT key.resident_id FROM exchange_inboundkey AS key
    WHERE key.source_id = %(source)s AND key.kind = 'Observation' AND key.identifier = o.identifier
      AND key.state = 'applied'
    ORDER BY {newest_first} LIMIT 1))
"""
# Most batches hold nobody from whom anything ever left: an index with next to nothing in it says so.
_WHERE_ANY_LEFT = """resident_id IN (
    SELECT resident_id FROM records_report WHERE resident_id = ANY (%(residents)s) AND left_at IS NOT NULL)"""


def settle(row: Provenance, key: InboundKey, earlier: Sequence[InboundKey], now: datetime) -> None:
    """After a version was written: hide the message's rows from everybody but whom its newest version speaks of."""
    residents = {row.resident_id, *(one.resident_id for one in earlier if one.resident_id)}
    if len(residents) == 1:
        if isinstance(row, Report | Observation):
            follow(key.source_id, residents, now)
        return
    whose = _newest(key, row.resident_id, earlier)
    rows = type(row)._default_manager.filter(source_id=key.source_id, identifier=row.identifier)
    gone = rows.filter(resident_id__in=residents - {whose}, left_at=None)
    left = list(gone.values_list("id", flat=True))
    gone.update(left_at=now)
    rows.filter(resident_id=whose).exclude(left_at=None).update(left_at=None)
    if isinstance(row, Report):
        _untell(left, now)
        _run(_follow("true"), key.source_id, residents, now)


def _untell(reports: Sequence[UUID], now: datetime) -> None:
    """Who has not been told of these yet is told no more; what an inbox holds already is new no longer."""
    told = Notice.objects.filter(kind=Notice.Kind.REPORT_READY, subject_id__in=reports)
    told.filter(told_at=None).delete()
    told.filter(read_at=None).update(read_at=now)


def follow(source_id: UUID, residents: Iterable[UUID], now: datetime) -> None:
    """Let items that arrived after their report had left go after it: one statement, repeatable."""
    _run(_follow(_WHERE_ANY_LEFT), source_id, residents, now)


def _follow(looked_at: str) -> str:
    return _FOLLOW.format(looked_at=looked_at, newest_first=newest_first("key", "key.rank"))


def _newest(key: InboundKey, resident_id: UUID, earlier: Iterable[InboundKey]) -> UUID:
    """Whom the newest version speaks of; of two that cannot be told apart, the one received last counts."""
    newest, whose = key, resident_id
    for one in earlier:
        if one.resident_id and is_newer(one, newest):
            newest, whose = one, one.resident_id
    return whose


def _run(statement: str, source_id: UUID, residents: Iterable[UUID], now: datetime) -> None:
    with connections[alias()].cursor() as cursor:
        cursor.execute(statement, {"source": source_id, "residents": list(set(residents)), "now": now})
