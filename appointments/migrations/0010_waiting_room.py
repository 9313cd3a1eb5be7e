import django.db.models.deletion
from django.db import migrations, models

import foundation.keys
from foundation.operations import WEB, Guard, own, staff

DESK = ("reception", "manager", "clinician")
OPENERS = ("reception", "manager")

# A booking goes one way, and what was marked by mistake is marked anew; the database stamps when and by whom. The way is
# looked at after the row was written: first row-level security says whose deed it may be at all.
WAY = """
CREATE FUNCTION app.booking_is_stamped() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
BEGIN
  IF (NEW.checked_in_at, NEW.settled_at, NEW.settled_by)
     IS DISTINCT FROM (OLD.checked_in_at, OLD.settled_at, OLD.settled_by) THEN
    RAISE EXCEPTION 'the times of a booking are stamped by the database' USING ERRCODE = 'restrict_violation';
  END IF;
  IF NEW.status = OLD.status THEN RETURN NEW; END IF;
  NEW.checked_in_at := CASE WHEN NEW.status = 'checked_in' THEN coalesce(OLD.checked_in_at, app.clock())
    WHEN NEW.status IN ('completed', 'cancelled') THEN OLD.checked_in_at END;
  NEW.settled_at := CASE WHEN NEW.status IN ('completed', 'no_show') THEN app.clock() END;
  NEW.settled_by := CASE WHEN NEW.status IN ('completed', 'no_show') THEN app.account() END;
  RETURN NEW;
END $$;
CREATE TRIGGER booking_is_stamped BEFORE UPDATE ON public.appointments_booking
  FOR EACH ROW EXECUTE FUNCTION app.booking_is_stamped();

CREATE FUNCTION app.booking_goes_its_way() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
DECLARE
  kind text;
BEGIN
  IF OLD.status || '>' || NEW.status <> ALL (ARRAY['booked>cancelled', 'checked_in>cancelled', 'booked>checked_in',
      'checked_in>booked', 'checked_in>completed', 'completed>checked_in', 'booked>no_show', 'no_show>booked',
      'no_show>checked_in']) THEN
    RAISE EXCEPTION 'a booking does not go from % to %', OLD.status, NEW.status USING ERRCODE = 'restrict_violation',
      CONSTRAINT = 'booking_goes_its_way';
  END IF;
  IF OLD.status = 'booked' AND NEW.status = 'checked_in'
     AND NEW.date <> (app.clock() AT TIME ZONE 'Asia/Shanghai')::date THEN
    RAISE EXCEPTION 'people check in on the day of their visit' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'booking_is_checked_in_on_its_day';
  END IF;
  IF NEW.status = 'no_show' THEN
    SELECT s.kind INTO kind FROM public.appointments_session s WHERE s.id = NEW.session_id;
    IF app.booking_term('reports_attendance', NEW.facility_id, NEW.department_id, kind, NEW.date)
         IS DISTINCT FROM to_jsonb(true)
       OR EXISTS (SELECT 1 FROM public.appointments_slot s WHERE s.id = NEW.slot_id AND s.ends_at > app.clock()) THEN
      RAISE EXCEPTION 'nobody says who came, or the visit is not over' USING ERRCODE = 'check_violation',
        CONSTRAINT = 'no_show_only_where_attendance_is_reported';
    END IF;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER booking_goes_its_way AFTER UPDATE OF status ON public.appointments_booking
  FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION app.booking_goes_its_way();

-- Whoever leaves before the doctor called leaves the queue, too; whoever was seen has left it. A ticket of the same
-- visit may be taken anew.
CREATE FUNCTION app.ticket_follows_booking() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
BEGIN
  UPDATE public.appointments_ticket SET state = CASE WHEN NEW.status = 'completed' THEN 'done' ELSE 'left' END
    WHERE booking_id = NEW.id AND state IN ('waiting', 'called', 'skipped');
  RETURN NULL;
END $$;
CREATE TRIGGER ticket_follows_booking AFTER UPDATE OF status ON public.appointments_booking
  FOR EACH ROW WHEN (OLD.status = 'checked_in' AND NEW.status <> 'checked_in')
  EXECUTE FUNCTION app.ticket_follows_booking();
"""
NO_WAY = """
DROP TRIGGER ticket_follows_booking ON public.appointments_booking;
DROP TRIGGER booking_goes_its_way ON public.appointments_booking;
DROP TRIGGER booking_is_stamped ON public.appointments_booking;
DROP FUNCTION app.ticket_follows_booking(), app.booking_goes_its_way(), app.booking_is_stamped();
"""

