from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models

import foundation.fields
import foundation.keys
from foundation.operations import WEB, Guard, as_it_was, at_bureau, own, own_account, staff

acting = import_module("residents.migrations.0005_whom_you_act_for")

ROLES = [
    ("administrator", "系统管理员"),
    ("security", "安全管理员"),
    ("auditor", "审计员"),
    ("manager", "机构负责人"),
    ("reception", "窗口人员"),
    ("clinician", "医生"),
    ("village_doctor", "村医"),
    ("public_health", "公卫人员"),
    ("editor", "宣教编辑"),
    ("reviewer", "医学审核"),
    ("engineer", "接口工程师"),
]
EVERY_ROLE = "ARRAY[" + ", ".join(f"'{name}'" for name, _label in ROLES) + "]"
HELPERS = "ARRAY['clinician', 'village_doctor', 'public_health', 'reception', 'manager']"
TREATING = "ARRAY['clinician', 'village_doctor']"
CLINICAL = "ARRAY['clinician', 'village_doctor', 'public_health']"
SEPARATE = "ARRAY['administrator', 'security', 'auditor']"

# --- whom staff see listed -------------------------------------------------------------------------------------------
LISTED = f"""
CREATE FUNCTION app.cared_for() RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT coalesce(array_agg(DISTINCT g.resident_id), '{{}}') FROM public.residents_caregrant g
  WHERE g.facility_id = ANY (app.workplaces({HELPERS}))
    AND g.starts_at <= app.clock() AND g.ends_at > app.clock() $$;
COMMENT ON FUNCTION app.cared_for() IS 'Persons with a live booking or contract where this session''s account works.';

CREATE FUNCTION app.opened() RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT coalesce(array_agg(o.resident_id), '{{}}') FROM public.residents_opening o
  WHERE o.token_hash = app.token_hash() AND o.account_id = app.account()
    AND o.closed_at IS NULL AND o.closes_at > app.clock() $$;
COMMENT ON FUNCTION app.opened() IS 'Whom this session has opened as staff.';

CREATE FUNCTION app.concerns(person uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT EXISTS (SELECT 1 FROM public.residents_resident r
                 WHERE r.id = person AND r.facility_id = ANY (app.catchment({EVERY_ROLE})))
      OR EXISTS (SELECT 1 FROM public.residents_caregrant g
                 WHERE g.resident_id = person AND g.facility_id = ANY (app.facilities_for({EVERY_ROLE})))
      OR EXISTS (SELECT 1 FROM public.residents_delegation d WHERE person IN (d.resident_id, d.delegate_id)
                 AND d.facility_id = ANY (app.facilities_for({EVERY_ROLE})))
      OR EXISTS (SELECT 1 FROM public.residents_accessevent e WHERE e.resident_id = person
                 AND e.facility_id = ANY (app.facilities_for({EVERY_ROLE}))) $$;
COMMENT ON FUNCTION app.concerns(uuid) IS
  'Whether staff of this session have anything to do with a person, now or before: only then do they write of them.';

CREATE FUNCTION app.listed_by_document(wanted_kind text, every bytea[]) RETURNS uuid LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT r.id FROM public.residents_identifier i JOIN public.residents_resident r ON r.id = i.resident_id
  WHERE i.kind = wanted_kind AND i.index = ANY (every)
    AND (r.facility_id = ANY (app.catchment({HELPERS})) OR r.id = ANY (app.cared_for()))
  ORDER BY i.claimed LIMIT 1 $$;
COMMENT ON FUNCTION app.listed_by_document(text, bytea[]) IS
  'The person behind a document, for staff who would see the person listed anyway; a stranger is as unknown as nobody.';

GRANT EXECUTE ON FUNCTION app.cared_for(), app.opened(), app.concerns(uuid), app.listed_by_document(text, bytea[])
  TO {WEB};
"""
NOT_LISTED = """
DROP FUNCTION app.listed_by_document(text, bytea[]), app.concerns(uuid), app.opened(), app.cared_for();
"""

