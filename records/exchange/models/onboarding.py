"""Bringing a feed live: trying its connection, a rehearsal that writes nothing, and who switched it on."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from foundation.keys import uuid7
from records.exchange.models.feeds import Source
from records.exchange.sentences import shown


class Trial(models.Model):
    """A test of the connection or a rehearsal: asked for by staff, carried out by the worker, kept as history.

    `facts` are counts, codes and names of kinds: nothing of any person.
    """

    class Kind(models.TextChoices):
        CONNECTION = "connection", _("测试连接")
        REHEARSAL = "rehearsal", _("试运行")

    class State(models.TextChoices):
        WAITING = "waiting", _("等待开始")
        RUNNING = "running", _("进行中")
        PASSED = "passed", pgettext_lazy("trial", "通过")
        FAILED = "failed", _("没有通过")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    source = models.ForeignKey(Source, models.PROTECT, related_name="trials", verbose_name=_("数据来源"))
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+", verbose_name=_("医疗机构"))
    kind = models.CharField(_("项目"), max_length=20, choices=Kind.choices)
    asked_at = models.DateTimeField(_("申请时间"))
    asked_by = models.CharField(_("申请人"), max_length=100)
    started_at = models.DateTimeField(_("开始时间"), null=True)
    ended_at = models.DateTimeField(_("结束时间"), null=True)
    state = models.CharField(_("结果"), max_length=10, choices=State.choices, default=State.WAITING)
    sentence = models.CharField(_("说明"), max_length=500, blank=True)
    facts = models.JSONField(_("报告"), default=dict)

    class Meta:
        verbose_name = _("接入试验")
        verbose_name_plural = _("接入试验")
        ordering = ["-asked_at"]
        indexes = [models.Index(fields=["source", "-asked_at"], name="trial_by_source")]
        constraints = [
            models.UniqueConstraint(
                name="one_open_trial_of_a_kind",
                fields=["source", "kind"],
                condition=Q(state__in=["waiting", "running"]),
            ),
            models.CheckConstraint(
                name="trial_ended_exactly_with_a_result",
                condition=Q(state__in=["waiting", "running"], ended_at__isnull=True)
                | (Q(state__in=["passed", "failed"], ended_at__isnull=False) & ~Q(sentence="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.get_kind_display()}"

    @property
    def said(self) -> str:
        """What was found, in the reader's language."""
        return shown(self.sentence)


class Launch(models.Model):
    """Somebody switched a feed on: after a rehearsal, or with a reason why not."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    source = models.ForeignKey(Source, models.PROTECT, related_name="launches", verbose_name=_("数据来源"))
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+", verbose_name=_("医疗机构"))
    trial = models.ForeignKey(Trial, models.PROTECT, null=True, related_name="+", verbose_name=_("试运行"))
    reason = models.CharField(_("理由"), max_length=200, blank=True)
    launched_at = models.DateTimeField(_("启用时间"))
    launched_by = models.CharField(_("启用人"), max_length=100)

    class Meta:
        verbose_name = _("数据来源的启用")
        verbose_name_plural = _("数据来源的启用")
        ordering = ["-launched_at"]
        constraints = [
            models.CheckConstraint(
                name="launched_after_a_rehearsal_or_with_a_reason",
                condition=Q(trial__isnull=False) | ~Q(reason=""),
            )
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.launched_at:%Y-%m-%d}"
