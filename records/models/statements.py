"""What facilities state about a person: visits, diagnoses, medicines, allergies, vaccinations, procedures."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from records.provenance import Provenance, provenance_constraints
from records.querysets import RecordQuerySet


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
