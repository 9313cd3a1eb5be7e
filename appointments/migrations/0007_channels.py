from importlib import import_module

from django.db import migrations

from foundation.operations import WEB, WORKER, Guard, anyone, as_it_was, at_bureau, own, staff
from foundation.places import giving_back, taking

DESK = ("reception", "manager", "clinician")
OPENERS = ("reception", "manager")
REFERRERS = (*DESK, "village_doctor")
PLACES = import_module("appointments.migrations.0002_places").PLACES
FACTS = import_module("appointments.migrations.0002_places").FACTS
TAKE = import_module("appointments.migrations.0005_places_by_the_helper").TAKE

# What is left of a slot, for a channel: its own kept places and those for everybody. The model says the same
# (`Slot.places_for`); here it stands in the condition of the statement that takes the place.
COUNTS = """
CREATE FUNCTION app.kept_for(slot public.appointments_slot, channel text) RETURNS integer LANGUAGE sql IMMUTABLE
  RETURN CASE channel WHEN 'desk' THEN slot.reserved_desk - slot.used_desk
                      WHEN 'phone' THEN slot.reserved_phone - slot.used_phone
                      WHEN 'referral' THEN slot.reserved_referral - slot.used_referral
                      WHEN 'elder' THEN slot.reserved_elder - slot.used_elder ELSE 0 END;
COMMENT ON FUNCTION app.kept_for(public.appointments_slot, text) IS 'How many kept places of a channel are left in a slot.';

CREATE FUNCTION app.places_for(slot public.appointments_slot, channel text, at timestamptz) RETURNS integer
  LANGUAGE sql IMMUTABLE
  RETURN CASE WHEN slot.reserves_end_at IS NULL OR slot.reserves_end_at <= at THEN slot.capacity - slot.taken
    ELSE greatest(slot.capacity - slot.taken - (slot.reserved_desk - slot.used_desk)
           - (slot.reserved_phone - slot.used_phone) - (slot.reserved_referral - slot.used_referral)
           - (slot.reserved_elder - slot.used_elder), 0) + app.kept_for(slot, channel) END;
COMMENT ON FUNCTION app.places_for(public.appointments_slot, text, timestamptz) IS
  'How many places of a slot a channel may still take: those kept for it, and those for everybody.';

CREATE FUNCTION app.booking_term(name text, facility uuid, department uuid, number_kind text, day date) RETURNS jsonb
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT coalesce(
    (SELECT to_jsonb(r) -> booking_term.name
     FROM (SELECT DISTINCT ON (a.department_id, a.number_kind) a.* FROM public.appointments_rule a
           WHERE a.facility_id = facility AND (a.department_id IS NULL OR a.department_id = department)
             AND a.number_kind IN ('', booking_term.number_kind) AND a.valid_from <= day
           ORDER BY a.department_id, a.number_kind, a.valid_from DESC) r
     WHERE jsonb_typeof(to_jsonb(r) -> booking_term.name) <> 'null'
     ORDER BY r.department_id IS NULL, r.number_kind = '' LIMIT 1),
    app.setting('appointments.' || booking_term.name)) $$;
COMMENT ON FUNCTION app.booking_term(text, uuid, uuid, text, date) IS
  'One term of booking as the nearest rule or the county has it on a day; null where only the portal''s default holds.';
"""
NO_COUNTS = """
DROP FUNCTION app.booking_term(text, uuid, uuid, text, date);
DROP FUNCTION app.places_for(public.appointments_slot, text, timestamptz);
DROP FUNCTION app.kept_for(public.appointments_slot, text);
"""

