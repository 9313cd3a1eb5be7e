from datetime import timedelta
from decimal import Decimal

import django.db.models.deletion
from django.db import migrations, models

import foundation.keys
from foundation.operations import WEB, Guard, own

READ = own("records")
WRITE = f"{READ} AND app.may_record_for(resident_id)"
# By whom a person's own entries are written: the person, who acts for them by a delegation, a helper beside them.
# Whoever opened the person to treat them reads, and writes in the facility's own system.
MAY_RECORD = f"""
CREATE FUNCTION app.may_record_for(person uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT person = app.own_resident()
    OR EXISTS (
      SELECT 1 FROM public.residents_delegation d
      JOIN public.residents_resident r ON r.id = d.resident_id AND r.deceased_on IS NULL
      WHERE d.resident_id = person AND d.delegate_id = app.own_resident() AND d.state = 'approved'
        AND d.ended_at IS NULL AND d.starts_at <= app.clock() AND d.ends_at > app.clock()
        AND 'records' = ANY (app.delegated(d.relation, d.scope, d.agreed_scope, r.birth_date))
        AND (d.relation = 'guardian' OR app.consented(person, 'delegates')))
    OR EXISTS (
      SELECT 1 FROM public.residents_opening o
      WHERE o.resident_id = person AND o.token_hash = app.token_hash() AND o.account_id = app.account()
        AND o.kind = 'assisted' AND o.closed_at IS NULL AND o.closes_at > app.clock() AND 'records' = ANY (o.scope)) $$;
COMMENT ON FUNCTION app.may_record_for(uuid) IS
  'Whether this session may write a person''s own entries, beyond reading the record (app.residents_for).';
REVOKE ALL ON FUNCTION app.may_record_for(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.may_record_for(uuid) TO {WEB};
"""
NO_MAY_RECORD = "DROP FUNCTION app.may_record_for(uuid);"

