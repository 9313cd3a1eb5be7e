from importlib import import_module

from django.db import migrations

from foundation.operations import as_it_was
from foundation.places import taking

# The same statement as before, now written by the helper that activities use too.
TAKE = taking("take_place", "appointments_slot", "slot_id", full="slot_never_overbooked")
BEFORE = as_it_was(import_module("appointments.migrations.0002_places").PLACES, "take_place")


class Migration(migrations.Migration):
    dependencies = [("appointments", "0004_self_registered")]

    operations = [migrations.RunSQL(TAKE, BEFORE)]
