import django.db.models.deletion
from django.db import migrations, models

import foundation.keys
from foundation.operations import SIGNIN, WEB, Guard

HELPERS = "ARRAY['clinician', 'village_doctor', 'public_health', 'reception', 'manager']"
MIDDLE_DOTS = "•・･.．‧∙⋅"

# --- what the functions below share: closed to every login -----------------------------------------------------------
SHARED = f"""
CREATE FUNCTION app.folded_name(name text) RETURNS text LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
  SELECT lower(translate(regexp_replace(normalize(name, NFKC), '\\s', '', 'g'), '{MIDDLE_DOTS}', '{"·" * 8}')) $$;
COMMENT ON FUNCTION app.folded_name(text) IS 'A name without blanks, widths and the several dots of names.';

CREATE FUNCTION app.at_counter(person uuid) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT o.facility_id FROM public.residents_opening o
  WHERE o.token_hash = app.token_hash() AND o.account_id = app.account() AND o.kind = 'counter'
    AND o.resident_id = person AND o.closed_at IS NULL AND o.closes_at > app.clock()
    AND o.facility_id = ANY (app.facilities_for({HELPERS})) LIMIT 1 $$;
COMMENT ON FUNCTION app.at_counter(uuid) IS
  'At which facility this session has the person''s document before it; NULL when it has not.';

CREATE FUNCTION app.write_identity_event(person uuid, place uuid, who uuid, deed text, way text, origin inet,
  request text) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  INSERT INTO public.residents_accessevent (at, id, actor_id, actor_name, resident_id, facility_id, action,
      subject_kind, subject_id, purpose, capacity, opening_id, address, reference)
    SELECT app.clock(), gen_random_uuid(), a.id, coalesce(a.name, ''), person, place, deed, '', '', '', way,
      CASE WHEN way = 'counter' THEN (SELECT o.id FROM public.residents_opening o
        WHERE o.token_hash = app.token_hash() AND o.resident_id = person AND o.kind = 'counter'
          AND o.closed_at IS NULL AND o.closes_at > app.clock() LIMIT 1) END, origin, left(request, 16)
    FROM (SELECT who AS wanted) AS asked LEFT JOIN public.residents_account a ON a.id = asked.wanted $$;

CREATE FUNCTION app.end_sign_in(login uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
BEGIN
  UPDATE public.residents_account SET password = '!' || replace(gen_random_uuid()::text, '-', ''), pin = '',
    phone = NULL, phone_index = NULL, phone_verified_at = NULL WHERE id = login;
  DELETE FROM public.residents_accountsession WHERE account_id = login;
  DELETE FROM public.residents_knowndevice WHERE account_id = login;
  DELETE FROM public.mfa_authenticator WHERE user_id = login;
  UPDATE public.residents_binding SET ended_at = greatest(app.clock(), bound_at)
    WHERE account_id = login AND ended_at IS NULL;
END $$;
COMMENT ON FUNCTION app.end_sign_in(uuid) IS
  'Everything that opens an account ends: password, phone, PIN, second factors, devices, sessions, bindings.';
REVOKE ALL ON FUNCTION app.folded_name(text), app.at_counter(uuid), app.end_sign_in(uuid),
  app.write_identity_event(uuid, uuid, uuid, text, text, inet, text) FROM PUBLIC;
"""
NO_SHARED = """
DROP FUNCTION app.end_sign_in(uuid), app.write_identity_event(uuid, uuid, uuid, text, text, inet, text),
  app.at_counter(uuid), app.folded_name(text);
"""

