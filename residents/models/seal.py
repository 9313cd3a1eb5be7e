"""What makes the access log tamper-evident: the chain over its events, the tally of reads, and what comparing found."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7


class Seal(models.Model):
    """One link of a month's chain: which event stands at which position, and the mac over it and all before it.

    Never changed, never deleted. Monthly partitions beside those of the events; `month` is the month's first moment
    in the portal's time zone.
    """

    pk = models.CompositePrimaryKey("month", "position")
    month = models.DateTimeField(_("月份"))
    position = models.BigIntegerField(_("位置"))
    event_at = models.DateTimeField(_("访问时间"))
    event_id = models.UUIDField(_("访问记录编号"))
    form = models.PositiveSmallIntegerField(_("格式版本"))
    mac = models.BinaryField(max_length=32)
    sealed_at = models.DateTimeField(_("封存时间"))

    class Meta:
        verbose_name = _("封存链")
        verbose_name_plural = _("封存链")
        constraints = [
            models.UniqueConstraint(name="one_seal_per_event", fields=["event_at", "event_id", "month"]),
            models.CheckConstraint(name="seals_are_counted_from_one", condition=Q(position__gte=1)),
        ]


class ReadTally(models.Model):
    """One request that read health data, counted at the connection; says nothing of whom or what."""

    behind_sign_in = True

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    at = models.DateTimeField(_("时间"))
    reference = models.CharField(_("请求编号"), max_length=16)
    view = models.CharField(_("页面"), max_length=100)
    statements = models.PositiveIntegerField(_("读取次数"))
    status = models.PositiveSmallIntegerField(_("应答"))

    class Meta:
        verbose_name = _("读取计数")
        verbose_name_plural = _("读取计数")
        indexes = [models.Index(fields=["at"], name="tally_by_time")]


class Reconciliation(models.Model):
    """One day's reads compared with the access log: what everybody may know of it."""

    day = models.DateField(_("日期"), primary_key=True)
    reads = models.PositiveIntegerField(_("读取次数"))
    events = models.PositiveIntegerField(_("访问记录数"))
    missing = models.PositiveIntegerField(_("没有访问记录的读取"))
    unread = models.PositiveIntegerField(_("没有读取的访问记录"))
    views = ArrayField(models.CharField(max_length=100), verbose_name=_("没有留下访问记录的页面"), default=list)
    finished_at = models.DateTimeField(_("核对时间"))

    class Meta:
        verbose_name = _("访问记录核对")
        verbose_name_plural = _("访问记录核对")
        ordering: ClassVar[list[str]] = ["-day"]
