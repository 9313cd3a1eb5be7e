import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import foundation.keys
from foundation.operations import WEB, Guard, own, own_account, staff
from foundation.places import giving_back, only_by_triggers, taking

# Who writes a facility's activities and duty entries, and who may see the names of those who come.
WRITERS = ("editor", "manager", "public_health", "village_doctor")
DESK = ("manager", "public_health", "village_doctor")
# The township sees what its villages wrote down.
VILLAGES = (
    "EXISTS (SELECT 1 FROM facilities_facility f WHERE f.id = facility_id AND "
    + staff("manager", "public_health", column="f.parent_id")
    + ")"
)

EARLY = "make_interval(mins => coalesce((app.setting('activities.check_in_minutes') #>> '{}')::integer, 30))"
OPEN = (
    "state = 'published' AND signup_opens_at <= app.clock() AND signup_closes_at > app.clock()"
    " AND starts_at > app.clock()"
)
PLACES = (
    taking(
        "take_seat",
        "health_education_activity",
        "activity_id",
        full="activity_never_overbooked",
        condition=f"(capacity IS NULL OR taken < capacity) AND {OPEN}",
    )
    + f"""
-- Name and facility are the database's to say. A sign-up out of time is told apart from a full activity here; both are
-- decided by the one statement that takes the place.
CREATE FUNCTION app.signup_agrees() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  SELECT r.name INTO NEW.resident_name FROM public.residents_resident r WHERE r.id = NEW.resident_id;
  SELECT a.facility_id INTO NEW.facility_id FROM public.health_education_activity a WHERE a.id = NEW.activity_id;
  IF NOT NEW.walked_in AND NOT EXISTS (
      SELECT 1 FROM public.health_education_activity WHERE id = NEW.activity_id AND {OPEN}) THEN
    RAISE EXCEPTION 'nobody signs up for it now' USING ERRCODE = 'check_violation', CONSTRAINT = 'activity_takes_signups';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER signup_agrees BEFORE INSERT ON public.health_education_signup
  FOR EACH ROW EXECUTE FUNCTION app.signup_agrees();
CREATE TRIGGER signup_takes_a_place AFTER INSERT ON public.health_education_signup
  FOR EACH ROW WHEN (NOT NEW.walked_in AND NEW.cancelled_at IS NULL) EXECUTE FUNCTION app.take_seat();

CREATE FUNCTION app.signup_changes() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF OLD.cancelled_at IS NOT NULL OR
     (NEW.id, NEW.activity_id, NEW.facility_id, NEW.resident_id, NEW.walked_in, NEW.form_key, NEW.signed_by, NEW.signed_at)
     IS DISTINCT FROM
     (OLD.id, OLD.activity_id, OLD.facility_id, OLD.resident_id, OLD.walked_in, OLD.form_key, OLD.signed_by, OLD.signed_at)
  THEN
    RAISE EXCEPTION 'a sign-up is revived by signing up anew' USING ERRCODE = 'restrict_violation';
  END IF;
  IF NEW.attended_at IS NOT NULL AND OLD.attended_at IS NULL AND NOT EXISTS (
      SELECT 1 FROM public.health_education_activity a WHERE a.id = NEW.activity_id AND a.state = 'published'
        AND a.starts_at - {EARLY} <= app.clock()) THEN
    RAISE EXCEPTION 'nobody has come before it begins' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'signup_attended_once_it_begins';
  END IF;
  IF NEW.cancelled_at IS NOT NULL AND NOT NEW.walked_in THEN
    {giving_back("health_education_activity", "activity_id")}
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER cancelled_signup_gives_its_place_back BEFORE UPDATE ON public.health_education_signup
  FOR EACH ROW EXECUTE FUNCTION app.signup_changes();
CREATE TRIGGER signup_is_never_deleted BEFORE DELETE ON public.health_education_signup
  FOR EACH ROW EXECUTE FUNCTION app.refuse();
CREATE TRIGGER signups_are_never_truncated BEFORE TRUNCATE ON public.health_education_signup
  FOR EACH STATEMENT EXECUTE FUNCTION app.refuse();
"""
    + only_by_triggers("only_signups_change_the_count", "health_education_activity")
)
NO_PLACES = """
DROP TRIGGER only_signups_change_the_count ON public.health_education_activity;
DROP TRIGGER signups_are_never_truncated ON public.health_education_signup;
DROP TRIGGER signup_is_never_deleted ON public.health_education_signup;
DROP TRIGGER cancelled_signup_gives_its_place_back ON public.health_education_signup;
DROP TRIGGER signup_takes_a_place ON public.health_education_signup;
DROP TRIGGER signup_agrees ON public.health_education_signup;
DROP FUNCTION app.signup_changes(), app.signup_agrees(), app.take_seat();
"""

