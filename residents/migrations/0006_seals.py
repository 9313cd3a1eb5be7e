import django.contrib.postgres.fields
from django.db import migrations, models

import foundation.keys
from foundation.operations import CreatePartitionedModel, Guard, anyone, month_partitions

# The chain is written once, by whom ever; and a link lies in the partition of a month's first moment.
TRIGGERS = """
CREATE TRIGGER seal_is_never_changed BEFORE UPDATE OR DELETE ON public.residents_seal
  FOR EACH ROW EXECUTE FUNCTION app.refuse();
CREATE TRIGGER seals_are_never_truncated BEFORE TRUNCATE ON public.residents_seal
  FOR EACH STATEMENT EXECUTE FUNCTION app.refuse();
ALTER TABLE public.residents_seal ADD CONSTRAINT seal_names_the_start_of_a_month
  CHECK (month = date_trunc('month', month AT TIME ZONE 'Asia/Shanghai') AT TIME ZONE 'Asia/Shanghai');
"""
UNDO = """
ALTER TABLE public.residents_seal DROP CONSTRAINT seal_names_the_start_of_a_month;
DROP TRIGGER seals_are_never_truncated ON public.residents_seal;
DROP TRIGGER seal_is_never_changed ON public.residents_seal;
"""


class Migration(migrations.Migration):
    """The chain over the access log, the tally of reads, and what comparing the two found."""

    dependencies = [("residents", "0005_whom_you_act_for")]

    operations = [
        CreatePartitionedModel(
            name="Seal",
            partition_by="RANGE (month)",
            partitions=month_partitions(),
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "month", "position", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("month", models.DateTimeField(verbose_name="月份")),
                ("position", models.BigIntegerField(verbose_name="位置")),
                ("event_at", models.DateTimeField(verbose_name="访问时间")),
                ("event_id", models.UUIDField(verbose_name="访问记录编号")),
                ("form", models.PositiveSmallIntegerField(verbose_name="格式版本")),
                ("mac", models.BinaryField(max_length=32)),
                ("sealed_at", models.DateTimeField(verbose_name="封存时间")),
            ],
            options={
                "verbose_name": "封存链",
                "verbose_name_plural": "封存链",
                "constraints": [
                    models.UniqueConstraint(fields=("event_at", "event_id", "month"), name="one_seal_per_event"),
                    models.CheckConstraint(condition=models.Q(("position__gte", 1)), name="seals_are_counted_from_one"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReadTally",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("at", models.DateTimeField(verbose_name="时间")),
                ("reference", models.CharField(max_length=16, verbose_name="请求编号")),
                ("view", models.CharField(max_length=100, verbose_name="页面")),
                ("statements", models.PositiveIntegerField(verbose_name="读取次数")),
                ("status", models.PositiveSmallIntegerField(verbose_name="应答")),
            ],
            options={
                "verbose_name": "读取计数",
                "verbose_name_plural": "读取计数",
                "indexes": [models.Index(fields=["at"], name="tally_by_time")],
            },
        ),
        migrations.CreateModel(
            name="Reconciliation",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False, verbose_name="日期")),
                ("reads", models.PositiveIntegerField(verbose_name="读取次数")),
                ("events", models.PositiveIntegerField(verbose_name="访问记录数")),
                ("missing", models.PositiveIntegerField(verbose_name="没有访问记录的读取")),
                ("unread", models.PositiveIntegerField(verbose_name="没有读取的访问记录")),
                (
                    "views",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=100),
                        default=list,
                        size=None,
                        verbose_name="没有留下访问记录的页面",
                    ),
                ),
                ("finished_at", models.DateTimeField(verbose_name="核对时间")),
            ],
            options={
                "verbose_name": "访问记录核对",
                "verbose_name_plural": "访问记录核对",
                "ordering": ["-day"],
            },
        ),
        migrations.RunSQL(TRIGGERS, UNDO),
        Guard("residents_seal", worker="SELECT, INSERT"),
        Guard("residents_readtally", worker="SELECT, DELETE", signin="INSERT"),
        Guard("residents_reconciliation", select=[anyone()], worker="SELECT, INSERT, UPDATE"),
    ]
