from django.db import migrations

from foundation.operations import WEB

# Nothing of a person, no address, no error's text. What waits is counted up to a bound: a first load has millions.
FRESHNESS = f"""
CREATE FUNCTION app.facility_freshness(bound integer)
  RETURNS TABLE (facility_id uuid, fetched_at timestamptz, waiting bigint, gap_since timestamptz)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT s.facility_id, max(good.ended_at), sum(line.waiting + held.waiting)::bigint,
    min(CASE WHEN last.outcome = 'failed' OR (s.state = 'paused' AND s.kind <> 'file') THEN good.ended_at END)
  FROM public.exchange_source s
  LEFT JOIN LATERAL (
    SELECT p.ended_at FROM public.exchange_pull p
    WHERE p.source_id = s.id AND p.outcome = 'succeeded' ORDER BY p.started_at DESC LIMIT 1) AS good ON true
  LEFT JOIN LATERAL (
    SELECT p.outcome FROM public.exchange_pull p
    WHERE p.source_id = s.id AND p.outcome <> 'running' ORDER BY p.started_at DESC LIMIT 1) AS last ON true
  CROSS JOIN LATERAL (SELECT count(*) AS waiting FROM (
    SELECT 1 FROM public.exchange_inboundkey k WHERE k.source_id = s.id AND k.state = 'waiting' LIMIT bound) AS bounded
  ) AS line
  CROSS JOIN LATERAL (SELECT count(*) AS waiting FROM (
    SELECT 1 FROM public.exchange_held h WHERE h.source_id = s.id AND h.resolved_at IS NULL LIMIT bound) AS bounded
  ) AS held
  GROUP BY s.facility_id $$;
COMMENT ON FUNCTION app.facility_freshness(integer) IS
  'Up to when each facility''s data came, how much of it waits (up to a bound for each feed), since when it is missing.';
REVOKE ALL ON FUNCTION app.facility_freshness(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.facility_freshness(integer) TO {WEB};
"""


class Migration(migrations.Migration):
    dependencies = [("exchange", "0008_desk")]

    operations = [migrations.RunSQL(FRESHNESS, "DROP FUNCTION app.facility_freshness(integer);")]
