from django.db import migrations


class Migration(migrations.Migration):
    """Placeholder: consent and cases."""

    dependencies = [("residents", "0012_staff")]

    operations = []