# Asked for in one statement before a booking: the locks in their one order, and by which channel the person books.
LOCKS = f"""
CREATE FUNCTION app.channel_of(person uuid, day date) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT CASE WHEN r.birth_date <= day - make_interval(
      years => coalesce((app.setting('appointments.elder_age') #>> '{{}}')::integer, 65)) THEN 'elder' ELSE 'web' END
  FROM public.residents_resident r WHERE r.id = person AND person = ANY (app.residents_for('booking')) $$;
COMMENT ON FUNCTION app.channel_of(uuid, date) IS
  'By which channel a person whom this session may book for books on line for a day: web or elder.';

CREATE FUNCTION app.hold_person_and_slots(person uuid, slots uuid[]) RETURNS void LANGUAGE plpgsql VOLATILE
  SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('appointments.person:' || person, 0));
  IF person = ANY (app.residents_for('booking')) THEN
    PERFORM 1 FROM public.appointments_slot s WHERE s.id = ANY (slots) ORDER BY s.id FOR NO KEY UPDATE;
  END IF;
END $$;
COMMENT ON FUNCTION app.hold_person_and_slots(uuid, uuid[]) IS
  'One deed at a time for a person; of an exchange of places both slots, locked by id.';
REVOKE ALL ON FUNCTION app.channel_of(uuid, date), app.hold_person_and_slots(uuid, uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.channel_of(uuid, date), app.hold_person_and_slots(uuid, uuid[]) TO {WEB};
"""
NO_LOCKS = "DROP FUNCTION app.hold_person_and_slots(uuid, uuid[]), app.channel_of(uuid, date);"

# Who books by which channel is settled here: on line an elder counts as one, and nobody else does.
NUMBER = """
CREATE OR REPLACE FUNCTION app.take_number() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
DECLARE
  slot public.appointments_slot;
  born date;
BEGIN
  SELECT r.name, r.birth_date INTO NEW.resident_name, born FROM public.residents_resident r WHERE r.id = NEW.resident_id;
  IF NEW.channel IN ('web', 'elder') THEN
    NEW.channel := CASE WHEN born <= NEW.date - make_interval(
      years => coalesce((app.setting('appointments.elder_age') #>> '{}')::integer, 65)) THEN 'elder' ELSE 'web' END;
  END IF;
  NEW.drawn_from := '';
  IF NEW.status <> 'cancelled' THEN
    IF NEW.hold_id IS NOT NULL THEN
      UPDATE public.appointments_hold h SET ended_at = app.clock()
        WHERE h.id = NEW.hold_id AND h.slot_id = NEW.slot_id AND h.resident_id = NEW.resident_id
          AND h.ended_at IS NULL AND h.ends_at > app.clock();
      IF NOT FOUND THEN
        RAISE EXCEPTION 'the hold is over or somebody else''s' USING ERRCODE = 'check_violation',
          CONSTRAINT = 'hold_is_live_and_theirs';
      END IF;
    END IF;
    SELECT s.* INTO slot FROM public.appointments_slot s
      WHERE s.id = NEW.slot_id AND s.taken < s.capacity AND app.places_for(s, NEW.channel, app.clock()) > 0
      FOR NO KEY UPDATE;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'slot is full' USING ERRCODE = 'check_violation', CONSTRAINT = 'slot_never_overbooked';
    END IF;
    IF slot.reserves_end_at > app.clock() AND app.kept_for(slot, NEW.channel) > 0 THEN
      NEW.drawn_from := NEW.channel;
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
"""

USED = ", ".join(
    f"used_{name} = used_{name} {{sign}} ({{row}}.drawn_from = '{name}')::integer"
    for name in ("desk", "phone", "referral", "elder")
)
PLACE = taking(
    "take_place",
    "appointments_slot",
    "slot_id",
    full="slot_never_overbooked",
    besides=USED.format(sign="+", row="NEW"),
)
BACK = giving_back("appointments_slot", "slot_id", besides=USED.format(sign="-", row="OLD"))

