import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import foundation.fields
import foundation.keys
from foundation.operations import WEB, WORKER, Guard, own, staff

REVIEWERS = "ARRAY['manager', 'reception']"
AT_THE_COUNTER = "ARRAY['clinician', 'village_doctor', 'public_health', 'reception', 'manager']"


def number(key: str, default: int) -> str:
    """A dated setting that is a whole number, in SQL."""
    return f"coalesce((app.setting('{key}') #>> '{{}}')::integer, {default})"


ADULT = number("delegation.adult_age", 18)
YOUNG = number("delegation.consent_age", 14)
AHEAD = number("delegation.agree_before_days", 90)

# --- ages, and who stands here ---------------------------------------------------------------------------------------
GROUND = f"""
CREATE FUNCTION app.comes_of(birth date, years integer) RETURNS timestamptz LANGUAGE sql IMMUTABLE
  SET search_path = pg_catalog AS $$
  SELECT (CASE WHEN extract(day FROM birth + make_interval(years => years)) = extract(day FROM birth)
            THEN (birth + make_interval(years => years))::date
            ELSE (birth + make_interval(years => years))::date + 1 END)::timestamp AT TIME ZONE 'Asia/Shanghai' $$;
COMMENT ON FUNCTION app.comes_of(date, integer) IS
  'The first minute in Shanghai of a birthday; 29 February falls on 1 March in other years.';

CREATE FUNCTION app.own_level() RETURNS integer LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT coalesce(max(v.level), 0)::integer FROM public.residents_verification v
  WHERE v.account_id = app.account() AND v.revoked_at IS NULL AND v.verified_at <= app.clock()
    AND (v.valid_until IS NULL OR v.valid_until > app.clock()) $$;

CREATE FUNCTION app.at_counter() RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT coalesce(array_agg(o.resident_id), '{{}}') FROM public.residents_opening o
  WHERE o.token_hash = app.token_hash() AND o.account_id = app.account() AND o.kind = 'counter'
    AND o.closed_at IS NULL AND o.closes_at > app.clock()
    AND o.facility_id = ANY (app.facilities_for({AT_THE_COUNTER})) $$;
COMMENT ON FUNCTION app.at_counter() IS 'Who stands at this staff member''s counter with the document, now.';

CREATE FUNCTION app.kept_from_helper(category text) RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT coalesce(array_agg(d.resident_id), '{{}}') FROM public.residents_delegation d
  WHERE d.delegate_id = app.own_resident() AND d.ended_at IS NULL
    AND NOT d.resident_id = ANY (app.residents_for(category)) $$;
COMMENT ON FUNCTION app.kept_from_helper(text) IS
  'Persons this account helps without being let see the category; an empty category is let to nobody.';

CREATE FUNCTION app.may_apply_as_guardian() RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT coalesce(array_agg(r.id), '{{}}') FROM public.residents_resident r
  WHERE r.deceased_on IS NULL AND app.age_of(r.birth_date) >= {ADULT}
    AND (r.id = ANY (app.at_counter())
         OR (r.id = app.own_resident() AND app.own_level() >= {number("family.guardian_level", 3)})) $$;

CREATE FUNCTION app.write_family_event(person uuid, deed text, thing text, subject text, way text, why text,
  origin inet, request text) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  INSERT INTO public.residents_accessevent (at, id, actor_id, actor_name, resident_id, facility_id, action,
      subject_kind, subject_id, purpose, capacity, opening_id, address, reference)
  SELECT app.clock(), gen_random_uuid(), a.id, a.name, person, o.facility_id, deed, thing, subject, left(why, 200),
    way, o.id, origin, left(request, 16)
  FROM public.residents_account a LEFT JOIN public.residents_opening o
    ON o.token_hash = app.token_hash() AND o.kind = 'counter' AND o.closed_at IS NULL AND o.closes_at > app.clock()
  WHERE a.id = app.account() $$;

CREATE FUNCTION app.tell_family(person uuid, what text, subject uuid) RETURNS void LANGUAGE sql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  INSERT INTO public.residents_notice (id, resident_id, kind, subject_id, created_at)
    VALUES (gen_random_uuid(), person, what, subject, app.clock()) ON CONFLICT DO NOTHING $$;

CREATE FUNCTION app.agree_to_delegates(person uuid, words uuid, way text, origin inet, request text) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE consent uuid := gen_random_uuid();
BEGIN
  IF app.consented(person, 'delegates') THEN RETURN; END IF;
  INSERT INTO public.residents_consent (id, resident_id, purpose, text_id, given_at, given_by)
    VALUES (consent, person, 'delegates', (SELECT t.id FROM public.residents_consenttext t
      WHERE t.id = words AND t.purpose = 'delegates'), app.clock(), app.account());
  PERFORM app.write_family_event(person, 'residents.gave_consent', 'residents.consent', consent::text, way, '', origin,
                                 request);
END $$;

CREATE FUNCTION app.refuse_family(why text) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN RAISE EXCEPTION '%', why USING ERRCODE = 'RHF01'; END $$;

GRANT EXECUTE ON FUNCTION app.comes_of(date, integer), app.own_level(), app.at_counter(), app.kept_from_helper(text),
  app.may_apply_as_guardian() TO {WEB};
GRANT EXECUTE ON FUNCTION app.comes_of(date, integer) TO {WORKER};
"""
NO_GROUND = """
DROP FUNCTION app.refuse_family(text), app.agree_to_delegates(uuid, uuid, text, inet, text),
  app.tell_family(uuid, text, uuid), app.write_family_event(uuid, text, text, text, text, text, inet, text),
  app.may_apply_as_guardian(), app.kept_from_helper(text), app.at_counter(), app.own_level(),
  app.comes_of(date, integer);
"""

