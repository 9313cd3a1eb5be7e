import django.db.models.deletion
from django.db import migrations, models

import foundation.keys
from foundation.operations import WEB, Guard, staff

# Who may see a facility's patients by name; never its engineers (docs/adr/0017).
READERS = ("reception", "manager", "public_health")
AT = "ARRAY['reception', 'manager', 'public_health']"

# A sheet holds names, numbers and results of many: whoever asked for it takes it once, and both are written down. The
# web login writes neither the request nor the answer itself.
DOORS = f"""
CREATE FUNCTION app.write_sheet_event(place uuid, subject uuid, deed text, origin inet, request text)
  RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  INSERT INTO public.residents_accessevent (at, id, actor_id, actor_name, resident_id, facility_id, action,
      subject_kind, subject_id, purpose, capacity, opening_id, address, reference)
  SELECT app.clock(), gen_random_uuid(), a.id, a.name, NULL, place, deed,
    'exchange.errorsheet', subject::text, '', 'staff', NULL, origin, left(request, 16)
  FROM public.residents_account a WHERE a.id = app.account() $$;

CREATE FUNCTION app.ask_error_sheet(which uuid, origin inet, request text) RETURNS uuid
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  reading public.exchange_tablereading;
  sheet uuid;
BEGIN
  SELECT r.* INTO reading FROM public.exchange_tablereading r
    WHERE r.file_id = which AND r.bad > 0 AND r.facility_id = ANY (app.facilities_for({AT})) FOR UPDATE;
  IF reading.file_id IS NULL THEN RETURN NULL; END IF;
  SELECT s.id INTO sheet FROM public.exchange_errorsheet s
    WHERE s.file_id = which AND s.requested_by = app.account() AND s.state IN ('waiting', 'ready')
      AND s.expires_at > app.clock();
  IF sheet IS NOT NULL THEN RETURN sheet; END IF;
  sheet := gen_random_uuid();
  INSERT INTO public.exchange_errorsheet
      (id, file_id, facility_id, state, requested_at, requested_by, requested_name, expires_at, explanation, suffix)
    SELECT sheet, which, reading.facility_id, 'waiting', app.clock(), a.id, a.name, app.clock() + make_interval(
      hours => coalesce((app.setting('exchange.error_sheet_hours') #>> '{{}}')::integer, 24)), '', ''
    FROM public.residents_account a WHERE a.id = app.account();
  PERFORM app.write_sheet_event(reading.facility_id, sheet, 'exchange.asked_error_sheet', origin, request);
  RETURN sheet;
END $$;
COMMENT ON FUNCTION app.ask_error_sheet(uuid, inet, text) IS
  'Ask for the bad rows of a received table of one''s own facility; NULL for nobody''s, the same request while it lasts.';

CREATE FUNCTION app.take_error_sheet(which uuid, origin inet, request text) RETURNS bytea
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  place uuid;
  found bytea;
BEGIN
  UPDATE public.exchange_errorsheet s SET state = 'taken', taken_at = app.clock()
    WHERE s.id = which AND s.state = 'ready' AND s.expires_at > app.clock() AND s.requested_by = app.account()
      AND s.facility_id = ANY (app.facilities_for({AT}))
    RETURNING s.facility_id INTO place;
  IF place IS NULL THEN RETURN NULL; END IF;
  SELECT c.sealed INTO found FROM public.exchange_errorsheetcontent c WHERE c.sheet_id = which;
  UPDATE public.exchange_errorsheetcontent c SET sealed = NULL WHERE c.sheet_id = which;
  PERFORM app.write_sheet_event(place, which, 'exchange.read_error_sheet', origin, request);
  RETURN found;
END $$;
COMMENT ON FUNCTION app.take_error_sheet(uuid, inet, text) IS
  'The sheet that one has asked for (sealed), once and within its time; written down, and kept no longer.';
REVOKE ALL ON FUNCTION app.write_sheet_event(uuid, uuid, text, inet, text), app.ask_error_sheet(uuid, inet, text),
  app.take_error_sheet(uuid, inet, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.ask_error_sheet(uuid, inet, text), app.take_error_sheet(uuid, inet, text) TO {WEB};
"""
NO_DOORS = """
DROP FUNCTION app.take_error_sheet(uuid, inet, text), app.ask_error_sheet(uuid, inet, text),
  app.write_sheet_event(uuid, uuid, text, inet, text);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0012_codes"),
        ("facilities", "0005_roles"),
    ]

    operations = [
        migrations.CreateModel(
            name="ErrorSheet",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "正在准备"),
                            ("ready", "可以下载"),
                            ("failed", "没有做成"),
                            ("taken", "已下载"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("requested_at", models.DateTimeField(verbose_name="申请时间")),
                ("requested_by", models.UUIDField()),
                ("requested_name", models.CharField(max_length=100, verbose_name="申请人")),
                ("expires_at", models.DateTimeField(verbose_name="有效期")),
                ("explanation", models.CharField(blank=True, max_length=500, verbose_name="说明")),
                ("suffix", models.CharField(blank=True, max_length=4)),
                ("taken_at", models.DateTimeField(null=True, verbose_name="下载时间")),
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
                "verbose_name": "有问题的行",
                "verbose_name_plural": "有问题的行",
                "ordering": ["-requested_at"],
            },
        ),
        migrations.CreateModel(
            name="ErrorSheetContent",
            fields=[
                (
                    "sheet",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="content",
                        serialize=False,
                        to="exchange.errorsheet",
                    ),
                ),
                ("sealed", models.BinaryField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="TableReading",
            fields=[
                (
                    "file",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="reading",
                        serialize=False,
                        to="exchange.storedfile",
                    ),
                ),
                ("source_name", models.CharField(max_length=100, verbose_name="数据来源")),
                ("name", models.CharField(max_length=200, verbose_name="文件")),
                ("received_at", models.DateTimeField(verbose_name="接收时间")),
                ("rows", models.PositiveIntegerField(verbose_name="行数")),
                ("bad", models.PositiveIntegerField(verbose_name="不能用的行")),
                ("reports", models.PositiveIntegerField(verbose_name="报告")),
                ("mapping", models.BinaryField(max_length=32)),
                ("read_at", models.DateTimeField()),
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
                "verbose_name": "收到的表格",
                "verbose_name_plural": "收到的表格",
                "ordering": ["-received_at"],
            },
        ),
        migrations.AddField(
            model_name="errorsheet",
            name="file",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="sheets", to="exchange.tablereading"
            ),
        ),
        migrations.AddIndex(
            model_name="tablereading",
            index=models.Index(fields=["facility", "-received_at"], name="reading_by_facility"),
        ),
        migrations.AddConstraint(
            model_name="tablereading",
            constraint=models.CheckConstraint(
                condition=models.Q(("bad__lte", models.F("rows"))), name="bad_rows_are_rows"
            ),
        ),
        migrations.AddIndex(
            model_name="errorsheet",
            index=models.Index(condition=models.Q(("state", "waiting")), fields=["requested_at"], name="sheet_waiting"),
        ),
        migrations.AddConstraint(
            model_name="errorsheet",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "taken"), ("taken_at__isnull", False)),
                    models.Q(models.Q(("state", "taken"), _negated=True), ("taken_at__isnull", True)),
                    _connector="OR",
                ),
                name="sheet_taken_exactly_when_dated",
            ),
        ),
        Guard("exchange_tablereading", select=[staff(*READERS)]),
        Guard("exchange_errorsheet", select=[staff(*READERS)]),
        Guard("exchange_errorsheetcontent"),
        migrations.RunSQL(DOORS, NO_DOORS),
    ]
