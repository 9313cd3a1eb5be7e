from importlib import import_module

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import foundation.keys
import residents.connected.scopes
from foundation.operations import WEB, WORKER, Guard, anyone, at_bureau, own

staff = import_module("residents.migrations.0012_staff")
CAPACITIES = [
    ("self", "本人"),
    ("delegate", "代办人"),
    ("guardian", "监护人"),
    ("assisted", "帮办"),
    ("care", "诊疗服务"),
    ("emergency", "紧急调阅"),
    ("counter", "窗口办理"),
    ("staff", "工作人员"),
    ("system", "系统"),
    ("program", "授权的应用"),
]
KINDS = [
    ("Patient", "姓名、性别和出生日期"),
    ("Observation", "检验项目和测量值"),
    ("DiagnosticReport", "检查检验报告"),
    ("Condition", "诊断和慢性病"),
    ("MedicationStatement", "用药"),
    ("AllergyIntolerance", "过敏"),
    ("Immunization", "预防接种"),
    ("Encounter", "就诊"),
    ("Procedure", "手术和操作"),
    ("DocumentReference", "医疗文书"),
]

# --- whose a token is, and what it opens ------------------------------------------------------------------------------
# A token counts in a transaction that cannot write, within a minute of its line in the access log; everything else of
# it (person alive, account open, program registered, agreed to, not ended) is asked at each statement.
BEARER = f"""
CREATE FUNCTION app.connection_lives(c public.residents_connection) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT c.ended_at IS NULL AND c.expires_at > app.clock()
    AND EXISTS (SELECT 1 FROM public.residents_program p WHERE p.id = c.program_id AND p.is_active)
    AND EXISTS (
      SELECT 1 FROM public.residents_account a
      JOIN public.residents_resident r ON r.id = a.resident_id AND r.deceased_on IS NULL
      WHERE a.id = c.account_id AND a.is_active AND a.resident_id = c.resident_id)
    AND (app.required_level('records') = 0 OR EXISTS (
      SELECT 1 FROM public.residents_verification v
      WHERE v.account_id = c.account_id AND v.level >= app.required_level('records') AND v.revoked_at IS NULL
        AND v.verified_at <= app.clock() AND (v.valid_until IS NULL OR v.valid_until > app.clock()))) $$;
COMMENT ON FUNCTION app.connection_lives(public.residents_connection) IS
  'Whether a program may go on: neither ended nor over, the program registered, the person alive, proved and their own.';

CREATE FUNCTION app.bearer() RETURNS SETOF public.residents_connectiontoken LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT t.* FROM public.residents_connectiontoken t JOIN public.residents_connection c ON c.id = t.connection_id
  WHERE t.token_hash = app.token_hash() AND t.kind = 'access' AND t.revoked_at IS NULL AND t.expires_at > app.clock()
    AND app.connection_lives(c) $$;
COMMENT ON FUNCTION app.bearer() IS 'The access token that this transaction carries, while it lives.';

CREATE FUNCTION app.scopes_open(scopes varchar[], category text) RETURNS boolean LANGUAGE sql IMMUTABLE
  SET search_path = pg_catalog AS $$
  SELECT EXISTS (
    SELECT 1 FROM unnest(scopes) AS scope
    WHERE substring(scope FROM '^patient/([A-Za-z]+)\\.') = ANY (CASE category
      WHEN 'results' THEN ARRAY['Observation', 'DiagnosticReport']
      -- Body measurements are of the record, not of the results.
      WHEN 'records' THEN ARRAY['Observation', 'Condition', 'MedicationStatement', 'AllergyIntolerance', 'Immunization',
        'Encounter', 'Procedure', 'DocumentReference']
      ELSE ARRAY[]::text[] END)) $$;

CREATE FUNCTION app.connected_residents(category text) RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT c.resident_id FROM app.bearer() t JOIN public.residents_connection c ON c.id = t.connection_id
  WHERE current_setting('transaction_read_only') = 'on' AND t.read_at > app.clock() - interval '1 minute'
    AND app.scopes_open(t.scopes, category) AND app.consented(c.resident_id, category) $$;
COMMENT ON FUNCTION app.connected_residents(text) IS
  'The one person whose program reads in this transaction, for one category; nobody where the transaction may write.';

-- Both are asked with each statement of every page about persons and reports: whoever may write learns "nobody" at once.
CREATE FUNCTION app.connected_person() RETURNS uuid LANGUAGE plpgsql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
BEGIN
  IF current_setting('transaction_read_only') <> 'on' THEN RETURN NULL; END IF;
  RETURN (SELECT c.resident_id FROM app.bearer() t JOIN public.residents_connection c ON c.id = t.connection_id);
END $$;
COMMENT ON FUNCTION app.connected_person() IS 'The person whose program reads in this transaction, whatever it may read.';

CREATE FUNCTION app.connected_patient() RETURNS uuid LANGUAGE plpgsql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
BEGIN
  IF current_setting('transaction_read_only') <> 'on' THEN RETURN NULL; END IF;
  RETURN (SELECT c.resident_id FROM app.bearer() t JOIN public.residents_connection c ON c.id = t.connection_id
    WHERE t.read_at > app.clock() - interval '1 minute'
      AND EXISTS (SELECT 1 FROM unnest(t.scopes) AS scope WHERE scope LIKE 'patient/Patient.%'));
END $$;
COMMENT ON FUNCTION app.connected_patient() IS 'The person whose name and birth date the program may read, and no more.';

REVOKE ALL ON FUNCTION app.connection_lives(public.residents_connection), app.bearer(),
  app.scopes_open(varchar[], text), app.connected_residents(text), app.connected_person(), app.connected_patient() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.connected_patient() TO {WEB};
ALTER POLICY web_select ON public.residents_resident
  USING ({staff.LISTS} OR id = (SELECT app.connected_patient()));
"""
NO_BEARER = f"""
ALTER POLICY web_select ON public.residents_resident USING ({staff.LISTS});
DROP FUNCTION app.connected_patient(), app.connected_person(), app.connected_residents(text), app.scopes_open(varchar[], text), app.bearer(),
  app.connection_lives(public.residents_connection);
"""

