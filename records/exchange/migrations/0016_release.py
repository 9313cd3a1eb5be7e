import django.db.models.deletion
from django.db import migrations, models

import foundation.keys
from foundation.operations import WEB, Guard, at_bureau, role, staff

# Who calls people about critical results; the head of the facility sees how many wait, not whose they are.
CALLERS = ("clinician", "village_doctor", "public_health")
WATCHERS = (*CALLERS, "manager")
AT = "ARRAY['clinician', 'village_doctor', 'public_health']"
MAKERS = [staff("administrator", "manager"), f"(facility_id IS NULL AND {at_bureau('administrator')})"]
READERS = [role("administrator", "manager", "auditor")]

# Who makes a rule signs it; afterwards it can only be ended.
SIGNED = f"""CREATE POLICY signed_by_its_maker ON public.exchange_{{name}} AS RESTRICTIVE FOR INSERT TO {WEB}
  WITH CHECK (made_by = (SELECT app.account()));"""
NOT_SIGNED = "DROP POLICY signed_by_its_maker ON public.exchange_{name};"

# A result that waits for a doctor has a case, and a case ends with what it is about: whoever changes the result.
KEPT = """
CREATE FUNCTION app.keep_critical_case() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
DECLARE
  known uuid;
BEGIN
  IF NEW.release = 'pending' AND NEW.ruled_by IS NULL AND NEW.superseded_at IS NULL AND NEW.withdrawn_at IS NULL
      AND NEW.folded_into IS NULL THEN
    SELECT s.case_id INTO known FROM public.exchange_criticalsubject s WHERE s.resident_id = NEW.resident_id
      AND s.source_id = NEW.source_id AND s.identifier = NEW.identifier AND s.part = NEW.part;
    IF known IS NULL THEN
      known := gen_random_uuid();
      INSERT INTO public.exchange_criticalcase (id, facility_id, opened_at, release_at, state, missed)
        VALUES (known, NEW.facility_id, NEW.received_at, NEW.release_at, 'open', 0);
      INSERT INTO public.exchange_criticalsubject (case_id, resident_id, source_id, identifier, part, observation_id)
        VALUES (known, NEW.resident_id, NEW.source_id, NEW.identifier, NEW.part, NEW.id);
    ELSE
      UPDATE public.exchange_criticalsubject SET observation_id = NEW.id WHERE case_id = known;
      UPDATE public.exchange_criticalcase SET facility_id = NEW.facility_id, release_at = NEW.release_at,
        state = 'open', ended_at = NULL, announced_at = NULL,
        opened_at = CASE state WHEN 'gone' THEN opened_at ELSE NEW.received_at END WHERE id = known;
    END IF;
  ELSE
    UPDATE public.exchange_criticalcase c SET ended_at = app.clock(),
      state = CASE WHEN NEW.release = 'released' AND NEW.superseded_at IS NULL AND NEW.withdrawn_at IS NULL
        AND NEW.folded_into IS NULL THEN 'elapsed' ELSE 'gone' END
      FROM public.exchange_criticalsubject s WHERE s.case_id = c.id AND c.state = 'open'
        AND s.resident_id = NEW.resident_id AND s.observation_id = NEW.id;
  END IF;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION app.keep_critical_case() FROM PUBLIC;
CREATE TRIGGER critical_result_gets_its_case AFTER INSERT ON public.records_observation FOR EACH ROW
  WHEN (NEW.release = 'pending') EXECUTE FUNCTION app.keep_critical_case();
CREATE TRIGGER critical_case_follows_its_result
  AFTER UPDATE OF release, release_at, ruled_by, superseded_at, withdrawn_at, folded_into, resident_id
  ON public.records_observation FOR EACH ROW
  WHEN (OLD.release = 'pending' OR NEW.release = 'pending') EXECUTE FUNCTION app.keep_critical_case();
CREATE TRIGGER critical_step_is_never_changed BEFORE UPDATE OR DELETE ON public.exchange_criticalstep
  FOR EACH ROW EXECUTE FUNCTION app.refuse();
"""
NOT_KEPT = """
DROP TRIGGER critical_step_is_never_changed ON public.exchange_criticalstep;
DROP TRIGGER critical_case_follows_its_result ON public.records_observation;
DROP TRIGGER critical_result_gets_its_case ON public.records_observation;
DROP FUNCTION app.keep_critical_case();
"""

