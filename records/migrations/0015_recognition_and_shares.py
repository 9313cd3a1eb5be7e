import django.db.models.deletion
from django.db import migrations, models

import foundation.keys
from foundation.operations import WEB, Guard, anyone, at_bureau, own, staff

# --- who may make a share, and whether it still opens -----------------------------------------------------------------
STATE = f"""
CREATE FUNCTION app.may_share(account uuid, person uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT EXISTS (
    SELECT 1 FROM public.residents_account a
    JOIN public.residents_resident r ON r.id = person AND r.deceased_on IS NULL
    WHERE a.id = account AND a.is_active AND app.consented(person, 'results') AND (
      a.resident_id = person OR EXISTS (
        SELECT 1 FROM public.residents_delegation d
        WHERE d.resident_id = person AND d.delegate_id = a.resident_id AND d.state = 'approved' AND d.ended_at IS NULL
          AND d.starts_at <= app.clock() AND d.ends_at > app.clock()
          AND 'results' = ANY (app.delegated(d.relation, d.scope, d.agreed_scope, r.birth_date))
          AND (d.relation = 'guardian' OR app.consented(person, 'delegates'))))) $$;
COMMENT ON FUNCTION app.may_share(uuid, uuid) IS
  'Whether an account may show a person''s results to others now: its own, or by a delegation; never by an opening.';

CREATE FUNCTION app.may_share_now(person uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$ SELECT app.may_share(app.account(), person) $$;
COMMENT ON FUNCTION app.may_share_now(uuid) IS 'app.may_share of this session''s own account.';

CREATE FUNCTION app.share_state(s public.records_sharelink) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT CASE
    WHEN s.revoked_at IS NOT NULL THEN 'revoked'
    WHEN s.expires_at <= app.clock() THEN 'expired'
    WHEN NOT app.may_share(s.created_by, s.resident_id) THEN 'ended'
    WHEN s.failures >= s.attempts THEN 'closed'
    ELSE 'live' END $$;

CREATE FUNCTION app.share_at(wanted text, hashes bytea[]) RETURNS TABLE (id uuid, state text, attempts_left integer)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT s.id, app.share_state(s), greatest(s.attempts - s.failures, 0)
  FROM public.records_sharelink s WHERE s.kind = wanted AND (s.code_hash = ANY (hashes) OR s.link_hash = ANY (hashes)) $$;
COMMENT ON FUNCTION app.share_at(text, bytea[]) IS
  'What whoever knows a code or a link may learn without the PIN: whether it can still be opened, nothing of whose it is.';

CREATE FUNCTION app.try_share(wanted uuid, pins bytea[], token bytea, place text, origin inet, request text)
  RETURNS TABLE (state text, attempts_left integer) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  s public.records_sharelink;
  who text := coalesce('持凭证者（自填：' || nullif(left(btrim(place), 60), '') || '）', '持凭证者');
  fits boolean;
BEGIN
  -- Two tries at once wait for each other here, so that the last attempt is one attempt.
  SELECT * INTO s FROM public.records_sharelink l WHERE l.id = wanted AND l.kind = 'recognition' FOR UPDATE;
  IF NOT FOUND THEN RETURN QUERY SELECT 'unknown', 0; RETURN; END IF;
  IF app.share_state(s) <> 'live' THEN RETURN QUERY SELECT app.share_state(s), 0; RETURN; END IF;
  fits := coalesce(s.pin_hash = ANY (pins), false);
  INSERT INTO public.residents_accessevent (at, id, actor_name, resident_id, action, subject_kind, subject_id, purpose,
      capacity, address, reference)
    VALUES (app.clock(), gen_random_uuid(), who, s.resident_id,
      CASE WHEN fits THEN 'records.opened_share' ELSE 'records.refused_share' END,
      'records.sharelink', s.id::text, '', '', origin, left(request, 16));
  IF NOT fits THEN
    UPDATE public.records_sharelink SET failures = failures + 1 WHERE id = s.id;
    RETURN QUERY SELECT CASE WHEN s.failures + 1 >= s.attempts THEN 'closed' ELSE 'wrong' END,
      greatest(s.attempts - s.failures - 1, 0);
    RETURN;
  END IF;
  UPDATE public.records_sharelink SET uses = uses + 1, used_at = app.clock() WHERE id = s.id;
  INSERT INTO public.records_shareopening (id, resident_id, share_id, token_hash, reader, opened_at, closes_at)
    VALUES (gen_random_uuid(), s.resident_id, s.id, token, left(btrim(place), 60), app.clock(),
      least(s.expires_at, app.clock() + make_interval(
        mins => coalesce((app.setting('records.share_minutes') #>> '{{}}')::integer, 20))));
  RETURN QUERY SELECT 'open', (s.attempts - s.failures)::integer;
END $$;
COMMENT ON FUNCTION app.try_share(uuid, bytea[], bytea, text, inet, text) IS
  'Opens a share for one browser for some minutes, or counts a wrong PIN; either way the person finds it in their log.';

REVOKE ALL ON FUNCTION app.may_share(uuid, uuid), app.may_share_now(uuid), app.share_state(public.records_sharelink),
  app.share_at(text, bytea[]), app.try_share(uuid, bytea[], bytea, text, inet, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.may_share_now(uuid), app.share_at(text, bytea[]),
  app.try_share(uuid, bytea[], bytea, text, inet, text) TO {WEB};
"""
NO_STATE = """
DROP FUNCTION app.try_share(uuid, bytea[], bytea, text, inet, text), app.share_at(text, bytea[]),
  app.share_state(public.records_sharelink), app.may_share_now(uuid), app.may_share(uuid, uuid);
"""

