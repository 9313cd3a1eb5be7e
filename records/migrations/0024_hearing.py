from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models

import foundation.keys
from foundation.operations import WEB, WORKER, Guard, as_it_was, own, staff

CALLERS = "ARRAY['clinician', 'village_doctor', 'public_health']"
READING = import_module("records.migrations.0015_recognition_and_shares").READING
HOWS = [
    ("self", "本人要求现在就看"),
    ("comment", "医生已说明"),
    ("contacted", "医生已联系本人"),
    ("critical", "危急值，不再等待"),
    ("elapsed", "等待的天数已满"),
    ("choice", "本人改了选择"),
]
CATEGORIES = [("laboratory", "化验结果"), ("imaging", "影像和心电检查结果"), ("other", "其他检查结果")]
KINDS = [("followup", "随访"), ("examination", "健康体检"), ("immunization", "预防接种")]

# --- what a person wishes to hear from a clinician first ---------------------------------------------------------------
CURRENT = """public.records_report r WHERE r.resident_id = a.resident_id AND r.source_id = a.source_id
      AND r.identifier = a.identifier"""
WAITING = f"""
CREATE FUNCTION app.hearing_category(category text) RETURNS text LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
  SELECT CASE WHEN category = 'laboratory' THEN 'laboratory' WHEN category IN ('imaging', 'ecg') THEN 'imaging'
    ELSE 'other' END $$;

CREATE FUNCTION app.await_comment() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  INSERT INTO public.records_awaited (id, resident_id, source_id, identifier, facility_id, category, held_at, until, how,
      comment, commented_name)
    SELECT DISTINCT ON (m.resident_id, m.source_id, m.identifier) gen_random_uuid(), m.resident_id, m.source_id,
      m.identifier, m.facility_id, h.category, m.received_at,
      m.received_at + make_interval(days => app.follow_setting('records.comment_days', 7)), '', '', ''
    FROM made m JOIN public.residents_hearing h ON h.resident_id = m.resident_id AND h.way = 'after_comment'
      AND h.ended_at IS NULL AND h.category = app.hearing_category(m.category) AND h.started_at <= m.received_at
    WHERE m.superseded_at IS NULL AND m.withdrawn_at IS NULL AND m.left_at IS NULL AND m.folded_into IS NULL
      AND m.sensitivity < 5 AND m.release IN ('released', 'pending') AND m.status NOT IN ('cancelled', 'withdrawn')
      AND coalesce(m.issued_at, m.occurred_at, m.received_at)
        >= m.received_at - make_interval(days => app.follow_setting('exchange.notice_days', 30))
      AND NOT EXISTS (SELECT 1 FROM public.records_report e WHERE e.resident_id = m.resident_id
        AND e.source_id = m.source_id AND e.identifier = m.identifier AND e.id <> m.id)
    ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;

CREATE FUNCTION app.awaited_state(a public.records_awaited) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT CASE
    WHEN a.ended_at IS NOT NULL THEN a.how
    WHEN NOT EXISTS (SELECT 1 FROM public.residents_hearing h WHERE h.resident_id = a.resident_id
      AND h.category = a.category AND h.ended_at IS NULL AND h.way = 'after_comment') THEN 'choice'
    WHEN EXISTS (SELECT 1 FROM {CURRENT} AND r.superseded_at IS NULL AND EXISTS (
      SELECT 1 FROM public.records_observation o
      WHERE o.resident_id = r.resident_id AND o.source_id = r.source_id AND o.identifier = ANY (r.item_identifiers)
        AND o.superseded_at IS NULL AND o.withdrawn_at IS NULL
        AND (o.flag LIKE 'critical%' OR EXISTS (SELECT 1 FROM public.exchange_criticalsubject s
          WHERE s.resident_id = o.resident_id AND s.observation_id = o.id)))) THEN 'critical'
    WHEN EXISTS (SELECT 1 FROM {CURRENT} AND r.superseded_at IS NULL AND EXISTS (
      SELECT 1 FROM public.records_followthrough f
      WHERE f.resident_id = r.resident_id AND f.facility_id = r.facility_id
        AND f.state IN ('contacted', 'booked', 'rechecked', 'closed')
        AND f.day IN ((r.occurred_at AT TIME ZONE 'Asia/Shanghai')::date, (r.issued_at AT TIME ZONE 'Asia/Shanghai')::date)
    )) THEN 'contacted'
    WHEN a.until <= app.clock() THEN 'elapsed'
    ELSE 'waits' END $$;
COMMENT ON FUNCTION app.awaited_state(public.records_awaited) IS
  'Whether a report still waits for a clinician''s comment by its person''s own wish ("waits"), or why it does not.';

CREATE FUNCTION app.awaited_of(persons uuid[]) RETURNS SETOF public.records_awaited LANGUAGE sql STABLE SECURITY DEFINER
  ROWS 3 SET search_path = pg_catalog AS $$
  SELECT a.* FROM public.records_awaited a
  WHERE a.resident_id = ANY (persons) AND a.ended_at IS NULL AND app.awaited_state(a) = 'waits' $$;
CREATE FUNCTION app.awaited_reports_of(persons uuid[]) RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT coalesce(array_agg(r.id), '{{}}') FROM app.awaited_of(persons) a, {CURRENT} $$;
CREATE FUNCTION app.awaited_items_of(persons uuid[]) RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT coalesce(array_agg(DISTINCT o.id), '{{}}') FROM app.awaited_of(persons) a
  JOIN public.records_report r ON r.resident_id = a.resident_id AND r.source_id = a.source_id
    AND r.identifier = a.identifier AND r.superseded_at IS NULL
  JOIN public.records_observation o ON o.resident_id = r.resident_id AND o.source_id = r.source_id
    AND o.identifier = ANY (r.item_identifiers) $$;
COMMENT ON FUNCTION app.awaited_reports_of(uuid[]) IS 'Reports, in all versions, that these persons wish to hear of later.';
COMMENT ON FUNCTION app.awaited_items_of(uuid[]) IS 'The results that such reports name.';

CREATE FUNCTION app.who_waits() RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT array_remove(ARRAY[app.own_resident(), app.connected_person()], NULL) $$;
COMMENT ON FUNCTION app.who_waits() IS
  'The person whose own session this is, or whose program: nobody for delegates and staff, who see what is there.';
-- Asked with every statement about results, and nearly always for nothing: kept plans, and one probe of an index.
CREATE FUNCTION app.awaited_reports() RETURNS uuid[] LANGUAGE plpgsql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
DECLARE
  who uuid[] := app.who_waits();
BEGIN
  IF NOT EXISTS (SELECT 1 FROM public.records_awaited a WHERE a.resident_id = ANY (who) AND a.ended_at IS NULL) THEN
    RETURN '{{}}';
  END IF;
  RETURN app.awaited_reports_of(who);
END $$;
CREATE FUNCTION app.awaited_items() RETURNS uuid[] LANGUAGE plpgsql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
DECLARE
  who uuid[] := app.who_waits();
BEGIN
  IF NOT EXISTS (SELECT 1 FROM public.records_awaited a WHERE a.resident_id = ANY (who) AND a.ended_at IS NULL) THEN
    RETURN '{{}}';
  END IF;
  RETURN app.awaited_items_of(who);
END $$;

CREATE FUNCTION app.my_awaited() RETURNS TABLE (id uuid, report uuid, category varchar, facility_name varchar,
    held_at timestamptz, until timestamptz)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT a.id, r.id, a.category, r.facility_name, a.held_at, a.until
  FROM app.awaited_of(app.who_waits()) a
  JOIN public.records_report r ON r.resident_id = a.resident_id AND r.source_id = a.source_id
    AND r.identifier = a.identifier AND r.superseded_at IS NULL
  WHERE a.resident_id = ANY (app.residents_for('results')) AND r.release = 'released' AND r.withdrawn_at IS NULL
    AND r.left_at IS NULL AND r.folded_into IS NULL AND r.sensitivity < 5 AND r.status NOT IN ('cancelled', 'withdrawn')
    AND r.id <> ALL (app.held_reports_of(app.who_waits()))
  ORDER BY a.held_at DESC, a.id $$;
COMMENT ON FUNCTION app.my_awaited() IS
  'What of one''s own waits for a clinician''s comment: of which kind, from where, until when; nothing of what it says.';

CREATE FUNCTION app.see_awaited(which uuid) RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
DECLARE
  a public.records_awaited;
  wanted public.records_report;
BEGIN
  SELECT * INTO a FROM public.records_awaited w WHERE w.id = which AND w.resident_id = app.own_resident()
    AND w.resident_id = ANY (app.residents_for('results'));
  IF a.id IS NULL THEN RETURN NULL; END IF;
  SELECT r.* INTO wanted FROM {CURRENT} AND r.superseded_at IS NULL;
  UPDATE public.records_awaited w SET ended_at = app.clock(), how = 'self', announced_at = app.clock()
  FROM public.records_report r
  WHERE w.resident_id = a.resident_id AND w.ended_at IS NULL AND r.resident_id = w.resident_id
    AND r.source_id = w.source_id AND r.identifier = w.identifier AND r.superseded_at IS NULL
    AND coalesce(r.folded_into, r.id) = coalesce(wanted.folded_into, wanted.id);
  RETURN coalesce(wanted.folded_into, wanted.id);
END $$;
COMMENT ON FUNCTION app.see_awaited(uuid) IS
  'The person looks now after all; the report to open, or NULL for what is not one''s own.';

CREATE FUNCTION app.news_waits() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF NEW.subject_id = ANY (app.awaited_reports_of(ARRAY[NEW.resident_id])) THEN RETURN NULL; END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION app.told_through(notices uuid[]) RETURNS TABLE (notice uuid, delegate uuid) LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT n.id, h.delegate_id FROM public.residents_notice n
  JOIN public.records_report r ON r.id = n.subject_id AND r.resident_id = n.resident_id
  JOIN public.residents_hearing h ON h.resident_id = n.resident_id AND h.way = 'delegate' AND h.ended_at IS NULL
    AND h.category = app.hearing_category(r.category)
  WHERE n.id = ANY (notices) AND n.kind = 'report_ready' $$;
COMMENT ON FUNCTION app.told_through(uuid[]) IS
  'Which of these notices their persons wish a delegate to be told of in their place; whether that still lives is asked elsewhere.';

CREATE FUNCTION app.summary_of_awaited_falls_due() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
BEGIN
  INSERT INTO public.records_summarydue (resident_id) VALUES (NEW.resident_id);
  RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION app.hearing_category(text), app.await_comment(), app.awaited_state(public.records_awaited),
  app.awaited_of(uuid[]), app.awaited_reports_of(uuid[]), app.awaited_items_of(uuid[]), app.who_waits(),
  app.awaited_reports(), app.awaited_items(), app.my_awaited(), app.see_awaited(uuid), app.news_waits(),
  app.told_through(uuid[]), app.summary_of_awaited_falls_due() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.awaited_reports(), app.awaited_items(), app.my_awaited(), app.see_awaited(uuid) TO {WEB};
GRANT EXECUTE ON FUNCTION app.awaited_state(public.records_awaited), app.awaited_reports_of(uuid[]),
  app.awaited_items_of(uuid[]), app.told_through(uuid[]) TO {WORKER};

CREATE TRIGGER report_awaits_a_comment AFTER INSERT ON public.records_report
  REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION app.await_comment();
CREATE TRIGGER summary_falls_due AFTER UPDATE OF ended_at ON public.records_awaited
  FOR EACH ROW EXECUTE FUNCTION app.summary_of_awaited_falls_due();
CREATE TRIGGER awaited_is_never_deleted BEFORE DELETE ON public.records_awaited
  FOR EACH ROW EXECUTE FUNCTION app.refuse();
CREATE TRIGGER news_waits BEFORE INSERT ON public.residents_notice FOR EACH ROW
  WHEN (NEW.kind = 'report_ready' AND NEW.subject_id IS NOT NULL) EXECUTE FUNCTION app.news_waits();
CREATE POLICY not_before_its_comment ON public.records_report AS RESTRICTIVE FOR SELECT TO {WEB}
  USING (id <> ALL ((SELECT app.awaited_reports())::uuid[]));
CREATE POLICY not_before_its_comment ON public.records_observation AS RESTRICTIVE FOR SELECT TO {WEB}
  USING (id <> ALL ((SELECT app.awaited_items())::uuid[]));
"""
NOT_WAITING = """
DROP POLICY not_before_its_comment ON public.records_observation;
DROP POLICY not_before_its_comment ON public.records_report;
DROP TRIGGER news_waits ON public.residents_notice;
DROP TRIGGER awaited_is_never_deleted ON public.records_awaited;
DROP TRIGGER summary_falls_due ON public.records_awaited;
DROP TRIGGER report_awaits_a_comment ON public.records_report;
DROP FUNCTION app.summary_of_awaited_falls_due(), app.told_through(uuid[]), app.news_waits(), app.see_awaited(uuid),
  app.my_awaited(), app.awaited_items(), app.awaited_reports(), app.who_waits(), app.awaited_items_of(uuid[]),
  app.awaited_reports_of(uuid[]), app.awaited_of(uuid[]), app.awaited_state(public.records_awaited),
  app.await_comment(), app.hearing_category(text);
"""

