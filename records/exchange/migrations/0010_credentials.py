from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models

import foundation.fields
import foundation.keys
from foundation.operations import WEB, Guard, as_it_was, staff

EDITORS = ("administrator", "engineer")
REACH = (*EDITORS, "auditor")

# What the web login writes about a source says where it belongs as the source itself does; what lies sealed it may
# write and never read; a feed goes live only by a launch, and a launch names a rehearsal that passed, or a reason.
RULES = f"""
REVOKE SELECT ON public.exchange_sourcecredential FROM {WEB};
GRANT SELECT (id, source_id, facility_id, purpose, valid_until, set_at, set_by, ended_at, ended_by)
  ON public.exchange_sourcecredential TO {WEB};

CREATE FUNCTION app.same_place_as_source() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM public.exchange_source s WHERE s.id = NEW.source_id AND s.facility_id = NEW.facility_id)
  THEN
    RAISE EXCEPTION 'not the facility of this source' USING ERRCODE = '23514', CONSTRAINT = 'same_place_as_source';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER same_place_as_source BEFORE INSERT ON public.exchange_sourcecredential
  FOR EACH ROW EXECUTE FUNCTION app.same_place_as_source();
CREATE TRIGGER same_place_as_source BEFORE INSERT ON public.exchange_trial
  FOR EACH ROW EXECUTE FUNCTION app.same_place_as_source();
CREATE TRIGGER same_place_as_source BEFORE INSERT ON public.exchange_launch
  FOR EACH ROW EXECUTE FUNCTION app.same_place_as_source();

CREATE FUNCTION app.trial_begins() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
BEGIN
  UPDATE public.facilities_facility f SET onboarding = 'testing'
    WHERE f.id = NEW.facility_id AND f.onboarding = 'not_connected';
  RETURN NEW;
END $$;
CREATE TRIGGER trial_begins AFTER INSERT ON public.exchange_trial FOR EACH ROW EXECUTE FUNCTION app.trial_begins();

CREATE FUNCTION app.source_launched() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
BEGIN
  IF NEW.trial_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM public.exchange_trial t
    WHERE t.id = NEW.trial_id AND t.source_id = NEW.source_id AND t.kind = 'rehearsal' AND t.state = 'passed')
  THEN
    RAISE EXCEPTION 'no rehearsal that passed' USING ERRCODE = '23514', CONSTRAINT = 'launched_after_a_rehearsal';
  END IF;
  UPDATE public.facilities_facility f SET onboarding = 'connected'
    WHERE f.id = NEW.facility_id AND f.onboarding <> 'connected';
  RETURN NEW;
END $$;
CREATE TRIGGER source_launched AFTER INSERT ON public.exchange_launch
  FOR EACH ROW EXECUTE FUNCTION app.source_launched();
REVOKE ALL ON FUNCTION app.same_place_as_source(), app.trial_begins(), app.source_launched() FROM PUBLIC;

CREATE FUNCTION app.live_only_when_launched() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF current_user = '{WEB}' AND NEW.state = 'enabled' AND (TG_OP = 'INSERT' OR OLD.state <> 'enabled')
    AND NOT EXISTS (SELECT 1 FROM public.exchange_launch l WHERE l.source_id = NEW.id)
  THEN
    RAISE EXCEPTION 'not launched' USING ERRCODE = '23514', CONSTRAINT = 'live_only_when_launched';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER live_only_when_launched BEFORE INSERT OR UPDATE OF state ON public.exchange_source
  FOR EACH ROW EXECUTE FUNCTION app.live_only_when_launched();
"""
NO_RULES = f"""
DROP TRIGGER live_only_when_launched ON public.exchange_source;
DROP FUNCTION app.live_only_when_launched();
DROP TRIGGER source_launched ON public.exchange_launch;
DROP FUNCTION app.source_launched();
DROP TRIGGER trial_begins ON public.exchange_trial;
DROP FUNCTION app.trial_begins();
DROP TRIGGER same_place_as_source ON public.exchange_launch;
DROP TRIGGER same_place_as_source ON public.exchange_trial;
DROP TRIGGER same_place_as_source ON public.exchange_sourcecredential;
DROP FUNCTION app.same_place_as_source();
REVOKE SELECT (id, source_id, facility_id, purpose, valid_until, set_at, set_by, ended_at, ended_by)
  ON public.exchange_sourcecredential FROM {WEB};
GRANT SELECT ON public.exchange_sourcecredential TO {WEB};
"""

