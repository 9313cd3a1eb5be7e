from importlib import import_module

from django.db import migrations, models

from foundation.operations import WEB, WORKER, as_it_was, at_bureau, own, own_account

registration, staff_room, acting = (
    import_module(f"residents.migrations.{name}")
    for name in ("0009_registration", "0012_staff", "0005_whom_you_act_for")
)


def changed(sql: str, name: str, *changes: tuple[str, str]) -> str:
    """The same function with some of its words changed, each of which must be there once."""
    text = as_it_was(sql, name)
    for old, new in changes:
        assert text.count(old) == 1, (name, old)
        text = text.replace(old, new)
    return text


def replaced(sql: str, name: str, *changes: tuple[str, str]) -> migrations.RunSQL:
    return migrations.RunSQL(changed(sql, name, *changes), as_it_was(sql, name))


# --- a slip without a card read -----------------------------------------------------------------------------------------
# What a keyboard reader types cannot be told from typing, so nobody is stopped from lying; but whoever says that no card
# was read does not take an account over alone: a colleague has compared card and person at the same place just now.
WITNESSED = """
  IF proved < 3 AND EXISTS (SELECT 1 FROM public.residents_account a WHERE a.resident_id = person) THEN
    SELECT o.account_id INTO witness FROM public.residents_opening o
      WHERE o.resident_id = person AND o.kind = 'counter' AND o.facility_id = place AND o.account_id <> app.account()
        AND o.closed_at IS NULL AND o.closes_at > app.clock() ORDER BY o.opened_at DESC LIMIT 1;
    IF witness IS NULL THEN RETURN NULL; END IF;
    PERFORM app.write_identity_event(person, place, witness, 'residents.witnessed_activation', 'staff', NULL, request);
  END IF;
  PERFORM app.end_sign_in"""
# Told in the same statement, so that it cannot be left out; the worker's sweep finds the phone a facility noted.
TOLD = """
  INSERT INTO public.residents_notice (id, resident_id, kind, subject_id, created_at)
    VALUES (gen_random_uuid(), person, 'activation_printed', issued, app.clock());
  RETURN issued;"""
SLIPS = [
    replaced(
        registration.ACTIVATE,
        "issue_activation",
        ("  present public.residents_resident;", "  present public.residents_resident;\n  witness uuid;"),
        ("\n  PERFORM app.end_sign_in", WITNESSED),
        (
            "'residents.issued_activation'",
            "CASE WHEN proved < 3\n    THEN 'residents.issued_activation_by_hand' ELSE 'residents.issued_activation' END",
        ),
        ("\n  RETURN issued;", TOLD),
    ),
    replaced(
        registration.ACTIVATE,
        "activate",
        ("'activation_code'", "CASE WHEN used.level < 3 THEN 'hand_code' ELSE 'activation_code' END"),
    ),
]

# --- a card one printed oneself -----------------------------------------------------------------------------------------
# Who printed a card could have kept a copy. With it they book and cancel, of which the person is told each time; what is
# to be read needs a card that a colleague printed, or a code that the person says.
OWN_CARD = """  IF proof.kind = 'card' AND proof.issued_by = app.account() AND doing && ARRAY['print', 'explain'] THEN
    PERFORM app.write_refusal('residents.refused_own_card', place, 'assisted', origin, request);
    RETURN NULL;
  END IF;
  UPDATE public.residents_presencecode SET used_at"""
IS_OWN_CARD = f"""
CREATE FUNCTION app.is_own_card(shown bytea) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT EXISTS (SELECT 1 FROM public.residents_presencecode p
                 WHERE p.code_hash = shown AND p.kind = 'card' AND p.issued_by = app.account()) $$;
COMMENT ON FUNCTION app.is_own_card(bytea) IS 'Whether this session''s account printed the card itself.';
REVOKE ALL ON FUNCTION app.is_own_card(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.is_own_card(bytea) TO {WEB};
"""
CARDS = [
    replaced(staff_room.OPENING, "open_assisted", ("  UPDATE public.residents_presencecode SET used_at", OWN_CARD)),
    migrations.RunSQL(IS_OWN_CARD, "DROP FUNCTION app.is_own_card(bytea);"),
]

