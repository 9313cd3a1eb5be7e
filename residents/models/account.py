"""The login: accounts, their sessions, and how sure we are who holds them. Behind the sign-in connection."""

import secrets
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from facilities.permissions import live_roles, roles_allow, roles_reach
from foundation.fields import EncryptedTextField
from foundation.keys import uuid7
from foundation.prepared import Question
from residents.phones import PhoneIndexField
from residents.querysets import VerificationQuerySet


def random_username() -> str:
    """32 random hexadecimal digits: a resident's username says nothing about the person."""
    return secrets.token_hex(16)


class AccountManager(BaseUserManager["Account"]):
    def create_user(self, username: str | None = None, password: str | None = None, **fields: Any) -> "Account":
        """A new account; without a password it can only be entered by code."""
        account = self.model(username=username or random_username(), **fields)
        account.set_password(password)
        account.save(using=self._db)
        return account

    def get(self, *args: Any, **fields: Any) -> "Account":
        """As everywhere; by its key, as each request asks for whoever is signed in, through a text that is kept."""
        if args or fields.keys() != {"pk"} or self._db:
            return super().get(*args, **fields)
        found: Account | None = _BY_KEY.first(Account._meta.pk.to_python(fields["pk"]))
        if found is None:
            raise Account.DoesNotExist
        return found


class Account(AbstractBaseUser):
    """A login of a resident or of a staff member. What it may see is worked out by the database, never by a flag."""

    class DisplayMode(models.TextChoices):
        STANDARD = "standard", _("标准版")
        ELDER = "elder", _("长辈版")

    behind_sign_in = True

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    username = models.CharField(_("用户名"), max_length=64, unique=True, default=random_username)
    name = models.CharField(_("姓名"), max_length=100, blank=True)
    resident = models.OneToOneField(
        "residents.Resident", models.PROTECT, null=True, blank=True, related_name="account", verbose_name=_("居民")
    )
    phone = EncryptedTextField(_("手机号"), null=True)
    phone_index = PhoneIndexField(of="phone")
    phone_verified_at = models.DateTimeField(_("手机验证时间"), null=True, editable=False)
    # Hashed like a password; asked for after a code where the phone alone does not say who holds it.
    pin = models.CharField(_("服务密码"), max_length=128, blank=True, editable=False)
    is_active = models.BooleanField(_("启用"), default=True)
    is_staff = models.BooleanField(_("工作人员"), default=False)
    must_change_password = models.BooleanField(_("登录后须修改密码"), default=False)
    display_mode = models.CharField(
        _("显示模式"), max_length=10, choices=DisplayMode.choices, default=DisplayMode.STANDARD
    )
    # Staff opened or reset by two persons: until when the first second factor is set up, and the hash of the code that
    # security hands over for it. Nobody sets one up without the code where a date is given.
    enrol_by = models.DateTimeField(_("须在此前设置两步验证"), null=True, editable=False)
    enrol_code = models.BinaryField(_("登记码"), max_length=32, null=True, editable=False)
    created_at = models.DateTimeField(_("创建时间"), auto_now_add=True)

    objects = AccountManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("账号")
        verbose_name_plural = _("账号")
        indexes = [models.Index(fields=["phone_index"], name="account_by_phone")]
        constraints = [
            models.CheckConstraint(
                name="account_is_of_a_resident_or_of_staff", condition=Q(resident__isnull=False) | Q(is_staff=True)
            )
        ]

    def __str__(self) -> str:
        return self.name or str(self.pk)

    def has_perm(self, perm: str, obj: object | None = None) -> bool:
        """Whether one of the account's live roles allows the deed; there is no account that may do everything."""
        return self.is_active and self.is_staff and roles_allow(self.roles(), perm)

    def has_module_perms(self, app_label: str) -> bool:
        """Whether any deed of a room is allowed (Django's admin asks before it lists a room)."""
        return self.is_active and self.is_staff and roles_reach(self.roles(), app_label)

    def roles(self) -> frozenset[str]:
        """The live roles of this account, read once for each loaded account."""
        if not hasattr(self, "_roles"):
            self._roles = live_roles(self.pk)
        return self._roles


_BY_KEY = Question(lambda key: Account.objects.filter(pk=key))


class AccountSession(models.Model):
    """A session, found by the hash of the key in the cookie; its token tells row-level security who is looking."""

    class Kind(models.TextChoices):
        """For whom, and so how long it may stay idle."""

        RESIDENT = "resident", _("居民")
        STAFF = "staff", _("工作人员")
        KIOSK = "kiosk", _("自助机")

    behind_sign_in = True

    key_hash = models.BinaryField(primary_key=True, max_length=32)
    data = models.BinaryField()
    account = models.ForeignKey(Account, models.CASCADE, null=True, related_name="sessions")
    token_hash = models.BinaryField(max_length=32, null=True, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.RESIDENT)
    signed_in_at = models.DateTimeField(null=True)
    last_seen_at = models.DateTimeField(null=True)
    device = models.CharField(max_length=40, blank=True)
    address = models.GenericIPAddressField(null=True)
    proved_at = models.DateTimeField(null=True)
    second_factor_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("登录会话")
        verbose_name_plural = _("登录会话")
        constraints = [
            models.CheckConstraint(
                name="session_has_a_token_exactly_when_signed_in",
                condition=Q(account__isnull=True, token_hash__isnull=True)
                | Q(account__isnull=False, token_hash__isnull=False),
            ),
            models.CheckConstraint(
                name="session_is_dated_exactly_when_signed_in",
                condition=Q(account__isnull=True, signed_in_at__isnull=True, last_seen_at__isnull=True)
                | Q(account__isnull=False, signed_in_at__isnull=False, last_seen_at__isnull=False),
            ),
        ]


class Verification(models.Model):
    """How, by whom and until when an account's real-name level was proved (domain facts, section B6)."""

    class Level(models.IntegerChoices):
        SELF_REGISTERED = 1, _("L1 自行登记")
        MATCHED = 2, _("L2 与已有档案相符")
        VERIFIED = 3, _("L3 已由机构核验")

    class Method(models.TextChoices):
        COUNTER = "counter", _("窗口核验")
        ACTIVATION_CODE = "activation_code", _("激活码（读卡器核验证件）")
        HAND_CODE = "hand_code", _("激活码（手工输入证件号码）")
        PHONE_MATCH = "phone_match", _("预留手机号相符")
        SELF = "self", _("自行登记")
        AUTHORITY = "authority", _("权威身份平台")

    behind_sign_in = True

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey(Account, models.CASCADE, related_name="verifications")
    level = models.PositiveSmallIntegerField(_("实名等级"), choices=Level.choices)
    method = models.CharField(_("核验方式"), max_length=20, choices=Method.choices)
    verified_by = models.UUIDField(_("核验人"), null=True)
    authority = models.CharField(_("身份平台"), max_length=20, blank=True, editable=False)
    verified_at = models.DateTimeField(_("核验时间"))
    valid_until = models.DateTimeField(_("有效期至"), null=True)
    revoked_at = models.DateTimeField(_("撤销时间"), null=True)

    objects = VerificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("实名核验")
        verbose_name_plural = _("实名核验")
        constraints = [
            models.CheckConstraint(name="verification_level_is_1_to_3", condition=Q(level__gte=1, level__lte=3))
        ]
