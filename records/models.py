"""What is known about a resident. Each row says where it came from; it is superseded or withdrawn, never overwritten.

A record copies the facts of the visit it came from and holds no key to a booking (the house, section 1).
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7
from records.attachments import ReportAttachment
from records.provenance import Provenance, provenance_constraints
from records.querysets import ObservationQuerySet, RecordQuerySet, ReportQuerySet
from records.release import Release
from records.studies import ImagingStudy
from records.wording import names_findings

__all__ = [
    "Allergy",
    "CodedStatement",
    "Condition",
    "Encounter",
    "ImagingStudy",
    "Immunization",
    "IssuedCopy",
    "Medication",
    "Observation",
    "Procedure",
    "Provenance",
    "Release",
    "Report",
    "ReportAttachment",
]


class Encounter(Provenance):
    """A visit (就诊记录): where, when, with whom, why."""

    class Kind(models.TextChoices):
        AMBULATORY = "ambulatory", _("门诊")
        EMERGENCY = "emergency", _("急诊")
        INPATIENT = "inpatient", _("住院")
        HOME = "home", _("上门")
        OTHER = "other", _("其他")

    kind = models.CharField(_("类别"), max_length=12, choices=Kind.choices)
    ended_at = models.DateTimeField(_("结束时间"), null=True)
    department_name = models.CharField(_("科室"), max_length=100, blank=True)
    practitioner_name = models.CharField(_("医生"), max_length=100, blank=True)
    reason = models.CharField(_("就诊原因"), max_length=300, blank=True)

    objects = RecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("就诊记录")
        verbose_name_plural = _("就诊记录")
        indexes = [models.Index(fields=["resident", "-occurred_at"], name="encounter_by_resident")]
        constraints = provenance_constraints("encounter")


class Report(Provenance):
    """A report (报告): laboratory, imaging, ECG, pathology. Two facilities: who performed it and who reported it.

    `item_identifiers` are the source's identifiers of its observations, in printed order, so that both may arrive in
    any order. `original_hashes`: SHA-256 of the facility's own PDFs; `unshown_files`: how many files are not shown.
    """

    class Category(models.TextChoices):
        LABORATORY = "laboratory", _("检验报告")
        IMAGING = "imaging", _("影像报告")
        ECG = "ecg", _("心电报告")
        PATHOLOGY = "pathology", _("病理报告")
        OTHER = "other", _("其他报告")

    class Status(models.TextChoices):
        PRELIMINARY = "preliminary", _("初步报告")
        FINAL = "final", _("正式报告")
        CORRECTED = "corrected", _("已更正")
        CANCELLED = "cancelled", _("已取消")
        WITHDRAWN = "withdrawn", _("已由机构撤回")

    category = models.CharField(_("类别"), max_length=12, choices=Category.choices)
    status = models.CharField(_("状态"), max_length=12, choices=Status.choices)
    title = models.CharField(_("报告名称"), max_length=200)
    report_number = models.CharField(_("报告编号"), max_length=80, blank=True)
    issued_at = models.DateTimeField(_("报告时间"), null=True)
    reporting_facility = models.ForeignKey(
        "facilities.Facility", models.PROTECT, null=True, related_name="+", verbose_name=_("诊断机构")
    )
    reporting_name = models.CharField(_("诊断机构名称"), max_length=100, blank=True)
    practitioner_name = models.CharField(_("报告医生"), max_length=100, blank=True)
    specimen = models.CharField(_("标本"), max_length=100, blank=True)
    findings = models.TextField(_("检查所见"), blank=True)
    impression = models.TextField(_("诊断意见"), blank=True)
    note = models.TextField(_("备注"), blank=True)
    original_hashes = ArrayField(models.CharField(max_length=64), default=list)
    unshown_files = models.PositiveSmallIntegerField(default=0)
    item_identifiers = ArrayField(models.CharField(max_length=200), default=list)
    encounter_identifier = models.CharField(max_length=200, blank=True)
    first_seen_at = models.DateTimeField(_("首次查看时间"), null=True)

    objects = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("检查检验报告")
        verbose_name_plural = _("检查检验报告")
        indexes = [
            models.Index(
                fields=["resident", "-issued_at"], name="report_by_resident", condition=Q(superseded_at__isnull=True)
            ),
            models.Index(fields=["resident"], name="report_that_left", condition=Q(left_at__isnull=False)),
        ]
        constraints = provenance_constraints("report")

    @property
    def is_withdrawn(self) -> bool:
        """The facility took it back: nothing of it may be relied on."""
        return self.withdrawn_at is not None or self.status == self.Status.WITHDRAWN

    @property
    def is_readable(self) -> bool:
        """There is something to read: not withdrawn, not cancelled, not kept for collection at the facility."""
        return super().is_readable and self.status not in {self.Status.WITHDRAWN, self.Status.CANCELLED}


class Observation(Provenance):
    """One analyte or measurement, with unit and range exactly as the laboratory printed them.

    Partitioned by resident; so the primary key and unique rules carry `resident_id`. `part`: a component's code.
    """

    class Flag(models.TextChoices):
        NONE = "", _("未标示")
        NORMAL = "normal", _("正常")
        LOW = "low", _("偏低")
        HIGH = "high", _("偏高")
        CRITICAL_LOW = "critical_low", _("危急低值")
        CRITICAL_HIGH = "critical_high", _("危急高值")
        ABNORMAL = "abnormal", _("异常")

    class Category(models.TextChoices):
        LABORATORY = "laboratory", _("检验")
        VITAL_SIGNS = "vital_signs", _("体征")
        IMAGING = "imaging", _("检查")
        SURVEY = "survey", _("问卷")
        OTHER = "other", _("其他")

    pk = models.CompositePrimaryKey("resident_id", "id")
    id = models.UUIDField(default=uuid7, editable=False)
    part = models.CharField(max_length=60, blank=True)
    category = models.CharField(_("类别"), max_length=12, choices=Category.choices)
    code_system = models.CharField(max_length=100, blank=True)
    code = models.CharField(max_length=60, blank=True)
    local_code = models.CharField(max_length=60, blank=True)
    name = models.CharField(_("项目"), max_length=200)
    value_number = models.DecimalField(_("数值"), max_digits=24, decimal_places=10, null=True)
    value_text = models.TextField(_("结果"), help_text=_("按检验单印刷的样子"))
    comparator = models.CharField(max_length=2, blank=True)
    unit = models.CharField(_("单位"), max_length=60, blank=True)
    unit_code = models.CharField(max_length=60, blank=True)
    range_text = models.CharField(_("参考区间"), max_length=200, blank=True)
    range_low = models.DecimalField(max_digits=24, decimal_places=10, null=True)
    range_high = models.DecimalField(max_digits=24, decimal_places=10, null=True)
    flag = models.CharField(_("提示"), max_length=14, choices=Flag.choices, default=Flag.NONE, blank=True)
    specimen = models.CharField(_("标本"), max_length=100, blank=True)
    method = models.CharField(_("方法"), max_length=100, blank=True)
    note = models.TextField(_("备注"), blank=True)
    encounter_identifier = models.CharField(max_length=200, blank=True)

    objects = ObservationQuerySet.as_manager()

    class Meta:
        verbose_name = _("检验结果")
        verbose_name_plural = _("检验结果")
        indexes = [
            models.Index(fields=["resident", "code", "-occurred_at"], name="observation_by_code"),
            models.Index(fields=["resident", "-occurred_at"], name="observation_by_time"),
        ]
        constraints = [
            *provenance_constraints("observation", "resident", part="part"),
            models.CheckConstraint(
                name="observation_comparator_is_known", condition=Q(comparator__in=["", "<", "<=", ">", ">="])
            ),
        ]

    @property
    def is_critical(self) -> bool:
        """A value that must reach a doctor at once (危急值)."""
        return self.flag in {self.Flag.CRITICAL_LOW, self.Flag.CRITICAL_HIGH}

    @property
    def is_findings(self) -> bool:
        """The text of what was seen: a part of the report's words."""
        return self.value_number is None and names_findings(self.code, self.local_code, self.name)

    @property
    def analyte(self) -> tuple[str, ...]:
        """What was measured, whatever the specimen, the method and the unit (`comparable`)."""
        if self.code:
            return self.code_system, self.code, self.part
        return str(self.source_id), self.local_code, self.name, self.part