# --- delegates chosen by the resident --------------------------------------------------------------------------------
DELEGATES = f"""
CREATE FUNCTION app.count_helpers(person uuid) RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT (SELECT count(*) FROM public.residents_delegation d WHERE d.resident_id = person AND d.relation <> 'guardian'
            AND d.state = 'approved' AND d.ended_at IS NULL AND d.ends_at > app.clock())
       + (SELECT count(*) FROM public.residents_invitation i WHERE i.resident_id = person AND i.used_at IS NULL
            AND i.revoked_at IS NULL AND i.expires_at > app.clock()) $$;

CREATE FUNCTION app.invite_delegate(what text[], for_months integer, shown bytea, words uuid, origin inet, request text)
  RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  person uuid := app.own_resident();
  invited uuid := gen_random_uuid();
BEGIN
  IF person IS NULL OR app.own_level() < app.required_level('records') THEN PERFORM app.refuse_family('level'); END IF;
  IF NOT app.proved_recently() THEN PERFORM app.refuse_family('proof'); END IF;
  IF EXISTS (SELECT 1 FROM public.residents_resident r WHERE r.id = person
             AND (r.deceased_on IS NOT NULL OR app.age_of(r.birth_date) < {ADULT})) THEN
    PERFORM app.refuse_family('too_young');
  END IF;
  IF cardinality(what) = 0 OR NOT what <@ ARRAY['booking', 'records', 'results', 'notices']
     OR for_months NOT BETWEEN 1 AND {number("family.longest_months", 36)} THEN PERFORM app.refuse_family('scope'); END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('residents.family:' || person::text, 0));
  IF app.count_helpers(person) >= {number("family.most_delegates", 8)} THEN PERFORM app.refuse_family('too_many'); END IF;
  PERFORM app.agree_to_delegates(person, words, 'self', origin, request);
  INSERT INTO public.residents_invitation (id, resident_id, scope, months, code_hash, created_at, expires_at, missed)
    VALUES (invited, person, what, for_months, shown, app.clock(),
            app.clock() + make_interval(days => {number("family.invitation_days", 3)}), 0);
  PERFORM app.write_family_event(person, 'residents.invited_delegate', 'residents.invitation', invited::text, 'self', '',
                                 origin, request);
  RETURN invited;
END $$;

CREATE FUNCTION app.withdraw_invitation(which uuid, origin inet, request text) RETURNS boolean LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  UPDATE public.residents_invitation SET revoked_at = app.clock()
    WHERE id = which AND resident_id = app.own_resident() AND used_at IS NULL AND revoked_at IS NULL;
  IF NOT FOUND THEN RETURN false; END IF;
  PERFORM app.write_family_event(app.own_resident(), 'residents.withdrew_invitation', 'residents.invitation',
                                 which::text, 'self', '', origin, request);
  RETURN true;
END $$;

CREATE FUNCTION app.read_invitation(shown bytea, birth date, origin inet, request text)
  RETURNS public.residents_invitation LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  found_one public.residents_invitation;
  fits boolean;
BEGIN
  IF app.own_resident() IS NULL OR app.own_level() < app.required_level('records') THEN
    PERFORM app.refuse_family('level');
  END IF;
  IF (SELECT count(*) FROM public.residents_accessevent e WHERE e.actor_id = app.account()
        AND e.resident_id = app.own_resident() AND e.action = 'residents.missed_invitation'
        AND e.at > app.clock() - interval '15 minutes') >= {number("family.code_tries", 5)} THEN
    PERFORM app.refuse_family('wait');
  END IF;
  SELECT i.* INTO found_one FROM public.residents_invitation i
    WHERE i.code_hash = shown AND i.used_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > app.clock()
      AND i.missed < {number("family.code_tries", 5)} AND i.resident_id <> app.own_resident() FOR UPDATE;
  SELECT r.birth_date = birth AND r.deceased_on IS NULL INTO fits FROM public.residents_resident r
    WHERE r.id = found_one.resident_id;
  IF fits THEN RETURN found_one; END IF;
  UPDATE public.residents_invitation SET missed = missed + 1 WHERE id = found_one.id;
  PERFORM app.write_family_event(app.own_resident(), 'residents.missed_invitation', 'residents.invitation', '', 'self',
                                 '', origin, request);
  RETURN NULL;
END $$;
COMMENT ON FUNCTION app.read_invitation(bytea, date, inet, text) IS
  'The open invitation behind a code, for whoever also knows the birth date of the person; misses are counted.';

CREATE FUNCTION app.show_invitation(shown bytea, birth date, origin inet, request text)
  RETURNS TABLE (id uuid, name varchar, scope varchar[], months smallint) LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
DECLARE invited public.residents_invitation := app.read_invitation(shown, birth, origin, request);
BEGIN
  IF invited.id IS NULL THEN RETURN; END IF;
  RETURN QUERY SELECT invited.id, r.name, invited.scope, invited.months FROM public.residents_resident r
    WHERE r.id = invited.resident_id;
END $$;

CREATE FUNCTION app.accept_delegation(shown bytea, birth date, origin inet, request text) RETURNS uuid
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  invited public.residents_invitation := app.read_invitation(shown, birth, origin, request);
  made uuid := gen_random_uuid();
BEGIN
  IF invited.id IS NULL THEN RETURN NULL; END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('residents.family:' || invited.resident_id::text, 0));
  IF app.count_helpers(invited.resident_id) > {number("family.most_delegates", 8)} THEN
    PERFORM app.refuse_family('too_many');
  END IF;
  -- A new agreement takes the place of the old one between the same two people.
  UPDATE public.residents_delegation SET ended_at = app.clock(), ended_by = app.account()
    WHERE resident_id = invited.resident_id AND delegate_id = app.own_resident() AND relation = 'family'
      AND ended_at IS NULL;
  INSERT INTO public.residents_delegation (id, resident_id, delegate_id, relation, scope, agreed_scope, state, evidence,
      starts_at, ends_at, created_by, created_at)
    VALUES (made, invited.resident_id, app.own_resident(), 'family', invited.scope, '{{}}', 'approved', '本人在网上邀请',
      app.clock(), app.clock() + make_interval(months => invited.months), app.account(), app.clock());
  UPDATE public.residents_invitation SET used_at = app.clock() WHERE id = invited.id;
  PERFORM app.write_family_event(invited.resident_id, 'residents.accepted_delegation', 'residents.delegation',
                                 made::text, 'delegate', '', origin, request);
  PERFORM app.tell_family(person, 'delegation_started', made)
    FROM unnest(ARRAY[invited.resident_id, app.own_resident()]) AS person;
  RETURN made;
END $$;

CREATE FUNCTION app.end_delegation(which uuid, origin inet, request text) RETURNS boolean LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  ended public.residents_delegation;
  me uuid := app.own_resident();
BEGIN
  -- A guardian's duty is not the child's to end; what a child of 14 shows, it decides with agree_to_guardian.
  UPDATE public.residents_delegation d SET ended_at = app.clock(), ended_by = app.account()
    WHERE d.id = which AND d.ended_at IS NULL
      AND (d.delegate_id = me OR (d.resident_id = me AND d.relation <> 'guardian')
           OR ARRAY[d.resident_id, d.delegate_id] && app.at_counter())
    RETURNING d.* INTO ended;
  IF ended.id IS NULL THEN RETURN false; END IF;
  PERFORM app.write_family_event(ended.resident_id, 'residents.ended_delegation', 'residents.delegation', which::text,
    CASE WHEN me IS NULL THEN 'counter' WHEN ended.resident_id = me THEN 'self'
         WHEN ended.relation = 'guardian' THEN 'guardian' ELSE 'delegate' END, '', origin, request);
  RETURN true;
END $$;

CREATE FUNCTION app.tell_of_the_end() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF NEW.state = 'approved' AND NEW.ends_at > app.clock() THEN
    PERFORM app.tell_family(person, 'delegation_ended', NEW.id)
      FROM unnest(ARRAY[NEW.resident_id, NEW.delegate_id]) AS person;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER both_are_told_of_the_end AFTER UPDATE ON public.residents_delegation FOR EACH ROW
  WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL) EXECUTE FUNCTION app.tell_of_the_end();

CREATE FUNCTION app.guardian_until_of_age() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
BEGIN
  NEW.ends_at := least(NEW.ends_at, (SELECT app.comes_of(r.birth_date, {ADULT}) FROM public.residents_resident r
                                     WHERE r.id = NEW.resident_id));
  RETURN NEW;
END $$;
CREATE TRIGGER guardian_until_of_age BEFORE INSERT OR UPDATE ON public.residents_delegation FOR EACH ROW
  WHEN (NEW.relation = 'guardian') EXECUTE FUNCTION app.guardian_until_of_age();

CREATE FUNCTION app.family_of(person uuid) RETURNS TABLE (delegation uuid, other varchar, reach text[]) LANGUAGE sql
  STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT d.id, r.name, app.delegated(d.relation, d.scope, d.agreed_scope, about.birth_date)
  FROM public.residents_delegation d JOIN public.residents_resident r
    ON r.id = CASE WHEN d.resident_id = person THEN d.delegate_id ELSE d.resident_id END
  JOIN public.residents_resident about ON about.id = d.resident_id
  WHERE person IN (d.resident_id, d.delegate_id) AND d.state = 'approved'
    AND (person = app.own_resident() OR person = ANY (app.at_counter())) $$;
COMMENT ON FUNCTION app.family_of(uuid) IS 'The name of the other side of each of a person''s own delegations, and what it opens at today''s age.';

GRANT EXECUTE ON FUNCTION app.family_of(uuid) TO portal_web;
GRANT EXECUTE ON FUNCTION app.invite_delegate(text[], integer, bytea, uuid, inet, text),
  app.withdraw_invitation(uuid, inet, text), app.show_invitation(bytea, date, inet, text),
  app.accept_delegation(bytea, date, inet, text), app.end_delegation(uuid, inet, text) TO {WEB};
"""
NO_DELEGATES = """
DROP TRIGGER guardian_until_of_age ON public.residents_delegation;
DROP TRIGGER both_are_told_of_the_end ON public.residents_delegation;
DROP FUNCTION app.family_of(uuid), app.guardian_until_of_age(), app.tell_of_the_end(), app.end_delegation(uuid, inet, text),
  app.accept_delegation(bytea, date, inet, text), app.show_invitation(bytea, date, inet, text),
  app.read_invitation(bytea, date, inet, text), app.withdraw_invitation(uuid, inet, text),
  app.invite_delegate(text[], integer, bytea, uuid, inet, text), app.count_helpers(uuid);
"""

