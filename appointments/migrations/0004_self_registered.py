from django.db import migrations

from foundation.operations import WEB

# Whoever only said who they are may hold two bookings: the person is locked first, as in every booking (docs/locking.md),
# so that two sent at once see each other. The name of the trigger puts it before the one that takes a place.
LIMIT = """
CREATE FUNCTION app.limit_self_registered() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM public.residents_resident r WHERE r.id = NEW.resident_id AND r.provisional) THEN
    RETURN NEW;
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('appointments.person:' || NEW.resident_id, 0));
  IF (SELECT count(*) FROM public.appointments_booking b JOIN public.appointments_slot s ON s.id = b.slot_id
      WHERE b.resident_id = NEW.resident_id AND b.status IN ('booked', 'checked_in') AND s.ends_at > app.clock())
     >= coalesce((app.setting('identity.self_registered_bookings') #>> '{}')::integer, 2) THEN
    RAISE EXCEPTION 'a self-registered person holds as many bookings as may be' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'self_registered_hold_few_bookings';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER booking_of_the_self_registered BEFORE INSERT ON public.appointments_booking
  FOR EACH ROW WHEN (NEW.status <> 'cancelled') EXECUTE FUNCTION app.limit_self_registered();
"""
NO_LIMIT = """
DROP TRIGGER booking_of_the_self_registered ON public.appointments_booking;
DROP FUNCTION app.limit_self_registered();
"""

# When a number is taken over at the counter, what was booked with it is given up or becomes the real person's own. It is
# cancelled and booked in one transaction, so the place stays theirs: nobody gets in between.
CLAIMED = f"""
CREATE FUNCTION app.claimed_bookings(person uuid) RETURNS TABLE (booking uuid, place varchar, department varchar,
  doctor varchar, starts_at timestamptz, number smallint)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT b.id, f.name, d.name, p.name, s.starts_at, b.number
  FROM app.claims_on(person) c JOIN public.appointments_booking b ON b.resident_id = c.claimant
  JOIN public.appointments_slot s ON s.id = b.slot_id
  JOIN public.appointments_session n ON n.id = b.session_id
  JOIN public.facilities_facility f ON f.id = b.facility_id
  JOIN public.facilities_department d ON d.id = b.department_id
  JOIN public.facilities_practitioner p ON p.id = n.practitioner_id
  WHERE b.status = 'booked' AND s.starts_at > app.clock() ORDER BY s.starts_at $$;
COMMENT ON FUNCTION app.claimed_bookings(uuid) IS
  'The live bookings of whoever registered on line with a number of the person at the counter.';

CREATE FUNCTION app.settle_claimed_booking(person uuid, wanted uuid, keep boolean) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  old public.appointments_booking;
  own uuid := gen_random_uuid();
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('appointments.person:' || person, 0));
  SELECT b.* INTO old FROM app.claims_on(person) c JOIN public.appointments_booking b ON b.resident_id = c.claimant
    JOIN public.appointments_slot s ON s.id = b.slot_id
    WHERE b.id = wanted AND b.status = 'booked' AND s.starts_at > app.clock();
  IF old.id IS NULL THEN RETURN false; END IF;
  UPDATE public.appointments_booking SET status = 'cancelled', cancelled_by = app.account(), cancelled_at = app.clock()
    WHERE id = old.id;
  IF NOT keep THEN RETURN true; END IF;
  BEGIN
    INSERT INTO public.appointments_booking (id, resident_id, slot_id, session_id, facility_id, department_id, date,
        period, status, form_key, booked_by, booked_at)
      VALUES (own, person, old.slot_id, old.session_id, old.facility_id, old.department_id, old.date, old.period,
        'booked', gen_random_uuid(), app.account(), app.clock());
  EXCEPTION WHEN unique_violation THEN RETURN true;  -- they have a place of their own in that half-day already
  END;
  INSERT INTO public.residents_notice (id, resident_id, kind, subject_id, created_at)
    VALUES (gen_random_uuid(), person, 'booked', own, app.clock());
  RETURN true;
END $$;
COMMENT ON FUNCTION app.settle_claimed_booking(uuid, uuid, boolean) IS
  'Give up a booking made with a claimed number, or let the real person, who stands at the counter, have its place.';
REVOKE ALL ON FUNCTION app.claimed_bookings(uuid), app.settle_claimed_booking(uuid, uuid, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.claimed_bookings(uuid), app.settle_claimed_booking(uuid, uuid, boolean) TO {WEB};
"""
NO_CLAIMED = "DROP FUNCTION app.settle_claimed_booking(uuid, uuid, boolean), app.claimed_bookings(uuid);"


class Migration(migrations.Migration):
    """Bookings of people who registered on line and were seen by nobody yet."""

    dependencies = [("appointments", "0003_care_follows_a_booking"), ("residents", "0009_registration")]

    operations = [migrations.RunSQL(LIMIT, NO_LIMIT), migrations.RunSQL(CLAIMED, NO_CLAIMED)]
