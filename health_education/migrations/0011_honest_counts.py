from importlib import import_module

from django.db import migrations

from foundation.operations import WEB, as_it_was

ACTIVITIES = import_module("health_education.migrations.0008_activities")
READING = import_module("health_education.migrations.0007_reading")

# How many came is counted where it happens, by the statement that says somebody came: before an activity is written
# down as held, and after. Nobody writes the number; what staff add by hand (walk_ins) moves it by just as much.
COUNTED = """
UPDATE public.health_education_activity a SET attended = a.walk_ins + (
  SELECT count(*) FROM public.health_education_signup s WHERE s.activity_id = a.id AND s.attended_at IS NOT NULL);

CREATE FUNCTION app.activity_counts_people() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.attended := NEW.walk_ins;
  ELSIF pg_trigger_depth() = 1 THEN  -- deeper, a sign-up counts
    IF NEW.attended <> OLD.attended THEN
      RAISE EXCEPTION 'how many came is counted, not written' USING ERRCODE = 'restrict_violation';
    END IF;
    NEW.attended := OLD.attended + NEW.walk_ins - OLD.walk_ins;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER activity_counts_people BEFORE INSERT OR UPDATE ON public.health_education_activity
  FOR EACH ROW EXECUTE FUNCTION app.activity_counts_people();

CREATE FUNCTION app.signup_is_counted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
DECLARE
  more integer := (NEW.attended_at IS NOT NULL)::integer;
BEGIN
  IF TG_OP = 'UPDATE' THEN more := more - (OLD.attended_at IS NOT NULL)::integer; END IF;
  IF more <> 0 THEN
    UPDATE public.health_education_activity SET attended = attended + more WHERE id = NEW.activity_id;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER signup_is_counted AFTER INSERT OR UPDATE ON public.health_education_signup
  FOR EACH ROW EXECUTE FUNCTION app.signup_is_counted();
"""
NOT_COUNTED = """
DROP TRIGGER signup_is_counted ON public.health_education_signup;
DROP TRIGGER activity_counts_people ON public.health_education_activity;
DROP FUNCTION app.signup_is_counted(), app.activity_counts_people();
"""