# A ticket's facts stay; its state goes on, and each step is stamped.
TICKETS = """
CREATE FUNCTION app.ticket_goes_its_way() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
BEGIN
  IF to_jsonb(NEW) - ARRAY['state', 'room'] <> to_jsonb(OLD) - ARRAY['state', 'room']
     OR (NEW.room <> OLD.room AND NEW.state <> 'called')
     OR OLD.state || '>' || NEW.state <> ALL (ARRAY['waiting>called', 'waiting>left', 'waiting>done', 'called>called',
       'called>skipped', 'called>done', 'called>left', 'skipped>called', 'skipped>waiting', 'skipped>left',
       'skipped>done']) THEN
    RAISE EXCEPTION 'a ticket does not go from % to %', OLD.state, NEW.state USING ERRCODE = 'restrict_violation',
      CONSTRAINT = 'ticket_goes_its_way';
  END IF;
  IF NEW.state = 'called' THEN
    NEW.calls := OLD.calls + 1; NEW.called_at := app.clock(); NEW.called_by := app.account();
  ELSIF NEW.state = 'waiting' THEN
    NEW.order_at := app.clock();
  ELSIF NEW.state IN ('done', 'left') THEN
    NEW.ended_at := app.clock();
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER ticket_goes_its_way BEFORE UPDATE ON public.appointments_ticket
  FOR EACH ROW EXECUTE FUNCTION app.ticket_goes_its_way();
CREATE TRIGGER ticket_is_never_deleted BEFORE DELETE ON public.appointments_ticket
  FOR EACH ROW EXECUTE FUNCTION app.refuse();
CREATE TRIGGER tickets_are_never_truncated BEFORE TRUNCATE ON public.appointments_ticket
  FOR EACH STATEMENT EXECUTE FUNCTION app.refuse();

CREATE FUNCTION app.booking_follows_ticket() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
BEGIN
  UPDATE public.appointments_booking SET status = 'completed' WHERE id = NEW.booking_id AND status = 'checked_in';
  RETURN NULL;
END $$;
CREATE TRIGGER booking_follows_ticket AFTER UPDATE OF state ON public.appointments_ticket
  FOR EACH ROW WHEN (NEW.state = 'done' AND OLD.state <> 'done') EXECUTE FUNCTION app.booking_follows_ticket();

-- In which order people are called: those first who must be, then by time; at the same time elders first.
CREATE FUNCTION app.turn_of(ticket public.appointments_ticket) RETURNS numeric[] LANGUAGE sql STABLE
  RETURN ARRAY[(ticket.category <> 'priority')::integer, extract(epoch FROM ticket.order_at),
    CASE ticket.category WHEN 'priority' THEN 0 WHEN 'elder' THEN 1 ELSE 2 END, ticket.number]::numeric[];
COMMENT ON FUNCTION app.turn_of(public.appointments_ticket) IS 'By what tickets of a queue are ordered: the lowest is next.';

-- The queue of a session, made when it is first asked for. Where the county has it so, doctors of one room share one.
CREATE FUNCTION app.queue_of(wanted uuid) RETURNS uuid LANGUAGE plpgsql VOLATILE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
DECLARE
  n public.appointments_session;
  own uuid;
  shared boolean;
BEGIN
  SELECT s.* INTO n FROM public.appointments_session s WHERE s.id = wanted;
  shared := n.location <> '' AND coalesce(app.setting('appointments.queue_by') #>> '{}', 'session') = 'room';
  INSERT INTO public.appointments_queue (id, facility_id, department_id, date, period, session_id, room)
    VALUES (gen_random_uuid(), n.facility_id, n.department_id, n.date, n.period, CASE WHEN shared THEN NULL ELSE n.id END,
      n.location) ON CONFLICT DO NOTHING;
  SELECT q.id INTO own FROM public.appointments_queue q
    WHERE (NOT shared AND q.session_id = n.id)
       OR (shared AND q.session_id IS NULL AND q.facility_id = n.facility_id AND q.date = n.date
           AND q.period = n.period AND q.room = n.location) FOR NO KEY UPDATE;
  RETURN own;
END $$;
COMMENT ON FUNCTION app.queue_of(uuid) IS 'The queue of a session, made where there is none; its row is locked.';
REVOKE ALL ON FUNCTION app.queue_of(uuid) FROM PUBLIC;
"""
NO_TICKETS = """
DROP FUNCTION app.queue_of(uuid);
DROP FUNCTION app.turn_of(public.appointments_ticket);
DROP TRIGGER booking_follows_ticket ON public.appointments_ticket;
DROP FUNCTION app.booking_follows_ticket();
DROP TRIGGER tickets_are_never_truncated ON public.appointments_ticket;
DROP TRIGGER ticket_is_never_deleted ON public.appointments_ticket;
DROP TRIGGER ticket_goes_its_way ON public.appointments_ticket;
DROP FUNCTION app.ticket_goes_its_way();
"""

