from importlib import import_module

from django.db import migrations, models

from foundation.operations import WORKER, as_it_was

# A result that turns out to be critical only when its code is mapped, and that somebody has read, is not taken away from
# them: it stays where it is, and a doctor is asked to call.
BEFORE = as_it_was(import_module("records.exchange.migrations.0016_release").KEPT, "keep_critical_case")
# What waits from now on has waited since now, however long ago it came; and nobody reads it any more.
KEEP = BEFORE.replace(
    "(known, NEW.facility_id, NEW.received_at, NEW.release_at, 'open', 0)",
    "(known, NEW.facility_id, CASE TG_OP WHEN 'INSERT' THEN NEW.received_at ELSE app.clock() END, NEW.release_at,"
    " 'open', 0)",
).replace("ended_at = NULL, announced_at = NULL,", "ended_at = NULL, announced_at = NULL, already_read = false,")

ENDS = """
CREATE TRIGGER critical_case_ends_with_what_was_read
  AFTER UPDATE OF release, superseded_at, withdrawn_at, folded_into ON public.records_observation FOR EACH ROW
  WHEN (OLD.release = 'released' AND NEW.release <> 'pending' AND (NEW.release <> 'released'
    OR (OLD.superseded_at IS NULL AND NEW.superseded_at IS NOT NULL)
    OR (OLD.withdrawn_at IS NULL AND NEW.withdrawn_at IS NOT NULL)
    OR (OLD.folded_into IS NULL AND NEW.folded_into IS NOT NULL)))
  EXECUTE FUNCTION app.keep_critical_case();
"""
NO_ENDS = "DROP TRIGGER critical_case_ends_with_what_was_read ON public.records_observation;"

# One case for each item, as for those that wait; one that was called about, or has opened, is not asked for again.
ASK = f"""
CREATE FUNCTION app.ask_for_call(person uuid, which uuid) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
DECLARE
  item public.records_observation;
  known public.exchange_criticalcase;
BEGIN
  SELECT o.* INTO item FROM public.records_observation o WHERE o.resident_id = person AND o.id = which
    AND o.release = 'released' AND o.superseded_at IS NULL AND o.withdrawn_at IS NULL AND o.folded_into IS NULL
    FOR UPDATE;
  IF item.id IS NULL THEN RETURN false; END IF;
  SELECT c.* INTO known FROM public.exchange_criticalcase c JOIN public.exchange_criticalsubject s ON s.case_id = c.id
    WHERE s.resident_id = person AND s.source_id = item.source_id AND s.identifier = item.identifier
      AND s.part = item.part FOR UPDATE OF c;
  IF known.id IS NULL THEN
    known.id := gen_random_uuid();
    INSERT INTO public.exchange_criticalcase
        (id, facility_id, opened_at, release_at, state, missed, announced_at, already_read)
      VALUES (known.id, item.facility_id, app.clock(), NULL, 'open', 0, app.clock(), true);
    INSERT INTO public.exchange_criticalsubject (case_id, resident_id, source_id, identifier, part, observation_id)
      VALUES (known.id, person, item.source_id, item.identifier, item.part, which);
    RETURN true;
  END IF;
  IF known.state <> 'gone' THEN RETURN false; END IF;
  UPDATE public.exchange_criticalsubject SET observation_id = which WHERE case_id = known.id;
  UPDATE public.exchange_criticalcase SET facility_id = item.facility_id, release_at = NULL, state = 'open',
    ended_at = NULL, announced_at = app.clock(), already_read = true WHERE id = known.id;
  RETURN true;
END $$;
COMMENT ON FUNCTION app.ask_for_call(uuid, uuid) IS
  'Ask a doctor to call about a critical result that its person can read already; false where that is not wanted.';
REVOKE ALL ON FUNCTION app.ask_for_call(uuid, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.ask_for_call(uuid, uuid) TO {WORKER};
"""


class Migration(migrations.Migration):
    dependencies = [("exchange", "0021_unit_aliases")]

    operations = [
        migrations.AddField(
            "criticalcase",
            "already_read",
            models.BooleanField(db_default=False, default=False, verbose_name="本人已经看过"),
        ),
        migrations.RunSQL(KEEP, BEFORE),
        migrations.RunSQL(ENDS, NO_ENDS),
        migrations.RunSQL(ASK, "DROP FUNCTION app.ask_for_call(uuid, uuid);"),
    ]