# Who wrote, who struck out, and when, is said by the database; what was written is never changed.
STRIKING = "'{struck_at,struck_by,struck_name}'"
RULES = f"""
CREATE FUNCTION app.own_written() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF session_user = '{WEB}' THEN
    NEW.entered_at := app.clock();
    NEW.entered_by := app.account();
    NEW.entered_name := app.own_name();
    NEW.for_other := NEW.resident_id IS DISTINCT FROM app.own_resident();
  END IF;
  IF NEW.struck_at IS NOT NULL THEN
    RAISE EXCEPTION 'what is written down is struck out later, if at all' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE FUNCTION app.own_struck() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF OLD.struck_at IS NOT NULL OR NEW.struck_at IS NULL
     OR to_jsonb(NEW) - {STRIKING}::text[] IS DISTINCT FROM to_jsonb(OLD) - {STRIKING}::text[] THEN
    RAISE EXCEPTION 'what was written down is struck out once, and never changed' USING ERRCODE = 'restrict_violation';
  END IF;
  IF session_user = '{WEB}' THEN
    NEW.struck_at := app.clock();
    NEW.struck_by := app.account();
    NEW.struck_name := app.own_name();
  END IF;
  RETURN NEW;
END $$;
CREATE FUNCTION app.own_replaces() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF NEW.replaces_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM public.records_ownentry e
      WHERE e.id = NEW.replaces_id AND e.resident_id = NEW.resident_id AND e.kind = NEW.kind) THEN
    RAISE EXCEPTION 'an entry takes the place of one of the same person and kind' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE FUNCTION app.own_page_of() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  report public.records_ownreport;
BEGIN
  SELECT * INTO report FROM public.records_ownreport r
    WHERE r.id = coalesce(NEW.report_id, OLD.report_id);
  IF TG_OP = 'INSERT' AND (report.resident_id IS DISTINCT FROM NEW.resident_id OR report.struck_at IS NOT NULL) THEN
    RAISE EXCEPTION 'a page belongs to a report of the same person' USING ERRCODE = 'restrict_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (NEW.id, NEW.resident_id, NEW.report_id, NEW.number)
      IS DISTINCT FROM (OLD.id, OLD.resident_id, OLD.report_id, OLD.number) THEN
    RAISE EXCEPTION 'a page stays where it is' USING ERRCODE = 'restrict_violation';
  END IF;
  IF TG_OP = 'DELETE' THEN
    IF report.struck_at IS NULL THEN
      RAISE EXCEPTION 'only pages of a report that was struck out are cleared away' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER own_written BEFORE INSERT ON public.records_ownentry FOR EACH ROW EXECUTE FUNCTION app.own_written();
CREATE TRIGGER own_written BEFORE INSERT ON public.records_ownreport FOR EACH ROW EXECUTE FUNCTION app.own_written();
CREATE TRIGGER own_struck BEFORE UPDATE ON public.records_ownentry FOR EACH ROW EXECUTE FUNCTION app.own_struck();
CREATE TRIGGER own_struck BEFORE UPDATE ON public.records_ownreport FOR EACH ROW EXECUTE FUNCTION app.own_struck();
CREATE TRIGGER own_replaces BEFORE INSERT ON public.records_ownentry FOR EACH ROW EXECUTE FUNCTION app.own_replaces();
CREATE TRIGGER own_page_of BEFORE INSERT OR UPDATE OR DELETE ON public.records_ownreportpage
  FOR EACH ROW EXECUTE FUNCTION app.own_page_of();
CREATE TRIGGER own_is_never_deleted BEFORE DELETE ON public.records_ownentry
  FOR EACH ROW EXECUTE FUNCTION app.refuse();
CREATE TRIGGER own_is_never_deleted BEFORE DELETE ON public.records_ownreport
  FOR EACH ROW EXECUTE FUNCTION app.refuse();
"""
NO_RULES = """
DROP TRIGGER own_is_never_deleted ON public.records_ownreport;
DROP TRIGGER own_is_never_deleted ON public.records_ownentry;
DROP TRIGGER own_page_of ON public.records_ownreportpage;
DROP TRIGGER own_replaces ON public.records_ownentry;
DROP TRIGGER own_struck ON public.records_ownreport;
DROP TRIGGER own_struck ON public.records_ownentry;
DROP TRIGGER own_written ON public.records_ownreport;
DROP TRIGGER own_written ON public.records_ownentry;
DROP FUNCTION app.own_page_of(), app.own_replaces(), app.own_struck(), app.own_written();
"""
STRUCK = ["struck_at", "struck_by", "struck_name"]


