from importlib import import_module

from django.db import migrations

from foundation.operations import as_it_was

# Vaccinations, visits and single results are folded too: the same through another feed is recalled with them.
BEFORE = as_it_was(import_module("records.exchange.migrations.0015_recalls").HIDE, "cover_recall")
_TWINS = """      UNION SELECT t.source_id, '{kind}', t.identifier FROM public.exchange_recallcover c
        JOIN public.exchange_inboundkey k ON k.source_id = c.source_id AND k.kind = c.kind AND k.identifier = c.identifier
        JOIN public.records_{table} r
        ON r.resident_id = k.resident_id AND r.source_id = c.source_id AND r.identifier = c.identifier
        JOIN public.records_{table} t
        ON t.resident_id = r.resident_id AND (t.folded_into = r.id OR t.id = r.folded_into)
        WHERE c.recall_id = which AND c.kind = '{kind}'
"""
_END = "    )\n    INSERT INTO public.exchange_recallcover"
COVER = BEFORE.replace(
    _END,
    "".join(_TWINS.format(kind=kind, table=kind.lower()) for kind in ("Observation", "Immunization", "Encounter"))
    + _END,
)


class Migration(migrations.Migration):
    dependencies = [("exchange", "0022_coded_later")]

    operations = [migrations.RunSQL(COVER, BEFORE)]
