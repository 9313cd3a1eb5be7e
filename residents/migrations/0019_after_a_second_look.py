from importlib import import_module

from django.db import migrations

from foundation.operations import WEB

two_people = import_module("residents.migrations.0017_two_people")
door = import_module("residents.migrations.0018_the_door")

# --- a colleague says so ------------------------------------------------------------------------------------------------
# That a colleague has the person open may be for a booking: whoever watched them could print a slip meanwhile, with the
# colleague's name under it. Agreement is a deed of its own, good for one slip, while the person stands there.
AGREED = """
  IF proved < 3 AND EXISTS (SELECT 1 FROM public.residents_account a WHERE a.resident_id = person) THEN
    SELECT e.actor_id INTO witness FROM public.residents_accessevent e
      JOIN public.residents_opening o ON o.id = e.opening_id AND o.account_id = e.actor_id
      WHERE e.resident_id = person AND e.action = 'residents.witnessed_activation'
        AND e.at > app.clock() - interval '1 hour' AND e.facility_id = place AND e.actor_id <> app.account()
        AND o.resident_id = person AND o.kind = 'counter' AND o.facility_id = place
        AND o.closed_at IS NULL AND o.closes_at > app.clock()
        AND NOT EXISTS (SELECT 1 FROM public.residents_activationcode c
                        WHERE c.resident_id = person AND c.issued_at >= e.at)
      LIMIT 1;
    IF witness IS NULL THEN RETURN NULL; END IF;
  END IF;
  PERFORM app.end_sign_in"""
BEFORE: str = two_people.SLIPS[0].sql
AFTER = BEFORE.replace(two_people.WITNESSED, AGREED)
assert AFTER != BEFORE
WITNESS = f"""
CREATE FUNCTION app.witness_activation(person uuid, origin inet, request text) RETURNS boolean LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE place uuid := app.at_counter(person);
BEGIN
  IF place IS NULL THEN RETURN false; END IF;
  PERFORM app.write_identity_event(person, place, app.account(), 'residents.witnessed_activation', 'counter', origin,
                                   request);
  RETURN true;
END $$;
COMMENT ON FUNCTION app.witness_activation(uuid, inet, text) IS
  'I compared the person at my counter with the document too: a colleague may print one slip without a card read.';
REVOKE ALL ON FUNCTION app.witness_activation(uuid, inet, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.witness_activation(uuid, inet, text) TO {WEB};
"""

# --- a code that the person made stays -----------------------------------------------------------------------------------
# Anybody's desk could else void it while they stand before another one.
SENT_BEFORE = ("kind = 'spoken'\n    AND used_at", "kind = 'spoken'\n    AND issued_by IS NOT NULL AND used_at")
SENT = two_people.replaced(door.SPOKEN, "spoken_to_phone", SENT_BEFORE)


class Migration(migrations.Migration):
    """A colleague is a witness by saying so, not by having the same person open; one's own code outlives a sent one."""

    dependencies = [("residents", "0018_the_door")]

    operations = [
        migrations.RunSQL(WITNESS, "DROP FUNCTION app.witness_activation(uuid, inet, text);"),
        migrations.RunSQL(AFTER, BEFORE),
        SENT,
    ]