class Migration(migrations.Migration):
    """What residents measure at home and photograph of other places' reports."""

    dependencies = [
        ("records", "0019_follow_through"),
        ("residents", "0026_unread_results"),
    ]

    operations = [
        migrations.CreateModel(
            name="OwnReport",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("form_key", models.UUIDField(editable=False)),
                ("entered_at", models.DateTimeField(verbose_name="记录时间")),
                ("entered_by", models.UUIDField(editable=False)),
                ("entered_name", models.CharField(max_length=100, verbose_name="记录人")),
                ("for_other", models.BooleanField(default=False, verbose_name="他人代为记录")),
                ("struck_at", models.DateTimeField(null=True, verbose_name="划掉时间")),
                ("struck_by", models.UUIDField(editable=False, null=True)),
                ("struck_name", models.CharField(blank=True, max_length=100, verbose_name="划掉的人")),
                ("title", models.CharField(max_length=100, verbose_name="名称")),
                ("place", models.CharField(blank=True, max_length=100, verbose_name="在哪里做的")),
                ("done_on", models.DateField(null=True, verbose_name="哪天做的")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="备注")),
                (
                    "resident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="residents.resident"
                    ),
                ),
            ],
            options={
                "verbose_name": "自行上传的报告照片",
                "verbose_name_plural": "自行上传的报告照片",
            },
        ),
        migrations.CreateModel(
            name="OwnReportPage",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("content", models.BinaryField()),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="pages", to="records.ownreport"
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
                "verbose_name": "自行上传的照片",
                "verbose_name_plural": "自行上传的照片",
            },
        ),
        migrations.CreateModel(
            name="OwnEntry",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("form_key", models.UUIDField(editable=False)),
                ("entered_at", models.DateTimeField(verbose_name="记录时间")),
                ("entered_by", models.UUIDField(editable=False)),
                ("entered_name", models.CharField(max_length=100, verbose_name="记录人")),
                ("for_other", models.BooleanField(default=False, verbose_name="他人代为记录")),
                ("struck_at", models.DateTimeField(null=True, verbose_name="划掉时间")),
                ("struck_by", models.UUIDField(editable=False, null=True)),
                ("struck_name", models.CharField(blank=True, max_length=100, verbose_name="划掉的人")),
                (
                    "kind",
                    models.CharField(
                        choices=[("pressure", "血压"), ("glucose", "血糖"), ("weight", "体重和腰围")],
                        max_length=8,
                        verbose_name="种类",
                    ),
                ),
                ("measured_at", models.DateTimeField(verbose_name="测量时间")),
                ("systolic", models.PositiveSmallIntegerField(null=True, verbose_name="高压（收缩压，mmHg）")),
                ("diastolic", models.PositiveSmallIntegerField(null=True, verbose_name="低压（舒张压，mmHg）")),
                ("pulse", models.PositiveSmallIntegerField(null=True, verbose_name="脉搏（次/分）")),
                (
                    "arm",
                    models.CharField(
                        blank=True,
                        choices=[("left", "左胳膊"), ("right", "右胳膊")],
                        max_length=8,
                        verbose_name="哪只胳膊",
                    ),
                ),
                (
                    "position",
                    models.CharField(
                        blank=True,
                        choices=[("sitting", "坐着"), ("lying", "躺着"), ("standing", "站着")],
                        max_length=8,
                        verbose_name="姿势",
                    ),
                ),
                (
                    "glucose",
                    models.DecimalField(decimal_places=1, max_digits=4, null=True, verbose_name="血糖（mmol/L）"),
                ),
                ("comparator", models.CharField(blank=True, max_length=1)),
                (
                    "meal",
                    models.CharField(
                        blank=True,
                        choices=[("fasting", "空腹"), ("after", "餐后2小时"), ("bedtime", "睡前"), ("random", "随机")],
                        max_length=8,
                        verbose_name="什么时候测的",
                    ),
                ),
                ("weight", models.DecimalField(decimal_places=1, max_digits=5, null=True, verbose_name="体重（公斤）")),
                ("waist", models.DecimalField(decimal_places=1, max_digits=4, null=True, verbose_name="腰围（厘米）")),
                ("device", models.CharField(blank=True, max_length=60, verbose_name="用的什么仪器")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="备注")),
                (
                    "replaces",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="records.ownentry",
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
                "verbose_name": "自己测的数值",
                "verbose_name_plural": "自己测的数值",
                "indexes": [models.Index(fields=["resident", "kind", "-measured_at"], name="own_entry_by_kind")],
                "constraints": [
                    models.UniqueConstraint(fields=("entered_by", "form_key"), name="one_own_entry_per_form"),
                    models.CheckConstraint(
                        condition=models.Q(measured_at__lte=models.F("entered_at") + timedelta(minutes=5)),
                        name="own_entry_lies_in_the_past",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("arm__in", ["", "left", "right"]),
                            ("kind__in", ["pressure", "glucose", "weight"]),
                            ("position__in", ["", "sitting", "lying", "standing"]),
                        ),
                        name="own_entry_is_of_a_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "pressure"), _negated=True),
                            models.Q(
                                ("comparator", ""),
                                ("diastolic__isnull", False),
                                ("glucose", None),
                                ("kind", "pressure"),
                                ("meal", ""),
                                ("systolic__isnull", False),
                                ("waist", None),
                                ("weight", None),
                                ("diastolic__gte", 30),
                                ("diastolic__lte", 199),
                                ("systolic__gt", models.F("diastolic")),
                                ("systolic__gte", 60),
                                ("systolic__lte", 299),
                                models.Q(
                                    ("pulse", None), models.Q(("pulse__gte", 20), ("pulse__lte", 250)), _connector="OR"
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="own_pressure_is_possible",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "glucose"), _negated=True),
                            models.Q(
                                ("arm", ""),
                                ("diastolic", None),
                                ("glucose__isnull", False),
                                ("kind", "glucose"),
                                ("position", ""),
                                ("pulse", None),
                                ("systolic", None),
                                ("waist", None),
                                ("weight", None),
                                ("comparator__in", ["", "<", ">"]),
                                ("glucose__gte", Decimal("1.0")),
                                ("glucose__lte", Decimal("40.0")),
                                ("meal__in", ["fasting", "after", "bedtime", "random"]),
                            ),
                            _connector="OR",
                        ),
                        name="own_glucose_is_possible",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "weight"), _negated=True),
                            models.Q(
                                ("arm", ""),
                                ("comparator", ""),
                                ("diastolic", None),
                                ("glucose", None),
                                ("kind", "weight"),
                                ("meal", ""),
                                ("position", ""),
                                ("pulse", None),
                                ("systolic", None),
                                models.Q(("weight__isnull", False), ("waist__isnull", False), _connector="OR"),
                                models.Q(
                                    ("weight", None),
                                    models.Q(("weight__gte", 2), ("weight__lte", 300)),
                                    _connector="OR",
                                ),
                                models.Q(
                                    ("waist", None), models.Q(("waist__gte", 30), ("waist__lte", 200)), _connector="OR"
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="own_weight_is_possible",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("struck_at", None), ("struck_by", None), ("struck_name", "")),
                            models.Q(
                                ("struck_at__isnull", False),
                                ("struck_by__isnull", False),
                                models.Q(("struck_name", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="own_entry_struck_by_somebody",
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="ownreport",
            index=models.Index(fields=["resident", "-entered_at"], name="own_report_by_time"),
        ),
        migrations.AddConstraint(
            model_name="ownreport",
            constraint=models.UniqueConstraint(fields=("entered_by", "form_key"), name="one_own_report_per_form"),
        ),
        migrations.AddConstraint(
            model_name="ownreport",
            constraint=models.CheckConstraint(
                condition=models.Q(("title", ""), _negated=True), name="own_report_has_a_title"
            ),
        ),
        migrations.AddConstraint(
            model_name="ownreport",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("struck_at", None), ("struck_by", None), ("struck_name", "")),
                    models.Q(
                        ("struck_at__isnull", False),
                        ("struck_by__isnull", False),
                        models.Q(("struck_name", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="own_report_struck_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="ownreportpage",
            constraint=models.UniqueConstraint(fields=("report", "number"), name="own_pages_are_numbered"),
        ),
        migrations.AddConstraint(
            model_name="ownreportpage",
            constraint=models.CheckConstraint(
                condition=models.Q(("number__gte", 1), ("number__lte", 12)), name="own_pages_are_few"
            ),
        ),
        migrations.RunSQL(MAY_RECORD, NO_MAY_RECORD),
        Guard(
            "records_ownentry", select=[READ], insert=[WRITE], update=[WRITE], update_columns=STRUCK, worker="SELECT"
        ),
        Guard(
            "records_ownreport", select=[READ], insert=[WRITE], update=[WRITE], update_columns=STRUCK, worker="SELECT"
        ),
        Guard("records_ownreportpage", select=[READ], insert=[WRITE], worker="SELECT, DELETE"),
        migrations.RunSQL(RULES, NO_RULES),
    ]