# A cancelled place comes back at a random moment, so that nobody waits for it with a machine; a place that would come
# back too late to be of use is free at once, and so is the old place of somebody who moved within the half-day.
GIVE = f"""
CREATE OR REPLACE FUNCTION app.give_place_back() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
DECLARE back timestamptz;
BEGIN
  IF OLD.status = 'cancelled' OR
     (NEW.id, NEW.resident_id, NEW.slot_id, NEW.session_id, NEW.facility_id, NEW.department_id, NEW.date, NEW.period,
      NEW.number, NEW.form_key, NEW.booked_by, NEW.booked_at, NEW.channel, NEW.drawn_from, NEW.hold_id, NEW.moved_from_id,
      NEW.referred_by_id)
     IS DISTINCT FROM
     (OLD.id, OLD.resident_id, OLD.slot_id, OLD.session_id, OLD.facility_id, OLD.department_id, OLD.date, OLD.period,
      OLD.number, OLD.form_key, OLD.booked_by, OLD.booked_at, OLD.channel, OLD.drawn_from, OLD.hold_id, OLD.moved_from_id,
      OLD.referred_by_id) THEN
    RAISE EXCEPTION 'a booking is moved or revived by booking anew' USING ERRCODE = 'restrict_violation';
  END IF;
  IF NEW.status = 'cancelled' THEN
    IF NEW.ended = '' THEN NEW.ended := 'person'; END IF;
    {BACK}
    back := app.comes_back_at(OLD.slot_id, OLD.id);
    IF back IS NOT NULL THEN
      INSERT INTO public.appointments_hold (id, slot_id, facility_id, kind, channel, made_at, ends_at)
        VALUES (gen_random_uuid(), OLD.slot_id, OLD.facility_id, 'returning',
          coalesce(nullif(OLD.drawn_from, ''), 'web'), app.clock(), back);
    END IF;
    UPDATE public.residents_caregrant SET ends_at = greatest(app.clock(), starts_at + interval '1 second')
      WHERE reference = OLD.id AND ends_at > app.clock();
  ELSIF NEW.ended <> '' OR NEW.ended_note <> '' THEN
    RAISE EXCEPTION 'only a cancelled booking says why' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION app.comes_back_at(slot uuid, booking uuid) RETURNS timestamptz LANGUAGE plpgsql VOLATILE
  SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  at public.appointments_slot;
  n public.appointments_session;
  soonest integer;
  latest integer;
  back timestamptz;
BEGIN
  SELECT t.* INTO at FROM public.appointments_slot t WHERE t.id = slot;
  SELECT s.* INTO n FROM public.appointments_session s WHERE s.id = at.session_id;
  IF n.state <> 'open' THEN RETURN NULL; END IF;
  soonest := coalesce((app.booking_term('returns_from_minutes', n.facility_id, n.department_id, n.kind,
    (app.clock() AT TIME ZONE 'Asia/Shanghai')::date) #>> '{{}}')::integer, 20);
  latest := coalesce((app.booking_term('returns_to_minutes', n.facility_id, n.department_id, n.kind,
    (app.clock() AT TIME ZONE 'Asia/Shanghai')::date) #>> '{{}}')::integer, 90);
  IF latest = 0 OR at.starts_at <= app.clock() + make_interval(mins => latest * 2) THEN RETURN NULL; END IF;
  RETURN app.clock() + make_interval(secs => 60 * soonest + random() * 60 * greatest(latest - soonest, 0) + 1);
END $$;
COMMENT ON FUNCTION app.comes_back_at(uuid, uuid) IS
  'At which random moment the place of a cancelled booking is free for others; null: at once.';
REVOKE ALL ON FUNCTION app.comes_back_at(uuid, uuid) FROM PUBLIC;

DROP TRIGGER only_bookings_change_the_count ON public.appointments_slot;
CREATE TRIGGER only_bookings_change_the_count BEFORE UPDATE ON public.appointments_slot
  FOR EACH ROW WHEN ((NEW.taken, NEW.used_desk, NEW.used_phone, NEW.used_referral, NEW.used_elder)
      IS DISTINCT FROM (OLD.taken, OLD.used_desk, OLD.used_phone, OLD.used_referral, OLD.used_elder)
    AND pg_trigger_depth() = 0) EXECUTE FUNCTION app.refuse();
"""
OLD_GIVE = """
DROP TRIGGER only_bookings_change_the_count ON public.appointments_slot;
CREATE TRIGGER only_bookings_change_the_count BEFORE UPDATE ON public.appointments_slot
  FOR EACH ROW WHEN (NEW.taken <> OLD.taken AND pg_trigger_depth() = 0) EXECUTE FUNCTION app.refuse();
"""