# --- opening a person ------------------------------------------------------------------------------------------------
# A refusal is written down as well; who guesses five times within a quarter of an hour waits.
OPENING = f"""
CREATE FUNCTION app.write_refusal(what text, place uuid, way text, origin inet, request text) RETURNS void
  LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  INSERT INTO public.residents_accessevent (at, id, actor_id, actor_name, facility_id, action, subject_kind, subject_id,
      purpose, capacity, address, reference)
  SELECT app.clock(), gen_random_uuid(), a.id, a.name, place, what, 'residents.opening', '', '', way, origin,
    left(request, 16) FROM public.residents_account a WHERE a.id = app.account() $$;

CREATE FUNCTION app.must_wait(what text) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT count(*) >= coalesce((app.setting('access.guesses') #>> '{{}}')::integer, 5)
  FROM public.residents_accessevent e
  WHERE e.actor_id = app.account() AND e.action = what AND e.at > app.clock() - make_interval(
    mins => coalesce((app.setting('access.guess_minutes') #>> '{{}}')::integer, 15)) $$;
COMMENT ON FUNCTION app.must_wait(text) IS 'Whether this account was refused so often lately that it has to wait.';

CREATE OR REPLACE FUNCTION app.open_person(person uuid, place uuid, way text, why text, origin inet, request text)
  RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF way = 'care' AND btrim(why) <> '' AND place = ANY (app.workplaces({HELPERS}))
      AND app.cares_for(place, person) THEN
    RETURN app.write_opening(person, place, way, ARRAY['identity', 'booking', 'records', 'results'], '{{}}', why, NULL,
                             origin, request);
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION app.open_in_emergency(wanted_kind text, every bytea[], full_name text, born date, place uuid, why text,
  origin inet, request text) RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE found uuid[];
BEGIN
  IF (place = ANY (app.workplaces({TREATING})) AND length(btrim(why)) >= 5) IS NOT TRUE THEN RETURN NULL; END IF;
  IF NOT app.must_wait('residents.refused_emergency') THEN
    SELECT array_agg(DISTINCT r.id) INTO found FROM public.residents_resident r
    WHERE NOT r.provisional AND r.deceased_on IS NULL AND (
      r.id IN (SELECT i.resident_id FROM public.residents_identifier i
               WHERE i.kind = wanted_kind AND i.index = ANY (every) AND NOT i.claimed)
      OR (cardinality(every) = 0 AND r.name = full_name AND r.birth_date = born));
  END IF;
  IF cardinality(found) = 1 THEN
    RETURN app.write_opening(found[1], place, 'emergency', ARRAY['identity', 'records', 'results'], '{{}}', why, NULL,
                             origin, request);
  END IF;
  PERFORM app.write_refusal('residents.refused_emergency', place, 'emergency', origin, request);
  RETURN NULL;
END $$;
COMMENT ON FUNCTION app.open_in_emergency(text, bytea[], text, date, uuid, text, inet, text) IS
  'Opens one exactly named person whom the facility does not care for; the person and the auditor learn of it.';

CREATE OR REPLACE FUNCTION app.open_assisted(shown bytea, place uuid, doing text[], origin inet, request text)
  RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  proof public.residents_presencecode;
  what text[] := ARRAY['identity'];
BEGIN
  IF (place = ANY (app.workplaces({HELPERS})) AND cardinality(doing) > 0
      AND doing <@ ARRAY['book', 'cancel', 'print', 'explain']) IS NOT TRUE THEN RETURN NULL; END IF;
  IF NOT app.must_wait('residents.refused_assist') THEN
    SELECT p.* INTO proof FROM public.residents_presencecode p
    JOIN public.residents_resident r ON r.id = p.resident_id AND r.deceased_on IS NULL
    WHERE p.code_hash = shown AND p.revoked_at IS NULL AND p.issued_at <= app.clock() AND p.expires_at > app.clock()
      AND (p.kind = 'card' OR p.used_at IS NULL) FOR UPDATE OF p;
  END IF;
  IF proof.id IS NULL THEN
    PERFORM app.write_refusal('residents.refused_assist', place, 'assisted', origin, request);
    RETURN NULL;
  END IF;
  UPDATE public.residents_presencecode SET used_at = app.clock() WHERE id = proof.id;
  IF doing && ARRAY['book', 'cancel'] THEN what := what || 'booking'::text; END IF;
  IF doing && ARRAY['print', 'explain'] THEN what := what || 'results'::text; END IF;
  IF 'explain' = ANY (doing) THEN what := what || 'records'::text; END IF;
  RETURN app.write_opening(proof.resident_id, place, 'assisted', what, doing, '本人在场，请工作人员帮办', proof.id,
                           origin, request);
END $$;

CREATE FUNCTION app.audit_person(wanted_kind text, every bytea[], why text, origin inet, request text) RETURNS uuid
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  places uuid[] := app.workplaces(ARRAY['auditor']);
  person uuid;
BEGIN
  IF cardinality(places) = 0 OR length(btrim(why)) < 5 THEN RETURN NULL; END IF;
  SELECT i.resident_id INTO person FROM public.residents_identifier i
    WHERE i.kind = wanted_kind AND i.index = ANY (every) ORDER BY i.claimed LIMIT 1;
  INSERT INTO public.residents_accessevent (at, id, actor_id, actor_name, resident_id, facility_id, action,
      subject_kind, subject_id, purpose, capacity, address, reference)
    SELECT app.clock(), gen_random_uuid(), a.id, a.name, person, places[1], 'audit.looked_up_person',
      'residents.accessevent', '', left(btrim(why), 200), 'staff', origin, left(request, 16)
    FROM public.residents_account a WHERE a.id = app.account();
  RETURN person;
END $$;
COMMENT ON FUNCTION app.audit_person(text, bytea[], text, inet, text) IS
  'Whom a document stands for, so that an auditor can read the log about that person; asking is an event itself.';

GRANT EXECUTE ON FUNCTION app.must_wait(text), app.audit_person(text, bytea[], text, inet, text),
  app.open_in_emergency(text, bytea[], text, date, uuid, text, inet, text) TO {WEB};
"""

