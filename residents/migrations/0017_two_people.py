"""Placeholder, filled by its owner."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("residents", "0016_not_a_helpers_business")]
    operations: list = []
