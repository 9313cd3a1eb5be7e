import django.db.models.deletion
from django.db import migrations, models

import foundation.keys
from foundation.operations import WEB, WORKER, Guard, staff

# Who may recall: staff and engineers of the facility that sent it, and of the bureau. Who may decide whose it is: people
# who may know identities, never engineers (docs/adr/0017). Who reads names: its head, and auditors.
SEES = ("reception", "manager", "public_health", "engineer", "auditor")
STARTERS = "ARRAY['reception', 'manager', 'public_health', 'engineer']"
AT = "ARRAY['reception', 'manager', 'public_health']"
READERS = "ARRAY['reception', 'manager', 'public_health', 'engineer', 'auditor']"

# Which kinds of message make the rows of which table.
TABLES = """(VALUES
    ('report', ARRAY['DiagnosticReport']), ('observation', ARRAY['Observation']), ('imagingstudy', ARRAY['ImagingStudy']),
    ('encounter', ARRAY['Encounter']), ('condition', ARRAY['Condition']), ('procedure', ARRAY['Procedure']),
    ('medication', ARRAY['MedicationRequest', 'MedicationStatement']), ('allergy', ARRAY['AllergyIntolerance']),
    ('immunization', ARRAY['Immunization'])) AS every (place, kinds)"""

SHARED = """
CREATE FUNCTION app.masked_name(name text) RETURNS text LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
  SELECT left(name, 1) || repeat('*', greatest(char_length(name) - 1, 1)) $$;

CREATE FUNCTION app.recalled_name(kind text, identifier text) RETURNS text LANGUAGE sql IMMUTABLE
  SET search_path = pg_catalog AS $$
  SELECT CASE kind WHEN 'MedicationStatement' THEN left(kind || '/' || identifier, 200) ELSE identifier END $$;
COMMENT ON FUNCTION app.recalled_name(text, text) IS 'What rows are called that a message makes (recording.record_identifier).';

CREATE FUNCTION app.write_recall_event(which uuid, person uuid, deed text, origin inet, request text) RETURNS void
  LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  INSERT INTO public.residents_accessevent (at, id, actor_id, actor_name, resident_id, facility_id, action,
      subject_kind, subject_id, purpose, capacity, opening_id, address, reference)
  SELECT app.clock(), gen_random_uuid(), a.id, a.name, person, r.facility_id, deed,
    'exchange.recall', r.id::text, '', 'staff', NULL, origin, left(request, 16)
  FROM public.residents_account a, public.exchange_recall r WHERE a.id = app.account() AND r.id = which $$;

CREATE FUNCTION app.write_recall_events(which uuid, deed text, origin inet, request text) RETURNS void
  LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT app.write_recall_event(which, p.resident_id, deed, origin, request) FROM (
    SELECT DISTINCT p.resident_id FROM public.exchange_recallperson p
    WHERE p.recall_id = which AND p.ended_at IS NULL) AS p $$;
COMMENT ON FUNCTION app.write_recall_events(uuid, text, inet, text) IS 'One line in the log of each person of a recall.';
REVOKE ALL ON FUNCTION app.masked_name(text), app.recalled_name(text, text),
  app.write_recall_event(uuid, uuid, text, inet, text), app.write_recall_events(uuid, text, inet, text) FROM PUBLIC;
"""
NO_SHARED = """
DROP FUNCTION app.write_recall_events(uuid, text, inet, text), app.write_recall_event(uuid, uuid, text, inet, text),
  app.recalled_name(text, text), app.masked_name(text);
"""