# Coming: by the poster on the wall, for whom one may book, within the window of the rule; or by the desk, all day.
ARRIVING = f"""
CREATE FUNCTION app.take_ticket(b public.appointments_booking, wanted text, late boolean) RETURNS void LANGUAGE plpgsql
  VOLATILE SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  queue uuid := app.queue_of(b.session_id);  -- locked: of two who come at once, one waits for the other's number
  starts timestamptz;
  sort text;
BEGIN
  SELECT s.starts_at INTO starts FROM public.appointments_slot s WHERE s.id = b.slot_id;
  SELECT CASE WHEN wanted = 'priority' THEN 'priority'
      WHEN r.birth_date <= b.date - make_interval(
        years => coalesce((app.setting('appointments.elder_age') #>> '{{}}')::integer, 65)) THEN 'elder' ELSE 'ordinary' END
    INTO sort FROM public.residents_resident r WHERE r.id = b.resident_id;
  INSERT INTO public.appointments_ticket (id, queue_id, facility_id, booking_id, resident_id, category, number, state,
      order_at, late, issued_at, calls, room)
    VALUES (gen_random_uuid(), queue, b.facility_id, b.id, b.resident_id, sort,
      (SELECT coalesce(max(t.number), 0) + 1 FROM public.appointments_ticket t
       WHERE t.queue_id = queue AND t.category = sort),
      'waiting', CASE WHEN late THEN app.clock() ELSE starts END, late, app.clock(), 0, '');
END $$;
REVOKE ALL ON FUNCTION app.take_ticket(public.appointments_booking, text, boolean) FROM PUBLIC;

CREATE FUNCTION app.arrive(wanted uuid, door text, category text) RETURNS text LANGUAGE plpgsql VOLATILE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
DECLARE
  b public.appointments_booking;
  starts timestamptz;
  kind text;
  today date := (app.clock() AT TIME ZONE 'Asia/Shanghai')::date;
  early integer;
  after integer;
BEGIN
  SELECT * INTO b FROM public.appointments_booking x WHERE x.id = wanted;
  IF b.id IS NULL OR NOT (CASE WHEN door = '' THEN b.facility_id = ANY (app.facilities_for(ARRAY['reception', 'manager']))
      ELSE b.resident_id = ANY (app.residents_for('booking')) AND EXISTS (SELECT 1 FROM public.appointments_point p
        WHERE p.code = door AND p.kind = 'poster' AND p.ended_at IS NULL AND p.facility_id = b.facility_id
          AND (p.department_id IS NULL OR p.department_id = b.department_id)) END) THEN
    RETURN 'unknown';
  END IF;
  IF b.date <> today THEN RETURN 'not_today'; END IF;
  IF b.status = 'checked_in' THEN RETURN 'again'; END IF;
  SELECT s.starts_at INTO starts FROM public.appointments_slot s WHERE s.id = b.slot_id;
  SELECT s.kind INTO kind FROM public.appointments_session s WHERE s.id = b.session_id;
  early := coalesce((app.booking_term('check_in_minutes_before', b.facility_id, b.department_id, kind, today)
    #>> '{{}}')::integer, 30);
  after := coalesce((app.booking_term('check_in_minutes_after', b.facility_id, b.department_id, kind, today)
    #>> '{{}}')::integer, 30);
  IF door <> '' AND app.clock() < starts - make_interval(mins => early) THEN RETURN 'early'; END IF;
  IF door <> '' AND app.clock() > starts + make_interval(mins => after) THEN RETURN 'late'; END IF;
  UPDATE public.appointments_booking SET status = 'checked_in' WHERE id = b.id AND status IN ('booked', 'no_show')
    AND (door = '' OR status = 'booked');
  IF NOT FOUND THEN RETURN 'over'; END IF;
  PERFORM app.take_ticket(b, CASE WHEN door = '' THEN category ELSE '' END,
    app.clock() > starts + make_interval(mins => after));
  RETURN 'done';
END $$;
COMMENT ON FUNCTION app.arrive(uuid, text, text) IS
  'Check a booking in and give its ticket: by a poster''s code within the window of the rule, or by the desk (no code).';

CREATE FUNCTION app.point_of(wanted text, sort text) RETURNS TABLE (facility uuid, facility_name text, department uuid,
    name text) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT p.facility_id, f.name::text, p.department_id, p.name::text FROM public.appointments_point p
  JOIN public.facilities_facility f ON f.id = p.facility_id
  WHERE p.code = wanted AND p.kind = sort AND p.ended_at IS NULL $$;
COMMENT ON FUNCTION app.point_of(text, text) IS 'Where a poster or a screen hangs, for whoever has its code.';

CREATE FUNCTION app.board(wanted text) RETURNS TABLE (queue uuid, department text, doctor text, place text, category text,
    number integer, name text, state text, room text, calls integer, called_at timestamptz, turn bigint)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT l.* FROM (
    SELECT q.id AS queue, d.name::text, coalesce(p.name, '')::text, q.room::text, t.category::text, t.number::integer,
      (left(b.resident_name, 1) || '*' || CASE WHEN length(b.resident_name) > 2 THEN right(b.resident_name, 1) ELSE '' END),
      t.state::text, t.room::text, t.calls::integer, t.called_at,
      row_number() OVER (PARTITION BY q.id, t.state ORDER BY app.turn_of(t)) AS turn
    FROM public.appointments_point w
    JOIN public.appointments_queue q ON q.facility_id = w.facility_id
      AND q.date = (app.clock() AT TIME ZONE 'Asia/Shanghai')::date
      AND (w.department_id IS NULL OR w.department_id = q.department_id)
    JOIN public.appointments_ticket t ON t.queue_id = q.id AND t.state IN ('waiting', 'called', 'skipped')
    JOIN public.appointments_booking b ON b.id = t.booking_id
    JOIN public.facilities_department d ON d.id = q.department_id
    LEFT JOIN public.appointments_session s ON s.id = q.session_id
    LEFT JOIN public.facilities_practitioner p ON p.id = s.practitioner_id
    WHERE w.code = wanted AND w.kind = 'board' AND w.ended_at IS NULL) l
  WHERE l.turn <= 5 $$;
COMMENT ON FUNCTION app.board(text) IS
  'What a screen of a waiting room shows, for its code: who is called and next, by ticket, names masked.';

CREATE FUNCTION app.place_in_queue(wanted uuid) RETURNS TABLE (ahead bigint, called bigint, first_call timestamptz,
    last_call timestamptz) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT count(*) FILTER (WHERE o.state = 'waiting' AND app.turn_of(o) < app.turn_of(t)),
    count(*) FILTER (WHERE o.calls > 0), min(o.called_at), max(o.called_at)
  FROM public.appointments_ticket t JOIN public.appointments_ticket o ON o.queue_id = t.queue_id
  WHERE t.id = wanted AND t.resident_id = ANY (app.residents_for('booking'))
  GROUP BY t.id $$;
COMMENT ON FUNCTION app.place_in_queue(uuid) IS
  'How many wait before a ticket of somebody for whom this session may book, and how fast its queue has gone.';

-- The desk cancels for whoever is not there: no cut-off, a reason, and the person is told in the same statement.
CREATE FUNCTION app.cancel_at_desk(wanted uuid, note text) RETURNS boolean LANGUAGE plpgsql VOLATILE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
DECLARE person uuid;
BEGIN
  SELECT b.resident_id INTO person FROM public.appointments_booking b
    WHERE b.id = wanted AND b.facility_id = ANY (app.facilities_for(ARRAY['reception', 'manager']));
  IF person IS NULL OR note = '' THEN RETURN false; END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('appointments.person:' || person, 0));
  PERFORM 1 FROM public.appointments_ticket t WHERE t.booking_id = wanted FOR NO KEY UPDATE;
  UPDATE public.appointments_booking SET status = 'cancelled', cancelled_by = app.account(), cancelled_at = app.clock(),
    ended = 'desk', ended_note = note WHERE id = wanted AND status IN ('booked', 'checked_in');
  IF NOT FOUND THEN RETURN false; END IF;
  INSERT INTO public.residents_notice (id, resident_id, kind, subject_id, created_at)
    VALUES (gen_random_uuid(), person, 'booking_cancelled', wanted, app.clock()) ON CONFLICT DO NOTHING;
  RETURN true;
END $$;
COMMENT ON FUNCTION app.cancel_at_desk(uuid, text) IS
  'Staff of the facility cancel a booking for a reason, also past the cut-off; the person is told.';
REVOKE ALL ON FUNCTION app.arrive(uuid, text, text), app.point_of(text, text), app.board(text), app.place_in_queue(uuid),
  app.cancel_at_desk(uuid, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.turn_of(public.appointments_ticket), app.arrive(uuid, text, text),
  app.point_of(text, text), app.board(text), app.place_in_queue(uuid), app.cancel_at_desk(uuid, text) TO {WEB};
"""
NO_ARRIVING = """
DROP FUNCTION app.cancel_at_desk(uuid, text), app.place_in_queue(uuid), app.board(text), app.point_of(text, text),
  app.arrive(uuid, text, text), app.take_ticket(public.appointments_booking, text, boolean);
"""


