import django.db.models.deletion
from django.db import migrations, models

import foundation.fields
import foundation.keys
from foundation.operations import WORKER, Guard, own, staff

OPENERS = ("reception", "manager")
Q = models.Q


def to(model: str, **fields: object) -> models.ForeignKey:
    return models.ForeignKey(model, django.db.models.deletion.PROTECT, **fields)


# A reminder stands while its visit is awaited. Whoever ends that (cancels, moves, stops the clinic, checks in) withdraws
# the reminders in the same statement, whatever door they came through; the outbox asks on the way out, under a lock that
# they wait for: either the message left while the visit stood, or it does not leave.
STANDING = f"""
CREATE FUNCTION app.reminders_follow_booking() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
BEGIN
  UPDATE public.appointments_reminder SET withdrawn_at = app.clock()
    WHERE booking_id = NEW.id AND withdrawn_at IS NULL;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION app.reminders_follow_booking() IS 'Nobody is reminded of a visit that is not awaited any more.';
CREATE TRIGGER reminders_follow_booking AFTER UPDATE OF status ON public.appointments_booking
  FOR EACH ROW WHEN (OLD.status = 'booked' AND NEW.status <> 'booked') EXECUTE FUNCTION app.reminders_follow_booking();

CREATE FUNCTION app.reminder_changes() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NOT EXISTS (SELECT 1 FROM public.appointments_booking b WHERE b.id = NEW.booking_id
        AND b.resident_id = NEW.resident_id AND b.status = 'booked') THEN
      RAISE EXCEPTION 'only of an awaited visit is its person reminded' USING ERRCODE = 'check_violation',
        CONSTRAINT = 'reminder_of_an_awaited_visit';
    END IF;
  ELSIF OLD.withdrawn_at IS NOT NULL OR (NEW.booking_id, NEW.resident_id, NEW.days_before, NEW.code, NEW.delivery_key)
      IS DISTINCT FROM (OLD.booking_id, OLD.resident_id, OLD.days_before, OLD.code, OLD.delivery_key) THEN
    RAISE EXCEPTION 'a reminder is withdrawn once, and never changed' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION app.reminder_changes() IS 'A reminder is of an awaited visit of its person, and changes only by withdrawal.';
CREATE TRIGGER reminder_changes BEFORE INSERT OR UPDATE ON public.appointments_reminder
  FOR EACH ROW EXECUTE FUNCTION app.reminder_changes();
CREATE TRIGGER reminder_is_never_deleted BEFORE DELETE ON public.appointments_reminder
  FOR EACH ROW EXECUTE FUNCTION app.refuse();

CREATE FUNCTION app.reminder_stands(wanted text, person uuid) RETURNS boolean LANGUAGE plpgsql VOLATILE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
DECLARE r public.appointments_reminder;
BEGIN
  SELECT * INTO r FROM public.appointments_reminder x WHERE x.delivery_key = wanted FOR SHARE;
  IF r.id IS NOT NULL THEN
    RETURN r.withdrawn_at IS NULL AND EXISTS (SELECT 1 FROM public.appointments_booking b
      JOIN public.appointments_slot s ON s.id = b.slot_id WHERE b.id = r.booking_id AND s.starts_at > app.clock());
  END IF;
  -- Told another way than by SMS: it says no time, so any visit of the person will do.
  RETURN EXISTS (SELECT 1 FROM public.appointments_reminder x JOIN public.appointments_booking b ON b.id = x.booking_id
    JOIN public.appointments_slot s ON s.id = b.slot_id
    WHERE x.resident_id = person AND x.withdrawn_at IS NULL AND s.starts_at > app.clock());
END $$;
COMMENT ON FUNCTION app.reminder_stands(text, uuid) IS 'Whether the visit that a message in the outbox reminds of is still awaited.';
REVOKE ALL ON FUNCTION app.reminder_stands(text, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.reminder_stands(text, uuid) TO {WORKER};
"""
NO_STANDING = """
DROP FUNCTION app.reminder_stands(text, uuid);
DROP TRIGGER reminder_is_never_deleted ON public.appointments_reminder;
DROP TRIGGER reminder_changes ON public.appointments_reminder;
DROP FUNCTION app.reminder_changes();
DROP TRIGGER reminders_follow_booking ON public.appointments_booking;
DROP FUNCTION app.reminders_follow_booking();
"""

