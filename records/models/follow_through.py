"""Who sees to results that are out of range, by when, and how far that is."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7


class FollowThrough(models.Model):
    """What was out of range of one person at one facility on one day: one matter, with an owner and a due date.

    The database opens it with the result (`app.open_follow_through`), whichever way that came in, and ends it where
    every such result of that day is corrected or taken back. `level`: how far the clock has carried it. `handed_to`:
    the facility where the person is registered, once nobody could be reached.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("待联系")
        CONTACTED = "contacted", _("已联系")
        BOOKED = "booked", _("已约复查")
        RECHECKED = "rechecked", _("已复查")
        CLOSED = "closed", _("不用再联系")
        GONE = "gone", _("已更正或收回")

    class Level(models.IntegerChoices):
        NEW = 0, _("刚收到")
        REMINDED = 1, _("已发短信提醒")
        CALLS = 2, _("电话随访名单")
        VISITS = 3, _("入户随访名单")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="+")
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+", verbose_name=_("检查机构"))
    handed_to = models.ForeignKey(
        "facilities.Facility", models.PROTECT, null=True, related_name="+", verbose_name=_("转给")
    )
    day = models.DateField(_("检查日期"))
    opened_at = models.DateTimeField(_("收到时间"))
    due_on = models.DateField(_("应在此日前联系"))
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.WAITING)
    level = models.PositiveSmallIntegerField(_("到了哪一步"), choices=Level.choices, default=Level.NEW)
    ended_at = models.DateTimeField(_("结束时间"), null=True)
    reason = models.CharField(_("结束的原因"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("异常结果随访")
        verbose_name_plural = _("异常结果随访")
        ordering = ["due_on", "opened_at", "id"]
        indexes = [
            models.Index(fields=["facility", "due_on"], name="follow_open", condition=Q(ended_at=None)),
            models.Index(fields=["handed_to"], name="follow_handed", condition=Q(ended_at=None)),
            models.Index(fields=["opened_at"], name="follow_waiting", condition=Q(state="waiting")),
        ]
        constraints = [
            models.UniqueConstraint(name="one_follow_through_a_day", fields=["resident", "facility", "day"]),
            models.CheckConstraint(
                name="follow_through_ended_exactly_when_over",
                condition=Q(state__in=["waiting", "contacted", "booked"], ended_at=None)
                | Q(state__in=["rechecked", "closed", "gone"], ended_at__isnull=False),
            ),
            models.CheckConstraint(
                name="follow_through_ends_with_a_reason", condition=Q(ended_at=None, reason="") | ~Q(reason="")
            ),
        ]


class FollowThroughStep(models.Model):
    """What was done about it, by staff or by the clock; never changed."""

    class Deed(models.TextChoices):
        CONTACTED = "contacted", _("联系上了本人")
        MISSED = "missed", _("没有联系上")
        BOOKED = "booked", _("约好了复查")
        RECHECKED = "rechecked", _("已经复查")
        CLOSED = "closed", _("不用再联系")
        CRITICAL = "critical", _("危急值，医生已电话告知")
        REMINDED = "reminded", _("没有打开报告，发了短信提醒")
        CALLS = "calls", _("列入电话随访名单")
        VISITS = "visits", _("列入建档机构的入户随访名单")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(FollowThrough, models.PROTECT, related_name="steps")
    deed = models.CharField(_("做了什么"), max_length=10, choices=Deed.choices)
    note = models.CharField(_("说明"), max_length=200, blank=True)
    done_at = models.DateTimeField(_("时间"))
    done_by = models.UUIDField(null=True)
    done_name = models.CharField(_("处理人"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("异常结果随访的经过")
        verbose_name_plural = _("异常结果随访的经过")
        ordering = ["done_at", "id"]
        indexes = [models.Index(fields=["case", "done_at"], name="follow_step_by_case")]