# --- hiding: everything that belongs to the message, in every version, with what has been said of it -------------------
HIDE = f"""
CREATE FUNCTION app.cover_recall(which uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
DECLARE added bigint;
BEGIN
  LOOP
    WITH mine AS (
      SELECT r.* FROM public.exchange_recallcover c JOIN public.records_report r
        ON r.source_id = c.source_id AND r.identifier = c.identifier
      WHERE c.recall_id = which AND c.kind = 'DiagnosticReport'
    ), items AS (
      SELECT DISTINCT r.resident_id, r.source_id, item.name
      FROM mine r CROSS JOIN unnest(r.item_identifiers) AS item (name)
    ), found (source_id, kind, identifier) AS (
      SELECT i.source_id, 'Observation', i.name FROM items i
      UNION SELECT s.source_id, 'ImagingStudy', s.identifier FROM mine r JOIN public.records_imagingstudy s
        ON s.resident_id = r.resident_id AND s.accession = r.report_number
          AND s.facility_id IN (r.facility_id, r.reporting_facility_id)
        WHERE r.category = 'imaging' AND r.report_number <> ''
      -- The same through another feed.
      UNION SELECT t.source_id, 'DiagnosticReport', t.identifier FROM mine r JOIN public.records_report t
        ON t.resident_id = r.resident_id AND (t.folded_into = r.id OR t.id = r.folded_into)
      UNION SELECT t.source_id, 'Observation', t.identifier FROM items i JOIN public.records_observation o
        ON o.resident_id = i.resident_id AND o.source_id = i.source_id AND o.identifier = i.name
        JOIN public.records_observation t
        ON t.resident_id = o.resident_id AND (t.folded_into = o.id OR t.id = o.folded_into)
    )
    INSERT INTO public.exchange_recallcover (id, recall_id, source_id, kind, identifier)
      SELECT gen_random_uuid(), which, f.source_id, f.kind, f.identifier FROM found f ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS added = ROW_COUNT;
    EXIT WHEN added = 0;
  END LOOP;
END $$;
COMMENT ON FUNCTION app.cover_recall(uuid) IS
  'The messages that belong to a recalled one: its items, its pictures, and the same through another feed.';

CREATE FUNCTION app.withdraw_recalled_news(which uuid) RETURNS uuid[] LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
DECLARE
  gone bigint;
  told uuid[];
BEGIN
  WITH withdrawn AS (
    DELETE FROM public.residents_notice n USING public.exchange_recallrow w
    WHERE w.recall_id = which AND w.shown_at IS NULL AND n.resident_id = w.resident_id AND n.subject_id = w.row_id
    RETURNING n.resident_id, n.told_at, n.read_at
  )
  SELECT count(*), coalesce(array_agg(DISTINCT resident_id) FILTER (WHERE told_at IS NOT NULL OR read_at IS NOT NULL), '{{}}')
    INTO gone, told FROM withdrawn;
  -- What was put into the outbox about it stays there; its key is the one of residents/spreading.py.
  UPDATE public.residents_delivery d SET status = 'withheld', phone = NULL, recipient_index = NULL, waits_for = '',
      error = '报告已收回核查，没有发送。'
    WHERE d.status = 'waiting' AND d.key IN (
      SELECT encode(sha256(convert_to(concat_ws(':', 'report_ready', w.resident_id, w.row_id, way.name, whom.id), 'UTF8')),
                    'hex')
      FROM public.exchange_recallrow w CROSS JOIN (VALUES ('sms'), ('wechat')) AS way (name) CROSS JOIN LATERAL (
        SELECT w.resident_id AS id UNION
        SELECT g.delegate_id FROM public.residents_delegation g WHERE g.resident_id = w.resident_id) AS whom
      WHERE w.recall_id = which AND w.model = 'report' AND w.shown_at IS NULL);
  UPDATE public.exchange_recall SET notices = notices + gone WHERE id = which;
  RETURN told;
END $$;
COMMENT ON FUNCTION app.withdraw_recalled_news(uuid) IS
  'Take notices and unsent messages about hidden rows back; returns who had been told by one.';

CREATE FUNCTION app.hide_recalled(which uuid) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
DECLARE
  spec record;
  persons uuid[];
  told uuid[];
  changed bigint;
  hidden bigint := 0;
BEGIN
  PERFORM app.cover_recall(which);
  persons := ARRAY(
    SELECT k.resident_id FROM public.exchange_recallcover c JOIN public.exchange_inboundkey k
      ON k.source_id = c.source_id AND k.kind = c.kind AND k.identifier = c.identifier
      WHERE c.recall_id = which AND k.resident_id IS NOT NULL
    UNION SELECT r.resident_id FROM public.exchange_recallcover c JOIN public.records_report r
      ON r.source_id = c.source_id AND r.identifier = c.identifier
      WHERE c.recall_id = which AND c.kind = 'DiagnosticReport'
    UNION SELECT w.resident_id FROM public.exchange_recallrow w WHERE w.recall_id = which
    UNION SELECT p.resident_id FROM public.exchange_recallperson p WHERE p.recall_id = which);
  FOR spec IN SELECT * FROM {TABLES} LOOP
    EXECUTE format($one$
      WITH covered AS (
        SELECT t.id, t.resident_id, t.release FROM public.exchange_recallcover c JOIN public.%1$I t
          ON t.resident_id = ANY ($3) AND t.source_id = c.source_id
            AND t.identifier = app.recalled_name(c.kind, c.identifier)
        WHERE c.recall_id = $1 AND c.kind = ANY ($2) ORDER BY t.id FOR UPDATE OF t
      ), kept AS (
        INSERT INTO public.exchange_recallrow AS w (id, recall_id, model, row_id, resident_id, release_before, hidden_at)
          SELECT gen_random_uuid(), $1, $4, v.id, v.resident_id, CASE WHEN v.release <> 'recalled' THEN v.release
            ELSE coalesce((SELECT o.release_before FROM public.exchange_recallrow o
              WHERE o.row_id = v.id AND o.shown_at IS NULL LIMIT 1), 'withheld') END, app.clock()
          FROM covered v
        ON CONFLICT (recall_id, row_id) DO UPDATE
          SET shown_at = NULL, hidden_at = EXCLUDED.hidden_at, release_before = EXCLUDED.release_before
          WHERE w.shown_at IS NOT NULL
      ), changed AS (
        UPDATE public.%1$I t SET release = 'recalled' FROM covered v
          WHERE t.id = v.id AND t.resident_id = v.resident_id AND v.release <> 'recalled' RETURNING 1
      ) SELECT count(*) FROM changed $one$, 'records_' || spec.place)
      INTO changed USING which, spec.kinds, persons, spec.place;
    hidden := hidden + changed;
  END LOOP;
  told := app.withdraw_recalled_news(which);
  INSERT INTO public.exchange_recallperson (id, recall_id, resident_id, part, knew, found_at, told_of)
    SELECT gen_random_uuid(), which, w.resident_id, 'shown',
      w.resident_id = ANY (told) OR bool_or(r.first_seen_at IS NOT NULL) IS TRUE, app.clock(), ''
    FROM public.exchange_recallrow w LEFT JOIN public.records_report r
      ON w.model = 'report' AND r.id = w.row_id
    WHERE w.recall_id = which AND NOT EXISTS (
      SELECT 1 FROM public.exchange_recallperson p WHERE p.recall_id = which AND p.resident_id = w.resident_id)
    GROUP BY w.resident_id;
  UPDATE public.exchange_recall r SET rows = (
      SELECT count(*) FROM public.exchange_recallrow w WHERE w.recall_id = which),
    people = (SELECT count(*) FROM public.exchange_recallperson p WHERE p.recall_id = which AND p.part = 'shown')
    WHERE r.id = which;
  RETURN hidden;
END $$;
COMMENT ON FUNCTION app.hide_recalled(uuid) IS
  'Hide every row of a recall, remember how it was released, take back what was said of it; returns how many were hidden.';
REVOKE ALL ON FUNCTION app.cover_recall(uuid), app.withdraw_recalled_news(uuid), app.hide_recalled(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.hide_recalled(uuid) TO {WORKER};
"""
NO_HIDE = "DROP FUNCTION app.hide_recalled(uuid), app.withdraw_recalled_news(uuid), app.cover_recall(uuid);"

