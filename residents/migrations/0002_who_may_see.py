from django.db import migrations

from foundation.operations import SIGNIN, WEB

FUNCTIONS = f"""
CREATE FUNCTION app.token_hash() RETURNS bytea LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
  SELECT sha256(convert_to(coalesce(current_setting('app.token', true), ''), 'UTF8')) $$;

CREATE FUNCTION app.account() RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT a.id FROM public.residents_accountsession s JOIN public.residents_account a ON a.id = s.account_id
  WHERE s.token_hash = app.token_hash() AND s.expires_at > app.clock() AND a.is_active $$;
COMMENT ON FUNCTION app.account() IS 'The account of the session whose token this transaction carries, while it lives.';

CREATE FUNCTION app.required_level(category text) RETURNS integer LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT CASE category
    WHEN 'identity' THEN 0
    WHEN 'booking' THEN coalesce((app.setting('identity.level_for_booking') #>> '{{}}')::integer, 1)
    ELSE coalesce((app.setting('identity.level_for_records') #>> '{{}}')::integer, 2)
  END $$;

CREATE FUNCTION app.residents_for(category text) RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
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
    WHERE o.token_hash = app.token_hash() AND o.account_id = (SELECT id FROM me) AND o.closes_at > app.clock()
  ) AS seen $$;
COMMENT ON FUNCTION app.residents_for(text) IS 'The persons this session may see now, for one category; worked out at app.clock().';

CREATE FUNCTION app.facilities_for(roles text[]) RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  WITH mine AS (
    SELECT m.facility_id, f.level FROM public.facilities_membership m
    JOIN public.facilities_facility f ON f.id = m.facility_id
    JOIN public.residents_account a ON a.id = m.account_id
    WHERE m.account_id = app.account() AND a.is_staff AND m.role = ANY (roles)
      AND m.starts_at <= app.clock() AND (m.ended_at IS NULL OR m.ended_at > app.clock())
  )
  SELECT coalesce(array_agg(DISTINCT id), '{{}}') FROM (
    SELECT facility_id AS id FROM mine
    UNION ALL
    SELECT f.id FROM public.facilities_facility f WHERE EXISTS (SELECT 1 FROM mine WHERE mine.level = 'bureau')
  ) AS reached $$;
COMMENT ON FUNCTION app.facilities_for(text[]) IS 'The facilities where this session''s account holds one of the roles; the bureau reaches all.';

CREATE FUNCTION app.has_role(roles text[]) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$ SELECT cardinality(app.facilities_for(roles)) > 0 $$;

CREATE FUNCTION app.open_resident(resident uuid, facility uuid, why text, minutes integer) RETURNS boolean
  LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  WITH opened AS (
    INSERT INTO public.residents_opening
      (id, token_hash, account_id, resident_id, facility_id, reason, opened_at, closes_at)
    SELECT gen_random_uuid(), app.token_hash(), app.account(), resident, facility, why, app.clock(),
           app.clock() + make_interval(mins => least(greatest(minutes, 1), 60))
    WHERE facility = ANY (app.facilities_for(ARRAY['clinician', 'village_doctor', 'reception', 'manager']))
      AND why <> ''
      AND EXISTS (SELECT 1 FROM public.residents_caregrant g
                  WHERE g.resident_id = resident AND g.facility_id = facility
                    AND g.starts_at <= app.clock() AND g.ends_at > app.clock())
    RETURNING 1
  )
  SELECT EXISTS (SELECT 1 FROM opened) $$;

CREATE FUNCTION app.account_for_document(wanted_kind text, wanted_index bytea) RETURNS uuid LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT a.id FROM public.residents_identifier i JOIN public.residents_account a ON a.resident_id = i.resident_id
  WHERE i.kind = wanted_kind AND i.index = wanted_index AND a.is_active $$;
COMMENT ON FUNCTION app.account_for_document(text, bytea) IS 'Sign-in asks whose account a document opens; only the sign-in login may.';

GRANT EXECUTE ON FUNCTION app.account(), app.residents_for(text), app.facilities_for(text[]), app.has_role(text[]),
  app.open_resident(uuid, uuid, text, integer) TO {WEB};
GRANT EXECUTE ON FUNCTION app.account_for_document(text, bytea) TO {SIGNIN};

CREATE TRIGGER event_is_never_changed BEFORE UPDATE OR DELETE ON public.residents_accessevent
  FOR EACH ROW EXECUTE FUNCTION app.refuse();
CREATE TRIGGER events_are_never_truncated BEFORE TRUNCATE ON public.residents_accessevent
  FOR EACH STATEMENT EXECUTE FUNCTION app.refuse();
"""

UNDO = """
DROP TRIGGER event_is_never_changed ON public.residents_accessevent;
DROP TRIGGER events_are_never_truncated ON public.residents_accessevent;
DROP FUNCTION app.account_for_document(text, bytea), app.open_resident(uuid, uuid, text, integer),
  app.has_role(text[]), app.facilities_for(text[]), app.residents_for(text), app.required_level(text),
  app.account(), app.token_hash();
"""


class Migration(migrations.Migration):
    dependencies = [("residents", "0001_initial"), ("facilities", "0002_initial"), ("foundation", "0002_app_schema")]

    operations = [migrations.RunSQL(FUNCTIONS, UNDO)]