# The earlier forms of the two functions that are replaced, for going back.
NO_OPENING = f"""
DROP FUNCTION app.audit_person(text, bytea[], text, inet, text),
  app.open_in_emergency(text, bytea[], text, date, uuid, text, inet, text);
{as_it_was(acting.OPENING, "open_assisted")}
{as_it_was(acting.OPENING, "open_person")}
DROP FUNCTION app.must_wait(text), app.write_refusal(text, uuid, text, inet, text);
"""


# --- a grant that ends closes what it had opened -----------------------------------------------------------------------
def residents_for(grants: str) -> str:
    """`app.residents_for` as in migration 0005, with a further condition on what staff have opened."""
    return f"""
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
        WHEN o.kind = 'assisted' OR category IN ('identity', 'booking') THEN {HELPERS} ELSE {CLINICAL} END)){grants}
  ) AS seen $$;
"""


# Who helps a person look reads what the person agreed to have shown here; who treats reads on the law's own ground.
STILL_CARED_FOR = (
    "\n      AND (o.kind <> 'care' OR app.cares_for(o.facility_id, o.resident_id))"
    "\n      AND (o.kind <> 'assisted' OR app.consented(o.resident_id, category))"
)

# --- a receipt for each act of a helper ------------------------------------------------------------------------------
# Beside the event, in the same statement: a helper cannot act without the person being told. What is looked at to
# explain it gives one message for the whole opening, so that six reports are not six SMS.
RECEIPTS = """
CREATE FUNCTION app.give_receipt() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  INSERT INTO public.residents_notice (id, resident_id, kind, subject_id, created_at)
    VALUES (gen_random_uuid(), NEW.resident_id, 'assisted_act',
      CASE WHEN NEW.action IN ('appointments.booked', 'appointments.cancelled', 'records.download_report')
           THEN NEW.id ELSE NEW.opening_id END, app.clock()) ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER assisted_act_has_a_receipt AFTER INSERT ON public.residents_accessevent FOR EACH ROW
  WHEN (NEW.capacity = 'assisted' AND NEW.resident_id IS NOT NULL AND NEW.opening_id IS NOT NULL
        AND NEW.action NOT IN ('residents.opened_assisted', 'residents.printed_slip', 'appointments.read_bookings', 'appointments.read_booking'))
  EXECUTE FUNCTION app.give_receipt();
"""
NO_RECEIPTS = """
DROP TRIGGER assisted_act_has_a_receipt ON public.residents_accessevent;
DROP FUNCTION app.give_receipt();
"""

