"""What opens a facility's interface: sealed, written by staff, never shown again.

The worker opens it; so do the pages with pictures, for a study that the session may see (`app.picture_secrets`).
"""

from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from foundation.fields import EncryptedTextField
from foundation.keys import uuid7
from records.exchange.models.feeds import Source


class WithoutSecret(models.Manager["SourceCredential"]):
    """Rows without what is sealed in them, which the web login may write and not read."""

    def get_queryset(self) -> QuerySet["SourceCredential"]:
        return super().get_queryset().defer("sealed")


class SourceCredential(models.Model):
    """One secret of a source; of each purpose one is in force, and what is no longer in force is erased."""

    class Purpose(models.TextChoices):
        TOKEN = "token", _("访问令牌（Bearer）")
        LOGIN = "login", _("用户名和密码（Basic）")
        PASSWORD = "password", _("数据库密码")
        CERTIFICATE = "certificate", _("客户端证书（双向 TLS）")
        AUTHORITY = "authority", _("机构自己的 CA 证书")
        VIEWER = "viewer", _("影像浏览器的签名密钥")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    source = models.ForeignKey(Source, models.PROTECT, related_name="credentials", verbose_name=_("数据来源"))
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+", verbose_name=_("医疗机构"))
    purpose = models.CharField(_("用途"), max_length=20, choices=Purpose.choices)
    sealed = EncryptedTextField(null=True)
    valid_until = models.DateTimeField(_("有效期至"), null=True)
    set_at = models.DateTimeField(_("保存时间"))
    set_by = models.CharField(_("保存人"), max_length=100)
    ended_at = models.DateTimeField(_("停用时间"), null=True)
    ended_by = models.CharField(_("停用人"), max_length=100, blank=True)

    objects = WithoutSecret()

    class Meta:
        verbose_name = _("数据来源的凭证")
        verbose_name_plural = _("数据来源的凭证")
        ordering = ["purpose", "-set_at"]
        constraints = [
            models.UniqueConstraint(
                name="one_credential_in_force", fields=["source", "purpose"], condition=Q(ended_at__isnull=True)
            ),
            models.CheckConstraint(
                name="ended_credential_is_erased",
                condition=Q(ended_at__isnull=True, sealed__isnull=False, ended_by="")
                | (Q(ended_at__isnull=False, sealed__isnull=True) & ~Q(ended_by="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.get_purpose_display()}"
