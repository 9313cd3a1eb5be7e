"""Whom an account may see, and who looked."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7
from residents.querysets import AccessEventQuerySet, DelegationQuerySet, OpeningQuerySet


class Category(models.TextChoices):
    """What a delegation can open, one by one."""

    IDENTITY = "identity", _("基本信息与消息")
    BOOKING = "booking", _("预约挂号")
    RECORDS = "records", _("健康档案")
    RESULTS = "results", _("检查检验结果")
    NOTICES = "notices", _("接收消息提醒")


class Delegation(models.Model):
    """One person acts for another: guardian of a minor, family helper; by category, with an end."""

    class Relation(models.TextChoices):
        GUARDIAN = "guardian", _("监护人")
        FAMILY = "family", _("家庭成员")
        HELPER = "helper", _("代办人")

    class State(models.TextChoices):
        """Only an approved one opens anything."""

        REQUESTED = "requested", _("待审核")
        APPROVED = "approved", _("已生效")
        REFUSED = "refused", _("未通过")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="delegations")
    delegate = models.ForeignKey("residents.Resident", models.PROTECT, related_name="delegations_held")
    relation = models.CharField(_("关系"), max_length=20, choices=Relation.choices)
    scope = ArrayField(models.CharField(max_length=20, choices=Category.choices), verbose_name=_("授权范围"))
    agreed_scope = ArrayField(
        models.CharField(max_length=20, choices=Category.choices),
        verbose_name=_("本人同意保留的范围"),
        default=list,
        help_text=_("监护关系中，孩子满14周岁后由本人同意保留的范围；满18周岁时监护代办结束。"),
    )
    agreed_at = models.DateTimeField(_("本人同意时间"), null=True, blank=True)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.APPROVED)
    evidence = models.CharField(_("依据"), max_length=200, blank=True)
    starts_at = models.DateTimeField(_("开始时间"))
    ends_at = models.DateTimeField(_("到期时间"))
    ended_at = models.DateTimeField(_("提前终止时间"), null=True, blank=True)
    ended_by = models.UUIDField(_("终止人"), null=True, editable=False)
    created_by = models.UUIDField(_("登记人"), null=True, editable=False)
    created_at = models.DateTimeField(_("登记时间"), auto_now_add=True)
    reviewed_by = models.UUIDField(_("审核人"), null=True, editable=False)
    reviewed_at = models.DateTimeField(_("审核时间"), null=True, editable=False)
    facility = models.ForeignKey(
        "facilities.Facility", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("登记机构")
    )

    objects = DelegationQuerySet.as_manager()

    class Meta:
        verbose_name = _("代办授权")
        verbose_name_plural = _("代办授权")
        indexes = [models.Index(fields=["delegate", "ends_at"], name="delegation_by_delegate")]
        constraints = [
            models.CheckConstraint(name="nobody_is_their_own_delegate", condition=~Q(resident=F("delegate"))),
            models.CheckConstraint(name="delegation_ends_after_it_starts", condition=Q(ends_at__gt=F("starts_at"))),
            models.CheckConstraint(
                name="a_reviewer_is_not_who_registered", condition=Q(reviewed_by=None) | ~Q(reviewed_by=F("created_by"))
            ),
            models.UniqueConstraint(
                name="one_open_delegation_per_pair",
                fields=["resident", "delegate", "relation"],
                condition=Q(ended_at__isnull=True) & ~Q(state="refused"),
                violation_error_message=_("已有一份有效或待审核的代办授权，请先终止再重新登记。"),
            ),
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


class PresenceCode(models.Model):
    """What proves that a person is standing there: a printed card, or a code spoken once. Only its hash is kept."""

    class Kind(models.TextChoices):
        CARD = "card", _("帮办卡")
        SPOKEN = "spoken", _("一次性帮办码")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="presence_codes")
    kind = models.CharField(_("类型"), max_length=10, choices=Kind.choices)
    code_hash = models.BinaryField(max_length=32, unique=True)
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, null=True, related_name="+")
    issued_by = models.UUIDField(_("发放人"), null=True)
    issued_at = models.DateTimeField(_("发放时间"))
    expires_at = models.DateTimeField(_("有效期至"))
    used_at = models.DateTimeField(_("使用时间"), null=True)
    revoked_at = models.DateTimeField(_("作废时间"), null=True)

    class Meta:
        verbose_name = _("帮办凭证")
        verbose_name_plural = _("帮办凭证")
        constraints = [
            models.CheckConstraint(
                name="presence_code_ends_after_it_starts", condition=Q(expires_at__gt=F("issued_at"))
            ),
            models.UniqueConstraint(
                name="one_live_card_per_person", fields=["resident"], condition=Q(kind="card", revoked_at__isnull=True)
            ),
        ]


class Opening(models.Model):
    """A staff member opened one person for some minutes, with a reason; only the database's own functions write here.

    It belongs to one session, holds only the categories of its scope, and ends by itself.
    """

    class Kind(models.TextChoices):
        CARE = "care", _("诊疗服务")
        EMERGENCY = "emergency", _("紧急调阅")
        COUNTER = "counter", _("窗口办理")
        ASSISTED = "assisted", _("帮办")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    token_hash = models.BinaryField(max_length=32)
    account_id = models.UUIDField()
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="+")
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+")
    kind = models.CharField(_("方式"), max_length=10, choices=Kind.choices, default=Kind.CARE)
    scope = ArrayField(models.CharField(max_length=20, choices=Category.choices), verbose_name=_("范围"), default=list)
    tasks = ArrayField(models.CharField(max_length=20), verbose_name=_("事项"), default=list)
    presence = models.ForeignKey(PresenceCode, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(_("事由"), max_length=200)
    opened_at = models.DateTimeField(_("打开时间"))
    closes_at = models.DateTimeField(_("关闭时间"))
    closed_at = models.DateTimeField(_("提前关闭时间"), null=True)

    objects = OpeningQuerySet.as_manager()

    class Meta:
        verbose_name = _("档案打开记录")
        verbose_name_plural = _("档案打开记录")
        indexes = [models.Index(fields=["token_hash", "closes_at"], name="opening_by_token")]


class Capacity(models.TextChoices):
    """In what capacity somebody looked or acted."""

    SELF = "self", _("本人")
    DELEGATE = "delegate", _("代办人")
    GUARDIAN = "guardian", _("监护人")
    ASSISTED = "assisted", _("帮办")
    CARE = "care", _("诊疗服务")
    EMERGENCY = "emergency", _("紧急调阅")
    COUNTER = "counter", _("窗口办理")
    STAFF = "staff", _("工作人员")
    SYSTEM = "system", _("系统")
    PROGRAM = "program", _("授权的应用")


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
    capacity = models.CharField(_("身份"), max_length=10, choices=Capacity.choices, blank=True)
    opening_id = models.UUIDField(_("办理编号"), null=True)
    address = models.GenericIPAddressField(_("来源地址"), null=True)
    reference = models.CharField(_("请求编号"), max_length=16, blank=True)
    # The database's own clock; `at` is the word of whoever writes, and the two are compared when the log is verified.
    written_at = models.DateTimeField(_("写入时间"), db_default=Func(function="app.clock"), editable=False)

    objects = AccessEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("访问记录")
        verbose_name_plural = _("访问记录")
        indexes = [
            models.Index(fields=["resident_id", "-at"], name="event_by_resident"),
            models.Index(fields=["facility_id", "-at"], name="event_by_facility"),
        ]
