from django.db import migrations

from foundation.operations import WEB, Guard, anyone, own, staff

DESK = ("reception", "manager", "clinician")
OPENERS = ("reception", "manager")

# Facts that are copied agree with their origin, whoever writes, and stay as they are.
FACTS = """
CREATE FUNCTION app.rule_agrees() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF NEW.department_id IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM public.facilities_department d WHERE d.id = NEW.department_id AND d.facility_id = NEW.facility_id) THEN
    RAISE EXCEPTION 'the department belongs to another facility' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'rule_agrees_with_its_facility';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER rule_agrees BEFORE INSERT OR UPDATE ON public.appointments_rule
  FOR EACH ROW EXECUTE FUNCTION app.rule_agrees();

CREATE FUNCTION app.session_agrees() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM public.facilities_department d, public.facilities_practitioner p
                 WHERE d.id = NEW.department_id AND d.facility_id = NEW.facility_id
                   AND p.id = NEW.practitioner_id AND p.facility_id = NEW.facility_id) THEN
    RAISE EXCEPTION 'department or practitioner belongs to another facility' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'session_agrees_with_its_facility';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER session_agrees BEFORE INSERT ON public.appointments_session
  FOR EACH ROW EXECUTE FUNCTION app.session_agrees();

-- Stopping a session waits for the bookings under way in its slots, and they for it: none slips in unseen.
CREATE FUNCTION app.session_changes() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF (NEW.facility_id, NEW.department_id, NEW.practitioner_id, NEW.date, NEW.period)
     IS DISTINCT FROM (OLD.facility_id, OLD.department_id, OLD.practitioner_id, OLD.date, OLD.period) THEN
    RAISE EXCEPTION 'a session keeps its place, its doctor and its half-day' USING ERRCODE = 'restrict_violation';
  END IF;
  IF OLD.state = 'open' AND NEW.state <> 'open' THEN
    PERFORM 1 FROM public.appointments_slot WHERE session_id = NEW.id ORDER BY id FOR NO KEY UPDATE;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER session_changes BEFORE UPDATE ON public.appointments_session
  FOR EACH ROW EXECUTE FUNCTION app.session_changes();

-- The numbers of a session's slots never overlap; its row is locked, so that two new slots see each other.
CREATE FUNCTION app.slot_agrees() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE session public.appointments_session;
BEGIN
  SELECT * INTO session FROM public.appointments_session WHERE id = NEW.session_id FOR NO KEY UPDATE;
  IF session.facility_id <> NEW.facility_id OR session.date <> (NEW.starts_at AT TIME ZONE 'Asia/Shanghai')::date
     OR (TG_OP = 'INSERT' AND (session.state <> 'open' OR NEW.taken <> 0)) THEN
    RAISE EXCEPTION 'the slot does not agree with its session' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'slot_agrees_with_an_open_session';
  END IF;
  IF EXISTS (SELECT 1 FROM public.appointments_slot other WHERE other.session_id = NEW.session_id AND other.id <> NEW.id
               AND other.first_number < NEW.first_number + NEW.capacity
               AND NEW.first_number < other.first_number + other.capacity) THEN
    RAISE EXCEPTION 'another slot of the session has some of these numbers' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'slot_numbers_never_overlap';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER slot_agrees
  BEFORE INSERT OR UPDATE OF session_id, facility_id, starts_at, capacity, first_number ON public.appointments_slot
  FOR EACH ROW EXECUTE FUNCTION app.slot_agrees();
"""
NO_FACTS = """
DROP TRIGGER slot_agrees ON public.appointments_slot;
DROP TRIGGER session_changes ON public.appointments_session;
DROP TRIGGER session_agrees ON public.appointments_session;
DROP TRIGGER rule_agrees ON public.appointments_rule;
DROP FUNCTION app.slot_agrees(), app.session_changes(), app.session_agrees(), app.rule_agrees();
"""

