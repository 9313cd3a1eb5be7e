"""Other people's programs that a resident lets read their record: who runs them, what was agreed to, since when."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinLengthValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7
from residents.connected.scopes import KINDS, check_redirects


class Program(models.Model):
    """A program that the bureau registered. Whoever it belongs to, it reads only what each resident agreed to."""

    id = models.UUIDField(_("应用编号"), primary_key=True, default=uuid7, editable=False)
    name = models.CharField(_("名称"), max_length=60, validators=[MinLengthValidator(2)])
    operator = models.CharField(_("运营单位"), max_length=100, help_text=_("居民在授权页面看到的责任单位全称。"))
    about = models.CharField(_("用途"), max_length=200, help_text=_("一句话，写给居民看：这个应用拿这些内容做什么。"))
    contact = models.CharField(_("联系方式"), max_length=100, help_text=_("居民有疑问时找谁：电话或邮箱。"))
    redirect_uris = ArrayField(
        models.CharField(max_length=300),
        verbose_name=_("回调地址"),
        validators=[check_redirects],
        help_text=_("每行一个，须与应用发来的一字不差：https 地址，或手机应用自己的地址（如 com.example.app:/cb）。"),
    )
    kinds = ArrayField(
        models.CharField(max_length=40, choices=KINDS.choices()),
        verbose_name=_("可以申请的内容"),
        help_text=_("只选用途真正需要的。居民授权时还可以逐项去掉。"),
    )
    confidential = models.BooleanField(
        _("有自己的服务器"),
        default=True,
        help_text=_("有服务器的应用要凭密钥换取令牌；手机和网页应用藏不住密钥，不选。登记以后不能改。"),
    )
    is_active = models.BooleanField(
        _("启用"), default=True, help_text=_("停用后马上生效：已经授权给它的令牌都不能再用。")
    )
    registered_at = models.DateTimeField(_("登记时间"), editable=False)
    registered_by = models.UUIDField(_("登记人"), editable=False)

    class Meta:
        verbose_name = _("接入应用")
        verbose_name_plural = _("接入应用")

    def __str__(self) -> str:
        return self.name


class ProgramSecret(models.Model):
    """What a program with a server of its own proves itself with: random, shown once, kept as a hash."""

    behind_sign_in = False

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    program = models.ForeignKey(Program, models.PROTECT, related_name="secrets")
    secret_hash = models.BinaryField(max_length=32)
    set_at = models.DateTimeField(_("设置时间"))
    set_by = models.UUIDField(_("设置人"))
    ended_at = models.DateTimeField(_("作废时间"), null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_secret_in_force_per_program", fields=["program"], condition=Q(ended_at__isnull=True)
            )
        ]


class Connection(models.Model):
    """A resident lets a program read some kinds of their record, until they say otherwise. The database writes it."""

    class Ending(models.TextChoices):
        """Why it ended before its time."""

        RESIDENT = "resident", _("本人停止了授权")
        RENEWED = "renewed", _("本人重新授权，换成了新的一份")
        PROGRAM = "program", _("应用退出了")
        REPLAYED = "replayed", _("授权码被用了两次，为安全起见停止")
        REUSED = "reused", _("旧的令牌又被使用，为安全起见停止")
        CONSENT = "consent", _("撤回了查看授权")
        ACCOUNT = "account", _("账号停用了")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="+")
    program = models.ForeignKey(Program, models.PROTECT, related_name="+", verbose_name=_("应用"))
    account_id = models.UUIDField(editable=False)
    scopes = ArrayField(models.CharField(max_length=60), verbose_name=_("授权范围"))
    given_at = models.DateTimeField(_("授权时间"))
    expires_at = models.DateTimeField(_("到期时间"))
    used_at = models.DateTimeField(_("最近使用"), null=True)
    ended_at = models.DateTimeField(_("停止时间"), null=True)
    ending = models.CharField(_("停止原因"), max_length=10, choices=Ending.choices, blank=True)

    class Meta:
        verbose_name = _("应用授权")
        verbose_name_plural = _("应用授权")
        constraints = [
            models.UniqueConstraint(
                name="one_live_connection_per_program",
                fields=["resident", "program"],
                condition=Q(ended_at__isnull=True),
            ),
            models.CheckConstraint(
                name="connection_ended_exactly_when_it_says_why",
                condition=Q(ended_at__isnull=True, ending="") | (Q(ended_at__isnull=False) & ~Q(ending="")),
            ),
        ]


class ConnectionToken(models.Model):
    """A code or a token of a connection, as a hash. Only the database's own functions read and write this table."""

    class Kind(models.TextChoices):
        CODE = "code", _("授权码")
        ACCESS = "access", _("访问令牌")
        REFRESH = "refresh", _("续期令牌")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    connection = models.ForeignKey(Connection, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    token_hash = models.BinaryField(max_length=32, unique=True)
    scopes = ArrayField(models.CharField(max_length=60))
    # Of a code alone: where it goes, and what must be shown with it (RFC 7636).
    redirect_uri = models.CharField(max_length=300, blank=True)
    challenge = models.CharField(max_length=43, blank=True)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="connection_token_by_end")]
        constraints = [
            models.CheckConstraint(
                name="a_code_says_where_it_goes_and_what_proves_it",
                condition=(Q(kind="code") & ~Q(redirect_uri="") & ~Q(challenge=""))
                | (~Q(kind="code") & Q(redirect_uri="", challenge="")),
            )
        ]