# --- a counter of one's own ---------------------------------------------------------------------------------------------
OWN_COUNTER = ("app.facilities_for(", "app.workplaces(")
COUNTERS = [
    replaced(acting.OPENING, "open_by_document", OWN_COUNTER),
    replaced(registration.SHARED, "at_counter", OWN_COUNTER),
    replaced(registration.COUNTER, "create_at_counter", OWN_COUNTER),
]

# --- a death, and a death that was none: two persons each ---------------------------------------------------------------
REPORTED = """  INSERT INTO public.residents_notice (id, resident_id, kind, subject_id, created_at)
    VALUES (gen_random_uuid(), person, 'death_reported', report, app.clock());
  RETURN report;"""
# Once it is confirmed nobody is told any more: so first the message leaves, to the person and to whoever helps them.
UNTOLD = """BEGIN
  IF is_true AND EXISTS (
    SELECT 1 FROM public.residents_notice n JOIN public.residents_deathreport d ON d.id = n.subject_id AND NOT d.undoes
    WHERE d.id = report AND n.resident_id = d.resident_id AND n.kind = 'death_reported' AND n.told_at IS NULL)
  THEN RETURN false; END IF;
"""
UNDONE = """  IF decided.undoes THEN
    PERFORM app.write_identity_event(decided.resident_id, decided.facility_id, app.account(),
      CASE WHEN is_true THEN 'residents.undid_death' ELSE 'residents.kept_death' END, 'staff', origin, request);
    UPDATE public.residents_resident SET deceased_on = NULL WHERE id = decided.resident_id AND is_true;
    RETURN true;
  END IF;
  PERFORM app.write_identity_event(decided"""
ASK_TO_UNDO = """
CREATE OR REPLACE FUNCTION app.undo_death(person uuid, origin inet, request text) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE place uuid := app.at_counter(person);
BEGIN
  IF place IS NULL THEN RETURN false; END IF;
  INSERT INTO public.residents_deathreport (id, resident_id, facility_id, died_on, evidence, reported_by, reported_at,
      undoes)
    SELECT gen_random_uuid(), r.id, place, r.deceased_on, '本人持证件到窗口', app.account(), app.clock(), true
    FROM public.residents_resident r WHERE r.id = person AND r.deceased_on IS NOT NULL ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN RETURN false; END IF;
  PERFORM app.write_identity_event(person, place, app.account(), 'residents.asked_to_undo_death', 'counter', origin,
                                   request);
  RETURN true;
END $$;
COMMENT ON FUNCTION app.undo_death(uuid, inet, text) IS
  'The person stands at the counter with the document: ask that the death be taken back; a manager decides who did not ask.';
"""
NOT_ASKED = as_it_was(registration.DEATH, "undo_death") + (
    "COMMENT ON FUNCTION app.undo_death(uuid, inet, text) IS"
    " 'The person stands at the manager''s counter with the document: the death was entered by mistake.';"
)
CALLED = f"""
COMMENT ON FUNCTION app.waiting_deaths() IS 'The deaths that wait for the word of a manager of their facility.';
REVOKE ALL ON FUNCTION app.waiting_deaths() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.waiting_deaths() TO {WEB};
"""
WAITING = changed(
    registration.DEATH,
    "waiting_deaths",
    ("own boolean)", "own boolean,\n  undoes boolean)"),
    ("d.reported_by = app.account()", "d.reported_by = app.account(), d.undoes"),
)
DROP_WAITING = "DROP FUNCTION app.waiting_deaths();\n"
DEATHS = [
    migrations.AddField(
        model_name="deathreport",
        name="undoes",
        field=models.BooleanField(db_default=False, default=False, verbose_name="更正误登记"),
    ),
    replaced(registration.DEATH, "report_death", OWN_COUNTER, ("  RETURN report;", REPORTED)),
    replaced(
        registration.DEATH, "decide_death", ("BEGIN\n", UNTOLD), ("  PERFORM app.write_identity_event(decided", UNDONE)
    ),
    migrations.RunSQL(
        DROP_WAITING + WAITING + CALLED, DROP_WAITING + as_it_was(registration.DEATH, "waiting_deaths") + CALLED
    ),
    migrations.RunSQL(ASK_TO_UNDO, NOT_ASKED),
]

