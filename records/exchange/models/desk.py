"""What people see to: held messages, links to residents, mappings of codes."""

from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7
from records.exchange.models.feeds import Source
from records.exchange.models.inbox import InboundKey


class Held(models.Model):
    """What could not be applied, why, and what a person can do about it."""

    class Reason(models.TextChoices):
        UNREADABLE = "unreadable", _("内容无法读取")
        INCOMPLETE = "incomplete", _("缺少必需内容")
        UNKNOWN_SUBJECT = "unknown_subject", _("尚未收到该患者的信息")
        NO_IDENTIFIER = "no_identifier", _("没有身份证号码")
        NEWBORN = "newborn", _("新生儿尚无身份证号")
        BAD_IDENTIFIER = "bad_identifier", _("身份证号码不正确")
        IDENTITY_CONFLICT = "identity_conflict", _("身份信息不一致")
        IMPLAUSIBLE_TIME = "implausible_time", _("时间不合理")
        REPEATED_FAILURE = "repeated_failure", _("多次处理失败")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    key = models.OneToOneField(InboundKey, models.PROTECT, related_name="held")
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+", verbose_name=_("医疗机构"))
    source = models.ForeignKey(Source, models.PROTECT, related_name="+", verbose_name=_("数据来源"))
    kind = models.CharField(_("类型"), max_length=60)
    identifier = models.CharField(_("机构内编号"), max_length=200)
    version = models.CharField(_("版本"), max_length=80)
    reason = models.CharField(_("原因"), max_length=30, choices=Reason.choices)
    explanation = models.CharField(_("说明"), max_length=500)
    subject_reference = models.CharField(max_length=200, blank=True)
    held_at = models.DateTimeField(_("搁置时间"))
    resolved_at = models.DateTimeField(_("解决时间"), null=True)
    resolved_by = models.CharField(_("处理人"), max_length=100, blank=True)
    resolution = models.CharField(_("处理结果"), max_length=200, blank=True)
    retry_requested_at = models.DateTimeField(_("申请重新处理的时间"), null=True)

    class Meta:
        verbose_name = _("待处理消息")
        verbose_name_plural = _("待处理消息")
        ordering = ["-held_at"]
        indexes = [
            models.Index(
                fields=["source", "subject_reference"], name="held_by_subject", condition=Q(resolved_at__isnull=True)
            ),
            models.Index(
                fields=["retry_requested_at"], name="held_to_retry", condition=Q(retry_requested_at__isnull=False)
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="held_resolved_exactly_when_explained",
                condition=Q(resolved_at__isnull=True, resolution="")
                | (Q(resolved_at__isnull=False) & ~Q(resolution="")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.identifier}"


class SourcePatient(models.Model):
    """Whom a source's own patient number stands for: a link, so that it can be undone.

    `via` is the link of the other source whose numbers this one shares (records/exchange/joining.py). A merge of two
    numbers, or its undoing, ends a link and makes another: `made_by` and `ended_by` say which merge did.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    source = models.ForeignKey(Source, models.PROTECT, related_name="+")
    identifier = models.CharField(max_length=200)
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="+")
    linked_at = models.DateTimeField()
    unlinked_at = models.DateTimeField(null=True)
    via = models.ForeignKey("self", models.PROTECT, null=True, related_name="joined", db_index=False)
    made_by = models.ForeignKey("exchange.PatientMerge", models.PROTECT, null=True, related_name="+", db_index=False)
    ended_by = models.ForeignKey("exchange.PatientMerge", models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        verbose_name = _("患者对照")
        verbose_name_plural = _("患者对照")
        indexes = [
            # By the number without whoever assigned it, for sources that share their facility's numbers.
            models.Index(
                "source",
                Func(F("identifier"), Value("."), Value(-1), function="split_part"),
                name="patient_by_bare_number",
                condition=Q(unlinked_at__isnull=True),
            ),
            models.Index(fields=["via"], name="patient_joined", condition=Q(via__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(
                name="one_resident_per_source_patient",
                fields=["source", "identifier"],
                condition=Q(unlinked_at__isnull=True),
            )
        ]


class CodeMapping(models.Model):
    """A facility's local code -> the standard code and unit (field facts, section C6).

    `local_code` is the printed name of an item for which the facility has no code.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    source = models.ForeignKey(Source, models.PROTECT, related_name="mappings", verbose_name=_("数据来源"))
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+", verbose_name=_("医疗机构"))
    local_code = models.CharField(_("院内编码"), max_length=200)
    local_name = models.CharField(_("院内名称"), max_length=200, blank=True)
    standard_system = models.CharField(_("标准体系"), max_length=100, default="http://loinc.org")
    standard_code = models.CharField(_("标准编码"), max_length=60)
    unit_code = models.CharField(_("标准单位（UCUM）"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("编码对照")
        verbose_name_plural = _("编码对照")
        constraints = [
            models.UniqueConstraint(
                name="one_mapping_per_local_code",
                fields=["source", "local_code"],
                violation_error_message=_("该院内编码已有对照。"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.local_code} → {self.standard_code}"
