import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import foundation.keys
from foundation.operations import WEB, WORKER, Guard, own, staff

DESK = ("reception", "manager", "clinician")
KINDS = [
    ("ordinary", "普通号"),
    ("expert", "专家号"),
    ("special_disease", "专病号"),
    ("family_doctor", "家医签约号"),
    ("free_clinic", "义诊"),
]
PERIODS = [("morning", "上午"), ("afternoon", "下午"), ("evening", "晚上")]
ENDED = [("left", "本人退出"), ("booked", "已约上"), ("over", "日期已过")]
Q, F = models.Q, models.F

# Staff may not write in other people's names, so a clinic is stopped by the helper: the session, every live booking, what
# is kept in its slots, a notice and a line in the log for each person. Whom it is about is locked first, in one order
# (docs/locking.md); who is cancelling at this very moment is passed over, for they are done by themselves.
STOPPING = f"""
CREATE FUNCTION app.stop_clinic(wanted uuid, why text, origin inet, request text) RETURNS integer LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  clinic public.appointments_session;
  someone uuid;
  one record;
  told integer := 0;
BEGIN
  SELECT n.* INTO clinic FROM public.appointments_session n
    WHERE n.id = wanted AND n.facility_id = ANY (app.facilities_for(ARRAY['reception', 'manager']));
  IF clinic.id IS NULL OR clinic.state NOT IN ('open', 'stopped') OR btrim(why) = '' THEN
    RAISE EXCEPTION 'only an open clinic of one''s own facility is stopped, for a reason'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  FOR someone IN SELECT DISTINCT b.resident_id FROM public.appointments_booking b
      WHERE b.session_id = wanted AND b.status IN ('booked', 'checked_in') ORDER BY b.resident_id LOOP
    PERFORM pg_advisory_xact_lock(hashtextextended('appointments.person:' || someone, 0));
  END LOOP;
  UPDATE public.appointments_session SET state = 'stopped', stop_reason = left(why, 100)
    WHERE id = wanted AND state = 'open';
  PERFORM 1 FROM public.appointments_slot s WHERE s.session_id = wanted ORDER BY s.id FOR NO KEY UPDATE;
  FOR one IN SELECT b.id, b.resident_id FROM public.appointments_booking b
      JOIN public.appointments_slot s ON s.id = b.slot_id
      WHERE b.session_id = wanted AND b.status IN ('booked', 'checked_in') AND s.ends_at > app.clock()
      ORDER BY b.id FOR NO KEY UPDATE OF b SKIP LOCKED LOOP
    UPDATE public.appointments_booking SET status = 'cancelled', ended = 'stopped', cancelled_by = app.account(),
      cancelled_at = app.clock() WHERE id = one.id;
    INSERT INTO public.residents_notice (id, resident_id, kind, subject_id, created_at)
      VALUES (gen_random_uuid(), one.resident_id, 'clinic_stopped', one.id, app.clock()) ON CONFLICT DO NOTHING;
    INSERT INTO public.residents_accessevent (at, id, actor_id, actor_name, resident_id, facility_id, action,
        subject_kind, subject_id, purpose, capacity, address, reference)
      VALUES (app.clock(), gen_random_uuid(), app.account(), app.own_name(), one.resident_id, clinic.facility_id,
        'appointments.stopped', 'appointments.booking', one.id::text, '', 'staff', origin, left(request, 16));
    told := told + 1;
  END LOOP;
  FOR one IN SELECT h.id FROM public.appointments_hold h JOIN public.appointments_slot s ON s.id = h.slot_id
      WHERE s.session_id = wanted AND h.ended_at IS NULL ORDER BY h.id FOR UPDATE OF h SKIP LOCKED LOOP
    UPDATE public.appointments_hold SET ended_at = app.clock() WHERE id = one.id;
  END LOOP;
  RETURN told;
END $$;
COMMENT ON FUNCTION app.stop_clinic(uuid, text, inet, text) IS
  'Stop a half-day: all or nothing, everybody told, nobody blamed; again it does what is left. Returns how many were told.';
REVOKE ALL ON FUNCTION app.stop_clinic(uuid, text, inet, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.stop_clinic(uuid, text, inet, text) TO {WEB};
"""
NO_STOPPING = "DROP FUNCTION app.stop_clinic(uuid, text, inet, text);"

