import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import foundation.keys
from foundation.operations import WEB, Guard, own

# A file of a report is read by whoever may read that version of it, and by nobody else: the report's own policies
# (consent, special diseases, recalled results) hold for its files because the report is asked for under them.
WITH_ITS_REPORT = f"""CREATE POLICY with_its_report ON public.records_reportattachment AS RESTRICTIVE FOR SELECT TO {WEB}
  USING (EXISTS (SELECT 1 FROM public.records_report r
    WHERE r.id = records_reportattachment.report_id AND r.resident_id = records_reportattachment.resident_id
      AND r.release = 'released' AND r.withdrawn_at IS NULL))"""

# Through whose feeds a report came, where it came through several: the web login reads no source.
SENDERS = f"""
CREATE FUNCTION app.senders(sources uuid[]) RETURNS TABLE (source_id uuid, name varchar)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT s.id, f.name FROM public.exchange_source s JOIN public.facilities_facility f ON f.id = s.facility_id
  WHERE s.id = ANY (sources) $$;
COMMENT ON FUNCTION app.senders(uuid[]) IS 'The public names of the facilities behind feeds; nothing else of a feed.';
REVOKE ALL ON FUNCTION app.senders(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.senders(uuid[]) TO {WEB};
"""

MODELS = (
    "allergy",
    "condition",
    "encounter",
    "imagingstudy",
    "immunization",
    "medication",
    "observation",
    "procedure",
    "report",
)
# What a correction says to be another person's is no longer the first one's to see, in none of its versions.
LEFT = f"""CREATE POLICY left_to_nobody ON public.records_{{name}} AS RESTRICTIVE FOR SELECT TO {WEB}
  USING (left_at IS NULL)"""

# Of millions of results few are repetitions; whoever looks for them anew finds those of a person at once.
FOLDED = "CREATE INDEX {name}_folded ON public.records_{name} (resident_id) WHERE folded_into IS NOT NULL"


def _left(name: str) -> list[migrations.operations.base.Operation]:
    return [
        migrations.AddField(name, "left_at", models.DateTimeField(null=True, verbose_name="改归他人的时间")),
        migrations.RunSQL(LEFT.format(name=name), f"DROP POLICY left_to_nobody ON public.records_{name}"),
    ]


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0009_freshness"),
        ("records", "0007_release_states"),
        ("residents", "0020_shared_phones"),
    ]

    operations = [
        *[operation for name in MODELS for operation in _left(name)],
        migrations.AddIndex(
            "report",
            models.Index(condition=models.Q(("left_at__isnull", False)), fields=["resident"], name="report_that_left"),
        ),
        migrations.AddField(
            "observation", "note", models.TextField(blank=True, default="", verbose_name="备注"), False
        ),
        migrations.AddField("report", "note", models.TextField(blank=True, default="", verbose_name="备注"), False),
        migrations.AddField(
            "report",
            "original_hashes",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=64), default=list, size=None
            ),
        ),
        migrations.AddField("report", "unshown_files", models.PositiveSmallIntegerField(default=0)),
        migrations.CreateModel(
            name="ReportAttachment",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("title", models.CharField(blank=True, max_length=200, verbose_name="名称")),
                ("size", models.PositiveIntegerField()),
                ("content", models.BinaryField()),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="attachments", to="records.report"
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
                "verbose_name": "机构原始报告",
                "verbose_name_plural": "机构原始报告",
                "constraints": [models.UniqueConstraint(fields=("report", "number"), name="attachments_are_numbered")],
            },
        ),
        *[
            migrations.RunSQL(FOLDED.format(name=name), f"DROP INDEX public.{name}_folded")
            for name in ("observation", "report")
        ],
        Guard("records_reportattachment", select=[own("results"), own("records")]),
        migrations.RunSQL(WITH_ITS_REPORT, "DROP POLICY with_its_report ON public.records_reportattachment"),
        migrations.RunSQL(SENDERS, "DROP FUNCTION app.senders(uuid[])"),
    ]
