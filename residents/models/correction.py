"""更正申请: what a person says is wrong about them, and the facility's answer (PIPL article 46)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7
from residents.querysets import CorrectionQuerySet


class Correction(models.Model):
    """What is asked never changes; the answer is written once. Neither is a diagnosis: what is wrong is in words."""

    class Subject(models.TextChoices):
        NAME = "name", _("姓名")
        DOCUMENT = "document", _("证件号码")
        BIRTH = "birth", _("出生日期或性别")
        PHONE = "phone", _("手机号")
        ADDRESS = "address", _("住址或建档机构")
        RECORD = "record", _("健康档案里的内容")
        RESULT = "result", _("检查检验结果")
        OTHER = "other", _("其他")

    class Verdict(models.TextChoices):
        CORRECTED = "corrected", _("已更正")
        KEPT = "kept", _("核实无误，未更正")
        REFERRED = "referred", _("请带证件到窗口办理")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="corrections")
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+", verbose_name=_("受理机构"))
    subject = models.CharField(_("哪里不对"), max_length=10, choices=Subject.choices)
    text = models.CharField(_("说明"), max_length=500)
    asked_at = models.DateTimeField(_("提出时间"))
    asked_by = models.UUIDField(_("提出人"))
    due_at = models.DateTimeField(_("应答复时间"))
    verdict = models.CharField(_("处理结果"), max_length=10, choices=Verdict.choices, blank=True)
    answer = models.CharField(_("答复"), max_length=500, blank=True)
    answered_by = models.UUIDField(_("答复人"), null=True, editable=False)
    answered_by_name = models.CharField(_("答复人姓名"), max_length=100, blank=True, editable=False)
    answered_at = models.DateTimeField(_("答复时间"), null=True, editable=False)

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("更正申请")
        verbose_name_plural = _("更正申请")
        indexes = [models.Index(fields=["facility", "due_at"], name="correction_open", condition=Q(answered_at=None))]
        constraints = [
            models.CheckConstraint(name="correction_says_what_is_wrong", condition=~Q(text="")),
            models.CheckConstraint(
                name="correction_answered_exactly_when_signed_and_worded",
                condition=Q(answered_at=None, answered_by=None, verdict="", answer="")
                | (Q(answered_at__isnull=False, answered_by__isnull=False) & ~Q(verdict="") & ~Q(answer="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.asked_at:%Y-%m-%d} {self.get_subject_display()}"
