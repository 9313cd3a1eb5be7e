import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

import foundation.keys
from foundation.operations import Guard, staff

# Asked of the facility's engineers for a feed of theirs; what comes of it, and a level that falls, only the worker says.
ASKED = f"""({staff("engineer")} AND state = 'waiting' AND read = 0 AND position IS NULL AND NOT lower AND EXISTS (
  SELECT 1 FROM public.exchange_source s WHERE s.id = source_id AND s.facility_id = exchange_replay.facility_id))"""
# The worker looks through new results in the order of their keys (uuid7), which lie in the table nearly so: an index
# of some pages, which costs nothing when results are written.
NEW_ONES = """
CREATE INDEX observation_by_key ON public.records_observation
  USING brin (id) WITH (pages_per_range = 32, autosummarize = on);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0015_recalls"),
        ("facilities", "0005_roles"),
        ("records", "0009_recalled_copies"),
    ]

    operations = [
        migrations.CreateModel(
            name="CodeCount",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("counted_until", models.DateTimeField()),
            ],
            options={
                "verbose_name": "编码统计的进度",
                "verbose_name_plural": "编码统计的进度",
            },
        ),
        migrations.CreateModel(
            name="Replay",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("since", models.DateTimeField(blank=True, null=True, verbose_name="从何时收到的消息")),
                ("until", models.DateTimeField(blank=True, null=True, verbose_name="到何时收到的消息")),
                ("lower", models.BooleanField(default=False, verbose_name="允许降低敏感级别")),
                ("asked_at", models.DateTimeField(verbose_name="申请时间")),
                ("asked_by", models.CharField(blank=True, max_length=100, verbose_name="申请人")),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "等待"), ("running", "进行中"), ("done", "完成")],
                        default="waiting",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("started_at", models.DateTimeField(null=True, verbose_name="开始时间")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="结束时间")),
                ("alive_at", models.DateTimeField(null=True)),
                ("position_at", models.DateTimeField(null=True)),
                ("position", models.UUIDField(null=True)),
                ("read", models.PositiveBigIntegerField(default=0, verbose_name="重新读取")),
                ("same", models.PositiveBigIntegerField(default=0, verbose_name="与记录一致")),
                ("renewed", models.PositiveBigIntegerField(default=0, verbose_name="已更新")),
                ("kept", models.PositiveBigIntegerField(default=0, verbose_name="保留原样")),
                ("counts", models.JSONField(default=dict)),
            ],
            options={
                "verbose_name": "重新解读",
                "verbose_name_plural": "重新解读",
                "ordering": ["-asked_at"],
            },
        ),
        migrations.CreateModel(
            name="ReplayDifference",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("kind", models.CharField(max_length=60, verbose_name="类型")),
                ("identifier", models.CharField(max_length=200, verbose_name="机构内编号")),
                ("version", models.CharField(max_length=80, verbose_name="版本")),
                (
                    "nature",
                    models.CharField(
                        choices=[
                            ("renewed", "已按今天的解读更新"),
                            ("filled", "补上了当时没有读出的内容"),
                            ("raised", "提高了敏感级别"),
                            ("lowered", "降低了敏感级别"),
                            ("not_lowered", "今天的解读敏感级别更低，没有降低"),
                            ("said", "机构所说的内容读法不同，保留原样"),
                            ("missing", "今天多出一条，没有新增"),
                            ("extra", "今天没有这一条，保留原样"),
                            ("refused", "今天不能读懂，保留原样"),
                            ("unopened", "保存的原文不能再次读取"),
                        ],
                        max_length=12,
                        verbose_name="差异",
                    ),
                ),
                ("field", models.CharField(blank=True, max_length=40, verbose_name="字段")),
                ("before", models.CharField(blank=True, max_length=200, verbose_name="原来")),
                ("after", models.CharField(blank=True, max_length=200, verbose_name="现在")),
            ],
            options={
                "verbose_name": "重新解读的差异",
                "verbose_name_plural": "重新解读的差异",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Unmapped",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "kind",
                    models.CharField(choices=[("item", "项目"), ("unit", "单位")], max_length=4, verbose_name="类别"),
                ),
                ("code", models.CharField(max_length=200, verbose_name="院内编码或单位")),
                (
                    "names",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=200), default=list, size=None, verbose_name="打印的名称"
                    ),
                ),
                (
                    "units",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60), default=list, size=None, verbose_name="打印的单位"
                    ),
                ),
                (
                    "specimens",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=100), default=list, size=None, verbose_name="标本"
                    ),
                ),
                ("results", models.PositiveBigIntegerField(verbose_name="出现次数")),
                ("last_on", models.DateField(verbose_name="最近一次")),
                ("unneeded_at", models.DateTimeField(null=True, verbose_name="标为不需要对照的时间")),
                ("unneeded_by", models.CharField(blank=True, max_length=100, verbose_name="标记人")),
            ],
            options={
                "verbose_name": "未对照的编码",
                "verbose_name_plural": "未对照的编码",
                "ordering": ["-results", "code"],
            },
        ),
        migrations.AlterField(
            model_name="codemapping",
            name="local_code",
            field=models.CharField(max_length=200, verbose_name="院内编码"),
        ),
        migrations.AddIndex(
            model_name="inboundkey",
            index=models.Index(fields=["source", "received_at", "id"], name="key_by_arrival"),
        ),
        migrations.AddConstraint(
            model_name="codecount",
            constraint=models.CheckConstraint(condition=models.Q(("id", 1)), name="codes_are_counted_once"),
        ),
        migrations.AddField(
            model_name="replay",
            name="facility",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="facilities.facility",
                verbose_name="医疗机构",
            ),
        ),
        migrations.AddField(
            model_name="replay",
            name="source",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="exchange.source",
                verbose_name="数据来源",
            ),
        ),
        migrations.AddField(
            model_name="replaydifference",
            name="facility",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="facilities.facility",
                verbose_name="医疗机构",
            ),
        ),
        migrations.AddField(
            model_name="replaydifference",
            name="replay",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="differences", to="exchange.replay"
            ),
        ),
        migrations.AddField(
            model_name="unmapped",
            name="facility",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="facilities.facility",
                verbose_name="医疗机构",
            ),
        ),
        migrations.AddField(
            model_name="unmapped",
            name="source",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="exchange.source",
                verbose_name="数据来源",
            ),
        ),
        migrations.AddIndex(
            model_name="replay",
            index=models.Index(
                condition=models.Q(("state", "done"), _negated=True), fields=["asked_at"], name="replay_to_do"
            ),
        ),
        migrations.AddConstraint(
            model_name="replay",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "done"), _negated=True),
                fields=("source",),
                name="one_replay_at_a_time_per_source",
                violation_error_message="这个数据来源已经有一次重新解读在等待或进行。",
            ),
        ),
        migrations.AddConstraint(
            model_name="replay",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "read",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(models.F("same"), "+", models.F("renewed")),
                            "+",
                            models.F("kept"),
                        ),
                    )
                ),
                name="replay_counts_add_up",
            ),
        ),
        migrations.AddIndex(
            model_name="unmapped",
            index=models.Index(fields=["-results", "code"], name="unmapped_by_frequency"),
        ),
        migrations.AddConstraint(
            model_name="unmapped",
            constraint=models.UniqueConstraint(fields=("source", "kind", "code"), name="one_line_per_unmapped"),
        ),
        Guard(
            "exchange_unmapped",
            select=[staff("engineer")],
            update=[staff("engineer")],
            update_columns=["unneeded_at", "unneeded_by"],
        ),
        Guard("exchange_codecount"),
        Guard("exchange_replay", select=[staff("engineer")], insert=[ASKED]),
        Guard("exchange_replaydifference", select=[staff("engineer")], worker="SELECT, INSERT"),
        migrations.RunSQL(NEW_ONES, "DROP INDEX public.observation_by_key;"),
    ]
