from django.db import migrations, models

TEMPLATES = [
    ("sign_in_code", "登录验证码"),
    ("helper_code", "帮办码"),
    ("registration_code", "注册验证码"),
    ("phone_code", "更换手机号验证码"),
    ("proof_code", "本人确认验证码"),
    ("report_ready", "报告已出提醒"),
    ("booked", "预约成功提醒"),
    ("booking_cancelled", "预约取消提醒"),
    ("case_answered", "问题已答复提醒"),
    ("first_access", "机构首次查看提醒"),
    ("emergency_access", "紧急查看提醒"),
    ("delegation_invited", "代办邀请提醒"),
    ("delegation_started", "代办开始提醒"),
    ("delegation_ended", "代办结束提醒"),
    ("guardianship_refused", "监护人申请未通过提醒"),
    ("hand_over", "年龄变化提醒"),
    ("assisted_act", "帮办回执"),
    ("new_device", "新设备登录提醒"),
    ("phone_changed", "手机号更改提醒"),
    ("password_changed", "密码修改提醒"),
    ("account_opened", "账号开通提醒"),
    ("registration_attempt", "注册尝试提醒"),
    ("activation_printed", "激活码打印提醒"),
    ("death_reported", "去世登记提醒"),
    ("family_notice", "家人新消息提醒"),
    ("budget_reached", "短信额度用完（发给工作人员）"),
    ("critical_waits", "危急值无人处理（发给工作人员）"),
]


class Migration(migrations.Migration):
    dependencies = [("residents", "0020_shared_phones")]

    operations = [
        migrations.AlterField(model, "template", models.CharField(choices=TEMPLATES, max_length=30, verbose_name=title))
        for model, title in (("delivery", "模板"), ("messagechoice", "消息种类"))
    ]