# A hold takes and gives back like a booking; once ended it stays so.
HOLDS = f"""
CREATE FUNCTION app.hold_begins() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE slot public.appointments_slot;
BEGIN
  SELECT s.* INTO slot FROM public.appointments_slot s
    WHERE s.id = NEW.slot_id AND s.facility_id = NEW.facility_id AND s.taken < s.capacity
      AND app.places_for(s, NEW.channel, app.clock()) > 0
    FOR NO KEY UPDATE;
  IF NOT FOUND OR NEW.ended_at IS NOT NULL THEN
    RAISE EXCEPTION 'slot is full' USING ERRCODE = 'check_violation', CONSTRAINT = 'slot_never_overbooked';
  END IF;
  NEW.drawn_from := CASE WHEN slot.reserves_end_at > app.clock() AND app.kept_for(slot, NEW.channel) > 0
    THEN NEW.channel ELSE '' END;
  RETURN NEW;
END $$;
CREATE TRIGGER hold_begins BEFORE INSERT ON public.appointments_hold
  FOR EACH ROW EXECUTE FUNCTION app.hold_begins();
CREATE TRIGGER hold_takes_a_place AFTER INSERT ON public.appointments_hold
  FOR EACH ROW EXECUTE FUNCTION app.take_place();

CREATE FUNCTION app.hold_ends() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF OLD.ended_at IS NOT NULL OR NEW.ended_at IS NULL OR to_jsonb(NEW) - 'ended_at' <> to_jsonb(OLD) - 'ended_at' THEN
    RAISE EXCEPTION 'a hold only ends, and once' USING ERRCODE = 'restrict_violation';
  END IF;
  {BACK}
  RETURN NEW;
END $$;
CREATE TRIGGER hold_ends BEFORE UPDATE ON public.appointments_hold FOR EACH ROW EXECUTE FUNCTION app.hold_ends();
CREATE TRIGGER hold_is_never_deleted BEFORE DELETE ON public.appointments_hold
  FOR EACH ROW EXECUTE FUNCTION app.refuse();
CREATE TRIGGER holds_are_never_truncated BEFORE TRUNCATE ON public.appointments_hold
  FOR EACH STATEMENT EXECUTE FUNCTION app.refuse();
"""
NO_HOLDS = """
DROP TRIGGER holds_are_never_truncated ON public.appointments_hold;
DROP TRIGGER hold_is_never_deleted ON public.appointments_hold;
DROP TRIGGER hold_ends ON public.appointments_hold;
DROP TRIGGER hold_takes_a_place ON public.appointments_hold;
DROP TRIGGER hold_begins ON public.appointments_hold;
DROP FUNCTION app.hold_ends(), app.hold_begins();
"""

