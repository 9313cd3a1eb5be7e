"""What public-health programmes and hospitals write down whole: check-ups, follow-ups, documents to read."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from records.provenance import Provenance, provenance_constraints
from records.querysets import RecordQuerySet


class Answered(Provenance):
    """A form that somebody filled in about a person.

    `answers` are its items in printed order, each an object of texts: section, code, label, value, unit, range, flag
    (an `Observation.Flag`); a text that is empty may be missing.
    """

    title = models.CharField(_("名称"), max_length=200)
    department_name = models.CharField(_("科室"), max_length=100, blank=True)
    practitioner_name = models.CharField(_("医生"), max_length=100, blank=True)
    answers = models.JSONField(_("内容"), default=list)
    encounter_identifier = models.CharField(max_length=200, blank=True)

    objects = RecordQuerySet.as_manager()

    class Meta:
        abstract = True


class Examination(Answered):
    """A check-up (健康体检), with the pages of the national form as sections of its answers.

    `year` is the year it counts for; `assessment` and `guidance` are 健康评价 and 健康指导 in words.
    """

    year = models.PositiveSmallIntegerField(_("年度"), null=True)
    assessment = models.TextField(_("健康评价"), blank=True)
    guidance = models.TextField(_("健康指导"), blank=True)

    class Meta:
        verbose_name = _("健康体检")
        verbose_name_plural = _("健康体检")
        indexes = [models.Index(fields=["resident", "-occurred_at"], name="examination_by_resident")]
        constraints = provenance_constraints("examination")


class FollowUp(Answered):
    """A follow-up of a public-health programme (随访), or a check of a child, a pregnancy, an elder.

    `control` is the form's own class (随访分类); `assessment` is what it says of it in words. `next_due`: the day the
    form names for the next one.
    """

    class Programme(models.TextChoices):
        HYPERTENSION = "hypertension", _("高血压随访")
        DIABETES = "diabetes", _("糖尿病随访")
        COPD = "copd", _("慢阻肺随访")
        MATERNAL = "maternal", _("孕产妇健康管理")
        CHILD = "child", _("儿童健康检查")
        ELDERLY = "elderly", _("老年人生活自理能力评估")
        TCM = "tcm", _("中医体质辨识")
        MENTAL = "mental", _("严重精神障碍患者随访")
        TUBERCULOSIS = "tuberculosis", _("肺结核患者随访")
        OTHER = "other", _("其他随访或问卷")

    class Way(models.TextChoices):
        CLINIC = "clinic", _("门诊")
        HOME = "home", _("家庭（上门）")
        PHONE = "phone", _("电话")

    class Control(models.TextChoices):
        SATISFIED = "satisfied", _("控制满意")
        UNSATISFIED = "unsatisfied", _("控制不满意")
        ADVERSE = "adverse", _("不良反应")
        COMPLICATION = "complication", _("并发症")

    programme = models.CharField(_("服务项目"), max_length=12, choices=Programme.choices)
    way = models.CharField(_("随访方式"), max_length=6, choices=Way.choices, blank=True)
    control = models.CharField(_("随访分类"), max_length=12, choices=Control.choices, blank=True)
    assessment = models.TextField(_("评估结果"), blank=True)
    guidance = models.TextField(_("指导"), blank=True)
    next_due = models.DateField(_("下次随访日期"), null=True)

    class Meta:
        verbose_name = _("随访记录")
        verbose_name_plural = _("随访记录")
        indexes = [models.Index(fields=["resident", "programme", "-occurred_at"], name="followup_by_programme")]
        constraints = provenance_constraints("followup")


class Document(Provenance):
    """A document to read (文书): a discharge summary, a note, in the parts in which it was written.

    `sections` are objects of two texts, title and text, in printed order; `unshown_files` counts attached files that
    cannot be read here.
    """

    code_system = models.CharField(max_length=100, blank=True)
    code = models.CharField(_("文书类型代码"), max_length=60, blank=True)
    title = models.CharField(_("名称"), max_length=200)
    author = models.CharField(_("作者"), max_length=100, blank=True)
    department_name = models.CharField(_("科室"), max_length=100, blank=True)
    sections = models.JSONField(_("内容"), default=list)
    unshown_files = models.PositiveSmallIntegerField(default=0)
    encounter_identifier = models.CharField(max_length=200, blank=True)

    objects = RecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("医疗文书")
        verbose_name_plural = _("医疗文书")
        indexes = [models.Index(fields=["resident", "-occurred_at"], name="document_by_resident")]
        constraints = provenance_constraints("document")
