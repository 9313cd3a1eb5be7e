from django.db import migrations

# Whether a row may be read decides whether it can be a repetition (docs/adr/0020), and it changes in many ways: a
# doctor releases it, its time comes, it is recalled or given back, a link is undone and what came by it is taken back.
# Whoever changes it need not think of repetitions.
AGAIN = """
CREATE FUNCTION app.judge_again() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  INSERT INTO public.exchange_foldingdue (resident_id, marks) VALUES (NEW.resident_id, 0)
  ON CONFLICT (resident_id) DO UPDATE SET marks = exchange_foldingdue.marks + 1;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION app.judge_again() IS 'Lets the worker''s next sweep look for repetitions among a person''s rows.';
REVOKE ALL ON FUNCTION app.judge_again() FROM PUBLIC;
"""
TRIGGER = """
CREATE TRIGGER judge_again AFTER UPDATE OF release, withdrawn_at ON public.records_{name} FOR EACH ROW
  WHEN (OLD.release IS DISTINCT FROM NEW.release OR OLD.withdrawn_at IS DISTINCT FROM NEW.withdrawn_at)
  EXECUTE FUNCTION app.judge_again();
"""
NO_TRIGGER = "DROP TRIGGER judge_again ON public.records_{name};"
NAMES = ("report", "observation", "immunization", "encounter")


class Migration(migrations.Migration):
    dependencies = [("exchange", "0011_error_sheets"), ("records", "0009_recalled_copies")]

    operations = [
        migrations.RunSQL(AGAIN, "DROP FUNCTION app.judge_again();"),
        *[migrations.RunSQL(TRIGGER.format(name=name), NO_TRIGGER.format(name=name)) for name in NAMES],
    ]