# --- the clinician who comments ----------------------------------------------------------------------------------------
DESK = f"""
CREATE FUNCTION app.my_awaited_case(which uuid) RETURNS public.records_awaited LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT a FROM public.records_awaited a
  WHERE a.id = which AND a.resident_id IS DISTINCT FROM app.own_resident()
    AND a.facility_id = ANY (app.facilities_for({CALLERS})) $$;

CREATE FUNCTION app.note_awaited(asked public.records_awaited, deed text, origin inet, request text) RETURNS void
  LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  INSERT INTO public.residents_accessevent (at, id, actor_id, actor_name, resident_id, facility_id, action,
      subject_kind, subject_id, purpose, capacity, opening_id, address, reference)
  SELECT app.clock(), gen_random_uuid(), c.id, c.name, asked.resident_id, asked.facility_id, deed,
    'records.awaited', asked.id::text, '', 'staff', NULL, origin, left(request, 16)
  FROM public.residents_account c WHERE c.id = app.account() $$;

CREATE FUNCTION app.read_awaited(which uuid, origin inet, request text)
  RETURNS TABLE (name varchar, title varchar, findings text, impression text, items jsonb)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  a public.records_awaited;
BEGIN
  a := app.my_awaited_case(which);
  IF a.id IS NULL OR app.awaited_state(a) <> 'waits' THEN RETURN; END IF;
  PERFORM app.note_awaited(a, 'records.read_awaited', origin, request);
  RETURN QUERY SELECT p.name, r.title, r.findings, r.impression, (
      SELECT coalesce(jsonb_agg(jsonb_build_object('name', o.name, 'value', o.value_text, 'unit', o.unit,
        'range', o.range_text, 'flag', o.flag) ORDER BY array_position(r.item_identifiers, o.identifier), o.part), '[]')
      FROM public.records_observation o WHERE o.resident_id = r.resident_id AND o.source_id = r.source_id
        AND o.identifier = ANY (r.item_identifiers) AND o.superseded_at IS NULL AND o.withdrawn_at IS NULL
        AND o.sensitivity < 5)
    FROM public.records_report r JOIN public.residents_resident p ON p.id = r.resident_id
    WHERE r.resident_id = a.resident_id AND r.source_id = a.source_id AND r.identifier = a.identifier
      AND r.superseded_at IS NULL AND r.withdrawn_at IS NULL AND r.left_at IS NULL AND r.sensitivity < 5
      AND r.release IN ('released', 'pending');
END $$;
COMMENT ON FUNCTION app.read_awaited(uuid, inet, text) IS
  'A report whose person waits for a comment, for who comments at the facility; written down.';

CREATE FUNCTION app.comment_awaited(which uuid, words text, origin inet, request text) RETURNS text LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  a public.records_awaited;
BEGIN
  a := app.my_awaited_case(which);
  IF a.id IS NULL OR btrim(words) = '' THEN RETURN NULL; END IF;
  SELECT * INTO a FROM public.records_awaited w WHERE w.id = which FOR UPDATE;
  IF app.awaited_state(a) <> 'waits' THEN RETURN 'late'; END IF;
  UPDATE public.records_awaited w SET ended_at = app.clock(), how = 'comment', comment = left(btrim(words), 500),
    commented_by = app.account(), commented_name = app.own_name() WHERE w.id = which;
  PERFORM app.note_awaited(a, 'records.commented_result', origin, request);
  RETURN 'done';
END $$;
COMMENT ON FUNCTION app.comment_awaited(uuid, text, inet, text) IS
  'A clinician''s comment ends the wait: done, late; or NULL for whoever may not.';
REVOKE ALL ON FUNCTION app.my_awaited_case(uuid), app.note_awaited(public.records_awaited, text, inet, text),
  app.read_awaited(uuid, inet, text), app.comment_awaited(uuid, text, inet, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.read_awaited(uuid, inet, text), app.comment_awaited(uuid, text, inet, text) TO {WEB};
"""
NO_DESK = """
DROP FUNCTION app.comment_awaited(uuid, text, inet, text), app.read_awaited(uuid, inet, text),
  app.note_awaited(public.records_awaited, text, inet, text), app.my_awaited_case(uuid);
"""

