from importlib import import_module

from django.db import migrations, models

before = import_module("residents.migrations.0028_record_ready")
KINDS = [*before.KINDS, ("program_connected", "一个应用开始可以读取您的健康档案")]
after = [name for name, _ in before.TEMPLATES].index("service_asked") + 1
TEMPLATES = [
    *before.TEMPLATES[:after],
    ("program_connected", "应用授权提醒"),
    *before.TEMPLATES[after:],
]


class Migration(migrations.Migration):
    """A person is told of each program that may read their record from now on."""

    dependencies = [("residents", "0029_hearing")]

    operations = [
        migrations.AlterField("notice", "kind", models.CharField(choices=KINDS, max_length=30, verbose_name="类型")),
        *[
            migrations.AlterField(
                model, "template", models.CharField(choices=TEMPLATES, max_length=30, verbose_name=title)
            )
            for model, title in (("delivery", "模板"), ("messagechoice", "消息种类"))
        ],
    ]
