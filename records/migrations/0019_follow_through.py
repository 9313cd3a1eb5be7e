import django.db.models.deletion
from django.db import migrations, models

import foundation.keys
from foundation.operations import WEB, Guard, own, staff

# Who contacts people about results; the head of the facility sees how many wait, not whose they are.
CALLERS = ("clinician", "village_doctor", "public_health")
WATCHERS = (*CALLERS, "manager")
AT = "ARRAY['clinician', 'village_doctor', 'public_health']"

# Out of range, readable by its person, and not long past when it came in.
COUNTS = """{row}.flag NOT IN ('', 'normal') AND {row}.superseded_at IS NULL AND {row}.withdrawn_at IS NULL
    AND {row}.left_at IS NULL AND {row}.folded_into IS NULL AND {row}.sensitivity < 5 AND {row}.release = 'released'
    AND coalesce({row}.occurred_at, {row}.received_at) >= {row}.received_at
      - make_interval(days => app.follow_setting('records.follow_history_days', 30))"""
DAY = "(coalesce({row}.occurred_at, {row}.received_at) AT TIME ZONE 'Asia/Shanghai')::date"
DUE = """(max({row}.received_at) AT TIME ZONE 'Asia/Shanghai')::date + CASE WHEN bool_or({row}.flag LIKE 'critical%')
    THEN app.follow_setting('records.follow_critical_days', 1) ELSE app.follow_setting('records.follow_days', 14) END"""
MADE = f"""INSERT INTO public.records_followthrough
    (id, resident_id, facility_id, day, opened_at, due_on, state, level, reason)
  SELECT gen_random_uuid(), {{row}}.resident_id, {{row}}.facility_id, {DAY}, max({{row}}.received_at), {DUE},
    'waiting', 0, ''
  FROM {{table}} {{row}} WHERE {COUNTS} {{more}}
  GROUP BY {{row}}.resident_id, {{row}}.facility_id, {DAY} ORDER BY 2, 3, 4
  ON CONFLICT (resident_id, facility_id, day) DO UPDATE SET state = 'waiting', level = 0, ended_at = NULL, reason = '',
    opened_at = EXCLUDED.opened_at, due_on = EXCLUDED.due_on WHERE records_followthrough.state = 'gone'"""
ONE_DAY = """AND o.resident_id = person AND o.facility_id = place
    AND (o.occurred_at IS NULL OR o.occurred_at BETWEEN on_day - 1 AND on_day + 2) AND {day} = on_day"""

