import django.db.models.deletion
from django.db import migrations, models

import foundation.keys
from foundation.operations import Guard, at_bureau, role, staff

# What a unit means at one facility its engineers say; what it means everywhere, those of the bureau.
FOR_ALL = f"(facility_id IS NULL AND {at_bureau('engineer')})"


class Migration(migrations.Migration):
    dependencies = [("exchange", "0020_table_samples"), ("facilities", "0005_roles")]

    operations = [
        migrations.CreateModel(
            name="UnitAlias",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("printed", models.CharField(max_length=60, verbose_name="打印的单位")),
                ("code", models.CharField(max_length=60, verbose_name="标准单位（UCUM）")),
                ("made_at", models.DateTimeField(verbose_name="登记时间")),
                ("made_by", models.CharField(max_length=100, verbose_name="登记人")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="停用时间")),
                ("ended_by", models.CharField(blank=True, max_length=100, verbose_name="停用人")),
                (
                    "facility",
                    models.ForeignKey(
                        blank=True,
                        help_text="只在这家机构这样理解；不选就是全县都这样理解。",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="facilities.facility",
                        verbose_name="医疗机构",
                    ),
                ),
            ],
            options={
                "verbose_name": "单位的写法",
                "verbose_name_plural": "单位的写法",
                "ordering": ["printed", "-made_at"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True), ("facility__isnull", False)),
                        fields=("facility", "printed"),
                        name="one_meaning_of_a_unit_at_a_facility",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True), ("facility__isnull", True)),
                        fields=("printed",),
                        name="one_meaning_of_a_unit_for_all",
                    ),
                    models.CheckConstraint(
                        condition=~models.Q(("printed", "")) & ~models.Q(("code", "")),
                        name="unit_alias_says_something",
                    ),
                ],
            },
        ),
        Guard(
            "exchange_unitalias",
            select=[staff("engineer"), f"(facility_id IS NULL AND {role('engineer')})"],
            insert=[staff("engineer"), FOR_ALL],
            update=[staff("engineer"), FOR_ALL],
            update_columns=["ended_at", "ended_by"],
            worker="SELECT",
        ),
    ]
