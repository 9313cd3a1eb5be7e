from importlib import import_module

from django.db import migrations

from foundation.operations import SIGNIN, WEB, Guard, anyone, as_it_was, at_bureau, own, own_account, staff

who_may_see = import_module("residents.migrations.0002_who_may_see")
openings_by_role = import_module("residents.migrations.0004_openings_by_role")

HELPERS = "ARRAY['clinician', 'village_doctor', 'public_health', 'reception', 'manager']"
CLINICAL = "ARRAY['clinician', 'village_doctor', 'public_health']"
TREATING = "ARRAY['clinician', 'village_doctor']"

# --- who a session is ------------------------------------------------------------------------------------------------
OF_THE_SESSION = f"""
CREATE FUNCTION app.own_resident() RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT resident_id FROM public.residents_account WHERE id = app.account() $$;
COMMENT ON FUNCTION app.own_resident() IS 'The person whose own account this session is signed in with.';

CREATE FUNCTION app.proved_recently() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT EXISTS (SELECT 1 FROM public.residents_accountsession s WHERE s.token_hash = app.token_hash()
    AND s.expires_at > app.clock() AND s.proved_at > app.clock() - make_interval(
      mins => coalesce((app.setting('identity.proof_minutes') #>> '{{}}')::integer, 5))) $$;
COMMENT ON FUNCTION app.proved_recently() IS 'Whether this session has shown a password, code or key within some minutes.';

CREATE FUNCTION app.has_proved() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT EXISTS (SELECT 1 FROM public.residents_accountsession s
                 WHERE s.token_hash = app.token_hash() AND s.proved_at IS NOT NULL) $$;
COMMENT ON FUNCTION app.has_proved() IS
  'Whether this session has ever shown a password, code or key: one begun by WeChat alone books, and reads no record.';

CREATE FUNCTION app.age_of(birth date) RETURNS integer LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
  SELECT extract(year FROM age((app.clock() AT TIME ZONE 'Asia/Shanghai')::date, birth))::integer $$;
COMMENT ON FUNCTION app.age_of(date) IS 'Full years at app.clock() in Shanghai; a birthday counts from its first minute.';

GRANT EXECUTE ON FUNCTION app.own_resident(), app.proved_recently(), app.has_proved(), app.age_of(date) TO {WEB};
"""
NO_OF_THE_SESSION = "DROP FUNCTION app.age_of(date), app.has_proved(), app.proved_recently(), app.own_resident();"


# --- staff: a role counts only in a session with a second factor -----------------------------------------------------
def facilities_for(second_factor: str) -> str:
    return f"""
CREATE OR REPLACE FUNCTION app.facilities_for(roles text[]) RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  WITH mine AS (
    SELECT m.facility_id, f.level FROM public.facilities_membership m
    JOIN public.facilities_facility f ON f.id = m.facility_id
    JOIN public.residents_account a ON a.id = m.account_id
    WHERE m.account_id = app.account() AND a.is_staff AND m.role = ANY (roles){second_factor}
      AND m.starts_at <= app.clock() AND (m.ended_at IS NULL OR m.ended_at > app.clock())
  )
  SELECT coalesce(array_agg(DISTINCT id), '{{}}') FROM (
    SELECT facility_id AS id FROM mine
    UNION ALL
    SELECT f.id FROM public.facilities_facility f WHERE EXISTS (SELECT 1 FROM mine WHERE mine.level = 'bureau')
  ) AS reached $$;

CREATE OR REPLACE FUNCTION app.has_role_at_bureau(roles text[]) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT EXISTS (
    SELECT 1 FROM public.facilities_membership m
    JOIN public.facilities_facility f ON f.id = m.facility_id AND f.level = 'bureau'
    JOIN public.residents_account a ON a.id = m.account_id AND a.is_staff
    WHERE m.account_id = app.account() AND m.role = ANY (roles){second_factor}
      AND m.starts_at <= app.clock() AND (m.ended_at IS NULL OR m.ended_at > app.clock())) $$;
"""


