import django.db.models.deletion
from django.db import migrations, models

import foundation.fields
import foundation.keys
import residents.phones
from foundation.operations import SIGNIN, WEB, WORKER, Guard, at_bureau, own

WATCHERS = ("administrator", "engineer", "auditor")

# Notices from before the sweep were told when they were written.
TOLD = "UPDATE public.residents_notice SET told_at = created_at"

FORWARD_ONLY = """
CREATE FUNCTION app.delivery_moves_forward() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF NEW.status <> OLD.status AND NOT (
      (OLD.status = 'waiting' AND NEW.status IN ('sent', 'failed', 'withheld'))
      OR (OLD.status = 'sent' AND NEW.status IN ('delivered', 'failed'))) THEN
    RAISE EXCEPTION 'delivery_moves_forward: % is not followed by %', OLD.status, NEW.status
      USING ERRCODE = 'check_violation', CONSTRAINT = 'delivery_moves_forward';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER delivery_moves_forward BEFORE UPDATE OF status ON public.residents_delivery
  FOR EACH ROW EXECUTE FUNCTION app.delivery_moves_forward();
"""
NOT_FORWARD_ONLY = """
DROP TRIGGER delivery_moves_forward ON public.residents_delivery;
DROP FUNCTION app.delivery_moves_forward();
"""

# Accounts are closed to the worker: it gets the sealed number of those it has to tell, and nothing else of them.
WHOM_TO_TELL = f"""
CREATE FUNCTION app.message_addresses(persons uuid[]) RETURNS TABLE (resident_id uuid, account_id uuid, phone bytea)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT a.resident_id, a.id, CASE WHEN a.phone_verified_at IS NOT NULL THEN a.phone END
  FROM public.residents_account a WHERE a.resident_id = ANY (persons) AND a.is_active $$;
COMMENT ON FUNCTION app.message_addresses(uuid[]) IS
  'The live accounts of some persons with their verified numbers, still sealed; for the worker that tells them.';

CREATE FUNCTION app.message_delegates(persons uuid[]) RETURNS TABLE (resident_id uuid, delegate_id uuid)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT DISTINCT d.resident_id, d.delegate_id FROM public.residents_delegation d
  JOIN public.residents_resident r ON r.id = d.resident_id AND r.deceased_on IS NULL
  JOIN public.residents_resident helper ON helper.id = d.delegate_id AND helper.deceased_on IS NULL
  WHERE d.resident_id = ANY (persons) AND d.state = 'approved' AND d.ended_at IS NULL
    AND d.starts_at <= app.clock() AND d.ends_at > app.clock()
    AND 'notices' = ANY (app.delegated(d.relation, d.scope, d.agreed_scope, r.birth_date))
    AND (d.relation = 'guardian' OR app.consented(d.resident_id, 'delegates')) $$;
COMMENT ON FUNCTION app.message_delegates(uuid[]) IS
  'Who helps some persons now and may be told that there is something new for them.';

CREATE FUNCTION app.message_figures(since timestamptz) RETURNS TABLE
    (day date, channel varchar, status varchar, messages bigint, held bigint, cost_fen bigint)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT (d.created_at AT TIME ZONE 'Asia/Shanghai')::date, d.channel, d.status, count(*),
         count(*) FILTER (WHERE d.status = 'waiting' AND d.waits_for = 'budget'), sum(d.cost_fen)
  FROM public.residents_delivery d
  WHERE d.created_at >= since AND d.status <> 'withheld'
    AND (SELECT app.has_role_at_bureau(ARRAY['administrator', 'engineer', 'auditor']))
  GROUP BY 1, 2, 3 $$;
COMMENT ON FUNCTION app.message_figures(timestamptz) IS
  'How many messages by day, channel and state, and what they cost; for the bureau, which never sees to whom.';

CREATE FUNCTION app.message_troubles(since timestamptz) RETURNS TABLE
    (channel varchar, reason varchar, messages bigint, last_at timestamptz)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT d.channel, d.error, count(*), max(d.created_at) FROM public.residents_delivery d
  WHERE d.created_at >= since AND d.status IN ('waiting', 'failed') AND d.error <> ''
    AND (SELECT app.has_role_at_bureau(ARRAY['administrator', 'engineer', 'auditor']))
  GROUP BY 1, 2 $$;
COMMENT ON FUNCTION app.message_troubles(timestamptz) IS
  'Why messages did not leave, and how many; for the bureau, which never sees to whom.';

GRANT EXECUTE ON FUNCTION app.message_addresses(uuid[]), app.message_delegates(uuid[]) TO {WORKER};
GRANT EXECUTE ON FUNCTION app.message_figures(timestamptz), app.message_troubles(timestamptz) TO {WEB};
"""
NO_WHOM_TO_TELL = """
DROP FUNCTION app.message_troubles(timestamptz), app.message_figures(timestamptz), app.message_delegates(uuid[]),
  app.message_addresses(uuid[]);
"""

