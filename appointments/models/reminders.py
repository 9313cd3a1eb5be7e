"""What a person was reminded of, and whom the desk has promised to ring up."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from appointments.models.bookings import Booking
from foundation.fields import EncryptedTextField
from foundation.keys import uuid7


class Reminder(models.Model):
    """One reminder of one visit, written as it is handed to the outbox; the database withdraws it (migration 0013)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="+", verbose_name=_("就诊人"))
    booking = models.ForeignKey(Booking, models.PROTECT, related_name="reminders", verbose_name=_("预约"))
    days_before = models.PositiveSmallIntegerField(_("提前几天"))
    # Two digits to answer with, one and the same for all reminders of a visit; named by the SMS where it is needed.
    code = models.CharField(_("编号"), max_length=2)
    # By which the outbox holds its SMS (`residents.questions.key_of`).
    delivery_key = models.CharField(max_length=80, unique=True)
    asked_at = models.DateTimeField(_("提醒时间"))
    withdrawn_at = models.DateTimeField(_("失效时间"), null=True)

    class Meta:
        verbose_name = _("就诊提醒")
        verbose_name_plural = _("就诊提醒")
        indexes = [models.Index(fields=["resident"], name="reminder_by_resident")]
        constraints = [
            models.UniqueConstraint(name="one_reminder_of_a_visit_and_day", fields=["booking", "days_before"])
        ]


class CallBack(models.Model):
    """Somebody answered "ring me": the facility's desk does, by a due date. The number is kept until then."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="+", verbose_name=_("就诊人"))
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+", verbose_name=_("医疗机构"))
    booking = models.ForeignKey(Booking, models.PROTECT, related_name="call_backs", verbose_name=_("预约"))
    phone = EncryptedTextField(_("电话"), null=True)
    asked_at = models.DateTimeField(_("要求时间"))
    due_at = models.DateTimeField(_("最晚回电时间"))
    done_at = models.DateTimeField(_("办好时间"), null=True)
    done_by = models.UUIDField(null=True, editable=False)

    class Meta:
        verbose_name = _("回电")
        verbose_name_plural = _("回电")
        indexes = [
            models.Index(fields=["facility", "due_at"], name="call_back_waits", condition=Q(done_at=None)),
            models.Index(fields=["resident"], name="call_back_by_resident"),
        ]
        constraints = [
            models.UniqueConstraint(name="one_call_back_at_a_time", fields=["booking"], condition=Q(done_at=None)),
            models.CheckConstraint(
                name="call_back_forgets_the_number_once_done",
                condition=Q(done_at=None, done_by=None, phone__isnull=False)
                | Q(done_at__isnull=False, done_by__isnull=False, phone__isnull=True),
            ),
        ]