# --- registering on line ---------------------------------------------------------------------------------------------
# One statement for every case. The rows of a claim are written each time, and taken back where there is to be none: a
# number that is taken, a person who is matched and one nobody knows cost the same.
REGISTER = f"""
CREATE FUNCTION app.register_person(wanted_kind text, wanted_indexes bytea[], typed_name text, phone_indexes bytea[],
  person uuid, born date, person_sex text, document uuid, sealed_number bytea, login uuid, random_name text,
  hashed_password text, sealed_phone bytea, origin inet, request text) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  present public.residents_resident;
  claimant uuid;
  taken boolean;
  matched boolean;
  told uuid;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('residents.document:' || encode(wanted_indexes[1], 'hex'), 0));
  -- Asked before anything about the number is: the answer depends on the phone alone, whose holder knows it.
  IF (SELECT count(*) FROM public.residents_account a JOIN public.residents_resident r ON r.id = a.resident_id
      WHERE a.phone_index = ANY (phone_indexes) AND a.is_active AND r.provisional)
     >= coalesce((app.setting('identity.claims_per_phone') #>> '{{}}')::integer, 5) THEN RETURN true; END IF;
  SELECT r.* INTO present FROM public.residents_identifier i JOIN public.residents_resident r ON r.id = i.resident_id
    WHERE i.kind = wanted_kind AND i.index = ANY (wanted_indexes) AND NOT i.claimed;
  SELECT i.resident_id INTO claimant FROM public.residents_identifier i
    WHERE i.kind = wanted_kind AND i.index = ANY (wanted_indexes) AND i.claimed;
  -- A claim keeps nobody from being matched: who claims first would else keep the real person out.
  taken := present.deceased_on IS NOT NULL
    OR EXISTS (SELECT 1 FROM public.residents_account a WHERE a.resident_id = present.id);
  matched := NOT taken AND coalesce(present.phone_index = ANY (phone_indexes)
    AND app.folded_name(present.name) = app.folded_name(typed_name), false)
    AND NOT EXISTS (SELECT 1 FROM public.residents_resident r WHERE r.phone_index = ANY (phone_indexes)
                    AND r.id <> present.id AND r.deceased_on IS NULL)
    AND NOT EXISTS (SELECT 1 FROM public.residents_account a WHERE a.phone_index = ANY (phone_indexes)
                    AND a.resident_id IS DISTINCT FROM present.id AND a.is_active);
  taken := taken OR (claimant IS NOT NULL AND NOT matched);
  BEGIN
    INSERT INTO public.residents_resident (id, name, name_pinyin, sex, birth_date, address, provisional, created_at)
      VALUES (person, typed_name, '', person_sex, born, '', true, app.clock());
    INSERT INTO public.residents_identifier (id, resident_id, kind, value, index, claimed, created_at)
      VALUES (document, person, wanted_kind, sealed_number, CASE WHEN taken OR matched
        THEN sha256(decode(replace(gen_random_uuid()::text, '-', ''), 'hex')) ELSE wanted_indexes[1] END, true,
        app.clock());
    PERFORM app.write_new_login(login, person, random_name, typed_name, hashed_password, sealed_phone,
                                phone_indexes[1]);
    PERFORM app.write_proof(login, 1, 'self', NULL, NULL);
    PERFORM app.write_identity_event(person, NULL, login, 'residents.registered', 'self', origin, request);
    IF taken OR matched THEN RAISE EXCEPTION 'no claim' USING ERRCODE = 'P0001'; END IF;
  EXCEPTION WHEN SQLSTATE 'P0001' THEN NULL;
  END;
  IF matched THEN
    PERFORM app.write_new_login(login, present.id, random_name, present.name, hashed_password, sealed_phone,
                                phone_indexes[1]);
    PERFORM app.write_proof(login, 2, 'phone_match', NULL, NULL);
    PERFORM app.write_identity_event(present.id, NULL, login, 'residents.registered', 'self', origin, request);
    told := present.id;
  ELSIF present.deceased_on IS NULL THEN
    -- Whose the number is, on the phone a facility noted where there is no account; not whoever claimed it.
    told := CASE WHEN taken THEN coalesce(present.id, claimant) ELSE present.id END;
  END IF;
  -- Once a day is enough: nobody floods a stranger's phone by typing in a number.
  INSERT INTO public.residents_notice (id, resident_id, kind, subject_id, created_at)
    SELECT gen_random_uuid(), told, CASE WHEN matched THEN 'account_opened' ELSE 'registration_attempt' END,
      md5(told::text || (app.clock() AT TIME ZONE 'Asia/Shanghai')::date::text)::uuid, app.clock()
    WHERE told IS NOT NULL ON CONFLICT DO NOTHING;
  RETURN true;
END $$;
COMMENT ON FUNCTION app.register_person(text, bytea[], text, bytea[], uuid, date, text, uuid, bytea, uuid, text, text,
  bytea, inet, text) IS
  'Somebody registered with a number, a name and a proved phone. The answer is the same whatever comes of it.';

CREATE FUNCTION app.write_new_login(login uuid, person uuid, random_name text, called text, hashed_password text,
  sealed_phone bytea, phone_index bytea) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  INSERT INTO public.residents_account (id, username, password, name, resident_id, phone, phone_index,
      phone_verified_at, pin, is_active, is_staff, must_change_password, display_mode, created_at)
    VALUES (login, random_name, hashed_password, called, person, sealed_phone, write_new_login.phone_index,
      CASE WHEN sealed_phone IS NOT NULL THEN app.clock() END, '', true, false, false, 'standard', app.clock()) $$;

CREATE FUNCTION app.write_proof(login uuid, proved integer, way text, checked_by uuid, until timestamptz) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  INSERT INTO public.residents_verification (id, account_id, level, method, verified_by, verified_at, valid_until,
      authority)
    VALUES (gen_random_uuid(), login, proved, way, checked_by, app.clock(), until, '');
END $$;

REVOKE ALL ON FUNCTION app.write_new_login(uuid, uuid, text, text, text, bytea, bytea),
  app.write_proof(uuid, integer, text, uuid, timestamptz), app.register_person(text, bytea[], text, bytea[], uuid, date,
  text, uuid, bytea, uuid, text, text, bytea, inet, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.register_person(text, bytea[], text, bytea[], uuid, date, text, uuid, bytea, uuid, text,
  text, bytea, inet, text) TO {SIGNIN};
"""
NO_REGISTER = """
DROP FUNCTION app.register_person(text, bytea[], text, bytea[], uuid, date, text, uuid, bytea, uuid, text, text, bytea,
  inet, text);
DROP FUNCTION app.write_proof(uuid, integer, text, uuid, timestamptz),
  app.write_new_login(uuid, uuid, text, text, text, bytea, bytea);
"""

