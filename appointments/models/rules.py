"""How places let themselves be booked."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7


class Rule(models.Model):
    """How a facility, or one department of it, lets itself be booked (field facts, section D)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    facility = models.ForeignKey(
        "facilities.Facility", models.PROTECT, related_name="booking_rules", verbose_name=_("医疗机构")
    )
    department = models.ForeignKey(
        "facilities.Department", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("科室")
    )
    valid_from = models.DateField(_("生效日期"))
    window_days = models.PositiveSmallIntegerField(_("预约周期（天）"), default=7)
    release_time = models.TimeField(_("放号时间"), default="07:00")
    cancel_days_before = models.PositiveSmallIntegerField(
        _("退号截止：提前天数"), default=0, help_text=_("0 表示就诊当天仍可退号，按“开始前分钟数”截止。")
    )
    cancel_time = models.TimeField(
        _("退号截止：截止时间"), default="17:00", help_text=_("提前天数大于 0 时，按那一天的这个时间截止。")
    )
    cancel_minutes_before = models.PositiveSmallIntegerField(
        _("退号截止：开始前分钟数"), default=60, help_text=_("提前天数为 0 时，按就诊时间之前的分钟数截止。")
    )
    live_bookings_per_person = models.PositiveSmallIntegerField(_("每人有效预约上限"), default=3)

    class Meta:
        verbose_name = _("预约规则")
        verbose_name_plural = _("预约规则")
        constraints = [
            models.UniqueConstraint(
                name="one_rule_per_place_and_start",
                fields=["facility", "department", "valid_from"],
                nulls_distinct=False,
                violation_error_message=_("同一机构（科室）同一天只能有一条规则。"),
            ),
            models.CheckConstraint(
                name="rule_window_is_1_to_90_days", condition=Q(window_days__gte=1, window_days__lte=90)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.department or self.facility} {self.valid_from:%Y-%m-%d}"
