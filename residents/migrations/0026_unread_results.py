from importlib import import_module

from django.db import migrations, models

before = import_module("residents.migrations.0025_disputes")
KINDS = [*before.KINDS, ("result_unread", "您有一份报告还没有看，请打开看看")]
after = [name for name, _ in before.TEMPLATES].index("dispute_answered") + 1
TEMPLATES = [
    *before.TEMPLATES[:after],
    ("result_unread", "报告未看提醒"),
    *before.TEMPLATES[after:],
]


class Migration(migrations.Migration):
    dependencies = [("residents", "0025_disputes")]

    operations = [
        migrations.AlterField("notice", "kind", models.CharField(choices=KINDS, max_length=30, verbose_name="类型")),
        *[
            migrations.AlterField(
                model, "template", models.CharField(choices=TEMPLATES, max_length=30, verbose_name=title)
            )
            for model, title in (("delivery", "模板"), ("messagechoice", "消息种类"))
        ],
    ]
