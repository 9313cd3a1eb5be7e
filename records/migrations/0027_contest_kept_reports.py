from importlib import import_module

from django.db import migrations

from foundation.operations import as_it_was

# A report that is handed out at the facility may be contested, too: that there is one, from where and of when is all
# that its person sees of it, and all that the dispute says.
OF_WHAT = """
CREATE OR REPLACE FUNCTION app.dispute_asked() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  entry record;
BEGIN
  IF NEW.kind <> ALL (ARRAY['report','observation','encounter','condition','medication','allergy','immunization',
       'procedure','examination','followup','document'])
     OR (NEW.kind = 'report') <> (NEW.category = 'results') THEN
    RAISE EXCEPTION 'nothing of that kind can be contested' USING ERRCODE = 'restrict_violation';
  END IF;
  EXECUTE format('SELECT source_id, identifier, facility_id, facility_name, occurred_at{what}
    FROM public.%I WHERE id = $1 AND resident_id = $2 AND sensitivity < 5 AND {open} AND left_at IS NULL
      AND withdrawn_at IS NULL AND superseded_at IS NULL', 'records_' || NEW.kind)
    INTO entry USING NEW.subject_id, NEW.resident_id;
  IF entry.source_id IS NULL THEN
    RAISE EXCEPTION 'only an entry of the person that can be read is contested' USING ERRCODE = 'restrict_violation';
  END IF;
  NEW.source_id := entry.source_id;
  NEW.identifier := entry.identifier;
  NEW.facility_id := entry.facility_id;
  NEW.facility_name := entry.facility_name;
  NEW.occurred_at := entry.occurred_at;
  NEW.asked_at := app.clock();{title}
  RETURN NEW;
END $$;
"""
READABLE = as_it_was(import_module("records.migrations.0018_disputes").RULES, "dispute_asked")
# The title is written here whatever the page says, so that none of a report that is kept back gets into a dispute.
KEPT_TOO = OF_WHAT.format(
    what=", release",
    open="(release = ''released'' OR release = ''withheld'' AND $3 = ''report'')",
    title="\n  IF entry.release = 'withheld' THEN NEW.title := '在机构领取的一份报告'; END IF;",
).replace("USING NEW.subject_id, NEW.resident_id;", "USING NEW.subject_id, NEW.resident_id, NEW.kind;")


class Migration(migrations.Migration):
    dependencies = [("records", "0021_stored_copies")]

    operations = [migrations.RunSQL(KEPT_TOO, READABLE)]
