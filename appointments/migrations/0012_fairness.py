import django.db.models.deletion
from django.db import migrations, models

import foundation.fields
import foundation.keys
from foundation.operations import WEB, WORKER, Guard, anyone, own, staff

DESK = ("reception", "manager", "clinician")
OPENERS = ("reception", "manager")

# Lines of the trail beside those of a booking's own state. What is about a booking copies what its first line says.
TRAIL = """
CREATE FUNCTION app.write_deed_of(what text, booking uuid) RETURNS void LANGUAGE sql VOLATILE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  INSERT INTO public.appointments_deed (at, kind, booking_id, facility_id, department_id, number_kind, channel,
      drawn_from, ended, age_band, home_id, days_ahead)
    SELECT app.clock(), what, d.booking_id, d.facility_id, d.department_id, d.number_kind, d.channel, d.drawn_from, '',
      d.age_band, d.home_id, b.date - (app.clock() AT TIME ZONE 'Asia/Shanghai')::date
    FROM public.appointments_deed d JOIN public.appointments_booking b ON b.id = d.booking_id
    WHERE d.booking_id = booking ORDER BY d.id LIMIT 1 $$;
COMMENT ON FUNCTION app.write_deed_of(text, uuid) IS 'One more line of the trail about a booking.';

CREATE FUNCTION app.place_is_free_again() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
BEGIN
  INSERT INTO public.appointments_deed (at, kind, facility_id, department_id, number_kind, channel, drawn_from, ended,
      days_ahead)
    SELECT app.clock(), 'returned', n.facility_id, n.department_id, n.kind, NEW.channel, NEW.drawn_from, '',
      n.date - (app.clock() AT TIME ZONE 'Asia/Shanghai')::date
    FROM public.appointments_slot t JOIN public.appointments_session n ON n.id = t.session_id WHERE t.id = NEW.slot_id;
  RETURN NULL;
END $$;
CREATE TRIGGER returned_place_leaves_a_trail AFTER UPDATE ON public.appointments_hold
  FOR EACH ROW WHEN (NEW.kind = 'returning' AND OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL)
  EXECUTE FUNCTION app.place_is_free_again();
CREATE INDEX deed_of_booking ON public.appointments_deed (booking_id, id);
REVOKE ALL ON FUNCTION app.write_deed_of(text, uuid) FROM PUBLIC;
"""
NO_TRAIL = """
DROP INDEX deed_of_booking;
DROP TRIGGER returned_place_leaves_a_trail ON public.appointments_hold;
DROP FUNCTION app.place_is_free_again(), app.write_deed_of(text, uuid);
"""