# --- finding and starting ----------------------------------------------------------------------------------------------
START = f"""
CREATE FUNCTION app.find_recallable(typed text, origin inet, request text) RETURNS TABLE (
    feed uuid, feed_name text, place_name text, kind text, identifier text, number text, issued_at timestamptz,
    items integer, versions bigint, who text, sex text, born integer, recall uuid)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  reach uuid[] := app.facilities_for({STARTERS});
  knows uuid[] := app.facilities_for({AT});
  line record;
BEGIN
  IF btrim(typed) = '' THEN RETURN; END IF;
  FOR line IN
    WITH named (source_id, kind, identifier) AS (
      SELECT r.source_id, 'DiagnosticReport', r.identifier FROM public.records_report r
        JOIN public.exchange_source s ON s.id = r.source_id AND s.facility_id = ANY (reach)
        WHERE r.report_number = btrim(typed) AND r.report_number <> ''
      UNION SELECT r.source_id, 'DiagnosticReport', r.identifier FROM public.exchange_source s
        JOIN public.records_report r ON r.source_id = s.id AND r.identifier = btrim(typed)
        WHERE s.facility_id = ANY (reach)
      UNION SELECT k.source_id, k.kind, k.identifier FROM public.exchange_source s
        JOIN public.exchange_inboundkey k ON k.source_id = s.id AND k.identifier = btrim(typed)
          AND k.state = 'applied' AND k.kind = ANY (ARRAY['Observation', 'ImagingStudy', 'Encounter', 'Condition',
            'Procedure', 'MedicationRequest', 'MedicationStatement', 'AllergyIntolerance', 'Immunization'])
        WHERE s.facility_id = ANY (reach) AND k.resident_id IS NOT NULL
      LIMIT 10
    )
    SELECT n.*, s.name AS feed_name, f.id AS place, f.name AS place_name, r.report_number, r.issued_at, r.items,
      coalesce(r.resident_id, k.resident_id) AS person,
      (SELECT count(DISTINCT v.version) FROM public.records_report v
         WHERE v.source_id = n.source_id AND v.identifier = n.identifier AND n.kind = 'DiagnosticReport') AS versions,
      (SELECT c.id FROM public.exchange_recall c WHERE c.source_id = n.source_id AND c.kind = n.kind
         AND c.identifier = n.identifier AND c.state <> 'unfounded') AS running
    FROM named n JOIN public.exchange_source s ON s.id = n.source_id
    JOIN public.facilities_facility f ON f.id = s.facility_id
    LEFT JOIN LATERAL (
      SELECT v.resident_id, v.report_number, v.issued_at, cardinality(v.item_identifiers) AS items
      FROM public.records_report v WHERE n.kind = 'DiagnosticReport' AND v.source_id = n.source_id
        AND v.identifier = n.identifier ORDER BY v.superseded_at DESC NULLS FIRST, v.received_at DESC LIMIT 1) AS r ON true
    LEFT JOIN LATERAL (
      SELECT v.resident_id FROM public.exchange_inboundkey v WHERE v.source_id = n.source_id AND v.kind = n.kind
        AND v.identifier = n.identifier AND v.resident_id IS NOT NULL ORDER BY v.received_at DESC LIMIT 1) AS k ON true
    ORDER BY r.issued_at DESC NULLS LAST, n.identifier
  LOOP
    INSERT INTO public.residents_accessevent (at, id, actor_id, actor_name, resident_id, facility_id, action,
        subject_kind, subject_id, purpose, capacity, opening_id, address, reference)
      SELECT app.clock(), gen_random_uuid(), a.id, a.name, line.person, line.place, 'exchange.looked_for_recall',
        'exchange.recall', '', '', 'staff', NULL, origin, left(request, 16)
      FROM public.residents_account a WHERE a.id = app.account();
    RETURN QUERY SELECT line.source_id, line.feed_name::text, line.place_name::text, line.kind, line.identifier::text,
      coalesce(line.report_number, '')::text, line.issued_at, line.items, line.versions,
      CASE WHEN line.place = ANY (knows) THEN app.masked_name(p.name) END,
      CASE WHEN line.place = ANY (knows) THEN p.sex::text END,
      CASE WHEN line.place = ANY (knows) THEN extract(year FROM p.birth_date)::integer END, line.running
    FROM public.residents_resident p WHERE p.id = line.person;
  END LOOP;
END $$;
COMMENT ON FUNCTION app.find_recallable(text, inet, text) IS
  'What a number may mean that somebody wants recalled: no title, no value, no name; each look is in the person''s log.';

CREATE FUNCTION app.tell_staff_of_recall(which uuid) RETURNS void LANGUAGE sql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  INSERT INTO public.exchange_recalltold (id, recall_id, facility_id, whom, name, account_id, what, told_at)
    SELECT gen_random_uuid(), r.id, r.facility_id, told.whom, told.name, told.account_id, 'desk', app.clock() FROM (
      SELECT DISTINCT ON (m.account_id) CASE WHEN f.level = 'bureau' THEN 'bureau' ELSE 'head' END AS whom,
        a.name, m.account_id
      FROM public.exchange_recall c, public.facilities_membership m
      JOIN public.facilities_facility f ON f.id = m.facility_id
      JOIN public.residents_account a ON a.id = m.account_id AND a.is_staff AND a.is_active
      WHERE c.id = which AND m.starts_at <= app.clock() AND (m.ended_at IS NULL OR m.ended_at > app.clock())
        AND ((m.facility_id = c.facility_id AND m.role = 'manager')
          OR (f.level = 'bureau' AND m.role IN ('manager', 'public_health', 'auditor')))
      ORDER BY m.account_id, 1) AS told, public.exchange_recall r WHERE r.id = which $$;
COMMENT ON FUNCTION app.tell_staff_of_recall(uuid) IS 'Put it on the desk of the head of the facility and of the bureau.';

CREATE FUNCTION app.start_recall(feed uuid, wanted_kind text, wanted text, found_by text, resends boolean, why text,
  noticed timestamptz, origin inet, request text) RETURNS TABLE (answer text, started uuid)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  place uuid;
  made uuid := gen_random_uuid();
  there record;
BEGIN
  SELECT s.facility_id INTO place FROM public.exchange_source s
    WHERE s.id = feed AND s.facility_id = ANY (app.facilities_for({STARTERS}));
  IF place IS NULL THEN RETURN; END IF;
  IF char_length(btrim(why)) NOT BETWEEN 2 AND 200 OR found_by NOT IN ('facility', 'staff', 'resident') THEN
    RETURN QUERY SELECT 'reason', NULL::uuid;
    RETURN;
  END IF;
  IF wanted_kind = 'DiagnosticReport' THEN
    SELECT min(v.received_at) AS since, max(v.report_number) AS number, max(v.issued_at) AS issued INTO there
      FROM public.records_report v WHERE v.source_id = feed AND v.identifier = wanted;
  ELSE
    SELECT min(k.received_at) AS since, '' AS number, NULL::timestamptz AS issued INTO there
      FROM public.exchange_inboundkey k WHERE k.source_id = feed AND k.kind = wanted_kind AND k.identifier = wanted
        AND k.resident_id IS NOT NULL AND k.kind <> 'Patient';
  END IF;
  IF there.since IS NULL THEN
    RETURN QUERY SELECT 'missing', NULL::uuid;
    RETURN;
  END IF;
  -- Of two who start at once the second waits here, and finds the first one's.
  INSERT INTO public.exchange_recall (id, source_id, facility_id, kind, identifier, number, issued_at, received_at, found_by,
      expects_correction, reason, noticed_at, started_at, started_by, started_name, hidden_ms, rows, people, notices,
      state, carried_out_at, cause, measures, closed_at, closed_name)
    SELECT made, feed, place, wanted_kind, wanted, there.number, there.issued, there.since, found_by,
      resends AND found_by = 'facility', btrim(why), least(coalesce(noticed, app.clock()), app.clock()), app.clock(), a.id,
      a.name, 0, 0, 0, 0, 'open', NULL, '', '', NULL, ''
    FROM public.residents_account a WHERE a.id = app.account()
    ON CONFLICT (source_id, kind, identifier) WHERE state <> 'unfounded' DO NOTHING;
  IF NOT FOUND THEN
    RETURN QUERY SELECT 'already', c.id FROM public.exchange_recall c WHERE c.source_id = feed AND c.kind = wanted_kind
      AND c.identifier = wanted AND c.state <> 'unfounded';
    RETURN;
  END IF;
  INSERT INTO public.exchange_recallcover (id, recall_id, source_id, kind, identifier)
    VALUES (gen_random_uuid(), made, feed, wanted_kind, wanted);
  -- While nobody applies messages of this source nothing slips through; where somebody takes long, hidden is what is
  -- there, and the worker's sweep hides what came in that moment.
  BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('records|' || feed::text, 0));
  EXCEPTION WHEN lock_not_available THEN NULL;
  END;
  PERFORM app.hide_recalled(made);
  PERFORM app.tell_staff_of_recall(made);
  PERFORM app.write_recall_events(made, 'exchange.recalled', origin, request);
  UPDATE public.exchange_recall SET
    hidden_ms = ceil(extract(epoch FROM clock_timestamp() - transaction_timestamp()) * 1000) WHERE id = made;
  RETURN QUERY SELECT 'done', made;
END $$;
COMMENT ON FUNCTION app.start_recall(uuid, text, text, text, boolean, text, timestamptz, inet, text) IS
  'Hide a message of one''s facility, whole, in this transaction: done, already, missing, reason; no row for nobody''s.';
REVOKE ALL ON FUNCTION app.find_recallable(text, inet, text), app.tell_staff_of_recall(uuid),
  app.start_recall(uuid, text, text, text, boolean, text, timestamptz, inet, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.find_recallable(text, inet, text),
  app.start_recall(uuid, text, text, text, boolean, text, timestamptz, inet, text) TO {WEB};
"""
NO_START = """
DROP FUNCTION app.start_recall(uuid, text, text, text, boolean, text, timestamptz, inet, text),
  app.tell_staff_of_recall(uuid), app.find_recallable(text, inet, text);
"""

