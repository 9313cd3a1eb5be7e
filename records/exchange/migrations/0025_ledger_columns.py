from django.db import migrations

from foundation.operations import WORKER

# What a message was when it came is never rewritten: of its line only what became of it changes.
NARROW = f"""
REVOKE UPDATE ON public.exchange_inboundkey FROM {WORKER};
GRANT UPDATE (state, resident_id, attempts) ON public.exchange_inboundkey TO {WORKER};
"""
WIDE = f"""
REVOKE UPDATE (state, resident_id, attempts) ON public.exchange_inboundkey FROM {WORKER};
GRANT UPDATE ON public.exchange_inboundkey TO {WORKER};
"""


class Migration(migrations.Migration):
    dependencies = [("exchange", "0024_held_twins")]

    operations = [migrations.RunSQL(NARROW, WIDE)]