# The trail, written with each booking and each change of its state.
TRAIL = """
CREATE FUNCTION app.write_deed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  born date;
  home uuid;
  age integer;
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.status = OLD.status THEN RETURN NULL; END IF;
  SELECT r.birth_date, r.facility_id INTO born, home FROM public.residents_resident r WHERE r.id = NEW.resident_id;
  age := extract(year FROM age(NEW.date, born));
  INSERT INTO public.appointments_deed (at, kind, booking_id, facility_id, department_id, number_kind, channel,
      drawn_from, ended, age_band, home_id, days_ahead)
    SELECT app.clock(), CASE WHEN TG_OP = 'UPDATE' AND NEW.status = 'booked' THEN 'revised' ELSE NEW.status END, NEW.id,
      NEW.facility_id, NEW.department_id, s.kind, NEW.channel, NEW.drawn_from, NEW.ended,
      CASE WHEN age >= 80 THEN 80 WHEN age >= 65 THEN 65 WHEN age >= 45 THEN 45 WHEN age >= 18 THEN 18 ELSE 0 END, home,
      NEW.date - (app.clock() AT TIME ZONE 'Asia/Shanghai')::date
    FROM public.appointments_session s WHERE s.id = NEW.session_id;
  RETURN NULL;
END $$;
CREATE TRIGGER booking_leaves_a_trail AFTER INSERT OR UPDATE OF status ON public.appointments_booking
  FOR EACH ROW EXECUTE FUNCTION app.write_deed();
CREATE TRIGGER trail_is_never_changed BEFORE UPDATE OR DELETE ON public.appointments_deed
  FOR EACH ROW EXECUTE FUNCTION app.refuse();
CREATE TRIGGER trail_is_never_truncated BEFORE TRUNCATE ON public.appointments_deed
  FOR EACH STATEMENT EXECUTE FUNCTION app.refuse();
"""
NO_TRAIL = """
DROP TRIGGER trail_is_never_truncated ON public.appointments_deed;
DROP TRIGGER trail_is_never_changed ON public.appointments_deed;
DROP TRIGGER booking_leaves_a_trail ON public.appointments_booking;
DROP FUNCTION app.write_deed();
"""

