from importlib import import_module

from django.db import migrations, models

before = import_module("residents.migrations.0023_activities")
KINDS = [*before.KINDS, ("feedback_answered", "编辑答复了您对一篇文章的反馈")]
after = [name for name, _ in before.TEMPLATES].index("activity_cancelled") + 1
TEMPLATES = [
    *before.TEMPLATES[:after],
    ("feedback_answered", "文章反馈答复提醒"),
    *before.TEMPLATES[after:],
]


class Migration(migrations.Migration):
    dependencies = [("residents", "0023_activities")]

    operations = [
        migrations.AlterField("notice", "kind", models.CharField(choices=KINDS, max_length=30, verbose_name="类型")),
        *[
            migrations.AlterField(
                model, "template", models.CharField(choices=TEMPLATES, max_length=30, verbose_name=title)
            )
            for model, title in (("delivery", "模板"), ("messagechoice", "消息种类"))
        ],
    ]
