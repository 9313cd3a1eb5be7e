"""What every record row says about itself: where it came from, when, and whether it still holds."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7
from records.release import SPECIAL, Release


class Provenance(models.Model):
    """Where a row came from, when it was measured and received, and what replaced it.

    `identifier` and `version` are the source's own; `occurred_at` is when it happened or was measured;
    `zone_assumed` says that the source gave no time zone and Asia/Shanghai was read. `sensitivity` follows
    GB/T 39725 (1 public ... 4 identifiable health data, 5 special diseases). A pending row is released at `release_at`
    if nobody does it before; `ruled_by` is the policy that decided so. `folded_into` is the id of the row that says the
    same and came through another feed. `left_at`: since when a newer version says that it is another person's; the web
    login never sees such a row.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="+", verbose_name=_("居民"))
    source = models.ForeignKey("exchange.Source", models.PROTECT, related_name="+", verbose_name=_("数据来源"))
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+", verbose_name=_("来源机构"))
    facility_name = models.CharField(_("机构名称"), max_length=100)
    identifier = models.CharField(max_length=200)
    version = models.CharField(max_length=80)
    source_updated_at = models.DateTimeField(null=True)
    occurred_at = models.DateTimeField(_("发生时间"), null=True)
    zone_assumed = models.BooleanField(default=False)
    received_at = models.DateTimeField(_("接收时间"))
    sensitivity = models.PositiveSmallIntegerField(_("敏感级别"), default=4)
    release = models.CharField(_("发布策略"), max_length=10, choices=Release.choices, default=Release.RELEASED)
    release_at = models.DateTimeField(_("最晚发布时间"), null=True)
    ruled_by = models.UUIDField(_("按哪条发布规则"), null=True)
    folded_into = models.UUIDField(_("与之重复的一条"), null=True)
    left_at = models.DateTimeField(_("改归他人的时间"), null=True)
    superseded_at = models.DateTimeField(_("被更新的时间"), null=True)
    withdrawn_at = models.DateTimeField(_("撤回时间"), null=True)

    class Meta:
        abstract = True

    @property
    def is_open(self) -> bool:
        """Released, ordinary and not taken back, whether or not a newer version replaced it."""
        ended = self.withdrawn_at is not None or self.left_at is not None
        return self.release == Release.RELEASED and self.sensitivity < SPECIAL and not ended

    @property
    def is_readable(self) -> bool:
        """Whether a resident may read this row's content here (`RecordQuerySet.readable`, for a row at hand)."""
        return self.is_open and self.superseded_at is None


def provenance_constraints(name: str, *partition_key: str, part: str = "") -> list[models.BaseConstraint]:
    """The rules every record table keeps: one row per source version, one current row, a coded sensitivity."""
    fields = [*partition_key, "source", "identifier", *([part] if part else [])]
    return [
        models.UniqueConstraint(name=f"{name}_stored_once_per_version", fields=[*fields, "version"]),
        models.UniqueConstraint(name=f"one_current_{name}", fields=fields, condition=Q(superseded_at__isnull=True)),
        models.CheckConstraint(
            name=f"{name}_sensitivity_is_1_to_5", condition=Q(sensitivity__gte=1, sensitivity__lte=5)
        ),
    ]
