import django.db.models.deletion
from django.db import migrations, models

import foundation.keys
from foundation.operations import WEB, Guard, anyone, at_bureau, staff

# Who writes what residents are advised: the head or administrator of a facility for it, the bureau's for the county.
MAKERS = [staff("administrator", "manager"), f"(facility_id IS NULL AND {at_bureau('administrator')})"]

# Who gives advice signs it; afterwards it can only be ended.
SIGNED = f"""CREATE POLICY signed_by_its_maker ON public.records_nextstep AS RESTRICTIVE FOR INSERT TO {WEB}
  WITH CHECK (made_by = (SELECT app.account()));"""
NOT_SIGNED = "DROP POLICY signed_by_its_maker ON public.records_nextstep;"


class Migration(migrations.Migration):
    dependencies = [
        ("facilities", "0005_roles"),
        ("records", "0018_disputes"),
    ]

    operations = [
        migrations.CreateModel(
            name="NextStep",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "facility",
                    models.ForeignKey(
                        blank=True,
                        help_text="留空表示全县。",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="facilities.facility",
                        verbose_name="机构",
                    ),
                ),
                (
                    "item",
                    models.CharField(
                        help_text="标准编码（LOINC）；本机构没有对照的，填院内编码。",
                        max_length=60,
                        verbose_name="项目编码",
                    ),
                ),
                (
                    "flag",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "任何异常"),
                            ("low", "偏低"),
                            ("high", "偏高"),
                            ("critical_low", "危急低值"),
                            ("critical_high", "危急高值"),
                            ("abnormal", "异常"),
                        ],
                        default="",
                        max_length=14,
                        verbose_name="提示",
                    ),
                ),
                (
                    "text",
                    models.CharField(
                        help_text="用老人也听得懂的话，写下一步做什么、多久之内，例如：两周内空腹再查一次；"
                        "口渴、多尿的马上来看。",
                        max_length=300,
                        verbose_name="给居民的建议",
                    ),
                ),
                ("books", models.BooleanField(default=True, verbose_name="旁边放“去预约”")),
                ("reason", models.CharField(help_text="哪份文件、谁同意的。", max_length=200, verbose_name="依据")),
                ("starts_at", models.DateTimeField(verbose_name="开始时间")),
                ("ends_at", models.DateTimeField(blank=True, null=True, verbose_name="结束时间")),
                ("made_at", models.DateTimeField(editable=False, verbose_name="登记时间")),
                ("made_by", models.UUIDField(editable=False)),
                ("made_name", models.CharField(editable=False, max_length=100, verbose_name="登记人")),
            ],
            options={
                "verbose_name": "异常结果的建议",
                "verbose_name_plural": "异常结果的建议",
                "ordering": ["item", "-made_at", "id"],
                "indexes": [models.Index(fields=["item"], name="next_step_by_item")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("text", ""), _negated=True), models.Q(("item", ""), _negated=True)
                        ),
                        name="next_step_says_something",
                        violation_error_message="项目和建议都要填。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ends_at", None), ("ends_at__gte", models.F("starts_at")), _connector="OR"),
                        name="next_step_ends_after_it_starts",
                        violation_error_message="结束时间不能早于开始时间。",
                    ),
                ],
            },
        ),
        Guard(
            "records_nextstep",
            select=[anyone()],
            insert=MAKERS,
            update=MAKERS,
            update_columns=["ends_at"],
            worker="SELECT",
        ),
        migrations.RunSQL(SIGNED, NOT_SIGNED),
    ]