# --- two persons -----------------------------------------------------------------------------------------------------
# Who gives: an administrator, or the manager where it is their own facility and no separate role is touched. Where an
# administrator asked, security decides. Never who asked, never whom it is about (constraints of the table).
APPROVALS = f"""
CREATE FUNCTION app.may_decide(which uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT EXISTS (
    SELECT 1 FROM public.residents_approval a
    WHERE a.id = which AND a.verdict = 'pending' AND a.expires_at > app.clock()
      AND a.requested_by <> app.account() AND a.account_id IS DISTINCT FROM app.account()
      AND (app.has_role_at_bureau(ARRAY['administrator'])
        OR (a.kind IN ('reopen_account', 'reset_second_factor') AND app.has_role_at_bureau(ARRAY['security'])
            AND EXISTS (SELECT 1 FROM public.facilities_membership m WHERE m.account_id = a.requested_by
                        AND m.role = 'administrator' AND m.starts_at <= app.clock()
                        AND (m.ended_at IS NULL OR m.ended_at > app.clock())))
        OR (a.facility_id = ANY (app.workplaces(ARRAY['manager'])) AND a.role <> ALL ({SEPARATE})
            AND (a.kind NOT IN ('reopen_account', 'reset_second_factor') OR EXISTS (
              SELECT 1 FROM public.facilities_membership m
              WHERE m.account_id = a.account_id AND m.facility_id = a.facility_id))
            AND NOT EXISTS (SELECT 1 FROM public.facilities_membership m WHERE m.account_id = a.account_id
                            AND m.role = ANY ({SEPARATE}) AND m.ended_at IS NULL)))) $$;

CREATE FUNCTION app.decide_approval(which uuid, yes boolean, why text) RETURNS boolean LANGUAGE sql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  WITH decided AS (
    UPDATE public.residents_approval a SET verdict = CASE WHEN yes THEN 'approved' ELSE 'refused' END,
      decided_by = app.account(), decided_at = app.clock(), remark = left(btrim(why), 200),
      decided_name = (SELECT name FROM public.residents_account WHERE id = app.account())
    WHERE a.id = which AND a.verdict = 'pending' AND app.may_decide(which) RETURNING 1)
  SELECT EXISTS (SELECT 1 FROM decided) $$;

CREATE FUNCTION app.finish_approval(which uuid, about uuid) RETURNS boolean LANGUAGE sql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  WITH done AS (
    UPDATE public.residents_approval a SET done_at = app.clock(), account_id = coalesce(a.account_id, about)
    WHERE a.id = which AND a.verdict = 'approved' AND a.done_at IS NULL AND a.expires_at > app.clock()
      AND a.kind <> 'export_people' AND a.decided_by = app.account()
      -- A new account is a new one, of the name that was asked for: nobody else comes in through the request.
      AND (a.account_id = about OR (a.account_id IS NULL AND EXISTS (SELECT 1 FROM public.residents_account n
        WHERE n.id = about AND n.is_staff AND NOT n.is_active AND n.name = a.account_name))) RETURNING 1)
  SELECT EXISTS (SELECT 1 FROM done) $$;

CREATE FUNCTION app.role_approved(whose uuid, place uuid, wanted text) RETURNS boolean LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT EXISTS (
    SELECT 1 FROM public.residents_approval a
    WHERE a.kind IN ('open_account', 'give_role') AND a.verdict = 'approved' AND a.decided_by = app.account()
      AND a.account_id = whose AND a.facility_id = place AND a.role = wanted AND a.done_at = app.clock()) $$;
COMMENT ON FUNCTION app.role_approved(uuid, uuid, text) IS
  'Whether this very transaction carries out an approved request for the role; done_at is its own clock.';

CREATE FUNCTION app.export_people(which uuid) RETURNS TABLE
    (name varchar, sex varchar, birth_date date, village varchar, document_id uuid, kind varchar, value bytea)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE asked public.residents_approval;
BEGIN
  UPDATE public.residents_approval a SET done_at = app.clock()
    WHERE a.id = which AND a.kind = 'export_people' AND a.verdict = 'approved' AND a.done_at IS NULL
      AND a.expires_at > app.clock() AND a.requested_by = app.account()
      AND a.facility_id = ANY (app.workplaces(ARRAY['manager', 'public_health']))
    RETURNING a.* INTO asked;
  IF asked.id IS NULL THEN RETURN; END IF;
  RETURN QUERY
    SELECT r.name, r.sex, r.birth_date, f.name, i.id, i.kind, i.value FROM public.residents_resident r
    JOIN public.facilities_facility f ON f.id = r.facility_id
    LEFT JOIN LATERAL (
      SELECT d.id, d.kind, d.value FROM public.residents_identifier d
      WHERE asked.with_numbers AND d.resident_id = r.id AND NOT d.claimed
      ORDER BY d.kind <> 'resident_id_card', d.created_at LIMIT 1) AS i ON true
    WHERE r.deceased_on IS NULL AND NOT r.provisional
      AND (f.id = asked.facility_id OR (f.parent_id = asked.facility_id AND f.level = 'village'))
    ORDER BY f.position, f.code, r.name, r.id;
END $$;
COMMENT ON FUNCTION app.export_people(uuid) IS
  'The catchment of an approved export, once, to whoever asked for it; document numbers only where they were asked for.';

GRANT EXECUTE ON FUNCTION app.may_decide(uuid), app.decide_approval(uuid, boolean, text),
  app.finish_approval(uuid, uuid), app.role_approved(uuid, uuid, text), app.export_people(uuid) TO {WEB};
"""
NO_APPROVALS = """
DROP FUNCTION app.export_people(uuid), app.role_approved(uuid, uuid, text), app.finish_approval(uuid, uuid),
  app.decide_approval(uuid, boolean, text), app.may_decide(uuid);
"""
ASKS_EXPORT = f"kind = 'export_people' AND {staff('manager', 'public_health')}"
ASKS_ACCOUNTS = f"kind <> 'export_people' AND {staff('security')}"
ASKS_BACK = f"kind IN ('reopen_account', 'reset_second_factor') AND {staff('administrator')}"
ASKS = f"""{own_account("requested_by")} AND account_id IS DISTINCT FROM (SELECT app.account()) AND verdict = 'pending' AND done_at IS NULL
  AND requested_at BETWEEN app.clock() - interval '5 minutes' AND app.clock() + interval '5 minutes'
  AND expires_at <= requested_at + interval '31 days'
  AND (({ASKS_EXPORT}) OR ({ASKS_ACCOUNTS}) OR ({ASKS_BACK}))"""