# Whether web booking at a facility is suspended follows from the strikes that count at this moment, and is kept nowhere.
# One strike alone is a warning, whatever a rule says. Whoever has reached the county's age is never suspended.
STANDING = f"""
CREATE FUNCTION app.is_elder(person uuid, day date) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT r.birth_date <= day - make_interval(
      years => coalesce((app.setting('appointments.elder_age') #>> '{{}}')::integer, 65))
  FROM public.residents_resident r WHERE r.id = person $$;

CREATE FUNCTION app.strikes_that_count(person uuid, place uuid, at timestamptz)
  RETURNS SETOF public.appointments_strike LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT s.* FROM public.appointments_strike s LEFT JOIN public.appointments_appeal a ON a.strike_id = s.id
  WHERE s.resident_id = person AND s.facility_id = place AND s.at <= strikes_that_count.at AND s.withdrawn_at IS NULL
    AND a.accepted IS NOT TRUE AND NOT (a.id IS NOT NULL AND a.answered_at IS NULL
                                        AND a.answer_due <= strikes_that_count.at) $$;
COMMENT ON FUNCTION app.strikes_that_count(uuid, uuid, timestamptz) IS
  'A person''s strikes at a facility: not withdrawn, no appeal accepted, none left unanswered beyond its time.';

CREATE FUNCTION app.suspension_of(person uuid, place uuid) RETURNS timestamptz LANGUAGE plpgsql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
DECLARE ends timestamptz;
BEGIN
  IF NOT EXISTS (SELECT 1 FROM public.appointments_strike s
                 WHERE s.resident_id = person AND s.facility_id = place AND s.withdrawn_at IS NULL) THEN
    RETURN NULL;
  END IF;
  IF app.is_elder(person, (app.clock() AT TIME ZONE 'Asia/Shanghai')::date) THEN RETURN NULL; END IF;
  SELECT max(s.at + make_interval(days => s.suspension_days)) INTO ends
    FROM app.strikes_that_count(person, place, app.clock()) s
    WHERE (SELECT count(*) FROM app.strikes_that_count(person, place, app.clock()) e
           WHERE e.at <= s.at AND e.at > s.at - make_interval(days => s.within_days)) >= greatest(s.allowed, 2);
  RETURN CASE WHEN ends > app.clock() THEN ends END;
END $$;
COMMENT ON FUNCTION app.suspension_of(uuid, uuid) IS
  'Until when a person may not book on line at a facility; null: they may.';

CREATE FUNCTION app.suspended_until(person uuid, place uuid) RETURNS timestamptz LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT CASE WHEN person = ANY (app.residents_for('booking')) OR place = ANY (app.facilities_for(
    ARRAY['reception', 'manager', 'clinician'])) THEN app.suspension_of(person, place) END $$;
COMMENT ON FUNCTION app.suspended_until(uuid, uuid) IS
  'The same, for a person whom this session may book for, or a facility where its account works.';
REVOKE ALL ON FUNCTION app.is_elder(uuid, date), app.strikes_that_count(uuid, uuid, timestamptz),
  app.suspension_of(uuid, uuid), app.suspended_until(uuid, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.suspended_until(uuid, uuid) TO {WEB};
GRANT EXECUTE ON FUNCTION app.suspension_of(uuid, uuid), app.is_elder(uuid, date) TO {WORKER};
"""
NO_STANDING = """
DROP FUNCTION app.suspended_until(uuid, uuid);
DROP FUNCTION app.suspension_of(uuid, uuid);
DROP FUNCTION app.strikes_that_count(uuid, uuid, timestamptz);
DROP FUNCTION app.is_elder(uuid, date);
"""