# --- growing up ------------------------------------------------------------------------------------------------------
# Possible some days before the birthday, so that what was agreed to goes on in the first minute of it.
AGES = f"""
CREATE FUNCTION app.agree_to_guardian(which uuid, what text[], origin inet, request text) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  agreed public.residents_delegation;
  here boolean;
BEGIN
  IF NOT what <@ ARRAY['records', 'results'] THEN PERFORM app.refuse_family('scope'); END IF;
  SELECT d.* INTO agreed FROM public.residents_delegation d JOIN public.residents_resident r ON r.id = d.resident_id
    WHERE d.id = which AND d.relation = 'guardian' AND d.state = 'approved' AND d.ended_at IS NULL
      AND d.ends_at > app.clock() AND app.comes_of(r.birth_date, {YOUNG}) - make_interval(days => {AHEAD}) <= app.clock()
      AND (d.resident_id = app.own_resident() OR d.resident_id = ANY (app.at_counter())) FOR UPDATE OF d;
  IF agreed.id IS NULL THEN RETURN false; END IF;
  here := agreed.resident_id IS DISTINCT FROM app.own_resident();
  IF NOT here AND NOT app.proved_recently() THEN PERFORM app.refuse_family('proof'); END IF;
  UPDATE public.residents_delegation SET agreed_scope = what, agreed_at = app.clock() WHERE id = which;
  PERFORM app.write_family_event(agreed.resident_id, 'residents.agreed_to_guardian', 'residents.delegation', which::text,
                                 CASE WHEN here THEN 'counter' ELSE 'self' END, '', origin, request);
  PERFORM app.tell_family(agreed.delegate_id, 'hand_over', gen_random_uuid());
  RETURN true;
END $$;
COMMENT ON FUNCTION app.agree_to_guardian(uuid, text[], inet, text) IS
  'A young person says what the guardian goes on seeing from 14 on; also takes it back.';

CREATE FUNCTION app.keep_helping(which uuid, what text[], for_months integer, words uuid, origin inet, request text)
  RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  held public.residents_delegation;
  birth date;
  made uuid := gen_random_uuid();
  here boolean;
BEGIN
  SELECT d.* INTO held FROM public.residents_delegation d
    WHERE d.id = which AND d.relation = 'guardian' AND d.state = 'approved' AND d.ended_at IS NULL
      AND d.ends_at > app.clock()
      AND (d.resident_id = app.own_resident() OR d.resident_id = ANY (app.at_counter()));
  SELECT r.birth_date INTO birth FROM public.residents_resident r WHERE r.id = held.resident_id;
  IF birth IS NULL OR app.comes_of(birth, {ADULT}) - make_interval(days => {AHEAD}) > app.clock() THEN RETURN NULL; END IF;
  here := held.resident_id IS DISTINCT FROM app.own_resident();
  IF NOT here AND NOT app.proved_recently() THEN PERFORM app.refuse_family('proof'); END IF;
  IF cardinality(what) = 0 OR NOT what <@ ARRAY['booking', 'records', 'results', 'notices']
     OR for_months NOT BETWEEN 1 AND {number("family.longest_months", 36)} THEN PERFORM app.refuse_family('scope'); END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('residents.family:' || held.resident_id::text, 0));
  PERFORM app.agree_to_delegates(held.resident_id, words, CASE WHEN here THEN 'counter' ELSE 'self' END, origin, request);
  UPDATE public.residents_delegation SET ended_at = app.clock(), ended_by = app.account()
    WHERE resident_id = held.resident_id AND delegate_id = held.delegate_id AND relation = 'family' AND ended_at IS NULL;
  INSERT INTO public.residents_delegation (id, resident_id, delegate_id, relation, scope, agreed_scope, agreed_at, state,
      evidence, starts_at, ends_at, created_by, created_at)
    VALUES (made, held.resident_id, held.delegate_id, 'family', what, '{{}}', app.clock(), 'approved',
      '本人成年前约定', app.comes_of(birth, {ADULT}),
      app.comes_of(birth, {ADULT}) + make_interval(months => for_months), app.account(), app.clock());
  PERFORM app.write_family_event(held.resident_id, 'residents.agreed_to_delegate', 'residents.delegation', made::text,
                                 CASE WHEN here THEN 'counter' ELSE 'self' END, '', origin, request);
  PERFORM app.tell_family(held.delegate_id, 'delegation_started', made);
  RETURN made;
END $$;
COMMENT ON FUNCTION app.keep_helping(uuid, text[], integer, uuid, inet, text) IS
  'A young person agrees, before coming of age, that the guardian goes on helping from that day.';

GRANT EXECUTE ON FUNCTION app.agree_to_guardian(uuid, text[], inet, text),
  app.keep_helping(uuid, text[], integer, uuid, inet, text) TO {WEB};
"""
NO_AGES = """
DROP FUNCTION app.keep_helping(uuid, text[], integer, uuid, inet, text),
  app.agree_to_guardian(uuid, text[], inet, text);
"""