# No result out of range is stored without somebody to see to it: by the statement that stores it, or at its commit.
OPENED = f"""
CREATE FUNCTION app.follow_setting(name text, otherwise integer) RETURNS integer LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$ SELECT coalesce((app.setting(name) #>> '{{{{}}}}')::integer, otherwise) $$;

CREATE FUNCTION app.open_follow_through() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM made WHERE flag NOT IN ('', 'normal')) THEN
    {{made}};
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION app.weigh_follow_through(person uuid, place uuid, on_day date) RETURNS void LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  told uuid;
BEGIN
  IF EXISTS (SELECT 1 FROM public.records_observation o WHERE {{counts}} {{one_day}}) THEN
    {{made_again}};
    SELECT f.id INTO told FROM public.records_followthrough f WHERE f.resident_id = person AND f.facility_id = place
      AND f.day = on_day AND f.state = 'waiting' AND EXISTS (
        SELECT 1 FROM public.records_observation o
        JOIN public.exchange_criticalsubject s ON s.resident_id = o.resident_id AND s.observation_id = o.id
        JOIN public.exchange_criticalcase c ON c.id = s.case_id AND c.state = 'told'
        WHERE {{counts}} {{one_day}});
    IF told IS NOT NULL THEN
      UPDATE public.records_followthrough SET state = 'contacted' WHERE id = told;
      INSERT INTO public.records_followthroughstep (id, case_id, deed, note, done_at, done_name)
        VALUES (gen_random_uuid(), told, 'critical', '', app.clock(), '');
    END IF;
  ELSE
    UPDATE public.records_followthrough f SET state = 'gone', ended_at = app.clock(), reason = '结果已更正或收回'
      WHERE f.resident_id = person AND f.facility_id = place AND f.day = on_day AND f.ended_at IS NULL;
  END IF;
END $$;

CREATE FUNCTION app.review_follow_through() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
BEGIN
  PERFORM app.weigh_follow_through(OLD.resident_id, OLD.facility_id, {DAY.format(row="OLD")});
  IF (NEW.resident_id, NEW.facility_id) <> (OLD.resident_id, OLD.facility_id)
      OR {DAY.format(row="NEW")} <> {DAY.format(row="OLD")} THEN
    PERFORM app.weigh_follow_through(NEW.resident_id, NEW.facility_id, {DAY.format(row="NEW")});
  END IF;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION app.follow_setting(text, integer), app.open_follow_through(),
  app.weigh_follow_through(uuid, uuid, date), app.review_follow_through() FROM PUBLIC;

CREATE TRIGGER result_out_of_range_gets_its_owner AFTER INSERT ON public.records_observation
  REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION app.open_follow_through();
CREATE CONSTRAINT TRIGGER follow_through_follows_its_results
  AFTER UPDATE OF flag, release, superseded_at, withdrawn_at, left_at, folded_into, sensitivity, resident_id,
    facility_id, occurred_at
  ON public.records_observation DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (OLD.flag NOT IN ('', 'normal') OR NEW.flag NOT IN ('', 'normal'))
  EXECUTE FUNCTION app.review_follow_through();
CREATE TRIGGER follow_step_is_never_changed BEFORE UPDATE OR DELETE ON public.records_followthroughstep
  FOR EACH ROW EXECUTE FUNCTION app.refuse();
CREATE TRIGGER follow_through_is_never_deleted BEFORE DELETE ON public.records_followthrough
  FOR EACH ROW EXECUTE FUNCTION app.refuse();
""".format(
    made=MADE.format(row="made", table="made", more=""),
    made_again=MADE.format(row="o", table="public.records_observation", more=ONE_DAY.format(day=DAY.format(row="o"))),
    counts=COUNTS.format(row="o"),
    one_day=ONE_DAY.format(day=DAY.format(row="o")),
)
NOT_OPENED = """
DROP TRIGGER follow_through_is_never_deleted ON public.records_followthrough;
DROP TRIGGER follow_step_is_never_changed ON public.records_followthroughstep;
DROP TRIGGER follow_through_follows_its_results ON public.records_observation;
DROP TRIGGER result_out_of_range_gets_its_owner ON public.records_observation;
DROP FUNCTION app.review_follow_through(), app.weigh_follow_through(uuid, uuid, date), app.open_follow_through(),
  app.follow_setting(text, integer);
"""