# --- rights ----------------------------------------------------------------------------------------------------------
NAMED = "identity", "booking", "records", "results"
SEEN = " OR ".join(own(category) for category in NAMED)
EVENT = f"{own_account('actor_id')} AND (resident_id IS NULL OR {SEEN} OR app.concerns(resident_id))"
EARLIER_EVENT = import_module("residents.migrations.0003_guards").EVENT
LISTS = (
    f"{own('identity', 'id')} OR facility_id = ANY ((SELECT app.catchment({HELPERS}))::uuid[])"
    " OR id = ANY ((SELECT app.cared_for())::uuid[])"
)
AUDITED = f"{staff('auditor')} OR (facility_id IS NULL AND {at_bureau('auditor')})"
GIVES = (
    f"account_id <> (SELECT app.account()) AND ((role <> ALL ({SEPARATE}) AND {staff('administrator')})"
    " OR app.role_approved(account_id, facility_id, role))"
)
# Who was let in to help reads neither who else looked nor what waits in the person's inbox.
NOT_OPENED = "NOT resident_id = ANY ((SELECT app.opened())::uuid[])"
# What is done through an opening is written so, about the person who was opened: a receipt cannot be left out.
OF_AN_OPENING = """(opening_id IS NULL AND capacity NOT IN ('care', 'emergency', 'counter', 'assisted'))
  OR EXISTS (SELECT 1 FROM public.residents_opening o WHERE o.id = opening_id AND o.account_id = (SELECT app.account())
             AND o.resident_id = residents_accessevent.resident_id AND o.kind = residents_accessevent.capacity)"""
