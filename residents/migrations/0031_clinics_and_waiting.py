from importlib import import_module

from django.db import migrations, models

before = import_module("residents.migrations.0030_program_connected")
KINDS = [
    *before.KINDS,
    ("clinic_stopped", "您约的一次门诊停诊了，请改约"),
    ("place_offered", "您候补的号有了，只为您留一会儿"),
    ("place_back", "您候补的科室有号了，先约先得"),
]
after = [name for name, _ in before.TEMPLATES].index("program_connected") + 1
TEMPLATES = [
    *before.TEMPLATES[:after],
    ("clinic_stopped", "停诊提醒"),
    ("place_offered", "候补有号提醒（留号）"),
    ("place_back", "候补有号提醒（先约先得）"),
    *before.TEMPLATES[after:],
]


class Migration(migrations.Migration):
    """People are told of a stopped clinic, and of a place they have waited for."""

    dependencies = [("residents", "0030_program_connected")]

    operations = [
        migrations.AlterField("notice", "kind", models.CharField(choices=KINDS, max_length=30, verbose_name="类型")),
        *[
            migrations.AlterField(
                model, "template", models.CharField(choices=TEMPLATES, max_length=30, verbose_name=title)
            )
            for model, title in (("delivery", "模板"), ("messagechoice", "消息种类"))
        ],
    ]
