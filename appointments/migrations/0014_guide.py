import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import foundation.keys
from foundation.operations import Guard, role

KEEPERS = ("editor", "reviewer")
READERS = ("editor", "reviewer", "administrator")
OF_A_VERSION = "version_id IN (SELECT v.id FROM public.appointments_guideversion v)"

# Who wrote and who reviewed is the database's to say; what was reviewed stays, and can only be withdrawn.
KEPT = """
CREATE FUNCTION app.guide_signs_its_versions() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.reviewed_at IS NOT NULL THEN
    IF OLD.withdrawn_at IS NOT NULL
        OR to_jsonb(NEW) - 'withdrawn_at' IS DISTINCT FROM to_jsonb(OLD) - 'withdrawn_at' THEN
      RAISE EXCEPTION 'reviewed rules never change' USING ERRCODE = 'check_violation',
        CONSTRAINT = 'guide_stays_as_it_was_reviewed';
    END IF;
    NEW.withdrawn_at := app.clock();
    RETURN NEW;
  END IF;
  IF session_user <> 'portal_web' THEN
    RETURN NEW;
  END IF;
  IF TG_OP = 'INSERT' THEN
    NEW.editors := ARRAY[app.account()];
    NEW.author_name := left(app.own_name(), 100);
    NEW.changed_at := app.clock();
    NEW.reviewed_by := NULL; NEW.reviewer_name := ''; NEW.reviewed_at := NULL;
    NEW.valid_from := NULL; NEW.withdrawn_at := NULL;
  ELSIF NEW.reviewed_at IS NULL THEN
    NEW.editors := CASE WHEN app.account() = ANY (OLD.editors) THEN OLD.editors
      ELSE OLD.editors || app.account() END;
    NEW.author_name := OLD.author_name;
    NEW.changed_at := app.clock();
  ELSE
    IF NOT app.has_role(ARRAY['reviewer']) THEN
      RAISE EXCEPTION 'only a medical reviewer reviews' USING ERRCODE = 'insufficient_privilege';
    END IF;
    NEW.number := OLD.number; NEW.note := OLD.note; NEW.source := OLD.source;
    NEW.editors := OLD.editors; NEW.author_name := OLD.author_name; NEW.changed_at := OLD.changed_at;
    NEW.reviewed_by := app.account();
    NEW.reviewer_name := left(app.own_name(), 100);
    NEW.reviewed_at := app.clock();
    NEW.withdrawn_at := NULL;
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION app.guide_signs_its_versions() IS
  'Names who wrote and who reviewed a version of the guide''s rules; a reviewed one stays as it is.';
CREATE TRIGGER version_is_signed BEFORE INSERT OR UPDATE ON public.appointments_guideversion
  FOR EACH ROW EXECUTE FUNCTION app.guide_signs_its_versions();

CREATE FUNCTION app.guide_is_written_in_drafts() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
DECLARE
  of_version uuid;
BEGIN
  IF TG_TABLE_NAME = 'appointments_guidequestion' THEN
    IF TG_OP = 'UPDATE' AND NEW.symptom_id IS DISTINCT FROM OLD.symptom_id THEN
      RAISE EXCEPTION 'a question stays with its complaint' USING ERRCODE = 'check_violation',
        CONSTRAINT = 'guide_row_stays_in_its_version';
    END IF;
    SELECT s.version_id INTO of_version FROM public.appointments_guidesymptom s WHERE s.id = NEW.symptom_id;
  ELSE
    IF TG_OP = 'UPDATE' AND NEW.version_id IS DISTINCT FROM OLD.version_id THEN
      RAISE EXCEPTION 'a rule stays in its version' USING ERRCODE = 'check_violation',
        CONSTRAINT = 'guide_row_stays_in_its_version';
    END IF;
    of_version := NEW.version_id;
  END IF;
  -- Taking the version's row first, so that nothing is written between a review and its end.
  UPDATE public.appointments_guideversion SET changed_at = app.clock() WHERE id = of_version AND reviewed_at IS NULL;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'reviewed rules never change' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'guide_stays_as_it_was_reviewed';
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION app.guide_is_written_in_drafts() IS
  'A rule of the guide is written in a version that is not reviewed yet; whoever writes becomes one of its editors.';
CREATE TRIGGER sign_is_drafted BEFORE INSERT OR UPDATE ON public.appointments_guidesign
  FOR EACH ROW EXECUTE FUNCTION app.guide_is_written_in_drafts();
CREATE TRIGGER symptom_is_drafted BEFORE INSERT OR UPDATE ON public.appointments_guidesymptom
  FOR EACH ROW EXECUTE FUNCTION app.guide_is_written_in_drafts();
CREATE TRIGGER question_is_drafted BEFORE INSERT OR UPDATE ON public.appointments_guidequestion
  FOR EACH ROW EXECUTE FUNCTION app.guide_is_written_in_drafts();
"""
NOT_KEPT = """
DROP TRIGGER question_is_drafted ON public.appointments_guidequestion;
DROP TRIGGER symptom_is_drafted ON public.appointments_guidesymptom;
DROP TRIGGER sign_is_drafted ON public.appointments_guidesign;
DROP FUNCTION app.guide_is_written_in_drafts();
DROP TRIGGER version_is_signed ON public.appointments_guideversion;
DROP FUNCTION app.guide_signs_its_versions();
"""


