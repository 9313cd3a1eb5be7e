"""Results that a newer version of their report no longer names: they end without a replacement, and stay in history.

A report that is whole (final, corrected) names all of its results, so what an older version named and the newest does
not is no longer said. One that is cancelled or withdrawn says nothing any more. A preliminary report, and one of which
a row could not be read, names what there is so far and ends nothing. A result that any report of the same person and
source still names goes on, and one that is named again comes back, in whatever order the messages arrive.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connections

from records.exchange.transactions import alias, lock
from records.exchange.versions import newest_first
from records.models import Observation, Report
from records.provenance import Provenance

CONCERNED: tuple[type[Provenance], ...] = (Report, Observation)
Names = Mapping[type[Provenance], Iterable[str]]

# Only persons with a report that was replaced, or says nothing any more, are looked at: in most batches nobody.
# Which version of a result is newer: as in `versions`. Of a report's versions the one in force is the last anyhow.
# A result that another person has since (`moving`) does not come back to the first one.
_SETTLE = """
WITH person AS MATERIALIZED (
    SELECT DISTINCT resident_id FROM records_report
    WHERE source_id = %(source)s AND resident_id = ANY (%(residents)s)
      AND (superseded_at IS NOT NULL OR status IN ('cancelled', 'withdrawn'))
), version AS (
    SELECT resident_id, identifier, item_identifiers, status, bool_or(superseded_at IS NULL) OVER report AS lives,
        row_number() OVER (report ORDER BY superseded_at IS NULL, source_updated_at NULLS FIRST,
            substring(version FROM '^([0-9]{1,18})(~|$)')::bigint NULLS FIRST, id) AS place
    FROM records_report JOIN person USING (resident_id) WHERE source_id = %(source)s
    WINDOW report AS (PARTITION BY resident_id, identifier)
), aged AS (
    SELECT *, max(place) FILTER (WHERE status <> 'preliminary') OVER (PARTITION BY resident_id, identifier) AS whole
    FROM version
), named AS MATERIALIZED (
    SELECT resident_id, unnest(item_identifiers) AS name,
        lives AND status NOT IN ('cancelled', 'withdrawn') AND place >= coalesce(whole, 0) AS in_force
    FROM aged
), touched AS (
    SELECT unnest(%(items)s::text[]) AS name
    UNION SELECT unnest(item_identifiers) FROM version WHERE identifier = ANY (%(reports)s)
), said AS MATERIALIZED (
    SELECT resident_id, name, bool_or(in_force) AS in_force FROM named JOIN touched USING (name)
    GROUP BY resident_id, name
), found AS MATERIALIZED (
    SELECT o.resident_id, o.id, said.in_force, o.superseded_at IS NULL AS is_current,
        bool_or(o.superseded_at IS NULL) OVER item AS has_current,
        o.version = first_value(o.version) OVER (
            item ORDER BY {newest_first}) AS newest,
        o.left_at
    FROM said JOIN records_observation o ON o.resident_id = said.resident_id AND o.identifier = said.name
    LEFT JOIN exchange_inboundkey key ON key.source_id = o.source_id AND key.kind = 'Observation'
      AND key.identifier = o.identifier AND key.version = o.version
    WHERE o.source_id = %(source)s AND o.resident_id = ANY (%(residents)s) AND o.version NOT LIKE '%%~u%%'
    WINDOW item AS (PARTITION BY o.resident_id, o.identifier)
), settled AS (
UPDATE records_observation o SET superseded_at = CASE WHEN found.in_force THEN NULL ELSE %(now)s END
FROM found WHERE o.resident_id = found.resident_id AND o.id = found.id AND o.resident_id = ANY (%(residents)s)
  AND CASE WHEN NOT found.in_force THEN found.is_current
    ELSE NOT found.has_current AND found.newest AND found.left_at IS NULL END
)
SELECT EXISTS (SELECT FROM person)
""".replace("{newest_first}", newest_first("o", "coalesce(key.rank, 0)"))


def one_at_a_time(source_id: UUID) -> None:
    """Wait until nobody else writes single reports or results of the source: each sees what the other named."""
    lock("items", source_id)


def settle(source_id: UUID, residents: Iterable[UUID], names: Names, now: datetime) -> bool:
    """End what is no longer named and bring back what is named again, of these persons: one statement, repeatable.

    `names` are the identifiers of the reports and results just written: only what they have to do with is looked at.
    Returns whether anybody was looked at: nobody else has a report that was replaced or taken back.
    """
    values: dict[str, Any] = {"source": source_id, "residents": list(set(residents)), "now": now}
    values |= {"reports": list(names.get(Report, ())), "items": list(names.get(Observation, ()))}
    with connections[alias()].cursor() as cursor:
        cursor.execute(_SETTLE, values)
        row = cursor.fetchone()
    return bool(row and row[0])
