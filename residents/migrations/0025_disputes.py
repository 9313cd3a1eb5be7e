from importlib import import_module

from django.db import migrations, models

before = import_module("residents.migrations.0024_feedback")
KINDS = [*before.KINDS, ("dispute_answered", "您提出的档案异议有了答复")]
after = [name for name, _ in before.TEMPLATES].index("feedback_answered") + 1
TEMPLATES = [
    *before.TEMPLATES[:after],
    ("dispute_answered", "档案异议答复提醒"),
    *before.TEMPLATES[after:],
]


class Migration(migrations.Migration):
    dependencies = [("residents", "0024_feedback")]

    operations = [
        migrations.AlterField("notice", "kind", models.CharField(choices=KINDS, max_length=30, verbose_name="类型")),
        *[
            migrations.AlterField(
                model, "template", models.CharField(choices=TEMPLATES, max_length=30, verbose_name=title)
            )
            for model, title in (("delivery", "模板"), ("messagechoice", "消息种类"))
        ],
    ]