RIGHTS = f"""
ALTER POLICY web_select ON public.residents_resident USING ({LISTS});
ALTER POLICY web_insert ON public.residents_accessevent WITH CHECK ({EVENT});
ALTER POLICY web_select ON public.residents_accessevent
  USING ({own("identity")} OR {own_account("actor_id")} OR {AUDITED});
ALTER POLICY web_insert ON public.facilities_membership WITH CHECK ({GIVES});
CREATE POLICY not_to_who_was_let_in ON public.residents_accessevent AS RESTRICTIVE FOR SELECT TO {WEB}
  USING (resident_id IS NULL OR {own_account("actor_id")} OR {AUDITED} OR {NOT_OPENED});
CREATE POLICY not_to_who_was_let_in ON public.residents_notice AS RESTRICTIVE FOR SELECT TO {WEB} USING ({NOT_OPENED});
CREATE POLICY read_by_oneself ON public.residents_notice AS RESTRICTIVE FOR UPDATE TO {WEB}
  USING (resident_id = (SELECT app.own_resident()));
CREATE POLICY not_a_helpers_business ON public.residents_opening AS RESTRICTIVE FOR SELECT TO {WEB}
  USING (account_id = (SELECT app.account()) OR resident_id <> ALL ((SELECT app.kept_from_helper('records'))::uuid[]));
DROP POLICY of_an_opening_of_ones_own ON public.residents_accessevent;
CREATE POLICY of_an_opening_of_ones_own ON public.residents_accessevent AS RESTRICTIVE FOR INSERT TO {WEB}
  WITH CHECK ({OF_AN_OPENING});
CREATE FUNCTION app.own_name() RETURNS varchar LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT name FROM public.residents_account WHERE id = app.account() $$;
GRANT EXECUTE ON FUNCTION app.own_name() TO {WEB};
CREATE POLICY signed_with_ones_own_name ON public.residents_accessevent AS RESTRICTIVE FOR INSERT TO {WEB}
  WITH CHECK (actor_name = (SELECT app.own_name()));
"""
NO_RIGHTS = f"""
DROP POLICY signed_with_ones_own_name ON public.residents_accessevent;
DROP FUNCTION app.own_name();
DROP POLICY of_an_opening_of_ones_own ON public.residents_accessevent;
CREATE POLICY of_an_opening_of_ones_own ON public.residents_accessevent AS RESTRICTIVE FOR INSERT TO {WEB}
  WITH CHECK (opening_id IS NULL OR EXISTS (
    SELECT 1 FROM public.residents_opening o WHERE o.id = opening_id AND o.account_id = (SELECT app.account())));
DROP POLICY not_a_helpers_business ON public.residents_opening;
DROP POLICY read_by_oneself ON public.residents_notice;
DROP POLICY not_to_who_was_let_in ON public.residents_notice;
DROP POLICY not_to_who_was_let_in ON public.residents_accessevent;
ALTER POLICY web_insert ON public.facilities_membership WITH CHECK ({staff("administrator")});
ALTER POLICY web_select ON public.residents_accessevent
  USING ({own("identity")} OR {staff("auditor")} OR {own_account("actor_id")});
ALTER POLICY web_insert ON public.residents_accessevent WITH CHECK ({EARLIER_EVENT});
ALTER POLICY web_select ON public.residents_resident USING ({own("identity", "id")});
"""
EMERGENCY = (
    "EXISTS (SELECT 1 FROM public.residents_opening o WHERE o.id = opening_id AND o.kind = 'emergency'"
    " AND o.facility_id = residents_openingreview.facility_id AND o.account_id <> (SELECT app.account()))"
)