# A strike follows only from a visit that its person, or who acts for them, booked on line, at a place that said at the
# time of booking that it reports who came. Desk, telephone, referral, elders and what staff booked: never.
STRIKES = """
CREATE FUNCTION app.strike_for_not_coming() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
DECLARE
  n public.appointments_session;
  said date := (NEW.booked_at AT TIME ZONE 'Asia/Shanghai')::date;
BEGIN
  IF OLD.status = 'no_show' AND NEW.status <> 'no_show' THEN
    UPDATE public.appointments_strike SET withdrawn_at = app.clock(), withdrawn_by = app.account(),
      withdrawn_why = 'corrected' WHERE booking_id = NEW.id AND withdrawn_at IS NULL;
  END IF;
  IF NEW.status <> 'no_show' OR OLD.status = 'no_show' OR NEW.channel <> 'web' THEN RETURN NULL; END IF;
  SELECT s.* INTO n FROM public.appointments_session s WHERE s.id = NEW.session_id;
  IF n.state <> 'open' OR app.is_elder(NEW.resident_id, NEW.date)
     OR EXISTS (SELECT 1 FROM public.residents_account a WHERE a.id = NEW.booked_by AND a.is_staff)
     OR NOT coalesce((app.booking_term('reports_attendance', NEW.facility_id, NEW.department_id, n.kind, said)
                      #>> '{}')::boolean, false) THEN
    RETURN NULL;
  END IF;
  INSERT INTO public.appointments_strike (id, booking_id, resident_id, facility_id, at, marked_by, allowed, within_days,
      suspension_days, appeal_until)
    SELECT gen_random_uuid(), NEW.id, NEW.resident_id, NEW.facility_id, app.clock(), app.account(),
      coalesce((app.booking_term('no_shows_allowed', NEW.facility_id, NEW.department_id, n.kind, said)
                #>> '{}')::integer, 3),
      coalesce((app.booking_term('no_show_days', NEW.facility_id, NEW.department_id, n.kind, said)
                #>> '{}')::integer, 90),
      coalesce((app.booking_term('suspension_days', NEW.facility_id, NEW.department_id, n.kind, said)
                #>> '{}')::integer, 90),
      app.clock() + make_interval(days => coalesce((app.setting('appointments.appeal_days') #>> '{}')::integer, 30))
  ON CONFLICT (booking_id) DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER no_show_is_a_strike AFTER UPDATE OF status ON public.appointments_booking
  FOR EACH ROW EXECUTE FUNCTION app.strike_for_not_coming();

CREATE FUNCTION app.strike_begins() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE suspended boolean := app.suspension_of(NEW.resident_id, NEW.facility_id) IS NOT NULL;
BEGIN
  PERFORM app.write_deed_of('strike', NEW.booking_id);
  IF suspended THEN PERFORM app.write_deed_of('suspended', NEW.booking_id); END IF;
  INSERT INTO public.residents_notice (id, resident_id, kind, subject_id, created_at)
    VALUES (gen_random_uuid(), NEW.resident_id, CASE WHEN suspended THEN 'web_suspended' ELSE 'strike_warned' END,
      NEW.id, app.clock()) ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER strike_begins AFTER INSERT ON public.appointments_strike
  FOR EACH ROW EXECUTE FUNCTION app.strike_begins();

CREATE FUNCTION app.strike_changes() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF OLD.withdrawn_at IS NOT NULL OR NEW.withdrawn_at IS NULL OR to_jsonb(NEW)
     - ARRAY['withdrawn_at', 'withdrawn_by', 'withdrawn_why'] <> to_jsonb(OLD)
     - ARRAY['withdrawn_at', 'withdrawn_by', 'withdrawn_why'] THEN
    RAISE EXCEPTION 'a strike is only withdrawn, and once' USING ERRCODE = 'restrict_violation';
  END IF;
  NEW.withdrawn_at := app.clock();
  NEW.withdrawn_by := app.account();
  PERFORM app.write_deed_of('excused', NEW.booking_id);
  INSERT INTO public.residents_notice (id, resident_id, kind, subject_id, created_at)
    VALUES (gen_random_uuid(), NEW.resident_id, 'strike_excused', NEW.id, app.clock()) ON CONFLICT DO NOTHING;
  RETURN NEW;
END $$;
CREATE TRIGGER strike_changes BEFORE UPDATE ON public.appointments_strike
  FOR EACH ROW EXECUTE FUNCTION app.strike_changes();
CREATE TRIGGER strike_is_never_deleted BEFORE DELETE ON public.appointments_strike
  FOR EACH ROW EXECUTE FUNCTION app.refuse();

CREATE FUNCTION app.stopped_is_no_strike() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
BEGIN
  UPDATE public.appointments_strike SET withdrawn_at = app.clock(), withdrawn_why = 'facility'
    WHERE withdrawn_at IS NULL
      AND booking_id IN (SELECT b.id FROM public.appointments_booking b WHERE b.session_id = NEW.id);
  RETURN NULL;
END $$;
CREATE TRIGGER stopped_is_no_strike AFTER UPDATE OF state ON public.appointments_session
  FOR EACH ROW WHEN (NEW.state = 'stopped' AND OLD.state <> 'stopped') EXECUTE FUNCTION app.stopped_is_no_strike();
"""
NO_STRIKES = """
DROP TRIGGER stopped_is_no_strike ON public.appointments_session;
DROP TRIGGER strike_is_never_deleted ON public.appointments_strike;
DROP TRIGGER strike_changes ON public.appointments_strike;
DROP TRIGGER strike_begins ON public.appointments_strike;
DROP TRIGGER no_show_is_a_strike ON public.appointments_booking;
DROP FUNCTION app.stopped_is_no_strike(), app.strike_changes(), app.strike_begins(), app.strike_for_not_coming();
"""