# --- staff accounts: a code in the hand before the first second factor --------------------------------------------------
CLOSE_UNUSED = f"""
CREATE FUNCTION app.close_unused_accounts(most integer) RETURNS bigint LANGUAGE sql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  WITH late AS (
    SELECT a.id FROM public.residents_account a
    WHERE a.is_staff AND a.is_active AND a.enrol_by < app.clock() AND NOT EXISTS (
      SELECT 1 FROM public.mfa_authenticator f WHERE f.user_id = a.id AND f.type IN ('totp', 'webauthn'))
    LIMIT least(greatest(most, 0), 10000) FOR UPDATE SKIP LOCKED
  ), closed AS (
    UPDATE public.residents_account a SET is_active = false, enrol_code = NULL FROM late WHERE a.id = late.id RETURNING 1
  ), ended AS (
    DELETE FROM public.residents_accountsession s USING late WHERE s.account_id = late.id
  )
  SELECT count(*) FROM closed $$;
COMMENT ON FUNCTION app.close_unused_accounts(integer) IS
  'Close at most so many staff accounts that nobody has set up in time; two persons open one again.';
REVOKE ALL ON FUNCTION app.close_unused_accounts(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.close_unused_accounts(integer) TO {WORKER};
"""
ENROLMENT = [
    migrations.AddField(
        model_name="account",
        name="enrol_by",
        field=models.DateTimeField(editable=False, null=True, verbose_name="须在此前设置两步验证"),
    ),
    migrations.AddField(
        model_name="account",
        name="enrol_code",
        field=models.BinaryField(editable=False, max_length=32, null=True, verbose_name="登记码"),
    ),
    migrations.RunSQL(CLOSE_UNUSED, "DROP FUNCTION app.close_unused_accounts(integer);"),
]

