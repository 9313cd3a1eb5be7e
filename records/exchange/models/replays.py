"""Stored messages gone through once more with today's translation and mapping, and what that would say otherwise."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7
from records.exchange.models.feeds import Source


class Replay(models.Model):
    """One going-through of a source's messages of a period (docs/adr/0018).

    `position` is the ledger line up to which it has come: a run that was killed goes on from there, once it has not
    moved `alive_at` for a while. `counts` says which fields differed how often.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("等待")
        RUNNING = "running", _("进行中")
        DONE = "done", _("完成")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    source = models.ForeignKey(Source, models.PROTECT, related_name="+", verbose_name=_("数据来源"))
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+", verbose_name=_("医疗机构"))
    since = models.DateTimeField(_("从何时收到的消息"), null=True, blank=True)
    until = models.DateTimeField(_("到何时收到的消息"), null=True, blank=True)
    lower = models.BooleanField(_("允许降低敏感级别"), default=False)
    asked_at = models.DateTimeField(_("申请时间"))
    asked_by = models.CharField(_("申请人"), max_length=100, blank=True)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.WAITING)
    started_at = models.DateTimeField(_("开始时间"), null=True)
    ended_at = models.DateTimeField(_("结束时间"), null=True)
    alive_at = models.DateTimeField(null=True)
    position_at = models.DateTimeField(null=True)
    position = models.UUIDField(null=True)
    read = models.PositiveBigIntegerField(_("重新读取"), default=0)
    same = models.PositiveBigIntegerField(_("与记录一致"), default=0)
    renewed = models.PositiveBigIntegerField(_("已更新"), default=0)
    kept = models.PositiveBigIntegerField(_("保留原样"), default=0)
    counts = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("重新解读")
        verbose_name_plural = _("重新解读")
        ordering = ["-asked_at"]
        indexes = [models.Index(fields=["asked_at"], name="replay_to_do", condition=~Q(state="done"))]
        constraints = [
            models.UniqueConstraint(
                name="one_replay_at_a_time_per_source",
                fields=["source"],
                condition=~Q(state="done"),
                violation_error_message=_("这个数据来源已经有一次重新解读在等待或进行。"),
            ),
            models.CheckConstraint(name="replay_counts_add_up", condition=Q(read=F("same") + F("renewed") + F("kept"))),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.asked_at:%Y-%m-%d %H:%M}"


class ReplayDifference(models.Model):
    """What one message says otherwise today, field by field; of what it says about the person only that it differs.

    `before` and `after` are filled for how it is understood (codes, units, levels), never for a result.
    """

    class Nature(models.TextChoices):
        RENEWED = "renewed", _("已按今天的解读更新")
        FILLED = "filled", _("补上了当时没有读出的内容")
        RAISED = "raised", _("提高了敏感级别")
        LOWERED = "lowered", _("降低了敏感级别")
        NOT_LOWERED = "not_lowered", _("今天的解读敏感级别更低，没有降低")
        SAID = "said", _("机构所说的内容读法不同，保留原样")
        MISSING = "missing", _("今天多出一条，没有新增")
        EXTRA = "extra", _("今天没有这一条，保留原样")
        REFUSED = "refused", _("今天不能读懂，保留原样")
        UNOPENED = "unopened", _("保存的原文不能再次读取")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    replay = models.ForeignKey(Replay, models.PROTECT, related_name="differences")
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+", verbose_name=_("医疗机构"))
    kind = models.CharField(_("类型"), max_length=60)
    identifier = models.CharField(_("机构内编号"), max_length=200)
    version = models.CharField(_("版本"), max_length=80)
    nature = models.CharField(_("差异"), max_length=12, choices=Nature.choices)
    field = models.CharField(_("字段"), max_length=40, blank=True)
    before = models.CharField(_("原来"), max_length=200, blank=True)
    after = models.CharField(_("现在"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("重新解读的差异")
        verbose_name_plural = _("重新解读的差异")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.identifier}"