SECOND_FACTOR = "\n      AND app.has_second_factor()"
WITH_SECOND_FACTOR = """
CREATE FUNCTION app.has_second_factor() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT EXISTS (SELECT 1 FROM public.residents_accountsession s
                 WHERE s.token_hash = app.token_hash() AND s.second_factor_at IS NOT NULL) $$;
"""

# --- whom a session may see ------------------------------------------------------------------------------------------
# What an age leaves of a guardian's rights: under 14 all of them (PIPL article 31), from 14 on booking and what the
# young person agreed to, from 18 on nothing (Civil Code article 17). Both ages are dated settings.
WHOM = f"""
CREATE FUNCTION app.delegated(relation text, scope varchar[], agreed varchar[], birth date) RETURNS text[]
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT CASE
    WHEN relation <> 'guardian' THEN scope::text[] || 'identity'::text
    WHEN app.age_of(birth) >= coalesce((app.setting('delegation.adult_age') #>> '{{}}')::integer, 18) THEN '{{}}'
    WHEN app.age_of(birth) >= coalesce((app.setting('delegation.consent_age') #>> '{{}}')::integer, 14)
      THEN ARRAY(SELECT unnest(scope)::text INTERSECT SELECT unnest(ARRAY['booking', 'notices'] || agreed::text[]))
           || 'identity'::text
    ELSE scope::text[] || 'identity'::text END $$;
COMMENT ON FUNCTION app.delegated(text, varchar[], varchar[], date) IS
  'What a delegation opens now, given the age of the person it is about.';

CREATE FUNCTION app.consented(person uuid, purpose text) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT purpose NOT IN ('records', 'results', 'delegates', 'messages') OR EXISTS (
    SELECT 1 FROM public.residents_consent c
    WHERE c.resident_id = person AND c.purpose = consented.purpose AND c.withdrawn_at IS NULL) $$;

CREATE OR REPLACE FUNCTION app.residents_for(category text) RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  WITH me AS (
    SELECT a.id, a.resident_id FROM public.residents_account a WHERE a.id = app.account()
  ), myself AS (
    SELECT me.resident_id FROM me
    JOIN public.residents_resident r ON r.id = me.resident_id AND r.deceased_on IS NULL
    WHERE (category NOT IN ('records', 'results') OR app.has_proved())
      AND (app.required_level(category) = 0 OR EXISTS (
        SELECT 1 FROM public.residents_verification v
        WHERE v.account_id = me.id AND v.level >= app.required_level(category) AND v.revoked_at IS NULL
          AND v.verified_at <= app.clock() AND (v.valid_until IS NULL OR v.valid_until > app.clock())))
  )
  SELECT coalesce(array_agg(DISTINCT seen.resident_id), '{{}}') FROM (
    SELECT resident_id FROM myself WHERE app.consented(resident_id, category)
    UNION ALL
    SELECT d.resident_id FROM public.residents_delegation d
    JOIN myself ON myself.resident_id = d.delegate_id
    JOIN public.residents_resident r ON r.id = d.resident_id AND r.deceased_on IS NULL
    WHERE d.state = 'approved' AND d.ended_at IS NULL AND d.starts_at <= app.clock() AND d.ends_at > app.clock()
      AND category = ANY (app.delegated(d.relation, d.scope, d.agreed_scope, r.birth_date))
      AND app.consented(d.resident_id, category)
      AND (d.relation = 'guardian' OR app.consented(d.resident_id, 'delegates'))
    UNION ALL
    SELECT o.resident_id FROM public.residents_opening o
    WHERE o.token_hash = app.token_hash() AND o.account_id = (SELECT id FROM me)
      AND o.closed_at IS NULL AND o.closes_at > app.clock() AND category = ANY (o.scope)
      AND o.facility_id = ANY (app.facilities_for(CASE
        WHEN o.kind = 'assisted' OR category IN ('identity', 'booking') THEN {HELPERS} ELSE {CLINICAL} END))
  ) AS seen $$;

CREATE OR REPLACE FUNCTION app.account_for_document(wanted_kind text, wanted_index bytea) RETURNS uuid LANGUAGE sql
  STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT a.id FROM public.residents_identifier i JOIN public.residents_account a ON a.resident_id = i.resident_id
  WHERE i.kind = wanted_kind AND i.index = wanted_index AND a.is_active ORDER BY i.claimed LIMIT 1 $$;
"""
NO_WHOM = """
CREATE OR REPLACE FUNCTION app.account_for_document(wanted_kind text, wanted_index bytea) RETURNS uuid LANGUAGE sql
  STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT a.id FROM public.residents_identifier i JOIN public.residents_account a ON a.resident_id = i.resident_id
  WHERE i.kind = wanted_kind AND i.index = wanted_index AND a.is_active $$;
DROP FUNCTION app.consented(uuid, text), app.delegated(text, varchar[], varchar[], date);
""" + openings_by_role.residents_for(openings_by_role.BY_ROLE)