# --- what one administrator changes for the whole county ----------------------------------------------------------------
# Before and after, into the sealed log, by the database: no page and no command line leaves it out.
READ = f"{own('identity')} OR {own_account('actor_id')} OR {staff_room.AUDITED}"
IS_WIDE = (
    "resident_id IS NULL AND action IN ('facilities.changed_reach', 'settings.changed')"
    f" AND {at_bureau('administrator', 'security', 'auditor')}"
)
WIDE = f"""
CREATE FUNCTION app.level_words(level text) RETURNS text LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
  SELECT CASE level WHEN 'bureau' THEN '卫生健康局' WHEN 'county' THEN '县级医院' WHEN 'township' THEN '乡镇卫生院'
    WHEN 'village' THEN '村卫生室' WHEN 'private' THEN '民营医疗机构' WHEN 'shared_centre' THEN '资源共享中心'
    ELSE coalesce(level, '无') END $$;

CREATE FUNCTION app.write_wide_change(what text, place uuid, kind text, subject text, said text) RETURNS void
  LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  INSERT INTO public.residents_accessevent (at, id, actor_id, actor_name, facility_id, action, subject_kind, subject_id,
      purpose, capacity, reference)
    SELECT app.clock(), gen_random_uuid(), a.id, coalesce(a.name, ''), place, what, kind, subject, left(said, 200),
      CASE WHEN a.id IS NULL THEN 'system' ELSE 'staff' END, ''
    FROM (SELECT app.account() AS wanted) AS asked LEFT JOIN public.residents_account a ON a.id = asked.wanted $$;

CREATE FUNCTION app.note_facility_reach() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
DECLARE said text := concat_ws('；',
  CASE WHEN OLD.parent_id IS DISTINCT FROM NEW.parent_id THEN '上级机构：'
    || coalesce((SELECT name FROM public.facilities_facility WHERE id = OLD.parent_id), '无') || ' → '
    || coalesce((SELECT name FROM public.facilities_facility WHERE id = NEW.parent_id), '无') END,
  CASE WHEN OLD.level IS DISTINCT FROM NEW.level THEN
    '机构层级：' || app.level_words(OLD.level) || ' → ' || app.level_words(NEW.level) END);
BEGIN
  -- Bringing in the county's facilities at the beginning is no change of anything.
  IF said <> '' AND (TG_OP = 'UPDATE' OR app.account() IS NOT NULL) THEN
    PERFORM app.write_wide_change('facilities.changed_reach', NEW.id, 'facilities.facility', NEW.id::text, said);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER reach_is_noted AFTER INSERT OR UPDATE OF parent_id, level ON public.facilities_facility
  FOR EACH ROW EXECUTE FUNCTION app.note_facility_reach();

CREATE FUNCTION app.note_setting() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM app.write_wide_change('settings.changed', NULL, 'foundation.datedsetting', NEW.id::text, NEW.key || '：'
    || left(coalesce((SELECT s.value::text FROM public.foundation_datedsetting s WHERE s.key = NEW.key
                      AND s.valid_from < NEW.valid_from ORDER BY s.valid_from DESC LIMIT 1), '默认值'), 50)
    || ' → ' || left(NEW.value::text, 50)
    || '，' || to_char(NEW.valid_from AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI') || '起');
  RETURN NULL;
END $$;
CREATE TRIGGER setting_is_noted AFTER INSERT ON public.foundation_datedsetting
  FOR EACH ROW EXECUTE FUNCTION app.note_setting();
REVOKE ALL ON FUNCTION app.level_words(text), app.write_wide_change(text, uuid, text, text, text),
  app.note_facility_reach(), app.note_setting() FROM PUBLIC;
ALTER POLICY web_select ON public.residents_accessevent USING ({READ} OR ({IS_WIDE}));
"""
NOT_WIDE = f"""
ALTER POLICY web_select ON public.residents_accessevent USING ({READ});
DROP TRIGGER setting_is_noted ON public.foundation_datedsetting;
DROP TRIGGER reach_is_noted ON public.facilities_facility;
DROP FUNCTION app.note_setting(), app.note_facility_reach(), app.write_wide_change(text, uuid, text, text, text),
  app.level_words(text);
"""

# --- words --------------------------------------------------------------------------------------------------------------
WORDS = [
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
                ("activation_printed", "激活码打印提醒"),
                ("death_reported", "去世登记提醒"),
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
                ("activation_printed", "激活码打印提醒"),
                ("death_reported", "去世登记提醒"),
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
                ("activation_printed", "有人在窗口为您打印了激活码"),
                ("death_reported", "本县登记了您的去世，如有误请到窗口更正"),
            ],
            max_length=30,
            verbose_name="类型",
        ),
    ),
    migrations.AlterField(
        model_name="verification",
        name="method",
        field=models.CharField(
            choices=[
                ("counter", "窗口核验"),
                ("activation_code", "激活码（读卡器核验证件）"),
                ("hand_code", "激活码（手工输入证件号码）"),
                ("phone_match", "预留手机号相符"),
                ("self", "自行登记"),
                ("authority", "权威身份平台"),
            ],
            max_length=20,
            verbose_name="核验方式",
        ),
    ),
]


class Migration(migrations.Migration):
    """What one person alone could do at the counter and to staff accounts now takes two, or is told and listed."""

    dependencies = [
        ("residents", "0016_not_a_helpers_business"),
        ("facilities", "0005_roles"),
        ("foundation", "0001_initial"),
    ]

    operations = [*SLIPS, *CARDS, *COUNTERS, *DEATHS, *ENROLMENT, migrations.RunSQL(WIDE, NOT_WIDE), *WORDS]