def rules_of_a_version(table: str, readable: str) -> Guard:
    """A table of rules: whoever may read their version reads them, editors write."""
    return Guard(table, select=[readable], insert=[role("editor")], update=[role("editor")], worker="SELECT")


class Migration(migrations.Migration):
    """The rules of the guide, written by one person and reviewed by another."""

    dependencies = [
        ("appointments", "0013_reminders"),
    ]

    operations = [
        migrations.CreateModel(
            name="GuideVersion",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.PositiveIntegerField(unique=True, verbose_name="版次")),
                ("note", models.CharField(max_length=200, verbose_name="这一版改了什么")),
                (
                    "source",
                    models.CharField(
                        help_text="例如：县人民医院分诊制度2026年版、国家卫生健康委相关指南。",
                        max_length=300,
                        verbose_name="依据",
                    ),
                ),
                (
                    "editors",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), default=list, editable=False, size=None
                    ),
                ),
                ("author_name", models.CharField(editable=False, max_length=100, verbose_name="编写人")),
                ("changed_at", models.DateTimeField(editable=False, verbose_name="最后修改")),
                ("reviewed_by", models.UUIDField(editable=False, null=True)),
                (
                    "reviewer_name",
                    models.CharField(blank=True, editable=False, max_length=100, verbose_name="医学审核人"),
                ),
                ("reviewed_at", models.DateTimeField(editable=False, null=True, verbose_name="审核时间")),
                ("valid_from", models.DateField(editable=False, null=True, verbose_name="启用日期")),
                ("withdrawn_at", models.DateTimeField(editable=False, null=True, verbose_name="停用时间")),
            ],
            options={
                "verbose_name": "导诊规则",
                "verbose_name_plural": "导诊规则",
                "ordering": ["-number"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("reviewed_at", None),
                                ("reviewed_by", None),
                                ("reviewer_name", ""),
                                ("valid_from", None),
                                ("withdrawn_at", None),
                            ),
                            models.Q(
                                ("reviewed_at__isnull", False),
                                ("reviewed_by__isnull", False),
                                ("valid_from__isnull", False),
                                models.Q(("reviewer_name", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="guide_is_reviewed_whole_or_not_at_all",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("reviewed_by", None),
                            models.Q(("editors__contains", [models.F("reviewed_by")]), _negated=True),
                            _connector="OR",
                        ),
                        name="guide_is_reviewed_by_somebody_else",
                        violation_error_message="写过这一版的人不能审核它。",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="GuideSymptom",
            fields=[
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("emergency", "马上打120"),
                            ("hotline", "打12356心理援助热线"),
                            ("department", "去看科室"),
                        ],
                        default="department",
                        max_length=12,
                        verbose_name="结果",
                    ),
                ),
                (
                    "departments",
                    models.CharField(
                        blank=True,
                        help_text="科室的名字，合适的都写上，用顿号分开，最合适的写在前面，例如：儿科、全科。",
                        max_length=100,
                        verbose_name="科室",
                    ),
                ),
                (
                    "level",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("village", "村卫生室就可以"),
                            ("township", "至少乡镇卫生院"),
                            ("county", "要到县级医院"),
                        ],
                        max_length=10,
                        verbose_name="哪一级能看",
                    ),
                ),
                (
                    "urgency",
                    models.CharField(
                        blank=True,
                        choices=[("today", "今天就去"), ("days", "这几天去"), ("anytime", "约个方便的时间去")],
                        max_length=10,
                        verbose_name="多快去",
                    ),
                ),
                (
                    "advice",
                    models.CharField(
                        blank=True,
                        help_text="用大白话写，一两句。不写诊断，不写药名。",
                        max_length=300,
                        verbose_name="去之前怎么办",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=10, help_text="小的在前。", verbose_name="先后")),
                ("in_use", models.BooleanField(default=True, verbose_name="启用")),
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "part",
                    models.CharField(
                        choices=[
                            ("whole", "全身"),
                            ("head", "头"),
                            ("eye", "眼睛"),
                            ("throat", "耳朵、鼻子、喉咙"),
                            ("mouth", "牙齿、嘴"),
                            ("chest", "胸口、呼吸"),
                            ("belly", "肚子"),
                            ("urine", "大小便"),
                            ("limbs", "腰、腿、关节"),
                            ("skin", "皮肤"),
                            ("women", "月经、怀孕"),
                            ("mind", "心情、睡眠"),
                            ("injury", "受伤"),
                        ],
                        max_length=10,
                        verbose_name="部位",
                    ),
                ),
                ("name", models.CharField(help_text="照本地人的说法写。", max_length=40, verbose_name="哪里不舒服")),
                (
                    "other_words",
                    models.CharField(
                        blank=True,
                        help_text="居民打字查找时用，例如：心口疼、心慌。",
                        max_length=200,
                        verbose_name="别的说法",
                    ),
                ),
                ("for_adults", models.BooleanField(default=True, verbose_name="大人")),
                ("for_children", models.BooleanField(default=False, verbose_name="14岁以下孩子")),
                ("for_pregnant", models.BooleanField(default=False, verbose_name="怀孕的人")),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="symptoms",
                        to="appointments.guideversion",
                        verbose_name="导诊规则",
                    ),
                ),
            ],
            options={
                "verbose_name": "导诊症状",
                "verbose_name_plural": "导诊症状",
                "ordering": ["position", "id"],
            },
        ),
        migrations.CreateModel(
            name="GuideSign",
            fields=[
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("emergency", "马上打120"),
                            ("hotline", "打12356心理援助热线"),
                            ("department", "去看科室"),
                        ],
                        default="department",
                        max_length=12,
                        verbose_name="结果",
                    ),
                ),
                (
                    "departments",
                    models.CharField(
                        blank=True,
                        help_text="科室的名字，合适的都写上，用顿号分开，最合适的写在前面，例如：儿科、全科。",
                        max_length=100,
                        verbose_name="科室",
                    ),
                ),
                (
                    "level",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("village", "村卫生室就可以"),
                            ("township", "至少乡镇卫生院"),
                            ("county", "要到县级医院"),
                        ],
                        max_length=10,
                        verbose_name="哪一级能看",
                    ),
                ),
                (
                    "urgency",
                    models.CharField(
                        blank=True,
                        choices=[("today", "今天就去"), ("days", "这几天去"), ("anytime", "约个方便的时间去")],
                        max_length=10,
                        verbose_name="多快去",
                    ),
                ),
                (
                    "advice",
                    models.CharField(
                        blank=True,
                        help_text="用大白话写，一两句。不写诊断，不写药名。",
                        max_length=300,
                        verbose_name="去之前怎么办",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=10, help_text="小的在前。", verbose_name="先后")),
                ("in_use", models.BooleanField(default=True, verbose_name="启用")),
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("text", models.CharField(max_length=100, verbose_name="危险信号")),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="signs",
                        to="appointments.guideversion",
                        verbose_name="导诊规则",
                    ),
                ),
            ],
            options={
                "verbose_name": "危险信号",
                "verbose_name_plural": "危险信号",
                "ordering": ["position", "id"],
            },
        ),
        migrations.CreateModel(
            name="GuideQuestion",
            fields=[
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("emergency", "马上打120"),
                            ("hotline", "打12356心理援助热线"),
                            ("department", "去看科室"),
                        ],
                        default="department",
                        max_length=12,
                        verbose_name="结果",
                    ),
                ),
                (
                    "departments",
                    models.CharField(
                        blank=True,
                        help_text="科室的名字，合适的都写上，用顿号分开，最合适的写在前面，例如：儿科、全科。",
                        max_length=100,
                        verbose_name="科室",
                    ),
                ),
                (
                    "level",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("village", "村卫生室就可以"),
                            ("township", "至少乡镇卫生院"),
                            ("county", "要到县级医院"),
                        ],
                        max_length=10,
                        verbose_name="哪一级能看",
                    ),
                ),
                (
                    "urgency",
                    models.CharField(
                        blank=True,
                        choices=[("today", "今天就去"), ("days", "这几天去"), ("anytime", "约个方便的时间去")],
                        max_length=10,
                        verbose_name="多快去",
                    ),
                ),
                (
                    "advice",
                    models.CharField(
                        blank=True,
                        help_text="用大白话写，一两句。不写诊断，不写药名。",
                        max_length=300,
                        verbose_name="去之前怎么办",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=10, help_text="小的在前。", verbose_name="先后")),
                ("in_use", models.BooleanField(default=True, verbose_name="启用")),
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "text",
                    models.CharField(
                        help_text="只问一件事，能用“有”或“没有”回答。", max_length=150, verbose_name="问题"
                    ),
                ),
                (
                    "symptom",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="questions",
                        to="appointments.guidesymptom",
                        verbose_name="导诊症状",
                    ),
                ),
            ],
            options={
                "verbose_name": "导诊问题",
                "verbose_name_plural": "导诊问题",
                "ordering": ["position", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("outcome", "department"),
                                models.Q(("departments", ""), _negated=True),
                                models.Q(("level", ""), _negated=True),
                                models.Q(("urgency", ""), _negated=True),
                            ),
                            models.Q(
                                models.Q(("outcome", "department"), _negated=True),
                                ("departments", ""),
                                ("level", ""),
                                ("urgency", ""),
                            ),
                            _connector="OR",
                        ),
                        name="guide_question_has_its_place",
                        violation_error_message="去看科室的，要写明科室、哪一级能看、多快去；打电话的，这三项都不填。",
                    )
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="guidesymptom",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("outcome", "department"),
                        models.Q(("departments", ""), _negated=True),
                        models.Q(("level", ""), _negated=True),
                        models.Q(("urgency", ""), _negated=True),
                    ),
                    models.Q(
                        models.Q(("outcome", "department"), _negated=True),
                        ("departments", ""),
                        ("level", ""),
                        ("urgency", ""),
                    ),
                    _connector="OR",
                ),
                name="guide_symptom_has_its_place",
                violation_error_message="去看科室的，要写明科室、哪一级能看、多快去；打电话的，这三项都不填。",
            ),
        ),
        migrations.AddConstraint(
            model_name="guidesymptom",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("for_adults", True), ("for_children", True), ("for_pregnant", True), _connector="OR"
                ),
                name="guide_symptom_is_for_somebody",
                violation_error_message="请至少选一种人。",
            ),
        ),
        migrations.AddConstraint(
            model_name="guidesign",
            constraint=models.CheckConstraint(
                condition=models.Q(("outcome", "department"), _negated=True),
                name="guide_sign_leads_to_the_telephone",
                violation_error_message="危险信号只能是打120或打热线。",
            ),
        ),
        migrations.AddConstraint(
            model_name="guidesign",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("outcome", "department"),
                        models.Q(("departments", ""), _negated=True),
                        models.Q(("level", ""), _negated=True),
                        models.Q(("urgency", ""), _negated=True),
                    ),
                    models.Q(
                        models.Q(("outcome", "department"), _negated=True),
                        ("departments", ""),
                        ("level", ""),
                        ("urgency", ""),
                    ),
                    _connector="OR",
                ),
                name="guide_sign_has_its_place",
                violation_error_message="去看科室的，要写明科室、哪一级能看、多快去；打电话的，这三项都不填。",
            ),
        ),
        migrations.RunSQL(KEPT, NOT_KEPT),
        Guard(
            "appointments_guideversion",
            select=["reviewed_at IS NOT NULL", role(*READERS)],
            insert=[role("editor")],
            update=[role(*KEEPERS)],
            worker="SELECT",
        ),
        rules_of_a_version("appointments_guidesign", OF_A_VERSION),
        rules_of_a_version("appointments_guidesymptom", OF_A_VERSION),
        rules_of_a_version(
            "appointments_guidequestion", "symptom_id IN (SELECT s.id FROM public.appointments_guidesymptom s)"
        ),
    ]
