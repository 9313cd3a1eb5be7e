"""Reports: laboratory, imaging, ECG, pathology."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from records.provenance import Provenance, provenance_constraints
from records.querysets import ReportQuerySet


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