# --- opening one person ----------------------------------------------------------------------------------------------
# Each way writes the opening, its event and the person's notice in one statement: none can be left out.
OPENING = f"""
CREATE FUNCTION app.write_opening(person uuid, place uuid, way text, what text[], doing text[], why text, proof uuid,
  origin inet, request text) RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  opened uuid := gen_random_uuid();
  minutes integer := coalesce((app.setting('access.' || way || '_minutes') #>> '{{}}')::integer,
                              CASE WHEN way IN ('care', 'emergency') THEN 30 ELSE 15 END);
  who public.residents_account;
BEGIN
  SELECT * INTO who FROM public.residents_account WHERE id = app.account();
  UPDATE public.residents_opening SET closed_at = app.clock()
    WHERE token_hash = app.token_hash() AND closed_at IS NULL AND closes_at > app.clock();
  INSERT INTO public.residents_opening (id, token_hash, account_id, resident_id, facility_id, kind, scope, tasks,
      presence_id, reason, opened_at, closes_at)
    VALUES (opened, app.token_hash(), who.id, person, place, way, what, doing, proof, left(btrim(why), 200),
      app.clock(), app.clock() + make_interval(mins => least(greatest(minutes, 1), 60)));
  INSERT INTO public.residents_accessevent (at, id, actor_id, actor_name, resident_id, facility_id, action,
      subject_kind, subject_id, purpose, capacity, opening_id, address, reference)
    VALUES (app.clock(), gen_random_uuid(), who.id, who.name, person, place, 'residents.opened_' || way,
      'residents.opening', opened::text, left(btrim(why), 200), way, opened, origin, left(request, 16));
  IF way = 'emergency' THEN
    INSERT INTO public.residents_notice (id, resident_id, kind, subject_id, created_at)
      VALUES (gen_random_uuid(), person, 'emergency_access', opened, app.clock());
  END IF;
  INSERT INTO public.residents_notice (id, resident_id, kind, subject_id, created_at)
    VALUES (gen_random_uuid(), person, 'first_access', place, app.clock()) ON CONFLICT DO NOTHING;
  RETURN opened;
END $$;

CREATE FUNCTION app.cares_for(place uuid, person uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT EXISTS (SELECT 1 FROM public.residents_caregrant g WHERE g.resident_id = person AND g.facility_id = place
                   AND g.starts_at <= app.clock() AND g.ends_at > app.clock())
      OR EXISTS (SELECT 1 FROM public.residents_resident r JOIN public.facilities_facility f ON f.id = r.facility_id
                 WHERE r.id = person AND (f.id = place OR (f.parent_id = place AND f.level = 'village'))) $$;
COMMENT ON FUNCTION app.cares_for(uuid, uuid) IS
  'Whether a facility has a live reason to see a person: a booking or contract, or the person is of its catchment.';

CREATE FUNCTION app.open_person(person uuid, place uuid, way text, why text, origin inet, request text) RETURNS uuid
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF way = 'care' AND place = ANY (app.facilities_for({HELPERS})) AND app.cares_for(place, person) THEN
    RETURN app.write_opening(person, place, way, ARRAY['identity', 'booking', 'records', 'results'], '{{}}', why, NULL,
                             origin, request);
  ELSIF way = 'emergency' AND place = ANY (app.facilities_for({TREATING})) AND length(btrim(why)) >= 5
      AND EXISTS (SELECT 1 FROM public.residents_resident r WHERE r.id = person AND NOT r.provisional) THEN
    RETURN app.write_opening(person, place, way, ARRAY['identity', 'records', 'results'], '{{}}', why, NULL,
                             origin, request);
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION app.open_by_document(wanted_kind text, wanted_index bytea, place uuid, origin inet, request text)
  RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE person uuid;
BEGIN
  IF (place = ANY (app.facilities_for({HELPERS}))) IS NOT TRUE THEN RETURN NULL; END IF;
  SELECT i.resident_id INTO person FROM public.residents_identifier i
    WHERE i.kind = wanted_kind AND i.index = wanted_index AND NOT i.claimed;
  IF person IS NULL THEN RETURN NULL; END IF;
  RETURN app.write_opening(person, place, 'counter', ARRAY['identity', 'booking'], '{{}}', '本人持证件到窗口办理', NULL,
                           origin, request);
END $$;

CREATE FUNCTION app.open_assisted(shown bytea, place uuid, doing text[], origin inet, request text) RETURNS uuid
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  proof public.residents_presencecode;
  what text[] := ARRAY['identity'];
BEGIN
  IF NOT (place = ANY (app.facilities_for({HELPERS}))) OR cardinality(doing) = 0
     OR NOT doing <@ ARRAY['book', 'cancel', 'print', 'explain'] THEN RETURN NULL; END IF;
  SELECT * INTO proof FROM public.residents_presencecode p
    WHERE p.code_hash = shown AND p.revoked_at IS NULL AND p.issued_at <= app.clock() AND p.expires_at > app.clock()
      AND (p.kind = 'card' OR p.used_at IS NULL) FOR UPDATE;
  IF proof.id IS NULL OR (SELECT count(*) FROM public.residents_accessevent e WHERE e.facility_id = place
       AND e.at > app.clock() - interval '15 minutes' AND e.actor_id = app.account()
       AND e.action = 'residents.refused_assist') >= 5 THEN
    INSERT INTO public.residents_accessevent (at, id, actor_id, actor_name, facility_id, action, subject_kind,
        subject_id, purpose, capacity, address, reference)
      SELECT app.clock(), gen_random_uuid(), a.id, a.name, place, 'residents.refused_assist', 'residents.presencecode',
        '', '', 'assisted', origin, left(request, 16) FROM public.residents_account a WHERE a.id = app.account();
    RETURN NULL;
  END IF;
  UPDATE public.residents_presencecode SET used_at = app.clock() WHERE id = proof.id;
  IF doing && ARRAY['book', 'cancel'] THEN what := what || 'booking'::text; END IF;
  IF doing && ARRAY['print', 'explain'] THEN what := what || 'results'::text; END IF;
  IF 'explain' = ANY (doing) THEN what := what || 'records'::text; END IF;
  RETURN app.write_opening(proof.resident_id, place, 'assisted', what, doing, '本人在场，请工作人员帮办', proof.id,
                           origin, request);
END $$;
COMMENT ON FUNCTION app.open_assisted(bytea, uuid, text[], inet, text) IS
  'Opens a person who is present, for some tasks and minutes. A code that does not fit is written down; five in a quarter of an hour and the helper has to wait.';

CREATE FUNCTION app.issue_card(person uuid, place uuid, shown bytea, until timestamptz) RETURNS uuid
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE card uuid := gen_random_uuid();
BEGIN
  IF NOT EXISTS (SELECT 1 FROM public.residents_opening o WHERE o.token_hash = app.token_hash()
                 AND o.account_id = app.account() AND o.kind = 'counter' AND o.resident_id = person
                 AND o.facility_id = place AND o.closed_at IS NULL AND o.closes_at > app.clock()) THEN
    RETURN NULL;
  END IF;
  UPDATE public.residents_presencecode SET revoked_at = app.clock()
    WHERE resident_id = person AND kind = 'card' AND revoked_at IS NULL;
  INSERT INTO public.residents_presencecode (id, resident_id, kind, code_hash, facility_id, issued_by, issued_at,
      expires_at) VALUES (card, person, 'card', shown, place, app.account(), app.clock(), until);
  -- Whoever prints a card could keep a copy of it: the person hears that there is one.
  INSERT INTO public.residents_notice (id, resident_id, kind, subject_id, created_at)
    VALUES (gen_random_uuid(), person, 'assisted_act', card, app.clock());
  RETURN card;
END $$;

CREATE FUNCTION app.close_opening(which uuid) RETURNS boolean LANGUAGE sql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  WITH closed AS (
    UPDATE public.residents_opening SET closed_at = app.clock()
    WHERE id = which AND account_id = app.account() AND closed_at IS NULL AND closes_at > app.clock() RETURNING 1)
  SELECT EXISTS (SELECT 1 FROM closed) $$;

CREATE FUNCTION app.may_consent_for() RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT coalesce(array_agg(DISTINCT person), '{{}}') FROM (
    SELECT app.own_resident() AS person
    UNION ALL
    SELECT d.resident_id FROM public.residents_delegation d JOIN public.residents_resident r ON r.id = d.resident_id
    WHERE d.delegate_id = app.own_resident() AND d.relation = 'guardian' AND d.state = 'approved'
      AND d.ended_at IS NULL AND d.starts_at <= app.clock() AND d.ends_at > app.clock()
      AND app.age_of(r.birth_date) < coalesce((app.setting('delegation.consent_age') #>> '{{}}')::integer, 14)
    UNION ALL
    SELECT o.resident_id FROM public.residents_opening o WHERE o.token_hash = app.token_hash()
      AND o.account_id = app.account() AND o.kind = 'counter' AND o.closed_at IS NULL AND o.closes_at > app.clock()
      AND o.facility_id = ANY (app.facilities_for({HELPERS}))
  ) AS found WHERE person IS NOT NULL $$;
COMMENT ON FUNCTION app.may_consent_for() IS
  'Oneself, one''s wards under 14, and whoever stands at the counter with the document and says so.';

GRANT EXECUTE ON FUNCTION app.open_person(uuid, uuid, text, text, inet, text),
  app.open_by_document(text, bytea, uuid, inet, text), app.open_assisted(bytea, uuid, text[], inet, text),
  app.issue_card(uuid, uuid, bytea, timestamptz), app.close_opening(uuid), app.may_consent_for() TO {WEB};
DROP FUNCTION app.open_resident(uuid, uuid, text, integer);
"""
NO_OPENING = """
DROP FUNCTION app.may_consent_for(), app.close_opening(uuid), app.issue_card(uuid, uuid, bytea, timestamptz),
  app.open_assisted(bytea, uuid, text[], inet, text), app.open_by_document(text, bytea, uuid, inet, text),
  app.open_person(uuid, uuid, text, text, inet, text), app.cares_for(uuid, uuid),
  app.write_opening(uuid, uuid, text, text[], text[], text, uuid, inet, text);
""" + as_it_was(who_may_see.FUNCTIONS, "open_resident")
NO_OPENING += f"GRANT EXECUTE ON FUNCTION app.open_resident(uuid, uuid, text, integer) TO {WEB};"