# The web login only writes that there is something to tell; whom and how is the worker's. What happens at the door
# (a new device, a changed password) is told over the sign-in connection, which sees no inbox.
RIGHTS = f"""
DROP POLICY web_insert ON public.residents_delivery;
REVOKE INSERT ON public.residents_delivery FROM {WEB};
CREATE POLICY nobody_but_the_sweep_says_it_was_told ON public.residents_notice AS RESTRICTIVE FOR INSERT
  TO {WEB}, {SIGNIN} WITH CHECK (told_at IS NULL AND read_at IS NULL);
CREATE POLICY signin_insert ON public.residents_notice FOR INSERT TO {SIGNIN} WITH CHECK (kind IN
  ('new_device', 'phone_changed', 'password_changed', 'account_opened', 'registration_attempt'));
GRANT INSERT ON public.residents_notice TO {SIGNIN};
"""
NO_RIGHTS = f"""
REVOKE INSERT ON public.residents_notice FROM {SIGNIN};
DROP POLICY signin_insert ON public.residents_notice;
DROP POLICY nobody_but_the_sweep_says_it_was_told ON public.residents_notice;
GRANT INSERT ON public.residents_delivery TO {WEB};
CREATE POLICY web_insert ON public.residents_delivery FOR INSERT TO {WEB} WITH CHECK (status = 'waiting');
"""


