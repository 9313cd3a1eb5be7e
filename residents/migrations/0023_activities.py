from importlib import import_module

from django.db import migrations, models

before = import_module("residents.migrations.0022_recalled_results")
KINDS = [
    *before.KINDS,
    ("activity_tomorrow", "您报名的活动明天举行"),
    ("activity_changed", "您报名的活动改了时间或地点"),
    ("activity_cancelled", "您报名的活动取消了"),
]
TOLD = [
    ("activity_tomorrow", "活动前一天提醒"),
    ("activity_changed", "活动更改提醒"),
    ("activity_cancelled", "活动取消提醒"),
]
after = [name for name, _ in before.TEMPLATES].index("seen_taken_back") + 1
TEMPLATES = [*before.TEMPLATES[:after], *TOLD, *before.TEMPLATES[after:]]


class Migration(migrations.Migration):
    dependencies = [("residents", "0022_recalled_results")]

    operations = [
        migrations.AlterField("notice", "kind", models.CharField(choices=KINDS, max_length=30, verbose_name="类型")),
        *[
            migrations.AlterField(
                model, "template", models.CharField(choices=TEMPLATES, max_length=30, verbose_name=title)
            )
            for model, title in (("delivery", "模板"), ("messagechoice", "消息种类"))
        ],
    ]