# --- guardians -------------------------------------------------------------------------------------------------------
GUARDIANS = f"""
CREATE FUNCTION app.withdraw_guardianship(which uuid, origin inet, request text) RETURNS boolean LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  UPDATE public.residents_guardianship SET state = 'withdrawn'
    WHERE id = which AND guardian_id = app.own_resident() AND state = 'requested';
  IF NOT FOUND THEN RETURN false; END IF;
  DELETE FROM public.residents_guardianshipphoto WHERE guardianship_id = which;
  PERFORM app.write_family_event(app.own_resident(), 'residents.withdrew_guardianship', 'residents.guardianship',
                                 which::text, 'self', '', origin, request);
  RETURN true;
END $$;

CREATE FUNCTION app.child_by_document(document text, indexes bytea[]) RETURNS public.residents_resident LANGUAGE sql
  STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT r.* FROM public.residents_identifier i JOIN public.residents_resident r ON r.id = i.resident_id
  WHERE i.kind = document AND i.index = ANY (indexes) AND NOT i.claimed $$;

CREATE FUNCTION app.read_guardianship(which uuid, typed text, indexes bytea[], origin inet, request text)
  RETURNS TABLE (guardian varchar, guardian_birth date, known boolean, agrees boolean, child_birth date)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  asked public.residents_guardianship;
  child public.residents_resident;
BEGIN
  SELECT g.* INTO asked FROM public.residents_guardianship g WHERE g.id = which AND g.state = 'requested'
    AND g.facility_id = ANY (app.facilities_for({REVIEWERS}));
  IF asked.id IS NULL THEN RETURN; END IF;
  child := app.child_by_document(asked.child_kind, indexes);
  PERFORM app.write_family_event(person, 'residents.read_guardianship', 'residents.guardianship', which::text, 'staff',
    '', origin, request) FROM unnest(array_remove(ARRAY[asked.guardian_id, child.id], NULL)) AS person;
  RETURN QUERY SELECT r.name, r.birth_date, child.id IS NOT NULL, child.name = typed,
    CASE WHEN child.name = typed THEN child.birth_date END
    FROM public.residents_resident r WHERE r.id = asked.guardian_id;
END $$;
COMMENT ON FUNCTION app.read_guardianship(uuid, text, bytea[], inet, text) IS
  'What a reviewer may know of the two people of an application; written into the log of both.';

CREATE FUNCTION app.enter_child(called text, pinyin text, coded text, born date, place uuid, paper uuid, document text,
  indexes bytea[], sealed bytea) RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE entered uuid := gen_random_uuid();
BEGIN
  INSERT INTO public.residents_resident (id, name, name_pinyin, sex, birth_date, address, facility_id, provisional,
      created_at) VALUES (entered, called, pinyin, coded, born, '', place, false, app.clock());
  INSERT INTO public.residents_identifier (id, resident_id, kind, value, index, claimed, created_at)
    VALUES (paper, entered, document, sealed, indexes[1], false, app.clock());
  RETURN entered;
END $$;

CREATE FUNCTION app.is_namesake(person uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT EXISTS (
    SELECT 1 FROM public.residents_account mine, public.residents_resident r
    LEFT JOIN public.residents_account theirs ON theirs.resident_id = r.id
    WHERE mine.id = app.account() AND r.id = person AND (app.folded_name(mine.name) = app.folded_name(r.name)
      OR mine.phone_index IN (r.phone_index, theirs.phone_index))) $$;
COMMENT ON FUNCTION app.is_namesake(uuid) IS
  'Whether a person has this account''s name or phone: staff have accounts of their own as residents, and nobody approves for themselves.';

CREATE FUNCTION app.approve_guardianship(which uuid, typed text, pinyin text, coded text, born date, paper uuid,
  indexes bytea[], sealed bytea, origin inet, request text) RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
DECLARE
  asked public.residents_guardianship;
  child public.residents_resident;
  entered uuid;
  made uuid := gen_random_uuid();
BEGIN
  SELECT g.* INTO asked FROM public.residents_guardianship g WHERE g.id = which AND g.state = 'requested'
    AND g.facility_id = ANY (app.facilities_for({REVIEWERS})) FOR UPDATE;
  IF asked.id IS NULL THEN PERFORM app.refuse_family('decided'); END IF;
  IF asked.created_by = app.account() OR asked.guardian_id = app.own_resident()
     OR app.is_namesake(asked.guardian_id) THEN
    PERFORM app.refuse_family('own');
  END IF;
  child := app.child_by_document(asked.child_kind, indexes);
  IF child.id IS NULL THEN
    IF NOT asked.at_counter THEN PERFORM app.refuse_family('unknown_child'); END IF;
    entered := app.enter_child(typed, pinyin, coded, born, asked.facility_id, paper, asked.child_kind, indexes, sealed);
    SELECT r.* INTO child FROM public.residents_resident r WHERE r.id = entered;
  END IF;
  IF child.name IS DISTINCT FROM typed OR child.deceased_on IS NOT NULL
     OR (asked.child_index = ANY (indexes)) IS NOT TRUE THEN PERFORM app.refuse_family('name'); END IF;
  IF app.comes_of(child.birth_date, {ADULT}) <= app.clock() THEN PERFORM app.refuse_family('of_age'); END IF;
  IF EXISTS (SELECT 1 FROM public.residents_delegation d WHERE d.resident_id = child.id AND d.relation = 'guardian'
             AND d.delegate_id = asked.guardian_id AND d.ended_at IS NULL AND d.state <> 'refused') THEN
    PERFORM app.refuse_family('exists');
  END IF;
  INSERT INTO public.residents_delegation (id, resident_id, delegate_id, relation, scope, agreed_scope, state, evidence,
      starts_at, ends_at, created_by, created_at, reviewed_by, reviewed_at, facility_id)
    VALUES (made, child.id, asked.guardian_id, 'guardian', ARRAY['booking', 'records', 'results', 'notices'], '{{}}',
      'approved', asked.evidence_kind, app.clock(), app.comes_of(child.birth_date, {ADULT}), asked.created_by,
      asked.created_at, app.account(), app.clock(), asked.facility_id);
  UPDATE public.residents_guardianship SET state = 'approved', reviewed_by = app.account(), reviewed_at = app.clock(),
    delegation_id = made WHERE id = which;
  PERFORM app.consent_for_child(child.id, asked.consents::text[], asked.created_by)
    WHERE app.comes_of(child.birth_date, {YOUNG}) > app.clock();
  PERFORM app.write_family_event(person, 'residents.approved_guardianship', 'residents.delegation', made::text, 'staff',
    '', origin, request) FROM unnest(ARRAY[asked.guardian_id, child.id]) AS person;
  PERFORM app.tell_family(person, 'delegation_started', made) FROM unnest(ARRAY[asked.guardian_id, child.id]) AS person;
  RETURN made;
END $$;

CREATE FUNCTION app.consent_for_child(child uuid, agreed text[], signer uuid) RETURNS void LANGUAGE sql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  INSERT INTO public.residents_consent (id, resident_id, purpose, text_id, given_at, given_by)
  SELECT gen_random_uuid(), child, wanted, (SELECT t.id FROM public.residents_consenttext t
      WHERE t.purpose = wanted AND t.audience = 'child' AND t.effective_from <= app.clock()
      ORDER BY t.effective_from DESC, t.version DESC LIMIT 1), app.clock(), signer
  FROM unnest(agreed) AS wanted WHERE NOT app.consented(child, wanted) $$;

CREATE FUNCTION app.refuse_guardianship(which uuid, why text, origin inet, request text) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE asked public.residents_guardianship;
BEGIN
  SELECT g.* INTO asked FROM public.residents_guardianship g WHERE g.id = which AND g.state = 'requested'
    AND g.facility_id = ANY (app.facilities_for({REVIEWERS})) FOR UPDATE;
  IF asked.id IS NULL THEN PERFORM app.refuse_family('decided'); END IF;
  IF asked.created_by = app.account() OR asked.guardian_id = app.own_resident() THEN
    PERFORM app.refuse_family('own');
  END IF;
  IF btrim(why) = '' THEN PERFORM app.refuse_family('reason'); END IF;
  UPDATE public.residents_guardianship SET state = 'refused', reviewed_by = app.account(), reviewed_at = app.clock(),
    reason = left(btrim(why), 200) WHERE id = which;
  PERFORM app.write_family_event(asked.guardian_id, 'residents.refused_guardianship', 'residents.guardianship',
                                 which::text, 'staff', '', origin, request);
  PERFORM app.tell_family(asked.guardian_id, 'guardianship_refused', which);
  RETURN true;
END $$;

GRANT EXECUTE ON FUNCTION app.withdraw_guardianship(uuid, inet, text),
  app.read_guardianship(uuid, text, bytea[], inet, text),
  app.approve_guardianship(uuid, text, text, text, date, uuid, bytea[], bytea, inet, text),
  app.refuse_guardianship(uuid, text, inet, text) TO {WEB};
"""
NO_GUARDIANS = """
DROP FUNCTION app.refuse_guardianship(uuid, text, inet, text), app.is_namesake(uuid), app.consent_for_child(uuid, text[], uuid),
  app.approve_guardianship(uuid, text, text, text, date, uuid, bytea[], bytea, inet, text),
  app.enter_child(text, text, text, date, uuid, uuid, text, bytea[], bytea),
  app.read_guardianship(uuid, text, bytea[], inet, text), app.child_by_document(text, bytea[]),
  app.withdraw_guardianship(uuid, inet, text);
"""