# What was announced is kept or called off, never taken back silently; who signed up hears of it in the same statement.
LIFE = """
CREATE FUNCTION app.activity_changes() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF NEW.facility_id <> OLD.facility_id OR (NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN
      (('draft', 'published'), ('draft', 'cancelled'), ('published', 'cancelled'))) THEN
    RAISE EXCEPTION 'an activity keeps its facility and never goes back' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'activity_never_goes_back';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER activity_changes BEFORE UPDATE ON public.health_education_activity
  FOR EACH ROW EXECUTE FUNCTION app.activity_changes();

CREATE FUNCTION app.activity_tells() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  INSERT INTO public.residents_notice (id, resident_id, kind, subject_id, created_at)
  SELECT gen_random_uuid(), s.resident_id,
    CASE NEW.state WHEN 'cancelled' THEN 'activity_cancelled' ELSE 'activity_changed' END,
    CASE NEW.state WHEN 'cancelled' THEN s.id ELSE gen_random_uuid() END, app.clock()
  FROM public.health_education_signup s
  WHERE s.activity_id = NEW.id AND s.cancelled_at IS NULL AND NOT s.walked_in AND OLD.ends_at > app.clock()
  ORDER BY s.resident_id
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER activity_tells AFTER UPDATE ON public.health_education_activity
  FOR EACH ROW WHEN (OLD.state = 'published' AND (NEW.state = 'cancelled' OR
    (NEW.starts_at, NEW.ends_at, NEW.place) IS DISTINCT FROM (OLD.starts_at, OLD.ends_at, OLD.place)))
  EXECUTE FUNCTION app.activity_tells();
CREATE TRIGGER activity_is_never_deleted BEFORE DELETE ON public.health_education_activity
  FOR EACH ROW EXECUTE FUNCTION app.refuse();
"""
NO_LIFE = """
DROP TRIGGER activity_is_never_deleted ON public.health_education_activity;
DROP TRIGGER activity_tells ON public.health_education_activity;
DROP TRIGGER activity_changes ON public.health_education_activity;
DROP FUNCTION app.activity_tells(), app.activity_changes();
"""

# Whoever holds the phone at the door was shown the code by the page; the database looks at the time and the person.
HERE = f"""
CREATE FUNCTION app.attend_activity(wanted uuid, person uuid) RETURNS text LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
DECLARE place uuid;
BEGIN
  IF (person = ANY (app.residents_for('booking'))) IS NOT TRUE THEN RETURN 'identity'; END IF;
  SELECT a.facility_id INTO place FROM public.health_education_activity a WHERE a.id = wanted AND a.state = 'published'
    AND a.starts_at - {EARLY} <= app.clock() AND a.ends_at + {EARLY} >= app.clock();
  IF NOT FOUND THEN RETURN 'closed'; END IF;
  UPDATE public.health_education_signup SET attended_at = app.clock(), attended_by = app.account()
    WHERE activity_id = wanted AND resident_id = person AND cancelled_at IS NULL AND attended_at IS NULL;
  IF FOUND THEN RETURN 'attended'; END IF;
  INSERT INTO public.health_education_signup (id, activity_id, facility_id, resident_id, walked_in, form_key, signed_by,
      signed_at, attended_at, attended_by)
    VALUES (gen_random_uuid(), wanted, place, person, true, gen_random_uuid(), app.account(), app.clock(), app.clock(),
      app.account())
    ON CONFLICT (activity_id, resident_id) WHERE cancelled_at IS NULL DO NOTHING;
  IF FOUND THEN RETURN 'attended'; END IF;
  RETURN 'already';
END $$;
COMMENT ON FUNCTION app.attend_activity(uuid, uuid) IS
  'Note that a person this session may act for is at an activity that is going on; without a sign-up too.';
REVOKE ALL ON FUNCTION app.attend_activity(uuid, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.attend_activity(uuid, uuid) TO {WEB};
"""
NO_HERE = "DROP FUNCTION app.attend_activity(uuid, uuid);"

