import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import foundation.keys
from foundation.operations import WEB, Guard, anyone, at_bureau, own

FORMS = ("document", "examination", "followup")
# As for every other record table: what left, waits, was recalled, or is of a special disease (0004, 0007, 0008, 0010).
HIDDEN = f"""
CREATE POLICY special_only_to_oneself ON public.records_{{name}} AS RESTRICTIVE FOR SELECT TO {WEB}
  USING (sensitivity < 5 OR resident_id = (SELECT app.own_resident()));
CREATE POLICY recalled_to_nobody ON public.records_{{name}} AS RESTRICTIVE FOR SELECT TO {WEB}
  USING (release <> 'recalled');
CREATE POLICY left_to_nobody ON public.records_{{name}} AS RESTRICTIVE FOR SELECT TO {WEB}
  USING (left_at IS NULL);
CREATE POLICY not_before_its_time ON public.records_{{name}} AS RESTRICTIVE FOR SELECT TO {WEB}
  USING (release <> 'pending');
CREATE INDEX {{name}}_waits ON public.records_{{name}} (resident_id, release_at) WHERE release = 'pending';
CREATE TRIGGER judge_again AFTER UPDATE OF release, withdrawn_at ON public.records_{{name}} FOR EACH ROW
  WHEN (OLD.release IS DISTINCT FROM NEW.release OR OLD.withdrawn_at IS DISTINCT FROM NEW.withdrawn_at)
  EXECUTE FUNCTION app.judge_again();
"""
SHOWN = """
DROP TRIGGER judge_again ON public.records_{name};
DROP INDEX public.{name}_waits;
DROP POLICY not_before_its_time ON public.records_{name};
DROP POLICY left_to_nobody ON public.records_{name};
DROP POLICY recalled_to_nobody ON public.records_{name};
DROP POLICY special_only_to_oneself ON public.records_{name};
"""

# 国家免疫规划疫苗儿童免疫程序及说明: the edition of 2021 with what changed in 2025 (百白破, HPV), and the edition of 2026
# (国疾控卫免发〔2026〕16号). Of each dose: its number, from which month of age, before which month.
Dose = tuple[int, int, int | None]
Vaccine = tuple[str, list[str], list[int]]
OF_2021 = "国家免疫规划疫苗儿童免疫程序及说明（2021年版）"
OF_2025 = "百白破疫苗和白破疫苗免疫程序调整（2025年1月1日起）"
OF_2026 = "国家免疫规划疫苗儿童免疫程序及说明（2026年版）"
DTP: Vaccine = ("百白破疫苗", ["百白破"], [20, 50, 106, 107, 110, 120, 146])
DT: Vaccine = ("白破疫苗", ["白喉破伤风"], [28])
MENINGITIS_A: Vaccine = ("A群流脑多糖疫苗", ["A群流脑", "A群脑膜炎"], [191])
HPV: Vaccine = ("HPV疫苗", ["HPV", "人乳头瘤"], [62, 118, 137, 165])
SAME: list[tuple[Vaccine, list[Dose]]] = [
    (("乙肝疫苗", ["乙肝", "乙型肝炎"], [8, 43, 45, 110, 146]), [(1, 0, 1), (2, 1, None), (3, 6, 12)]),
    (("卡介苗", ["卡介"], [19]), [(1, 0, 3)]),
    (
        ("脊灰疫苗", ["脊灰", "脊髓灰质炎"], [2, 10, 89, 110, 120, 146, 178]),
        [(1, 2, None), (2, 3, None), (3, 4, 12), (4, 48, 60)],
    ),
    (("麻腮风疫苗", ["麻腮风", "麻疹"], [3, 4, 5, 94]), [(1, 8, 12), (2, 18, 24)]),
    (("乙脑减毒活疫苗", ["乙脑", "乙型脑炎"], [39, 129, 134]), [(1, 8, 12), (2, 24, 36)]),
    (("A群C群流脑多糖疫苗", ["A群C群", "A+C群", "AC群", "A、C群"], [192]), [(1, 36, 48), (2, 72, 84)]),
    (("甲肝减毒活疫苗", ["甲肝", "甲型肝炎", "甲乙型"], [52, 83, 85, 104]), [(1, 18, 24)]),
]
GIRLS = ("female", "2011-11-10")


def _words(values: list[str]) -> str:
    return "ARRAY[" + ",".join(f"'{value}'" for value in values) + "]::varchar[]"


def _doses(
    what: Vaccine, doses: list[Dose], source: str, *valid: str | None, whom: tuple[str, str | None] = ("", None)
) -> list[str]:
    """The rows of one vaccine, valid from and until a day; `whom`: sex, and born from which day on."""
    vaccine, names, codes = what
    days = ", ".join(f"'{day}'" if day else "NULL" for day in (whom[1], *valid))
    return [
        f"(gen_random_uuid(), '{vaccine}', {_words(names)}, {_words([f'cvx:{code:02d}' for code in codes])}, {dose},"
        f" {since}, {'NULL' if before is None else before}, '{whom[0]}', {days}, '{source}')"
        for dose, since, before in doses
    ]


