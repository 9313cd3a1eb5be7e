from django.db import migrations, models

from foundation.operations import WEB, WORKER

# Reports and observations are hidden by more than their own column.
PLAIN = ("allergy", "condition", "encounter", "imagingstudy", "immunization", "medication", "procedure")
MODELS = (*PLAIN, "observation", "report")

# What waits is little and is asked for with each look at results: by person, and by the time when it opens.
INDEX = """CREATE INDEX {name}_waits ON public.records_{name} (resident_id, release_at) WHERE release = 'pending';"""
NO_INDEX = "DROP INDEX public.{name}_waits;"

# A report is as closed as the results it names, whichever of them arrived first and whichever changed since; so no
# moment exists in which one of them can be read. What is asked for is asked once a statement, not once a row.
HELD = f"""
CREATE FUNCTION app.held_reports_of(persons uuid[]) RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT coalesce(array_agg(DISTINCT r.id), '{{}}')
  FROM public.records_observation o
  JOIN public.records_report r ON r.resident_id = o.resident_id AND r.source_id = o.source_id
    AND o.identifier = ANY (r.item_identifiers)
  WHERE o.resident_id = ANY (persons) AND o.release = 'pending' AND o.superseded_at IS NULL
    AND o.withdrawn_at IS NULL $$;
COMMENT ON FUNCTION app.held_reports_of(uuid[]) IS
  'The reports of these persons, in all versions, that name a result which a doctor tells first.';

CREATE FUNCTION app.held_items_of(persons uuid[]) RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  WITH held AS MATERIALIZED (
    SELECT r.resident_id, r.source_id, r.item_identifiers FROM public.records_report r
    WHERE r.id = ANY ((SELECT app.held_reports_of(persons))::uuid[]) AND r.superseded_at IS NULL
    UNION ALL
    SELECT r.resident_id, r.source_id, r.item_identifiers FROM public.records_report r
    WHERE r.resident_id = ANY (persons) AND r.release = 'pending' AND r.superseded_at IS NULL
  )
  SELECT coalesce(array_agg(DISTINCT o.id), '{{}}')
  FROM held JOIN public.records_observation o ON o.resident_id = held.resident_id AND o.source_id = held.source_id
    AND o.identifier = ANY (held.item_identifiers) $$;
COMMENT ON FUNCTION app.held_items_of(uuid[]) IS
  'The results of these persons that a report which waits names: none of them is read before it.';

CREATE FUNCTION app.perhaps_seen() RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  WITH me AS MATERIALIZED (SELECT app.own_resident() AS one)
  SELECT coalesce(array_agg(seen.one), '{{}}') FROM (
    SELECT one FROM me
    UNION ALL
    SELECT d.resident_id FROM public.residents_delegation d
      WHERE d.delegate_id = (SELECT one FROM me) AND d.ended_at IS NULL
    UNION ALL
    SELECT o.resident_id FROM public.residents_opening o
      WHERE o.token_hash = app.token_hash() AND o.closed_at IS NULL AND o.closes_at > app.clock()
  ) AS seen $$;
COMMENT ON FUNCTION app.perhaps_seen() IS
  'Everybody whom this session may see, and perhaps some more: cheap, for what only ever hides.';
CREATE FUNCTION app.held_reports() RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$ SELECT app.held_reports_of(app.perhaps_seen()) $$;
CREATE FUNCTION app.held_items() RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$ SELECT app.held_items_of(app.perhaps_seen()) $$;

CREATE FUNCTION app.pending_reports(person uuid)
  RETURNS TABLE (id uuid, facility_id uuid, facility_name varchar, issued_at timestamptz, opens_at timestamptz,
                 by_doctor boolean)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  WITH asked AS MATERIALIZED (
    SELECT person AS one WHERE person = ANY (app.residents_for('results'))
  ), held AS MATERIALIZED (SELECT app.held_reports_of(ARRAY[one]) AS ids FROM asked)
  SELECT r.id, r.facility_id, r.facility_name, coalesce(r.issued_at, r.occurred_at),
    CASE WHEN item.unbounded OR (r.release = 'pending' AND r.release_at IS NULL) THEN NULL
         ELSE greatest(item.opens_at, CASE WHEN r.release = 'pending' THEN r.release_at END) END,
    coalesce(item.by_doctor, false)
  FROM public.records_report r
  LEFT JOIN LATERAL (
    SELECT max(o.release_at) AS opens_at, bool_or(o.release_at IS NULL) AS unbounded,
      bool_or(o.ruled_by IS NULL) AS by_doctor
    FROM public.records_observation o
    WHERE o.resident_id = r.resident_id AND o.source_id = r.source_id AND o.identifier = ANY (r.item_identifiers)
      AND o.release = 'pending' AND o.superseded_at IS NULL AND o.withdrawn_at IS NULL
  ) AS item ON true
  WHERE r.resident_id = (SELECT one FROM asked) AND r.superseded_at IS NULL AND r.withdrawn_at IS NULL
    AND r.folded_into IS NULL AND r.sensitivity < 5 AND r.status NOT IN ('cancelled', 'withdrawn')
    AND (r.release = 'pending' OR (r.release = 'released' AND r.id = ANY ((SELECT ids FROM held)::uuid[])))
  ORDER BY 4 DESC NULLS LAST, 1 $$;
COMMENT ON FUNCTION app.pending_reports(uuid) IS
  'Which reports of a person that this session may read wait, at which facility, until when at the latest; no content.';

REVOKE ALL ON FUNCTION app.held_reports_of(uuid[]), app.held_items_of(uuid[]), app.perhaps_seen(),
  app.held_reports(), app.held_items(), app.pending_reports(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.held_reports(), app.held_items(), app.pending_reports(uuid) TO {WEB};
GRANT EXECUTE ON FUNCTION app.held_reports_of(uuid[]) TO {WORKER};
"""
NO_HELD = """
DROP FUNCTION app.pending_reports(uuid), app.held_items(), app.held_reports(), app.perhaps_seen(),
  app.held_items_of(uuid[]), app.held_reports_of(uuid[]);
"""

