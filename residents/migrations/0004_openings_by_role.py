from django.db import migrations

from foundation.operations import WEB

# Reception and managers open a person to book and to check the document; health data is for those who treat. The role
# is asked for again at each look, so that ending it ends what it had opened.
BY_ROLE = """
      AND o.facility_id = ANY (app.facilities_for(CASE WHEN category IN ('identity', 'booking')
        THEN ARRAY['clinician', 'village_doctor', 'reception', 'manager'] ELSE ARRAY['clinician', 'village_doctor'] END))"""


def residents_for(openings: str) -> str:
    """`app.residents_for`, with a further condition on what staff have opened."""
    return f"""
CREATE OR REPLACE FUNCTION app.residents_for(category text) RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  WITH me AS (
    SELECT a.id, a.resident_id FROM public.residents_account a WHERE a.id = app.account()
  ), myself AS (
    SELECT me.resident_id FROM me WHERE me.resident_id IS NOT NULL AND (
      app.required_level(category) = 0 OR EXISTS (
        SELECT 1 FROM public.residents_verification v
        WHERE v.account_id = me.id AND v.level >= app.required_level(category) AND v.revoked_at IS NULL
          AND v.verified_at <= app.clock() AND (v.valid_until IS NULL OR v.valid_until > app.clock())))
  )
  SELECT coalesce(array_agg(DISTINCT seen.resident_id), '{{}}') FROM (
    SELECT resident_id FROM myself
    UNION ALL
    SELECT d.resident_id FROM public.residents_delegation d JOIN myself ON myself.resident_id = d.delegate_id
    WHERE category = ANY (d.scope) AND d.ended_at IS NULL AND d.starts_at <= app.clock() AND d.ends_at > app.clock()
    UNION ALL
    SELECT o.resident_id FROM public.residents_opening o
    WHERE o.token_hash = app.token_hash() AND o.account_id = (SELECT id FROM me) AND o.closes_at > app.clock(){openings}
  ) AS seen $$;
"""


# A grant lets a facility open a person: whoever has opened one must not prolong it.
GRANTS = f"""
CREATE POLICY nobody_prolongs_their_own_sight ON public.residents_caregrant AS RESTRICTIVE FOR INSERT TO {WEB}
  WITH CHECK (NOT EXISTS (
    SELECT 1 FROM public.residents_opening o
    WHERE o.resident_id = residents_caregrant.resident_id AND o.account_id = (SELECT app.account())));
"""


class Migration(migrations.Migration):
    """What a role may open, and that nobody opens the door from inside."""

    dependencies = [("residents", "0003_guards")]

    operations = [
        migrations.RunSQL(residents_for(BY_ROLE), residents_for("")),
        migrations.RunSQL(GRANTS, "DROP POLICY nobody_prolongs_their_own_sight ON public.residents_caregrant;"),
    ]
