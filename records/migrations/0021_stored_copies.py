from importlib import import_module

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

from foundation.operations import WEB, WORKER, Guard, as_it_was, own, own_account

# --- what anybody may ask of a copy: by its code, or by the file itself -------------------------------------------------
BY_CODE = import_module("records.migrations.0009_recalled_copies").AFTER
ANSWERS = f"""
DROP FUNCTION app.check_copy(bytea);

CREATE FUNCTION app.copy_state(printed uuid, at timestamptz) RETURNS text LANGUAGE sql STABLE
  SET search_path = pg_catalog AS $$
  SELECT CASE
    WHEN r.release = 'recalled' OR newest.release = 'recalled' THEN 'recalled'
    WHEN newest.withdrawn_at IS NOT NULL OR newest.status IN ('withdrawn', 'cancelled') THEN 'withdrawn'
    WHEN r.superseded_at IS NOT NULL OR EXISTS (
      SELECT 1 FROM public.records_observation o
      WHERE o.resident_id = r.resident_id AND o.source_id = r.source_id AND o.identifier = ANY (r.item_identifiers)
        AND (o.received_at > at OR o.withdrawn_at > at)) THEN 'corrected'
    ELSE 'genuine'
  END
  FROM public.records_report r
  LEFT JOIN public.records_report newest
    ON newest.source_id = r.source_id AND newest.identifier = r.identifier AND newest.superseded_at IS NULL
  WHERE r.id = printed $$;

CREATE FUNCTION app.check_issued(code bytea, file bytea) RETURNS TABLE (
    kind text, state text, report_number text, facility_name text, reported_at timestamptz, issued_at timestamptz,
    sha256 bytea, reports integer, corrected integer, withdrawn integer)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  WITH c AS MATERIALIZED (
    SELECT * FROM public.records_issuedcopy i WHERE i.code_hash = code
    UNION ALL
    SELECT * FROM public.records_issuedcopy i WHERE i.sha256 = file
    LIMIT 1
  ), inside AS MATERIALIZED (
    SELECT app.copy_state(one, c.issued_at) AS state FROM c, unnest(c.report_ids || c.report_id) AS one
    WHERE one IS NOT NULL
  ), counted AS (
    SELECT count(*) AS every, count(*) FILTER (WHERE state = 'corrected') AS corrected,
      count(*) FILTER (WHERE state IN ('withdrawn', 'recalled')) AS gone FROM inside
  )
  SELECT c.kind,
    CASE WHEN c.kind = 'report' THEN (SELECT state FROM inside)
      WHEN n.corrected + n.gone > 0 THEN 'changed' ELSE 'genuine' END,
    repeat('*', greatest(length(r.report_number) - 4, 4)) ||
      CASE WHEN length(r.report_number) > 4 THEN right(r.report_number, 4) ELSE '' END,
    r.facility_name, r.issued_at, c.issued_at, c.sha256, n.every::integer, n.corrected::integer, n.gone::integer
  FROM c CROSS JOIN counted n LEFT JOIN public.records_report r ON r.id = c.report_id $$;
COMMENT ON FUNCTION app.check_issued(bytea, bytea) IS
  'What anybody holding a copy, or its file, may know of it: whether it still holds, never what it says or about whom.';
GRANT EXECUTE ON FUNCTION app.check_issued(bytea, bytea) TO {WEB};
"""
NO_ANSWERS = f"""
DROP FUNCTION app.check_issued(bytea, bytea), app.copy_state(uuid, timestamptz);
{BY_CODE}
COMMENT ON FUNCTION app.check_copy(bytea) IS
  'What anybody holding a printed copy may know of it: whether it still holds, never what it says or about whom.';
GRANT EXECUTE ON FUNCTION app.check_copy(bytea) TO {WEB};
"""

# --- a recalled report is in booklets too --------------------------------------------------------------------------------
FIGURES = as_it_was(import_module("records.exchange.migrations.0015_recalls").SAW, "recall_figures")
COUNTED = "(SELECT count(*) FROM public.records_issuedcopy i JOIN public.exchange_recallrow w ON w.row_id = i.report_id"
assert FIGURES.count(COUNTED) == 1
FIGURES_WITH_BOOKLETS = FIGURES.replace(
    COUNTED,
    """(SELECT count(DISTINCT i.id) FROM public.exchange_recallrow w JOIN public.records_issuedcopy i
       ON i.kind = 'booklet' AND i.report_ids @> ARRAY[w.row_id]
     WHERE w.recall_id = which AND (app.recall_at(which, """
    + import_module("records.exchange.migrations.0015_recalls").READERS
    + """)).id IS NOT NULL) +
    """
    + COUNTED,
)

