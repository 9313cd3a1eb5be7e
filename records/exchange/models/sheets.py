"""Tables that were received, as far as the people at the facility see them, and the sheets of their bad rows."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7
from records.exchange.models.feeds import Source
from records.exchange.models.inbox import StoredFile


class TableReading(models.Model):
    """How a received table reads by the mapping in force: how many rows, and how many of them cannot be taken.

    `mapping` is the hash of that mapping: after another one was saved the table is read once more.
    """

    file = models.OneToOneField(StoredFile, models.PROTECT, primary_key=True, related_name="reading")
    source = models.ForeignKey(Source, models.PROTECT, related_name="+", verbose_name=_("数据来源"))
    source_name = models.CharField(_("数据来源"), max_length=100)
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+", verbose_name=_("医疗机构"))
    name = models.CharField(_("文件"), max_length=200)
    received_at = models.DateTimeField(_("接收时间"))
    rows = models.PositiveIntegerField(_("行数"))
    bad = models.PositiveIntegerField(_("不能用的行"))
    reports = models.PositiveIntegerField(_("报告"))
    mapping = models.BinaryField(max_length=32)
    read_at = models.DateTimeField()

    class Meta:
        verbose_name = _("收到的表格")
        verbose_name_plural = _("收到的表格")
        ordering = ["-received_at"]
        indexes = [models.Index(fields=["facility", "-received_at"], name="reading_by_facility")]
        constraints = [models.CheckConstraint(name="bad_rows_are_rows", condition=Q(bad__lte=models.F("rows")))]

    def __str__(self) -> str:
        return f"{self.source_name} {self.received_at:%Y-%m-%d %H:%M}"


class ErrorSheet(models.Model):
    """Somebody at the facility asked for the bad rows of a table: the worker makes the sheet, it is taken once."""

    class State(models.TextChoices):
        WAITING = "waiting", _("正在准备")
        READY = "ready", _("可以下载")
        FAILED = "failed", _("没有做成")
        TAKEN = "taken", _("已下载")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    file = models.ForeignKey(TableReading, models.PROTECT, related_name="sheets")
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+", verbose_name=_("医疗机构"))
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.WAITING)
    requested_at = models.DateTimeField(_("申请时间"))
    requested_by = models.UUIDField()
    requested_name = models.CharField(_("申请人"), max_length=100)
    expires_at = models.DateTimeField(_("有效期"))
    explanation = models.CharField(_("说明"), max_length=500, blank=True)
    suffix = models.CharField(max_length=4, blank=True)
    taken_at = models.DateTimeField(_("下载时间"), null=True)

    class Meta:
        verbose_name = _("有问题的行")
        verbose_name_plural = _("有问题的行")
        ordering = ["-requested_at"]
        indexes = [models.Index(fields=["requested_at"], name="sheet_waiting", condition=Q(state="waiting"))]
        constraints = [
            models.CheckConstraint(
                name="sheet_taken_exactly_when_dated",
                condition=Q(state="taken", taken_at__isnull=False) | (~Q(state="taken") & Q(taken_at__isnull=True)),
            )
        ]


class ErrorSheetContent(models.Model):
    """The sheet itself, sealed; nothing once it was taken or is too old. Read through `app.take_error_sheet` alone."""

    sheet = models.OneToOneField(ErrorSheet, models.PROTECT, primary_key=True, related_name="content")
    sealed = models.BinaryField(null=True)