# Asked first whether the transaction can write, so that a page of the portal pays nothing for it.
BY_PROGRAM = """
    UNION ALL
    SELECT one FROM app.connected_residents(category) AS one WHERE current_setting('transaction_read_only') = 'on'
  ) AS seen $$;
"""
BEFORE = staff.residents_for(staff.STILL_CARED_FOR)
SEEN = BEFORE.replace("\n  ) AS seen $$;\n", BY_PROGRAM)

# --- agreeing, and ending ---------------------------------------------------------------------------------------------
AGREEING = f"""
CREATE FUNCTION app.write_program_event(c public.residents_connection, who uuid, way text, deed text, origin inet,
  request text) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  INSERT INTO public.residents_accessevent (at, id, actor_id, actor_name, resident_id, action, subject_kind, subject_id,
      purpose, capacity, address, reference)
    SELECT app.clock(), gen_random_uuid(), who,
      CASE way WHEN 'self' THEN coalesce((SELECT a.name FROM public.residents_account a WHERE a.id = who), '')
               WHEN 'program' THEN p.name ELSE '' END,
      c.resident_id, deed, 'residents.connection', c.id::text, left('应用“' || p.name || '”，' || p.operator, 200), way,
      origin, left(request, 16)
    FROM public.residents_program p WHERE p.id = c.program_id $$;

CREATE FUNCTION app.stop_connection(which uuid, why text) RETURNS boolean LANGUAGE sql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  WITH stopped AS (
    UPDATE public.residents_connection SET ended_at = app.clock(), ending = why WHERE id = which AND ended_at IS NULL
    RETURNING 1)
  SELECT EXISTS (SELECT 1 FROM stopped) $$;

CREATE FUNCTION app.connect_program(wanted uuid, target text, asked varchar[], proof text, code bytea, origin inet,
  request text) RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  login uuid := app.account();
  person uuid := app.own_resident();
  p public.residents_program;
  c public.residents_connection;
  minutes integer := least(greatest(coalesce((app.setting('programs.access_minutes') #>> '{{}}')::integer, 30), 1), 60);
BEGIN
  SELECT * INTO p FROM public.residents_program WHERE id = wanted AND is_active;
  IF NOT FOUND OR person IS NULL OR NOT app.proved_recently() OR proof !~ '^[A-Za-z0-9_-]{{43}}$'
     OR coalesce(target <> ALL (p.redirect_uris), true)
     OR NOT (person = ANY (app.residents_for('records')) OR person = ANY (app.residents_for('results'))) THEN
    RETURN NULL;
  END IF;
  IF NOT EXISTS (SELECT 1 FROM unnest(asked) AS scope WHERE scope LIKE 'patient/%')
     OR EXISTS (SELECT 1 FROM unnest(asked) AS scope WHERE scope NOT IN ('launch/patient', 'offline_access')
       AND coalesce(substring(scope FROM '^patient/([A-Za-z]+)\\.(?:read|rs|r|s)$') <> ALL (p.kinds), true)) THEN
    RETURN NULL;
  END IF;
  -- Two answers to two pages at once wait for each other here; the second takes the place of the first.
  PERFORM 1 FROM public.residents_account WHERE id = login FOR UPDATE;
  PERFORM app.stop_connection(o.id, 'renewed') FROM public.residents_connection o
    WHERE o.resident_id = person AND o.program_id = wanted AND o.ended_at IS NULL;
  INSERT INTO public.residents_connection (id, resident_id, program_id, account_id, scopes, given_at, expires_at, ending)
    VALUES (gen_random_uuid(), person, wanted, login, asked, app.clock(), app.clock() + CASE
      WHEN 'offline_access' = ANY (asked) THEN make_interval(days =>
        least(greatest(coalesce((app.setting('programs.connection_days') #>> '{{}}')::integer, 180), 1), 366))
      ELSE make_interval(mins => minutes + 1) END, '') RETURNING * INTO c;
  INSERT INTO public.residents_connectiontoken (id, connection_id, kind, token_hash, scopes, redirect_uri, challenge,
      issued_at, expires_at)
    VALUES (gen_random_uuid(), c.id, 'code', code, asked, target, proof, app.clock(), app.clock() + make_interval(secs =>
      least(greatest(coalesce((app.setting('programs.code_seconds') #>> '{{}}')::integer, 60), 5), 60)));
  PERFORM app.write_program_event(c, login, 'self', 'residents.connected_program', origin, request);
  RETURN c.id;
END $$;
COMMENT ON FUNCTION app.connect_program(uuid, text, varchar[], text, bytea, inet, text) IS
  'A person, just proved, lets a program read their own record: the connection, its code and its line in the log.';

CREATE FUNCTION app.end_connection(which uuid, origin inet, request text) RETURNS boolean LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE c public.residents_connection;
BEGIN
  SELECT * INTO c FROM public.residents_connection WHERE id = which AND resident_id = app.own_resident() FOR UPDATE;
  IF NOT FOUND OR NOT app.stop_connection(which, 'resident') THEN RETURN false; END IF;
  PERFORM app.write_program_event(c, app.account(), 'self', 'residents.ended_program', origin, request);
  RETURN true;
END $$;

REVOKE ALL ON FUNCTION
  app.write_program_event(public.residents_connection, uuid, text, text, inet, text), app.stop_connection(uuid, text),
  app.connect_program(uuid, text, varchar[], text, bytea, inet, text), app.end_connection(uuid, inet, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.connect_program(uuid, text, varchar[], text, bytea, inet, text),
  app.end_connection(uuid, inet, text) TO {WEB};

-- Agreeing to the record anew, or opening the account anew, does not bring programs back.
CREATE FUNCTION app.consent_ends_programs() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
BEGIN
  PERFORM app.stop_connection(c.id, 'consent') FROM public.residents_connection c
    WHERE c.resident_id = NEW.resident_id AND c.ended_at IS NULL AND app.scopes_open(c.scopes, NEW.purpose);
  RETURN NULL;
END $$;
CREATE TRIGGER consent_ends_programs AFTER UPDATE OF withdrawn_at ON public.residents_consent FOR EACH ROW
  WHEN (OLD.withdrawn_at IS NULL AND NEW.withdrawn_at IS NOT NULL) EXECUTE FUNCTION app.consent_ends_programs();
CREATE FUNCTION app.account_ends_programs() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
BEGIN
  PERFORM app.stop_connection(c.id, 'account') FROM public.residents_connection c
    WHERE c.account_id = NEW.id AND c.ended_at IS NULL;
  RETURN NULL;
END $$;
-- A password that is made unusable is a way in that was taken away (app.end_sign_in).
CREATE TRIGGER account_ends_programs AFTER UPDATE ON public.residents_account FOR EACH ROW
  WHEN ((OLD.is_active AND NOT NEW.is_active) OR (NEW.password LIKE '!%' AND NEW.password <> OLD.password)
    OR NEW.resident_id IS DISTINCT FROM OLD.resident_id) EXECUTE FUNCTION app.account_ends_programs();
"""
NO_AGREEING = """
DROP TRIGGER account_ends_programs ON public.residents_account;
DROP TRIGGER consent_ends_programs ON public.residents_consent;
DROP FUNCTION app.account_ends_programs(), app.consent_ends_programs(), app.end_connection(uuid, inet, text),
  app.connect_program(uuid, text, varchar[], text, bytea, inet, text), app.stop_connection(uuid, text),
  app.write_program_event(public.residents_connection, uuid, text, text, inet, text);
"""

