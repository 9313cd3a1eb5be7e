"""Telling people: the inbox, and what leaves by SMS. Neither ever carries health content."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foundation.fields import EncryptedTextField
from foundation.keys import uuid7
from residents.querysets import DeliveryQuerySet, NoticeQuerySet


class Notice(models.Model):
    """A line in a resident's inbox: that something is there, never what it says."""

    class Kind(models.TextChoices):
        REPORT_READY = "report_ready", _("您的检查检验报告已出")
        BOOKED = "booked", _("预约成功")
        BOOKING_CANCELLED = "booking_cancelled", _("预约已取消")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="notices")
    kind = models.CharField(_("类型"), max_length=30, choices=Kind.choices)
    subject_id = models.UUIDField(null=True)
    created_at = models.DateTimeField(_("时间"))
    read_at = models.DateTimeField(_("阅读时间"), null=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("消息")
        verbose_name_plural = _("消息")
        indexes = [models.Index(fields=["resident", "-created_at"], name="notice_by_resident")]
        constraints = [
            models.UniqueConstraint(name="one_notice_per_subject", fields=["resident", "kind", "subject_id"])
        ]


class Delivery(models.Model):
    """One message to leave the portal: the outbox. A sweep sends what is due, so a lost broker loses nothing."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("待发送")
        SENT = "sent", _("已发送")
        FAILED = "failed", _("发送失败")
        WITHHELD = "withheld", _("无需发送")

    class Template(models.TextChoices):
        SIGN_IN_CODE = "sign_in_code", _("登录验证码")
        REPORT_READY = "report_ready", _("报告已出提醒")
        BOOKED = "booked", _("预约成功提醒")
        BOOKING_CANCELLED = "booking_cancelled", _("预约取消提醒")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    template = models.CharField(_("模板"), max_length=30, choices=Template.choices)
    phone = EncryptedTextField(_("手机号"), null=True)
    parameters = EncryptedTextField(_("参数"))
    key = models.CharField(_("去重键"), max_length=80, unique=True)
    status = models.CharField(_("状态"), max_length=10, choices=Status.choices, default=Status.WAITING)
    attempts = models.PositiveSmallIntegerField(_("尝试次数"), default=0)
    due_at = models.DateTimeField(_("应发时间"))
    sent_at = models.DateTimeField(_("发送时间"), null=True)
    error = models.CharField(_("失败原因"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("创建时间"), auto_now_add=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("短信投递")
        verbose_name_plural = _("短信投递")
        indexes = [models.Index(fields=["due_at"], name="delivery_due", condition=Q(status="waiting"))]
        constraints = [
            models.CheckConstraint(
                name="delivery_sent_exactly_when_dated",
                condition=Q(status="sent", sent_at__isnull=False) | (~Q(status="sent") & Q(sent_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="delivery_withheld_exactly_without_a_phone",
                condition=Q(status="withheld", phone__isnull=True) | (~Q(status="withheld") & Q(phone__isnull=False)),
            ),
        ]