# One result, for who calls the person it is about; the look and each deed leave a line that the person sees.
DOORS = f"""
CREATE FUNCTION app.my_critical_case(which uuid) RETURNS public.exchange_criticalcase LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT c FROM public.exchange_criticalcase c JOIN public.exchange_criticalsubject s ON s.case_id = c.id
  WHERE c.id = which AND s.resident_id IS DISTINCT FROM app.own_resident()
    AND (c.facility_id = ANY (app.facilities_for({AT})) OR c.handed_to_id = ANY (app.facilities_for({AT}))) $$;

CREATE FUNCTION app.write_critical_event(asked public.exchange_criticalcase, person uuid, deed text, origin inet, request text)
  RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  INSERT INTO public.residents_accessevent (at, id, actor_id, actor_name, resident_id, facility_id, action,
      subject_kind, subject_id, purpose, capacity, opening_id, address, reference)
  SELECT app.clock(), gen_random_uuid(), a.id, a.name, person, asked.facility_id, deed,
    'exchange.criticalcase', asked.id::text, '', 'staff', NULL, origin, left(request, 16)
  FROM public.residents_account a WHERE a.id = app.account() $$;

CREATE FUNCTION app.read_critical(which uuid, origin inet, request text)
  RETURNS TABLE (resident uuid, name varchar, phone bytea, account uuid, account_phone bytea, home varchar,
                 item varchar, value text, unit varchar, range_text varchar, flag varchar, measured_at timestamptz)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  asked public.exchange_criticalcase;
  about public.exchange_criticalsubject;
BEGIN
  asked := app.my_critical_case(which);
  IF asked.id IS NULL OR asked.state <> 'open' THEN RETURN; END IF;
  SELECT s.* INTO about FROM public.exchange_criticalsubject s WHERE s.case_id = which;
  PERFORM app.write_critical_event(asked, about.resident_id, 'exchange.read_critical', origin, request);
  RETURN QUERY SELECT r.id, r.name, r.phone, a.id, a.phone, f.name, o.name, o.value_text, o.unit, o.range_text,
      o.flag, o.occurred_at
    FROM public.records_observation o JOIN public.residents_resident r ON r.id = o.resident_id
    LEFT JOIN public.residents_account a ON a.resident_id = r.id AND a.is_active AND a.phone_verified_at IS NOT NULL
    LEFT JOIN public.facilities_facility f ON f.id = r.facility_id AND f.is_active
      AND f.id NOT IN (asked.facility_id, coalesce(asked.handed_to_id, asked.facility_id))
    WHERE o.resident_id = about.resident_id AND o.id = about.observation_id LIMIT 1;
END $$;
COMMENT ON FUNCTION app.read_critical(uuid, inet, text) IS
  'One result that waits for a call, with whom to call, for who calls at the facility; written down.';

CREATE FUNCTION app.settle_critical(which uuid, word text, who text, what text, seen integer, origin inet, request text)
  RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  asked public.exchange_criticalcase;
  about public.exchange_criticalsubject;
  home uuid;
  made integer;
BEGIN
  IF (app.my_critical_case(which)).id IS NULL THEN RETURN NULL; END IF;
  SELECT s.* INTO about FROM public.exchange_criticalsubject s WHERE s.case_id = which;
  PERFORM 1 FROM public.records_observation o
    WHERE o.resident_id = about.resident_id AND o.id = about.observation_id FOR UPDATE;
  SELECT c.* INTO asked FROM public.exchange_criticalcase c WHERE c.id = which FOR UPDATE;
  SELECT count(*) INTO made FROM public.exchange_criticalstep s WHERE s.case_id = which;
  SELECT f.id INTO home FROM public.residents_resident r JOIN public.facilities_facility f ON f.id = r.facility_id
    AND f.is_active WHERE r.id = about.resident_id AND f.id <> asked.facility_id;
  IF asked.state <> 'open' OR made <> seen OR word NOT IN ('told', 'missed', 'handed')
      OR (word = 'handed' AND (home IS NULL OR home IS NOT DISTINCT FROM asked.handed_to_id)) THEN
    RETURN 'late';
  END IF;
  INSERT INTO public.exchange_criticalstep
      (id, case_id, facility_id, number, deed, reached, advice, done_at, done_by, done_name)
    SELECT gen_random_uuid(), which, asked.facility_id, made + 1, word, CASE word WHEN 'told' THEN who ELSE '' END,
      CASE word WHEN 'told' THEN what ELSE '' END, app.clock(), a.id, a.name
    FROM public.residents_account a WHERE a.id = app.account();
  UPDATE public.exchange_criticalcase c SET
    state = CASE word WHEN 'told' THEN 'told' ELSE c.state END,
    ended_at = CASE word WHEN 'told' THEN app.clock() END,
    missed = c.missed + (word = 'missed')::integer,
    handed_to_id = CASE word WHEN 'handed' THEN home ELSE c.handed_to_id END
    WHERE c.id = which;
  IF word = 'told' THEN
    UPDATE public.records_observation o SET release = 'released'
      WHERE o.resident_id = about.resident_id AND o.id = about.observation_id AND o.release = 'pending';
  END IF;
  PERFORM app.write_critical_event(asked, about.resident_id, 'exchange.' || word || '_critical', origin, request);
  RETURN 'done';
END $$;
COMMENT ON FUNCTION app.settle_critical(uuid, text, text, text, integer, inet, text) IS
  'Write down that a person was told of a critical result (which opens it), not reached, or handed on: done, late; or NULL.';
REVOKE ALL ON FUNCTION app.my_critical_case(uuid),
  app.write_critical_event(public.exchange_criticalcase, uuid, text, inet, text),
  app.read_critical(uuid, inet, text), app.settle_critical(uuid, text, text, text, integer, inet, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.read_critical(uuid, inet, text),
  app.settle_critical(uuid, text, text, text, integer, inet, text) TO {WEB};
"""
NO_DOORS = """
DROP FUNCTION app.settle_critical(uuid, text, text, text, integer, inet, text), app.read_critical(uuid, inet, text),
  app.write_critical_event(public.exchange_criticalcase, uuid, text, inet, text), app.my_critical_case(uuid);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0013_merges"),
        ("exchange", "0014_folds"),
        ("facilities", "0005_roles"),
        ("records", "0010_pending"),
        ("residents", "0021_critical_mail"),
    ]

    operations = [
        migrations.CreateModel(
            name="ReleasePolicy",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "facility",
                    models.ForeignKey(
                        blank=True,
                        help_text="留空表示全县。",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="facilities.facility",
                        verbose_name="机构",
                    ),
                ),
                ("reason", models.CharField(help_text="哪份文件、谁同意的。", max_length=200, verbose_name="依据")),
                ("starts_at", models.DateTimeField(verbose_name="开始时间")),
                ("ends_at", models.DateTimeField(blank=True, null=True, verbose_name="结束时间")),
                ("made_at", models.DateTimeField(editable=False, verbose_name="登记时间")),
                ("made_by", models.UUIDField(editable=False)),
                ("made_name", models.CharField(editable=False, max_length=100, verbose_name="登记人")),
                (
                    "what",
                    models.CharField(
                        choices=[
                            ("category", "报告类别"),
                            ("preliminary", "初步报告（报告类别）"),
                            ("word", "名称里有的字"),
                            ("disease", "疾病编码（ICD-10）前几位"),
                            ("local", "院内项目编码前几位"),
                            ("item", "标准项目编码"),
                        ],
                        max_length=12,
                        verbose_name="按什么",
                    ),
                ),
                ("value", models.CharField(max_length=60, verbose_name="取值")),
                (
                    "decision",
                    models.CharField(
                        choices=[
                            ("released", "可在线查看"),
                            ("pending", "推迟若干小时再显示"),
                            ("withheld", "请到检查机构领取"),
                            ("special", "提到第5级：列表里也不出现"),
                        ],
                        max_length=10,
                        verbose_name="怎样发布",
                    ),
                ),
                (
                    "hours",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="只在“推迟”时填写；初步报告填 0，表示等到正式报告。",
                        null=True,
                        verbose_name="推迟小时数",
                    ),
                ),
                ("review_at", models.DateTimeField(editable=False, null=True)),
                ("progress", models.JSONField(default=dict, editable=False)),
            ],
            options={
                "verbose_name": "发布规则",
                "verbose_name_plural": "发布规则",
                "ordering": ["-made_at", "-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decision", "pending"), ("hours__isnull", False)),
                            models.Q(models.Q(("decision", "pending"), _negated=True), ("hours__isnull", True)),
                            _connector="OR",
                        ),
                        name="policy_hours_exactly_when_pending",
                        violation_error_message="选了“推迟”要填小时数，没有选就不填。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("hours__isnull", True), ("hours__gt", 0), ("what", "preliminary"), _connector="OR"
                        ),
                        name="policy_waits_without_end_only_for_the_final_report",
                        violation_error_message="小时数要大于 0；只有初步报告可以填 0。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("value", "pathology"), ("what__in", ["category", "preliminary"]), _negated=True),
                            ("decision__in", ["withheld", "special"]),
                            _connector="OR",
                        ),
                        name="policy_never_opens_pathology",
                        violation_error_message="病理报告由机构当面发放，不能放宽。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_at__isnull", True), ("ends_at__gte", models.F("starts_at")), _connector="OR"
                        ),
                        name="policy_ends_after_it_starts",
                        violation_error_message="结束时间不能早于开始时间。",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CriticalLimit",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "facility",
                    models.ForeignKey(
                        blank=True,
                        help_text="留空表示全县。",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="facilities.facility",
                        verbose_name="机构",
                    ),
                ),
                ("reason", models.CharField(help_text="哪份文件、谁同意的。", max_length=200, verbose_name="依据")),
                ("starts_at", models.DateTimeField(verbose_name="开始时间")),
                ("ends_at", models.DateTimeField(blank=True, null=True, verbose_name="结束时间")),
                ("made_at", models.DateTimeField(editable=False, verbose_name="登记时间")),
                ("made_by", models.UUIDField(editable=False)),
                ("made_name", models.CharField(editable=False, max_length=100, verbose_name="登记人")),
                ("code", models.CharField(max_length=60, verbose_name="标准项目编码")),
                (
                    "unit",
                    models.CharField(
                        help_text="和结果里的单位一字不差时才比较，从不换算。", max_length=60, verbose_name="单位"
                    ),
                ),
                (
                    "low",
                    models.DecimalField(
                        blank=True, decimal_places=10, max_digits=24, null=True, verbose_name="低于或等于"
                    ),
                ),
                (
                    "high",
                    models.DecimalField(
                        blank=True, decimal_places=10, max_digits=24, null=True, verbose_name="高于或等于"
                    ),
                ),
            ],
            options={
                "verbose_name": "危急值界限",
                "verbose_name_plural": "危急值界限",
                "ordering": ["code", "-made_at"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("low__isnull", False), ("high__isnull", False), _connector="OR"),
                        name="limit_has_a_side",
                        violation_error_message="低限和高限至少填一个。",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CriticalCase",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
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
                ("opened_at", models.DateTimeField(verbose_name="收到时间")),
                ("release_at", models.DateTimeField(null=True, verbose_name="最晚开放时间")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "等着联系本人"),
                            ("told", "已联系本人"),
                            ("elapsed", "到时间，已自动开放"),
                            ("gone", "已更正或收回"),
                        ],
                        default="open",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("ended_at", models.DateTimeField(null=True, verbose_name="结束时间")),
                ("missed", models.PositiveSmallIntegerField(default=0, verbose_name="没联系上的次数")),
                ("alarmed_at", models.DateTimeField(null=True, verbose_name="提醒负责人的时间")),
                ("announced_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "危急值",
                "verbose_name_plural": "危急值",
                "ordering": ["opened_at", "id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "open")), fields=["facility", "opened_at"], name="critical_open"
                    ),
                    models.Index(
                        condition=models.Q(("announced_at", None)), fields=["ended_at"], name="critical_to_announce"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", True), ("state", "open")),
                            models.Q(models.Q(("state", "open"), _negated=True), ("ended_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="critical_open_exactly_while_not_ended",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CriticalSubject",
            fields=[
                (
                    "case",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="subject",
                        serialize=False,
                        to="exchange.criticalcase",
                    ),
                ),
                (
                    "resident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="residents.resident"
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="exchange.source"
                    ),
                ),
                ("identifier", models.CharField(max_length=200)),
                ("part", models.CharField(blank=True, max_length=60)),
                ("observation_id", models.UUIDField()),
            ],
            options={
                "verbose_name": "危急值的内容",
                "verbose_name_plural": "危急值的内容",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("resident", "source", "identifier", "part"), name="one_critical_case_per_item"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CriticalStep",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="exchange.criticalcase"
                    ),
                ),
                (
                    "facility",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="facilities.facility"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                (
                    "deed",
                    models.CharField(
                        choices=[("told", "已电话通知"), ("missed", "没有联系上"), ("handed", "转给建档机构")],
                        max_length=8,
                        verbose_name="做了什么",
                    ),
                ),
                (
                    "reached",
                    models.CharField(
                        blank=True,
                        choices=[("self", "本人"), ("family", "监护人或同住家人（本人不便接电话）")],
                        max_length=8,
                        verbose_name="接电话的人",
                    ),
                ),
                (
                    "advice",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("emergency", "马上去医院"),
                            ("revisit", "尽快复诊或复查"),
                            ("medicine", "按医嘱调整用药"),
                            ("watch", "在家观察，不舒服马上就医"),
                            ("known", "已在治疗，接诊医生知道"),
                        ],
                        max_length=12,
                        verbose_name="告诉了什么",
                    ),
                ),
                ("done_at", models.DateTimeField(verbose_name="时间")),
                ("done_by", models.UUIDField()),
                ("done_name", models.CharField(max_length=100, verbose_name="处理人")),
            ],
            options={
                "verbose_name": "危急值的处理",
                "verbose_name_plural": "危急值的处理",
                "ordering": ["number"],
                "constraints": [
                    models.UniqueConstraint(fields=("case", "number"), name="critical_steps_are_numbered"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("deed", "told"),
                                models.Q(("reached", ""), _negated=True),
                                models.Q(("advice", ""), _negated=True),
                            ),
                            models.Q(models.Q(("deed", "told"), _negated=True), ("advice", ""), ("reached", "")),
                            _connector="OR",
                        ),
                        name="told_exactly_with_whom_and_what",
                    ),
                ],
            },
        ),
        Guard(
            "exchange_releasepolicy",
            select=READERS,
            insert=MAKERS,
            update=MAKERS,
            update_columns=["ends_at", "review_at"],
            worker="SELECT, UPDATE",
        ),
        Guard(
            "exchange_criticallimit",
            select=READERS,
            insert=MAKERS,
            update=MAKERS,
            update_columns=["ends_at"],
            worker="SELECT",
        ),
        *[
            migrations.RunSQL(SIGNED.format(name=name), NOT_SIGNED.format(name=name))
            for name in ("releasepolicy", "criticallimit")
        ],
        Guard(
            "exchange_criticalcase",
            select=[staff(*WATCHERS), staff(*WATCHERS, column="handed_to_id")],
            worker="SELECT, UPDATE",
        ),
        Guard("exchange_criticalsubject", worker="SELECT"),
        Guard(
            "exchange_criticalstep",
            select=["EXISTS (SELECT 1 FROM public.exchange_criticalcase c WHERE c.id = case_id)"],
            worker="SELECT",
        ),
        migrations.RunSQL(KEPT, NOT_KEPT),
        migrations.RunSQL(DOORS, NO_DOORS),
    ]
