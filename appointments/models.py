"""When and where: rule, session, slot, booking. The database takes the places (see migration 0002)."""

from datetime import date, datetime
from typing import Self

from django.db import models
from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7
from residents.access import Viewer


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


class SessionQuerySet(models.QuerySet["Session"]):
    def between(self, first: date, last: date) -> Self:
        """Sessions of these days, both included."""
        return self.filter(date__gte=first, date__lte=last)

    def counting_places(self, now: datetime) -> Self:
        """Adds `free` and `total`: the places of slots that have not begun at `now`."""
        ahead = Q(slots__starts_at__gt=now)
        return self.annotate(
            free=Coalesce(Sum(F("slots__capacity") - F("slots__taken"), filter=ahead), 0),
            total=Coalesce(Sum("slots__capacity", filter=ahead), 0),
        )


class Session(models.Model):
    """One clinic half-day of one practitioner (出诊时段)."""

    class Period(models.TextChoices):
        MORNING = "morning", _("上午")
        AFTERNOON = "afternoon", _("下午")
        EVENING = "evening", _("晚上")

    class NumberKind(models.TextChoices):
        ORDINARY = "ordinary", _("普通号")
        EXPERT = "expert", _("专家号")
        FAMILY_DOCTOR = "family_doctor", _("家医签约号")
        FREE_CLINIC = "free_clinic", _("义诊")

    class State(models.TextChoices):
        OPEN = "open", _("开放预约")
        STOPPED = "stopped", _("停诊")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+", verbose_name=_("医疗机构"))
    department = models.ForeignKey("facilities.Department", models.PROTECT, related_name="+", verbose_name=_("科室"))
    practitioner = models.ForeignKey(
        "facilities.Practitioner", models.PROTECT, related_name="+", verbose_name=_("医生")
    )
    date = models.DateField(_("日期"))
    period = models.CharField(_("午别"), max_length=10, choices=Period.choices)
    kind = models.CharField(_("号别"), max_length=20, choices=NumberKind.choices, default=NumberKind.ORDINARY)
    fee = models.DecimalField(_("挂号费（元）"), max_digits=7, decimal_places=2, default=0)
    location = models.CharField(_("就诊地点"), max_length=100, blank=True)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.OPEN)

    # What must hold for a session to be booked: staff close a place as a whole, its sessions stay as they were.
    PLACES = (
        "facility__is_active",
        "department__is_active",
        "department__takes_bookings",
        "practitioner__is_active",
    )

    objects = SessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("出诊时段")
        verbose_name_plural = _("出诊时段")
        ordering = ["date", "period"]
        indexes = [models.Index(fields=["facility", "date"], name="session_by_facility")]
        constraints = [
            models.UniqueConstraint(
                name="one_session_per_practitioner_and_half_day",
                fields=["practitioner", "date", "period"],
                violation_error_message=_("该医生在这一天的这个时段已有出诊安排。"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.date:%Y-%m-%d} {self.get_period_display()} {self.practitioner}"

    @property
    def takes_place(self) -> bool:
        """Whether its facility, department and practitioner are all at work (`PLACES`, for a row at hand)."""
        department = self.department
        at_work = department.is_active and department.takes_bookings and self.practitioner.is_active
        return at_work and self.facility.is_active


class SlotQuerySet(models.QuerySet["Slot"]):
    def bookable(self, now: datetime) -> Self:
        """Slots with a place left, ahead of `now`, in sessions that take place."""
        open_at = {f"session__{name}": True for name in Session.PLACES}
        return self.filter(starts_at__gt=now, taken__lt=F("capacity"), session__state=Session.State.OPEN, **open_at)

    def with_everything(self) -> Self:
        """Slots with all that a page says about them, in one statement."""
        return self.select_related("session__facility", "session__department", "session__practitioner")


class Slot(models.Model):
    """A time with a number of places. Nobody writes `taken`: the database counts it with each booking."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    session = models.ForeignKey(Session, models.PROTECT, related_name="slots", verbose_name=_("出诊时段"))
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+", verbose_name=_("医疗机构"))
    starts_at = models.DateTimeField(_("开始时间"))
    ends_at = models.DateTimeField(_("结束时间"))
    capacity = models.PositiveSmallIntegerField(_("号源数"))
    taken = models.PositiveSmallIntegerField(_("已约"), default=0, editable=False)
    first_number = models.PositiveSmallIntegerField(_("起始序号"))

    objects = SlotQuerySet.as_manager()

    class Meta:
        verbose_name = _("号源")
        verbose_name_plural = _("号源")
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(
                name="slot_never_overbooked",
                condition=Q(taken__lte=F("capacity")),
                violation_error_message=_("该时段已约满。"),
            ),
            models.CheckConstraint(name="slot_ends_after_it_starts", condition=Q(ends_at__gt=F("starts_at"))),
            models.CheckConstraint(
                name="slot_has_places_and_numbers", condition=Q(capacity__gte=1, capacity__lte=500, first_number__gte=1)
            ),
            models.UniqueConstraint(name="one_slot_per_session_and_time", fields=["session", "starts_at"]),
        ]

    @property
    def free(self) -> int:
        """How many places were left when this row was read."""
        return self.capacity - self.taken


class BookingQuerySet(models.QuerySet["Booking"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Bookings of the person the viewer looks at; row-level security says the same."""
        return self.filter(resident_id=viewer.resident_id)

    def live(self) -> Self:
        """Bookings that hold a place."""
        return self.exclude(status=Booking.Status.CANCELLED)

    def upcoming(self, now: datetime) -> Self:
        """Visits still to come or going on, the nearest first."""
        return self.filter(status__in=Booking.AWAITED, slot__ends_at__gt=now).order_by("slot__starts_at")

    def past(self, now: datetime) -> Self:
        """Everything that is not upcoming, the latest first."""
        return self.exclude(status__in=Booking.AWAITED, slot__ends_at__gt=now).order_by("-slot__starts_at", "-id")

    def with_everything(self) -> Self:
        """Bookings with all that a page says about them, in one statement."""
        return self.select_related("slot", "session__practitioner", "session__facility", "session__department")


class Booking(models.Model):
    """A place in a slot, held for one person."""

    class Status(models.TextChoices):
        BOOKED = "booked", _("已预约")
        CANCELLED = "cancelled", _("已取消")
        CHECKED_IN = "checked_in", _("已签到")
        COMPLETED = "completed", _("已就诊")
        NO_SHOW = "no_show", _("爽约")

    AWAITED = (Status.BOOKED, Status.CHECKED_IN)

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="+", verbose_name=_("就诊人"))
    # The database fills in the name and the number (see migration 0002).
    resident_name = models.CharField(_("就诊人姓名"), max_length=100, editable=False, db_default="")
    slot = models.ForeignKey(Slot, models.PROTECT, related_name="bookings", verbose_name=_("号源"))
    session = models.ForeignKey(Session, models.PROTECT, related_name="bookings", verbose_name=_("出诊时段"))
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+", verbose_name=_("医疗机构"))
    department = models.ForeignKey("facilities.Department", models.PROTECT, related_name="+", verbose_name=_("科室"))
    date = models.DateField(_("就诊日期"))
    period = models.CharField(_("午别"), max_length=10, choices=Session.Period.choices)
    number = models.PositiveSmallIntegerField(_("候诊序号"), editable=False, db_default=0)
    status = models.CharField(_("状态"), max_length=12, choices=Status.choices, default=Status.BOOKED)
    form_key = models.UUIDField(_("提交键"), editable=False)
    booked_by = models.UUIDField(_("操作账号"))
    booked_at = models.DateTimeField(_("预约时间"))
    cancelled_by = models.UUIDField(_("取消账号"), null=True)
    cancelled_at = models.DateTimeField(_("取消时间"), null=True)

    objects = BookingQuerySet.as_manager()

    class Meta:
        verbose_name = _("预约")
        verbose_name_plural = _("预约")
        ordering = ["date", "number"]
        indexes = [
            models.Index(fields=["resident", "-date"], name="booking_by_resident"),
            models.Index(fields=["facility", "date"], name="booking_by_facility"),
            models.Index(fields=["session"], name="booking_by_session"),
        ]
        constraints = [
            models.UniqueConstraint(
                name="one_live_booking_per_department_and_half_day",
                fields=["resident", "department", "date", "period"],
                condition=~Q(status="cancelled"),
                violation_error_message=_("您在这个科室的这个时段已有预约。"),
            ),
            models.UniqueConstraint(
                name="queue_number_given_once",
                fields=["session", "number"],
                condition=~Q(status="cancelled"),
            ),
            models.UniqueConstraint(name="one_booking_per_submitted_form", fields=["booked_by", "form_key"]),
            models.CheckConstraint(
                name="booking_cancelled_exactly_when_dated_and_signed",
                condition=Q(status="cancelled", cancelled_at__isnull=False, cancelled_by__isnull=False)
                | (~Q(status="cancelled") & Q(cancelled_at__isnull=True, cancelled_by__isnull=True)),
            ),
        ]