class CodedStatement(Provenance):
    """A statement with a code: what kind of thing, in whose words, in which state."""

    code_system = models.CharField(max_length=100, blank=True)
    code = models.CharField(max_length=60, blank=True)
    name = models.CharField(_("名称"), max_length=300)
    state = models.CharField(_("状态"), max_length=30, blank=True)
    note = models.CharField(_("备注"), max_length=500, blank=True)
    practitioner_name = models.CharField(_("医生"), max_length=100, blank=True)

    objects = RecordQuerySet.as_manager()

    class Meta:
        abstract = True


class Condition(CodedStatement):
    """A diagnosis or health problem (诊断)."""

    ended_at = models.DateTimeField(_("结束时间"), null=True)

    class Meta:
        verbose_name = _("诊断")
        verbose_name_plural = _("诊断")
        indexes = [models.Index(fields=["resident", "-occurred_at"], name="condition_by_resident")]
        constraints = provenance_constraints("condition")


class Medication(CodedStatement):
    """A prescription or a statement of use (用药)."""

    dosage = models.CharField(_("用法用量"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("用药")
        verbose_name_plural = _("用药")
        indexes = [models.Index(fields=["resident", "-occurred_at"], name="medication_by_resident")]
        constraints = provenance_constraints("medication")


class Allergy(CodedStatement):
    """An allergy or intolerance (过敏史)."""

    criticality = models.CharField(_("严重程度"), max_length=30, blank=True)
    reaction = models.CharField(_("表现"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("过敏史")
        verbose_name_plural = _("过敏史")
        indexes = [models.Index(fields=["resident", "-occurred_at"], name="allergy_by_resident")]
        constraints = provenance_constraints("allergy")


class Immunization(CodedStatement):
    """A vaccination given (预防接种)."""

    lot_number = models.CharField(_("批号"), max_length=60, blank=True)
    dose = models.CharField(_("剂次"), max_length=30, blank=True)
    site = models.CharField(_("接种部位"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("预防接种")
        verbose_name_plural = _("预防接种")
        indexes = [models.Index(fields=["resident", "-occurred_at"], name="immunization_by_resident")]
        constraints = provenance_constraints("immunization")


class Procedure(CodedStatement):
    """A procedure done (手术操作)."""

    ended_at = models.DateTimeField(_("结束时间"), null=True)

    class Meta:
        verbose_name = _("手术操作")
        verbose_name_plural = _("手术操作")
        indexes = [models.Index(fields=["resident", "-occurred_at"], name="procedure_by_resident")]
        constraints = provenance_constraints("procedure")


class IssuedCopy(models.Model):
    """A PDF copy handed out: what the QR code on it is checked against. The random code is kept only as a hash."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="+")
    report = models.ForeignKey(Report, models.PROTECT, related_name="copies")
    code_hash = models.BinaryField(max_length=32, unique=True)
    sha256 = models.BinaryField(max_length=32)
    issued_at = models.DateTimeField(_("出具时间"))
    account_id = models.UUIDField(null=True)

    class Meta:
        verbose_name = _("报告副本")
        verbose_name_plural = _("报告副本")
        indexes = [models.Index(fields=["report"], name="copy_by_report")]
