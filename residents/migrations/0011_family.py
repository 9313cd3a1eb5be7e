from django.db import migrations


class Migration(migrations.Migration):
    """Placeholder: family."""

    dependencies = [("residents", "0010_authorities")]

    operations = []
