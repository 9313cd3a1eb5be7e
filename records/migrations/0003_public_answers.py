from django.db import migrations

from foundation.operations import WEB

FUNCTIONS = f"""
CREATE FUNCTION app.check_copy(wanted bytea) RETURNS TABLE (
    state text, report_number text, facility_name text, reported_at timestamptz, issued_at timestamptz, sha256 bytea)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT
    CASE
      WHEN newest.withdrawn_at IS NOT NULL OR newest.status IN ('withdrawn', 'cancelled') THEN 'withdrawn'
      WHEN r.superseded_at IS NOT NULL OR EXISTS (
        SELECT 1 FROM public.records_observation o
        WHERE o.resident_id = r.resident_id AND o.source_id = r.source_id AND o.identifier = ANY (r.item_identifiers)
          AND (o.received_at > c.issued_at OR o.withdrawn_at > c.issued_at)) THEN 'corrected'
      ELSE 'genuine'
    END,
    repeat('*', greatest(length(r.report_number) - 4, 4)) ||
      CASE WHEN length(r.report_number) > 4 THEN right(r.report_number, 4) ELSE '' END,
    r.facility_name, r.issued_at, c.issued_at, c.sha256
  FROM public.records_issuedcopy c
  JOIN public.records_report r ON r.id = c.report_id
  JOIN public.records_report newest
    ON newest.source_id = r.source_id AND newest.identifier = r.identifier AND newest.superseded_at IS NULL
  WHERE c.code_hash = wanted $$;
COMMENT ON FUNCTION app.check_copy(bytea) IS
  'What anybody holding a printed copy may know of it: whether it still holds, never what it says or about whom.';

CREATE FUNCTION app.source_freshness() RETURNS TABLE (facility_id uuid, name text, fetched_at timestamptz)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT f.id, f.name, max(run.ended_at)
  FROM public.exchange_source s JOIN public.facilities_facility f ON f.id = s.facility_id
  CROSS JOIN LATERAL (
    SELECT p.ended_at FROM public.exchange_pull p
    WHERE p.source_id = s.id AND p.outcome = 'succeeded' ORDER BY p.started_at DESC LIMIT 1) AS run
  WHERE f.is_active
  GROUP BY f.id ORDER BY f.position, f.code $$;
COMMENT ON FUNCTION app.source_freshness() IS 'Up to when each facility''s results have been fetched; no address, no error.';

GRANT EXECUTE ON FUNCTION app.check_copy(bytea), app.source_freshness() TO {WEB};
"""

UNDO = "DROP FUNCTION app.check_copy(bytea), app.source_freshness();"


class Migration(migrations.Migration):
    """What the web login may ask about rows it cannot read: two answers, both without persons."""

    dependencies = [("records", "0002_guards")]

    operations = [migrations.RunSQL(FUNCTIONS, UNDO)]