# --- deciding ----------------------------------------------------------------------------------------------------------
DECIDE = f"""
CREATE FUNCTION app.recall_at(which uuid, roles text[]) RETURNS public.exchange_recall LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT c FROM public.exchange_recall c WHERE c.id = which AND c.facility_id = ANY (app.facilities_for(roles)) $$;

CREATE FUNCTION app.is_about_oneself(which uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT coalesce(bool_or(p.resident_id = app.own_resident() OR app.is_namesake(p.resident_id)), false)
  FROM public.exchange_recallperson p WHERE p.recall_id = which AND p.ended_at IS NULL $$;
COMMENT ON FUNCTION app.is_about_oneself(uuid) IS 'Whether a recall is about this account''s own person, or a namesake.';

CREATE FUNCTION app.name_right_person(which uuid, document text, indexes bytea[], typed text, origin inet, request text)
  RETURNS TABLE (answer text, who text, sex text, birth_date date)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  asked public.exchange_recall := app.recall_at(which, {AT});
  person public.residents_resident;
BEGIN
  IF asked.id IS NULL THEN RETURN; END IF;
  IF asked.state <> 'open' THEN RETURN QUERY SELECT 'late', NULL, NULL, NULL::date; RETURN; END IF;
  SELECT r.* INTO person FROM public.residents_identifier i JOIN public.residents_resident r ON r.id = i.resident_id
    WHERE i.kind = document AND i.index = ANY (indexes) AND NOT i.claimed;
  IF person.id IS NULL THEN RETURN QUERY SELECT 'nobody', NULL, NULL, NULL::date; RETURN; END IF;
  PERFORM app.write_recall_event(which, person.id, 'exchange.named_for_recall', origin, request);
  IF person.id = app.own_resident() OR app.is_namesake(person.id) THEN
    RETURN QUERY SELECT 'own', NULL, NULL, NULL::date;
  -- A name that does not agree is not told: whoever has a number does not learn whose it is.
  ELSIF app.folded_name(person.name) <> app.folded_name(typed) THEN
    RETURN QUERY SELECT 'differs', NULL, NULL, NULL::date;
  ELSIF EXISTS (SELECT 1 FROM public.exchange_recallperson p
      WHERE p.recall_id = which AND p.resident_id = person.id AND p.part = 'shown' AND p.ended_at IS NULL) THEN
    RETURN QUERY SELECT 'same', person.name::text, person.sex::text, person.birth_date;
  ELSE
    UPDATE public.exchange_recallperson SET ended_at = app.clock()
      WHERE recall_id = which AND part = 'right' AND ended_at IS NULL;
    INSERT INTO public.exchange_recallperson (id, recall_id, resident_id, part, knew, found_at, told_of)
      VALUES (gen_random_uuid(), which, person.id, 'right', false, app.clock(), '');
    RETURN QUERY SELECT 'named', person.name::text, person.sex::text, person.birth_date;
  END IF;
END $$;
COMMENT ON FUNCTION app.name_right_person(uuid, text, bytea[], text, inet, text) IS
  'Name whose a recalled report is, by document number and name: named, differs, same, nobody, own, late.';

CREATE FUNCTION app.take_suggested_person(which uuid, origin inet, request text) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  asked public.exchange_recall := app.recall_at(which, {AT});
  person uuid;
BEGIN
  SELECT p.resident_id INTO person FROM public.exchange_recallperson p
    WHERE p.recall_id = asked.id AND p.part = 'suggested' AND p.ended_at IS NULL ORDER BY p.found_at DESC LIMIT 1;
  IF person IS NULL THEN RETURN NULL; END IF;
  IF asked.state <> 'open' THEN RETURN 'late'; END IF;
  IF person = app.own_resident() OR app.is_namesake(person) THEN RETURN 'own'; END IF;
  UPDATE public.exchange_recallperson SET ended_at = app.clock()
    WHERE recall_id = which AND part = 'right' AND ended_at IS NULL;
  INSERT INTO public.exchange_recallperson (id, recall_id, resident_id, part, knew, found_at, told_of)
    VALUES (gen_random_uuid(), which, person, 'right', false, app.clock(), '');
  PERFORM app.write_recall_event(which, person, 'exchange.named_for_recall', origin, request);
  RETURN 'named';
END $$;
COMMENT ON FUNCTION app.take_suggested_person(uuid, inet, text) IS
  'Name the person whom a later message of the facility names as the one whose it is: named, own, late; NULL for nobody.';

CREATE FUNCTION app.decide_recall(which uuid, word text, why text, seen integer, origin inet, request text) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  asked public.exchange_recall;
  made integer;
  proposer uuid;
  outcome text;
BEGIN
  IF word = 'undo' THEN
    -- Rows are hidden again: never while somebody applies messages of the source, who may hold them and wait for us.
    BEGIN
      PERFORM pg_advisory_xact_lock(hashtextextended('records|' || c.source_id::text, 0))
        FROM public.exchange_recall c WHERE c.id = which;
    EXCEPTION WHEN lock_not_available THEN RETURN 'busy';
    END;
  END IF;
  SELECT c.* INTO asked FROM public.exchange_recall c
    WHERE c.id = which AND c.facility_id = ANY (app.facilities_for({AT})) FOR UPDATE;
  IF asked.id IS NULL THEN RETURN NULL; END IF;
  IF app.is_about_oneself(which) THEN RETURN 'own'; END IF;
  IF char_length(btrim(why)) NOT BETWEEN 2 AND 200 THEN RETURN 'reason'; END IF;
  SELECT count(*) INTO made FROM public.exchange_recalldecision d WHERE d.recall_id = which;
  IF made <> seen OR NOT (CASE word
      WHEN 'move' THEN asked.state = 'open'
      WHEN 'agree' THEN asked.state = 'proposed'
      WHEN 'withdraw' THEN asked.state IN ('open', 'proposed')
      WHEN 'unfounded' THEN asked.state IN ('open', 'proposed')
      WHEN 'undo' THEN asked.state <> 'open'
      ELSE false END) THEN
    RETURN 'late';
  END IF;
  -- Found correct, shown, and recalled once more: the new recall counts.
  IF word = 'undo' AND asked.state = 'unfounded' AND EXISTS (SELECT 1 FROM public.exchange_recall c
      WHERE c.source_id = asked.source_id AND c.kind = asked.kind AND c.identifier = asked.identifier
        AND c.state <> 'unfounded') THEN RETURN 'late'; END IF;
  IF word = 'move' AND NOT EXISTS (SELECT 1 FROM public.exchange_recallperson p
      WHERE p.recall_id = which AND p.part = 'right' AND p.ended_at IS NULL) THEN RETURN 'person'; END IF;
  SELECT d.decided_by INTO proposer FROM public.exchange_recalldecision d
    WHERE d.recall_id = which AND d.verdict = 'move' ORDER BY d.number DESC LIMIT 1;
  IF word = 'agree' AND app.account() IN (asked.started_by, proposer) THEN RETURN 'second'; END IF;
  outcome := CASE word WHEN 'agree' THEN 'moved' WHEN 'withdraw' THEN 'withdrawn' WHEN 'unfounded' THEN 'unfounded'
    WHEN 'undo' THEN 'open' ELSE CASE WHEN app.account() = asked.started_by THEN 'proposed' ELSE 'moved' END END;
  INSERT INTO public.exchange_recalldecision
      (id, recall_id, facility_id, number, verdict, reason, decided_at, decided_by, decided_name)
    SELECT gen_random_uuid(), which, asked.facility_id, made + 1, word, btrim(why), app.clock(), a.id, a.name
    FROM public.residents_account a WHERE a.id = app.account();
  PERFORM app.write_recall_events(which, 'exchange.' || CASE word WHEN 'undo' THEN 'undid' ELSE outcome END || '_recall',
                                  origin, request);
  UPDATE public.exchange_recall SET state = outcome, closed_at = NULL, closed_name = '',
    carried_out_at = CASE WHEN outcome <> 'proposed' THEN NULL ELSE asked.carried_out_at END WHERE id = which;
  IF word = 'undo' THEN
    UPDATE public.exchange_recallperson SET ended_at = app.clock()
      WHERE recall_id = which AND part = 'right' AND ended_at IS NULL;
    PERFORM app.hide_recalled(which);
  END IF;
  RETURN CASE WHEN outcome = 'proposed' THEN 'proposed' ELSE 'done' END;
END $$;
COMMENT ON FUNCTION app.decide_recall(uuid, text, text, integer, inet, text) IS
  'Decide a recall, agree to a move, or undo: done, proposed, busy, late, own, second, person, reason; NULL for nobody''s.';

CREATE FUNCTION app.write_recall_report(which uuid, why text, doing text, closing boolean, origin inet, request text)
  RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE asked public.exchange_recall;
BEGIN
  SELECT c.* INTO asked FROM public.exchange_recall c
    WHERE c.id = which AND c.facility_id = ANY (app.facilities_for({AT})) FOR UPDATE;
  IF asked.id IS NULL THEN RETURN NULL; END IF;
  IF asked.closed_at IS NOT NULL THEN RETURN 'late'; END IF;
  IF greatest(char_length(why), char_length(doing)) > 1000 THEN RETURN 'reason'; END IF;
  UPDATE public.exchange_recall SET cause = btrim(why), measures = btrim(doing) WHERE id = which;
  IF NOT closing THEN RETURN 'kept'; END IF;
  IF least(char_length(btrim(why)), char_length(btrim(doing))) < 2 THEN RETURN 'reason'; END IF;
  IF asked.state IN ('open', 'proposed') OR asked.carried_out_at IS NULL THEN RETURN 'undecided'; END IF;
  UPDATE public.exchange_recall SET closed_at = app.clock(),
    closed_name = (SELECT a.name FROM public.residents_account a WHERE a.id = app.account()) WHERE id = which;
  PERFORM app.write_recall_event(which, NULL, 'exchange.closed_recall', origin, request);
  RETURN 'closed';
END $$;
COMMENT ON FUNCTION app.write_recall_report(uuid, text, text, boolean, inet, text) IS
  'Keep the cause and the measures of an incident, or close it: kept, closed, reason, undecided, late; NULL for nobody''s.';
REVOKE ALL ON FUNCTION app.recall_at(uuid, text[]), app.is_about_oneself(uuid),
  app.name_right_person(uuid, text, bytea[], text, inet, text), app.take_suggested_person(uuid, inet, text),
  app.decide_recall(uuid, text, text, integer, inet, text),
  app.write_recall_report(uuid, text, text, boolean, inet, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.name_right_person(uuid, text, bytea[], text, inet, text),
  app.take_suggested_person(uuid, inet, text), app.decide_recall(uuid, text, text, integer, inet, text),
  app.write_recall_report(uuid, text, text, boolean, inet, text) TO {WEB};
CREATE TRIGGER recall_decision_is_never_changed BEFORE UPDATE OR DELETE ON public.exchange_recalldecision
  FOR EACH ROW EXECUTE FUNCTION app.refuse();
"""
NO_DECIDE = """
DROP TRIGGER recall_decision_is_never_changed ON public.exchange_recalldecision;
DROP FUNCTION app.write_recall_report(uuid, text, text, boolean, inet, text),
  app.decide_recall(uuid, text, text, integer, inet, text), app.take_suggested_person(uuid, inet, text),
  app.name_right_person(uuid, text, bytea[], text, inet, text), app.is_about_oneself(uuid), app.recall_at(uuid, text[]);
"""