# While a feed is being tried, what it sends is kept; it is translated when it goes live.
PUSHING = """
CREATE OR REPLACE FUNCTION app.push_source(token bytea) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT s.id FROM public.exchange_pushkey k JOIN public.exchange_source s ON s.id = k.source_id
  WHERE k.token_hash = token AND k.revoked_at IS NULL AND s.kind = 'fhir_push' AND s.state IN ('enabled', 'testing') $$;
"""
ONLY_LIVE = as_it_was(import_module("records.exchange.migrations.0004_push").KEEPING, "push_source")


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0009_freshness"),
        ("facilities", "0005_roles"),
    ]

    operations = [
        migrations.AlterField(
            model_name="source",
            name="state",
            field=models.CharField(
                choices=[("enabled", "启用"), ("testing", "联调"), ("paused", "暂停")],
                default="paused",
                max_length=10,
                verbose_name="状态",
            ),
        ),
        migrations.AlterField(
            model_name="storedfile",
            name="layout",
            field=models.CharField(
                choices=[
                    ("bundle", "Bundle 文件"),
                    ("lines", "NDJSON 文件"),
                    ("hl7v2", "HL7 v2 消息"),
                    ("table", "表格文件"),
                    ("cda", "CDA 文档"),
                    ("dicom", "影像检查列表"),
                    ("stu3", "FHIR STU3 的 Bundle"),
                    ("r5", "FHIR R5 的 Bundle"),
                ],
                max_length=10,
            ),
        ),
        migrations.CreateModel(
            name="Trial",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("connection", "测试连接"), ("rehearsal", "试运行")],
                        max_length=20,
                        verbose_name="项目",
                    ),
                ),
                ("asked_at", models.DateTimeField(verbose_name="申请时间")),
                ("asked_by", models.CharField(max_length=100, verbose_name="申请人")),
                ("started_at", models.DateTimeField(null=True, verbose_name="开始时间")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="结束时间")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "等待开始"),
                            ("running", "进行中"),
                            ("passed", "通过"),
                            ("failed", "没有通过"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="结果",
                    ),
                ),
                ("sentence", models.CharField(blank=True, max_length=500, verbose_name="说明")),
                ("facts", models.JSONField(default=dict, verbose_name="报告")),
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
                        related_name="trials",
                        to="exchange.source",
                        verbose_name="数据来源",
                    ),
                ),
            ],
            options={
                "verbose_name": "接入试验",
                "verbose_name_plural": "接入试验",
                "ordering": ["-asked_at"],
            },
        ),
        migrations.CreateModel(
            name="Launch",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="理由")),
                ("launched_at", models.DateTimeField(verbose_name="启用时间")),
                ("launched_by", models.CharField(max_length=100, verbose_name="启用人")),
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
                        related_name="launches",
                        to="exchange.source",
                        verbose_name="数据来源",
                    ),
                ),
                (
                    "trial",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="exchange.trial",
                        verbose_name="试运行",
                    ),
                ),
            ],
            options={
                "verbose_name": "数据来源的启用",
                "verbose_name_plural": "数据来源的启用",
                "ordering": ["-launched_at"],
            },
        ),
        migrations.CreateModel(
            name="SourceCredential",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("token", "访问令牌（Bearer）"),
                            ("login", "用户名和密码（Basic）"),
                            ("password", "数据库密码"),
                            ("certificate", "客户端证书（双向 TLS）"),
                            ("authority", "机构自己的 CA 证书"),
                        ],
                        max_length=20,
                        verbose_name="用途",
                    ),
                ),
                ("sealed", foundation.fields.EncryptedTextField(null=True)),
                ("valid_until", models.DateTimeField(null=True, verbose_name="有效期至")),
                ("set_at", models.DateTimeField(verbose_name="保存时间")),
                ("set_by", models.CharField(max_length=100, verbose_name="保存人")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="停用时间")),
                ("ended_by", models.CharField(blank=True, max_length=100, verbose_name="停用人")),
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
                        related_name="credentials",
                        to="exchange.source",
                        verbose_name="数据来源",
                    ),
                ),
            ],
            options={
                "verbose_name": "数据来源的凭证",
                "verbose_name_plural": "数据来源的凭证",
                "ordering": ["purpose", "-set_at"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("source", "purpose"),
                        name="one_credential_in_force",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", True), ("ended_by", ""), ("sealed__isnull", False)),
                            models.Q(
                                ("ended_at__isnull", False),
                                ("sealed__isnull", True),
                                models.Q(("ended_by", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="ended_credential_is_erased",
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="trial",
            index=models.Index(fields=["source", "-asked_at"], name="trial_by_source"),
        ),
        migrations.AddConstraint(
            model_name="trial",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["waiting", "running"])),
                fields=("source", "kind"),
                name="one_open_trial_of_a_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="trial",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", True), ("state__in", ["waiting", "running"])),
                    models.Q(
                        ("ended_at__isnull", False),
                        ("state__in", ["passed", "failed"]),
                        models.Q(("sentence", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="trial_ended_exactly_with_a_result",
            ),
        ),
        migrations.AddConstraint(
            model_name="launch",
            constraint=models.CheckConstraint(
                condition=models.Q(("trial__isnull", False), models.Q(("reason", ""), _negated=True), _connector="OR"),
                name="launched_after_a_rehearsal_or_with_a_reason",
            ),
        ),
        Guard(
            "exchange_trial",
            select=[staff(*REACH)],
            insert=[f"({staff(*EDITORS)} AND state = 'waiting' AND facts = '{{}}'::jsonb)"],
        ),
        Guard("exchange_launch", select=[staff(*REACH)], insert=[staff(*EDITORS)], worker="SELECT"),
        Guard(
            "exchange_sourcecredential",
            select=[staff(*REACH)],
            insert=[staff(*EDITORS)],
            update=[staff(*EDITORS)],
            update_columns=["sealed", "ended_at", "ended_by"],
            worker="SELECT",
        ),
        migrations.RunSQL(RULES, NO_RULES),
        migrations.RunSQL(PUSHING, ONLY_LIVE),
    ]
