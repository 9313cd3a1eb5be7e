"""Questions about whom a message speaks of, and what the people at the facility said to them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from foundation.fields import EncryptedTextField
from foundation.keys import uuid7
from records.exchange.models.feeds import Source


class IdentityCase(models.Model):
    """One question: is the person of these messages the one who is registered?

    All messages of a source that say the same of a person ask it once: the held ones name the case in their
    `subject_reference`. `patient` is the facility's own number, empty where a message names a person by document;
    `linkable` says that there is somebody to link to; `into` is the number that is to stay where two are merged.
    Without `carried_out_at` the worker has still to do what was decided.
    """

    class Question(models.TextChoices):
        DIFFERS = "differs", _("身份证号码相同，姓名、性别或出生日期不同")
        REUSED = "reused", _("机构的患者编号原来对应另一位居民")
        CONTRADICTS = "contradicts", _("性别或出生日期与身份证号码中的不一致")
        SEVERAL = "several", _("同一位患者有多个不同的身份证号码")
        UNNAMED = "unnamed", _("只有身份证号码相同，没有姓名或姓名不同")
        LOCAL = "local", _("没有身份证号码，患者编号相同，姓名、性别或出生日期不同")
        NEWBORN = "newborn", _("新生儿用了别人的身份证号码或患者编号")
        MERGED = "merged", _("机构合并的两个患者编号对应不同的居民")

    class State(models.TextChoices):
        OPEN = "open", _("待核对")
        SAME = "same", _("是同一人，已关联")
        DIFFERENT = "different", _("不是同一人，已退回机构")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    source = models.ForeignKey(Source, models.PROTECT, related_name="+", verbose_name=_("数据来源"))
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+", verbose_name=_("医疗机构"))
    patient = models.CharField(_("机构的患者编号"), max_length=200, blank=True)
    into = models.CharField(_("保留的患者编号"), max_length=200, blank=True)
    question = models.CharField(_("问题"), max_length=20, choices=Question.choices)
    linkable = models.BooleanField()
    opened_at = models.DateTimeField(_("提出时间"))
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.OPEN)
    carried_out_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("身份核对")
        verbose_name_plural = _("身份核对")
        ordering = ["-opened_at", "-id"]
        indexes = [
            models.Index(fields=["source", "patient"], name="case_by_patient"),
            models.Index(fields=["facility", "state", "-opened_at"], name="case_by_facility"),
            models.Index(fields=["id"], name="case_to_carry_out", condition=models.Q(carried_out_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.patient}"


class IdentityFacts(models.Model):
    """What the messages say of the person, sealed, and who is registered with the number they give.

    Where two numbers are merged, `resident` is whose the old one is; `said` describes `other`, whose the new one is.
    Read through `app.read_identity`, which writes down who read.
    """

    case = models.OneToOneField(IdentityCase, models.PROTECT, primary_key=True, related_name="facts")
    resident = models.ForeignKey("residents.Resident", models.PROTECT, null=True, related_name="+")
    other = models.ForeignKey("residents.Resident", models.PROTECT, null=True, related_name="+", db_index=False)
    said = EncryptedTextField()

    class Meta:
        verbose_name = _("身份核对的内容")
        verbose_name_plural = _("身份核对的内容")


class IdentityDecision(models.Model):
    """What somebody decided, or undid: never changed, numbered from 1 within its case."""

    class Verdict(models.TextChoices):
        SAME = "same", _("是同一人，关联")
        DIFFERENT = "different", _("不是同一人，退回机构")
        UNDONE = "undone", _("撤销上一次的决定")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(IdentityCase, models.PROTECT, related_name="decisions")
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+", verbose_name=_("医疗机构"))
    number = models.PositiveSmallIntegerField()
    verdict = models.CharField(_("决定"), max_length=10, choices=Verdict.choices)
    reason = models.CharField(_("依据"), max_length=200)
    decided_at = models.DateTimeField(_("时间"))
    decided_by = models.UUIDField()
    decided_name = models.CharField(_("处理人"), max_length=100)

    class Meta:
        verbose_name = _("身份核对的决定")
        verbose_name_plural = _("身份核对的决定")
        ordering = ["number"]
        constraints = [models.UniqueConstraint(name="decisions_are_numbered", fields=["case", "number"])]
