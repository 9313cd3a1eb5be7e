from importlib import import_module

from django.db import migrations

from foundation.operations import WORKER, as_it_was

# A critical result waits for a doctor whichever feed it comes through: another feed's copy, marked or not, is closed
# with it and opens with it. That is worked out at each look, too, so the order of arrival changes nothing.
PENDING = import_module("records.migrations.0010_pending").HELD
KEPT = import_module("records.exchange.migrations.0022_coded_later").KEEP

SAME = f"""
CREATE FUNCTION app.plain(words text) RETURNS text LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
  SELECT lower(regexp_replace(words, '[\\s\\u00a0\\u3000]+', '', 'g')) $$;
CREATE FUNCTION app.said_by(result public.records_observation) RETURNS text LANGUAGE sql IMMUTABLE
  SET search_path = pg_catalog AS $$
  SELECT (result).part || '|' || (result).comparator || '|'
    || coalesce(trim_scale((result).value_number)::text, nullif(app.plain((result).value_text), ''))
    || '|' || coalesce(nullif((result).unit_code, ''), app.plain((result).unit)) $$;
COMMENT ON FUNCTION app.said_by(public.records_observation) IS
  'Part, comparator, value and unit of a result, as records.exchange.sameness compares them; NULL without a value.';

CREATE FUNCTION app.minutes_of(result public.records_observation) RETURNS timestamptz[] LANGUAGE sql STABLE
  SET search_path = pg_catalog AS $$
  SELECT array_agg(date_trunc('minute', at)) FROM (
    SELECT (result).occurred_at AS at
    UNION ALL
    SELECT unnest(ARRAY[r.occurred_at, r.issued_at]) FROM public.records_report r
    WHERE r.resident_id = (result).resident_id AND r.source_id = (result).source_id
      AND (result).identifier = ANY (r.item_identifiers) AND r.superseded_at IS NULL
  ) AS moments WHERE at IS NOT NULL $$;

CREATE FUNCTION app.same_results(result public.records_observation) RETURNS SETOF public.records_observation
  LANGUAGE sql STABLE ROWS 2 SET search_path = pg_catalog AS $$
  SELECT t.* FROM public.records_observation t
  WHERE t.resident_id = (result).resident_id AND t.source_id <> (result).source_id AND t.superseded_at IS NULL
    AND t.withdrawn_at IS NULL AND app.said_by(t) = app.said_by(result)
    AND ((t.code <> '' AND t.code = (result).code AND t.code_system = (result).code_system)
      OR (t.name <> '' AND app.plain(t.name) = app.plain((result).name)))
    AND app.minutes_of(t) && app.minutes_of(result) $$;
COMMENT ON FUNCTION app.same_results(public.records_observation) IS
  'The same result as other feeds brought it: the items of records.exchange.sameness, whatever their reports say else.';

CREATE FUNCTION app.held_results_of(persons uuid[])
  RETURNS TABLE (resident_id uuid, source_id uuid, identifier varchar, release_at timestamptz, by_doctor boolean,
                 first_source uuid, first_identifier varchar)
  LANGUAGE sql STABLE SECURITY DEFINER ROWS 5 SET search_path = pg_catalog AS $$
  WITH waiting AS MATERIALIZED (
    SELECT o AS one FROM public.records_observation o
    WHERE o.resident_id = ANY (persons) AND o.release = 'pending' AND o.superseded_at IS NULL
      AND o.withdrawn_at IS NULL
  )
  SELECT (w.one).resident_id, (w.one).source_id, (w.one).identifier, (w.one).release_at, (w.one).ruled_by IS NULL,
    NULL::uuid, NULL::varchar FROM waiting w
  UNION ALL
  SELECT t.resident_id, t.source_id, t.identifier, (w.one).release_at, true, (w.one).source_id, (w.one).identifier
  FROM waiting w CROSS JOIN LATERAL app.same_results(w.one) AS t WHERE (w.one).ruled_by IS NULL $$;
COMMENT ON FUNCTION app.held_results_of(uuid[]) IS
  'The results of these persons that wait, and the same ones through other feeds, which wait with a critical one.';

CREATE OR REPLACE FUNCTION app.held_reports_of(persons uuid[]) RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT coalesce(array_agg(DISTINCT r.id), '{{}}')
  FROM app.held_results_of(persons) o
  JOIN public.records_report r ON r.resident_id = o.resident_id AND r.source_id = o.source_id
    AND o.identifier = ANY (r.item_identifiers) $$;

CREATE OR REPLACE FUNCTION app.held_items_of(persons uuid[]) RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  WITH held AS MATERIALIZED (
    SELECT r.resident_id, r.source_id, r.item_identifiers FROM public.records_report r
    WHERE r.id = ANY ((SELECT app.held_reports_of(persons))::uuid[]) AND r.superseded_at IS NULL
    UNION ALL
    SELECT r.resident_id, r.source_id, r.item_identifiers FROM public.records_report r
    WHERE r.resident_id = ANY (persons) AND r.release = 'pending' AND r.superseded_at IS NULL
    UNION ALL
    SELECT h.resident_id, h.source_id, ARRAY[h.identifier] FROM app.held_results_of(persons) h
  )
  SELECT coalesce(array_agg(DISTINCT o.id), '{{}}')
  FROM held JOIN public.records_observation o ON o.resident_id = held.resident_id AND o.source_id = held.source_id
    AND o.identifier = ANY (held.item_identifiers) $$;

CREATE OR REPLACE FUNCTION app.pending_reports(person uuid)
  RETURNS TABLE (id uuid, facility_id uuid, facility_name varchar, issued_at timestamptz, opens_at timestamptz,
                 by_doctor boolean)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  WITH asked AS MATERIALIZED (
    SELECT person AS one WHERE person = ANY (app.residents_for('results'))
  ), held AS MATERIALIZED (SELECT h.* FROM asked, app.held_results_of(ARRAY[one]) AS h),
  listed AS MATERIALIZED (
    SELECT r.* FROM public.records_report r
    WHERE r.resident_id = (SELECT one FROM asked) AND r.superseded_at IS NULL AND r.withdrawn_at IS NULL
      AND r.folded_into IS NULL AND r.sensitivity < 5 AND r.status NOT IN ('cancelled', 'withdrawn')
      AND r.release IN ('pending', 'released')
  )
  SELECT r.id, r.facility_id, r.facility_name, coalesce(r.issued_at, r.occurred_at),
    CASE WHEN item.unbounded OR (r.release = 'pending' AND r.release_at IS NULL) THEN NULL
         ELSE greatest(item.opens_at, CASE WHEN r.release = 'pending' THEN r.release_at END) END,
    coalesce(item.by_doctor, false)
  FROM listed r
  LEFT JOIN LATERAL (
    SELECT count(*) AS items, max(h.release_at) AS opens_at, bool_or(h.release_at IS NULL) AS unbounded,
      bool_or(h.by_doctor) AS by_doctor,
      bool_and(EXISTS (SELECT 1 FROM listed f
        WHERE f.source_id = h.first_source AND h.first_identifier = ANY (f.item_identifiers))) AS repeated
    FROM held h WHERE h.source_id = r.source_id AND h.identifier = ANY (r.item_identifiers)
  ) AS item ON true
  WHERE r.release = 'pending' OR (item.items > 0 AND NOT item.repeated)
  ORDER BY 4 DESC NULLS LAST, 1 $$;

REVOKE ALL ON FUNCTION app.plain(text), app.said_by(public.records_observation),
  app.minutes_of(public.records_observation), app.same_results(public.records_observation),
  app.held_results_of(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.plain(text), app.said_by(public.records_observation),
  app.minutes_of(public.records_observation), app.same_results(public.records_observation),
  app.held_results_of(uuid[]) TO {WORKER};
"""
NOT_SAME = (
    "".join(as_it_was(PENDING, name) for name in ("held_reports_of", "held_items_of", "pending_reports"))
    + """
DROP FUNCTION app.held_results_of(uuid[]), app.same_results(public.records_observation),
  app.minutes_of(public.records_observation), app.said_by(public.records_observation), app.plain(text);
"""
)

