"""Reports that came twice, through two feeds: which are shown as one, and which staff have parted."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7
from records.exchange.models.feeds import Source


class Fold(models.Model):
    """One row of the record that is shown as a repetition of another (`Provenance.folded_into`), from when to when.

    It names what the two feeds call them, and nothing of whom or what they say. Once `parted_at` is set the two are
    never folded again, whatever new versions of them say.
    """

    class Kind(models.TextChoices):
        REPORT = "Report", _("检查检验报告")
        IMMUNIZATION = "Immunization", _("预防接种")
        ENCOUNTER = "Encounter", _("就诊记录")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(_("类型"), max_length=20, choices=Kind.choices)
    report_number = models.CharField(_("报告编号"), max_length=80, blank=True)
    kept_source = models.ForeignKey(Source, models.PROTECT, related_name="+", verbose_name=_("列出的一份来自"))
    kept_identifier = models.CharField(_("列出的一份的编号"), max_length=200)
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+", verbose_name=_("医疗机构"))
    folded_source = models.ForeignKey(Source, models.PROTECT, related_name="+", verbose_name=_("重复的一份来自"))
    folded_identifier = models.CharField(_("重复的一份的编号"), max_length=200)
    other_facility = models.ForeignKey(
        "facilities.Facility", models.PROTECT, related_name="+", verbose_name=_("另一家医疗机构")
    )
    folded_row = models.UUIDField()
    folded_at = models.DateTimeField(_("合并时间"))
    ended_at = models.DateTimeField(_("分开时间"), null=True)
    parted_at = models.DateTimeField(_("决定分开的时间"), null=True)
    parted_by = models.UUIDField(null=True)
    parted_name = models.CharField(_("决定的人"), max_length=100, blank=True)
    parted_reason = models.CharField(_("为什么不是同一份"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("重复报告")
        verbose_name_plural = _("重复报告")
        ordering = ["-folded_at", "-id"]
        indexes = [
            models.Index(fields=["folded_row"], name="fold_by_row"),
            models.Index(fields=["id"], name="fold_to_part", condition=Q(parted_at__isnull=False, ended_at=None)),
        ]
        constraints = [
            models.UniqueConstraint(name="folded_once", fields=["folded_row"], condition=Q(ended_at__isnull=True)),
            models.CheckConstraint(
                name="parted_with_a_reason",
                condition=Q(parted_at=None, parted_by=None, parted_name="", parted_reason="")
                | (Q(parted_at__isnull=False, parted_by__isnull=False) & ~Q(parted_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report_number or self.kept_identifier}"


class FoldingDue(models.Model):
    """A person about whom two feeds speak, and whose repetitions must be looked for (again).

    `marks` tells who has looked whether something was written meanwhile.
    """

    resident = models.OneToOneField("residents.Resident", models.PROTECT, primary_key=True, related_name="+")
    marks = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("待查重复的居民")
        verbose_name_plural = _("待查重复的居民")
