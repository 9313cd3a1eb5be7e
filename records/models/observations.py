"""What was measured: one analyte or measurement a row."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7
from records.provenance import Provenance, provenance_constraints
from records.querysets import ObservationQuerySet
from records.wording import names_findings


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