# One case for one result: what another feed's case is open about needs none of its own, and what a person was told of
# through one feed, or could read in time, opens through the other.
OWN = "    SELECT s.case_id INTO known"
TWICE = """    IF EXISTS (
      SELECT 1 FROM app.same_results(NEW) t JOIN public.exchange_criticalsubject s ON s.resident_id = t.resident_id
          AND s.source_id = t.source_id AND s.identifier = t.identifier AND s.part = t.part
        JOIN public.exchange_criticalcase c ON c.id = s.case_id AND c.state IN ('told', 'elapsed')
        JOIN public.records_observation b ON b.resident_id = s.resident_id AND b.id = s.observation_id
      WHERE t.release = 'released' AND app.said_by(b) = app.said_by(t)
    ) THEN
      UPDATE public.records_observation o SET release = 'released' WHERE o.resident_id = NEW.resident_id AND o.id = NEW.id;
      RETURN NULL;
    END IF;
    IF EXISTS (
      SELECT 1 FROM app.same_results(NEW) t JOIN public.exchange_criticalsubject s ON s.resident_id = t.resident_id
          AND s.observation_id = t.id JOIN public.exchange_criticalcase c ON c.id = s.case_id AND c.state = 'open'
      WHERE t.release = 'pending'
    ) AND NOT EXISTS (
      SELECT 1 FROM public.exchange_criticalsubject s JOIN public.exchange_criticalcase c ON c.id = s.case_id
      WHERE s.resident_id = NEW.resident_id AND s.source_id = NEW.source_id AND s.identifier = NEW.identifier
        AND s.part = NEW.part AND c.state = 'open'
    ) THEN
      RETURN NULL;
    END IF;
"""
ENDS = """        AND s.resident_id = NEW.resident_id AND s.observation_id = NEW.id;
"""
TOGETHER = """    IF TG_OP = 'UPDATE' AND OLD.release = 'pending' AND OLD.ruled_by IS NULL AND NEW.release = 'released'
        AND NEW.superseded_at IS NULL AND NEW.withdrawn_at IS NULL THEN
      UPDATE public.records_observation o SET release = 'released' FROM app.same_results(NEW) AS t
        WHERE o.resident_id = NEW.resident_id AND o.id = t.id AND o.release = 'pending' AND o.ruled_by IS NULL;
    END IF;
"""
KEEP = KEPT.replace(OWN, TWICE + OWN).replace(ENDS, ENDS + TOGETHER)

