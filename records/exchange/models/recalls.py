"""Recalls: a report that may be somebody else's, hidden at once; what was decided, who was told, how it came about."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7
from records.exchange.models.feeds import Source


class Recall(models.Model):
    """One incident: a message of a source, every version of it, that may be about somebody else. No name is in it.

    `kind` and `identifier` are the message's; what belongs to it is in `RecallCover`. Without `carried_out_at` the
    worker has still to do what was decided. A recall found unfounded is over; any other one holds for good, so that a
    later version of the message follows the decision.
    """

    class Finder(models.TextChoices):
        FACILITY = "facility", _("机构报告")
        STAFF = "staff", _("工作人员发现")
        RESIDENT = "resident", _("居民反映")

    class State(models.TextChoices):
        OPEN = "open", _("已收回，待核查")
        PROPOSED = "proposed", _("拟移给另一人，待另一位同事同意")
        MOVED = "moved", _("已移给本来的人")
        WITHDRAWN = "withdrawn", _("已撤回，不属于任何人")
        UNFOUNDED = "unfounded", _("核查无误，恢复显示")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    source = models.ForeignKey(Source, models.PROTECT, related_name="+", verbose_name=_("数据来源"))
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+", verbose_name=_("医疗机构"))
    kind = models.CharField(_("类型"), max_length=60)
    identifier = models.CharField(_("机构内编号"), max_length=200)
    number = models.CharField(_("报告编号"), max_length=80, blank=True)
    issued_at = models.DateTimeField(_("报告时间"), null=True)
    received_at = models.DateTimeField(_("最早显示的时间"))
    found_by = models.CharField(_("由谁发现"), max_length=10, choices=Finder.choices)
    # The facility recalled it because it sends it again for the right person: that message decides by itself.
    expects_correction = models.BooleanField(_("机构将重新发送"), default=False)
    reason = models.CharField(_("原因"), max_length=200)
    noticed_at = models.DateTimeField(_("发现时间"))
    started_at = models.DateTimeField(_("收回时间"))
    started_by = models.UUIDField()
    started_name = models.CharField(_("收回人"), max_length=100)
    hidden_ms = models.PositiveIntegerField(_("收回用时（毫秒）"), default=0)
    rows = models.PositiveIntegerField(_("收回的条目"), default=0)
    people = models.PositiveIntegerField(_("涉及的居民"), default=0)
    notices = models.PositiveIntegerField(_("撤下的消息"), default=0)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.OPEN)
    carried_out_at = models.DateTimeField(null=True)
    cause = models.TextField(_("原因分析"), max_length=1000, blank=True)
    measures = models.TextField(_("整改措施"), max_length=1000, blank=True)
    closed_at = models.DateTimeField(_("结案时间"), null=True)
    closed_name = models.CharField(_("结案人"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("收回的报告")
        verbose_name_plural = _("收回的报告")
        ordering = ["-started_at", "-id"]
        indexes = [
            models.Index(fields=["facility", "-started_at"], name="recall_by_facility"),
            models.Index(fields=["id"], name="recall_to_carry_out", condition=Q(carried_out_at__isnull=True)),
        ]
        constraints = [
            models.UniqueConstraint(
                name="one_live_recall", fields=["source", "kind", "identifier"], condition=~Q(state="unfounded")
            ),
            models.CheckConstraint(
                name="recall_closed_only_with_cause_and_measures",
                condition=Q(closed_at__isnull=True) | (~Q(cause="") & ~Q(measures="") & ~Q(closed_name="")),
            ),
            models.CheckConstraint(
                name="recall_closed_only_when_decided",
                condition=Q(closed_at__isnull=True) | ~Q(state__in=["open", "proposed"]),
            ),
        ]

    def __str__(self) -> str:
        return self.number or self.identifier


class RecallDecision(models.Model):
    """What somebody decided about a recall, agreed to, or undid: never changed, numbered from 1 within it."""

    class Verdict(models.TextChoices):
        MOVE = "move", _("属于另一人，移过去")
        AGREE = "agree", _("同意移过去")
        WITHDRAW = "withdraw", _("撤回，不属于任何人")
        UNFOUNDED = "unfounded", _("核查无误，恢复显示")
        UNDO = "undo", _("撤销上一次的决定")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    recall = models.ForeignKey(Recall, models.PROTECT, related_name="decisions")
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+", verbose_name=_("医疗机构"))
    number = models.PositiveSmallIntegerField()
    verdict = models.CharField(_("决定"), max_length=10, choices=Verdict.choices)
    reason = models.CharField(_("依据"), max_length=200)
    decided_at = models.DateTimeField(_("时间"))
    decided_by = models.UUIDField(null=True)  # nobody: the facility's own corrected message
    decided_name = models.CharField(_("处理人"), max_length=100)

    class Meta:
        verbose_name = _("收回的决定")
        verbose_name_plural = _("收回的决定")
        ordering = ["number"]
        constraints = [models.UniqueConstraint(name="recall_decisions_are_numbered", fields=["recall", "number"])]


class RecallTold(models.Model):
    """Who was told of a recall, of what, when: residents by their masked name, staff by their own."""

    class Whom(models.TextChoices):
        SHOWN = "shown", _("曾显示在其名下的居民")
        RIGHT = "right", _("报告本来的人")
        HELPER = "helper", _("看过的代办人")
        HEAD = "head", _("机构负责人")
        BUREAU = "bureau", _("卫生健康局")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    recall = models.ForeignKey(Recall, models.PROTECT, related_name="told")
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+", verbose_name=_("医疗机构"))
    whom = models.CharField(_("对象"), max_length=10, choices=Whom.choices)
    name = models.CharField(_("姓名"), max_length=100)
    account_id = models.UUIDField(null=True)
    what = models.CharField(_("内容"), max_length=30, blank=True)
    told_at = models.DateTimeField(_("告知时间"))
    read_at = models.DateTimeField(_("阅读时间"), null=True)

    class Meta:
        verbose_name = _("收回的告知")
        verbose_name_plural = _("收回的告知")
        ordering = ["told_at", "id"]
        indexes = [models.Index(fields=["recall"], name="told_by_recall")]


class RecallPerson(models.Model):
    """Whom a recall is about: in whose record it stood, whose it is, and whom a later message of the facility names.

    `knew`: somebody looked at it or was told of it before, so whoever misses it now is told that it is being checked.
    """

    class Part(models.TextChoices):
        SHOWN = "shown", _("曾显示在其名下")
        RIGHT = "right", _("本来的人")
        SUGGESTED = "suggested", _("机构更正的消息里的人")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    recall = models.ForeignKey(Recall, models.PROTECT, related_name="persons")
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="+")
    part = models.CharField(max_length=10, choices=Part.choices)
    knew = models.BooleanField(default=False)
    found_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    told_of = models.CharField(max_length=30, blank=True)

    class Meta:
        verbose_name = _("收回涉及的居民")
        verbose_name_plural = _("收回涉及的居民")
        constraints = [
            models.UniqueConstraint(
                name="recall_person_once", fields=["recall", "resident", "part"], condition=Q(ended_at__isnull=True)
            ),
            models.UniqueConstraint(
                name="one_right_person", fields=["recall"], condition=Q(part="right", ended_at__isnull=True)
            ),
        ]


class RecallCover(models.Model):
    """A message that belongs to a recall, with every version of it, also those still to come."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    recall = models.ForeignKey(Recall, models.PROTECT, related_name="covers")
    source = models.ForeignKey(Source, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=60)
    identifier = models.CharField(max_length=200)

    class Meta:
        verbose_name = _("收回的消息")
        verbose_name_plural = _("收回的消息")
        indexes = [models.Index(fields=["source", "kind", "identifier"], name="cover_by_message")]
        constraints = [
            models.UniqueConstraint(name="message_covered_once", fields=["recall", "source", "kind", "identifier"])
        ]


class RecallRow(models.Model):
    """A row of the record that a recall hid, and how it was released before."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    recall = models.ForeignKey(Recall, models.PROTECT, related_name="hidden")
    model = models.CharField(max_length=30)
    row_id = models.UUIDField()
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="+")
    release_before = models.CharField(max_length=10)
    hidden_at = models.DateTimeField()
    shown_at = models.DateTimeField(null=True)
    taken_back_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("收回的条目")
        verbose_name_plural = _("收回的条目")
        indexes = [models.Index(fields=["row_id"], name="recalled_row")]
        constraints = [models.UniqueConstraint(name="row_hidden_once_per_recall", fields=["recall", "row_id"])]