# --- who saw it --------------------------------------------------------------------------------------------------------
SAW = f"""
CREATE FUNCTION app.sightings_of(which uuid) RETURNS TABLE (at timestamptz, actor_id uuid, actor_name varchar,
    capacity varchar, facility_id uuid, action varchar, certain boolean)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT e.at, e.actor_id, e.actor_name, e.capacity, e.facility_id, e.action, e.subject_id <> ''
  FROM public.exchange_recall c JOIN public.exchange_recallperson p ON p.recall_id = c.id AND p.part = 'shown'
  JOIN public.residents_accessevent e ON e.resident_id = p.resident_id AND e.at >= c.received_at AND (
    (e.subject_kind = 'records.report' AND e.subject_id IN (
      SELECT w.row_id::text FROM public.exchange_recallrow w WHERE w.recall_id = c.id AND w.model = 'report'))
    OR (e.subject_id = '' AND e.at <= c.started_at AND e.action IN ('records.list_reports', 'records.read_summary',
      'records.read_section', 'residents.exported_data')))
  WHERE c.id = which $$;
COMMENT ON FUNCTION app.sightings_of(uuid) IS
  'Who opened a recalled report, by the access log, and (not certain) who opened a list or took a copy that held it.';

CREATE FUNCTION app.recall_figures(which uuid) RETURNS TABLE (people bigint, opened bigint, taken bigint, copies bigint,
    listed bigint)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT count(DISTINCT s.actor_id) FILTER (WHERE s.certain),
    count(*) FILTER (WHERE s.certain AND s.action <> 'records.download_report'),
    count(*) FILTER (WHERE s.action = 'records.download_report'),
    (SELECT count(*) FROM public.records_issuedcopy i JOIN public.exchange_recallrow w ON w.row_id = i.report_id
     WHERE w.recall_id = which AND (app.recall_at(which, {READERS})).id IS NOT NULL),
    count(DISTINCT s.actor_id) FILTER (WHERE NOT s.certain)
  FROM app.sightings_of(which) s WHERE (app.recall_at(which, {READERS})).id IS NOT NULL $$;
COMMENT ON FUNCTION app.recall_figures(uuid) IS 'How many accounts saw a recalled report; no names.';

CREATE FUNCTION app.recall_sightings(which uuid, origin inet, request text) RETURNS TABLE (at timestamptz, who varchar,
    capacity varchar, place varchar, action varchar, certain boolean)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE asked public.exchange_recall;
BEGIN
  SELECT c.* INTO asked FROM public.exchange_recall c WHERE c.id = which
    AND c.facility_id = ANY (app.workplaces(ARRAY['manager']) || app.facilities_for(ARRAY['auditor']));
  IF asked.id IS NULL THEN RETURN; END IF;
  PERFORM app.write_recall_events(which, 'exchange.read_sightings', origin, request);
  RETURN QUERY SELECT s.at, s.actor_name, s.capacity, f.name, s.action, s.certain FROM app.sightings_of(which) s
    LEFT JOIN public.facilities_facility f ON f.id = s.facility_id ORDER BY s.certain DESC, s.at DESC LIMIT 500;
END $$;
COMMENT ON FUNCTION app.recall_sightings(uuid, inet, text) IS
  'Who saw a recalled report, with names: for the head of the facility and auditors alone; written down.';

CREATE FUNCTION app.recall_helpers(which uuid) RETURNS TABLE (resident_id uuid) LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT DISTINCT a.resident_id FROM app.sightings_of(which) s JOIN public.residents_account a ON a.id = s.actor_id
  WHERE s.certain AND s.capacity IN ('delegate', 'guardian') AND a.resident_id IS NOT NULL $$;
COMMENT ON FUNCTION app.recall_helpers(uuid) IS 'Who opened a recalled report for somebody else; for the worker that tells them.';

CREATE FUNCTION app.read_recall(which uuid, origin inet, request text) RETURNS TABLE (part varchar, who text, sex text,
    born integer, found_at timestamptz, full_name varchar, birth_date date)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE asked public.exchange_recall := app.recall_at(which, {AT});
BEGIN
  UPDATE public.exchange_recalltold SET read_at = app.clock()
    WHERE recall_id = which AND account_id = app.account() AND read_at IS NULL;
  IF asked.id IS NULL THEN RETURN; END IF;
  PERFORM app.write_recall_events(which, 'exchange.read_recall', origin, request);
  -- Whom somebody named by number and name they know; nobody else's name is told here.
  RETURN QUERY SELECT p.part, app.masked_name(r.name), r.sex::text, extract(year FROM r.birth_date)::integer, p.found_at,
    CASE WHEN p.part = 'right' THEN r.name END, CASE WHEN p.part = 'right' THEN r.birth_date END
    FROM public.exchange_recallperson p JOIN public.residents_resident r ON r.id = p.resident_id
    WHERE p.recall_id = which AND p.ended_at IS NULL ORDER BY p.part DESC, p.found_at;
END $$;
COMMENT ON FUNCTION app.read_recall(uuid, inet, text) IS
  'The persons of a recall, names masked, for who decides at the facility; written down.';
REVOKE ALL ON FUNCTION app.sightings_of(uuid), app.recall_figures(uuid), app.recall_sightings(uuid, inet, text),
  app.recall_helpers(uuid), app.read_recall(uuid, inet, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.recall_figures(uuid), app.recall_sightings(uuid, inet, text),
  app.read_recall(uuid, inet, text) TO {WEB};
GRANT EXECUTE ON FUNCTION app.recall_helpers(uuid) TO {WORKER};
"""
NO_SAW = """
DROP FUNCTION app.read_recall(uuid, inet, text), app.recall_helpers(uuid), app.recall_sightings(uuid, inet, text),
  app.recall_figures(uuid), app.sightings_of(uuid);
"""

