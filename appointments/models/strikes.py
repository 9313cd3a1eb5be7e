"""Not coming: a strike where a facility reports attendance, and the appeal against it.

Whether web booking is suspended, and until when, is computed by the database from these rows (migration 0011) and kept
nowhere: a strike that is withdrawn or successfully appealed has no effect from that moment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foundation.fields import EncryptedTextField
from foundation.keys import uuid7

if TYPE_CHECKING:
    from residents.access import Viewer


class StrikeQuerySet(models.QuerySet["Strike"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Strikes of the person the viewer looks at; row-level security says the same."""
        return self.filter(resident_id=viewer.resident_id)


class Strike(models.Model):
    """One visit that was missed without a word; written by the database when a facility says so, with the rule then."""

    class Why(models.TextChoices):
        """Why a strike was withdrawn by the facility itself."""

        CORRECTED = "corrected", _("登记有误，已更正")
        FACILITY = "facility", _("机构原因")
        EMERGENCY = "emergency", _("本人突发情况")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    booking = models.OneToOneField("appointments.Booking", models.PROTECT, related_name="strike")
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="+")
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+")
    at = models.DateTimeField(_("登记时间"))
    marked_by = models.UUIDField(null=True, editable=False)
    # The rule that was shown when the visit was booked.
    allowed = models.PositiveSmallIntegerField(_("爽约几次后暂停网上预约"))
    within_days = models.PositiveSmallIntegerField(_("爽约累计天数"))
    suspension_days = models.PositiveSmallIntegerField(_("暂停网上预约天数"))
    appeal_until = models.DateTimeField(_("申诉截止"))
    withdrawn_at = models.DateTimeField(_("撤销时间"), null=True)
    withdrawn_by = models.UUIDField(null=True, editable=False)
    withdrawn_why = models.CharField(_("撤销原因"), max_length=10, choices=Why.choices, blank=True, db_default="")

    objects = StrikeQuerySet.as_manager()

    class Meta:
        verbose_name = _("爽约记录")
        verbose_name_plural = _("爽约记录")
        indexes = [
            models.Index(fields=["resident", "facility"], name="strike_by_resident"),
            models.Index(fields=["facility", "-at"], name="strike_by_facility"),
        ]
        constraints = [
            models.CheckConstraint(
                name="strike_withdrawn_with_a_reason",
                condition=Q(withdrawn_at=None, withdrawn_why="")
                | (Q(withdrawn_at__isnull=False) & ~Q(withdrawn_why="")),
            )
        ]


class Appeal(models.Model):
    """What a person says against a strike: once, in time; answered once, and in their favour if never answered."""

    class Way(models.TextChoices):
        WEB = "web", _("网上")
        SMS = "sms", _("短信")
        DESK = "desk", _("窗口")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    strike = models.OneToOneField(Strike, models.PROTECT, related_name="appeal")
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="+")
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+")
    way = models.CharField(_("方式"), max_length=4, choices=Way.choices)
    # May tell of an illness; one tap says nothing at all.
    words = EncryptedTextField(_("本人的话"), null=True, blank=True)
    by = models.UUIDField(null=True, editable=False)
    at = models.DateTimeField(_("申诉时间"))
    answer_due = models.DateTimeField(_("答复期限"))
    accepted = models.BooleanField(_("是否同意"), null=True)
    answer = models.CharField(_("答复"), max_length=200, blank=True, db_default="")
    answered_at = models.DateTimeField(_("答复时间"), null=True)
    answered_by = models.UUIDField(null=True, editable=False)
    answered_name = models.CharField(_("答复人"), max_length=100, blank=True, editable=False, db_default="")

    class Meta:
        verbose_name = _("爽约申诉")
        verbose_name_plural = _("爽约申诉")
        indexes = [
            models.Index(fields=["facility", "answer_due"], name="appeal_waits", condition=Q(answered_at=None)),
        ]
        constraints = [
            models.CheckConstraint(
                name="appeal_answered_with_words",
                condition=Q(answered_at=None, accepted=None, answer="")
                | (Q(answered_at__isnull=False, accepted__isnull=False) & ~Q(answer="")),
            )
        ]