# --- codes printed at a counter --------------------------------------------------------------------------------------
# A try is written down whether or not the number is known, so that both cost the same and the owner reads of it.
ACTIVATE = """
CREATE FUNCTION app.issue_activation(person uuid, proved integer, hashed bytea, until timestamptz, origin inet,
  request text) RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  place uuid := app.at_counter(person);
  issued uuid := gen_random_uuid();
  present public.residents_resident;
BEGIN
  SELECT * INTO present FROM public.residents_resident WHERE id = person FOR NO KEY UPDATE;
  IF place IS NULL OR present.provisional OR present.deceased_on IS NOT NULL
     OR app.age_of(present.birth_date) < coalesce((app.setting('delegation.consent_age') #>> '{}')::integer, 14)
     OR EXISTS (SELECT 1 FROM app.claims_on(person)) THEN RETURN NULL; END IF;
  PERFORM app.end_sign_in(a.id) FROM public.residents_account a WHERE a.resident_id = person;
  UPDATE public.residents_activationcode SET revoked_at = app.clock()
    WHERE resident_id = person AND used_at IS NULL AND revoked_at IS NULL;
  INSERT INTO public.residents_activationcode (id, resident_id, facility_id, level, code_hash, issued_by, issued_at,
      expires_at, tries) VALUES (issued, person, place, proved, hashed, app.account(), app.clock(), until, 0);
  PERFORM app.write_identity_event(person, place, app.account(), 'residents.issued_activation', 'counter', origin,
                                   request);
  RETURN issued;
END $$;
COMMENT ON FUNCTION app.issue_activation(uuid, integer, bytea, timestamptz, inet, text) IS
  'A new code for the person at the counter. What opened their account until now ends with it: phone or password may be in other hands.';

CREATE FUNCTION app.activation_fits(wanted_kind text, wanted_indexes bytea[], typed bytea[], origin inet, request text)
  RETURNS TABLE (code uuid, login uuid) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  person uuid;
  live public.residents_activationcode;
  fits boolean;
BEGIN
  SELECT i.resident_id INTO person FROM public.residents_identifier i
    WHERE i.kind = wanted_kind AND i.index = ANY (wanted_indexes) AND NOT i.claimed;
  SELECT * INTO live FROM public.residents_activationcode c WHERE c.resident_id = person AND c.used_at IS NULL
    AND c.revoked_at IS NULL AND c.expires_at > app.clock()
    AND c.tries < coalesce((app.setting('activation.tries') #>> '{}')::integer, 200) FOR UPDATE;
  fits := coalesce(live.code_hash = ANY (typed), false);
  UPDATE public.residents_activationcode c SET tries = c.tries + 1 WHERE c.id = live.id AND NOT fits;
  PERFORM app.write_identity_event(person, NULL, NULL,
    CASE WHEN fits THEN 'residents.activation_fits' ELSE 'residents.activation_refused' END, '', origin, request);
  RETURN QUERY SELECT CASE WHEN fits THEN live.id END,
    CASE WHEN fits THEN (SELECT a.id FROM public.residents_account a WHERE a.resident_id = person) END;
END $$;
COMMENT ON FUNCTION app.activation_fits(text, bytea[], bytea[], inet, text) IS
  'The live code of a number when it is the one typed; NULL for everything else. Each call is a try.';

CREATE FUNCTION app.activate(wanted uuid, typed bytea[], login uuid, random_name text, hashed_password text,
  sealed_phone bytea, phone_index bytea, until timestamptz, origin inet, request text) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  used public.residents_activationcode;
  person public.residents_resident;
  present uuid;
BEGIN
  UPDATE public.residents_activationcode c SET used_at = app.clock() WHERE c.id = wanted AND c.code_hash = ANY (typed)
    AND c.used_at IS NULL AND c.revoked_at IS NULL AND c.expires_at > app.clock() RETURNING * INTO used;
  SELECT * INTO person FROM public.residents_resident WHERE id = used.resident_id AND deceased_on IS NULL;
  SELECT a.id INTO present FROM public.residents_account a WHERE a.resident_id = person.id;
  IF person.id IS NULL OR present <> login THEN
    UPDATE public.residents_activationcode SET used_at = NULL WHERE id = used.id;
    RETURN false;
  END IF;
  IF present IS NULL THEN
    PERFORM app.write_new_login(login, person.id, random_name, person.name, hashed_password, sealed_phone,
                                activate.phone_index);
  ELSE
    PERFORM app.end_sign_in(login);
    UPDATE public.residents_account a SET password = hashed_password, name = person.name, phone = sealed_phone,
      phone_index = activate.phone_index, is_active = true,
      phone_verified_at = CASE WHEN sealed_phone IS NOT NULL THEN app.clock() END WHERE a.id = login;
    UPDATE public.residents_verification SET revoked_at = app.clock() WHERE account_id = login AND revoked_at IS NULL;
  END IF;
  PERFORM app.write_proof(login, used.level, 'activation_code', used.issued_by, until);
  PERFORM app.write_identity_event(person.id, used.facility_id, login, 'residents.activated', 'self', origin, request);
  INSERT INTO public.residents_notice (id, resident_id, kind, subject_id, created_at)
    VALUES (gen_random_uuid(), person.id, 'account_opened', used.id, app.clock());
  RETURN true;
END $$;
COMMENT ON FUNCTION app.activate(uuid, bytea[], uuid, text, text, bytea, bytea, timestamptz, inet, text) IS
  'Use a code up: the person''s account opens with the new password and phone, proved as the code says.';
"""
NO_ACTIVATE = """
DROP FUNCTION app.activate(uuid, bytea[], uuid, text, text, bytea, bytea, timestamptz, inet, text),
  app.activation_fits(text, bytea[], bytea[], inet, text),
  app.issue_activation(uuid, integer, bytea, timestamptz, inet, text);
"""

