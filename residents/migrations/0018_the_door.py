from django.db import migrations, models

from foundation.operations import SIGNIN, WEB

HELPERS = "ARRAY['clinician', 'village_doctor', 'public_health', 'reception', 'manager']"

# An account that was only matched by a phone number may be held by whoever has that number now.
WEAKER = f"""
CREATE FUNCTION app.end_weaker_sign_in(login uuid, origin inet, request text) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE person uuid;
BEGIN
  SELECT a.resident_id INTO person FROM public.residents_account a WHERE a.id = login FOR NO KEY UPDATE;
  IF person IS NULL OR EXISTS (SELECT 1 FROM public.residents_verification v
      WHERE v.account_id = login AND v.level >= 3 AND v.revoked_at IS NULL) THEN RETURN false; END IF;
  PERFORM app.end_sign_in(login);
  UPDATE public.residents_verification SET revoked_at = app.clock() WHERE account_id = login AND revoked_at IS NULL;
  UPDATE public.residents_presencecode SET revoked_at = app.clock()
    WHERE resident_id = person AND kind = 'spoken' AND revoked_at IS NULL;
  PERFORM app.write_identity_event(person, NULL, login, 'residents.ended_weaker_sign_in', 'self', origin, request);
  INSERT INTO public.residents_notice (id, resident_id, kind, subject_id, created_at)
    VALUES (gen_random_uuid(), person, 'account_opened', gen_random_uuid(), app.clock());
  RETURN true;
END $$;
COMMENT ON FUNCTION app.end_weaker_sign_in(uuid, inet, text) IS
  'An authority proves for the first time whose the account is: what opened it until now may be somebody else''s, and ends.';
REVOKE ALL ON FUNCTION app.end_weaker_sign_in(uuid, inet, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.end_weaker_sign_in(uuid, inet, text) TO {SIGNIN};
"""
NO_WEAKER = "DROP FUNCTION app.end_weaker_sign_in(uuid, inet, text);"

# A code on a phone that several share, or that was not proved for long, does not say that the person is there.
SPOKEN = f"""
CREATE FUNCTION app.spoken_to_phone(wanted_kind text, wanted_indexes bytea[], place uuid, hashed bytea,
  until timestamptz, proved_after timestamptz, origin inet, request text) RETURNS TABLE (login uuid, sealed_phone bytea)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  person uuid;
  found public.residents_account;
BEGIN
  IF (place = ANY (app.workplaces({HELPERS}))) IS NOT TRUE THEN RETURN; END IF;
  SELECT i.resident_id INTO person FROM public.residents_identifier i
    JOIN public.residents_resident r ON r.id = i.resident_id AND r.deceased_on IS NULL
    WHERE i.kind = wanted_kind AND i.index = ANY (wanted_indexes) AND NOT i.claimed;
  PERFORM app.write_identity_event(person, place, app.account(), 'residents.sent_helper_code', 'staff', origin,
                                   request);
  SELECT a.* INTO found FROM public.residents_account a
    WHERE a.resident_id = person AND a.is_active AND a.phone IS NOT NULL AND a.phone_verified_at > proved_after
      AND NOT EXISTS (SELECT 1 FROM public.residents_account o
        WHERE o.phone_index = a.phone_index AND o.is_active AND o.id <> a.id);
  IF found.id IS NULL THEN RETURN; END IF;
  UPDATE public.residents_presencecode SET revoked_at = app.clock() WHERE resident_id = person AND kind = 'spoken'
    AND used_at IS NULL AND revoked_at IS NULL AND expires_at > app.clock();
  INSERT INTO public.residents_presencecode (id, resident_id, kind, code_hash, facility_id, issued_by, issued_at,
      expires_at) VALUES (gen_random_uuid(), person, 'spoken', hashed, place, app.account(), app.clock(), until);
  RETURN QUERY SELECT found.id, found.phone;
END $$;
COMMENT ON FUNCTION app.spoken_to_phone(text, bytea[], uuid, bytea, timestamptz, timestamptz, inet, text) IS
  'A helper code for the phone of the person at the desk, who reads it out; the phone stays sealed. Asking is logged.';
REVOKE ALL ON FUNCTION app.spoken_to_phone(text, bytea[], uuid, bytea, timestamptz, timestamptz, inet, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.spoken_to_phone(text, bytea[], uuid, bytea, timestamptz, timestamptz, inet, text) TO {WEB};
"""
NO_SPOKEN = "DROP FUNCTION app.spoken_to_phone(text, bytea[], uuid, bytea, timestamptz, timestamptz, inet, text);"


class Migration(migrations.Migration):
    """What a stronger proof ends, a helper code by SMS, and what one number was sent on a day."""

    dependencies = [("residents", "0017_two_people")]

    operations = [
        migrations.RunSQL(WEAKER, NO_WEAKER),
        migrations.RunSQL(SPOKEN, NO_SPOKEN),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("sent_at__isnull", False)),
                fields=["recipient_index", "sent_at"],
                name="delivery_to_number",
            ),
        ),
        migrations.AlterField(
            model_name="delivery",
            name="template",
            field=models.CharField(
                choices=[
                    ("sign_in_code", "登录验证码"),
                    ("helper_code", "帮办码"),
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
                    ("helper_code", "帮办码"),
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
    ]