# An entry is written now and signed by whoever is signed in; it only ends. What a person books ends what it answers.
ENTRIES = """
CREATE FUNCTION app.wait_agrees() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF OLD.ended_at IS NOT NULL OR NEW.ended_at IS NULL OR
       to_jsonb(NEW) - 'ended_at' - 'ended' <> to_jsonb(OLD) - 'ended_at' - 'ended' THEN
      RAISE EXCEPTION 'a wait only ends, and once' USING ERRCODE = 'restrict_violation';
    END IF;
    NEW.ended_at := app.clock();
    RETURN NEW;
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('appointments.person:' || NEW.resident_id, 0));
  NEW.joined_at := app.clock();
  NEW.joined_by := coalesce(app.account(), NEW.joined_by);
  IF NEW.ended_at IS NOT NULL OR NEW.latest < (app.clock() AT TIME ZONE 'Asia/Shanghai')::date
     OR NOT EXISTS (SELECT 1 FROM public.facilities_department d
                    WHERE d.id = NEW.department_id AND d.facility_id = NEW.facility_id) THEN
    RAISE EXCEPTION 'the wait does not agree with its department or its days' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'wait_agrees_with_its_department';
  END IF;
  IF (SELECT count(*) FROM public.appointments_waitlistentry e WHERE e.resident_id = NEW.resident_id
        AND e.ended_at IS NULL AND e.latest >= (app.clock() AT TIME ZONE 'Asia/Shanghai')::date)
     >= coalesce((app.setting('appointments.waits_per_person') #>> '{}')::integer, 3) THEN
    RAISE EXCEPTION 'enough waits' USING ERRCODE = 'check_violation', CONSTRAINT = 'waits_are_few';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER wait_agrees BEFORE INSERT OR UPDATE ON public.appointments_waitlistentry
  FOR EACH ROW EXECUTE FUNCTION app.wait_agrees();
CREATE TRIGGER wait_is_never_deleted BEFORE DELETE ON public.appointments_waitlistentry
  FOR EACH ROW EXECUTE FUNCTION app.refuse();
CREATE TRIGGER waits_are_never_truncated BEFORE TRUNCATE ON public.appointments_waitlistentry
  FOR EACH STATEMENT EXECUTE FUNCTION app.refuse();

CREATE FUNCTION app.waits_for(e public.appointments_waitlistentry, n public.appointments_session) RETURNS boolean
  LANGUAGE sql IMMUTABLE
  RETURN e.ended_at IS NULL AND e.department_id = n.department_id
    AND (e.practitioner_id IS NULL OR e.practitioner_id = n.practitioner_id) AND e.number_kind IN ('', n.kind)
    AND n.date BETWEEN e.earliest AND e.latest AND (cardinality(e.periods) = 0 OR n.period = ANY (e.periods));
COMMENT ON FUNCTION app.waits_for(public.appointments_waitlistentry, public.appointments_session) IS
  'Whether a live entry of the waitlist is answered by a half-day.';

CREATE FUNCTION app.booking_ends_waiting() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
BEGIN
  UPDATE public.appointments_waitlistentry e SET ended_at = app.clock(), ended = 'booked'
    FROM public.appointments_session n
    WHERE n.id = NEW.session_id AND e.resident_id = NEW.resident_id AND e.ended_at IS NULL AND app.waits_for(e, n);
  RETURN NULL;
END $$;
CREATE TRIGGER booking_ends_waiting AFTER INSERT ON public.appointments_booking
  FOR EACH ROW WHEN (NEW.status = 'booked') EXECUTE FUNCTION app.booking_ends_waiting();
"""
NO_ENTRIES = """
DROP TRIGGER booking_ends_waiting ON public.appointments_booking;
DROP FUNCTION app.booking_ends_waiting();
DROP FUNCTION app.waits_for(public.appointments_waitlistentry, public.appointments_session);
DROP TRIGGER waits_are_never_truncated ON public.appointments_waitlistentry;
DROP TRIGGER wait_is_never_deleted ON public.appointments_waitlistentry;
DROP TRIGGER wait_agrees ON public.appointments_waitlistentry;
DROP FUNCTION app.wait_agrees();
"""