class Migration(migrations.Migration):
    """The way of a booking on its day; queues, tickets, and what hangs on the walls."""

    dependencies = [
        ("appointments", "0009_waiting"),
        ("facilities", "0005_roles"),
        ("residents", "0031_clinics_and_waiting"),
    ]

    operations = [
        migrations.AddField(
            model_name="booking",
            name="checked_in_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="签到时间"),
        ),
        migrations.AddField(
            model_name="booking",
            name="settled_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="就诊登记时间"),
        ),
        migrations.AddField(
            model_name="booking",
            name="settled_by",
            field=models.UUIDField(editable=False, null=True, verbose_name="登记账号"),
        ),
        migrations.AddField(
            model_name="rule",
            name="reports_attendance",
            field=models.BooleanField(
                blank=True, help_text="只有登记到诊的机构才能记爽约。", null=True, verbose_name="登记谁来了、谁没来"
            ),
        ),
        migrations.CreateModel(
            name="Point",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("poster", "签到海报"), ("board", "候诊大屏")], max_length=10, verbose_name="种类"
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="放在哪里")),
                ("code", models.CharField(editable=False, max_length=32, unique=True)),
                ("made_by", models.UUIDField(editable=False)),
                ("made_at", models.DateTimeField(editable=False)),
                ("ended_at", models.DateTimeField(editable=False, null=True)),
                (
                    "department",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="facilities.department",
                        verbose_name="科室",
                    ),
                ),
                (
                    "facility",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="facilities.facility"
                    ),
                ),
            ],
            options={
                "verbose_name": "签到海报和大屏",
                "verbose_name_plural": "签到海报和大屏",
                "ordering": ["kind", "name"],
            },
        ),
        migrations.CreateModel(
            name="Queue",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("date", models.DateField()),
                (
                    "period",
                    models.CharField(
                        choices=[("morning", "上午"), ("afternoon", "下午"), ("evening", "晚上")], max_length=10
                    ),
                ),
                ("room", models.CharField(blank=True, max_length=100, verbose_name="诊室")),
                (
                    "department",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="facilities.department"
                    ),
                ),
                (
                    "facility",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="facilities.facility"
                    ),
                ),
                (
                    "session",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="queue",
                        to="appointments.session",
                    ),
                ),
            ],
            options={
                "verbose_name": "候诊队列",
                "verbose_name_plural": "候诊队列",
            },
        ),
        migrations.CreateModel(
            name="Ticket",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "category",
                    models.CharField(
                        choices=[("ordinary", "普通"), ("priority", "优先"), ("elder", "老年")],
                        max_length=10,
                        verbose_name="类别",
                    ),
                ),
                ("number", models.PositiveSmallIntegerField(verbose_name="票号")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "候诊"),
                            ("called", "请进"),
                            ("skipped", "过号"),
                            ("done", "已看完"),
                            ("left", "已离开"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("order_at", models.DateTimeField()),
                ("late", models.BooleanField(default=False, verbose_name="迟到")),
                ("issued_at", models.DateTimeField(verbose_name="取号时间")),
                ("called_at", models.DateTimeField(null=True, verbose_name="叫号时间")),
                ("called_by", models.UUIDField(null=True)),
                ("calls", models.PositiveSmallIntegerField(default=0)),
                ("room", models.CharField(blank=True, max_length=100, verbose_name="诊室")),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "booking",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="tickets", to="appointments.booking"
                    ),
                ),
                (
                    "facility",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="facilities.facility"
                    ),
                ),
                (
                    "queue",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="tickets", to="appointments.queue"
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
                "verbose_name": "候诊票",
                "verbose_name_plural": "候诊票",
            },
        ),
        migrations.AddConstraint(
            model_name="queue",
            constraint=models.UniqueConstraint(
                condition=models.Q(("session", None)),
                fields=("facility", "date", "period", "room"),
                name="one_queue_per_room_and_half_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="queue",
            constraint=models.CheckConstraint(
                condition=models.Q(("session__isnull", False), models.Q(("room", ""), _negated=True), _connector="OR"),
                name="queue_is_a_doctors_or_a_rooms",
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(fields=["queue", "state"], name="ticket_by_queue"),
        ),
        migrations.AddConstraint(
            model_name="ticket",
            constraint=models.UniqueConstraint(fields=("queue", "category", "number"), name="ticket_number_given_once"),
        ),
        migrations.AddConstraint(
            model_name="ticket",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["waiting", "called", "skipped"])),
                fields=("booking",),
                name="one_live_ticket_per_booking",
            ),
        ),
        migrations.AddConstraint(
            model_name="ticket",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "called")), fields=("queue", "room"), name="one_called_at_a_time_per_room"
            ),
        ),
        migrations.AddConstraint(
            model_name="ticket",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "called"), _negated=True),
                    models.Q(models.Q(("room", ""), _negated=True), ("calls__gte", 1)),
                    _connector="OR",
                ),
                name="ticket_called_exactly_into_a_room",
            ),
        ),
        migrations.AddConstraint(
            model_name="ticket",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", False), ("state__in", ["done", "left"])),
                    models.Q(models.Q(("state__in", ["done", "left"]), _negated=True), ("ended_at", None)),
                    _connector="OR",
                ),
                name="ticket_ended_exactly_when_dated",
            ),
        ),
        migrations.RunSQL(WAY, NO_WAY),
        migrations.RunSQL(TICKETS, NO_TICKETS),
        migrations.RunSQL(ARRIVING, NO_ARRIVING),
        Guard("appointments_queue", select=[staff(*DESK)], worker="SELECT"),
        Guard(
            "appointments_ticket",
            select=[own("booking"), staff(*DESK)],
            update=[staff(*DESK)],
            update_columns=["state", "room"],
            worker="SELECT",
        ),
        Guard(
            "appointments_point",
            select=[staff(*DESK)],
            insert=[f"made_by = (SELECT app.account()) AND {staff(*OPENERS)}"],
            update=[staff(*OPENERS)],
            update_columns=["ended_at"],
            worker="SELECT",
        ),
    ]