# --- rights ----------------------------------------------------------------------------------------------------------
# Grants of care are written where the reason arises, by the database; nobody gives themselves sight of a person.
RIGHTS = f"""
DROP POLICY nobody_prolongs_their_own_sight ON public.residents_caregrant;
DROP POLICY web_insert ON public.residents_caregrant;
REVOKE INSERT ON public.residents_caregrant FROM {WEB};
ALTER POLICY web_select ON public.residents_opening
  USING ({own("identity")} OR {own_account()} OR {staff("auditor")});
CREATE POLICY dated_by_the_database ON public.residents_accessevent AS RESTRICTIVE FOR INSERT TO {WEB}, {SIGNIN}
  WITH CHECK (written_at = app.clock());
GRANT SELECT (written_at) ON public.residents_accessevent TO {SIGNIN};
CREATE POLICY only_what_it_just_wrote ON public.residents_accessevent AS RESTRICTIVE FOR SELECT TO {SIGNIN}
  USING (written_at = app.clock());
CREATE POLICY of_an_opening_of_ones_own ON public.residents_accessevent AS RESTRICTIVE FOR INSERT TO {WEB}
  WITH CHECK (opening_id IS NULL OR EXISTS (
    SELECT 1 FROM public.residents_opening o WHERE o.id = opening_id AND o.account_id = (SELECT app.account())));
ALTER POLICY web_insert ON public.residents_notice WITH CHECK ({own("identity")});
"""
NO_RIGHTS = f"""
ALTER POLICY web_insert ON public.residents_notice WITH CHECK ({own("booking")});
DROP POLICY of_an_opening_of_ones_own ON public.residents_accessevent;
DROP POLICY only_what_it_just_wrote ON public.residents_accessevent;
REVOKE SELECT (written_at) ON public.residents_accessevent FROM {SIGNIN};
DROP POLICY dated_by_the_database ON public.residents_accessevent;
ALTER POLICY web_select ON public.residents_opening USING ({own("identity")});
GRANT INSERT ON public.residents_caregrant TO {WEB};
CREATE POLICY web_insert ON public.residents_caregrant FOR INSERT TO {WEB} WITH CHECK ({own("booking")});
{openings_by_role.GRANTS}"""
MAY_CONSENT = "resident_id = ANY ((SELECT app.may_consent_for())::uuid[])"