# A doctor may come from another facility; what is being prepared becomes open once; the numbers of a stopped half-day
# do not stand in the way of another.
SUPPLY = """
CREATE OR REPLACE FUNCTION app.session_agrees() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM public.facilities_department d, public.facilities_practitioner p
                 WHERE d.id = NEW.department_id AND d.facility_id = NEW.facility_id
                   AND p.id = NEW.practitioner_id AND (p.facility_id <> NEW.facility_id) = NEW.outreach) THEN
    RAISE EXCEPTION 'department or practitioner belongs to another facility' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'session_agrees_with_its_facility';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION app.session_changes() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
BEGIN
  IF (NEW.facility_id, NEW.department_id, NEW.practitioner_id, NEW.date, NEW.period, NEW.rota_id, NEW.outreach)
     IS DISTINCT FROM
     (OLD.facility_id, OLD.department_id, OLD.practitioner_id, OLD.date, OLD.period, OLD.rota_id, OLD.outreach) THEN
    RAISE EXCEPTION 'a session keeps its place, its doctor and its half-day' USING ERRCODE = 'restrict_violation';
  END IF;
  IF (OLD.state <> 'draft' AND NEW.state IN ('draft', 'withdrawn') AND NEW.state <> OLD.state)
     OR (OLD.state = 'withdrawn' AND NEW.state <> OLD.state) THEN
    RAISE EXCEPTION 'what was open is not prepared again' USING ERRCODE = 'restrict_violation';
  END IF;
  IF OLD.state = 'open' AND NEW.state <> 'open' THEN
    PERFORM 1 FROM public.appointments_slot WHERE session_id = NEW.id ORDER BY id FOR NO KEY UPDATE;
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION app.slot_agrees() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
DECLARE session public.appointments_session;
BEGIN
  SELECT * INTO session FROM public.appointments_session WHERE id = NEW.session_id FOR NO KEY UPDATE;
  IF session.facility_id <> NEW.facility_id OR session.date <> (NEW.starts_at AT TIME ZONE 'Asia/Shanghai')::date
     OR (TG_OP = 'INSERT' AND (session.state NOT IN ('draft', 'open') OR NEW.taken <> 0
         OR NEW.used_desk + NEW.used_phone + NEW.used_referral + NEW.used_elder <> 0)) THEN
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

-- A doctor has one weekly pattern for a half-day at a time; the doctor's row is locked, so that two new ones see each other.
CREATE FUNCTION app.rota_agrees() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE doctor public.facilities_practitioner;
BEGIN
  SELECT p.* INTO doctor FROM public.facilities_practitioner p WHERE p.id = NEW.practitioner_id FOR NO KEY UPDATE;
  IF (doctor.facility_id <> NEW.facility_id) <> NEW.outreach OR NOT EXISTS (SELECT 1 FROM public.facilities_department d
      WHERE d.id = NEW.department_id AND d.facility_id = NEW.facility_id) THEN
    RAISE EXCEPTION 'department or practitioner belongs to another facility' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'rota_agrees_with_its_facility';
  END IF;
  IF EXISTS (SELECT 1 FROM public.appointments_rota o WHERE o.practitioner_id = NEW.practitioner_id AND o.id <> NEW.id
             AND o.weekday = NEW.weekday AND o.valid && NEW.valid
             AND (o.period = NEW.period OR (o.start < NEW."end" AND NEW.start < o."end"))) THEN
    RAISE EXCEPTION 'the doctor has another pattern then' USING ERRCODE = 'exclusion_violation',
      CONSTRAINT = 'rotas_of_a_doctor_never_overlap';
  END IF;
  IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - 'valid' <> to_jsonb(OLD) - 'valid' THEN
    RAISE EXCEPTION 'a rota is ended and another begun' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER rota_agrees BEFORE INSERT OR UPDATE ON public.appointments_rota
  FOR EACH ROW EXECUTE FUNCTION app.rota_agrees();

CREATE FUNCTION app.exception_agrees() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF (NEW.department_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM public.facilities_department d
        WHERE d.id = NEW.department_id AND d.facility_id = NEW.facility_id))
     OR (NEW.practitioner_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM public.facilities_practitioner p
        WHERE p.id = NEW.practitioner_id AND (p.facility_id <> NEW.facility_id) = NEW.outreach)) THEN
    RAISE EXCEPTION 'department or practitioner belongs to another facility' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'rota_exception_agrees_with_its_facility';
  END IF;
  IF TG_OP = 'UPDATE' AND (OLD.withdrawn_at IS NOT NULL
      OR to_jsonb(NEW) - 'withdrawn_at' <> to_jsonb(OLD) - 'withdrawn_at') THEN
    RAISE EXCEPTION 'a change of the rota is only withdrawn' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER exception_agrees BEFORE INSERT OR UPDATE ON public.appointments_rotaexception
  FOR EACH ROW EXECUTE FUNCTION app.exception_agrees();
"""
NO_SUPPLY = (
    """
DROP TRIGGER exception_agrees ON public.appointments_rotaexception;
DROP TRIGGER rota_agrees ON public.appointments_rota;
DROP FUNCTION app.exception_agrees(), app.rota_agrees();
"""
    + as_it_was(FACTS, "session_agrees")
    + as_it_was(FACTS, "session_changes")
    + as_it_was(FACTS, "slot_agrees")
)