# --- what a helper does not see --------------------------------------------------------------------------------------
# Helping opens a person's name; the inbox, the access log and the other helpers are not part of that.
KEPT = f"""
CREATE POLICY not_without_being_let ON public.residents_notice AS RESTRICTIVE FOR SELECT TO {WEB}
  USING (resident_id <> ALL ((SELECT app.kept_from_helper('notices'))::uuid[]));
CREATE POLICY not_without_being_let ON public.residents_accessevent AS RESTRICTIVE FOR SELECT TO {WEB}
  USING (resident_id IS NULL OR actor_id = (SELECT app.account())
         OR resident_id <> ALL ((SELECT app.kept_from_helper('records'))::uuid[]));
CREATE POLICY only_the_two_it_is_about ON public.residents_delegation AS RESTRICTIVE FOR SELECT TO {WEB}
  USING (delegate_id = (SELECT app.own_resident()) OR NOT (ARRAY[resident_id, delegate_id]
         && (SELECT app.kept_from_helper(''))::uuid[]) OR resident_id = (SELECT app.own_resident()));
"""
NO_KEPT = """
DROP POLICY only_the_two_it_is_about ON public.residents_delegation;
DROP POLICY not_without_being_let ON public.residents_accessevent;
DROP POLICY not_without_being_let ON public.residents_notice;
"""
ENTERED = """created_by = (SELECT app.account()) AND state = 'requested' AND delegation_id IS NULL
  AND guardian_id = ANY ((SELECT app.may_apply_as_guardian())::uuid[])
  AND at_counter = (guardian_id IS DISTINCT FROM (SELECT app.own_resident()))"""