# What a session of the web login may do to a sign-up beyond "whose it is": sign for itself, take back before it begins;
# the facility's staff tick off who came.
LIMITS = f"""
CREATE POLICY signed_by_oneself ON health_education_signup AS RESTRICTIVE FOR INSERT TO {WEB}
  WITH CHECK (NOT walked_in AND signed_by = (SELECT app.account()) AND cancelled_at IS NULL AND attended_at IS NULL);
CREATE POLICY taken_back_in_time_or_ticked_off ON health_education_signup AS RESTRICTIVE FOR UPDATE TO {WEB}
  USING (true)
  WITH CHECK (
    (cancelled_at IS NOT NULL AND cancelled_by = (SELECT app.account()) AND {own("booking")}
      AND EXISTS (SELECT 1 FROM health_education_activity a WHERE a.id = activity_id AND a.starts_at > app.clock()))
    OR (cancelled_at IS NULL AND {staff(*DESK)}
      AND (attended_by IS NULL OR attended_by = (SELECT app.account()))));
"""
NO_LIMITS = """
DROP POLICY taken_back_in_time_or_ticked_off ON health_education_signup;
DROP POLICY signed_by_oneself ON health_education_signup;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("health_education", "0006_finding"),
        ("facilities", "0005_roles"),
        ("residents", "0023_activities"),
    ]

    operations = [
        migrations.CreateModel(
            name="Activity",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("lecture", "健康讲座"),
                            ("consultation", "健康咨询、义诊"),
                            ("screening", "筛查"),
                            ("other", "其他活动"),
                        ],
                        max_length=20,
                        verbose_name="类型",
                    ),
                ),
                ("title", models.CharField(max_length=60, verbose_name="活动名称")),
                ("description", models.TextField(blank=True, max_length=1000, verbose_name="说明")),
                ("place", models.CharField(max_length=100, verbose_name="地点")),
                ("starts_at", models.DateTimeField(verbose_name="开始时间")),
                ("ends_at", models.DateTimeField(verbose_name="结束时间")),
                ("speaker", models.CharField(blank=True, max_length=100, verbose_name="主讲人")),
                (
                    "audience",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("everyone", "全人群"),
                                ("parents", "0-6岁儿童家长"),
                                ("teenagers", "青少年"),
                                ("pregnant", "孕产妇"),
                                ("elders", "65岁及以上"),
                                ("hypertension", "高血压患者"),
                                ("diabetes", "糖尿病患者"),
                                ("copd", "慢阻肺患者"),
                                ("at-risk", "慢性病高危人群"),
                                ("disabled", "残疾人"),
                                ("farmers", "农民和务工者"),
                                ("staff", "医务人员"),
                            ],
                            max_length=20,
                        ),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="适合谁来",
                    ),
                ),
                (
                    "materials",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.SlugField(max_length=80),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="活动资料（文章网址名）",
                    ),
                ),
                (
                    "capacity",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5000),
                        ],
                        verbose_name="名额",
                    ),
                ),
                ("taken", models.PositiveSmallIntegerField(default=0, editable=False, verbose_name="已报名")),
                ("signup_opens_at", models.DateTimeField(blank=True, null=True, verbose_name="开始报名")),
                ("signup_closes_at", models.DateTimeField(blank=True, null=True, verbose_name="截止报名")),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "草稿"), ("published", "已发布"), ("cancelled", "已取消")],
                        default="draft",
                        editable=False,
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("published_at", models.DateTimeField(editable=False, null=True, verbose_name="发布时间")),
                ("cancelled_at", models.DateTimeField(editable=False, null=True, verbose_name="取消时间")),
                (
                    "cancel_reason",
                    models.CharField(blank=True, editable=False, max_length=200, verbose_name="取消原因"),
                ),
                ("held_at", models.DateTimeField(editable=False, null=True, verbose_name="登记举办的时间")),
                (
                    "walk_ins",
                    models.PositiveIntegerField(default=0, editable=False, verbose_name="没有报名、也没有扫码的人数"),
                ),
                ("attended", models.PositiveIntegerField(default=0, editable=False, verbose_name="参加人数")),
                ("held_note", models.CharField(blank=True, editable=False, max_length=300, verbose_name="举办记录")),
                (
                    "facility",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="facilities.facility",
                        verbose_name="主办机构",
                    ),
                ),
                (
                    "topic",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="activities",
                        to="health_education.topic",
                        verbose_name="主题",
                    ),
                ),
            ],
            options={
                "verbose_name": "健康教育活动",
                "verbose_name_plural": "健康教育活动",
                "ordering": ["-starts_at"],
            },
        ),
        migrations.CreateModel(
            name="DutyEntry",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "form",
                    models.CharField(
                        choices=[
                            ("printed", "印刷资料"),
                            ("audio_video", "音像资料"),
                            ("board", "宣传栏更换"),
                            ("individual", "个体化健康教育"),
                        ],
                        max_length=20,
                        verbose_name="形式",
                    ),
                ),
                ("title", models.CharField(max_length=100, verbose_name="内容名称")),
                ("day", models.DateField(verbose_name="日期")),
                (
                    "copies",
                    models.PositiveIntegerField(
                        default=1, validators=[django.core.validators.MinValueValidator(1)], verbose_name="数量"
                    ),
                ),
                ("place", models.CharField(blank=True, max_length=100, verbose_name="地点")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="备注")),
                ("entered_by", models.UUIDField(editable=False)),
                ("entered_by_name", models.CharField(editable=False, max_length=100, verbose_name="登记人")),
                ("entered_at", models.DateTimeField(editable=False, verbose_name="登记时间")),
                ("struck_at", models.DateTimeField(editable=False, null=True, verbose_name="作废时间")),
                ("struck_by", models.UUIDField(editable=False, null=True)),
                (
                    "article",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="health_education.article",
                        verbose_name="门户里的文章",
                    ),
                ),
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
                "verbose_name": "健康教育工作登记",
                "verbose_name_plural": "健康教育工作登记",
                "ordering": ["-day", "-entered_at"],
            },
        ),
        migrations.CreateModel(
            name="SignUp",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("resident_name", models.CharField(db_default="", editable=False, max_length=100, verbose_name="姓名")),
                ("walked_in", models.BooleanField(default=False, verbose_name="现场扫码")),
                ("form_key", models.UUIDField(editable=False)),
                ("signed_by", models.UUIDField(editable=False)),
                ("signed_at", models.DateTimeField(verbose_name="报名时间")),
                ("cancelled_at", models.DateTimeField(null=True, verbose_name="取消时间")),
                ("cancelled_by", models.UUIDField(editable=False, null=True)),
                ("attended_at", models.DateTimeField(null=True, verbose_name="签到时间")),
                ("attended_by", models.UUIDField(editable=False, null=True)),
                (
                    "activity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="signups",
                        to="health_education.activity",
                        verbose_name="活动",
                    ),
                ),
                (
                    "facility",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="facilities.facility",
                        verbose_name="主办机构",
                    ),
                ),
                (
                    "resident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="residents.resident",
                        verbose_name="参加人",
                    ),
                ),
            ],
            options={
                "verbose_name": "活动报名",
                "verbose_name_plural": "活动报名",
                "ordering": ["signed_at"],
            },
        ),
        migrations.AddIndex(
            model_name="activity",
            index=models.Index(fields=["starts_at"], name="activity_by_time"),
        ),
        migrations.AddIndex(
            model_name="activity",
            index=models.Index(fields=["facility", "starts_at"], name="activity_by_facility"),
        ),
        migrations.AddConstraint(
            model_name="activity",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                name="activity_ends_after_it_starts",
                violation_error_message="结束时间应晚于开始时间。",
            ),
        ),
        migrations.AddConstraint(
            model_name="activity",
            constraint=models.CheckConstraint(
                condition=models.Q(("capacity__isnull", True), ("taken__lte", models.F("capacity")), _connector="OR"),
                name="activity_never_overbooked",
                violation_error_message="名额不能少于已经报名的人数。",
            ),
        ),
        migrations.AddConstraint(
            model_name="activity",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("signup_closes_at__isnull", True), ("signup_opens_at__isnull", True)),
                    models.Q(
                        ("signup_closes_at__lte", models.F("ends_at")),
                        ("signup_opens_at__lt", models.F("signup_closes_at")),
                    ),
                    _connector="OR",
                ),
                name="activity_signup_opens_before_it_closes",
                violation_error_message="报名的开始和截止时间要都填，截止不晚于活动结束；不用报名就都不填。",
            ),
        ),
        migrations.AddConstraint(
            model_name="activity",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("cancelled_at__isnull", False),
                        ("state", "cancelled"),
                        models.Q(("cancel_reason", ""), _negated=True),
                    ),
                    models.Q(models.Q(("state", "cancelled"), _negated=True), ("cancelled_at__isnull", True)),
                    _connector="OR",
                ),
                name="activity_cancelled_exactly_when_dated_with_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="activity",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("held_at__isnull", True),
                    models.Q(("held_at__gte", models.F("starts_at")), ("state", "published")),
                    _connector="OR",
                ),
                name="activity_held_was_published",
            ),
        ),
        migrations.AddConstraint(
            model_name="activity",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("published_at__isnull", True), ("state", "draft")),
                    models.Q(("state", "draft"), _negated=True),
                    _connector="OR",
                ),
                name="activity_published_is_dated",
            ),
        ),
        migrations.AddIndex(
            model_name="dutyentry",
            index=models.Index(fields=["facility", "day"], name="duty_entry_by_facility"),
        ),
        migrations.AddConstraint(
            model_name="dutyentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("title", ""), _negated=True), name="duty_entry_has_a_title"
            ),
        ),
        migrations.AddConstraint(
            model_name="dutyentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("copies__gte", 1)), name="duty_entry_is_about_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="dutyentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("form", "board"), _negated=True), models.Q(("place", ""), _negated=True), _connector="OR"
                ),
                name="duty_entry_of_a_board_says_which",
                violation_error_message="请写明是哪一块宣传栏，例如“卫生院大门东侧”。",
            ),
        ),
        migrations.AddConstraint(
            model_name="dutyentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("struck_at__isnull", True), ("struck_by__isnull", True)),
                    models.Q(("struck_at__isnull", False), ("struck_by__isnull", False)),
                    _connector="OR",
                ),
                name="duty_entry_struck_exactly_when_signed",
            ),
        ),
        migrations.AddIndex(
            model_name="signup",
            index=models.Index(fields=["resident", "-signed_at"], name="signup_by_resident"),
        ),
        migrations.AddConstraint(
            model_name="signup",
            constraint=models.UniqueConstraint(
                condition=models.Q(("cancelled_at__isnull", True)),
                fields=("activity", "resident"),
                name="one_live_signup_per_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="signup",
            constraint=models.UniqueConstraint(fields=("signed_by", "form_key"), name="one_signup_per_submitted_form"),
        ),
        migrations.AddConstraint(
            model_name="signup",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("cancelled_at__isnull", True), ("cancelled_by__isnull", True)),
                    models.Q(
                        ("attended_at__isnull", True), ("cancelled_at__isnull", False), ("cancelled_by__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="signup_cancelled_exactly_when_signed_and_not_attended",
            ),
        ),
        migrations.AddConstraint(
            model_name="signup",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("attended_at__isnull", True), ("attended_by__isnull", True)),
                    models.Q(("attended_at__isnull", False), ("attended_by__isnull", False)),
                    _connector="OR",
                ),
                name="signup_attended_exactly_when_signed",
            ),
        ),
        migrations.RunSQL(PLACES, NO_PLACES),
        migrations.RunSQL(LIFE, NO_LIFE),
        migrations.RunSQL(HERE, NO_HERE),
        Guard(
            "health_education_activity",
            select=["state <> 'draft'", staff(*WRITERS), VILLAGES],
            insert=[staff(*WRITERS)],
            update=[staff(*WRITERS)],
            update_columns=[
                "kind",
                "title",
                "description",
                "place",
                "starts_at",
                "ends_at",
                "speaker",
                "topic_id",
                "audience",
                "materials",
                "capacity",
                "signup_opens_at",
                "signup_closes_at",
                "state",
                "published_at",
                "cancelled_at",
                "cancel_reason",
                "held_at",
                "walk_ins",
                "attended",
                "held_note",
            ],
            worker="SELECT",
        ),
        Guard(
            "health_education_signup",
            select=[own("booking"), staff(*DESK)],
            insert=[own("booking")],
            update=[own("booking"), staff(*DESK)],
            update_columns=["cancelled_at", "cancelled_by", "attended_at", "attended_by"],
            worker="SELECT",
        ),
        Guard(
            "health_education_dutyentry",
            select=[staff(*WRITERS), VILLAGES],
            insert=[staff(*WRITERS) + " AND " + own_account("entered_by")],
            update=[staff(*WRITERS)],
            update_columns=["struck_at", "struck_by"],
            worker="SELECT",
        ),
        migrations.RunSQL(LIMITS, NO_LIMITS),
    ]