# Everybody books for whom their session may book: on line oneself or whom one acts for, at work whom one has opened at the
# counter; a booking lets its facility see the person, so nobody makes one for whom they please. The desk has its own
# channels at its own facility; a place kept for referrals is asked for by staff of another. Drafts are the desk's business.
PUBLISHED = f"state IN ('open', 'stopped') OR {staff(*DESK)}"
ONLINE = "channel IN ('web', 'elder')"
AT_DESK = f"channel IN ('desk', 'phone') AND {staff(*OPENERS)}"
REFERRED = f"channel = 'referral' AND {staff(*REFERRERS, column='referred_by_id')}"
POLICIES = f"""
DROP POLICY web_select ON appointments_session;
CREATE POLICY web_select ON appointments_session FOR SELECT TO {WEB} USING ({PUBLISHED});
DROP POLICY web_insert ON appointments_booking;
CREATE POLICY web_insert ON appointments_booking FOR INSERT TO {WEB}
  WITH CHECK ({own("booking")} AND (({ONLINE}) OR ({AT_DESK}) OR ({REFERRED})));
DROP POLICY booked_ahead_and_signed ON appointments_booking;
CREATE POLICY booked_ahead_and_signed ON appointments_booking AS RESTRICTIVE FOR INSERT TO {WEB}
  WITH CHECK (status = 'booked' AND booked_by = (SELECT app.account())
    AND EXISTS (SELECT 1 FROM appointments_slot s WHERE s.id = slot_id
                AND (s.starts_at > app.clock() OR (channel = 'desk' AND s.ends_at > app.clock()))));
GRANT UPDATE (ended, ended_note) ON appointments_booking TO {WEB};
GRANT UPDATE (stop_reason, stopped_for_id) ON appointments_session TO {WEB};
GRANT INSERT ON appointments_session, appointments_slot TO {WORKER};
GRANT UPDATE (state) ON appointments_session TO {WORKER};
"""
NO_POLICIES = f"""
REVOKE UPDATE (state) ON appointments_session FROM {WORKER};
REVOKE INSERT ON appointments_session, appointments_slot FROM {WORKER};
REVOKE UPDATE (stop_reason, stopped_for_id) ON appointments_session FROM {WEB};
REVOKE UPDATE (ended, ended_note) ON appointments_booking FROM {WEB};
DROP POLICY booked_ahead_and_signed ON appointments_booking;
CREATE POLICY booked_ahead_and_signed ON appointments_booking AS RESTRICTIVE FOR INSERT TO {WEB}
  WITH CHECK (status = 'booked' AND booked_by = (SELECT app.account())
    AND EXISTS (SELECT 1 FROM appointments_slot s WHERE s.id = slot_id AND s.starts_at > app.clock()));
DROP POLICY web_insert ON appointments_booking;
CREATE POLICY web_insert ON appointments_booking FOR INSERT TO {WEB} WITH CHECK ({own("booking")});
DROP POLICY web_select ON appointments_session;
CREATE POLICY web_select ON appointments_session FOR SELECT TO {WEB} USING (true);
"""


class Migration(migrations.Migration):
    """Places by channel, holds, the trail, weekly patterns: what the database itself keeps to."""

    dependencies = [("appointments", "0006_supply")]

    operations = [
        migrations.RunSQL(COUNTS, NO_COUNTS),
        migrations.RunSQL(LOCKS, NO_LOCKS),
        migrations.RunSQL(PLACE, TAKE),
        migrations.RunSQL(
            GIVE, OLD_GIVE + as_it_was(PLACES, "give_place_back") + "DROP FUNCTION app.comes_back_at(uuid, uuid);"
        ),
        migrations.RunSQL(NUMBER, as_it_was(PLACES, "take_number")),
        migrations.RunSQL(HOLDS, NO_HOLDS),
        migrations.RunSQL(TRAIL, NO_TRAIL),
        migrations.RunSQL(SUPPLY, NO_SUPPLY),
        Guard(
            "appointments_rota",
            select=[staff(*DESK)],
            insert=[staff(*OPENERS)],
            update=[staff(*OPENERS)],
            update_columns=["valid"],
            worker="SELECT",
        ),
        Guard(
            "appointments_rotaexception",
            select=[staff(*DESK)],
            insert=[staff(*OPENERS)],
            update=[staff(*OPENERS)],
            update_columns=["withdrawn_at"],
            worker="SELECT",
        ),
        Guard(
            "appointments_holiday",
            select=[anyone()],
            insert=[at_bureau("administrator", "manager")],
            update=[at_bureau("administrator", "manager")],
            worker="SELECT",
        ),
        Guard(
            "appointments_hold",
            select=[own("booking"), staff(*DESK)],
            insert=[f"kind = 'blocked' AND {staff(*OPENERS)}"],
            update=[f"kind = 'blocked' AND {staff(*OPENERS)}"],
            update_columns=["ended_at"],
        ),
        Guard(
            "appointments_deed",
            select=[staff(*DESK), at_bureau("administrator", "manager", "auditor")],
            worker="SELECT",
        ),
        migrations.RunSQL(POLICIES, NO_POLICIES),
    ]