# --- what a resident may know of it ------------------------------------------------------------------------------------
MINE = f"""
CREATE FUNCTION app.my_recalls(person uuid) RETURNS TABLE (started_at timestamptz, place varchar, phone varchar,
    since timestamptz, part varchar, outcome varchar)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT c.started_at, f.name, f.phone, c.received_at, p.part, c.state
  FROM public.exchange_recallperson p JOIN public.exchange_recall c ON c.id = p.recall_id
  JOIN public.facilities_facility f ON f.id = c.facility_id
  WHERE p.resident_id = person AND person = ANY (app.residents_for('results') || app.residents_for('records')) AND p.ended_at IS NULL
    AND (p.part = 'shown' OR (p.part = 'right' AND c.state = 'moved' AND p.told_of <> ''))
  ORDER BY c.started_at DESC LIMIT 20 $$;
COMMENT ON FUNCTION app.my_recalls(uuid) IS
  'What was recalled that had stood in a person''s record, or is theirs: when, where, whom to ask; never what it says.';
REVOKE ALL ON FUNCTION app.my_recalls(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.my_recalls(uuid) TO {WEB};
"""
NO_MINE = "DROP FUNCTION app.my_recalls(uuid);"


class Migration(migrations.Migration):
    """A report that may be somebody else's: hidden at once and whole, decided by people, told, written up."""

    dependencies = [
        ("exchange", "0016_release"),
        ("records", "0009_recalled_copies"),
        ("residents", "0022_recalled_results"),
    ]

    operations = [
        migrations.CreateModel(
            name="Recall",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("kind", models.CharField(max_length=60, verbose_name="类型")),
                ("identifier", models.CharField(max_length=200, verbose_name="机构内编号")),
                ("number", models.CharField(blank=True, max_length=80, verbose_name="报告编号")),
                ("issued_at", models.DateTimeField(null=True, verbose_name="报告时间")),
                ("received_at", models.DateTimeField(verbose_name="最早显示的时间")),
                (
                    "found_by",
                    models.CharField(
                        choices=[("facility", "机构报告"), ("staff", "工作人员发现"), ("resident", "居民反映")],
                        max_length=10,
                        verbose_name="由谁发现",
                    ),
                ),
                ("expects_correction", models.BooleanField(default=False, verbose_name="机构将重新发送")),
                ("reason", models.CharField(max_length=200, verbose_name="原因")),
                ("noticed_at", models.DateTimeField(verbose_name="发现时间")),
                ("started_at", models.DateTimeField(verbose_name="收回时间")),
                ("started_by", models.UUIDField()),
                ("started_name", models.CharField(max_length=100, verbose_name="收回人")),
                ("hidden_ms", models.PositiveIntegerField(default=0, verbose_name="收回用时（毫秒）")),
                ("rows", models.PositiveIntegerField(default=0, verbose_name="收回的条目")),
                ("people", models.PositiveIntegerField(default=0, verbose_name="涉及的居民")),
                ("notices", models.PositiveIntegerField(default=0, verbose_name="撤下的消息")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "已收回，待核查"),
                            ("proposed", "拟移给另一人，待另一位同事同意"),
                            ("moved", "已移给本来的人"),
                            ("withdrawn", "已撤回，不属于任何人"),
                            ("unfounded", "核查无误，恢复显示"),
                        ],
                        default="open",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("carried_out_at", models.DateTimeField(null=True)),
                ("cause", models.TextField(blank=True, max_length=1000, verbose_name="原因分析")),
                ("measures", models.TextField(blank=True, max_length=1000, verbose_name="整改措施")),
                ("closed_at", models.DateTimeField(null=True, verbose_name="结案时间")),
                ("closed_name", models.CharField(blank=True, max_length=100, verbose_name="结案人")),
                (
                    "facility",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="facilities.facility",
                        verbose_name="医疗机构",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="exchange.source",
                        verbose_name="数据来源",
                    ),
                ),
            ],
            options={
                "verbose_name": "收回的报告",
                "verbose_name_plural": "收回的报告",
                "ordering": ["-started_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="RecallCover",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("kind", models.CharField(max_length=60)),
                ("identifier", models.CharField(max_length=200)),
                (
                    "recall",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="covers", to="exchange.recall"
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="exchange.source"
                    ),
                ),
            ],
            options={
                "verbose_name": "收回的消息",
                "verbose_name_plural": "收回的消息",
            },
        ),
        migrations.CreateModel(
            name="RecallDecision",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.PositiveSmallIntegerField()),
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            ("move", "属于另一人，移过去"),
                            ("agree", "同意移过去"),
                            ("withdraw", "撤回，不属于任何人"),
                            ("unfounded", "核查无误，恢复显示"),
                            ("undo", "撤销上一次的决定"),
                        ],
                        max_length=10,
                        verbose_name="决定",
                    ),
                ),
                ("reason", models.CharField(max_length=200, verbose_name="依据")),
                ("decided_at", models.DateTimeField(verbose_name="时间")),
                ("decided_by", models.UUIDField(null=True)),
                ("decided_name", models.CharField(max_length=100, verbose_name="处理人")),
                (
                    "facility",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="facilities.facility",
                        verbose_name="医疗机构",
                    ),
                ),
                (
                    "recall",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="decisions", to="exchange.recall"
                    ),
                ),
            ],
            options={
                "verbose_name": "收回的决定",
                "verbose_name_plural": "收回的决定",
                "ordering": ["number"],
            },
        ),
        migrations.CreateModel(
            name="RecallPerson",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "part",
                    models.CharField(
                        choices=[
                            ("shown", "曾显示在其名下"),
                            ("right", "本来的人"),
                            ("suggested", "机构更正的消息里的人"),
                        ],
                        max_length=10,
                    ),
                ),
                ("knew", models.BooleanField(default=False)),
                ("found_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("told_of", models.CharField(blank=True, max_length=30)),
                (
                    "recall",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="persons", to="exchange.recall"
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
                "verbose_name": "收回涉及的居民",
                "verbose_name_plural": "收回涉及的居民",
            },
        ),
        migrations.CreateModel(
            name="RecallRow",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("model", models.CharField(max_length=30)),
                ("row_id", models.UUIDField()),
                ("release_before", models.CharField(max_length=10)),
                ("hidden_at", models.DateTimeField()),
                ("shown_at", models.DateTimeField(null=True)),
                ("taken_back_at", models.DateTimeField(null=True)),
                (
                    "recall",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="hidden", to="exchange.recall"
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
                "verbose_name": "收回的条目",
                "verbose_name_plural": "收回的条目",
            },
        ),
        migrations.CreateModel(
            name="RecallTold",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "whom",
                    models.CharField(
                        choices=[
                            ("shown", "曾显示在其名下的居民"),
                            ("right", "报告本来的人"),
                            ("helper", "看过的代办人"),
                            ("head", "机构负责人"),
                            ("bureau", "卫生健康局"),
                        ],
                        max_length=10,
                        verbose_name="对象",
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="姓名")),
                ("account_id", models.UUIDField(null=True)),
                ("what", models.CharField(blank=True, max_length=30, verbose_name="内容")),
                ("told_at", models.DateTimeField(verbose_name="告知时间")),
                ("read_at", models.DateTimeField(null=True, verbose_name="阅读时间")),
                (
                    "facility",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="facilities.facility",
                        verbose_name="医疗机构",
                    ),
                ),
                (
                    "recall",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="told", to="exchange.recall"
                    ),
                ),
            ],
            options={
                "verbose_name": "收回的告知",
                "verbose_name_plural": "收回的告知",
                "ordering": ["told_at", "id"],
            },
        ),
        migrations.AddIndex(
            model_name="recall",
            index=models.Index(fields=["facility", "-started_at"], name="recall_by_facility"),
        ),
        migrations.AddIndex(
            model_name="recall",
            index=models.Index(
                condition=models.Q(("carried_out_at__isnull", True)), fields=["id"], name="recall_to_carry_out"
            ),
        ),
        migrations.AddConstraint(
            model_name="recall",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "unfounded"), _negated=True),
                fields=("source", "kind", "identifier"),
                name="one_live_recall",
            ),
        ),
        migrations.AddConstraint(
            model_name="recall",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("closed_at__isnull", True),
                    models.Q(
                        models.Q(("cause", ""), _negated=True),
                        models.Q(("measures", ""), _negated=True),
                        models.Q(("closed_name", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="recall_closed_only_with_cause_and_measures",
            ),
        ),
        migrations.AddConstraint(
            model_name="recall",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("closed_at__isnull", True),
                    models.Q(("state__in", ["open", "proposed"]), _negated=True),
                    _connector="OR",
                ),
                name="recall_closed_only_when_decided",
            ),
        ),
        migrations.AddIndex(
            model_name="recallcover",
            index=models.Index(fields=["source", "kind", "identifier"], name="cover_by_message"),
        ),
        migrations.AddConstraint(
            model_name="recallcover",
            constraint=models.UniqueConstraint(
                fields=("recall", "source", "kind", "identifier"), name="message_covered_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="recalldecision",
            constraint=models.UniqueConstraint(fields=("recall", "number"), name="recall_decisions_are_numbered"),
        ),
        migrations.AddConstraint(
            model_name="recallperson",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("recall", "resident", "part"),
                name="recall_person_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="recallperson",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True), ("part", "right")),
                fields=("recall",),
                name="one_right_person",
            ),
        ),
        migrations.AddIndex(
            model_name="recallrow",
            index=models.Index(fields=["row_id"], name="recalled_row"),
        ),
        migrations.AddConstraint(
            model_name="recallrow",
            constraint=models.UniqueConstraint(fields=("recall", "row_id"), name="row_hidden_once_per_recall"),
        ),
        migrations.AddIndex(
            model_name="recalltold",
            index=models.Index(fields=["recall"], name="told_by_recall"),
        ),
        Guard("exchange_recall", select=[staff(*SEES)], worker="SELECT, UPDATE"),
        Guard("exchange_recalldecision", select=[staff(*SEES)], worker="SELECT, INSERT"),
        Guard("exchange_recalltold", select=[staff(*SEES)], worker="SELECT, INSERT"),
        Guard("exchange_recallperson"),
        Guard("exchange_recallcover"),
        Guard("exchange_recallrow"),
        migrations.RunSQL(SHARED, NO_SHARED),
        migrations.RunSQL(HIDE, NO_HIDE),
        migrations.RunSQL(START, NO_START),
        migrations.RunSQL(DECIDE, NO_DECIDE),
        migrations.RunSQL(SAW, NO_SAW),
        migrations.RunSQL(MINE, NO_MINE),
    ]
