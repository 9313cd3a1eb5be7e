from django.db import migrations

from foundation.clock import now
from foundation.operations import WEB
from residents.consent_texts import FIRST_TEXTS

# Taking back the consent to delegates ends what family and helpers may do; agreeing anew does not revive it.
WITHDRAWN = f"""
CREATE FUNCTION app.is_proved_for(category text) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT app.required_level(category) = 0 OR EXISTS (
    SELECT 1 FROM public.residents_verification v
    WHERE v.account_id = app.account() AND v.level >= app.required_level(category) AND v.revoked_at IS NULL
      AND v.verified_at <= app.clock() AND (v.valid_until IS NULL OR v.valid_until > app.clock())) $$;
GRANT EXECUTE ON FUNCTION app.is_proved_for(text) TO {WEB};
CREATE FUNCTION app.consent_changes() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF (NEW.id, NEW.resident_id, NEW.purpose, NEW.given_at, NEW.given_by)
     IS DISTINCT FROM (OLD.id, OLD.resident_id, OLD.purpose, OLD.given_at, OLD.given_by)
     OR OLD.withdrawn_at IS NOT NULL THEN
    RAISE EXCEPTION 'a consent is only ever withdrawn, once' USING ERRCODE = 'restrict_violation';
  END IF;
  IF NEW.withdrawn_at IS NOT NULL AND NEW.purpose = 'delegates' THEN
    UPDATE public.residents_delegation SET ended_at = app.clock(), ended_by = NEW.withdrawn_by
      WHERE resident_id = NEW.resident_id AND relation <> 'guardian' AND ended_at IS NULL;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER consent_changes BEFORE UPDATE ON public.residents_consent
  FOR EACH ROW EXECUTE FUNCTION app.consent_changes();
CREATE TRIGGER consent_is_never_deleted BEFORE DELETE ON public.residents_consent
  FOR EACH ROW EXECUTE FUNCTION app.refuse();
CREATE TRIGGER consent_text_is_never_changed BEFORE UPDATE OR DELETE ON public.residents_consenttext
  FOR EACH ROW EXECUTE FUNCTION app.refuse();
"""
NO_WITHDRAWN = """
DROP TRIGGER consent_text_is_never_changed ON public.residents_consenttext;
DROP TRIGGER consent_is_never_deleted ON public.residents_consent;
DROP TRIGGER consent_changes ON public.residents_consent;
DROP FUNCTION app.consent_changes(), app.is_proved_for(text);
"""


def add_first_texts(apps, schema_editor):
    """What is asked from the first day; a county adds later versions on the staff site."""
    texts = apps.get_model("residents", "ConsentText").objects.using(schema_editor.connection.alias)
    for text in FIRST_TEXTS:
        texts.create(version=1, effective_from=now(), **text)


class Migration(migrations.Migration):
    """The first consent texts, and what withdrawing means."""

    dependencies = [("residents", "0012_staff")]

    operations = [
        migrations.RunPython(add_first_texts, migrations.RunPython.noop),
        migrations.RunSQL(WITHDRAWN, NO_WITHDRAWN),
    ]