# --- what a share shows ------------------------------------------------------------------------------------------------
# What its person has not looked at is shown to nobody in their name.
SHARED = {
    "shared_items": ("app.held_items_of(ARRAY[r.resident_id])", "app.awaited_items_of(ARRAY[r.resident_id])"),
    "shared_standing": ("app.held_reports_of(ARRAY[l.resident_id])", "app.awaited_reports_of(ARRAY[l.resident_id])"),
}


def shared(name: str) -> migrations.RunSQL:
    """One function of shares that leaves out what is awaited, and back."""
    before = as_it_was(READING, name)
    held, awaited = SHARED[name]
    assert before.count(held) == 1, name
    return migrations.RunSQL(before.replace(held, f"({held} || {awaited})"), before)


# --- whether a service was given ----------------------------------------------------------------------------------------
ASKING = f"""
CREATE FUNCTION app.service_question_changes() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
BEGIN
  IF (NEW.id, NEW.resident_id, NEW.facility_id, NEW.facility_name, NEW.kind, NEW.source_id, NEW.identifier, NEW.day,
      NEW.asked_at, NEW.closes_at)
     IS DISTINCT FROM (OLD.id, OLD.resident_id, OLD.facility_id, OLD.facility_name, OLD.kind, OLD.source_id,
      OLD.identifier, OLD.day, OLD.asked_at, OLD.closes_at) THEN
    RAISE EXCEPTION 'what was asked stays as it was asked' USING ERRCODE = 'restrict_violation';
  END IF;
  IF OLD.answer <> '' AND (NEW.answer, NEW.via, NEW.answered_at, NEW.answered_by)
      IS DISTINCT FROM (OLD.answer, OLD.via, OLD.answered_at, OLD.answered_by) THEN
    RAISE EXCEPTION 'a question is answered once' USING ERRCODE = 'restrict_violation';
  END IF;
  IF NEW.dispute_id IS DISTINCT FROM OLD.dispute_id AND NOT EXISTS (
      SELECT 1 FROM public.records_dispute d WHERE d.id = NEW.dispute_id AND d.resident_id = NEW.resident_id
        AND d.source_id = NEW.source_id AND d.kind = NEW.kind AND d.identifier = NEW.identifier) THEN
    RAISE EXCEPTION 'that dispute is about something else' USING ERRCODE = 'restrict_violation';
  END IF;
  IF session_user = '{WEB}' AND OLD.answer = '' AND NEW.answer <> '' THEN
    NEW.via := 'portal'; NEW.answered_at := app.clock(); NEW.answered_by := app.account();
  END IF;
  RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION app.service_question_changes() FROM PUBLIC;
CREATE TRIGGER service_question_changes BEFORE UPDATE ON public.records_servicequestion
  FOR EACH ROW EXECUTE FUNCTION app.service_question_changes();
CREATE TRIGGER service_question_is_never_deleted BEFORE DELETE ON public.records_servicequestion
  FOR EACH ROW EXECUTE FUNCTION app.refuse();
GRANT INSERT ON public.records_dispute TO {WORKER};
"""
NO_ASKING = f"""
REVOKE INSERT ON public.records_dispute FROM {WORKER};
DROP TRIGGER service_question_is_never_deleted ON public.records_servicequestion;
DROP TRIGGER service_question_changes ON public.records_servicequestion;
DROP FUNCTION app.service_question_changes();
"""
Q = models.Q
PROTECT = django.db.models.deletion.PROTECT


