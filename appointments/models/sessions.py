"""What can be booked: a clinic half-day, and its times with their places."""

from datetime import date, datetime
from typing import Self

from django.db import models
from django.db.models import Case, F, Q, Sum, Value, When
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import gettext_lazy as _

from appointments.models.kinds import RESERVED, Channel, NumberKind, Period
from foundation.keys import uuid7


class SessionQuerySet(models.QuerySet["Session"]):
    def between(self, first: date, last: date) -> Self:
        """Sessions of these days, both included."""
        return self.filter(date__gte=first, date__lte=last)

    def counting_places(self, now: datetime, channel: str = Channel.WEB) -> Self:
        """Adds `free`, the places left for `channel`, and `total`: of slots that have not begun at `now`."""
        ahead = Q(slots__starts_at__gt=now, slots__extra_by=None)
        return self.annotate(
            free=Coalesce(Sum(open_places(now, channel, "slots__"), filter=ahead), 0),
            total=Coalesce(Sum("slots__capacity", filter=ahead), 0),
        )


class Session(models.Model):
    """One clinic half-day of one practitioner (出诊时段)."""

    # The words of this room, where they are most often asked for.
    Period = Period
    NumberKind = NumberKind

    class State(models.TextChoices):
        DRAFT = "draft", _("待发布")
        OPEN = "open", _("开放预约")
        STOPPED = "stopped", _("停诊")
        WITHDRAWN = "withdrawn", _("发布前撤下")

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
    # The weekly pattern it was made from; null for one that was opened by hand.
    rota = models.ForeignKey(
        "appointments.Rota", models.PROTECT, null=True, blank=True, related_name="sessions", editable=False
    )
    # The absence for which it was stopped, so that it is open again once the absence is withdrawn.
    stopped_for = models.ForeignKey(
        "appointments.RotaException", models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    # The practitioner belongs to another facility and comes here (专家下乡).
    outreach = models.BooleanField(_("专家下乡"), default=False, db_default=False)
    # Too scarce for "who comes first": on line its places are drawn by lot (appointments.draws).
    draw = models.BooleanField(
        _("抽签"), default=False, db_default=False, help_text=_("放号后先登记一分钟，再公开抽签，不比手快。")
    )
    stop_reason = models.CharField(
        _("停诊原因"), max_length=100, blank=True, default="", db_default="", help_text=_("居民看得到。")
    )

    # What residents never see: what is being prepared, and what was taken back before anybody saw it.
    UNSEEN = (State.DRAFT, State.WITHDRAWN)
    # One of these a doctor has in a half-day at most.
    STANDING = (State.DRAFT, State.OPEN)
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
                condition=Q(state__in=["draft", "open"]),
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


def open_places(now: datetime, channel: str = Channel.WEB, prefix: str = "") -> models.Expression:
    """The places of a slot left for `channel` at `now`: everybody's and its own; the database counts the same.

    (`app.places_for`, migration 0007.)
    """
    left = {name: F(f"{prefix}reserved_{name}") - F(f"{prefix}used_{name}") for name in RESERVED}
    kept = left[Channel.DESK] + left[Channel.PHONE] + left[Channel.REFERRAL] + left[Channel.ELDER]
    free = F(f"{prefix}capacity") - F(f"{prefix}taken")
    own = left.get(Channel(channel), Value(0))
    over = Q(**{f"{prefix}reserves_end_at__lte": now}) | Q(**{f"{prefix}reserves_end_at": None})
    return Case(
        When(over, then=free), default=Greatest(free - kept, Value(0)) + own, output_field=models.IntegerField()
    )


class SlotQuerySet(models.QuerySet["Slot"]):
    def bookable(self, now: datetime, channel: str = Channel.WEB) -> Self:
        """Slots with a place left for `channel`, ahead of `now`, in sessions that take place; no extra places."""
        open_at = {f"session__{name}": True for name in Session.PLACES}
        with_room = self.annotate(open_places=open_places(now, channel)).filter(open_places__gt=0)
        return with_room.filter(starts_at__gt=now, extra_by=None, session__state=Session.State.OPEN, **open_at)

    def with_everything(self) -> Self:
        """Slots with all that a page says about them, in one statement."""
        return self.select_related("session__facility", "session__department", "session__practitioner")


class Slot(models.Model):
    """A time with a number of places. Nobody writes `taken`: the database counts it with each booking and hold."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    session = models.ForeignKey(Session, models.PROTECT, related_name="slots", verbose_name=_("出诊时段"))
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+", verbose_name=_("医疗机构"))
    starts_at = models.DateTimeField(_("开始时间"))
    ends_at = models.DateTimeField(_("结束时间"))
    capacity = models.PositiveSmallIntegerField(_("号源数"))
    taken = models.PositiveSmallIntegerField(_("已约"), default=0, editable=False)
    first_number = models.PositiveSmallIntegerField(_("起始序号"))
    # Places kept apart until `reserves_end_at`, and how many of them are taken (counted by the database, too).
    reserved_desk = models.PositiveSmallIntegerField(_("窗口预留"), default=0, db_default=0)
    reserved_phone = models.PositiveSmallIntegerField(_("电话预留"), default=0, db_default=0)
    reserved_referral = models.PositiveSmallIntegerField(_("基层转诊预留"), default=0, db_default=0)
    reserved_elder = models.PositiveSmallIntegerField(_("老年人预留"), default=0, db_default=0)
    used_desk = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    used_phone = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    used_referral = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    used_elder = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    reserves_end_at = models.DateTimeField(_("预留放开时间"), null=True, blank=True)
    # An extra place (加号): who gave it is kept, and nobody finds it on line.
    extra_by = models.UUIDField(null=True, editable=False)

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
            models.UniqueConstraint(
                name="one_slot_per_session_and_time", fields=["session", "starts_at"], condition=Q(extra_by=None)
            ),
            models.CheckConstraint(
                name="slot_keeps_apart_no_more_than_it_has",
                condition=Q(
                    capacity__gte=F("reserved_desk")
                    + F("reserved_phone")
                    + F("reserved_referral")
                    + F("reserved_elder")
                ),
                violation_error_message=_("预留的号不能多于号源数。"),
            ),
            models.CheckConstraint(
                name="slot_reserves_never_overused",
                condition=Q(*(Q(**{f"used_{name}__lte": F(f"reserved_{name}")}) for name in RESERVED)),
            ),
        ]

    @property
    def free(self) -> int:
        """How many places were left when this row was read, those kept apart included."""
        return self.capacity - self.taken

    def places_for(self, channel: str, now: datetime) -> int:
        """How many places were left for `channel` when this row was read; the database decides by the same."""
        if self.reserves_end_at is None or self.reserves_end_at <= now:
            return self.free
        kept = {name: getattr(self, f"reserved_{name}") - getattr(self, f"used_{name}") for name in RESERVED}
        return int(max(self.free - sum(kept.values()), 0) + kept.get(Channel(channel), 0))
