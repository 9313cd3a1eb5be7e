from django.db import migrations, models

import foundation.keys
from foundation.operations import Guard, anyone


class Migration(migrations.Migration):
    initial = True
    dependencies = [("foundation", "0002_app_schema")]

    operations = [
        migrations.CreateModel(
            name="OutboxMessage",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("key", models.CharField(max_length=80, unique=True)),
                ("phone", models.CharField(max_length=20, verbose_name="手机号")),
                ("text", models.CharField(max_length=500, verbose_name="内容")),
                ("sent_at", models.DateTimeField(db_index=True, verbose_name="时间")),
            ],
            options={"verbose_name": "演示短信", "verbose_name_plural": "演示短信"},
        ),
        Guard("demo_outboxmessage", select=[anyone()], worker="SELECT, INSERT"),
    ]