# --- at the counter --------------------------------------------------------------------------------------------------
COUNTER = f"""
CREATE FUNCTION app.claims_on(person uuid) RETURNS TABLE (claimant uuid, called varchar, since timestamptz)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT r.id, r.name, c.created_at FROM public.residents_identifier mine
  JOIN public.residents_identifier c ON c.kind = mine.kind AND c.index = mine.index AND c.claimed
  JOIN public.residents_resident r ON r.id = c.resident_id
  WHERE mine.resident_id = person AND NOT mine.claimed AND app.at_counter(person) IS NOT NULL $$;
COMMENT ON FUNCTION app.claims_on(uuid) IS
  'Who registered on line with a number of the person who stands at the counter with the document.';

CREATE FUNCTION app.create_at_counter(place uuid, person uuid, called text, sound text, person_sex text, born date,
  document uuid, wanted_kind text, sealed_number bytea, wanted_indexes bytea[]) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF (place = ANY (app.facilities_for({HELPERS}))) IS NOT TRUE THEN RETURN false; END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('residents.document:' || encode(wanted_indexes[1], 'hex'), 0));
  IF EXISTS (SELECT 1 FROM public.residents_identifier i WHERE i.kind = wanted_kind AND i.index = ANY (wanted_indexes)
             AND NOT i.claimed) THEN RETURN false; END IF;
  INSERT INTO public.residents_resident (id, name, name_pinyin, sex, birth_date, address, facility_id, provisional,
      created_at) VALUES (person, called, sound, person_sex, born, '', place, false, app.clock());
  INSERT INTO public.residents_identifier (id, resident_id, kind, value, index, claimed, created_at)
    VALUES (document, person, wanted_kind, sealed_number, wanted_indexes[1], false, app.clock());
  RETURN true;
END $$;
COMMENT ON FUNCTION app.create_at_counter(uuid, uuid, text, text, text, date, uuid, text, bytea, bytea[]) IS
  'A person nobody knew, from the document in the reader. False when there is such a person already.';

CREATE FUNCTION app.counter_facts(person uuid) RETURNS TABLE (login uuid, active boolean, proved integer,
  phone bytea, phone_proved_at timestamptz, code_until timestamptz, card_until timestamptz)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT a.id, a.is_active,
    (SELECT max(v.level) FROM public.residents_verification v WHERE v.account_id = a.id AND v.revoked_at IS NULL
      AND (v.valid_until IS NULL OR v.valid_until > app.clock())),
    a.phone, a.phone_verified_at,
    (SELECT c.expires_at FROM public.residents_activationcode c WHERE c.resident_id = r.id AND c.used_at IS NULL
      AND c.revoked_at IS NULL AND c.expires_at > app.clock()),
    (SELECT p.expires_at FROM public.residents_presencecode p WHERE p.resident_id = r.id AND p.kind = 'card'
      AND p.revoked_at IS NULL AND p.expires_at > app.clock())
  FROM public.residents_resident r LEFT JOIN public.residents_account a ON a.resident_id = r.id
  WHERE r.id = person AND app.at_counter(person) IS NOT NULL $$;
COMMENT ON FUNCTION app.counter_facts(uuid) IS
  'What staff need to know about the account of the person at the counter; the phone stays sealed.';

CREATE FUNCTION app.take_number_over(person uuid, origin inet, request text) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE found record; any_found boolean := false;
BEGIN
  FOR found IN SELECT claimant FROM app.claims_on(person) LOOP
    PERFORM app.end_sign_in(a.id) FROM public.residents_account a WHERE a.resident_id = found.claimant;
    UPDATE public.residents_account SET is_active = false WHERE resident_id = found.claimant;
    UPDATE public.residents_verification v SET revoked_at = app.clock() FROM public.residents_account a
      WHERE a.id = v.account_id AND a.resident_id = found.claimant AND v.revoked_at IS NULL;
    UPDATE public.residents_delegation SET ended_at = app.clock(), ended_by = app.account()
      WHERE (resident_id = found.claimant OR delegate_id = found.claimant) AND ended_at IS NULL;
    DELETE FROM public.residents_identifier WHERE resident_id = found.claimant AND claimed;
    any_found := true;
  END LOOP;
  IF any_found THEN
    PERFORM app.write_identity_event(person, app.at_counter(person), app.account(), 'residents.took_number_over',
                                     'counter', origin, request);
  END IF;
  RETURN any_found;
END $$;
COMMENT ON FUNCTION app.take_number_over(uuid, inet, text) IS
  'The document proves whose the number is: what somebody opened with it on line is closed, and the number is free of it.';

CREATE FUNCTION app.rename_at_counter(person uuid, called text, sound text, origin inet, request text)
  RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE place uuid := app.at_counter(person);
BEGIN
  IF place IS NULL OR btrim(called) = '' THEN RETURN false; END IF;
  UPDATE public.residents_resident SET name = left(btrim(called), 100), name_pinyin = sound WHERE id = person;
  PERFORM app.write_identity_event(person, place, app.account(), 'residents.changed_name', 'counter', origin, request);
  RETURN true;
END $$;
COMMENT ON FUNCTION app.rename_at_counter(uuid, text, text, inet, text) IS
  'The name on the document before the staff member takes the place of the one on file.';
"""
NO_COUNTER = """
DROP FUNCTION app.rename_at_counter(uuid, text, text, inet, text), app.take_number_over(uuid, inet, text),
  app.counter_facts(uuid),
  app.create_at_counter(uuid, uuid, text, text, text, date, uuid, text, bytea, bytea[]), app.claims_on(uuid);
"""