# An appeal is made once and in time, answered once; who marked the strike does not turn the appeal down.
APPEALS = """
CREATE FUNCTION app.appeal_changes() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE s public.appointments_strike;
BEGIN
  SELECT t.* INTO s FROM public.appointments_strike t WHERE t.id = NEW.strike_id FOR NO KEY UPDATE;
  IF TG_OP = 'INSERT' THEN
    IF s.withdrawn_at IS NOT NULL OR app.clock() > s.appeal_until OR NEW.answered_at IS NOT NULL
       OR (s.resident_id, s.facility_id) <> (NEW.resident_id, NEW.facility_id) THEN
      RAISE EXCEPTION 'nothing to appeal against, or too late' USING ERRCODE = 'check_violation',
        CONSTRAINT = 'appeal_in_time';
    END IF;
    NEW.at := app.clock();
    NEW.answer_due := app.clock()
      + make_interval(days => coalesce((app.setting('appointments.appeal_answer_days') #>> '{}')::integer, 7));
    RETURN NEW;
  END IF;
  IF OLD.answered_at IS NOT NULL OR NEW.answered_at IS NULL
     OR to_jsonb(NEW) - ARRAY['accepted', 'answer', 'answered_at', 'answered_by', 'answered_name']
        <> to_jsonb(OLD) - ARRAY['accepted', 'answer', 'answered_at', 'answered_by', 'answered_name'] THEN
    RAISE EXCEPTION 'an appeal is answered once' USING ERRCODE = 'restrict_violation';
  END IF;
  NEW.answered_at := app.clock();
  NEW.answered_by := app.account();
  NEW.answered_name := coalesce((SELECT a.name FROM public.residents_account a WHERE a.id = NEW.answered_by), '');
  IF NOT NEW.accepted AND (NEW.answered_by = s.marked_by OR OLD.answer_due <= app.clock()) THEN
    RAISE EXCEPTION 'another answers, and in time' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'appeal_turned_down_by_another_in_time';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER appeal_changes BEFORE INSERT OR UPDATE ON public.appointments_appeal
  FOR EACH ROW EXECUTE FUNCTION app.appeal_changes();

CREATE FUNCTION app.appeal_tells() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM app.write_deed_of(
    CASE WHEN NEW.accepted IS NULL THEN 'appealed' WHEN NEW.accepted THEN 'accepted' ELSE 'rejected' END,
    (SELECT s.booking_id FROM public.appointments_strike s WHERE s.id = NEW.strike_id));
  IF NEW.accepted IS NOT NULL THEN
    INSERT INTO public.residents_notice (id, resident_id, kind, subject_id, created_at)
      VALUES (gen_random_uuid(), NEW.resident_id, 'appeal_answered', NEW.id, app.clock()) ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER appeal_tells AFTER INSERT OR UPDATE ON public.appointments_appeal
  FOR EACH ROW EXECUTE FUNCTION app.appeal_tells();
CREATE TRIGGER appeal_is_never_deleted BEFORE DELETE ON public.appointments_appeal
  FOR EACH ROW EXECUTE FUNCTION app.refuse();
"""
NO_APPEALS = """
DROP TRIGGER appeal_is_never_deleted ON public.appointments_appeal;
DROP TRIGGER appeal_tells ON public.appointments_appeal;
DROP TRIGGER appeal_changes ON public.appointments_appeal;
DROP FUNCTION app.appeal_tells(), app.appeal_changes();
"""

