from django.db import migrations, models

from foundation.operations import WEB

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
CHOICES = [
    ("released", "可在线查看"),
    ("withheld", "请到检查机构领取"),
    ("pending", "等医生先联系本人"),
    ("recalled", "正在核查，暂不显示"),
]
# A result that may be somebody else's is shown to nobody, from the moment it is recalled, whatever a page asks for.
HIDDEN = f"""CREATE POLICY recalled_to_nobody ON public.records_{{name}} AS RESTRICTIVE FOR SELECT TO {WEB}
  USING (release <> 'recalled')"""


def _operations(name: str) -> list[migrations.operations.base.Operation]:
    release = models.CharField(choices=CHOICES, default="released", max_length=10, verbose_name="发布策略")
    return [
        migrations.AlterField(name, "release", release),
        migrations.AddField(name, "release_at", models.DateTimeField(null=True, verbose_name="最晚发布时间")),
        migrations.AddField(name, "folded_into", models.UUIDField(null=True, verbose_name="与之重复的一条")),
        migrations.RunSQL(HIDDEN.format(name=name), f"DROP POLICY recalled_to_nobody ON public.records_{name}"),
    ]


class Migration(migrations.Migration):
    dependencies = [("records", "0006_imaging_study")]

    operations = [one for name in MODELS for one in _operations(name)]