GUARDIAN_SELF = """(guardian_id = (SELECT app.own_resident())
  OR guardian_id = ANY ((SELECT app.at_counter())::uuid[]))"""
OF_AN_OPEN_ONE = """EXISTS (SELECT 1 FROM public.residents_guardianship g WHERE g.id = guardianship_id
  AND g.state = 'requested' AND {who})"""


class Migration(migrations.Migration):
    """Family: delegates chosen by the person, guardians reviewed by staff, and growing up."""

    dependencies = [("facilities", "0004_bureau_decides"), ("residents", "0009_registration")]

    operations = [
        migrations.CreateModel(
            name="Guardianship",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "kinship",
                    models.CharField(
                        choices=[("father", "父亲"), ("mother", "母亲"), ("other", "其他监护人")],
                        max_length=10,
                        verbose_name="与孩子的关系",
                    ),
                ),
                ("child_name", foundation.fields.EncryptedTextField(verbose_name="孩子的姓名")),
                (
                    "child_kind",
                    models.CharField(
                        choices=[
                            ("resident_id_card", "居民身份证"),
                            ("hmt_residence_permit", "港澳台居民居住证"),
                            ("foreign_pr_card", "外国人永久居留身份证"),
                            ("passport", "护照"),
                            ("birth_certificate", "出生医学证明"),
                            ("health_record", "居民健康档案编号"),
                        ],
                        max_length=30,
                        verbose_name="孩子的证件类型",
                    ),
                ),
                ("child_number", foundation.fields.EncryptedTextField(verbose_name="孩子的证件号码")),
                ("child_index", models.BinaryField(max_length=32)),
                (
                    "evidence_kind",
                    models.CharField(
                        choices=[("household", "户口簿"), ("birth_certificate", "出生医学证明"), ("other", "其他证明")],
                        max_length=20,
                        verbose_name="证明材料",
                    ),
                ),
                ("evidence_number", foundation.fields.EncryptedTextField(null=True, verbose_name="证明材料编号")),
                (
                    "consents",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("records", "查看电子健康档案"),
                                ("results", "查看检查检验结果"),
                                ("delegates", "家庭成员代办"),
                                ("messages", "短信和微信提醒"),
                            ],
                            max_length=20,
                        ),
                        default=list,
                        size=None,
                        verbose_name="替孩子同意的事项",
                    ),
                ),
                ("at_counter", models.BooleanField(default=False, verbose_name="窗口登记")),
                ("created_by", models.UUIDField(verbose_name="登记人")),
                ("created_at", models.DateTimeField(verbose_name="申请时间")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("requested", "待审核"),
                            ("approved", "已通过"),
                            ("refused", "未通过"),
                            ("withdrawn", "已撤回"),
                        ],
                        default="requested",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("reviewed_by", models.UUIDField(null=True, verbose_name="审核人")),
                ("reviewed_at", models.DateTimeField(null=True, verbose_name="审核时间")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="未通过的原因")),
                (
                    "delegation",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="guardianship",
                        to="residents.delegation",
                    ),
                ),
                (
                    "facility",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="facilities.facility",
                        verbose_name="审核机构",
                    ),
                ),
                (
                    "guardian",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="guardianships",
                        to="residents.resident",
                    ),
                ),
            ],
            options={
                "verbose_name": "监护人申请",
                "verbose_name_plural": "监护人申请",
            },
        ),
        migrations.CreateModel(
            name="GuardianshipPhoto",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("position", models.PositiveSmallIntegerField()),
                ("picture", models.BinaryField()),
                ("created_at", models.DateTimeField()),
                (
                    "guardianship",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="photos", to="residents.guardianship"
                    ),
                ),
            ],
            options={
                "verbose_name": "监护证明照片",
                "verbose_name_plural": "监护证明照片",
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "scope",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("identity", "基本信息与消息"),
                                ("booking", "预约挂号"),
                                ("records", "健康档案"),
                                ("results", "检查检验结果"),
                                ("notices", "接收消息提醒"),
                            ],
                            max_length=20,
                        ),
                        size=None,
                        verbose_name="授权范围",
                    ),
                ),
                ("months", models.PositiveSmallIntegerField(verbose_name="授权几个月")),
                ("code_hash", models.BinaryField(max_length=32, unique=True)),
                ("created_at", models.DateTimeField(verbose_name="邀请时间")),
                ("expires_at", models.DateTimeField(verbose_name="邀请码有效期至")),
                ("used_at", models.DateTimeField(null=True, verbose_name="接受时间")),
                ("revoked_at", models.DateTimeField(null=True, verbose_name="撤回时间")),
                ("missed", models.PositiveSmallIntegerField(default=0, verbose_name="出生日期输错次数")),
                (
                    "resident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="invitations", to="residents.resident"
                    ),
                ),
            ],
            options={
                "verbose_name": "代办邀请",
                "verbose_name_plural": "代办邀请",
            },
        ),
        migrations.AddIndex(
            model_name="guardianship",
            index=models.Index(
                condition=models.Q(("state", "requested")), fields=["facility", "created_at"], name="guardianship_queue"
            ),
        ),
        migrations.AddConstraint(
            model_name="guardianship",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("reviewed_by", None),
                    models.Q(("reviewed_by", models.F("created_by")), _negated=True),
                    _connector="OR",
                ),
                name="guardianship_reviewer_is_not_who_entered",
            ),
        ),
        migrations.AddConstraint(
            model_name="guardianship",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("reviewed_at__isnull", True),
                        ("reviewed_by__isnull", True),
                        ("state__in", ["requested", "withdrawn"]),
                    ),
                    models.Q(
                        ("reviewed_at__isnull", False),
                        ("reviewed_by__isnull", False),
                        ("state__in", ["approved", "refused"]),
                    ),
                    _connector="OR",
                ),
                name="guardianship_decided_exactly_when_signed",
            ),
        ),
        migrations.AddConstraint(
            model_name="guardianship",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("delegation__isnull", False), ("state", "approved")),
                    models.Q(models.Q(("state", "approved"), _negated=True), ("delegation", None)),
                    _connector="OR",
                ),
                name="guardianship_opens_exactly_when_approved",
            ),
        ),
        migrations.AddConstraint(
            model_name="guardianship",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "requested")),
                fields=("guardian", "child_index"),
                name="one_waiting_guardianship_per_pair",
                violation_error_message="这个孩子的申请已经提交，正在等待审核。",
            ),
        ),
        migrations.AddConstraint(
            model_name="guardianshipphoto",
            constraint=models.UniqueConstraint(fields=("guardianship", "position"), name="one_photo_per_place"),
        ),
        migrations.AddConstraint(
            model_name="guardianshipphoto",
            constraint=models.CheckConstraint(
                condition=models.Q(("position__gte", 1), ("position__lte", 4)), name="at_most_four_photos"
            ),
        ),
        migrations.AddIndex(
            model_name="invitation",
            index=models.Index(fields=["resident", "expires_at"], name="invitation_by_resident"),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(("expires_at__gt", models.F("created_at"))), name="invitation_ends_after_it_starts"
            ),
        ),
        migrations.RunSQL(GROUND, NO_GROUND),
        migrations.RunSQL(DELEGATES, NO_DELEGATES),
        migrations.RunSQL(AGES, NO_AGES),
        migrations.RunSQL(GUARDIANS, NO_GUARDIANS),
        migrations.RunSQL(KEPT, NO_KEPT),
        Guard(
            "residents_invitation",
            select=[f"{own('identity')} AND resident_id = (SELECT app.own_resident())"],
            worker="SELECT",
        ),
        Guard(
            "residents_guardianship",
            select=[
                f"{own('identity', 'guardian_id')} AND {GUARDIAN_SELF}",
                f"state = 'requested' AND {staff('manager', 'reception')}",
            ],
            insert=[ENTERED],
            worker="SELECT",
        ),
        Guard(
            "residents_guardianshipphoto",
            select=[OF_AN_OPEN_ONE.format(who=staff("manager", "reception", column="g.facility_id"))],
            insert=[OF_AN_OPEN_ONE.format(who="g.created_by = (SELECT app.account())")],
            worker="SELECT, DELETE",
        ),
        migrations.AlterField(
            model_name="delivery",
            name="template",
            field=models.CharField(
                choices=[
                    ("sign_in_code", "登录验证码"),
                    ("registration_code", "注册验证码"),
                    ("phone_code", "更换手机号验证码"),
                    ("proof_code", "本人确认验证码"),
                    ("report_ready", "报告已出提醒"),
                    ("booked", "预约成功提醒"),
                    ("booking_cancelled", "预约取消提醒"),
                    ("case_answered", "问题已答复提醒"),
                    ("first_access", "机构首次查看提醒"),
                    ("emergency_access", "紧急查看提醒"),
                    ("delegation_invited", "代办邀请提醒"),
                    ("delegation_started", "代办开始提醒"),
                    ("delegation_ended", "代办结束提醒"),
                    ("guardianship_refused", "监护人申请未通过提醒"),
                    ("hand_over", "年龄变化提醒"),
                    ("assisted_act", "帮办回执"),
                    ("new_device", "新设备登录提醒"),
                    ("phone_changed", "手机号更改提醒"),
                    ("password_changed", "密码修改提醒"),
                    ("account_opened", "账号开通提醒"),
                    ("registration_attempt", "注册尝试提醒"),
                    ("family_notice", "家人新消息提醒"),
                    ("budget_reached", "短信额度用完（发给工作人员）"),
                ],
                max_length=30,
                verbose_name="模板",
            ),
        ),
        migrations.AlterField(
            model_name="messagechoice",
            name="template",
            field=models.CharField(
                choices=[
                    ("sign_in_code", "登录验证码"),
                    ("registration_code", "注册验证码"),
                    ("phone_code", "更换手机号验证码"),
                    ("proof_code", "本人确认验证码"),
                    ("report_ready", "报告已出提醒"),
                    ("booked", "预约成功提醒"),
                    ("booking_cancelled", "预约取消提醒"),
                    ("case_answered", "问题已答复提醒"),
                    ("first_access", "机构首次查看提醒"),
                    ("emergency_access", "紧急查看提醒"),
                    ("delegation_invited", "代办邀请提醒"),
                    ("delegation_started", "代办开始提醒"),
                    ("delegation_ended", "代办结束提醒"),
                    ("guardianship_refused", "监护人申请未通过提醒"),
                    ("hand_over", "年龄变化提醒"),
                    ("assisted_act", "帮办回执"),
                    ("new_device", "新设备登录提醒"),
                    ("phone_changed", "手机号更改提醒"),
                    ("password_changed", "密码修改提醒"),
                    ("account_opened", "账号开通提醒"),
                    ("registration_attempt", "注册尝试提醒"),
                    ("family_notice", "家人新消息提醒"),
                    ("budget_reached", "短信额度用完（发给工作人员）"),
                ],
                max_length=30,
                verbose_name="消息种类",
            ),
        ),
        migrations.AlterField(
            model_name="notice",
            name="kind",
            field=models.CharField(
                choices=[
                    ("report_ready", "您的检查检验报告已出"),
                    ("booked", "预约成功"),
                    ("booking_cancelled", "预约已取消"),
                    ("case_answered", "您提出的问题有了答复"),
                    ("first_access", "有一家机构第一次查看了您的信息"),
                    ("emergency_access", "有工作人员紧急查看了您的信息"),
                    ("delegation_invited", "有人请您帮忙代办"),
                    ("delegation_started", "一项代办授权开始生效"),
                    ("delegation_ended", "一项代办授权已经结束"),
                    ("guardianship_refused", "监护人申请没有通过，请看原因"),
                    ("hand_over", "孩子年满14或18周岁，代办权限有变化"),
                    ("assisted_act", "工作人员帮您办了一件事"),
                    ("new_device", "您的账号在一台新设备上登录"),
                    ("phone_changed", "您账号的手机号已更改"),
                    ("password_changed", "您账号的密码已修改"),
                    ("account_opened", "您的门户账号已开通"),
                    ("registration_attempt", "有人用您的证件号码申请注册"),
                ],
                max_length=30,
                verbose_name="类型",
            ),
        ),
    ]