# Requests are numbered as they come, while the draw is open by the database's clock; the seed that is published must be
# the one whose hash was, and not before the last request.
DRAWS = f"""
CREATE FUNCTION app.draw_takes_request() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
BEGIN
  UPDATE public.appointments_draw d SET asked = d.asked + 1
    WHERE d.id = NEW.draw_id AND d.opens_at <= app.clock() AND app.clock() < d.closes_at
    RETURNING d.asked INTO NEW.number;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the draw takes no requests now' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'draw_takes_requests_while_open';
  END IF;
  NEW.asked_at := app.clock();
  NEW.rank := NULL; NEW.outcome := ''; NEW.booking_id := NULL;
  RETURN NEW;
END $$;
CREATE TRIGGER draw_takes_request BEFORE INSERT ON public.appointments_drawrequest
  FOR EACH ROW EXECUTE FUNCTION app.draw_takes_request();

CREATE FUNCTION app.draw_request_changes() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
BEGIN
  IF OLD.outcome <> '' OR (OLD.rank IS NOT NULL AND NEW.rank IS DISTINCT FROM OLD.rank)
     OR (NEW.id, NEW.draw_id, NEW.resident_id, NEW.number, NEW.asked_by, NEW.asked_at)
        IS DISTINCT FROM (OLD.id, OLD.draw_id, OLD.resident_id, OLD.number, OLD.asked_by, OLD.asked_at) THEN
    RAISE EXCEPTION 'a request is settled once' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER draw_request_changes BEFORE UPDATE ON public.appointments_drawrequest
  FOR EACH ROW EXECUTE FUNCTION app.draw_request_changes();

CREATE FUNCTION app.draw_leaves_a_trail() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
BEGIN
  INSERT INTO public.appointments_deed (at, kind, facility_id, department_id, number_kind, channel, drawn_from, ended,
      age_band, home_id, days_ahead)
    SELECT app.clock(), CASE NEW.outcome WHEN '' THEN 'asked' WHEN 'won' THEN 'drawn' ELSE 'not_drawn' END,
      n.facility_id, n.department_id, n.kind, CASE WHEN app.is_elder(r.id, n.date) THEN 'elder' ELSE 'web' END, '', '',
      CASE WHEN age >= 80 THEN 80 WHEN age >= 65 THEN 65 WHEN age >= 45 THEN 45 WHEN age >= 18 THEN 18 ELSE 0 END,
      r.facility_id, n.date - (app.clock() AT TIME ZONE 'Asia/Shanghai')::date
    FROM public.appointments_draw d JOIN public.appointments_session n ON n.id = d.session_id
    JOIN public.residents_resident r ON r.id = NEW.resident_id,
    LATERAL (SELECT extract(year FROM age(n.date, r.birth_date))) AS old(age)
    WHERE d.id = NEW.draw_id;
  RETURN NULL;
END $$;
CREATE TRIGGER draw_request_leaves_a_trail AFTER INSERT ON public.appointments_drawrequest
  FOR EACH ROW EXECUTE FUNCTION app.draw_leaves_a_trail();
CREATE TRIGGER draw_outcome_leaves_a_trail AFTER UPDATE OF outcome ON public.appointments_drawrequest
  FOR EACH ROW WHEN (NEW.outcome <> OLD.outcome) EXECUTE FUNCTION app.draw_leaves_a_trail();

CREATE FUNCTION app.draw_changes() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF (NEW.id, NEW.session_id, NEW.seed_hash, NEW.opens_at, NEW.closes_at)
     IS DISTINCT FROM (OLD.id, OLD.session_id, OLD.seed_hash, OLD.opens_at, OLD.closes_at)
     OR NEW.asked < OLD.asked OR OLD.settled_at IS NOT NULL
     OR (OLD.seed <> '' AND (NEW.seed, NEW.places, NEW.elders) IS DISTINCT FROM (OLD.seed, OLD.places, OLD.elders))
     OR (NEW.seed <> '' AND (app.clock() < NEW.closes_at
         OR encode(sha256(convert_to(NEW.seed, 'UTF8')), 'hex') <> NEW.seed_hash)) THEN
    RAISE EXCEPTION 'a draw keeps to what was published' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER draw_changes BEFORE UPDATE ON public.appointments_draw
  FOR EACH ROW EXECUTE FUNCTION app.draw_changes();
CREATE TRIGGER draw_is_never_deleted BEFORE DELETE ON public.appointments_draw
  FOR EACH ROW EXECUTE FUNCTION app.refuse();
CREATE TRIGGER draw_request_is_never_deleted BEFORE DELETE ON public.appointments_drawrequest
  FOR EACH ROW EXECUTE FUNCTION app.refuse();

CREATE FUNCTION app.draw_is_settled_beforehand() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM public.appointments_draw d WHERE d.session_id = NEW.id)
     OR EXISTS (SELECT 1 FROM public.appointments_booking b WHERE b.session_id = NEW.id) THEN
    RAISE EXCEPTION 'how places are given is settled before the first one is' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER draw_is_settled_beforehand BEFORE UPDATE OF draw ON public.appointments_session
  FOR EACH ROW WHEN (NEW.draw <> OLD.draw) EXECUTE FUNCTION app.draw_is_settled_beforehand();

-- On line nobody books past a draw; the draw itself is the worker's.
CREATE POLICY drawn_before_booked ON public.appointments_booking AS RESTRICTIVE FOR INSERT TO {WEB}
  WITH CHECK (channel NOT IN ('web', 'elder') OR NOT EXISTS (SELECT 1 FROM public.appointments_draw d
    WHERE d.session_id = appointments_booking.session_id AND d.settled_at IS NULL));
GRANT INSERT ON public.appointments_booking TO {WORKER};

-- The worker passes row-level security; it books nobody but those who asked for the draw it is settling.
CREATE FUNCTION app.booking_was_drawn() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM public.appointments_drawrequest r JOIN public.appointments_draw d ON d.id = r.draw_id
      WHERE r.id = NEW.form_key AND r.resident_id = NEW.resident_id AND r.asked_by = NEW.booked_by
        AND r.outcome = '' AND d.session_id = NEW.session_id AND d.seed <> '' AND d.settled_at IS NULL) THEN
    RAISE EXCEPTION 'the worker books only what was drawn' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER booking_was_drawn BEFORE INSERT ON public.appointments_booking
  FOR EACH ROW WHEN (current_user = '{WORKER}') EXECUTE FUNCTION app.booking_was_drawn();
GRANT UPDATE (draw) ON public.appointments_session TO {WEB};
"""
NO_DRAWS = f"""
REVOKE UPDATE (draw) ON public.appointments_session FROM {WEB};
DROP TRIGGER booking_was_drawn ON public.appointments_booking;
DROP FUNCTION app.booking_was_drawn();
REVOKE INSERT ON public.appointments_booking FROM {WORKER};
DROP POLICY drawn_before_booked ON public.appointments_booking;
DROP TRIGGER draw_is_settled_beforehand ON public.appointments_session;
DROP TRIGGER draw_request_is_never_deleted ON public.appointments_drawrequest;
DROP TRIGGER draw_is_never_deleted ON public.appointments_draw;
DROP TRIGGER draw_changes ON public.appointments_draw;
DROP TRIGGER draw_outcome_leaves_a_trail ON public.appointments_drawrequest;
DROP TRIGGER draw_request_leaves_a_trail ON public.appointments_drawrequest;
DROP TRIGGER draw_request_changes ON public.appointments_drawrequest;
DROP TRIGGER draw_takes_request ON public.appointments_drawrequest;
DROP FUNCTION app.draw_is_settled_beforehand(), app.draw_changes(), app.draw_leaves_a_trail(),
  app.draw_request_changes(), app.draw_takes_request();
"""