# --- what a program does with its code and its tokens -------------------------------------------------------------------
# Each starts from the hash of a secret, and of the program that holds it: nothing can be asked for by a key.
TOKENS = f"""
CREATE FUNCTION app.program_secret_fits(wanted uuid, secret bytea) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT EXISTS (SELECT 1 FROM public.residents_programsecret s
                 WHERE s.program_id = wanted AND s.secret_hash = secret AND s.ended_at IS NULL) $$;

CREATE FUNCTION app.set_program_secret(wanted uuid, secret bytea) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
BEGIN
  IF NOT app.has_role_at_bureau(ARRAY['administrator']) OR length(secret) <> 32 THEN RETURN false; END IF;
  PERFORM 1 FROM public.residents_program WHERE id = wanted AND confidential FOR UPDATE;
  IF NOT FOUND THEN RETURN false; END IF;
  UPDATE public.residents_programsecret SET ended_at = app.clock() WHERE program_id = wanted AND ended_at IS NULL;
  INSERT INTO public.residents_programsecret (id, program_id, secret_hash, set_at, set_by)
    VALUES (gen_random_uuid(), wanted, secret, app.clock(), app.account());
  RETURN true;
END $$;
COMMENT ON FUNCTION app.set_program_secret(uuid, bytea) IS 'A new secret of a program; the one before counts no more.';

CREATE FUNCTION app.program_token(wanted uuid, secret bytea, what text)
  RETURNS TABLE (id uuid, resident_id uuid, scopes varchar[], redirect_uri varchar, challenge varchar)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  c public.residents_connection;
  t public.residents_connectiontoken;
BEGIN
  -- The same secret shown twice at once is decided one after the other.
  SELECT k.* INTO c FROM public.residents_connection k WHERE k.program_id = wanted AND k.id = (
    SELECT o.connection_id FROM public.residents_connectiontoken o WHERE o.token_hash = secret) FOR UPDATE;
  SELECT * INTO t FROM public.residents_connectiontoken o
    WHERE o.token_hash = secret AND o.connection_id = c.id AND o.kind = what AND what IN ('code', 'refresh') FOR UPDATE;
  IF NOT FOUND THEN RETURN; END IF;
  IF t.used_at IS NOT NULL THEN
    -- Somebody has it who should not, and nobody can tell who: all that came of it ends (RFC 9700, 4.14.2).
    IF app.stop_connection(c.id, CASE what WHEN 'code' THEN 'replayed' ELSE 'reused' END) THEN
      PERFORM app.write_program_event(c, NULL, 'system', 'residents.stopped_program', NULL, '');
    END IF;
    RETURN;
  END IF;
  IF t.revoked_at IS NULL AND t.expires_at > app.clock() AND app.connection_lives(c) THEN
    RETURN QUERY SELECT t.id, c.resident_id, t.scopes, t.redirect_uri, t.challenge;
  END IF;
END $$;
COMMENT ON FUNCTION app.program_token(uuid, bytea, text) IS
  'A code or a refresh token that a program shows, while it lives; one that was used before ends the connection.';

CREATE FUNCTION app.give_program_tokens(wanted uuid, parent uuid, target text, verifier text, asked varchar[],
  access bytea, refresh bytea) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  c public.residents_connection;
  t public.residents_connectiontoken;
  until timestamptz;
BEGIN
  SELECT k.* INTO c FROM public.residents_connection k WHERE k.program_id = wanted AND k.id = (
    SELECT o.connection_id FROM public.residents_connectiontoken o WHERE o.id = parent) FOR UPDATE;
  SELECT * INTO t FROM public.residents_connectiontoken o
    WHERE o.id = parent AND o.connection_id = c.id AND o.kind IN ('code', 'refresh') FOR UPDATE;
  IF NOT FOUND OR t.used_at IS NOT NULL OR t.revoked_at IS NOT NULL OR t.expires_at <= app.clock()
     OR NOT app.connection_lives(c) OR NOT asked <@ t.scopes OR cardinality(asked) = 0 THEN RETURN NULL; END IF;
  IF t.kind = 'code' AND (t.redirect_uri IS DISTINCT FROM target OR t.challenge IS DISTINCT FROM
      translate(encode(sha256(convert_to(verifier, 'UTF8')), 'base64'), '+/=', '-_')) THEN RETURN NULL; END IF;
  UPDATE public.residents_connectiontoken SET used_at = app.clock() WHERE id = t.id;
  until := least(c.expires_at, app.clock() + make_interval(mins =>
    least(greatest(coalesce((app.setting('programs.access_minutes') #>> '{{}}')::integer, 30), 1), 60)));
  INSERT INTO public.residents_connectiontoken (id, connection_id, kind, token_hash, scopes, redirect_uri, challenge,
      issued_at, expires_at)
    VALUES (gen_random_uuid(), c.id, 'access', access, asked, '', '', app.clock(), until);
  IF refresh IS NOT NULL AND 'offline_access' = ANY (t.scopes) THEN
    INSERT INTO public.residents_connectiontoken (id, connection_id, kind, token_hash, scopes, redirect_uri, challenge,
        issued_at, expires_at)
      VALUES (gen_random_uuid(), c.id, 'refresh', refresh, t.scopes, '', '', app.clock(), least(c.expires_at,
        app.clock() + make_interval(days =>
          least(greatest(coalesce((app.setting('programs.refresh_days') #>> '{{}}')::integer, 60), 1), 366))));
  END IF;
  RETURN floor(extract(epoch FROM until - app.clock()));
END $$;
COMMENT ON FUNCTION app.give_program_tokens(uuid, uuid, text, text, varchar[], bytea, bytea) IS
  'Uses up a code (with its address and verifier) or a refresh token, and keeps what is given for it, as hashes.';

CREATE FUNCTION app.revoke_program_token(wanted uuid, secret bytea, origin inet, request text) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  c public.residents_connection;
  t public.residents_connectiontoken;
BEGIN
  SELECT k.* INTO c FROM public.residents_connection k WHERE k.program_id = wanted AND k.id = (
    SELECT o.connection_id FROM public.residents_connectiontoken o WHERE o.token_hash = secret) FOR UPDATE;
  UPDATE public.residents_connectiontoken SET revoked_at = app.clock()
    WHERE token_hash = secret AND connection_id = c.id AND revoked_at IS NULL RETURNING * INTO t;
  IF NOT FOUND THEN RETURN false; END IF;
  -- Without its refresh token a program cannot go on: the person reads that it has signed off (RFC 7009, 2.1).
  IF t.kind = 'refresh' AND app.stop_connection(c.id, 'program') THEN
    PERFORM app.write_program_event(c, c.program_id, 'program', 'residents.program_left', origin, request);
  END IF;
  RETURN true;
END $$;

CREATE FUNCTION app.program_reads(deed text, wanted text[], kind text, about text, origin inet, request text)
  RETURNS TABLE (connection_id uuid, program_id uuid, account_id uuid, resident_id uuid, program_name varchar,
    scopes varchar[], allowed boolean)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  t public.residents_connectiontoken;
  c public.residents_connection;
  p public.residents_program;
  fits boolean;
BEGIN
  IF deed NOT LIKE 'records.program\\_%' THEN RETURN; END IF;
  SELECT * INTO t FROM app.bearer();
  IF NOT FOUND THEN RETURN; END IF;
  fits := NOT EXISTS (
    SELECT 1 FROM unnest(wanted) AS one WHERE one !~ '^[A-Za-z]+\\.[rs]$' OR NOT EXISTS (
      SELECT 1 FROM unnest(t.scopes) AS scope
      WHERE scope ~ ('^patient/' || split_part(one, '.', 1) || '\\.(read|rs|' || split_part(one, '.', 2) || ')$')));
  UPDATE public.residents_connection k SET used_at = app.clock() WHERE k.id = t.connection_id RETURNING k.* INTO c;
  UPDATE public.residents_connectiontoken o SET read_at = CASE WHEN fits THEN app.clock() END WHERE o.id = t.id;
  SELECT * INTO p FROM public.residents_program r WHERE r.id = c.program_id;
  INSERT INTO public.residents_accessevent (at, id, actor_id, actor_name, resident_id, action, subject_kind, subject_id,
      purpose, capacity, address, reference)
    VALUES (app.clock(), gen_random_uuid(), p.id, '应用“' || p.name || '”', c.resident_id,
      CASE WHEN fits THEN deed ELSE 'records.program_refused' END, left(kind, 60), left(about, 40), p.operator, 'program',
      origin, left(request, 16));
  RETURN QUERY SELECT c.id, p.id, c.account_id, c.resident_id, p.name, t.scopes, fits;
END $$;
COMMENT ON FUNCTION app.program_reads(text, text[], text, text, inet, text) IS
  'Writes one look of a program into the person''s log, and opens a minute in which its token reads; or refuses.';

CREATE FUNCTION app.clear_old_program_tokens(most integer) RETURNS bigint LANGUAGE sql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  WITH over AS (
    SELECT id FROM public.residents_connectiontoken WHERE expires_at < app.clock() - interval '30 days'
    LIMIT least(greatest(most, 0), 10000) FOR UPDATE SKIP LOCKED
  ), cleared AS (
    DELETE FROM public.residents_connectiontoken t USING over WHERE t.id = over.id RETURNING 1)
  SELECT count(*) FROM cleared $$;
COMMENT ON FUNCTION app.clear_old_program_tokens(integer) IS
  'Delete at most so many hashes of codes and tokens that ended a month ago; the connections stay.';

REVOKE ALL ON FUNCTION app.program_secret_fits(uuid, bytea), app.set_program_secret(uuid, bytea),
  app.program_token(uuid, bytea, text),
  app.give_program_tokens(uuid, uuid, text, text, varchar[], bytea, bytea),
  app.revoke_program_token(uuid, bytea, inet, text),
  app.program_reads(text, text[], text, text, inet, text), app.clear_old_program_tokens(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.program_secret_fits(uuid, bytea), app.set_program_secret(uuid, bytea),
  app.program_token(uuid, bytea, text),
  app.give_program_tokens(uuid, uuid, text, text, varchar[], bytea, bytea),
  app.revoke_program_token(uuid, bytea, inet, text),
  app.program_reads(text, text[], text, text, inet, text) TO {WEB};
GRANT EXECUTE ON FUNCTION app.clear_old_program_tokens(integer) TO {WORKER};
"""
NO_TOKENS = """
DROP FUNCTION app.clear_old_program_tokens(integer), app.program_reads(text, text[], text, text, inet, text),
  app.revoke_program_token(uuid, bytea, inet, text),
  app.give_program_tokens(uuid, uuid, text, text, varchar[], bytea, bytea), app.program_token(uuid, bytea, text),
  app.set_program_secret(uuid, bytea), app.program_secret_fits(uuid, bytea);
"""
MINE = f"{own('identity')} AND resident_id = (SELECT app.own_resident())"


