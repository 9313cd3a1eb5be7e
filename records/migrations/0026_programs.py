from importlib import import_module

from django.db import migrations

from foundation.operations import as_it_was

pending = import_module("records.migrations.0010_pending")

# What a doctor tells first hides the other values of its report too; a program that reads must not learn them either.
BY_PROGRAM = """
    UNION ALL
    SELECT app.connected_person() WHERE current_setting('transaction_read_only') = 'on'
  ) AS seen $$;"""
BEFORE = as_it_was(pending.HELD, "perhaps_seen")
SEEN = BEFORE.replace("\n  ) AS seen $$;", BY_PROGRAM)


class Migration(migrations.Migration):
    dependencies = [("records", "0022_parcels"), ("residents", "0027_programs")]

    operations = [migrations.RunSQL(SEEN, BEFORE)]
