from importlib import import_module

from django.db import migrations

before = import_module("appointments.migrations.0004_self_registered")

# A cancelled place comes back at a random moment (0007); the place that the real person keeps is theirs at once, or a
# half-day that is full would have none for them.
KEPT = """  IF NOT keep THEN RETURN true; END IF;
"""
AT_ONCE = (
    KEPT
    + """  UPDATE public.appointments_hold SET ended_at = app.clock() WHERE id = (
    SELECT h.id FROM public.appointments_hold h
    WHERE h.slot_id = old.slot_id AND h.kind = 'returning' AND h.ended_at IS NULL AND h.made_at = app.clock()
    LIMIT 1 FOR UPDATE);
"""
)
_START = before.CLAIMED.index("CREATE FUNCTION app.settle_claimed_booking")
_END = before.CLAIMED.index("END $$;", _START) + len("END $$;")
OLD = before.CLAIMED[_START:_END].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
NEW = OLD.replace(KEPT, AT_ONCE)
assert NEW != OLD


class Migration(migrations.Migration):
    """A place that is kept for the real person is not held back in between."""

    dependencies = [("appointments", "0007_channels")]

    operations = [migrations.RunSQL(NEW, OLD)]