# --- what an opened share shows ---------------------------------------------------------------------------------------
# Every function below knows the browser by the transaction's token and nothing else, and answers only in the
# transaction in which app.read_share wrote the look down: nothing is read without its line in the log.
READING = f"""
CREATE FUNCTION app.read_share(deed text, about uuid, origin inet, request text)
  RETURNS TABLE (share_id uuid, resident_id uuid, created_by uuid, created_at timestamptz, expires_at timestamptz,
    closes_at timestamptz, name varchar, sex varchar, birth_date date)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  o public.records_shareopening;
  s public.records_sharelink;
BEGIN
  IF deed NOT IN ('records.read_share', 'records.downloaded_share', 'records.downloaded_shared_original') THEN
    RETURN;
  END IF;
  SELECT * INTO o FROM public.records_shareopening p
    WHERE p.token_hash = app.token_hash() AND p.closed_at IS NULL AND p.closes_at > app.clock() FOR UPDATE;
  IF NOT FOUND THEN RETURN; END IF;
  SELECT * INTO s FROM public.records_sharelink l WHERE l.id = o.share_id AND l.kind = 'recognition';
  -- Somebody else's wrong PINs close a share to newcomers; whoever has opened it reads on.
  IF NOT FOUND OR app.share_state(s) NOT IN ('live', 'closed') THEN RETURN; END IF;
  IF about IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM app.shared_standing(s.id) t WHERE t.report = about AND t.state = 'open') THEN RETURN; END IF;
  UPDATE public.records_shareopening SET read_at = app.clock() WHERE id = o.id;
  INSERT INTO public.residents_accessevent (at, id, actor_name, resident_id, action, subject_kind, subject_id, purpose,
      capacity, address, reference)
    VALUES (app.clock(), gen_random_uuid(),
      coalesce('持凭证者（自填：' || nullif(o.reader, '') || '）', '持凭证者'), o.resident_id, deed,
      CASE WHEN about IS NULL THEN 'records.sharelink' ELSE 'records.report' END, coalesce(about, s.id)::text,
      '', '', origin, left(request, 16));
  RETURN QUERY SELECT s.id, s.resident_id, s.created_by, s.created_at, s.expires_at, o.closes_at, r.name, r.sex,
    r.birth_date FROM public.residents_resident r WHERE r.id = s.resident_id;
END $$;

CREATE FUNCTION app.share_being_read() RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT o.share_id FROM public.records_shareopening o
  WHERE o.token_hash = app.token_hash() AND o.read_at = app.clock() AND o.closed_at IS NULL $$;

CREATE FUNCTION app.shared_items(wanted uuid) RETURNS SETOF public.records_observation LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT o.* FROM public.records_report r
  JOIN public.records_observation o ON o.resident_id = r.resident_id AND o.source_id = r.source_id
    AND o.identifier = ANY (r.item_identifiers)
  WHERE r.id = wanted AND o.superseded_at IS NULL AND o.withdrawn_at IS NULL AND o.left_at IS NULL
    AND o.release = 'released' AND o.sensitivity < 5
    AND o.id <> ALL ((SELECT app.held_items_of(ARRAY[r.resident_id]))::uuid[]) $$;

CREATE FUNCTION app.shared_standing(wanted uuid)
  RETURNS TABLE (number smallint, chosen uuid, report uuid, state text, changed boolean, complete boolean,
    facility_name varchar, issued_at timestamptz)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  WITH s AS MATERIALIZED (
    SELECT l.*, app.held_reports_of(ARRAY[l.resident_id]) AS held FROM public.records_sharelink l WHERE l.id = wanted)
  SELECT i.number, c.id, n.id,
    CASE
      WHEN n.id IS NULL OR n.left_at IS NOT NULL OR c.resident_id <> s.resident_id OR 'recalled' IN (c.release, n.release)
        THEN 'checking'
      WHEN n.withdrawn_at IS NOT NULL OR n.status IN ('withdrawn', 'cancelled') THEN 'withdrawn'
      WHEN n.sensitivity >= 5 OR n.release <> 'released' OR n.id = ANY (s.held) THEN 'hidden'
      ELSE 'open' END,
    coalesce(n.id <> c.id, false) OR EXISTS (
      SELECT 1 FROM public.records_observation o
      WHERE o.resident_id = n.resident_id AND o.source_id = n.source_id AND o.identifier = ANY (n.item_identifiers)
        AND (o.superseded_at > s.created_at OR o.withdrawn_at > s.created_at)),
    n.id IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM unnest(n.item_identifiers) AS named
      WHERE NOT EXISTS (SELECT 1 FROM app.shared_items(n.id) o WHERE o.identifier = named))
      AND NOT EXISTS (
        SELECT 1 FROM public.records_observation o
        WHERE o.resident_id = n.resident_id AND o.source_id = n.source_id AND o.identifier = ANY (n.item_identifiers)
          AND o.superseded_at IS NULL AND NOT EXISTS (SELECT 1 FROM app.shared_items(n.id) x WHERE x.id = o.id)),
    c.facility_name, c.issued_at
  FROM s JOIN public.records_sharedreport i ON i.share_id = s.id
  JOIN public.records_report c ON c.id = i.report_id
  LEFT JOIN public.records_report n ON n.resident_id = s.resident_id AND n.source_id = c.source_id
    AND n.identifier = c.identifier AND n.superseded_at IS NULL
  ORDER BY i.number $$;

CREATE FUNCTION app.shared_states()
  RETURNS TABLE (number smallint, report uuid, state text, changed boolean, complete boolean, facility_name varchar,
    issued_at timestamptz, originals jsonb)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT t.number, CASE WHEN t.state = 'open' THEN t.report END, t.state, t.changed, t.complete, t.facility_name,
    t.issued_at,
    CASE WHEN t.state = 'open' AND t.complete THEN (
      SELECT jsonb_agg(jsonb_build_object('number', a.number, 'title', a.title, 'size', a.size) ORDER BY a.number)
      FROM public.records_reportattachment a WHERE a.report_id = t.report) END
  FROM app.shared_standing(app.share_being_read()) t $$;
COMMENT ON FUNCTION app.shared_states() IS
  'Each report of the share being read: open, withdrawn, being checked, or not shown; and the facility''s own files.';

CREATE FUNCTION app.shared_reports() RETURNS SETOF public.records_report LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT r.* FROM app.shared_standing(app.share_being_read()) t JOIN public.records_report r ON r.id = t.report
  WHERE t.state = 'open' ORDER BY t.number $$;

CREATE FUNCTION app.shared_observations() RETURNS SETOF public.records_observation LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT o.* FROM app.shared_standing(app.share_being_read()) t, LATERAL app.shared_items(t.report) o
  WHERE t.state = 'open' $$;

CREATE FUNCTION app.shared_original(wanted uuid, which integer) RETURNS TABLE (id uuid, content bytea) LANGUAGE sql
  STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT a.id, a.content FROM app.shared_standing(app.share_being_read()) t
  JOIN public.records_reportattachment a ON a.report_id = t.report
  WHERE t.report = wanted AND t.state = 'open' AND t.complete AND a.number = which $$;

CREATE FUNCTION app.shared_documents() RETURNS TABLE (id uuid, kind varchar, value bytea) LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT i.id, i.kind, i.value FROM public.records_sharelink s
  JOIN public.residents_identifier i ON i.resident_id = s.resident_id AND NOT i.claimed
  WHERE s.id = app.share_being_read() $$;
COMMENT ON FUNCTION app.shared_documents() IS 'The person''s documents, sealed: a printed report carries one, masked.';

CREATE FUNCTION app.shared_report_ids() RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT coalesce(array_agg(t.report), '{{}}') FROM app.shared_standing(app.share_being_read()) t
  WHERE t.state = 'open' $$;

CREATE FUNCTION app.close_share() RETURNS boolean LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  WITH closed AS (
    UPDATE public.records_shareopening SET closed_at = app.clock()
    WHERE token_hash = app.token_hash() AND closed_at IS NULL RETURNING 1)
  SELECT EXISTS (SELECT 1 FROM closed) $$;

REVOKE ALL ON FUNCTION app.read_share(text, uuid, inet, text), app.share_being_read(), app.shared_items(uuid),
  app.shared_standing(uuid), app.shared_states(), app.shared_reports(), app.shared_observations(),
  app.shared_original(uuid, integer), app.shared_documents(), app.shared_report_ids(), app.close_share() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.read_share(text, uuid, inet, text), app.shared_states(), app.shared_reports(),
  app.shared_observations(), app.shared_original(uuid, integer), app.shared_documents(), app.shared_report_ids(),
  app.close_share() TO {WEB};
"""
NO_READING = """
DROP FUNCTION app.close_share(), app.shared_report_ids(), app.shared_documents(), app.shared_original(uuid, integer),
  app.shared_observations(), app.shared_reports(), app.shared_states(), app.shared_standing(uuid),
  app.shared_items(uuid), app.share_being_read(), app.read_share(text, uuid, inet, text);
"""

