from importlib import import_module

from django.db import migrations, models

before = import_module("residents.migrations.0026_unread_results")
KINDS = [
    *before.KINDS,
    ("record_ready", "您要的档案已经做好，可以下载"),
    ("service_asked", "请核实一次服务记录是否属实"),
]
after = [name for name, _ in before.TEMPLATES].index("result_unread") + 1
TEMPLATES = [
    *before.TEMPLATES[:after],
    ("record_ready", "档案已做好提醒"),
    ("service_asked", "服务核实"),
    *before.TEMPLATES[after:],
]


class Migration(migrations.Migration):
    dependencies = [("residents", "0026_unread_results")]

    operations = [
        migrations.AlterField("notice", "kind", models.CharField(choices=KINDS, max_length=30, verbose_name="类型")),
        *[
            migrations.AlterField(
                model, "template", models.CharField(choices=TEMPLATES, max_length=30, verbose_name=title)
            )
            for model, title in (("delivery", "模板"), ("messagechoice", "消息种类"))
        ],
    ]