def index_phones(apps, schema_editor):
    """Numbers sealed before there was an index beside them."""
    for name in ("Resident", "Account"):
        model = apps.get_model("residents", name)
        for row in model.objects.using(schema_editor.connection.alias).exclude(phone__isnull=True).iterator():
            row.save(using=schema_editor.connection.alias, update_fields=["phone_index"])


class Migration(migrations.Migration):
    """Whom a session acts for: oneself, those who let one act for them, and persons opened by staff."""

    dependencies = [("residents", "0005_people"), ("facilities", "0004_bureau_decides")]

    operations = [
        migrations.RunSQL(OF_THE_SESSION, NO_OF_THE_SESSION),
        migrations.RunSQL(WITH_SECOND_FACTOR, "DROP FUNCTION app.has_second_factor();"),
        migrations.RunSQL(facilities_for(SECOND_FACTOR), facilities_for("")),
        migrations.RunSQL(WHOM, NO_WHOM),
        migrations.RunSQL(OPENING, NO_OPENING),
        migrations.RunSQL(RIGHTS, NO_RIGHTS),
        Guard(
            "residents_presencecode",
            select=[own("identity")],
            insert=["kind = 'spoken' AND resident_id = (SELECT app.own_resident())"],
            update=[own("identity")],
            update_columns=["revoked_at"],
            worker="SELECT",
        ),
        Guard(
            "residents_consenttext",
            select=[anyone()],
            insert=[at_bureau("administrator")],
            worker="SELECT",
        ),
        Guard(
            "residents_consent",
            select=[own("identity")],
            insert=[f"{own_account('given_by')} AND {MAY_CONSENT}"],
            update=[MAY_CONSENT],
            update_columns=["withdrawn_at", "withdrawn_by"],
            worker="SELECT",
        ),
        migrations.RunPython(index_phones, migrations.RunPython.noop),
    ]