# A sign-up changes hands only at the counter, from whoever claimed a number to the person whose document proves it:
# the place is never free in between, and whether sign-up is still open does not matter. And nobody signs up and takes
# it back for ever: so many rows for a person and an activity.
AGREES = as_it_was(ACTIVITIES.PLACES, "signup_agrees")
MANY = """
  IF NOT NEW.walked_in AND (SELECT count(*) FROM public.health_education_signup s
      WHERE s.resident_id = NEW.resident_id AND s.activity_id = NEW.activity_id)
      >= coalesce((app.setting('activities.signups_per_person') #>> '{}')::integer, 5) THEN
    RAISE EXCEPTION 'signed up and taken back as often as may be' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'signed_up_again_too_often';
  END IF;
"""
AGREES_NOW = AGREES.replace("  RETURN NEW;\n", f"{MANY.lstrip(chr(10))}  RETURN NEW;\n")
CHANGES = as_it_was(ACTIVITIES.PLACES, "signup_changes")
CHANGES_NOW = f"""
CREATE OR REPLACE FUNCTION app.signup_changes() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
DECLARE
  handed boolean := NEW.resident_id <> OLD.resident_id AND EXISTS (
    SELECT 1 FROM app.claims_on(NEW.resident_id) c WHERE c.claimant = OLD.resident_id);
BEGIN
  IF OLD.cancelled_at IS NOT NULL OR
     (NEW.id, NEW.activity_id, NEW.facility_id, NEW.walked_in, NEW.signed_at)
     IS DISTINCT FROM (OLD.id, OLD.activity_id, OLD.facility_id, OLD.walked_in, OLD.signed_at)
     OR NOT handed AND (NEW.resident_id, NEW.form_key, NEW.signed_by)
     IS DISTINCT FROM (OLD.resident_id, OLD.form_key, OLD.signed_by)
  THEN
    RAISE EXCEPTION 'a sign-up is revived by signing up anew' USING ERRCODE = 'restrict_violation';
  END IF;
  IF handed THEN
    SELECT r.name INTO NEW.resident_name FROM public.residents_resident r WHERE r.id = NEW.resident_id;
  END IF;
  IF NEW.attended_at IS NOT NULL AND OLD.attended_at IS NULL AND NOT EXISTS (
      SELECT 1 FROM public.health_education_activity a WHERE a.id = NEW.activity_id AND a.state = 'published'
        AND a.starts_at - {ACTIVITIES.EARLY} <= app.clock()) THEN
    RAISE EXCEPTION 'nobody has come before it begins' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'signup_attended_once_it_begins';
  END IF;
  IF NEW.cancelled_at IS NOT NULL AND NOT NEW.walked_in THEN
    UPDATE public.health_education_activity SET taken = taken - 1 WHERE id = OLD.activity_id;
  END IF;
  RETURN NEW;
END $$;
"""
CLAIMED = f"""
CREATE FUNCTION app.claimed_signups(person uuid) RETURNS TABLE (signup uuid, title varchar, place varchar,
  starts_at timestamptz)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT s.id, a.title, f.name, a.starts_at
  FROM app.claims_on(person) c JOIN public.health_education_signup s ON s.resident_id = c.claimant
  JOIN public.health_education_activity a ON a.id = s.activity_id
  JOIN public.facilities_facility f ON f.id = a.facility_id
  WHERE s.cancelled_at IS NULL AND s.attended_at IS NULL AND NOT s.walked_in
    AND a.state = 'published' AND a.starts_at > app.clock() ORDER BY a.starts_at $$;
COMMENT ON FUNCTION app.claimed_signups(uuid) IS
  'The live sign-ups of whoever registered on line with a number of the person at the counter.';

CREATE FUNCTION app.settle_claimed_signup(person uuid, wanted uuid, keep boolean) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM app.claimed_signups(person) c WHERE c.signup = wanted) THEN RETURN false; END IF;
  IF keep THEN
    BEGIN
      UPDATE public.health_education_signup
        SET resident_id = person, signed_by = app.account(), form_key = gen_random_uuid()
        WHERE id = wanted AND cancelled_at IS NULL AND attended_at IS NULL;
      RETURN FOUND;
    EXCEPTION WHEN unique_violation THEN NULL;  -- they have a place of their own there: this one is given back
    END;
  END IF;
  UPDATE public.health_education_signup SET cancelled_at = app.clock(), cancelled_by = app.account()
    WHERE id = wanted AND cancelled_at IS NULL AND attended_at IS NULL;
  RETURN FOUND;
END $$;
COMMENT ON FUNCTION app.settle_claimed_signup(uuid, uuid, boolean) IS
  'Give up a sign-up made with a claimed number, or let the real person, who stands at the counter, have its place.';
REVOKE ALL ON FUNCTION app.claimed_signups(uuid), app.settle_claimed_signup(uuid, uuid, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.claimed_signups(uuid), app.settle_claimed_signup(uuid, uuid, boolean) TO {WEB};
"""
NOT_CLAIMED = f"""
DROP FUNCTION app.settle_claimed_signup(uuid, uuid, boolean), app.claimed_signups(uuid);
{CHANGES}{AGREES}
"""

# One text, or one reader, takes not all the room there is for words.
GIVEN = as_it_was(READING.FEEDBACK, "give_feedback")
ROOM = """    OR (SELECT count(*) FROM public.health_education_feedback f WHERE f.article_id = of
        AND f.settled_at IS NULL AND NOT (f.place = '' AND f.words = ''))
      >= coalesce((app.setting('health_education.feedback_per_article') #>> '{}')::integer, 50)
    OR (SELECT count(*) FROM public.health_education_feedback f WHERE f.article_id = of
        AND f.account_id = app.account() AND f.settled_at IS NULL)
      >= coalesce((app.setting('health_education.feedback_per_reader') #>> '{}')::integer, 5)
"""
LAST = "AND NOT (f.place = '' AND f.words = '')) >= unread THEN\n"
GIVEN_NOW = GIVEN.replace(LAST, f"{LAST.removesuffix(' THEN' + chr(10))}\n{ROOM}  THEN\n")


class Migration(migrations.Migration):
    """Who came is counted to the last; a claimed sign-up is settled at the counter; floods are bounded."""

    dependencies = [("health_education", "0010_uses"), ("residents", "0009_registration")]

    operations = [
        migrations.RunSQL(COUNTED, NOT_COUNTED),
        migrations.RunSQL(AGREES_NOW + CHANGES_NOW + CLAIMED, NOT_CLAIMED),
        migrations.RunSQL(GIVEN_NOW, GIVEN),
    ]
