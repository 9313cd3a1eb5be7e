"""What can be booked: a clinic half-day, and its times with their places."""

from datetime import date, datetime
from typing import Self

from django.db import models
from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7


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
