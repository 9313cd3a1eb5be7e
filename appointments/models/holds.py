"""Places that nobody has booked and nobody else can take: for a while, for a reason, counted like bookings."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from appointments.models.kinds import Channel
from appointments.models.sessions import Slot
from foundation.keys import uuid7


class Hold(models.Model):
    """A place kept until `ends_at`: a cancelled number on its way back, an offer, a step of a longer plan.

    The database counts a live hold in `slot.taken` and gives the place back when it ends. A booking that names the hold
    takes over its place.
    """

    class Kind(models.TextChoices):
        RETURNING = "returning", _("退号，等待重新放出")
        OFFER = "offer", _("留给候补的人")
        TRIP = "trip", _("一次看完的安排")
        BLOCKED = "blocked", _("窗口暂停")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slot = models.ForeignKey(Slot, models.PROTECT, related_name="holds")
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    # For whom; null for nobody in particular.
    resident = models.ForeignKey("residents.Resident", models.PROTECT, null=True, related_name="+")
    channel = models.CharField(max_length=10, choices=Channel.choices, default=Channel.WEB)
    drawn_from = models.CharField(max_length=10, choices=Channel.choices, blank=True, editable=False, db_default="")
    # Of an offer to somebody who waits: their entry, which the offer turn by turn belongs to.
    wait = models.ForeignKey("appointments.WaitlistEntry", models.PROTECT, null=True, related_name="offers")
    made_by = models.UUIDField(null=True, editable=False)
    made_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("保留的号")
        verbose_name_plural = _("保留的号")
        indexes = [
            models.Index(fields=["ends_at"], name="hold_live", condition=Q(ended_at=None)),
            models.Index(fields=["slot"], name="hold_live_by_slot", condition=Q(ended_at=None)),
            models.Index(fields=["resident"], name="hold_live_by_resident", condition=Q(ended_at=None)),
            models.Index(fields=["wait", "slot"], name="hold_by_wait", condition=Q(wait__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(name="hold_ends_after_it_began", condition=Q(ends_at__gt=F("made_at"))),
            models.UniqueConstraint(name="one_offer_at_a_time", fields=["wait"], condition=Q(ended_at=None)),
            models.CheckConstraint(name="only_offers_answer_a_wait", condition=Q(wait=None) | Q(kind="offer")),
            models.CheckConstraint(
                name="hold_of_an_offer_or_trip_is_somebodys",
                condition=Q(kind__in=["offer", "trip"], resident__isnull=False)
                | Q(kind__in=["returning", "blocked"], resident__isnull=True),
            ),
        ]


class Deed(models.Model):
    """One line of the trail that fairness is counted from: what became of a place, without saying whose it was.

    Written by the database with each booking and each change of its status; nobody changes or deletes a line.
    """

    class Kind(models.TextChoices):
        BOOKED = "booked", _("预约")
        CANCELLED = "cancelled", _("取消")
        CHECKED_IN = "checked_in", _("签到")
        COMPLETED = "completed", _("就诊")
        NO_SHOW = "no_show", _("爽约")
        REVISED = "revised", _("更正")
        RETURNED = "returned", _("退号重新放出")
        STRIKE = "strike", _("记爽约")
        EXCUSED = "excused", _("撤销爽约")
        SUSPENDED = "suspended", _("暂停网上预约")
        APPEALED = "appealed", _("申诉")
        ACCEPTED = "accepted", _("申诉通过")
        REJECTED = "rejected", _("申诉未通过")
        ASKED = "asked", _("登记抽签")
        DRAWN = "drawn", _("抽中")
        NOT_DRAWN = "not_drawn", _("没有抽中")

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    # Null for what is no booking: a request for a draw, a place that is free again.
    booking = models.ForeignKey("appointments.Booking", models.PROTECT, null=True, related_name="+")
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+")
    department = models.ForeignKey("facilities.Department", models.PROTECT, related_name="+")
    number_kind = models.CharField(max_length=20)
    channel = models.CharField(max_length=10)
    drawn_from = models.CharField(max_length=10, blank=True)
    ended = models.CharField(max_length=10, blank=True)
    # Whole years at the visit, in bands: 0, 18, 45, 65, 80 and older. The facility of the person's file, for townships.
    age_band = models.PositiveSmallIntegerField(null=True)
    home = models.ForeignKey("facilities.Facility", models.PROTECT, null=True, related_name="+")
    # From the deed to the visit.
    days_ahead = models.SmallIntegerField()

    class Meta:
        verbose_name = _("号源流水")
        verbose_name_plural = _("号源流水")
        indexes = [
            models.Index(fields=["facility", "at"], name="deed_by_facility"),
            models.Index(fields=["at"], name="deed_by_time"),
        ]
