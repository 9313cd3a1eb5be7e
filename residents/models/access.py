"""Whom an account may see, and who looked."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7
from residents.querysets import AccessEventQuerySet


class Category(models.TextChoices):
    """What a delegation can open, one by one."""

    IDENTITY = "identity", _("基本信息与消息")
    BOOKING = "booking", _("预约挂号")
    RECORDS = "records", _("健康档案")
    RESULTS = "results", _("检查检验结果")


class Delegation(models.Model):
    """One person acts for another: guardian of a minor, family helper; by category, with an end."""

    class Relation(models.TextChoices):
        GUARDIAN = "guardian", _("监护人")
        FAMILY = "family", _("家庭成员")
        HELPER = "helper", _("代办人")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="delegations")
    delegate = models.ForeignKey("residents.Resident", models.PROTECT, related_name="delegations_held")
    relation = models.CharField(_("关系"), max_length=20, choices=Relation.choices)
    scope = ArrayField(models.CharField(max_length=20, choices=Category.choices), verbose_name=_("授权范围"))
    evidence = models.CharField(_("依据"), max_length=200, blank=True)
    starts_at = models.DateTimeField(_("开始时间"))
    ends_at = models.DateTimeField(_("到期时间"))
    ended_at = models.DateTimeField(_("提前终止时间"), null=True, blank=True)
    created_at = models.DateTimeField(_("登记时间"), auto_now_add=True)

    class Meta:
        verbose_name = _("代办授权")
        verbose_name_plural = _("代办授权")
        indexes = [models.Index(fields=["delegate", "ends_at"], name="delegation_by_delegate")]
        constraints = [
            models.CheckConstraint(name="nobody_is_their_own_delegate", condition=~Q(resident=F("delegate"))),
            models.CheckConstraint(name="delegation_ends_after_it_starts", condition=Q(ends_at__gt=F("starts_at"))),
        ]


class CareGrant(models.Model):
    """Why a facility may see a person, until when; written by the room that knows why (a booking, a contract)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="care_grants")
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+")
    reason = models.CharField(_("事由"), max_length=100)
    reference = models.UUIDField(_("来源"), null=True)
    starts_at = models.DateTimeField(_("开始时间"))
    ends_at = models.DateTimeField(_("到期时间"))

    class Meta:
        verbose_name = _("诊疗授权")
        verbose_name_plural = _("诊疗授权")
        indexes = [models.Index(fields=["facility", "resident", "ends_at"], name="care_grant_by_facility")]
        constraints = [
            models.CheckConstraint(name="care_grant_ends_after_it_starts", condition=Q(ends_at__gt=F("starts_at"))),
            models.UniqueConstraint(
                name="one_care_grant_per_reference", fields=["reference"], condition=Q(reference__isnull=False)
            ),
        ]


class Opening(models.Model):
    """A staff member opened one person for some minutes, with a reason; only `app.open_resident` writes here."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    token_hash = models.BinaryField(max_length=32)
    account_id = models.UUIDField()
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="+")
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+")
    reason = models.CharField(_("事由"), max_length=200)
    opened_at = models.DateTimeField(_("打开时间"))
    closes_at = models.DateTimeField(_("关闭时间"))

    class Meta:
        verbose_name = _("档案打开记录")
        verbose_name_plural = _("档案打开记录")
        indexes = [models.Index(fields=["token_hash", "closes_at"], name="opening_by_token")]


class AccessEvent(models.Model):
    """Who saw or did what about whom, when, from where, for what purpose. Never changed, never deleted.

    No foreign keys: the event outlives what it speaks of. Monthly partitions; the key carries the month's column.
    """

    pk = models.CompositePrimaryKey("at", "id")
    at = models.DateTimeField(_("时间"))
    id = models.UUIDField(default=uuid7)
    actor_id = models.UUIDField(_("操作人编号"), null=True)
    actor_name = models.CharField(_("操作人"), max_length=100)
    resident_id = models.UUIDField(_("居民"), null=True)
    facility_id = models.UUIDField(_("机构"), null=True)
    action = models.CharField(_("操作"), max_length=60)
    subject_kind = models.CharField(_("对象类型"), max_length=60, blank=True)
    subject_id = models.CharField(_("对象编号"), max_length=40, blank=True)
    purpose = models.CharField(_("目的"), max_length=200, blank=True)
    address = models.GenericIPAddressField(_("来源地址"), null=True)
    reference = models.CharField(_("请求编号"), max_length=16, blank=True)

    objects = AccessEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("访问记录")
        verbose_name_plural = _("访问记录")
        indexes = [
            models.Index(fields=["resident_id", "-at"], name="event_by_resident"),
            models.Index(fields=["facility_id", "-at"], name="event_by_facility"),
        ]