# Whoever reads a share takes a copy home that can be checked, as the person would.
SHARED_COPY = "report_id = ANY ((SELECT app.shared_report_ids())::uuid[])"
COPIES = f"ALTER POLICY web_insert ON public.records_issuedcopy WITH CHECK ({own('results')} OR {SHARED_COPY})"
NO_COPIES = f"ALTER POLICY web_insert ON public.records_issuedcopy WITH CHECK ({own('results')})"

MINE = f"{own('results')} AND app.may_share_now(resident_id)"
FRESH = "created_by = (SELECT app.account()) AND uses = 0 AND failures = 0 AND attempts <= 10 AND revoked_at IS NULL"
SOON = "expires_at <= app.clock() + interval '31 days'"
OF_MY_SHARE = """EXISTS (SELECT 1 FROM public.records_sharelink l WHERE l.id = share_id
  AND l.resident_id = records_sharedreport.resident_id AND l.created_by = (SELECT app.account()) AND l.uses = 0)"""
READABLE = """EXISTS (SELECT 1 FROM public.records_report r WHERE r.id = report_id AND r.sensitivity < 5
  AND r.resident_id = records_sharedreport.resident_id)"""

GUARDS = [
    Guard("records_recognitionrule", select=[anyone()], insert=[at_bureau("administrator")], worker="SELECT"),
    Guard(
        "records_qualitymark",
        select=[anyone()],
        insert=[at_bureau("administrator"), staff("manager")],
        update=[at_bureau("administrator"), staff("manager")],
        update_columns=["ends_on"],
        worker="SELECT",
    ),
    Guard(
        "records_sharelink",
        select=[own("results")],
        insert=[f"{MINE} AND {FRESH} AND {SOON}"],
        update=[MINE],
        update_columns=["revoked_at", "revoked_by"],
        worker="SELECT",
    ),
    Guard(
        "records_sharedreport",
        select=[own("results")],
        insert=[f"{own('results')} AND {OF_MY_SHARE} AND {READABLE}"],
        worker="SELECT",
    ),
    Guard("records_shareopening", select=[own("results")], worker="SELECT"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("facilities", "0005_roles"),
        ("records", "0012_summaries"),
        ("residents", "0024_feedback"),
    ]

    operations = [
        migrations.CreateModel(
            name="RecognitionRule",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("laboratory", "检验报告"),
                            ("imaging", "影像报告"),
                            ("ecg", "心电报告"),
                            ("pathology", "病理报告"),
                            ("other", "其他报告"),
                        ],
                        max_length=12,
                        verbose_name="类别",
                    ),
                ),
                ("code_system", models.CharField(blank=True, max_length=100, verbose_name="编码体系")),
                (
                    "code",
                    models.CharField(
                        blank=True, help_text="检验项目按编码。", max_length=60, verbose_name="标准项目编码"
                    ),
                ),
                (
                    "title",
                    models.CharField(
                        blank=True,
                        help_text="没有编码的检查按报告名称；编码和名称都空着就是整个类别。",
                        max_length=200,
                        verbose_name="报告名称",
                    ),
                ),
                ("made_at", models.DateTimeField(editable=False, verbose_name="登记时间")),
                ("made_by", models.UUIDField(editable=False)),
                ("made_name", models.CharField(editable=False, max_length=100, verbose_name="登记人")),
                ("name", models.CharField(max_length=100, verbose_name="项目名称")),
                (
                    "scope",
                    models.CharField(
                        choices=[
                            ("none", "不互认"),
                            ("facility", "本机构"),
                            ("consortium", "医共体"),
                            ("city", "全市"),
                            ("province", "全省"),
                            ("region", "区域"),
                            ("nation", "全国"),
                        ],
                        max_length=12,
                        verbose_name="互认范围",
                    ),
                ),
                (
                    "label",
                    models.CharField(
                        blank=True, help_text="例如 HR、★、鄂HR、武汉HR。", max_length=20, verbose_name="报告上印的标志"
                    ),
                ),
                (
                    "valid_days",
                    models.PositiveSmallIntegerField(
                        default=0, help_text="从采样或检查当天算起。", verbose_name="参考期（天）"
                    ),
                ),
                ("needs_mark", models.BooleanField(default=False, verbose_name="要有质控合格标记")),
                ("starts_on", models.DateField(verbose_name="从哪天起")),
                ("reason", models.CharField(help_text="哪份文件。", max_length=200, verbose_name="依据")),
            ],
            options={
                "verbose_name": "互认规则",
                "verbose_name_plural": "互认规则",
                "ordering": ["category", "code", "title", "-starts_on", "-made_at"],
                "indexes": [models.Index(fields=["code", "-starts_on"], name="recognition_by_code")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("scope", "none"),
                            models.Q(
                                ("valid_days__gte", 1),
                                ("valid_days__lte", 3650),
                                models.Q(("label", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="recognition_has_days_and_a_label",
                        violation_error_message="互认的项目要填标志和参考期天数（1到3650天）。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("code", ""), ("title", ""), _connector="OR"),
                        name="recognition_by_code_or_by_name",
                        violation_error_message="编码和报告名称只能填一个。",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ShareLink",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("recognition", "互认凭证"), ("shl", "SMART 健康链接")],
                        max_length=12,
                        verbose_name="种类",
                    ),
                ),
                ("code_hash", models.BinaryField(max_length=32, null=True, unique=True)),
                ("link_hash", models.BinaryField(max_length=32, unique=True)),
                ("pin_hash", models.BinaryField(max_length=32, null=True)),
                ("form_hash", models.BinaryField(max_length=32)),
                ("created_by", models.UUIDField(editable=False)),
                ("created_at", models.DateTimeField(verbose_name="生成时间")),
                ("expires_at", models.DateTimeField(verbose_name="有效期至")),
                ("attempts", models.PositiveSmallIntegerField(verbose_name="可以输错几次")),
                ("failures", models.PositiveSmallIntegerField(default=0, verbose_name="输错次数")),
                ("uses", models.PositiveIntegerField(default=0, verbose_name="使用次数")),
                ("used_at", models.DateTimeField(null=True, verbose_name="最近一次使用")),
                ("revoked_at", models.DateTimeField(null=True, verbose_name="撤销时间")),
                ("revoked_by", models.UUIDField(editable=False, null=True)),
                (
                    "resident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="residents.resident"
                    ),
                ),
            ],
            options={
                "verbose_name": "分享凭证",
                "verbose_name_plural": "分享凭证",
            },
        ),
        migrations.CreateModel(
            name="SharedReport",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.PositiveSmallIntegerField(verbose_name="序号")),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="records.report"
                    ),
                ),
                (
                    "resident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="residents.resident"
                    ),
                ),
                (
                    "share",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="reports", to="records.sharelink"
                    ),
                ),
            ],
            options={
                "verbose_name": "分享的报告",
                "verbose_name_plural": "分享的报告",
            },
        ),
        migrations.CreateModel(
            name="ShareOpening",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("token_hash", models.BinaryField(max_length=32, unique=True)),
                ("reader", models.CharField(blank=True, max_length=60, verbose_name="哪家医院")),
                ("opened_at", models.DateTimeField(verbose_name="打开时间")),
                ("closes_at", models.DateTimeField(verbose_name="关闭时间")),
                ("closed_at", models.DateTimeField(null=True, verbose_name="提前关闭时间")),
                ("read_at", models.DateTimeField(null=True, verbose_name="最近一次查看")),
                (
                    "resident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="residents.resident"
                    ),
                ),
                (
                    "share",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="openings", to="records.sharelink"
                    ),
                ),
            ],
            options={
                "verbose_name": "凭证使用记录",
                "verbose_name_plural": "凭证使用记录",
            },
        ),
        migrations.CreateModel(
            name="QualityMark",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("laboratory", "检验报告"),
                            ("imaging", "影像报告"),
                            ("ecg", "心电报告"),
                            ("pathology", "病理报告"),
                            ("other", "其他报告"),
                        ],
                        max_length=12,
                        verbose_name="类别",
                    ),
                ),
                ("code_system", models.CharField(blank=True, max_length=100, verbose_name="编码体系")),
                (
                    "code",
                    models.CharField(
                        blank=True, help_text="检验项目按编码。", max_length=60, verbose_name="标准项目编码"
                    ),
                ),
                (
                    "title",
                    models.CharField(
                        blank=True,
                        help_text="没有编码的检查按报告名称；编码和名称都空着就是整个类别。",
                        max_length=200,
                        verbose_name="报告名称",
                    ),
                ),
                ("made_at", models.DateTimeField(editable=False, verbose_name="登记时间")),
                ("made_by", models.UUIDField(editable=False)),
                ("made_name", models.CharField(editable=False, max_length=100, verbose_name="登记人")),
                (
                    "evidence",
                    models.CharField(
                        help_text="例如：2026年省临检中心室间质评合格，证书编号。", max_length=200, verbose_name="依据"
                    ),
                ),
                ("starts_on", models.DateField(verbose_name="从哪天起")),
                ("ends_on", models.DateField(verbose_name="到哪天为止")),
                (
                    "facility",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="facilities.facility",
                        verbose_name="机构",
                    ),
                ),
            ],
            options={
                "verbose_name": "质控合格标记",
                "verbose_name_plural": "质控合格标记",
                "ordering": ["facility", "category", "code", "-starts_on"],
                "indexes": [models.Index(fields=["facility", "code"], name="quality_mark_by_facility")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ends_on__gte", models.F("starts_on"))),
                        name="quality_mark_ends_after_it_starts",
                        violation_error_message="结束日期不能早于开始日期。",
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="sharelink",
            index=models.Index(fields=["resident", "-created_at"], name="share_by_resident"),
        ),
        migrations.AddConstraint(
            model_name="sharelink",
            constraint=models.CheckConstraint(
                condition=models.Q(("expires_at__gt", models.F("created_at"))), name="share_ends_after_it_starts"
            ),
        ),
        migrations.AddConstraint(
            model_name="sharelink",
            constraint=models.CheckConstraint(
                condition=models.Q(("failures__lte", models.F("attempts"))), name="share_failures_stay_within"
            ),
        ),
        migrations.AddConstraint(
            model_name="sharelink",
            constraint=models.CheckConstraint(
                condition=models.Q(("code_hash", None), ("pin_hash__isnull", False), _connector="OR"),
                name="share_with_a_code_has_a_pin",
            ),
        ),
        migrations.AddConstraint(
            model_name="sharelink",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("revoked_at", None), ("revoked_by", None)),
                    models.Q(("revoked_at__isnull", False), ("revoked_by__isnull", False)),
                    _connector="OR",
                ),
                name="share_revoked_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="sharelink",
            constraint=models.UniqueConstraint(fields=("resident", "form_hash"), name="one_share_per_form"),
        ),
        migrations.AddConstraint(
            model_name="sharedreport",
            constraint=models.UniqueConstraint(fields=("share", "report"), name="a_report_is_shared_once"),
        ),
        migrations.AddConstraint(
            model_name="sharedreport",
            constraint=models.UniqueConstraint(fields=("share", "number"), name="shared_reports_are_numbered"),
        ),
        migrations.AddIndex(
            model_name="shareopening",
            index=models.Index(fields=["share", "-opened_at"], name="share_opening_by_share"),
        ),
        migrations.RunSQL(STATE, NO_STATE),
        *GUARDS,
        migrations.RunSQL(READING, NO_READING),
        migrations.RunSQL(COPIES, NO_COPIES),
    ]
