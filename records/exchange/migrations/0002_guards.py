from django.db import migrations

from foundation.operations import Guard, staff

REACH = ("administrator", "engineer", "auditor")

IMMUTABLE = """
CREATE TRIGGER inbound_is_never_changed BEFORE UPDATE OR DELETE ON public.exchange_inbound
  FOR EACH ROW EXECUTE FUNCTION app.refuse();
CREATE TRIGGER inbound_is_never_truncated BEFORE TRUNCATE ON public.exchange_inbound
  FOR EACH STATEMENT EXECUTE FUNCTION app.refuse();
CREATE TRIGGER stored_file_is_never_changed BEFORE UPDATE OR DELETE ON public.exchange_storedfile
  FOR EACH ROW EXECUTE FUNCTION app.refuse();
CREATE TRIGGER file_part_is_never_changed BEFORE UPDATE OR DELETE ON public.exchange_filepart
  FOR EACH ROW EXECUTE FUNCTION app.refuse();
"""
MUTABLE = """
DROP TRIGGER inbound_is_never_changed ON public.exchange_inbound;
DROP TRIGGER inbound_is_never_truncated ON public.exchange_inbound;
DROP TRIGGER stored_file_is_never_changed ON public.exchange_storedfile;
DROP TRIGGER file_part_is_never_changed ON public.exchange_filepart;
"""


class Migration(migrations.Migration):
    dependencies = [("exchange", "0001_initial"), ("facilities", "0003_guards")]

    operations = [
        Guard(
            "exchange_source",
            select=[staff(*REACH)],
            insert=[staff("administrator", "engineer")],
            update=[staff("administrator", "engineer")],
            update_columns=[
                "code",
                "name",
                "facility_id",
                "kind",
                "address",
                "allowed_hosts",
                "credential",
                "interval_minutes",
                "state",
                "next_pull_at",
            ],
        ),
        Guard("exchange_pull", select=[staff(*REACH)]),
        Guard(
            "exchange_held",
            select=[staff("engineer")],
            update=[staff("engineer")],
            update_columns=["resolved_at", "resolved_by", "resolution", "retry_requested_at"],
        ),
        Guard(
            "exchange_codemapping",
            select=[staff("engineer")],
            insert=[staff("engineer")],
            update=[staff("engineer")],
            worker="SELECT",
        ),
        # Payloads, the ledger and patient links: the worker's alone.
        Guard("exchange_inbound", worker="SELECT, INSERT"),
        Guard("exchange_storedfile", worker="SELECT, INSERT"),
        Guard("exchange_filepart", worker="SELECT, INSERT"),
        Guard("exchange_inboundkey"),
        Guard("exchange_sourcepatient"),
        migrations.RunSQL(IMMUTABLE, MUTABLE),
    ]
