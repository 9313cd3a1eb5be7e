"""What a facility's own codes stand for, and which of them nobody has said anything about."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7
from records.exchange.models.feeds import Source


class Unmapped(models.Model):
    """An item without a standard code, or a printed unit without a UCUM code, and how often a source sent it.

    `code` is the facility's own code of an item (its printed name, where it has none), or the unit as printed. `names`,
    `units` and `specimens` are some that were printed with it: never a result, and nothing of whom it was. Counted by
    the worker (`codes.counting`); an item that has a mapping since is not shown.
    """

    class Kind(models.TextChoices):
        ITEM = "item", _("项目")
        UNIT = "unit", _("单位")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    source = models.ForeignKey(Source, models.PROTECT, related_name="+", verbose_name=_("数据来源"))
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+", verbose_name=_("医疗机构"))
    kind = models.CharField(_("类别"), max_length=4, choices=Kind.choices)
    code = models.CharField(_("院内编码或单位"), max_length=200)
    names = ArrayField(models.CharField(max_length=200), default=list, verbose_name=_("打印的名称"))
    units = ArrayField(models.CharField(max_length=60), default=list, verbose_name=_("打印的单位"))
    specimens = ArrayField(models.CharField(max_length=100), default=list, verbose_name=_("标本"))
    results = models.PositiveBigIntegerField(_("出现次数"))
    last_on = models.DateField(_("最近一次"))
    unneeded_at = models.DateTimeField(_("标为不需要对照的时间"), null=True)
    unneeded_by = models.CharField(_("标记人"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("未对照的编码")
        verbose_name_plural = _("未对照的编码")
        ordering = ["-results", "code"]
        indexes = [models.Index(fields=["-results", "code"], name="unmapped_by_frequency")]
        constraints = [models.UniqueConstraint(name="one_line_per_unmapped", fields=["source", "kind", "code"])]

    def __str__(self) -> str:
        return self.code


class CodeCount(models.Model):
    """Up to when results have been looked through for codes: one row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    counted_until = models.DateTimeField()

    class Meta:
        verbose_name = _("编码统计的进度")
        verbose_name_plural = _("编码统计的进度")
        constraints = [models.CheckConstraint(name="codes_are_counted_once", condition=models.Q(id=1))]