def key():
    return models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False)


def scopes(**options):
    return django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=60), size=None, **options)


class Migration(migrations.Migration):
    dependencies = [("residents", "0028_record_ready")]

    operations = [
        *[
            migrations.AlterField(
                model,
                "capacity",
                models.CharField(blank=True, choices=CAPACITIES, max_length=10, verbose_name="身份"),
            )
            for model in ("accesscase", "accessevent")
        ],
        migrations.CreateModel(
            name="Program",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=foundation.keys.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                        verbose_name="应用编号",
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        max_length=60,
                        validators=[django.core.validators.MinLengthValidator(2)],
                        verbose_name="名称",
                    ),
                ),
                (
                    "operator",
                    models.CharField(
                        help_text="居民在授权页面看到的责任单位全称。", max_length=100, verbose_name="运营单位"
                    ),
                ),
                (
                    "about",
                    models.CharField(
                        help_text="一句话，写给居民看：这个应用拿这些内容做什么。", max_length=200, verbose_name="用途"
                    ),
                ),
                (
                    "contact",
                    models.CharField(
                        help_text="居民有疑问时找谁：电话或邮箱。", max_length=100, verbose_name="联系方式"
                    ),
                ),
                (
                    "redirect_uris",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=300),
                        help_text="每行一个，须与应用发来的一字不差：https 地址，或手机应用自己的地址（如 com.example.app:/cb）。",
                        size=None,
                        validators=[residents.connected.scopes.check_redirects],
                        verbose_name="回调地址",
                    ),
                ),
                (
                    "kinds",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(choices=KINDS, max_length=40),
                        help_text="只选用途真正需要的。居民授权时还可以逐项去掉。",
                        size=None,
                        verbose_name="可以申请的内容",
                    ),
                ),
                (
                    "confidential",
                    models.BooleanField(
                        default=True,
                        help_text="有服务器的应用要凭密钥换取令牌；手机和网页应用藏不住密钥，不选。登记以后不能改。",
                        verbose_name="有自己的服务器",
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="停用后马上生效：已经授权给它的令牌都不能再用。",
                        verbose_name="启用",
                    ),
                ),
                ("registered_at", models.DateTimeField(editable=False, verbose_name="登记时间")),
                ("registered_by", models.UUIDField(editable=False, verbose_name="登记人")),
            ],
            options={"verbose_name": "接入应用", "verbose_name_plural": "接入应用"},
        ),
        migrations.CreateModel(
            name="ProgramSecret",
            fields=[
                ("id", key()),
                ("secret_hash", models.BinaryField(max_length=32)),
                ("set_at", models.DateTimeField(verbose_name="设置时间")),
                ("set_by", models.UUIDField(verbose_name="设置人")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="作废时间")),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="secrets", to="residents.program"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("program",),
                        name="one_secret_in_force_per_program",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Connection",
            fields=[
                ("id", key()),
                ("account_id", models.UUIDField(editable=False)),
                ("scopes", scopes(verbose_name="授权范围")),
                ("given_at", models.DateTimeField(verbose_name="授权时间")),
                ("expires_at", models.DateTimeField(verbose_name="到期时间")),
                ("used_at", models.DateTimeField(null=True, verbose_name="最近使用")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="停止时间")),
                (
                    "ending",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("resident", "本人停止了授权"),
                            ("renewed", "本人重新授权，换成了新的一份"),
                            ("program", "应用退出了"),
                            ("replayed", "授权码被用了两次，为安全起见停止"),
                            ("reused", "旧的令牌又被使用，为安全起见停止"),
                            ("consent", "撤回了查看授权"),
                            ("account", "账号停用了"),
                        ],
                        max_length=10,
                        verbose_name="停止原因",
                    ),
                ),
                (
                    "resident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="residents.resident"
                    ),
                ),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="residents.program",
                        verbose_name="应用",
                    ),
                ),
            ],
            options={
                "verbose_name": "应用授权",
                "verbose_name_plural": "应用授权",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("resident", "program"),
                        name="one_live_connection_per_program",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", True), ("ending", "")),
                            models.Q(("ended_at__isnull", False), models.Q(("ending", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="connection_ended_exactly_when_it_says_why",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ConnectionToken",
            fields=[
                ("id", key()),
                (
                    "kind",
                    models.CharField(
                        choices=[("code", "授权码"), ("access", "访问令牌"), ("refresh", "续期令牌")], max_length=8
                    ),
                ),
                ("token_hash", models.BinaryField(max_length=32, unique=True)),
                ("scopes", scopes()),
                ("redirect_uri", models.CharField(blank=True, max_length=300)),
                ("challenge", models.CharField(blank=True, max_length=43)),
                ("issued_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
                ("read_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="residents.connection"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["expires_at"], name="connection_token_by_end")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("kind", "code"),
                                models.Q(("redirect_uri", ""), _negated=True),
                                models.Q(("challenge", ""), _negated=True),
                            ),
                            models.Q(
                                models.Q(("kind", "code"), _negated=True),
                                ("challenge", ""),
                                ("redirect_uri", ""),
                            ),
                            _connector="OR",
                        ),
                        name="a_code_says_where_it_goes_and_what_proves_it",
                    )
                ],
            },
        ),
        Guard(
            "residents_program",
            select=[anyone()],
            insert=[at_bureau("administrator")],
            update=[at_bureau("administrator")],
            update_columns=["name", "operator", "about", "contact", "redirect_uris", "kinds", "is_active"],
            worker="SELECT",
        ),
        Guard("residents_programsecret", worker=""),
        Guard("residents_connection", select=[MINE], worker="SELECT"),
        Guard("residents_connectiontoken", worker=""),
        migrations.RunSQL(BEARER, NO_BEARER),
        migrations.RunSQL(SEEN, BEFORE),
        migrations.RunSQL(AGREEING, NO_AGREEING),
        migrations.RunSQL(TOKENS, NO_TOKENS),
    ]
