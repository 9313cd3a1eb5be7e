from importlib import import_module

from django.db import migrations

from foundation.operations import WORKER, as_it_was

before = import_module("appointments.migrations.0009_waiting")

# Whoever waited for the department before the numbers came out would have emptied a draw before it was held.
OPEN = "JOIN public.appointments_session n ON n.id = s.session_id AND n.state = 'open'\n"
DRAWN = (
    OPEN
    + """    AND (NOT n.draw OR EXISTS (SELECT 1 FROM public.appointments_draw d
                               WHERE d.session_id = n.id AND d.settled_at IS NOT NULL))
"""
)
OLD = as_it_was(before.TURNS, "waiting_for")
NEW = OLD.replace(OPEN, DRAWN)
assert NEW != OLD

# The worker may not write waits; this one it may, for a request that was not drawn, in the order of the draw.
NOT_DRAWN = f"""
CREATE FUNCTION app.wait_when_not_drawn(request uuid) RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
DECLARE
  made uuid := gen_random_uuid();
BEGIN
  INSERT INTO public.appointments_waitlistentry (id, resident_id, facility_id, department_id, practitioner_id, number_kind,
      earliest, latest, periods, joined_at, joined_by)
    SELECT made, r.resident_id, n.facility_id, n.department_id, n.practitioner_id, n.kind, n.date, n.date,
      ARRAY[n.period], app.clock(), r.asked_by
    FROM public.appointments_drawrequest r JOIN public.appointments_draw d ON d.id = r.draw_id
    JOIN public.appointments_session n ON n.id = d.session_id WHERE r.id = request AND r.outcome = 'lost'
    ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN RETURN NULL; END IF;
  INSERT INTO public.residents_accessevent (at, id, actor_name, resident_id, facility_id, action, subject_kind, subject_id,
      purpose, capacity, address, reference)
    SELECT app.clock(), gen_random_uuid(), '抽签', e.resident_id, e.facility_id, 'appointments.joined_waiting',
      'appointments.waitlistentry', e.id::text, '', '', NULL, ''
    FROM public.appointments_waitlistentry e WHERE e.id = made;
  RETURN made;
EXCEPTION WHEN check_violation THEN
  RETURN NULL;  -- the day is over, or they wait for enough already
END $$;
COMMENT ON FUNCTION app.wait_when_not_drawn(uuid) IS
  'Whoever was not drawn waits for a place in that half-day; null where they cannot, or wait already.';
REVOKE ALL ON FUNCTION app.wait_when_not_drawn(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.wait_when_not_drawn(uuid) TO {WORKER};
"""


class Migration(migrations.Migration):
    """A draw is held before anybody who waits is asked, and whoever is not drawn waits."""

    dependencies = [("appointments", "0014_guide")]

    operations = [
        migrations.RunSQL(NEW, OLD),
        migrations.RunSQL(NOT_DRAWN, "DROP FUNCTION app.wait_when_not_drawn(uuid);"),
    ]
