"""How often each source sent a code that nobody has mapped: new results looked through, each once.

Results are found by their keys, which grow with time: a window of keys is counted and the place moved in one
transaction, so that a worker that is killed counts nothing twice. No page that staff open reads a result.
"""

from datetime import datetime, timedelta
from time import monotonic
from uuid import UUID

from django.db import connections

from records.exchange.models import CodeCount, Pull
from records.exchange.transactions import alias, durable

# A transaction that writes results takes seconds: what has a key from before is there.
SETTLED = timedelta(minutes=10)
WINDOW = timedelta(hours=6)
# How many different codes of one source are noted, and how many ways in which one of them was printed.
MOST_CODES = 5000
MOST_FORMS = 5
# The items without a standard code, then the printed units without one; never a value, a person or a report.
_FORMS = "(ARRAY(SELECT DISTINCT one FROM unnest(line.{0} || excluded.{0}) AS one ORDER BY one))[1:%(forms)s]"
_COUNT = """
WITH found AS (
  SELECT r.source_id, r.local_code, r.name, r.unit, r.specimen, r.code, r.unit_code, r.received_at
  FROM records_observation AS r
  WHERE r.id >= %(first)s AND r.id < %(last)s AND r.withdrawn_at IS NULL
    AND (r.code = '' OR (r.unit <> '' AND r.unit_code = ''))
), seen AS (
  SELECT source_id, 'item' AS kind, coalesce(nullif(local_code, ''), name) AS code,
    array_agg(DISTINCT name) AS names, array_agg(DISTINCT unit) FILTER (WHERE unit <> '') AS units,
    array_agg(DISTINCT specimen) FILTER (WHERE specimen <> '') AS specimens,
    count(*) AS results, max(received_at) AS last_at
  FROM found WHERE code = '' GROUP BY 1, 3
  UNION ALL
  SELECT source_id, 'unit', unit, array_agg(DISTINCT name), NULL, NULL, count(*), max(received_at)
  FROM found WHERE unit <> '' AND unit_code = '' GROUP BY 1, 3
), fresh AS (
  SELECT seen.*, known.id IS NULL AS is_new,
    row_number() OVER (PARTITION BY seen.source_id, known.id IS NULL ORDER BY seen.results DESC, seen.code) AS place
  FROM seen LEFT JOIN exchange_unmapped AS known USING (source_id, kind, code)
)
INSERT INTO exchange_unmapped AS line
  (id, source_id, facility_id, kind, code, names, units, specimens, results, last_on, unneeded_by)
SELECT gen_random_uuid(), fresh.source_id, source.facility_id, fresh.kind, fresh.code,
  fresh.names[1:%(forms)s], coalesce(fresh.units[1:%(forms)s], '{}'),
  coalesce(fresh.specimens[1:%(forms)s], '{}'), fresh.results,
  (fresh.last_at AT TIME ZONE 'Asia/Shanghai')::date, ''
FROM fresh JOIN exchange_source AS source ON source.id = fresh.source_id
WHERE NOT is_new OR place <= %(most)s - (SELECT count(*) FROM exchange_unmapped AS u WHERE u.source_id = source.id)
ON CONFLICT (source_id, kind, code) DO UPDATE SET
  results = line.results + excluded.results,
  last_on = greatest(line.last_on, excluded.last_on),
  names = {names}, units = {units}, specimens = {specimens}
""".replace("'{}'", "'{{}}'").format(**{name: _FORMS.format(name) for name in ("names", "units", "specimens")})


def count(now: datetime, seconds: float | None = None) -> int:
    """Count what has been recorded since the last time; returns how many windows were looked through.

    With `seconds`, it stops after about that long; the rest is for the next time.
    """
    done = 0
    started = monotonic()
    while _next_window(now - SETTLED):
        done += 1
        if seconds is not None and monotonic() - started > seconds:
            break
    return done


def _next_window(until: datetime) -> bool:
    """Count one window of results and move on; False where nothing is left."""
    with durable():
        first = _place()
        if first is None or first >= until:
            return False
        last = min(first + WINDOW, until)
        bounds: dict[str, UUID | int] = {"first": first_key(first), "last": first_key(last)}
        bounds |= {"forms": MOST_FORMS, "most": MOST_CODES}
        with connections[alias()].cursor() as cursor:
            cursor.execute(_COUNT, bounds)
        CodeCount.objects.filter(pk=1).update(counted_until=last)
        return True


def _place() -> datetime | None:
    """Up to when results have been counted, ours until the transaction ends; None before the first run of a feed."""
    row = CodeCount.objects.select_for_update().first()
    if row is not None:
        return row.counted_until
    first = Pull.objects.order_by("started_at").values_list("started_at", flat=True).first()
    if first is None:
        return None
    return CodeCount.objects.get_or_create(pk=1, defaults={"counted_until": first - SETTLED})[0].counted_until


def first_key(moment: datetime) -> UUID:
    """The smallest key (uuid7) that a row made at that moment could have."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)