def key():
    return models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False)


def tie(to, **options):
    return models.ForeignKey(on_delete=PROTECT, related_name="+", to=to, **options)


class Migration(migrations.Migration):
    """How people hear of results, and whether they were served."""

    dependencies = [
        ("exchange", "0026_programmes"),
        ("facilities", "0005_roles"),
        ("records", "0020_health_links"),
        ("residents", "0029_hearing"),
    ]

    operations = [
        migrations.CreateModel(
            name="Awaited",
            fields=[
                ("id", key()),
                ("identifier", models.CharField(max_length=200)),
                ("category", models.CharField(choices=CATEGORIES, max_length=12, verbose_name="结果种类")),
                ("held_at", models.DateTimeField(verbose_name="收到时间")),
                ("until", models.DateTimeField(verbose_name="最晚等到")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="结束时间")),
                ("how", models.CharField(blank=True, choices=HOWS, max_length=10, verbose_name="怎样结束")),
                ("comment", models.CharField(blank=True, max_length=500, verbose_name="医生的说明")),
                ("commented_by", models.UUIDField(null=True)),
                ("commented_name", models.CharField(blank=True, max_length=100, verbose_name="说明的医生")),
                ("announced_at", models.DateTimeField(null=True)),
                ("facility", tie("facilities.facility", verbose_name="检查机构")),
                ("resident", tie("residents.resident")),
                ("source", tie("exchange.source")),
            ],
            options={
                "verbose_name": "等医生说明的结果",
                "verbose_name_plural": "等医生说明的结果",
                "ordering": ["until", "id"],
                "indexes": [
                    models.Index(condition=Q(("ended_at", None)), fields=["facility", "until"], name="awaited_open"),
                    models.Index(condition=Q(("announced_at", None)), fields=["until"], name="awaited_untold"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("resident", "source", "identifier"), name="one_wait_per_report"),
                    models.CheckConstraint(
                        name="awaited_ends_exactly_with_a_reason",
                        condition=Q(ended_at=None, how="") | (Q(ended_at__isnull=False) & ~Q(how="")),
                    ),
                    models.CheckConstraint(
                        name="awaited_comment_is_signed",
                        condition=Q(comment="", commented_by=None, commented_name="")
                        | (Q(how="comment", commented_by__isnull=False) & ~Q(comment="")),
                    ),
                ],
            },
        ),
        migrations.AlterField(
            "dispute", "asked_by", models.UUIDField(editable=False, null=True, verbose_name="提出人")
        ),
        migrations.CreateModel(
            name="ServiceQuestion",
            fields=[
                ("id", key()),
                ("facility_name", models.CharField(max_length=100, verbose_name="机构名称")),
                ("kind", models.CharField(choices=KINDS, max_length=12, verbose_name="服务种类")),
                ("identifier", models.CharField(max_length=200)),
                ("day", models.DateField(verbose_name="服务日期")),
                ("asked_at", models.DateTimeField(verbose_name="询问时间")),
                ("closes_at", models.DateTimeField(verbose_name="答复截止")),
                ("texted", models.BooleanField(default=False, verbose_name="发了短信")),
                (
                    "answer",
                    models.CharField(
                        blank=True,
                        choices=[("", "还没有答复"), ("yes", "属实"), ("no", "没有这次服务")],
                        max_length=3,
                        verbose_name="答复",
                    ),
                ),
                (
                    "via",
                    models.CharField(
                        blank=True,
                        choices=[("sms", "短信回复"), ("portal", "在门户上")],
                        max_length=6,
                        verbose_name="怎样答复",
                    ),
                ),
                ("answered_at", models.DateTimeField(null=True, verbose_name="答复时间")),
                ("answered_by", models.UUIDField(null=True)),
                ("dispute", tie("records.dispute", null=True)),
                ("facility", tie("facilities.facility", verbose_name="服务机构")),
                ("resident", tie("residents.resident", verbose_name="居民")),
                ("source", tie("exchange.source")),
            ],
            options={
                "verbose_name": "服务核实",
                "verbose_name_plural": "服务核实",
                "ordering": ["-asked_at", "id"],
                "indexes": [
                    models.Index(fields=["resident", "-asked_at"], name="service_question_by_person"),
                    models.Index(fields=["facility", "asked_at"], name="service_question_by_place"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        name="one_question_per_service", fields=["resident", "source", "kind", "identifier"]
                    ),
                    models.CheckConstraint(
                        name="service_answered_exactly_when_dated",
                        condition=Q(answer="", via="", answered_at=None, answered_by=None, dispute=None)
                        | (Q(answered_at__isnull=False) & ~Q(answer="") & ~Q(via="")),
                    ),
                ],
            },
        ),
        Guard(
            "records_awaited",
            select=[own("results"), staff("clinician", "village_doctor", "public_health", "manager")],
            worker="SELECT, UPDATE",
        ),
        Guard(
            "records_servicequestion",
            select=[own("records"), staff("manager", "public_health")],
            update=[own("records")],
            update_columns=["answer", "via", "answered_at", "answered_by", "dispute_id"],
        ),
        migrations.RunSQL(WAITING, NOT_WAITING),
        migrations.RunSQL(DESK, NO_DESK),
        shared("shared_items"),
        shared("shared_standing"),
        migrations.RunSQL(ASKING, NO_ASKING),
    ]