PENDING = f"""CREATE POLICY not_before_its_time ON public.records_{{name}} AS RESTRICTIVE FOR SELECT TO {WEB}
  USING (release <> 'pending'{{more}});"""
NOT_PENDING = "DROP POLICY not_before_its_time ON public.records_{name};"
MORE = {
    "report": "\n    AND id <> ALL ((SELECT app.held_reports())::uuid[])",
    "observation": "\n    AND id <> ALL ((SELECT app.held_items())::uuid[])",
}

# "A new report": no longer said of one that is gone, or that waits. What was read stays in the inbox as it was.
NEWS = f"""
CREATE FUNCTION app.vanished_news_of(persons uuid[]) RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  WITH held AS MATERIALIZED (SELECT app.held_reports_of(persons) AS ids)
  SELECT coalesce(array_agg(DISTINCT n.subject_id), '{{}}')
  FROM public.residents_notice n JOIN public.records_report r ON r.id = n.subject_id
  WHERE n.resident_id = ANY (persons) AND n.kind = 'report_ready' AND n.read_at IS NULL AND NOT EXISTS (
    SELECT 1 FROM public.records_report c
    WHERE c.resident_id = n.resident_id AND c.source_id = r.source_id AND c.identifier = r.identifier
      AND c.superseded_at IS NULL AND c.withdrawn_at IS NULL AND c.sensitivity < 5 AND c.folded_into IS NULL
      AND c.release IN ('released', 'withheld') AND c.status NOT IN ('cancelled', 'withdrawn')
      AND c.id <> ALL ((SELECT ids FROM held)::uuid[])) $$;
COMMENT ON FUNCTION app.vanished_news_of(uuid[]) IS
  'The reports that unread notices of these persons speak of, and that are not there (any more, or yet).';
CREATE FUNCTION app.vanished_news() RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$ SELECT app.vanished_news_of(app.perhaps_seen()) $$;
REVOKE ALL ON FUNCTION app.vanished_news_of(uuid[]), app.vanished_news() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.vanished_news() TO {WEB};
GRANT EXECUTE ON FUNCTION app.vanished_news_of(uuid[]) TO {WORKER};
CREATE POLICY only_news_that_is_there ON public.residents_notice AS RESTRICTIVE FOR SELECT TO {WEB}
  USING (kind <> 'report_ready' OR read_at IS NOT NULL OR subject_id IS NULL
    OR subject_id <> ALL ((SELECT app.vanished_news())::uuid[]));
"""
NO_NEWS = """
DROP POLICY only_news_that_is_there ON public.residents_notice;
DROP FUNCTION app.vanished_news(), app.vanished_news_of(uuid[]);
"""


def _added(name: str) -> list[migrations.operations.base.Operation]:
    return [
        migrations.AddField(name, "ruled_by", models.UUIDField(null=True, verbose_name="按哪条发布规则")),
        migrations.RunSQL(INDEX.format(name=name), NO_INDEX.format(name=name)),
    ]


def _hidden(name: str) -> migrations.RunSQL:
    return migrations.RunSQL(PENDING.format(name=name, more=MORE.get(name, "")), NOT_PENDING.format(name=name))


class Migration(migrations.Migration):
    dependencies = [("records", "0008_report_contents")]

    operations = [
        *[one for name in MODELS for one in _added(name)],
        migrations.RunSQL(HELD, NO_HELD),
        *[_hidden(name) for name in MODELS],
        migrations.RunSQL(NEWS, NO_NEWS),
    ]
