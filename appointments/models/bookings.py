"""What is booked: a place in a slot, held for one person."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from appointments.models.kinds import Channel
from appointments.models.sessions import Session, Slot
from foundation.fields import EncryptedTextField
from foundation.keys import uuid7

if TYPE_CHECKING:
    from residents.access import Viewer


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

    class Ended(models.TextChoices):
        """Why a booking was cancelled."""

        BY_PERSON = "person", _("本人取消")
        BY_DESK = "desk", _("窗口取消")
        STOPPED = "stopped", _("停诊")
        MOVED = "moved", _("已改期")
        DECLINED = "declined", _("本人谢绝")

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
    ended = models.CharField(_("取消原因"), max_length=10, choices=Ended.choices, blank=True, default="", db_default="")
    ended_note = models.CharField(_("取消说明"), max_length=200, blank=True, default="", db_default="")
    # The database settles both: an elder's booking on line counts as an elder's, and draws on what is kept for elders.
    channel = models.CharField(
        _("预约渠道"), max_length=10, choices=Channel.choices, default=Channel.WEB, db_default=Channel.WEB
    )
    drawn_from = models.CharField(max_length=10, choices=Channel.choices, blank=True, editable=False, db_default="")
    hold = models.OneToOneField("appointments.Hold", models.PROTECT, null=True, editable=False, related_name="became")
    moved_from = models.OneToOneField("self", models.PROTECT, null=True, editable=False, related_name="moved_to")
    # Of a referral: the facility that asked for the place.
    referred_by = models.ForeignKey("facilities.Facility", models.PROTECT, null=True, related_name="+")
    # The person answered a reminder: they will come (migration 0013).
    confirmed_at = models.DateTimeField(_("本人确认时间"), null=True, editable=False)
    # When the person came, when the visit was settled (seen, or not come) and by whom: the database stamps both.
    checked_in_at = models.DateTimeField(_("签到时间"), null=True, editable=False)
    settled_at = models.DateTimeField(_("就诊登记时间"), null=True, editable=False)
    settled_by = models.UUIDField(_("登记账号"), null=True, editable=False)
    # Of several visits that were booked together, all or none: their common key, and which examination this one is.
    trip = models.UUIDField(null=True, editable=False)
    service = models.ForeignKey("appointments.Service", models.PROTECT, null=True, editable=False, related_name="+")
    reason = EncryptedTextField(_("就诊原因"), null=True, blank=True)
    needs = EncryptedTextField(_("需要的帮助"), null=True, blank=True)

    objects = BookingQuerySet.as_manager()

    class Meta:
        verbose_name = _("预约")
        verbose_name_plural = _("预约")
        ordering = ["date", "number"]
        indexes = [
            models.Index(fields=["resident", "-date"], name="booking_by_resident"),
            models.Index(fields=["facility", "date"], name="booking_by_facility"),
            models.Index(fields=["session"], name="booking_by_session"),
            models.Index(fields=["trip"], name="booking_by_trip", condition=Q(trip__isnull=False)),
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
            models.CheckConstraint(
                name="booking_referred_exactly_by_a_facility",
                condition=Q(channel="referral", referred_by__isnull=False)
                | (~Q(channel="referral") & Q(referred_by__isnull=True)),
            ),
        ]