# Who may have a place, the longest wait first. A place kept for elders is an elder's while it is kept; who let a place of
# this slot go by is not asked for it again, who has an offer thinks about one at a time, and who is booked then is passed.
TURNS = f"""
CREATE FUNCTION app.waiting_mode(n public.appointments_session) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT coalesce(app.booking_term('waiting', n.facility_id, n.department_id, n.kind,
    (app.clock() AT TIME ZONE 'Asia/Shanghai')::date) #>> '{{}}', 'one_by_one') $$;
COMMENT ON FUNCTION app.waiting_mode(public.appointments_session) IS 'How people who wait are asked: one_by_one, all_at_once.';

CREATE FUNCTION app.waiting_for(slot uuid, drawn text) RETURNS TABLE (entry uuid, person uuid, channel text)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT e.id, e.resident_id, CASE WHEN age.elder THEN 'elder' ELSE 'web' END
  FROM public.appointments_slot s
  JOIN public.appointments_session n ON n.id = s.session_id AND n.state = 'open'
  JOIN public.facilities_facility f ON f.id = n.facility_id AND f.is_active
  JOIN public.facilities_department d ON d.id = n.department_id AND d.is_active AND d.takes_bookings
  JOIN public.facilities_practitioner p ON p.id = n.practitioner_id AND p.is_active
  JOIN public.appointments_waitlistentry e
    ON e.department_id = n.department_id AND e.ended_at IS NULL AND app.waits_for(e, n)
  JOIN public.residents_resident r ON r.id = e.resident_id AND r.deceased_on IS NULL
  CROSS JOIN LATERAL (SELECT r.birth_date <= n.date - make_interval(
    years => coalesce((app.setting('appointments.elder_age') #>> '{{}}')::integer, 65)) AS elder) age
  WHERE s.id = waiting_for.slot AND s.starts_at > app.clock() AND s.extra_by IS NULL
    AND (drawn = '' OR s.reserves_end_at IS NULL OR s.reserves_end_at <= app.clock() OR (drawn = 'elder' AND age.elder))
    AND NOT EXISTS (SELECT 1 FROM public.appointments_hold h
                    WHERE h.wait_id = e.id AND (h.slot_id = s.id OR h.ended_at IS NULL))
    AND NOT EXISTS (SELECT 1 FROM public.appointments_booking b JOIN public.appointments_slot t ON t.id = b.slot_id
                    WHERE b.resident_id = e.resident_id AND b.status <> 'cancelled'
                      AND ((b.department_id = n.department_id AND b.date = n.date AND b.period = n.period)
                        OR (t.starts_at < s.ends_at AND s.starts_at < t.ends_at)))
  ORDER BY e.joined_at, e.id $$;
COMMENT ON FUNCTION app.waiting_for(uuid, text) IS 'Who waits for a place of a slot and may have it, in turn; `drawn`: for whom it is kept.';

CREATE FUNCTION app.places_waited_for() RETURNS TABLE (hold uuid, lapsed boolean, slot uuid, drawn text, facility uuid,
    department uuid, kind varchar, day date, starts_at timestamptz, mode text) LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  WITH place AS (
    SELECT h.id AS hold, h.kind = 'offer' AS lapsed, s.id AS slot, h.drawn_from::text AS drawn, s.session_id AS session
    FROM public.appointments_hold h JOIN public.appointments_slot s ON s.id = h.slot_id
    LEFT JOIN public.appointments_waitlistentry e ON e.id = h.wait_id
    WHERE h.ended_at IS NULL
      AND ((h.wait_id IS NOT NULL AND (h.ends_at <= app.clock() OR e.ended_at IS NOT NULL))
        OR (h.kind = 'returning' AND h.ends_at > app.clock() AND EXISTS (SELECT 1 FROM app.waiting_for(s.id, h.drawn_from))))
    UNION ALL
    SELECT NULL, false, s.id, whose.drawn, n.id
    FROM public.appointments_session n JOIN public.appointments_slot s ON s.session_id = n.id
    CROSS JOIN LATERAL (SELECT CASE
      WHEN app.places_for(s, 'web', app.clock()) > 0 AND EXISTS (SELECT 1 FROM app.waiting_for(s.id, '')) THEN ''
      WHEN app.places_for(s, 'elder', app.clock()) > 0 AND EXISTS (SELECT 1 FROM app.waiting_for(s.id, 'elder'))
        THEN 'elder' END AS drawn) whose
    WHERE n.state = 'open' AND s.starts_at > app.clock() AND s.taken < s.capacity AND whose.drawn IS NOT NULL
      AND EXISTS (SELECT 1 FROM public.appointments_waitlistentry e
                  WHERE e.department_id = n.department_id AND e.ended_at IS NULL AND app.waits_for(e, n)))
  SELECT p.hold, p.lapsed, p.slot, p.drawn, n.facility_id, n.department_id, n.kind, n.date, s.starts_at, m.mode
  FROM place p JOIN public.appointments_session n ON n.id = p.session JOIN public.appointments_slot s ON s.id = p.slot
  CROSS JOIN LATERAL (SELECT app.waiting_mode(n) AS mode) m
  WHERE p.lapsed OR m.mode <> 'all_at_once' OR EXISTS (
    SELECT 1 FROM app.waiting_for(p.slot, p.drawn) w WHERE NOT EXISTS (
      SELECT 1 FROM public.residents_notice k
      WHERE k.resident_id = w.person AND k.kind = 'place_back' AND k.subject_id = coalesce(p.hold, p.slot)))
  ORDER BY s.starts_at, p.slot, p.hold $$;
COMMENT ON FUNCTION app.places_waited_for() IS
  'Places that somebody waits for: on their way back, offered and not taken, or free; the earliest first.';

CREATE FUNCTION app.put_back(was public.appointments_hold, at_least interval) RETURNS void LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE back timestamptz;
BEGIN
  UPDATE public.appointments_hold SET ended_at = app.clock() WHERE id = was.id;
  back := coalesce(app.comes_back_at(was.slot_id, was.id), app.clock() + at_least);
  IF back IS NOT NULL AND EXISTS (SELECT 1 FROM public.appointments_slot s JOIN public.appointments_session n
      ON n.id = s.session_id WHERE s.id = was.slot_id AND n.state = 'open' AND s.starts_at > back) THEN
    INSERT INTO public.appointments_hold (id, slot_id, facility_id, kind, channel, made_at, ends_at)
      VALUES (gen_random_uuid(), was.slot_id, was.facility_id, 'returning', coalesce(nullif(was.drawn_from, ''), 'web'),
        app.clock(), back);
  END IF;
END $$;
COMMENT ON FUNCTION app.put_back(public.appointments_hold, interval) IS
  'End an offer; its place goes to everybody at a random moment, or after the given while where that would be too late.';

CREATE FUNCTION app.let_offers_lapse() RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  was public.appointments_hold;
  ended integer := 0;
BEGIN
  FOR was IN SELECT h.* FROM public.appointments_hold h
      WHERE h.wait_id IS NOT NULL AND h.ended_at IS NULL AND (h.ends_at <= app.clock() OR EXISTS (
        SELECT 1 FROM public.appointments_waitlistentry e WHERE e.id = h.wait_id AND e.ended_at IS NOT NULL))
      ORDER BY h.slot_id, h.id LIMIT 200 FOR UPDATE OF h SKIP LOCKED LOOP
    PERFORM app.put_back(was, interval '1 minute');
    ended := ended + 1;
  END LOOP;
  RETURN ended;
END $$;
COMMENT ON FUNCTION app.let_offers_lapse() IS
  'End offers whose time or wait is over, so that who waits longest is free for the next; their places stay kept.';

CREATE FUNCTION app.give_to(wanted uuid, someone uuid, entry uuid, channel text, until timestamptz) RETURNS uuid
  LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  INSERT INTO public.appointments_hold (id, slot_id, facility_id, kind, resident_id, channel, wait_id, made_at, ends_at)
  SELECT gen_random_uuid(), s.id, s.facility_id, 'offer', someone, channel, entry, app.clock(), until
  FROM public.appointments_slot s WHERE s.id = wanted RETURNING id $$;

CREATE FUNCTION app.offer_place(wanted uuid, old uuid, drawn text, until timestamptz)
  RETURNS TABLE (hold uuid, person uuid) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  was public.appointments_hold;
  at public.appointments_slot;
  turn record;
BEGIN
  -- One at a time in a department, so that nobody is given two places at once.
  PERFORM pg_advisory_xact_lock(hashtextextended('appointments.waiting:' || n.department_id, 0))
    FROM public.appointments_slot s JOIN public.appointments_session n ON n.id = s.session_id WHERE s.id = wanted;
  IF old IS NOT NULL THEN
    SELECT h.* INTO was FROM public.appointments_hold h
      WHERE h.id = old AND h.slot_id = wanted AND h.ended_at IS NULL AND (h.kind = 'returning' OR (h.wait_id IS NOT NULL
        AND (h.ends_at <= app.clock() OR EXISTS (SELECT 1 FROM public.appointments_waitlistentry e
                                                 WHERE e.id = h.wait_id AND e.ended_at IS NOT NULL))))
      FOR UPDATE SKIP LOCKED;
    IF was.id IS NULL THEN RETURN; END IF;
  END IF;
  SELECT s.* INTO at FROM public.appointments_slot s WHERE s.id = wanted FOR NO KEY UPDATE;
  SELECT w.* INTO turn FROM app.waiting_for(wanted, drawn) w WHERE until > app.clock() LIMIT 1;
  IF FOUND THEN
    PERFORM 1 FROM public.appointments_waitlistentry e WHERE e.id = turn.entry AND e.ended_at IS NULL FOR NO KEY UPDATE;
    IF NOT FOUND OR (old IS NULL AND app.places_for(at, turn.channel, app.clock()) <= 0) THEN RETURN; END IF;
    UPDATE public.appointments_hold h SET ended_at = app.clock() WHERE h.id = old;
    RETURN QUERY SELECT app.give_to(wanted, turn.person, turn.entry, turn.channel, until), turn.person;
  ELSIF was.kind = 'offer' THEN
    PERFORM app.put_back(was, NULL);
  END IF;
END $$;
COMMENT ON FUNCTION app.offer_place(uuid, uuid, text, timestamptz) IS
  'Keep a place for whoever waits longest: out of the hand of the hold that had it, with nobody in between.';

CREATE FUNCTION app.accept_offer(offer uuid) RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
DECLARE
  made uuid := gen_random_uuid();
  whose uuid;
BEGIN
  INSERT INTO public.appointments_booking (id, resident_id, slot_id, session_id, facility_id, department_id, date, period,
      status, form_key, booked_by, booked_at, hold_id)
    SELECT made, h.resident_id, s.id, n.id, n.facility_id, n.department_id, n.date, n.period, 'booked', h.id, e.joined_by,
      app.clock(), h.id
    FROM public.appointments_hold h JOIN public.appointments_waitlistentry e ON e.id = h.wait_id
    JOIN public.appointments_slot s ON s.id = h.slot_id JOIN public.appointments_session n ON n.id = s.session_id
    WHERE h.id = offer RETURNING resident_id INTO whose;
  IF whose IS NULL THEN RETURN NULL; END IF;
  INSERT INTO public.residents_notice (id, resident_id, kind, subject_id, created_at)
    VALUES (gen_random_uuid(), whose, 'booked', made, app.clock()) ON CONFLICT DO NOTHING;
  INSERT INTO public.residents_accessevent (at, id, actor_name, resident_id, facility_id, action, subject_kind, subject_id,
      purpose, capacity, address, reference)
    SELECT app.clock(), gen_random_uuid(), '短信回复', b.resident_id, b.facility_id, 'appointments.booked',
      'appointments.booking', b.id::text, '', '', NULL, '' FROM public.appointments_booking b WHERE b.id = made;
  RETURN made;
END $$;
COMMENT ON FUNCTION app.accept_offer(uuid) IS 'Book the place that is offered, for somebody who said yes by SMS.';

CREATE FUNCTION app.pass_offer_on(offer uuid) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
DECLARE was public.appointments_hold;
BEGIN
  SELECT h.* INTO was FROM public.appointments_hold h
    WHERE h.id = offer AND h.wait_id IS NOT NULL AND h.ended_at IS NULL FOR UPDATE;
  IF was.id IS NULL THEN RETURN false; END IF;
  PERFORM app.put_back(was, interval '1 minute');
  INSERT INTO public.residents_accessevent (at, id, actor_name, resident_id, facility_id, action, subject_kind, subject_id,
      purpose, capacity, address, reference)
    VALUES (app.clock(), gen_random_uuid(), '短信回复', was.resident_id, was.facility_id, 'appointments.declined_offer',
      'appointments.waitlistentry', was.wait_id::text, '', '', NULL, '');
  RETURN true;
END $$;
COMMENT ON FUNCTION app.pass_offer_on(uuid) IS 'Let an offer go, for somebody who said no by SMS.';
REVOKE ALL ON FUNCTION app.waiting_mode(public.appointments_session), app.waiting_for(uuid, text),
  app.places_waited_for(), app.put_back(public.appointments_hold, interval),
  app.give_to(uuid, uuid, uuid, text, timestamptz), app.offer_place(uuid, uuid, text, timestamptz), app.accept_offer(uuid),
  app.pass_offer_on(uuid), app.let_offers_lapse() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.places_waited_for(), app.waiting_for(uuid, text),
  app.offer_place(uuid, uuid, text, timestamptz), app.accept_offer(uuid), app.pass_offer_on(uuid),
  app.let_offers_lapse() TO {WORKER};
"""
NO_TURNS = """
DROP FUNCTION app.let_offers_lapse(), app.pass_offer_on(uuid), app.accept_offer(uuid),
  app.offer_place(uuid, uuid, text, timestamptz),
  app.give_to(uuid, uuid, uuid, text, timestamptz), app.put_back(public.appointments_hold, interval),
  app.places_waited_for(), app.waiting_for(uuid, text), app.waiting_mode(public.appointments_session);
"""