PUBLISHED = """
CREATE TRIGGER month_is_never_changed BEFORE UPDATE OR DELETE ON public.appointments_fairnessmonth
  FOR EACH ROW EXECUTE FUNCTION app.refuse();
"""
NOT_PUBLISHED = "DROP TRIGGER month_is_never_changed ON public.appointments_fairnessmonth;"
SIGNED = "asked_by = (SELECT app.account())"


class Migration(migrations.Migration):
    """Not coming with due process, draws, and the month's figures: tables, and what the database itself keeps to."""

    dependencies = [
        ("appointments", "0011_trips"),
        ("facilities", "0005_roles"),
        ("residents", "0032_fairness_notices"),
    ]

    operations = [
        migrations.CreateModel(
            name="Draw",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("seed_hash", models.CharField(max_length=64, verbose_name="种子的 SHA-256")),
                ("opens_at", models.DateTimeField(verbose_name="开始登记")),
                ("closes_at", models.DateTimeField(verbose_name="截止登记")),
                ("asked", models.PositiveIntegerField(db_default=0, default=0, verbose_name="登记数")),
                ("places", models.PositiveIntegerField(db_default=0, default=0, verbose_name="号源数")),
                ("elders", models.PositiveIntegerField(db_default=0, default=0, verbose_name="其中老年人预留")),
                ("seed", models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="种子")),
                (
                    "result",
                    models.JSONField(
                        db_default=models.Value([], models.JSONField()), default=list, verbose_name="结果"
                    ),
                ),
                ("settled_at", models.DateTimeField(null=True, verbose_name="完成时间")),
            ],
            options={
                "verbose_name": "抽签",
                "verbose_name_plural": "抽签",
            },
        ),
        migrations.CreateModel(
            name="FairnessMonth",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("month", models.DateField(unique=True, verbose_name="月份")),
                ("figures", models.JSONField(verbose_name="数字")),
                ("made_at", models.DateTimeField(verbose_name="公布时间")),
            ],
            options={
                "verbose_name": "预约公平月报",
                "verbose_name_plural": "预约公平月报",
                "ordering": ["-month"],
            },
        ),
        migrations.AddField(
            model_name="session",
            name="draw",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="放号后先登记一分钟，再公开抽签，不比手快。",
                verbose_name="抽签",
            ),
        ),
        migrations.AlterField(
            model_name="deed",
            name="age_band",
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AlterField(
            model_name="deed",
            name="booking",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="appointments.booking"
            ),
        ),
        migrations.AlterField(
            model_name="deed",
            name="kind",
            field=models.CharField(
                choices=[
                    ("booked", "预约"),
                    ("cancelled", "取消"),
                    ("checked_in", "签到"),
                    ("completed", "就诊"),
                    ("no_show", "爽约"),
                    ("revised", "更正"),
                    ("returned", "退号重新放出"),
                    ("strike", "记爽约"),
                    ("excused", "撤销爽约"),
                    ("suspended", "暂停网上预约"),
                    ("appealed", "申诉"),
                    ("accepted", "申诉通过"),
                    ("rejected", "申诉未通过"),
                    ("asked", "登记抽签"),
                    ("drawn", "抽中"),
                    ("not_drawn", "没有抽中"),
                ],
                max_length=10,
            ),
        ),
        migrations.CreateModel(
            name="DrawSeed",
            fields=[
                (
                    "draw",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="appointments.draw",
                    ),
                ),
                ("seed", foundation.fields.EncryptedTextField()),
            ],
        ),
        migrations.AddField(
            model_name="draw",
            name="session",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="held_draw", to="appointments.session"
            ),
        ),
        migrations.CreateModel(
            name="DrawRequest",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.PositiveIntegerField(db_default=0, editable=False, verbose_name="登记号")),
                ("asked_by", models.UUIDField(editable=False)),
                ("asked_at", models.DateTimeField(verbose_name="登记时间")),
                ("rank", models.PositiveIntegerField(null=True, verbose_name="抽到第几")),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "等待抽签"),
                            ("won", "抽中"),
                            ("lost", "没有抽中"),
                            ("rule", "抽到时不符合预约规则"),
                        ],
                        db_default="",
                        default="",
                        max_length=4,
                        verbose_name="结果",
                    ),
                ),
                (
                    "booking",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="drawn_by",
                        to="appointments.booking",
                    ),
                ),
                (
                    "draw",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="requests", to="appointments.draw"
                    ),
                ),
                (
                    "resident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="residents.resident"
                    ),
                ),
            ],
            options={
                "verbose_name": "抽签登记",
                "verbose_name_plural": "抽签登记",
            },
        ),
        migrations.CreateModel(
            name="Strike",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("at", models.DateTimeField(verbose_name="登记时间")),
                ("marked_by", models.UUIDField(editable=False, null=True)),
                ("allowed", models.PositiveSmallIntegerField(verbose_name="爽约几次后暂停网上预约")),
                ("within_days", models.PositiveSmallIntegerField(verbose_name="爽约累计天数")),
                ("suspension_days", models.PositiveSmallIntegerField(verbose_name="暂停网上预约天数")),
                ("appeal_until", models.DateTimeField(verbose_name="申诉截止")),
                ("withdrawn_at", models.DateTimeField(null=True, verbose_name="撤销时间")),
                ("withdrawn_by", models.UUIDField(editable=False, null=True)),
                (
                    "withdrawn_why",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("corrected", "登记有误，已更正"),
                            ("facility", "机构原因"),
                            ("emergency", "本人突发情况"),
                        ],
                        db_default="",
                        max_length=10,
                        verbose_name="撤销原因",
                    ),
                ),
                (
                    "booking",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="strike", to="appointments.booking"
                    ),
                ),
                (
                    "facility",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="facilities.facility"
                    ),
                ),
                (
                    "resident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="residents.resident"
                    ),
                ),
            ],
            options={
                "verbose_name": "爽约记录",
                "verbose_name_plural": "爽约记录",
            },
        ),
        migrations.CreateModel(
            name="Appeal",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "way",
                    models.CharField(
                        choices=[("web", "网上"), ("sms", "短信"), ("desk", "窗口")], max_length=4, verbose_name="方式"
                    ),
                ),
                ("words", foundation.fields.EncryptedTextField(blank=True, null=True, verbose_name="本人的话")),
                ("by", models.UUIDField(editable=False, null=True)),
                ("at", models.DateTimeField(verbose_name="申诉时间")),
                ("answer_due", models.DateTimeField(verbose_name="答复期限")),
                ("accepted", models.BooleanField(null=True, verbose_name="是否同意")),
                ("answer", models.CharField(blank=True, db_default="", max_length=200, verbose_name="答复")),
                ("answered_at", models.DateTimeField(null=True, verbose_name="答复时间")),
                ("answered_by", models.UUIDField(editable=False, null=True)),
                (
                    "answered_name",
                    models.CharField(blank=True, db_default="", editable=False, max_length=100, verbose_name="答复人"),
                ),
                (
                    "facility",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="facilities.facility"
                    ),
                ),
                (
                    "resident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="residents.resident"
                    ),
                ),
                (
                    "strike",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="appeal", to="appointments.strike"
                    ),
                ),
            ],
            options={
                "verbose_name": "爽约申诉",
                "verbose_name_plural": "爽约申诉",
            },
        ),
        migrations.AddIndex(
            model_name="draw",
            index=models.Index(condition=models.Q(("settled_at", None)), fields=["closes_at"], name="draw_waits"),
        ),
        migrations.AddConstraint(
            model_name="draw",
            constraint=models.CheckConstraint(
                condition=models.Q(("closes_at__gt", models.F("opens_at"))), name="draw_closes_after_it_opens"
            ),
        ),
        migrations.AddConstraint(
            model_name="draw",
            constraint=models.CheckConstraint(
                condition=models.Q(("settled_at", None), models.Q(("seed", ""), _negated=True), _connector="OR"),
                name="draw_settled_with_its_seed",
            ),
        ),
        migrations.AddConstraint(
            model_name="drawrequest",
            constraint=models.UniqueConstraint(fields=("draw", "resident"), name="one_request_per_person_and_draw"),
        ),
        migrations.AddConstraint(
            model_name="drawrequest",
            constraint=models.UniqueConstraint(fields=("draw", "number"), name="draw_number_given_once"),
        ),
        migrations.AddConstraint(
            model_name="drawrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("booking__isnull", False), ("outcome", "won")),
                    models.Q(models.Q(("outcome", "won"), _negated=True), ("booking", None)),
                    _connector="OR",
                ),
                name="draw_won_exactly_with_a_booking",
            ),
        ),
        migrations.AddIndex(
            model_name="strike",
            index=models.Index(fields=["resident", "facility"], name="strike_by_resident"),
        ),
        migrations.AddIndex(
            model_name="strike",
            index=models.Index(fields=["facility", "-at"], name="strike_by_facility"),
        ),
        migrations.AddConstraint(
            model_name="strike",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("withdrawn_at", None), ("withdrawn_why", "")),
                    models.Q(("withdrawn_at__isnull", False), models.Q(("withdrawn_why", ""), _negated=True)),
                    _connector="OR",
                ),
                name="strike_withdrawn_with_a_reason",
            ),
        ),
        migrations.AddIndex(
            model_name="appeal",
            index=models.Index(
                condition=models.Q(("answered_at", None)), fields=["facility", "answer_due"], name="appeal_waits"
            ),
        ),
        migrations.AddConstraint(
            model_name="appeal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("accepted", None), ("answer", ""), ("answered_at", None)),
                    models.Q(
                        ("accepted__isnull", False),
                        ("answered_at__isnull", False),
                        models.Q(("answer", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="appeal_answered_with_words",
            ),
        ),
        Guard(
            "appointments_strike",
            select=[own("booking"), staff(*DESK)],
            update=[staff("manager")],
            update_columns=["withdrawn_at", "withdrawn_why"],
            worker="SELECT",
        ),
        Guard(
            "appointments_appeal",
            select=[own("booking"), staff(*DESK)],
            insert=[own("booking"), staff(*OPENERS)],
            update=[staff("manager")],
            update_columns=["accepted", "answer", "answered_at"],
            worker="SELECT, INSERT",
        ),
        Guard("appointments_draw", select=[anyone()], worker="SELECT, INSERT, UPDATE"),
        Guard("appointments_drawseed", worker="SELECT, INSERT"),
        Guard(
            "appointments_drawrequest",
            select=[own("booking")],
            insert=[f"{own('booking')} AND {SIGNED}"],
            worker="SELECT, UPDATE",
        ),
        Guard("appointments_fairnessmonth", select=[anyone()], worker="SELECT, INSERT"),
        migrations.RunSQL(TRAIL, NO_TRAIL),
        migrations.RunSQL(STANDING, NO_STANDING),
        migrations.RunSQL(STRIKES, NO_STRIKES),
        migrations.RunSQL(APPEALS, NO_APPEALS),
        migrations.RunSQL(DRAWS, NO_DRAWS),
        migrations.RunSQL(PUBLISHED, NOT_PUBLISHED),
    ]