# The places of a slot are counted here and nowhere else, whoever writes a booking. A full slot is refused by what the
# statement sees, before any row is locked; with a place left, the slot's lock is held while the lowest free queue number
# is chosen. The count goes up after the row is in: a row that a conflict kept out takes no place.
PLACES = """
CREATE FUNCTION app.take_number() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE slot public.appointments_slot;
BEGIN
  SELECT name INTO NEW.resident_name FROM public.residents_resident WHERE id = NEW.resident_id;
  IF NEW.status <> 'cancelled' THEN
    SELECT * INTO slot FROM public.appointments_slot WHERE id = NEW.slot_id AND taken < capacity FOR NO KEY UPDATE;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'slot is full' USING ERRCODE = 'check_violation', CONSTRAINT = 'slot_never_overbooked';
    END IF;
    SELECT min(free.n) INTO NEW.number
      FROM generate_series(slot.first_number, slot.first_number + slot.capacity - 1) AS free(n)
      WHERE NOT EXISTS (SELECT 1 FROM public.appointments_booking b
                        WHERE b.session_id = NEW.session_id AND b.number = free.n AND b.status <> 'cancelled');
  END IF;
  -- Looked at under the slot's lock: a session stopped meanwhile is seen as stopped.
  IF NOT EXISTS (SELECT 1 FROM public.appointments_session s JOIN public.appointments_slot t ON t.session_id = s.id
                 WHERE s.id = NEW.session_id AND t.id = NEW.slot_id AND s.facility_id = NEW.facility_id
                   AND s.department_id = NEW.department_id AND s.date = NEW.date AND s.period = NEW.period
                   AND (s.state = 'open' OR NEW.status = 'cancelled')) THEN
    RAISE EXCEPTION 'booking does not agree with its session' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'booking_agrees_with_an_open_session';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER booking_takes_a_number BEFORE INSERT ON public.appointments_booking
  FOR EACH ROW EXECUTE FUNCTION app.take_number();

CREATE FUNCTION app.take_place() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  UPDATE public.appointments_slot SET taken = taken + 1 WHERE id = NEW.slot_id AND taken < capacity;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'slot is full' USING ERRCODE = 'check_violation', CONSTRAINT = 'slot_never_overbooked';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER booking_takes_a_place AFTER INSERT ON public.appointments_booking
  FOR EACH ROW WHEN (NEW.status <> 'cancelled') EXECUTE FUNCTION app.take_place();

-- Cancelling gives the place back and ends the facility's sight of the person; nothing else about a booking changes.
CREATE FUNCTION app.give_place_back() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF OLD.status = 'cancelled' OR
     (NEW.id, NEW.resident_id, NEW.slot_id, NEW.session_id, NEW.facility_id, NEW.department_id, NEW.date, NEW.period,
      NEW.number, NEW.form_key, NEW.booked_by, NEW.booked_at)
     IS DISTINCT FROM
     (OLD.id, OLD.resident_id, OLD.slot_id, OLD.session_id, OLD.facility_id, OLD.department_id, OLD.date, OLD.period,
      OLD.number, OLD.form_key, OLD.booked_by, OLD.booked_at) THEN
    RAISE EXCEPTION 'a booking is moved or revived by booking anew' USING ERRCODE = 'restrict_violation';
  END IF;
  IF NEW.status = 'cancelled' THEN
    UPDATE public.appointments_slot SET taken = taken - 1 WHERE id = OLD.slot_id;
    UPDATE public.residents_caregrant SET ends_at = greatest(app.clock(), starts_at + interval '1 second')
      WHERE reference = OLD.id AND ends_at > app.clock();
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER cancelled_booking_gives_its_place_back BEFORE UPDATE ON public.appointments_booking
  FOR EACH ROW EXECUTE FUNCTION app.give_place_back();
CREATE TRIGGER booking_is_never_deleted BEFORE DELETE ON public.appointments_booking
  FOR EACH ROW EXECUTE FUNCTION app.refuse();
CREATE TRIGGER bookings_are_never_truncated BEFORE TRUNCATE ON public.appointments_booking
  FOR EACH STATEMENT EXECUTE FUNCTION app.refuse();
-- Outside the triggers above nobody writes the count, the owner included.
CREATE TRIGGER only_bookings_change_the_count BEFORE UPDATE ON public.appointments_slot
  FOR EACH ROW WHEN (NEW.taken <> OLD.taken AND pg_trigger_depth() = 0) EXECUTE FUNCTION app.refuse();
"""
NO_PLACES = """
DROP TRIGGER only_bookings_change_the_count ON public.appointments_slot;
DROP TRIGGER bookings_are_never_truncated ON public.appointments_booking;
DROP TRIGGER booking_is_never_deleted ON public.appointments_booking;
DROP TRIGGER cancelled_booking_gives_its_place_back ON public.appointments_booking;
DROP TRIGGER booking_takes_a_place ON public.appointments_booking;
DROP TRIGGER booking_takes_a_number ON public.appointments_booking;
DROP FUNCTION app.give_place_back(), app.take_place(), app.take_number();
"""

# What a session of the web login may do to a booking beyond "whose it is": residents book ahead, sign for themselves,
# and may only cancel what is still booked; the desk signs its cancellations too.
SIGNED = "booked_by = (SELECT app.account())"
AHEAD = "EXISTS (SELECT 1 FROM appointments_slot s WHERE s.id = slot_id AND s.starts_at > app.clock())"
CANCELS = "status = 'cancelled' AND cancelled_by = (SELECT app.account())"
LIMITS = f"""
CREATE POLICY booked_ahead_and_signed ON appointments_booking AS RESTRICTIVE FOR INSERT TO {WEB}
  WITH CHECK (status = 'booked' AND {SIGNED} AND {AHEAD});
CREATE POLICY residents_only_cancel ON appointments_booking AS RESTRICTIVE FOR UPDATE TO {WEB}
  USING (status = 'booked' OR {staff(*OPENERS)})
  WITH CHECK (({CANCELS}) OR (status <> 'cancelled' AND {staff(*OPENERS)}));
"""
NO_LIMITS = """
DROP POLICY residents_only_cancel ON appointments_booking;
DROP POLICY booked_ahead_and_signed ON appointments_booking;
"""


class Migration(migrations.Migration):
    dependencies = [("appointments", "0001_initial"), ("facilities", "0003_guards")]

    operations = [
        migrations.RunSQL(FACTS, NO_FACTS),
        migrations.RunSQL(PLACES, NO_PLACES),
        Guard(
            "appointments_rule",
            select=[anyone()],
            insert=[staff("administrator", "manager")],
            update=[staff("administrator", "manager")],
            worker="SELECT",
        ),
        Guard(
            "appointments_session",
            select=[anyone()],
            insert=[staff(*OPENERS)],
            update=[staff(*OPENERS)],
            update_columns=["state", "fee", "location"],
            worker="SELECT",
        ),
        Guard("appointments_slot", select=[anyone()], insert=[staff(*OPENERS)], worker="SELECT"),
        Guard(
            "appointments_booking",
            select=[own("booking"), staff(*DESK)],
            insert=[own("booking")],
            update=[own("booking"), staff(*OPENERS)],
            update_columns=["status", "cancelled_by", "cancelled_at"],
            worker="SELECT, UPDATE",
        ),
        migrations.RunSQL(LIMITS, NO_LIMITS),
    ]
