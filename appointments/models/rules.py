"""How places let themselves be booked: the rules of a facility, of a department, of a kind of number."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from appointments.models.kinds import NumberKind
from foundation.keys import uuid7


class Rule(models.Model):
    """How a facility, one department of it, or one kind of number lets itself be booked (field facts, section D).

    A field left empty is taken from the next wider rule: kind in the department, department, kind at the facility,
    facility, and last the county's dated settings (`appointments.terms`). A rule in force never changes.
    """

    class Waiting(models.TextChoices):
        ONE_BY_ONE = "one_by_one", _("按登记先后，一个一个通知")
        ALL_AT_ONCE = "all_at_once", _("同时通知所有人，先确认先得")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    facility = models.ForeignKey(
        "facilities.Facility", models.PROTECT, related_name="booking_rules", verbose_name=_("医疗机构")
    )
    department = models.ForeignKey(
        "facilities.Department", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("科室")
    )
    number_kind = models.CharField(
        _("号别"), max_length=20, choices=NumberKind.choices, blank=True, help_text=_("留空表示所有号别。")
    )
    valid_from = models.DateField(_("生效日期"))
    # When
    window_days = models.PositiveSmallIntegerField(_("预约周期（天）"), null=True, blank=True)
    release_time = models.TimeField(_("放号时间"), null=True, blank=True)
    close_days_before = models.PositiveSmallIntegerField(
        _("网上停止预约：提前天数"),
        null=True,
        blank=True,
        help_text=_("0 表示就诊当天，到“停止时间”为止；停止时间为空则约到开始前。"),
    )
    close_time = models.TimeField(_("网上停止预约：停止时间"), null=True, blank=True)
    cancel_days_before = models.PositiveSmallIntegerField(
        _("退号截止：提前天数"),
        null=True,
        blank=True,
        help_text=_("0 表示就诊当天仍可退号，按“开始前分钟数”截止。"),
    )
    cancel_time = models.TimeField(
        _("退号截止：截止时间"), null=True, blank=True, help_text=_("提前天数大于 0 时，按那一天的这个时间截止。")
    )
    cancel_minutes_before = models.PositiveSmallIntegerField(
        _("退号截止：开始前分钟数"), null=True, blank=True, help_text=_("提前天数为 0 时，按就诊时间之前的分钟数截止。")
    )
    check_in_minutes_before = models.PositiveSmallIntegerField(_("签到：最早提前分钟数"), null=True, blank=True)
    check_in_minutes_after = models.PositiveSmallIntegerField(_("签到：最晚迟到分钟数"), null=True, blank=True)
    # How many
    live_bookings_per_person = models.PositiveSmallIntegerField(_("每人有效预约上限"), null=True, blank=True)
    bookings_per_day = models.PositiveSmallIntegerField(_("每人同一天就诊上限"), null=True, blank=True)
    bookings_per_department = models.PositiveSmallIntegerField(_("每人同一科室有效预约上限"), null=True, blank=True)
    period_days = models.PositiveSmallIntegerField(_("周期上限：天数"), null=True, blank=True)
    bookings_per_period = models.PositiveSmallIntegerField(_("周期上限：每人最多预约几次"), null=True, blank=True)
    moves_per_booking = models.PositiveSmallIntegerField(_("同一预约最多改期几次"), null=True, blank=True)
    # Reserves, in per cent of each slot; what is left of them goes to everybody at a set time.
    reserve_desk = models.PositiveSmallIntegerField(_("窗口预留（%）"), null=True, blank=True)
    reserve_phone = models.PositiveSmallIntegerField(_("电话预留（%）"), null=True, blank=True)
    reserve_referral = models.PositiveSmallIntegerField(_("基层转诊预留（%）"), null=True, blank=True)
    reserve_elder = models.PositiveSmallIntegerField(_("老年人预留（%）"), null=True, blank=True)
    reserves_end_hours = models.PositiveSmallIntegerField(_("预留号源在开诊前几小时放给所有人"), null=True, blank=True)
    # Cancelled places
    returns_from_minutes = models.PositiveSmallIntegerField(_("退号重新放出：最早几分钟后"), null=True, blank=True)
    returns_to_minutes = models.PositiveSmallIntegerField(
        _("退号重新放出：最晚几分钟后"), null=True, blank=True, help_text=_("在两者之间随机的一刻放出，先问候补的人。")
    )
    waiting = models.CharField(_("候补方式"), max_length=12, choices=Waiting.choices, null=True, blank=True)
    offer_minutes = models.PositiveSmallIntegerField(_("候补通知后保留几分钟"), null=True, blank=True)
    # Not coming
    attendance_reported = models.BooleanField(
        _("登记到诊情况"),
        null=True,
        blank=True,
        help_text=_("只有登记到诊情况的地方才记爽约；预约时会告诉居民。"),
    )
    no_shows_allowed = models.PositiveSmallIntegerField(_("爽约几次后暂停网上预约"), null=True, blank=True)
    no_show_days = models.PositiveSmallIntegerField(_("爽约累计天数"), null=True, blank=True)
    suspension_days = models.PositiveSmallIntegerField(_("暂停网上预约天数"), null=True, blank=True)

    class Meta:
        verbose_name = _("预约规则")
        verbose_name_plural = _("预约规则")
        constraints = [
            models.UniqueConstraint(
                name="one_rule_per_place_and_start",
                fields=["facility", "department", "number_kind", "valid_from"],
                nulls_distinct=False,
                violation_error_message=_("同一机构（科室、号别）同一天只能有一条规则。"),
            ),
            models.CheckConstraint(
                name="rule_window_is_1_to_90_days", condition=Q(window_days__gte=1, window_days__lte=90)
            ),
            models.CheckConstraint(
                name="rule_returns_in_order",
                condition=Q(returns_from_minutes=None, returns_to_minutes=None)
                | Q(returns_from_minutes__lte=F("returns_to_minutes"), returns_to_minutes__lte=24 * 60),
                violation_error_message=_("退号放出的最早、最晚分钟数要一起填，最早不能大于最晚，最晚不超过1440。"),
            ),
            models.CheckConstraint(
                name="rule_reserves_are_parts",
                condition=Q(
                    *(
                        Q(**{f"{name}__lte": 100}) | Q(**{name: None})
                        for name in ("reserve_desk", "reserve_phone", "reserve_referral", "reserve_elder")
                    )
                ),
                violation_error_message=_("每项预留是0到100的百分数。"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.department or self.facility} {self.get_number_kind_display()} {self.valid_from:%Y-%m-%d}"
