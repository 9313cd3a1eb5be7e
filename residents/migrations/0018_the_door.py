"""Placeholder, filled by its owner."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("residents", "0017_two_people")]
    operations: list = []