# What the person does, and sees besides their own rows: how many are before them, and what is theirs to take if they are
# the first to say so.
MINE = f"""
CREATE FUNCTION app.decline_offer(offer uuid) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
DECLARE was public.appointments_hold;
BEGIN
  SELECT h.* INTO was FROM public.appointments_hold h
    WHERE h.id = offer AND h.wait_id IS NOT NULL AND h.ended_at IS NULL
      AND h.resident_id = ANY (app.residents_for('booking')) FOR UPDATE;
  IF was.id IS NULL THEN RETURN false; END IF;
  -- A minute is enough for the sweep to ask whoever is next.
  PERFORM app.put_back(was, interval '1 minute');
  RETURN true;
END $$;
COMMENT ON FUNCTION app.decline_offer(uuid) IS 'Let an offer go: its place is kept for whoever is next.';

CREATE FUNCTION app.claim_place(held uuid, mine uuid) RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
DECLARE
  was public.appointments_hold;
  turn record;
BEGIN
  SELECT h.* INTO was FROM public.appointments_hold h
    WHERE h.id = held AND h.kind = 'returning' AND h.ended_at IS NULL AND h.ends_at > app.clock() FOR UPDATE;
  IF was.id IS NULL OR NOT EXISTS (SELECT 1 FROM public.appointments_session n JOIN public.appointments_slot s
      ON s.session_id = n.id WHERE s.id = was.slot_id AND app.waiting_mode(n) = 'all_at_once') THEN
    RETURN NULL;
  END IF;
  PERFORM 1 FROM public.appointments_slot s WHERE s.id = was.slot_id FOR NO KEY UPDATE;
  SELECT w.* INTO turn FROM app.waiting_for(was.slot_id, was.drawn_from) w
    WHERE w.entry = mine AND w.person = ANY (app.residents_for('booking'));
  IF NOT FOUND THEN RETURN NULL; END IF;
  UPDATE public.appointments_hold SET ended_at = app.clock() WHERE id = was.id;
  RETURN app.give_to(was.slot_id, turn.person, turn.entry, turn.channel, app.clock() + interval '2 minutes');
END $$;
COMMENT ON FUNCTION app.claim_place(uuid, uuid) IS
  'Of those who were told of a place at once, the first to say so has it kept for the moment of booking.';

CREATE FUNCTION app.my_waiting(someone uuid) RETURNS TABLE (entry uuid, ahead bigint, claimable uuid, slot uuid)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT e.id,
    (SELECT count(*) FROM public.appointments_waitlistentry o
     WHERE o.department_id = e.department_id AND o.ended_at IS NULL AND (o.joined_at, o.id) < (e.joined_at, e.id)
       AND o.earliest <= e.latest AND e.earliest <= o.latest
       AND (o.practitioner_id IS NULL OR e.practitioner_id IS NULL OR o.practitioner_id = e.practitioner_id)),
    back.hold, back.slot
  FROM public.appointments_waitlistentry e
  LEFT JOIN LATERAL (
    SELECT h.id AS hold, s.id AS slot FROM public.appointments_session n
    JOIN public.appointments_slot s ON s.session_id = n.id
    JOIN public.appointments_hold h ON h.slot_id = s.id AND h.ended_at IS NULL
    WHERE n.department_id = e.department_id AND app.waits_for(e, n) AND h.kind = 'returning' AND h.ends_at > app.clock()
      AND app.waiting_mode(n) = 'all_at_once'
      AND EXISTS (SELECT 1 FROM app.waiting_for(s.id, h.drawn_from) w WHERE w.entry = e.id)
    ORDER BY s.starts_at, h.id LIMIT 1) back ON true
  WHERE e.resident_id = someone AND someone = ANY (app.residents_for('booking')) AND e.ended_at IS NULL $$;
COMMENT ON FUNCTION app.my_waiting(uuid) IS
  'Of each live entry of a person: how many wait longer, and a place back for all at once that is theirs to take.';
REVOKE ALL ON FUNCTION app.decline_offer(uuid), app.claim_place(uuid, uuid), app.my_waiting(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.decline_offer(uuid), app.claim_place(uuid, uuid), app.my_waiting(uuid) TO {WEB};
"""
NO_MINE = "DROP FUNCTION app.my_waiting(uuid), app.claim_place(uuid, uuid), app.decline_offer(uuid);"