FIVE: list[Dose] = [(1, 2, None), (2, 4, None), (3, 6, 12), (4, 18, 24), (5, 72, 84)]
ROWS = [
    *[row for what, doses in SAME for row in _doses(what, doses, OF_2021, "2021-03-01", "2026-06-16")],
    *_doses(MENINGITIS_A, [(1, 6, None), (2, 9, 18)], OF_2021, "2021-03-01", "2026-06-16"),
    *_doses(DTP, [(1, 3, None), (2, 4, None), (3, 5, 12), (4, 18, 24)], OF_2021, "2021-03-01", "2024-12-31"),
    *_doses(DT, [(1, 72, 84)], OF_2021, "2021-03-01", "2024-12-31"),
    *_doses(DTP, FIVE, OF_2025, "2025-01-01", "2026-06-16"),
    *[row for what, doses in SAME for row in _doses(what, doses, OF_2026, "2026-06-17", None)],
    *_doses(MENINGITIS_A, [(1, 6, 12), (2, 9, 24)], OF_2026, "2026-06-17", None),
    *_doses(DTP, FIVE, OF_2026, "2026-06-17", None),
    *_doses(HPV, [(1, 156, 168), (2, 162, 168)], OF_2026, "2026-06-17", None, whom=GIRLS),
]
SEEDS = (
    "INSERT INTO records_scheduleddose (id, vaccine, names, codes, dose, from_months, until_months, sex, born_from,"
    " valid_from, valid_until, source) VALUES\n" + ",\n".join(ROWS)
)
# What is in force the people of the bureau say who answer for vaccination; a rule is ended and another one made.
MAKERS = [at_bureau("administrator", "public_health")]


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0025_ledger_columns"),
        ("facilities", "0005_roles"),
        ("records", "0009_recalled_copies"),
        ("residents", "0024_feedback"),
    ]

    operations = [
        migrations.CreateModel(
            name="ScheduledDose",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("vaccine", models.CharField(max_length=60, verbose_name="疫苗")),
                (
                    "names",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60), size=None, verbose_name="识别用的名称"
                    ),
                ),
                (
                    "codes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="识别用的代码",
                    ),
                ),
                (
                    "dose",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(9),
                        ],
                        verbose_name="第几剂",
                    ),
                ),
                (
                    "from_months",
                    models.PositiveSmallIntegerField(
                        validators=[django.core.validators.MaxValueValidator(240)], verbose_name="起始月龄"
                    ),
                ),
                (
                    "until_months",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(240)],
                        verbose_name="应在此月龄前完成",
                    ),
                ),
                (
                    "sex",
                    models.CharField(
                        blank=True, choices=[("female", "女"), ("male", "男")], max_length=10, verbose_name="性别"
                    ),
                ),
                ("born_from", models.DateField(blank=True, null=True, verbose_name="适用于此日及以后出生")),
                ("valid_from", models.DateField(verbose_name="开始执行日期")),
                ("valid_until", models.DateField(blank=True, null=True, verbose_name="停止执行日期")),
                ("source", models.CharField(max_length=200, verbose_name="依据")),
            ],
            options={
                "verbose_name": "免疫程序",
                "verbose_name_plural": "免疫程序",
                "ordering": ["from_months", "vaccine", "dose"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("valid_until__isnull", True)),
                        fields=("vaccine", "dose"),
                        name="one_rule_for_a_dose",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("until_months__isnull", True),
                            ("until_months__gt", models.F("from_months")),
                            _connector="OR",
                        ),
                        name="dose_is_due_before_it_is_late",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Document",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("facility_name", models.CharField(max_length=100, verbose_name="机构名称")),
                ("identifier", models.CharField(max_length=200)),
                ("version", models.CharField(max_length=80)),
                ("source_updated_at", models.DateTimeField(null=True)),
                ("occurred_at", models.DateTimeField(null=True, verbose_name="发生时间")),
                ("zone_assumed", models.BooleanField(default=False)),
                ("received_at", models.DateTimeField(verbose_name="接收时间")),
                ("sensitivity", models.PositiveSmallIntegerField(default=4, verbose_name="敏感级别")),
                (
                    "release",
                    models.CharField(
                        choices=[
                            ("released", "可在线查看"),
                            ("withheld", "请到检查机构领取"),
                            ("pending", "等医生先联系本人"),
                            ("recalled", "正在核查，暂不显示"),
                        ],
                        default="released",
                        max_length=10,
                        verbose_name="发布策略",
                    ),
                ),
                ("release_at", models.DateTimeField(null=True, verbose_name="最晚发布时间")),
                ("ruled_by", models.UUIDField(null=True, verbose_name="按哪条发布规则")),
                ("folded_into", models.UUIDField(null=True, verbose_name="与之重复的一条")),
                ("left_at", models.DateTimeField(null=True, verbose_name="改归他人的时间")),
                ("superseded_at", models.DateTimeField(null=True, verbose_name="被更新的时间")),
                ("withdrawn_at", models.DateTimeField(null=True, verbose_name="撤回时间")),
                ("code_system", models.CharField(blank=True, max_length=100)),
                ("code", models.CharField(blank=True, max_length=60, verbose_name="文书类型代码")),
                ("title", models.CharField(max_length=200, verbose_name="名称")),
                ("author", models.CharField(blank=True, max_length=100, verbose_name="作者")),
                ("department_name", models.CharField(blank=True, max_length=100, verbose_name="科室")),
                ("sections", models.JSONField(default=list, verbose_name="内容")),
                ("unshown_files", models.PositiveSmallIntegerField(default=0)),
                ("encounter_identifier", models.CharField(blank=True, max_length=200)),
                (
                    "facility",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="facilities.facility",
                        verbose_name="来源机构",
                    ),
                ),
                (
                    "resident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="residents.resident",
                        verbose_name="居民",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="exchange.source",
                        verbose_name="数据来源",
                    ),
                ),
            ],
            options={
                "verbose_name": "医疗文书",
                "verbose_name_plural": "医疗文书",
                "indexes": [models.Index(fields=["resident", "-occurred_at"], name="document_by_resident")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("source", "identifier", "version"), name="document_stored_once_per_version"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("superseded_at__isnull", True)),
                        fields=("source", "identifier"),
                        name="one_current_document",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("sensitivity__gte", 1), ("sensitivity__lte", 5)),
                        name="document_sensitivity_is_1_to_5",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Examination",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("facility_name", models.CharField(max_length=100, verbose_name="机构名称")),
                ("identifier", models.CharField(max_length=200)),
                ("version", models.CharField(max_length=80)),
                ("source_updated_at", models.DateTimeField(null=True)),
                ("occurred_at", models.DateTimeField(null=True, verbose_name="发生时间")),
                ("zone_assumed", models.BooleanField(default=False)),
                ("received_at", models.DateTimeField(verbose_name="接收时间")),
                ("sensitivity", models.PositiveSmallIntegerField(default=4, verbose_name="敏感级别")),
                (
                    "release",
                    models.CharField(
                        choices=[
                            ("released", "可在线查看"),
                            ("withheld", "请到检查机构领取"),
                            ("pending", "等医生先联系本人"),
                            ("recalled", "正在核查，暂不显示"),
                        ],
                        default="released",
                        max_length=10,
                        verbose_name="发布策略",
                    ),
                ),
                ("release_at", models.DateTimeField(null=True, verbose_name="最晚发布时间")),
                ("ruled_by", models.UUIDField(null=True, verbose_name="按哪条发布规则")),
                ("folded_into", models.UUIDField(null=True, verbose_name="与之重复的一条")),
                ("left_at", models.DateTimeField(null=True, verbose_name="改归他人的时间")),
                ("superseded_at", models.DateTimeField(null=True, verbose_name="被更新的时间")),
                ("withdrawn_at", models.DateTimeField(null=True, verbose_name="撤回时间")),
                ("title", models.CharField(max_length=200, verbose_name="名称")),
                ("department_name", models.CharField(blank=True, max_length=100, verbose_name="科室")),
                ("practitioner_name", models.CharField(blank=True, max_length=100, verbose_name="医生")),
                ("answers", models.JSONField(default=list, verbose_name="内容")),
                ("encounter_identifier", models.CharField(blank=True, max_length=200)),
                ("year", models.PositiveSmallIntegerField(null=True, verbose_name="年度")),
                ("assessment", models.TextField(blank=True, verbose_name="健康评价")),
                ("guidance", models.TextField(blank=True, verbose_name="健康指导")),
                (
                    "facility",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="facilities.facility",
                        verbose_name="来源机构",
                    ),
                ),
                (
                    "resident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="residents.resident",
                        verbose_name="居民",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="exchange.source",
                        verbose_name="数据来源",
                    ),
                ),
            ],
            options={
                "verbose_name": "健康体检",
                "verbose_name_plural": "健康体检",
                "indexes": [models.Index(fields=["resident", "-occurred_at"], name="examination_by_resident")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("source", "identifier", "version"), name="examination_stored_once_per_version"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("superseded_at__isnull", True)),
                        fields=("source", "identifier"),
                        name="one_current_examination",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("sensitivity__gte", 1), ("sensitivity__lte", 5)),
                        name="examination_sensitivity_is_1_to_5",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FollowUp",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("facility_name", models.CharField(max_length=100, verbose_name="机构名称")),
                ("identifier", models.CharField(max_length=200)),
                ("version", models.CharField(max_length=80)),
                ("source_updated_at", models.DateTimeField(null=True)),
                ("occurred_at", models.DateTimeField(null=True, verbose_name="发生时间")),
                ("zone_assumed", models.BooleanField(default=False)),
                ("received_at", models.DateTimeField(verbose_name="接收时间")),
                ("sensitivity", models.PositiveSmallIntegerField(default=4, verbose_name="敏感级别")),
                (
                    "release",
                    models.CharField(
                        choices=[
                            ("released", "可在线查看"),
                            ("withheld", "请到检查机构领取"),
                            ("pending", "等医生先联系本人"),
                            ("recalled", "正在核查，暂不显示"),
                        ],
                        default="released",
                        max_length=10,
                        verbose_name="发布策略",
                    ),
                ),
                ("release_at", models.DateTimeField(null=True, verbose_name="最晚发布时间")),
                ("ruled_by", models.UUIDField(null=True, verbose_name="按哪条发布规则")),
                ("folded_into", models.UUIDField(null=True, verbose_name="与之重复的一条")),
                ("left_at", models.DateTimeField(null=True, verbose_name="改归他人的时间")),
                ("superseded_at", models.DateTimeField(null=True, verbose_name="被更新的时间")),
                ("withdrawn_at", models.DateTimeField(null=True, verbose_name="撤回时间")),
                ("title", models.CharField(max_length=200, verbose_name="名称")),
                ("department_name", models.CharField(blank=True, max_length=100, verbose_name="科室")),
                ("practitioner_name", models.CharField(blank=True, max_length=100, verbose_name="医生")),
                ("answers", models.JSONField(default=list, verbose_name="内容")),
                ("encounter_identifier", models.CharField(blank=True, max_length=200)),
                (
                    "programme",
                    models.CharField(
                        choices=[
                            ("hypertension", "高血压随访"),
                            ("diabetes", "糖尿病随访"),
                            ("copd", "慢阻肺随访"),
                            ("maternal", "孕产妇健康管理"),
                            ("child", "儿童健康检查"),
                            ("elderly", "老年人生活自理能力评估"),
                            ("tcm", "中医体质辨识"),
                            ("mental", "严重精神障碍患者随访"),
                            ("tuberculosis", "肺结核患者随访"),
                            ("other", "其他随访或问卷"),
                        ],
                        max_length=12,
                        verbose_name="服务项目",
                    ),
                ),
                (
                    "way",
                    models.CharField(
                        blank=True,
                        choices=[("clinic", "门诊"), ("home", "家庭（上门）"), ("phone", "电话")],
                        max_length=6,
                        verbose_name="随访方式",
                    ),
                ),
                (
                    "control",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("satisfied", "控制满意"),
                            ("unsatisfied", "控制不满意"),
                            ("adverse", "不良反应"),
                            ("complication", "并发症"),
                        ],
                        max_length=12,
                        verbose_name="随访分类",
                    ),
                ),
                ("assessment", models.TextField(blank=True, verbose_name="评估结果")),
                ("guidance", models.TextField(blank=True, verbose_name="指导")),
                ("next_due", models.DateField(null=True, verbose_name="下次随访日期")),
                (
                    "facility",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="facilities.facility",
                        verbose_name="来源机构",
                    ),
                ),
                (
                    "resident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="residents.resident",
                        verbose_name="居民",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="exchange.source",
                        verbose_name="数据来源",
                    ),
                ),
            ],
            options={
                "verbose_name": "随访记录",
                "verbose_name_plural": "随访记录",
                "indexes": [
                    models.Index(fields=["resident", "programme", "-occurred_at"], name="followup_by_programme")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("source", "identifier", "version"), name="followup_stored_once_per_version"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("superseded_at__isnull", True)),
                        fields=("source", "identifier"),
                        name="one_current_followup",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("sensitivity__gte", 1), ("sensitivity__lte", 5)),
                        name="followup_sensitivity_is_1_to_5",
                    ),
                ],
            },
        ),
        *[Guard(f"records_{name}", select=[own("records")]) for name in FORMS],
        *[migrations.RunSQL(HIDDEN.format(name=name), SHOWN.format(name=name)) for name in FORMS],
        Guard(
            "records_scheduleddose",
            select=[anyone()],
            insert=MAKERS,
            update=MAKERS,
            update_columns=["valid_until"],
            worker="SELECT",
        ),
        migrations.RunSQL(SEEDS, "DELETE FROM records_scheduleddose"),
    ]
