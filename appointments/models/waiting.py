"""Who waits for a place: for a department or one of its doctors, within some days."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from appointments.models.kinds import NumberKind, Period
from foundation.keys import uuid7

if TYPE_CHECKING:
    from residents.access import Viewer


class WaitlistQuerySet(models.QuerySet["WaitlistEntry"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Entries of the person the viewer looks at; row-level security says the same."""
        return self.filter(resident_id=viewer.resident_id)

    def live(self, today: date) -> Self:
        """Entries that still wait on `today`; one whose days are over has ended, swept or not."""
        return self.filter(ended_at=None, latest__gte=today)


class WaitlistEntry(models.Model):
    """One person's place among those who wait (候补). It ends by itself: with a booking, or after the last day."""

    class Ended(models.TextChoices):
        LEFT = "left", _("本人退出")
        BOOKED = "booked", _("已约上")
        OVER = "over", _("日期已过")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="+", verbose_name=_("就诊人"))
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+", verbose_name=_("医疗机构"))
    department = models.ForeignKey("facilities.Department", models.PROTECT, related_name="+", verbose_name=_("科室"))
    # Null: whichever doctor of the department.
    practitioner = models.ForeignKey(
        "facilities.Practitioner", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("医生")
    )
    number_kind = models.CharField(_("号别"), max_length=20, choices=NumberKind.choices, blank=True)
    earliest = models.DateField(_("最早日期"))
    latest = models.DateField(_("最晚日期"))
    # Empty: whichever half-day.
    periods = ArrayField(models.CharField(max_length=10, choices=Period.choices), verbose_name=_("午别"), default=list)
    joined_at = models.DateTimeField(_("加入时间"))
    joined_by = models.UUIDField(editable=False)
    ended_at = models.DateTimeField(_("结束时间"), null=True)
    ended = models.CharField(_("结束原因"), max_length=10, choices=Ended.choices, blank=True, default="", db_default="")

    objects = WaitlistQuerySet.as_manager()

    class Meta:
        verbose_name = _("候补")
        verbose_name_plural = _("候补")
        ordering = ["joined_at", "id"]
        indexes = [
            models.Index(fields=["department", "joined_at"], name="waiting_in_order", condition=Q(ended_at=None)),
            models.Index(fields=["resident", "-joined_at"], name="waiting_by_resident"),
        ]
        constraints = [
            models.UniqueConstraint(
                name="one_wait_per_department_and_days",
                fields=["resident", "department", "earliest", "latest"],
                condition=Q(ended_at=None),
                violation_error_message=_("您已经在候补这个科室这几天的号。"),
            ),
            models.CheckConstraint(name="wait_days_in_order", condition=Q(latest__gte=F("earliest"))),
            models.CheckConstraint(
                name="wait_says_why_exactly_when_ended",
                condition=Q(ended_at=None, ended="") | (Q(ended_at__isnull=False) & ~Q(ended="")),
            ),
        ]
