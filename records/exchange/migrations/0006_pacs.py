from django.db import migrations, models


class Migration(migrations.Migration):
    """The answers of a PACS are documents too."""

    dependencies = [("exchange", "0004_push")]

    operations = [
        migrations.AlterField(
            model_name="storedfile",
            name="layout",
            field=models.CharField(
                choices=[
                    ("bundle", "Bundle 文件"),
                    ("lines", "NDJSON 文件"),
                    ("hl7v2", "HL7 v2 消息"),
                    ("table", "表格文件"),
                    ("cda", "CDA 文档"),
                    ("dicom", "影像检查列表"),
                ],
                max_length=10,
            ),
        ),
    ]