# What somebody answered by SMS: the worker does it, the person reads it in their log.
ANSWERED = f"""
CREATE FUNCTION app.cancel_by_text(wanted uuid) RETURNS boolean LANGUAGE plpgsql VOLATILE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
DECLARE b public.appointments_booking;
BEGIN
  SELECT * INTO b FROM public.appointments_booking x WHERE x.id = wanted;
  IF b.id IS NULL THEN RETURN false; END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('appointments.person:' || b.resident_id, 0));
  UPDATE public.appointments_booking SET status = 'cancelled', cancelled_by = booked_by, cancelled_at = app.clock(),
    ended = 'person' WHERE id = wanted AND status = 'booked';
  IF NOT FOUND THEN RETURN false; END IF;
  INSERT INTO public.residents_notice (id, resident_id, kind, subject_id, created_at)
    VALUES (gen_random_uuid(), b.resident_id, 'booking_cancelled', wanted, app.clock()) ON CONFLICT DO NOTHING;
  INSERT INTO public.residents_accessevent (at, id, actor_name, resident_id, facility_id, action, subject_kind, subject_id,
      purpose, capacity, address, reference)
    VALUES (app.clock(), gen_random_uuid(), '短信回复', b.resident_id, b.facility_id, 'appointments.cancelled',
      'appointments.booking', wanted::text, '', '', NULL, '');
  RETURN true;
END $$;
COMMENT ON FUNCTION app.cancel_by_text(uuid) IS 'Cancel a visit for whoever answered its reminder by SMS.';
REVOKE ALL ON FUNCTION app.cancel_by_text(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.cancel_by_text(uuid) TO {WORKER};

CREATE FUNCTION app.call_back_changes() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NOT EXISTS (SELECT 1 FROM public.appointments_booking b WHERE b.id = NEW.booking_id
        AND b.resident_id = NEW.resident_id AND b.facility_id = NEW.facility_id) THEN
      RAISE EXCEPTION 'a call is about the person''s visit at this facility' USING ERRCODE = 'check_violation',
        CONSTRAINT = 'call_back_agrees_with_its_booking';
    END IF;
    RETURN NEW;
  END IF;
  IF OLD.done_at IS NOT NULL OR NEW.done_at IS NULL THEN
    RAISE EXCEPTION 'a call is made once' USING ERRCODE = 'restrict_violation';
  END IF;
  NEW.done_at := app.clock();
  NEW.done_by := app.account();
  NEW.phone := NULL;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION app.call_back_changes() IS 'Who made a call and when is stamped; the number is forgotten.';
CREATE TRIGGER call_back_changes BEFORE INSERT OR UPDATE ON public.appointments_callback
  FOR EACH ROW EXECUTE FUNCTION app.call_back_changes();
CREATE TRIGGER call_back_is_never_deleted BEFORE DELETE ON public.appointments_callback
  FOR EACH ROW EXECUTE FUNCTION app.refuse();
"""
NO_ANSWERED = """
DROP TRIGGER call_back_is_never_deleted ON public.appointments_callback;
DROP TRIGGER call_back_changes ON public.appointments_callback;
DROP FUNCTION app.call_back_changes();
DROP FUNCTION app.cancel_by_text(uuid);
"""


class Migration(migrations.Migration):
    """Reminders of a visit, what is answered to them, and calls that the desk owes."""

    dependencies = [("appointments", "0012_fairness"), ("residents", "0033_reminders")]

    operations = [
        migrations.AddField(
            "booking",
            "confirmed_at",
            models.DateTimeField(editable=False, null=True, verbose_name="本人确认时间"),
        ),
        migrations.CreateModel(
            name="Reminder",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("days_before", models.PositiveSmallIntegerField(verbose_name="提前几天")),
                ("code", models.CharField(max_length=2, verbose_name="编号")),
                ("delivery_key", models.CharField(max_length=80, unique=True)),
                ("asked_at", models.DateTimeField(verbose_name="提醒时间")),
                ("withdrawn_at", models.DateTimeField(null=True, verbose_name="失效时间")),
                ("booking", to("appointments.booking", related_name="reminders", verbose_name="预约")),
                ("resident", to("residents.resident", related_name="+", verbose_name="就诊人")),
            ],
            options={
                "verbose_name": "就诊提醒",
                "verbose_name_plural": "就诊提醒",
                "indexes": [models.Index(fields=["resident"], name="reminder_by_resident")],
                "constraints": [
                    models.UniqueConstraint(fields=["booking", "days_before"], name="one_reminder_of_a_visit_and_day")
                ],
            },
        ),
        migrations.CreateModel(
            name="CallBack",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("phone", foundation.fields.EncryptedTextField(null=True, verbose_name="电话")),
                ("asked_at", models.DateTimeField(verbose_name="要求时间")),
                ("due_at", models.DateTimeField(verbose_name="最晚回电时间")),
                ("done_at", models.DateTimeField(null=True, verbose_name="办好时间")),
                ("done_by", models.UUIDField(editable=False, null=True)),
                ("booking", to("appointments.booking", related_name="call_backs", verbose_name="预约")),
                ("facility", to("facilities.facility", related_name="+", verbose_name="医疗机构")),
                ("resident", to("residents.resident", related_name="+", verbose_name="就诊人")),
            ],
            options={
                "verbose_name": "回电",
                "verbose_name_plural": "回电",
                "indexes": [
                    models.Index(condition=Q(done_at=None), fields=["facility", "due_at"], name="call_back_waits"),
                    models.Index(fields=["resident"], name="call_back_by_resident"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=Q(done_at=None), fields=["booking"], name="one_call_back_at_a_time"
                    ),
                    models.CheckConstraint(
                        condition=Q(done_at=None, done_by=None, phone__isnull=False)
                        | Q(done_at__isnull=False, done_by__isnull=False, phone__isnull=True),
                        name="call_back_forgets_the_number_once_done",
                    ),
                ],
            },
        ),
        Guard("appointments_reminder", select=[own("booking")], worker="SELECT, INSERT"),
        Guard(
            "appointments_callback",
            select=[own("booking"), staff(*OPENERS)],
            update=[staff(*OPENERS)],
            update_columns=["done_at"],
            worker="SELECT, INSERT",
        ),
        migrations.RunSQL(STANDING, NO_STANDING),
        migrations.RunSQL(ANSWERED, NO_ANSWERED),
    ]
