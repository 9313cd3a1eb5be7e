from importlib import import_module

from django.db import migrations, models

before = import_module("residents.migrations.0031_clinics_and_waiting")
KINDS = [
    *before.KINDS,
    ("strike_warned", "您有一次预约没有来，登记为爽约，可以申诉"),
    ("web_suspended", "您的网上预约暂停了，可以申诉，窗口照常"),
    ("strike_excused", "您的一次爽约记录已经撤销"),
    ("appeal_answered", "您的爽约申诉有了答复"),
    ("draw_lost", "您登记的抽签没有抽中，已转为候补"),
]
TOLD = [
    ("strike_warned", "爽约登记提醒"),
    ("web_suspended", "网上预约暂停提醒"),
    ("strike_excused", "爽约撤销提醒"),
    ("appeal_answered", "爽约申诉答复提醒"),
    ("draw_lost", "抽签没有抽中提醒"),
]
after = [name for name, _ in before.TEMPLATES].index("place_back") + 1
TEMPLATES = [*before.TEMPLATES[:after], *TOLD, *before.TEMPLATES[after:]]


class Migration(migrations.Migration):
    """What a person is told of missed visits and of draws."""

    dependencies = [("residents", "0031_clinics_and_waiting")]

    operations = [
        migrations.AlterField("notice", "kind", models.CharField(choices=KINDS, max_length=30, verbose_name="类型")),
        *[
            migrations.AlterField(
                model, "template", models.CharField(choices=TEMPLATES, max_length=30, verbose_name=title)
            )
            for model, title in (("delivery", "模板"), ("messagechoice", "消息种类"))
        ],
    ]