class Migration(migrations.Migration):
    """Messages by every channel: states, costs, choices, and who is told of what."""

    dependencies = [("residents", "0006_seals")]

    operations = [
        migrations.CreateModel(
            name="MessageChoice",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "template",
                    models.CharField(
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
                (
                    "channel",
                    models.CharField(
                        choices=[("sms", "短信"), ("voice", "语音电话"), ("wechat", "微信"), ("email", "电子邮件")],
                        max_length=10,
                        verbose_name="渠道",
                    ),
                ),
                ("wanted", models.BooleanField(verbose_name="接收")),
                (
                    "resident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="message_choices",
                        to="residents.resident",
                    ),
                ),
                ("changed_at", models.DateTimeField(verbose_name="更改时间")),
            ],
            options={
                "verbose_name": "消息选择",
                "verbose_name_plural": "消息选择",
                "constraints": [
                    models.UniqueConstraint(fields=("resident", "template", "channel"), name="one_choice_per_message")
                ],
            },
        ),
        migrations.CreateModel(
            name="MessageSpending",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("day", models.DateField(verbose_name="日期")),
                (
                    "pot",
                    models.CharField(
                        choices=[("urgent", "验证码和紧急提醒"), ("notices", "一般提醒")],
                        max_length=10,
                        verbose_name="额度",
                    ),
                ),
                ("spent_fen", models.PositiveIntegerField(default=0, verbose_name="已用（分）")),
                ("reached_at", models.DateTimeField(null=True, verbose_name="用完时间")),
            ],
            options={
                "verbose_name": "消息费用",
                "verbose_name_plural": "消息费用",
                "constraints": [models.UniqueConstraint(fields=("day", "pot"), name="one_spending_per_day_and_pot")],
            },
        ),
        migrations.RemoveConstraint(model_name="delivery", name="delivery_sent_exactly_when_dated"),
        migrations.RemoveConstraint(model_name="delivery", name="delivery_withheld_exactly_without_a_phone"),
        # The column keeps its name: what is in it was sealed for that name.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameField(model_name="delivery", old_name="phone", new_name="recipient"),
                migrations.AlterField(
                    model_name="delivery",
                    name="recipient",
                    field=foundation.fields.EncryptedTextField(db_column="phone", null=True, verbose_name="收件方"),
                ),
            ]
        ),
        migrations.AlterModelOptions(
            name="delivery", options={"verbose_name": "消息投递", "verbose_name_plural": "消息投递"}
        ),
        migrations.AddField(
            model_name="delivery",
            name="channel",
            field=models.CharField(
                choices=[("sms", "短信"), ("voice", "语音电话"), ("wechat", "微信"), ("email", "电子邮件")],
                default="sms",
                max_length=10,
                verbose_name="渠道",
            ),
        ),
        migrations.AddField(
            model_name="delivery",
            name="cost_fen",
            field=models.PositiveIntegerField(default=0, verbose_name="费用（分）"),
        ),
        migrations.AddField(
            model_name="delivery",
            name="delivered_at",
            field=models.DateTimeField(null=True, verbose_name="送达时间"),
        ),
        migrations.AddField(
            model_name="delivery",
            name="provider_id",
            field=models.CharField(blank=True, max_length=100, verbose_name="服务商流水号"),
        ),
        migrations.AddField(
            model_name="delivery",
            name="recipient_index",
            field=residents.phones.PhoneIndexField(max_length=32, null=True, of="recipient"),
        ),
        migrations.AddField(
            model_name="delivery",
            name="resident_id",
            field=models.UUIDField(null=True, verbose_name="收件人"),
        ),
        migrations.AddField(
            model_name="delivery",
            name="waits_for",
            field=models.CharField(
                blank=True,
                choices=[("quiet", "等到安静时段结束"), ("budget", "当天额度已用完，等到第二天")],
                max_length=10,
                verbose_name="暂缓原因",
            ),
        ),
        migrations.AddField(
            model_name="notice",
            name="told_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AlterField(
            model_name="delivery",
            name="status",
            field=models.CharField(
                choices=[
                    ("waiting", "待发送"),
                    ("sent", "已发送"),
                    ("delivered", "已送达"),
                    ("failed", "发送失败"),
                    ("withheld", "无需发送"),
                ],
                default="waiting",
                max_length=10,
                verbose_name="状态",
            ),
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
        migrations.RunSQL(TOLD, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("status", "sent")), fields=["provider_id"], name="delivery_unconfirmed"
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("sent_at__isnull", False), ("template__endswith", "_code")),
                fields=["recipient_index", "sent_at"],
                name="delivery_codes",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["created_at"], name="delivery_by_day"),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(
                condition=models.Q(("told_at", None)), fields=["created_at", "id"], name="notice_untold"
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("sent_at__isnull", False), ("status__in", ["sent", "delivered"])),
                    models.Q(("sent_at__isnull", True), ("status__in", ["waiting", "withheld"])),
                    ("status", "failed"),
                    _connector="OR",
                ),
                name="delivery_sent_exactly_when_dated",
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("delivered_at__isnull", False), ("status", "delivered")),
                    models.Q(models.Q(("status", "delivered"), _negated=True), ("delivered_at__isnull", True)),
                    _connector="OR",
                ),
                name="delivery_delivered_exactly_when_dated",
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("recipient__isnull", True), ("status", "withheld")),
                    models.Q(models.Q(("status", "withheld"), _negated=True), ("recipient__isnull", False)),
                    _connector="OR",
                ),
                name="delivery_withheld_exactly_without_a_recipient",
            ),
        ),
        migrations.RunSQL(FORWARD_ONLY, NOT_FORWARD_ONLY),
        migrations.RunSQL(WHOM_TO_TELL, NO_WHOM_TO_TELL),
        migrations.RunSQL(RIGHTS, NO_RIGHTS),
        Guard(
            "residents_messagechoice",
            select=[own("identity")],
            insert=[own("identity")],
            update=[own("identity")],
            update_columns=["wanted", "changed_at"],
            worker="SELECT",
        ),
        Guard("residents_messagespending", select=[at_bureau(*WATCHERS)]),
    ]
