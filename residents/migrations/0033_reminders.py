from importlib import import_module

from django.db import migrations, models

before = import_module("residents.migrations.0032_fairness_notices")
hearing = import_module("residents.migrations.0029_hearing")
KINDS = [*before.KINDS, ("visit_reminder", "您快要就诊了，请看时间和地点")]
SENT = [
    ("visit_reminder", "就诊提醒"),
    ("visit_reminder_code", "就诊提醒（带编号）"),
    ("reply_kept", "回复：已确认就诊"),
    ("reply_too_late", "回复：已过退号时间"),
    ("reply_move", "回复：怎样改期"),
    ("reply_call", "回复：会打电话"),
    ("reply_gone", "回复：候补的号没有了"),
    ("reply_appealed", "回复：已收到申诉"),
    ("reply_which", "回复：答的是哪一件"),
    ("reply_menu", "回复：能回复什么"),
    ("reply_stopped", "回复：不再提醒"),
]
after = [name for name, _ in before.TEMPLATES].index("draw_lost") + 1
TEMPLATES = [*before.TEMPLATES[:after], *SENT, *before.TEMPLATES[after:]]
MEANINGS = [
    *hearing.MEANINGS,
    ("kept", "确认就诊"),
    ("cancel", "取消预约"),
    ("later", "要改期"),
    ("call", "请打电话"),
    ("taken", "要候补的号"),
    ("declined", "不要候补的号"),
    ("appealed", "对爽约申诉"),
    ("unclear", "不知道答的是哪一件"),
]


class Migration(migrations.Migration):
    """People are reminded of a visit, and answer by SMS."""

    dependencies = [("residents", "0032_fairness_notices")]

    operations = [
        migrations.AlterField("notice", "kind", models.CharField(choices=KINDS, max_length=30, verbose_name="类型")),
        *[
            migrations.AlterField(
                model, "template", models.CharField(choices=TEMPLATES, max_length=30, verbose_name=title)
            )
            for model, title in (("delivery", "模板"), ("messagechoice", "消息种类"))
        ],
        migrations.AlterField("smsreply", "meaning", models.CharField(blank=True, choices=MEANINGS, max_length=8)),
    ]
