"""What takes two persons: one asks, another one decides. And what an auditor found of an emergency access."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from facilities.roles import Role
from foundation.fields import EncryptedTextField
from foundation.keys import uuid7
from residents.querysets import ApprovalQuerySet


class Approval(models.Model):
    """A deed that waits for a second person's yes. Only the database's own functions decide and finish one.

    `account_id` is whom it is about, once there is such an account; `payload` holds the rest of what is asked, sealed.
    """

    class Kind(models.TextChoices):
        OPEN_ACCOUNT = "open_account", _("开通工作人员账号")
        REOPEN_ACCOUNT = "reopen_account", _("恢复已停用的账号")
        GIVE_ROLE = "give_role", _("授予管理角色")
        RESET_SECOND_FACTOR = "reset_second_factor", _("重置两步验证")
        EXPORT_PEOPLE = "export_people", _("导出居民名单")

    class Verdict(models.TextChoices):
        PENDING = "pending", _("待审批")
        APPROVED = "approved", _("已同意")
        REFUSED = "refused", _("未同意")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(_("事项"), max_length=20, choices=Kind.choices)
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+", verbose_name=_("医疗机构"))
    role = models.CharField(_("角色"), max_length=20, choices=Role.choices, blank=True)
    account_id = models.UUIDField(_("账号"), null=True)
    account_name = models.CharField(_("姓名"), max_length=100, blank=True)
    payload = EncryptedTextField(_("内容"))
    with_numbers = models.BooleanField(_("包含证件号码"), default=False)
    reason = models.CharField(_("理由"), max_length=200)
    requested_by = models.UUIDField(_("申请人"))
    requested_name = models.CharField(_("申请人姓名"), max_length=100)
    requested_at = models.DateTimeField(_("申请时间"))
    expires_at = models.DateTimeField(_("有效期至"))
    verdict = models.CharField(_("结果"), max_length=10, choices=Verdict.choices, default=Verdict.PENDING)
    decided_by = models.UUIDField(_("审批人"), null=True)
    decided_name = models.CharField(_("审批人姓名"), max_length=100, blank=True)
    decided_at = models.DateTimeField(_("审批时间"), null=True)
    remark = models.CharField(_("审批意见"), max_length=200, blank=True)
    done_at = models.DateTimeField(_("办理时间"), null=True)

    objects = ApprovalQuerySet.as_manager()

    class Meta:
        verbose_name = _("双人审批")
        verbose_name_plural = _("双人审批")
        indexes = [models.Index(fields=["-requested_at"], name="approval_by_time")]
        constraints = [
            models.CheckConstraint(
                name="nobody_approves_what_they_asked_for",
                condition=Q(decided_by=None) | ~Q(requested_by=F("decided_by")),
                violation_error_message=_("申请人不能审批自己的申请。"),
            ),
            models.CheckConstraint(
                name="nobody_approves_what_is_about_themselves",
                condition=Q(decided_by=None) | Q(account_id=None) | ~Q(account_id=F("decided_by")),
                violation_error_message=_("不能审批关于自己账号的申请。"),
            ),
            models.CheckConstraint(
                name="approval_decided_exactly_when_dated_and_signed",
                condition=Q(verdict="pending", decided_by=None, decided_at=None)
                | (~Q(verdict="pending") & Q(decided_by__isnull=False, decided_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="only_what_was_approved_is_done", condition=Q(done_at=None) | Q(verdict="approved")
            ),
            models.CheckConstraint(name="approval_has_a_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="approval_ends_after_it_was_asked", condition=Q(expires_at__gt=F("requested_at"))
            ),
        ]

    def __str__(self) -> str:
        return str(self.get_kind_display())


class OpeningReview(models.Model):
    """An auditor looked into one emergency access, and says whether it was in order."""

    class Verdict(models.TextChoices):
        IN_ORDER = "in_order", _("已核查，情况属实")
        FOLLOWED_UP = "followed_up", _("已核查，需进一步处理")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    opening = models.OneToOneField("residents.Opening", models.PROTECT, related_name="review")
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+")
    verdict = models.CharField(_("核查结果"), max_length=20, choices=Verdict.choices)
    remark = models.CharField(_("说明"), max_length=200)
    reviewed_by = models.UUIDField(_("核查人"))
    reviewed_name = models.CharField(_("核查人姓名"), max_length=100)
    reviewed_at = models.DateTimeField(_("核查时间"))

    class Meta:
        verbose_name = _("紧急调阅核查")
        verbose_name_plural = _("紧急调阅核查")
        constraints = [models.CheckConstraint(name="review_says_something", condition=~Q(remark=""))]