def to(model: str, **kwargs: object) -> models.ForeignKey:
    return models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=model, **kwargs)


class Migration(migrations.Migration):
    """A clinic is stopped as a whole, and who waits for a place is asked in turn."""

    dependencies = [
        ("appointments", "0008_kept_place"),
        ("facilities", "0003_guards"),
        ("residents", "0031_clinics_and_waiting"),
    ]

    operations = [
        migrations.CreateModel(
            name="WaitlistEntry",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "number_kind",
                    models.CharField(blank=True, choices=KINDS, max_length=20, verbose_name="号别"),
                ),
                ("earliest", models.DateField(verbose_name="最早日期")),
                ("latest", models.DateField(verbose_name="最晚日期")),
                (
                    "periods",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(choices=PERIODS, max_length=10),
                        default=list,
                        verbose_name="午别",
                    ),
                ),
                ("joined_at", models.DateTimeField(verbose_name="加入时间")),
                ("joined_by", models.UUIDField(editable=False)),
                ("ended_at", models.DateTimeField(null=True, verbose_name="结束时间")),
                (
                    "ended",
                    models.CharField(
                        blank=True,
                        choices=ENDED,
                        db_default="",
                        default="",
                        max_length=10,
                        verbose_name="结束原因",
                    ),
                ),
                ("department", to("facilities.department", related_name="+", verbose_name="科室")),
                ("facility", to("facilities.facility", related_name="+", verbose_name="医疗机构")),
                (
                    "practitioner",
                    to("facilities.practitioner", blank=True, null=True, related_name="+", verbose_name="医生"),
                ),
                ("resident", to("residents.resident", related_name="+", verbose_name="就诊人")),
            ],
            options={
                "verbose_name": "候补",
                "verbose_name_plural": "候补",
                "ordering": ["joined_at", "id"],
                "indexes": [
                    models.Index(
                        condition=Q(ended_at=None), fields=["department", "joined_at"], name="waiting_in_order"
                    ),
                    models.Index(fields=["resident", "-joined_at"], name="waiting_by_resident"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=Q(ended_at=None),
                        fields=["resident", "department", "earliest", "latest"],
                        name="one_wait_per_department_and_days",
                        violation_error_message="您已经在候补这个科室这几天的号。",
                    ),
                    models.CheckConstraint(condition=Q(latest__gte=F("earliest")), name="wait_days_in_order"),
                    models.CheckConstraint(
                        condition=Q(ended="", ended_at=None) | (Q(ended_at__isnull=False) & ~Q(ended="")),
                        name="wait_says_why_exactly_when_ended",
                    ),
                ],
            },
        ),
        migrations.AddField("hold", "wait", to("appointments.waitlistentry", null=True, related_name="offers")),
        migrations.AddIndex(
            "hold", models.Index(condition=Q(wait__isnull=False), fields=["wait", "slot"], name="hold_by_wait")
        ),
        migrations.AddConstraint(
            "hold",
            models.UniqueConstraint(condition=Q(ended_at=None), fields=["wait"], name="one_offer_at_a_time"),
        ),
        migrations.AddConstraint(
            "hold",
            models.CheckConstraint(condition=Q(wait=None) | Q(kind="offer"), name="only_offers_answer_a_wait"),
        ),
        Guard(
            "appointments_waitlistentry",
            select=[own("booking"), staff(*DESK)],
            insert=[own("booking")],
            update=[own("booking")],
            update_columns=["ended_at", "ended"],
            worker="SELECT, UPDATE",
        ),
        migrations.RunSQL(STOPPING, NO_STOPPING),
        migrations.RunSQL(ENTRIES, NO_ENTRIES),
        migrations.RunSQL(TURNS, NO_TURNS),
        migrations.RunSQL(MINE, NO_MINE),
    ]
