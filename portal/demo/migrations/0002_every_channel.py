from django.db import migrations, models


class Migration(migrations.Migration):
    """The demonstration's outbox shows calls, WeChat messages and e-mail too."""

    dependencies = [("demo", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="outboxmessage",
            name="channel",
            field=models.CharField(
                choices=[("sms", "短信"), ("voice", "语音电话"), ("wechat", "微信"), ("email", "电子邮件")],
                default="sms",
                max_length=10,
                verbose_name="渠道",
            ),
        ),
    ]
