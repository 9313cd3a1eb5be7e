from django.db import migrations

# The facility may see the person from the booking to some days after the visit: the database says so itself, whoever
# books, so that nobody needs the right to write such a grant.
CARE = """
CREATE FUNCTION app.grant_care() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  INSERT INTO public.residents_caregrant (id, resident_id, facility_id, reason, reference, starts_at, ends_at)
    VALUES (gen_random_uuid(), NEW.resident_id, NEW.facility_id, '预约就诊', NEW.id, NEW.booked_at,
      greatest((NEW.date + 1 + coalesce((app.setting('appointments.care_grant_days') #>> '{}')::integer, 7))::timestamp
               AT TIME ZONE 'Asia/Shanghai', NEW.booked_at + interval '1 second'));
  RETURN NULL;
END $$;
CREATE TRIGGER booking_grants_care AFTER INSERT ON public.appointments_booking
  FOR EACH ROW WHEN (NEW.status <> 'cancelled') EXECUTE FUNCTION app.grant_care();
"""
NO_CARE = """
DROP TRIGGER booking_grants_care ON public.appointments_booking;
DROP FUNCTION app.grant_care();
"""


class Migration(migrations.Migration):
    dependencies = [("appointments", "0002_places"), ("residents", "0005_whom_you_act_for")]

    operations = [migrations.RunSQL(CARE, NO_CARE)]