# --- a death: one enters it from the certificate, a manager confirms it ----------------------------------------------
DEATH = f"""
CREATE FUNCTION app.report_death(wanted_kind text, wanted_indexes bytea[], place uuid, died date, seen text,
  origin inet, request text) RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  person uuid;
  report uuid := gen_random_uuid();
BEGIN
  IF (place = ANY (app.facilities_for({HELPERS}))) IS NOT TRUE
     OR died > (app.clock() AT TIME ZONE 'Asia/Shanghai')::date THEN RETURN NULL; END IF;
  SELECT r.id INTO person FROM public.residents_identifier i JOIN public.residents_resident r ON r.id = i.resident_id
    WHERE i.kind = wanted_kind AND i.index = ANY (wanted_indexes) AND NOT i.claimed AND r.deceased_on IS NULL
      AND r.birth_date <= died;
  IF person IS NULL THEN RETURN NULL; END IF;
  INSERT INTO public.residents_deathreport (id, resident_id, facility_id, died_on, evidence, reported_by, reported_at)
    VALUES (report, person, place, died, left(btrim(seen), 100), app.account(), app.clock()) ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN RETURN NULL; END IF;
  PERFORM app.write_identity_event(person, place, app.account(), 'residents.reported_death', 'staff', origin, request);
  RETURN report;
END $$;
COMMENT ON FUNCTION app.report_death(text, bytea[], uuid, date, text, inet, text) IS
  'Enter a death from the certificate shown; nothing changes until a manager has confirmed it.';

CREATE FUNCTION app.waiting_deaths() RETURNS TABLE (report uuid, called varchar, born date, died date, evidence varchar,
  place varchar, reported_by_name varchar, reported_at timestamptz, own boolean)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT d.id, r.name, r.birth_date, d.died_on, d.evidence, f.name, a.name, d.reported_at,
    d.reported_by = app.account()
  FROM public.residents_deathreport d JOIN public.residents_resident r ON r.id = d.resident_id
  JOIN public.facilities_facility f ON f.id = d.facility_id
  LEFT JOIN public.residents_account a ON a.id = d.reported_by
  WHERE d.decided_at IS NULL AND d.facility_id = ANY (app.facilities_for(ARRAY['manager'])) ORDER BY d.reported_at $$;
COMMENT ON FUNCTION app.waiting_deaths() IS 'The deaths that wait for the word of a manager of their facility.';

CREATE FUNCTION app.decide_death(report uuid, is_true boolean, origin inet, request text) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  decided public.residents_deathreport;
  login uuid;
BEGIN
  UPDATE public.residents_deathreport SET decided_by = app.account(), decided_at = app.clock(), confirmed = is_true
    WHERE id = report AND decided_at IS NULL AND reported_by <> app.account()
      AND facility_id = ANY (app.facilities_for(ARRAY['manager'])) RETURNING * INTO decided;
  IF decided.id IS NULL THEN RETURN false; END IF;
  PERFORM app.write_identity_event(decided.resident_id, decided.facility_id, app.account(),
    CASE WHEN is_true THEN 'residents.confirmed_death' ELSE 'residents.refused_death' END, 'staff', origin, request);
  IF NOT is_true THEN RETURN true; END IF;
  UPDATE public.residents_resident SET deceased_on = decided.died_on WHERE id = decided.resident_id;
  SELECT id INTO login FROM public.residents_account WHERE resident_id = decided.resident_id;
  IF login IS NOT NULL THEN
    PERFORM app.end_sign_in(login);
    UPDATE public.residents_account SET is_active = false WHERE id = login;
  END IF;
  UPDATE public.residents_delegation SET ended_at = app.clock(), ended_by = app.account()
    WHERE (resident_id = decided.resident_id OR delegate_id = decided.resident_id) AND ended_at IS NULL;
  UPDATE public.residents_presencecode SET revoked_at = app.clock()
    WHERE resident_id = decided.resident_id AND revoked_at IS NULL;
  UPDATE public.residents_activationcode SET revoked_at = app.clock()
    WHERE resident_id = decided.resident_id AND used_at IS NULL AND revoked_at IS NULL;
  UPDATE public.residents_opening SET closed_at = app.clock()
    WHERE resident_id = decided.resident_id AND closed_at IS NULL AND closes_at > app.clock();
  RETURN true;
END $$;
COMMENT ON FUNCTION app.decide_death(uuid, boolean, inet, text) IS
  'A manager''s word on a death somebody else entered. Confirmed, the account and all delegations end at once.';

CREATE FUNCTION app.undo_death(person uuid, origin inet, request text) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE place uuid := app.at_counter(person);
BEGIN
  IF place IS NULL OR NOT (place = ANY (app.facilities_for(ARRAY['manager']))) THEN RETURN false; END IF;
  UPDATE public.residents_resident SET deceased_on = NULL WHERE id = person AND deceased_on IS NOT NULL;
  IF NOT FOUND THEN RETURN false; END IF;
  PERFORM app.write_identity_event(person, place, app.account(), 'residents.undid_death', 'counter', origin, request);
  RETURN true;
END $$;
COMMENT ON FUNCTION app.undo_death(uuid, inet, text) IS
  'The person stands at the manager''s counter with the document: the death was entered by mistake.';
"""
NO_DEATH = """
DROP FUNCTION app.undo_death(uuid, inet, text), app.decide_death(uuid, boolean, inet, text), app.waiting_deaths(),
  app.report_death(text, bytea[], uuid, date, text, inet, text);
"""
FOR_SIGNIN = (
    "app.activation_fits(text, bytea[], bytea[], inet, text)",
    "app.activate(uuid, bytea[], uuid, text, text, bytea, bytea, timestamptz, inet, text)",
)
FOR_WEB = (
    "app.issue_activation(uuid, integer, bytea, timestamptz, inet, text)",
    "app.claims_on(uuid)",
    "app.create_at_counter(uuid, uuid, text, text, text, date, uuid, text, bytea, bytea[])",
    "app.counter_facts(uuid)",
    "app.take_number_over(uuid, inet, text)",
    "app.rename_at_counter(uuid, text, text, inet, text)",
    "app.report_death(text, bytea[], uuid, date, text, inet, text)",
    "app.waiting_deaths()",
    "app.decide_death(uuid, boolean, inet, text)",
    "app.undo_death(uuid, inet, text)",
)
CALLED = [
    f"REVOKE ALL ON FUNCTION {', '.join(FOR_SIGNIN + FOR_WEB)} FROM PUBLIC",
    f"GRANT EXECUTE ON FUNCTION {', '.join(FOR_SIGNIN)} TO {SIGNIN}",
    f"GRANT EXECUTE ON FUNCTION {', '.join(FOR_WEB)} TO {WEB}",
]