# --- what a print is made from, as far as its reader may see it ----------------------------------------------------------
# The version of a row (xmin) changes with every change to it; what merely marks a report as opened is left out.
SHOWN = f"""
CREATE FUNCTION app.shown_on_print(printed uuid) RETURNS bytea LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
  SELECT sha256(convert_to(jsonb_build_array(
    to_jsonb(r) - 'first_seen_at',
    (SELECT jsonb_agg(jsonb_build_array(o.id, o.xmin::text) ORDER BY o.id) FROM public.records_observation o
      WHERE o.resident_id = r.resident_id AND o.source_id = r.source_id AND o.identifier = ANY (r.item_identifiers)),
    (SELECT jsonb_agg(jsonb_build_array(d.id, d.xmin::text) ORDER BY d.id) FROM public.records_dispute d
      WHERE d.resident_id = r.resident_id AND d.source_id = r.source_id AND d.identifier = r.identifier
        AND d.kind = 'report'),
    (SELECT jsonb_build_array(p.name, p.sex, p.birth_date) FROM public.residents_resident p WHERE p.id = r.resident_id),
    (SELECT jsonb_agg(jsonb_build_array(i.id, i.xmin::text) ORDER BY i.id) FROM public.residents_identifier i
      WHERE i.resident_id = r.resident_id)
  )::text, 'UTF8')) FROM public.records_report r WHERE r.id = printed $$;
COMMENT ON FUNCTION app.shown_on_print(uuid) IS
  'A fingerprint of all that a printed report shows of the database, as the asking session sees it.';
GRANT EXECUTE ON FUNCTION app.shown_on_print(uuid) TO {WEB};

CREATE FUNCTION app.clear_stored_copies(most integer) RETURNS bigint LANGUAGE sql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  WITH over AS (
    SELECT s.copy_id FROM public.records_storedcopy s
    WHERE s.stored_at < app.clock() - make_interval(days =>
        greatest(coalesce((app.setting('records.stored_copy_days') #>> '{{}}')::integer, 30), 1))
      OR EXISTS (SELECT 1 FROM public.records_storedcopy n WHERE n.report_id = s.report_id
        AND n.account_id = s.account_id AND n.language = s.language AND n.stored_at > s.stored_at)
    LIMIT least(greatest(most, 0), 10000) FOR UPDATE SKIP LOCKED
  ), cleared AS (
    DELETE FROM public.records_storedcopy s USING over WHERE s.copy_id = over.copy_id RETURNING 1
  )
  SELECT count(*) FROM cleared $$;
COMMENT ON FUNCTION app.clear_stored_copies(integer) IS
  'Delete at most so many files of copies that are old or replaced; the issued copies and their hashes stay.';
REVOKE ALL ON FUNCTION app.clear_stored_copies(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.clear_stored_copies(integer) TO {WORKER};
"""
NO_SHOWN = "DROP FUNCTION app.clear_stored_copies(integer), app.shown_on_print(uuid);"
# Booklets are made in the background.
WORKER_ISSUES = f"GRANT INSERT ON public.records_issuedcopy TO {WORKER}"
WORKER_ONLY_READS = f"REVOKE INSERT ON public.records_issuedcopy FROM {WORKER}"
TAKEN = [f"{own('results')} AND {own_account()}"]


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0015_recalls"),
        ("records", "0020_health_links"),
        ("records", "0024_hearing"),
    ]

    operations = [
        migrations.AddField(
            "issuedcopy",
            "kind",
            models.CharField(
                "种类", choices=[("report", "报告"), ("booklet", "健康档案册")], default="report", max_length=10
            ),
        ),
        migrations.AddField(
            "issuedcopy",
            "report_ids",
            django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None),
        ),
        migrations.AlterField(
            "issuedcopy",
            "report",
            models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="copies", to="records.report"
            ),
        ),
        migrations.AddIndex("issuedcopy", models.Index(fields=["sha256"], name="copy_by_fingerprint")),
        migrations.AddIndex(
            "issuedcopy",
            django.contrib.postgres.indexes.GinIndex(
                fields=["report_ids"], name="booklet_by_report", condition=Q(kind="booklet")
            ),
        ),
        migrations.AddConstraint(
            "issuedcopy",
            models.CheckConstraint(
                name="copy_of_one_report_or_a_booklet",
                condition=Q(kind="report", report__isnull=False, report_ids=[]) | Q(kind="booklet", report=None),
            ),
        ),
        migrations.CreateModel(
            name="StoredCopy",
            fields=[
                (
                    "copy",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="records.issuedcopy",
                    ),
                ),
                ("account_id", models.UUIDField()),
                ("language", models.CharField(max_length=10)),
                ("made_from", models.BinaryField(max_length=32)),
                ("content", models.BinaryField()),
                ("stored_at", models.DateTimeField(verbose_name="保存时间")),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="records.report"
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
                "verbose_name": "保存的报告副本",
                "verbose_name_plural": "保存的报告副本",
                "indexes": [
                    models.Index(fields=["report", "account_id", "-stored_at"], name="stored_by_report"),
                    models.Index(fields=["stored_at"], name="stored_by_time"),
                ],
            },
        ),
        Guard("records_storedcopy", select=TAKEN, insert=TAKEN, worker="SELECT"),
        migrations.RunSQL(WORKER_ISSUES, WORKER_ONLY_READS),
        migrations.RunSQL(ANSWERS, NO_ANSWERS),
        migrations.RunSQL(FIGURES_WITH_BOOKLETS, FIGURES),
        migrations.RunSQL(SHOWN, NO_SHOWN),
    ]
