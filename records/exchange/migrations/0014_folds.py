import django.db.models.deletion
from django.db import migrations, models

import foundation.keys
from foundation.operations import WEB, WORKER, Guard, staff

SEES = ("reception", "manager", "engineer")
PARTS = ("reception", "manager")
EITHER = [staff(*SEES), staff(*SEES, column="other_facility_id")]
DECIDES = [staff(*PARTS), staff(*PARTS, column="other_facility_id")]
# Who parts two reports does so once, with the own name; nobody takes it back or words it anew.
FOR_GOOD = f"""CREATE POLICY parted_for_good ON public.exchange_fold AS RESTRICTIVE FOR UPDATE TO {WEB}
  USING (parted_at IS NULL AND ended_at IS NULL) WITH CHECK (parted_by = (SELECT app.account()))"""


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0010_credentials"),
        ("facilities", "0005_roles"),
        ("residents", "0020_shared_phones"),
    ]

    operations = [
        migrations.CreateModel(
            name="FoldingDue",
            fields=[
                (
                    "resident",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="residents.resident",
                    ),
                ),
                ("marks", models.PositiveIntegerField(default=0)),
            ],
            options={"verbose_name": "待查重复的居民", "verbose_name_plural": "待查重复的居民"},
        ),
        migrations.CreateModel(
            name="Fold",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("Report", "检查检验报告"), ("Immunization", "预防接种"), ("Encounter", "就诊记录")],
                        max_length=20,
                        verbose_name="类型",
                    ),
                ),
                ("report_number", models.CharField(blank=True, max_length=80, verbose_name="报告编号")),
                ("kept_identifier", models.CharField(max_length=200, verbose_name="列出的一份的编号")),
                ("folded_identifier", models.CharField(max_length=200, verbose_name="重复的一份的编号")),
                ("folded_row", models.UUIDField()),
                ("folded_at", models.DateTimeField(verbose_name="合并时间")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="分开时间")),
                ("parted_at", models.DateTimeField(null=True, verbose_name="决定分开的时间")),
                ("parted_by", models.UUIDField(null=True)),
                ("parted_name", models.CharField(blank=True, max_length=100, verbose_name="决定的人")),
                ("parted_reason", models.CharField(blank=True, max_length=200, verbose_name="为什么不是同一份")),
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
                    "folded_source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="exchange.source",
                        verbose_name="重复的一份来自",
                    ),
                ),
                (
                    "kept_source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="exchange.source",
                        verbose_name="列出的一份来自",
                    ),
                ),
                (
                    "other_facility",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="facilities.facility",
                        verbose_name="另一家医疗机构",
                    ),
                ),
            ],
            options={
                "verbose_name": "重复报告",
                "verbose_name_plural": "重复报告",
                "ordering": ["-folded_at", "-id"],
                "indexes": [
                    models.Index(fields=["folded_row"], name="fold_by_row"),
                    models.Index(
                        condition=models.Q(("ended_at", None), ("parted_at__isnull", False)),
                        fields=["id"],
                        name="fold_to_part",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)), fields=("folded_row",), name="folded_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("parted_at", None), ("parted_by", None), ("parted_name", ""), ("parted_reason", "")
                            ),
                            models.Q(
                                ("parted_at__isnull", False),
                                ("parted_by__isnull", False),
                                models.Q(("parted_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="parted_with_a_reason",
                    ),
                ],
            },
        ),
        Guard(
            "exchange_fold",
            select=EITHER,
            update=DECIDES,
            update_columns=["parted_at", "parted_by", "parted_name", "parted_reason"],
        ),
        migrations.RunSQL(FOR_GOOD, "DROP POLICY parted_for_good ON public.exchange_fold"),
        # Of one report that came twice nobody is told twice: the notice that nobody has heard of yet goes.
        migrations.RunSQL(
            f"GRANT DELETE ON public.residents_notice TO {WORKER}",
            f"REVOKE DELETE ON public.residents_notice FROM {WORKER}",
        ),
        Guard("exchange_foldingdue", worker="SELECT, INSERT, UPDATE, DELETE"),
    ]
