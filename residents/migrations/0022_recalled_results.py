from importlib import import_module

from django.db import migrations, models

KINDS = [
    ("report_ready", "您的检查检验报告已出"),
    ("booked", "预约成功"),
    ("booking_cancelled", "预约已取消"),
    ("case_answered", "您提出的问题有了答复"),
    ("first_access", "有一家机构第一次查看了您的信息"),
    ("emergency_access", "有工作人员紧急查看了您的信息"),
    ("delegation_invited", "有人请您帮忙代办"),
    ("delegation_started", "一项代办授权开始生效"),
    ("delegation_ended", "一项代办授权已经结束"),
    ("guardianship_refused", "监护人申请没有通过，请看原因"),
    ("hand_over", "孩子年满14或18周岁，代办权限有变化"),
    ("assisted_act", "工作人员帮您办了一件事"),
    ("new_device", "您的账号在一台新设备上登录"),
    ("phone_changed", "您账号的手机号已更改"),
    ("password_changed", "您账号的密码已修改"),
    ("account_opened", "您的门户账号已开通"),
    ("registration_attempt", "有人用您的证件号码申请注册"),
    ("activation_printed", "有人在窗口为您打印了激活码"),
    ("death_reported", "本县登记了您的去世，如有误请到窗口更正"),
    ("result_checked", "您名下的一份报告正在核查，暂不显示"),
    ("result_shown_again", "核查完毕，您的一份报告恢复显示"),
    ("result_taken_back", "一份误记在您名下的报告已收回"),
    ("result_returned", "一份误记在他人名下的报告已归还给您"),
    ("seen_taken_back", "代办时看过的一份报告不属于家人，已收回"),
]
TOLD = [
    ("result_checked", "报告核查提醒"),
    ("result_shown_again", "报告恢复显示提醒"),
    ("result_taken_back", "报告收回提醒"),
    ("result_returned", "报告归还提醒"),
    ("seen_taken_back", "代办人报告收回提醒"),
]
before = import_module("residents.migrations.0021_critical_mail").TEMPLATES
after = [name for name, _ in before].index("death_reported") + 1
TEMPLATES = [*before[:after], *TOLD, *before[after:]]


class Migration(migrations.Migration):
    dependencies = [("residents", "0021_critical_mail")]

    operations = [
        migrations.AlterField("notice", "kind", models.CharField(choices=KINDS, max_length=30, verbose_name="类型")),
        *[
            migrations.AlterField(
                model, "template", models.CharField(choices=TEMPLATES, max_length=30, verbose_name=title)
            )
            for model, title in (("delivery", "模板"), ("messagechoice", "消息种类"))
        ],
    ]