class Migration(migrations.Migration):
    """Staff: whom they see listed, how they open a person, what a helper's act leaves behind, and deeds of two."""

    dependencies = [("residents", "0011_family"), ("facilities", "0005_roles")]

    operations = [
        migrations.CreateModel(
            name="Approval",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("open_account", "开通工作人员账号"),
                            ("reopen_account", "恢复已停用的账号"),
                            ("give_role", "授予管理角色"),
                            ("reset_second_factor", "重置两步验证"),
                            ("export_people", "导出居民名单"),
                        ],
                        max_length=20,
                        verbose_name="事项",
                    ),
                ),
                ("role", models.CharField(blank=True, choices=ROLES, max_length=20, verbose_name="角色")),
                ("account_id", models.UUIDField(null=True, verbose_name="账号")),
                ("account_name", models.CharField(blank=True, max_length=100, verbose_name="姓名")),
                ("payload", foundation.fields.EncryptedTextField(verbose_name="内容")),
                ("with_numbers", models.BooleanField(default=False, verbose_name="包含证件号码")),
                ("reason", models.CharField(max_length=200, verbose_name="理由")),
                ("requested_by", models.UUIDField(verbose_name="申请人")),
                ("requested_name", models.CharField(max_length=100, verbose_name="申请人姓名")),
                ("requested_at", models.DateTimeField(verbose_name="申请时间")),
                ("expires_at", models.DateTimeField(verbose_name="有效期至")),
                (
                    "verdict",
                    models.CharField(
                        choices=[("pending", "待审批"), ("approved", "已同意"), ("refused", "未同意")],
                        default="pending",
                        max_length=10,
                        verbose_name="结果",
                    ),
                ),
                ("decided_by", models.UUIDField(null=True, verbose_name="审批人")),
                ("decided_name", models.CharField(blank=True, max_length=100, verbose_name="审批人姓名")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="审批时间")),
                ("remark", models.CharField(blank=True, max_length=200, verbose_name="审批意见")),
                ("done_at", models.DateTimeField(null=True, verbose_name="办理时间")),
                (
                    "facility",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="facilities.facility",
                        verbose_name="医疗机构",
                    ),
                ),
            ],
            options={
                "verbose_name": "双人审批",
                "verbose_name_plural": "双人审批",
                "indexes": [models.Index(fields=["-requested_at"], name="approval_by_time")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("decided_by", None)) | ~models.Q(("requested_by", models.F("decided_by"))),
                        name="nobody_approves_what_they_asked_for",
                        violation_error_message="申请人不能审批自己的申请。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("decided_by", None))
                        | models.Q(("account_id", None))
                        | ~models.Q(("account_id", models.F("decided_by"))),
                        name="nobody_approves_what_is_about_themselves",
                        violation_error_message="不能审批关于自己账号的申请。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("decided_at", None), ("decided_by", None), ("verdict", "pending"))
                        | (
                            ~models.Q(("verdict", "pending"))
                            & models.Q(("decided_at__isnull", False), ("decided_by__isnull", False))
                        ),
                        name="approval_decided_exactly_when_dated_and_signed",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("done_at", None)) | models.Q(("verdict", "approved")),
                        name="only_what_was_approved_is_done",
                    ),
                    models.CheckConstraint(condition=~models.Q(("reason", "")), name="approval_has_a_reason"),
                    models.CheckConstraint(
                        condition=models.Q(("expires_at__gt", models.F("requested_at"))),
                        name="approval_ends_after_it_was_asked",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OpeningReview",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "verdict",
                    models.CharField(
                        choices=[("in_order", "已核查，情况属实"), ("followed_up", "已核查，需进一步处理")],
                        max_length=20,
                        verbose_name="核查结果",
                    ),
                ),
                ("remark", models.CharField(max_length=200, verbose_name="说明")),
                ("reviewed_by", models.UUIDField(verbose_name="核查人")),
                ("reviewed_name", models.CharField(max_length=100, verbose_name="核查人姓名")),
                ("reviewed_at", models.DateTimeField(verbose_name="核查时间")),
                (
                    "facility",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="facilities.facility"
                    ),
                ),
                (
                    "opening",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="review", to="residents.opening"
                    ),
                ),
            ],
            options={
                "verbose_name": "紧急调阅核查",
                "verbose_name_plural": "紧急调阅核查",
                "constraints": [
                    models.CheckConstraint(condition=~models.Q(("remark", "")), name="review_says_something")
                ],
            },
        ),
        migrations.RunSQL(LISTED, NOT_LISTED),
        migrations.RunSQL(OPENING, NO_OPENING),
        migrations.RunSQL(residents_for(STILL_CARED_FOR), residents_for("")),
        migrations.RunSQL(RECEIPTS, NO_RECEIPTS),
        migrations.RunSQL(APPROVALS, NO_APPROVALS),
        migrations.RunSQL(RIGHTS, NO_RIGHTS),
        Guard(
            "residents_approval",
            select=[own_account("requested_by"), staff("administrator", "security", "auditor", "manager")],
            insert=[ASKS],
            worker="",
        ),
        Guard(
            "residents_openingreview",
            select=[staff("auditor")],
            insert=[f"{own_account('reviewed_by')} AND {staff('auditor')} AND {EMERGENCY}"],
            worker="",
        ),
    ]