class Migration(migrations.Migration):
    """Registering on line, activation at the counter, PINs, and deaths."""

    dependencies = [("residents", "0010_authorities")]

    operations = [
        migrations.AddField(
            model_name="account",
            name="pin",
            field=models.CharField(blank=True, default="", editable=False, max_length=128, verbose_name="服务密码"),
            preserve_default=False,
        ),
        migrations.CreateModel(
            name="ActivationCode",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "level",
                    models.PositiveSmallIntegerField(
                        choices=[(2, "手工核对证件"), (3, "读卡器核验")], verbose_name="实名等级"
                    ),
                ),
                ("code_hash", models.BinaryField(max_length=32)),
                ("issued_by", models.UUIDField(verbose_name="发放人")),
                ("issued_at", models.DateTimeField(verbose_name="发放时间")),
                ("expires_at", models.DateTimeField(verbose_name="有效期至")),
                ("used_at", models.DateTimeField(null=True, verbose_name="使用时间")),
                ("revoked_at", models.DateTimeField(null=True, verbose_name="作废时间")),
                ("tries", models.PositiveSmallIntegerField(default=0, verbose_name="输错次数")),
                (
                    "facility",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="facilities.facility",
                        verbose_name="发放机构",
                    ),
                ),
                (
                    "resident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="residents.resident"
                    ),
                ),
            ],
            options={
                "verbose_name": "激活码",
                "verbose_name_plural": "激活码",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("level__in", [2, 3])), name="activation_level_is_2_or_3"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("expires_at__gt", models.F("issued_at"))),
                        name="activation_code_ends_after_it_starts",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("revoked_at__isnull", True), ("used_at__isnull", True)),
                        fields=("resident",),
                        name="one_live_activation_code_per_person",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DeathReport",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("died_on", models.DateField(verbose_name="死亡日期")),
                ("evidence", models.CharField(max_length=100, verbose_name="依据")),
                ("reported_by", models.UUIDField(verbose_name="登记人")),
                ("reported_at", models.DateTimeField(verbose_name="登记时间")),
                ("decided_by", models.UUIDField(null=True, verbose_name="审核人")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="审核时间")),
                ("confirmed", models.BooleanField(null=True, verbose_name="属实")),
                (
                    "facility",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="facilities.facility",
                        verbose_name="登记机构",
                    ),
                ),
                (
                    "resident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="residents.resident",
                        verbose_name="居民",
                    ),
                ),
            ],
            options={
                "verbose_name": "死亡登记",
                "verbose_name_plural": "死亡登记",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_by", None),
                            models.Q(("decided_by", models.F("reported_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="a_death_is_decided_by_somebody_else",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("confirmed", None), ("decided_at", None), ("decided_by", None)),
                            models.Q(
                                ("confirmed__isnull", False),
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="a_death_is_decided_exactly_when_signed",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("decided_at__isnull", True)),
                        fields=("resident",),
                        name="one_open_death_report_per_person",
                    ),
                ],
            },
        ),
        Guard("residents_activationcode", worker=""),
        Guard("residents_deathreport", worker=""),
        migrations.RunSQL(SHARED, NO_SHARED),
        migrations.RunSQL(REGISTER, NO_REGISTER),
        migrations.RunSQL(COUNTER, NO_COUNTER),
        migrations.RunSQL(ACTIVATE, NO_ACTIVATE),
        migrations.RunSQL(DEATH, NO_DEATH),
        migrations.RunSQL(CALLED, migrations.RunSQL.noop),
    ]
