from django.db import migrations

# Whether a row may be read decides whether it can be a repetition (docs/adr/0020), and it changes in many ways: a
# doctor releases it, its time comes, it is recalled or given back. Whoever changes it need not think of repetitions.
AGAIN = """
CREATE FUNCTION app.judge_again() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  INSERT INTO public.exchange_foldingdue (resident_id, marks) VALUES (NEW.resident_id, 0)
  ON CONFLICT (resident_id) DO UPDATE SET marks = exchange_foldingdue.marks + 1;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION app.judge_again() IS 'Lets the worker''s next sweep look for repetitions among a person''s rows.';
REVOKE ALL ON FUNCTION app.judge_again() FROM PUBLIC;
CREATE TRIGGER judge_again AFTER UPDATE OF release ON public.records_report FOR EACH ROW
  WHEN (OLD.release IS DISTINCT FROM NEW.release AND NEW.superseded_at IS NULL) EXECUTE FUNCTION app.judge_again();
CREATE TRIGGER judge_again AFTER UPDATE OF release ON public.records_observation FOR EACH ROW
  WHEN (OLD.release IS DISTINCT FROM NEW.release AND NEW.superseded_at IS NULL) EXECUTE FUNCTION app.judge_again();
"""
NOT_AGAIN = """
DROP TRIGGER judge_again ON public.records_observation;
DROP TRIGGER judge_again ON public.records_report;
DROP FUNCTION app.judge_again();
"""


class Migration(migrations.Migration):
    dependencies = [("exchange", "0011_error_sheets"), ("records", "0009_recalled_copies")]

    operations = [migrations.RunSQL(AGAIN, NOT_AGAIN)]
