from django.db import migrations


class Migration(migrations.Migration):
    """Placeholder: staff."""

    dependencies = [("residents", "0011_family")]

    operations = []