# Where a case ends because its result is gone or is another one now, a copy that waits still needs somebody to call.
# At the end of the transaction, since a new version that says the same goes on with the case.
LEFT = """
CREATE FUNCTION app.ask_for_copies() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
BEGIN
  UPDATE public.records_observation o SET release = o.release FROM app.same_results(NEW) AS t
    WHERE o.resident_id = NEW.resident_id AND o.id = t.id AND o.release = 'pending' AND o.ruled_by IS NULL;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION app.ask_for_copies() FROM PUBLIC;
CREATE CONSTRAINT TRIGGER copies_of_a_critical_result_keep_a_case AFTER UPDATE ON public.records_observation
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (OLD.release = 'pending' AND OLD.ruled_by IS NULL AND OLD.superseded_at IS NULL AND OLD.withdrawn_at IS NULL
    AND (NEW.superseded_at IS NOT NULL OR NEW.withdrawn_at IS NOT NULL OR NEW.release NOT IN ('pending', 'released')))
  EXECUTE FUNCTION app.ask_for_copies();
"""
NOT_LEFT = """
DROP TRIGGER copies_of_a_critical_result_keep_a_case ON public.records_observation;
DROP FUNCTION app.ask_for_copies();
"""


class Migration(migrations.Migration):
    dependencies = [("exchange", "0023_recalled_twins"), ("records", "0010_pending")]

    operations = [
        migrations.RunSQL(SAME, NOT_SAME),
        migrations.RunSQL(KEEP, KEPT),
        migrations.RunSQL(LEFT, NOT_LEFT),
    ]
