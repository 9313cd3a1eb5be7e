from django.db import migrations


class Migration(migrations.Migration):
    """Placeholder: registration."""

    dependencies = [("residents", "0008_sign_in_safety")]

    operations = []
