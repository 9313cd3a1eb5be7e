import django.db.models.deletion
from django.db import migrations, models

from foundation.operations import WORKER, Guard, own, own_account

# Nobody but the account itself, and only while it may see the person.
LOOKS = f"{own_account()} AND {own('records')}"
PARTS = [f"part = '{part}' AND {own(part)}" for part in ("records", "results")]
EITHER = [own("records"), own("results")]

# Body measurements and what was asked (basic information, questionnaires) are of the record.
RESULTS = own("results")
MEASURED = f"{RESULTS} OR ({own('records')} AND category = 'vital_signs')"
TOLD = f"{RESULTS} OR ({own('records')} AND category = ANY (ARRAY['vital_signs', 'survey']))"
INDEX = """CREATE INDEX observation_told ON public.records_observation (resident_id)
  WHERE category = 'survey' AND superseded_at IS NULL;"""

# Laboratory values, nearly all rows of the largest table, are not on the first page (but for blood groups).
SHOWN = {"observation": "WHERE category IN ('vital_signs', 'survey') OR name LIKE '%血型%'"}
# Reports change whenever one is opened for the first time; that is no change of what the page shows.
SEEN = """SELECT o.resident_id FROM old_rows o JOIN new_rows n ON n.id = o.id
      WHERE (o.resident_id, o.release, o.release_at, o.folded_into, o.left_at, o.superseded_at, o.withdrawn_at,
             o.sensitivity, o.status, o.facility_id, o.facility_name, o.issued_at, o.title, o.item_identifiers)
        IS DISTINCT FROM (n.resident_id, n.release, n.release_at, n.folded_into, n.left_at, n.superseded_at,
             n.withdrawn_at, n.sensitivity, n.status, n.facility_id, n.facility_name, n.issued_at, n.title,
             n.item_identifiers)
      UNION SELECT n.resident_id FROM old_rows o JOIN new_rows n ON n.id = o.id
      WHERE n.resident_id <> o.resident_id"""
TABLES = (
    "allergy",
    "condition",
    "document",
    "encounter",
    "examination",
    "followup",
    "immunization",
    "medication",
    "observation",
    "procedure",
    "report",
)
TRIGGERS = """
CREATE FUNCTION app.summary_of_{name}_falls_due() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO public.records_summarydue (resident_id) SELECT DISTINCT resident_id FROM new_rows {shown};
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO public.records_summarydue (resident_id) SELECT DISTINCT resident_id FROM old_rows {shown};
  ELSE
    INSERT INTO public.records_summarydue (resident_id) {changed};
  END IF;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION app.summary_of_{name}_falls_due() FROM PUBLIC;
CREATE TRIGGER summary_falls_due_1 AFTER INSERT ON public.records_{name} REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION app.summary_of_{name}_falls_due();
CREATE TRIGGER summary_falls_due_2 AFTER UPDATE ON public.records_{name}
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION app.summary_of_{name}_falls_due();
CREATE TRIGGER summary_falls_due_3 AFTER DELETE ON public.records_{name} REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION app.summary_of_{name}_falls_due();
"""
NO_TRIGGERS = """
DROP TRIGGER summary_falls_due_1 ON public.records_{name};
DROP TRIGGER summary_falls_due_2 ON public.records_{name};
DROP TRIGGER summary_falls_due_3 ON public.records_{name};
DROP FUNCTION app.summary_of_{name}_falls_due();
"""


def falls_due(name: str) -> migrations.RunSQL:
    shown = SHOWN.get(name, "")
    both = f"SELECT resident_id FROM old_rows {shown} UNION SELECT resident_id FROM new_rows {shown}"
    changed = SEEN if name == "report" else both
    return migrations.RunSQL(TRIGGERS.format(name=name, shown=shown, changed=changed), NO_TRIGGERS.format(name=name))


def resident() -> models.ForeignKey:
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to="residents.resident",
        verbose_name="居民",
    )


class Migration(migrations.Migration):
    dependencies = [("records", "0011_programmes"), ("residents", "0005_whom_you_act_for")]

    operations = [
        migrations.CreateModel(
            name="Summary",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "resident_id", "part", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "part",
                    models.CharField(
                        choices=[("records", "健康档案"), ("results", "检查检验结果")],
                        max_length=7,
                        verbose_name="部分",
                    ),
                ),
                ("content", models.JSONField(verbose_name="内容")),
                ("built_at", models.DateTimeField(verbose_name="整理时间")),
                ("resident", resident()),
            ],
            options={
                "verbose_name": "档案首页摘要",
                "verbose_name_plural": "档案首页摘要",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("part__in", ["records", "results"])), name="summary_part_is_known"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SummaryDue",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "resident",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="residents.resident",
                    ),
                ),
            ],
            options={
                "verbose_name": "待整理的档案首页摘要",
                "verbose_name_plural": "待整理的档案首页摘要",
                "indexes": [models.Index(fields=["resident"], name="summary_due_of")],
            },
        ),
        migrations.CreateModel(
            name="Look",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account_id", "resident_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("account_id", models.UUIDField()),
                ("seen_at", models.DateTimeField(verbose_name="最近一次查看")),
                ("since_at", models.DateTimeField(null=True, verbose_name="上次查看")),
                ("resident", resident()),
            ],
            options={"verbose_name": "查看档案的时间", "verbose_name_plural": "查看档案的时间"},
        ),
        # The worker takes back summaries of nobody it may show: a row is written over, or goes.
        Guard("records_summary", select=PARTS, worker="SELECT, INSERT, UPDATE, DELETE"),
        Guard("records_summarydue", select=EITHER, worker="SELECT, INSERT, DELETE"),
        Guard(
            "records_look",
            select=[LOOKS],
            insert=[LOOKS],
            update=[LOOKS],
            update_columns=["seen_at", "since_at"],
            worker="SELECT",
        ),
        migrations.RunSQL(
            f"GRANT EXECUTE ON FUNCTION app.held_items_of(uuid[]) TO {WORKER};",
            f"REVOKE EXECUTE ON FUNCTION app.held_items_of(uuid[]) FROM {WORKER};",
        ),
        migrations.RunSQL(
            f"ALTER POLICY web_select ON public.records_observation USING ({TOLD});",
            f"ALTER POLICY web_select ON public.records_observation USING ({MEASURED});",
        ),
        migrations.RunSQL(INDEX, "DROP INDEX public.observation_told;"),
        *[falls_due(name) for name in TABLES],
    ]
