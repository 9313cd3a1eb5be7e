"""Patient numbers that a facility has merged: the old one follows the new one from then on, until that is undone."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7
from records.exchange.models.feeds import Source
from records.exchange.models.settling import IdentityCase


class PatientMerge(models.Model):
    """One merge: `old` is retired in favour of `new`, both numbers of one source. Never deleted, undone at most once.

    `key_id` is the message that said so, `undone_key_id` the one that took it back; `case` the question that people
    settled before, where the two numbers stood for different residents. Undone by staff, it has still to be carried
    out by the worker until `carried_out_at` is set. Undone from the start: it was taken back before it was heard of.
    Whose the numbers were is not written here but in the links (`SourcePatient.made_by`, `ended_by`).
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    source = models.ForeignKey(Source, models.PROTECT, related_name="+", verbose_name=_("数据来源"))
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+", verbose_name=_("医疗机构"))
    old = models.CharField(_("停用的患者编号"), max_length=200)
    new = models.CharField(_("保留的患者编号"), max_length=200)
    merged_at = models.DateTimeField(_("合并时间"))
    merged_by = models.CharField(_("合并人"), max_length=100, blank=True)
    key_id = models.UUIDField(null=True)
    case = models.ForeignKey(IdentityCase, models.PROTECT, null=True, related_name="merges")
    undone_at = models.DateTimeField(_("撤销时间"), null=True)
    undone_by = models.CharField(_("撤销人"), max_length=100, blank=True)
    reason = models.CharField(_("依据"), max_length=200, blank=True)
    undone_key_id = models.UUIDField(null=True)
    carried_out_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("患者编号合并")
        verbose_name_plural = _("患者编号合并")
        ordering = ["-merged_at", "-id"]
        indexes = [
            models.Index(fields=["source", "new"], name="merge_by_new", condition=Q(undone_at__isnull=True)),
            models.Index(fields=["facility", "-merged_at"], name="merge_by_facility"),
            models.Index(
                fields=["id"],
                name="merge_to_carry_out",
                condition=Q(undone_at__isnull=False, carried_out_at__isnull=True),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                name="number_is_merged_into_one", fields=["source", "old"], condition=Q(undone_at__isnull=True)
            ),
            models.CheckConstraint(name="merge_names_two_numbers", condition=~Q(old=models.F("new"))),
        ]

    def __str__(self) -> str:
        return f"{self.old} → {self.new}"
