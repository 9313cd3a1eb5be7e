from django.db import migrations

from foundation.operations import Guard, anyone, own, staff

DESK = ("reception", "manager", "clinician")

# The places of a slot are counted here and nowhere else, whoever writes a booking: one conditional statement takes a
# place, and the queue number is the lowest free one of the slot, chosen under the lock that statement holds.
# A full slot is refused before any row is locked.
PLACES = """
CREATE FUNCTION app.take_place() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE slot public.appointments_slot;
BEGIN
  IF NEW.status = 'cancelled' THEN
    RETURN NEW;
  END IF;
  UPDATE public.appointments_slot SET taken = taken + 1
    WHERE id = NEW.slot_id AND session_id = NEW.session_id AND taken < capacity
    RETURNING * INTO slot;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'slot is full' USING ERRCODE = 'check_violation', CONSTRAINT = 'slot_never_overbooked';
  END IF;
  SELECT min(free.n) INTO NEW.number FROM generate_series(slot.first_number, slot.first_number + slot.capacity - 1) AS free(n)
    WHERE NOT EXISTS (SELECT 1 FROM public.appointments_booking b
                      WHERE b.slot_id = NEW.slot_id AND b.number = free.n AND b.status <> 'cancelled');
  RETURN NEW;
END $$;
CREATE TRIGGER booking_takes_a_place BEFORE INSERT ON public.appointments_booking
  FOR EACH ROW EXECUTE FUNCTION app.take_place();

CREATE FUNCTION app.give_place_back() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF NEW.slot_id <> OLD.slot_id OR NEW.session_id <> OLD.session_id OR (OLD.status = 'cancelled' AND NEW.status <> 'cancelled') THEN
    RAISE EXCEPTION 'a booking is moved or revived by booking anew' USING ERRCODE = 'restrict_violation';
  END IF;
  IF OLD.status <> 'cancelled' AND NEW.status = 'cancelled' THEN
    UPDATE public.appointments_slot SET taken = taken - 1 WHERE id = OLD.slot_id;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER cancelled_booking_gives_its_place_back BEFORE UPDATE ON public.appointments_booking
  FOR EACH ROW EXECUTE FUNCTION app.give_place_back();
CREATE TRIGGER booking_is_never_deleted BEFORE DELETE ON public.appointments_booking
  FOR EACH ROW EXECUTE FUNCTION app.refuse();

-- A booking copies its session's facts; they always agree with the session.
CREATE FUNCTION app.booking_agrees() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM public.appointments_session s
                 WHERE s.id = NEW.session_id AND s.facility_id = NEW.facility_id AND s.department_id = NEW.department_id
                   AND s.date = NEW.date AND s.period = NEW.period AND s.state = 'open') THEN
    RAISE EXCEPTION 'booking does not agree with its session' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'booking_agrees_with_an_open_session';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER agrees_with_session BEFORE INSERT ON public.appointments_booking
  FOR EACH ROW EXECUTE FUNCTION app.booking_agrees();
"""
UNDO = """
DROP TRIGGER agrees_with_session ON public.appointments_booking;
DROP TRIGGER booking_is_never_deleted ON public.appointments_booking;
DROP TRIGGER cancelled_booking_gives_its_place_back ON public.appointments_booking;
DROP TRIGGER booking_takes_a_place ON public.appointments_booking;
DROP FUNCTION app.booking_agrees(), app.give_place_back(), app.take_place();
"""


class Migration(migrations.Migration):
    dependencies = [("appointments", "0001_initial"), ("facilities", "0003_guards")]

    operations = [
        migrations.RunSQL(PLACES, UNDO),
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
            insert=[staff("reception", "manager")],
            update=[staff("reception", "manager")],
            worker="SELECT",
        ),
        Guard("appointments_slot", select=[anyone()], insert=[staff("reception", "manager")], worker="SELECT"),
        Guard(
            "appointments_booking",
            select=[own("booking"), staff(*DESK)],
            insert=[own("booking")],
            update=[own("booking"), staff("reception", "manager")],
            update_columns=["status", "cancelled_by", "cancelled_at"],
            worker="SELECT, UPDATE",
        ),
    ]