# One matter, for who contacts the person; the look and each deed leave a line that the person sees.
DOORS = f"""
CREATE FUNCTION app.my_follow_through(which uuid) RETURNS public.records_followthrough LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT f FROM public.records_followthrough f
  WHERE f.id = which AND f.resident_id IS DISTINCT FROM app.own_resident()
    AND (f.facility_id = ANY (app.facilities_for({AT})) OR f.handed_to_id = ANY (app.facilities_for({AT}))) $$;

CREATE FUNCTION app.note_follow_through(asked public.records_followthrough, deed text, origin inet, request text)
  RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  INSERT INTO public.residents_accessevent (at, id, actor_id, actor_name, resident_id, facility_id, action,
      subject_kind, subject_id, purpose, capacity, opening_id, address, reference)
  SELECT app.clock(), gen_random_uuid(), a.id, a.name, asked.resident_id, asked.facility_id, deed,
    'records.followthrough', asked.id::text, '', 'staff', NULL, origin, left(request, 16)
  FROM public.residents_account a WHERE a.id = app.account() $$;

CREATE FUNCTION app.read_follow_through(which uuid, origin inet, request text)
  RETURNS TABLE (resident uuid, name varchar, phone bytea, account uuid, account_phone bytea, items jsonb)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  asked public.records_followthrough;
BEGIN
  asked := app.my_follow_through(which);
  IF asked.id IS NULL OR asked.ended_at IS NOT NULL THEN RETURN; END IF;
  PERFORM app.note_follow_through(asked, 'records.read_follow_through', origin, request);
  RETURN QUERY SELECT r.id, r.name, r.phone, a.id, a.phone, (
      SELECT coalesce(jsonb_agg(jsonb_build_object('name', o.name, 'value', o.value_text, 'unit', o.unit,
        'range', o.range_text, 'flag', o.flag) ORDER BY o.flag, o.name), '[]')
      FROM public.records_observation o WHERE o.resident_id = asked.resident_id AND o.facility_id = asked.facility_id
        AND {DAY.format(row="o")} = asked.day AND {COUNTS.format(row="o")})
    FROM public.residents_resident r
    LEFT JOIN public.residents_account a ON a.resident_id = r.id AND a.is_active AND a.phone_verified_at IS NOT NULL
    WHERE r.id = asked.resident_id LIMIT 1;
END $$;
COMMENT ON FUNCTION app.read_follow_through(uuid, inet, text) IS
  'What was out of range, with whom to call, for who calls at the facility; written down.';

CREATE FUNCTION app.settle_follow_through(which uuid, word text, why text, seen integer, origin inet, request text)
  RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  asked public.records_followthrough;
  made integer;
BEGIN
  IF (app.my_follow_through(which)).id IS NULL THEN RETURN NULL; END IF;
  SELECT f.* INTO asked FROM public.records_followthrough f WHERE f.id = which FOR UPDATE;
  SELECT count(*) INTO made FROM public.records_followthroughstep s WHERE s.case_id = which;
  IF asked.ended_at IS NOT NULL OR made <> seen
      OR word NOT IN ('contacted', 'missed', 'booked', 'rechecked', 'closed')
      OR (word = 'closed' AND btrim(why) = '') THEN
    RETURN 'late';
  END IF;
  INSERT INTO public.records_followthroughstep (id, case_id, deed, note, done_at, done_by, done_name)
    SELECT gen_random_uuid(), which, word, left(btrim(why), 200), app.clock(), a.id, a.name
    FROM public.residents_account a WHERE a.id = app.account();
  UPDATE public.records_followthrough f SET
    state = CASE word WHEN 'missed' THEN f.state ELSE word END,
    ended_at = CASE WHEN word IN ('rechecked', 'closed') THEN app.clock() END,
    reason = CASE word WHEN 'closed' THEN left(btrim(why), 200) WHEN 'rechecked' THEN '已复查' ELSE '' END
    WHERE f.id = which;
  PERFORM app.note_follow_through(asked, 'records.' || word || '_follow_through', origin, request);
  RETURN 'done';
END $$;
COMMENT ON FUNCTION app.settle_follow_through(uuid, text, text, integer, inet, text) IS
  'Write down what was done about results out of range; closing needs a reason: done, late; or NULL.';
REVOKE ALL ON FUNCTION app.my_follow_through(uuid),
  app.note_follow_through(public.records_followthrough, text, inet, text), app.read_follow_through(uuid, inet, text),
  app.settle_follow_through(uuid, text, text, integer, inet, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.read_follow_through(uuid, inet, text),
  app.settle_follow_through(uuid, text, text, integer, inet, text) TO {WEB};
"""
NO_DOORS = """
DROP FUNCTION app.settle_follow_through(uuid, text, text, integer, inet, text),
  app.read_follow_through(uuid, inet, text),
  app.note_follow_through(public.records_followthrough, text, inet, text), app.my_follow_through(uuid);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0026_programmes"),
        ("facilities", "0005_roles"),
        ("records", "0014_next_steps"),
        ("residents", "0026_unread_results"),
    ]

    operations = [
        migrations.CreateModel(
            name="FollowThrough",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("day", models.DateField(verbose_name="检查日期")),
                ("opened_at", models.DateTimeField(verbose_name="收到时间")),
                ("due_on", models.DateField(verbose_name="应在此日前联系")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "待联系"),
                            ("contacted", "已联系"),
                            ("booked", "已约复查"),
                            ("rechecked", "已复查"),
                            ("closed", "不用再联系"),
                            ("gone", "已更正或收回"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                (
                    "level",
                    models.PositiveSmallIntegerField(
                        choices=[(0, "刚收到"), (1, "已发短信提醒"), (2, "电话随访名单"), (3, "入户随访名单")],
                        default=0,
                        verbose_name="到了哪一步",
                    ),
                ),
                ("ended_at", models.DateTimeField(null=True, verbose_name="结束时间")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="结束的原因")),
                (
                    "facility",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="facilities.facility",
                        verbose_name="检查机构",
                    ),
                ),
                (
                    "handed_to",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="facilities.facility",
                        verbose_name="转给",
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
                "verbose_name": "异常结果随访",
                "verbose_name_plural": "异常结果随访",
                "ordering": ["due_on", "opened_at", "id"],
            },
        ),
        migrations.CreateModel(
            name="FollowThroughStep",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "deed",
                    models.CharField(
                        choices=[
                            ("contacted", "联系上了本人"),
                            ("missed", "没有联系上"),
                            ("booked", "约好了复查"),
                            ("rechecked", "已经复查"),
                            ("closed", "不用再联系"),
                            ("critical", "危急值，医生已电话告知"),
                            ("reminded", "没有打开报告，发了短信提醒"),
                            ("calls", "列入电话随访名单"),
                            ("visits", "列入建档机构的入户随访名单"),
                        ],
                        max_length=10,
                        verbose_name="做了什么",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="说明")),
                ("done_at", models.DateTimeField(verbose_name="时间")),
                ("done_by", models.UUIDField(null=True)),
                ("done_name", models.CharField(blank=True, max_length=100, verbose_name="处理人")),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="records.followthrough"
                    ),
                ),
            ],
            options={
                "verbose_name": "异常结果随访的经过",
                "verbose_name_plural": "异常结果随访的经过",
                "ordering": ["done_at", "id"],
            },
        ),
        migrations.AddIndex(
            model_name="followthrough",
            index=models.Index(
                condition=models.Q(("ended_at", None)), fields=["facility", "due_on"], name="follow_open"
            ),
        ),
        migrations.AddIndex(
            model_name="followthrough",
            index=models.Index(condition=models.Q(("ended_at", None)), fields=["handed_to"], name="follow_handed"),
        ),
        migrations.AddIndex(
            model_name="followthrough",
            index=models.Index(condition=models.Q(("state", "waiting")), fields=["opened_at"], name="follow_waiting"),
        ),
        migrations.AddConstraint(
            model_name="followthrough",
            constraint=models.UniqueConstraint(fields=("resident", "facility", "day"), name="one_follow_through_a_day"),
        ),
        migrations.AddConstraint(
            model_name="followthrough",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at", None), ("state__in", ["waiting", "contacted", "booked"])),
                    models.Q(("ended_at__isnull", False), ("state__in", ["rechecked", "closed", "gone"])),
                    _connector="OR",
                ),
                name="follow_through_ended_exactly_when_over",
            ),
        ),
        migrations.AddConstraint(
            model_name="followthrough",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at", None), ("reason", "")),
                    models.Q(("reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="follow_through_ends_with_a_reason",
            ),
        ),
        migrations.AddIndex(
            model_name="followthroughstep",
            index=models.Index(fields=["case", "done_at"], name="follow_step_by_case"),
        ),
        Guard(
            "records_followthrough",
            select=[own("results"), staff(*WATCHERS), staff(*WATCHERS, column="handed_to_id")],
            worker="SELECT, UPDATE",
        ),
        Guard(
            "records_followthroughstep",
            select=["EXISTS (SELECT 1 FROM public.records_followthrough f WHERE f.id = case_id)"],
            worker="SELECT, INSERT",
        ),
        migrations.RunSQL(OPENED, NOT_OPENED),
        migrations.RunSQL(DOORS, NO_DOORS),
    ]
