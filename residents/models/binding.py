"""Which account somebody proved by an authority opens: a pseudonym of the identity platform, an openid of WeChat."""

from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foundation.crypto import BlindIndex, blind_index
from foundation.fields import EncryptedTextField
from foundation.keys import uuid7


class BindingQuerySet(models.QuerySet["Binding"]):
    def live(self) -> Self:
        """Not ended."""
        return self.filter(ended_at=None)

    def of_account(self, account_id: UUID) -> Self:
        """What opens an account, oldest first."""
        return self.filter(account_id=account_id).order_by("bound_at", "id")


class Binding(models.Model):
    """One subject of one authority opens one account, until it is ended; the subject itself is sealed.

    `level` is what was proved about the account when it was bound: a proof that names no document can give back that
    much and no more.
    """

    behind_sign_in = True

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey("residents.Account", models.CASCADE, related_name="bindings")
    authority = models.CharField(_("认证方式"), max_length=20)
    issuer = models.CharField(_("认证来源"), max_length=200)
    subject = EncryptedTextField(_("认证标识"))
    subject_index = models.BinaryField(max_length=32)
    level = models.PositiveSmallIntegerField(_("绑定时的实名等级"))
    bound_at = models.DateTimeField(_("绑定时间"))
    used_at = models.DateTimeField(_("最近使用时间"), null=True)
    ended_at = models.DateTimeField(_("解除时间"), null=True)

    objects = BindingQuerySet.as_manager()

    class Meta:
        verbose_name = _("登录绑定")
        verbose_name_plural = _("登录绑定")
        constraints = [
            models.UniqueConstraint(
                name="one_account_per_subject",
                fields=["authority", "subject_index"],
                condition=Q(ended_at__isnull=True),
            ),
            models.UniqueConstraint(
                name="one_subject_per_account", fields=["account", "authority"], condition=Q(ended_at__isnull=True)
            ),
            models.CheckConstraint(
                name="binding_ends_after_it_starts", condition=Q(ended_at=None) | Q(ended_at__gte=models.F("bound_at"))
            ),
            models.CheckConstraint(name="binding_level_is_0_to_3", condition=Q(level__gte=0, level__lte=3)),
        ]


def subject_index(authority: str, issuer: str, subject: str) -> BlindIndex:
    """The blind index by which a subject of one authority is found; the same word of another issuer is another."""
    return blind_index(f"binding.{authority}", f"{issuer} {subject}")
