"""What makes a sign-in safer: devices that were here before, and the secrets of second factors."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from foundation.fields import EncryptedTextField
from foundation.keys import uuid7


class KnownDevice(models.Model):
    """A browser that signed in to an account before, known by the hash of its long-lived cookie."""

    behind_sign_in = True

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey("residents.Account", models.CASCADE, related_name="devices")
    key_hash = models.BinaryField(max_length=32)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    class Meta:
        verbose_name = _("用过的设备")
        verbose_name_plural = _("用过的设备")
        constraints = [models.UniqueConstraint(name="one_row_per_account_and_device", fields=["account", "key_hash"])]


class FactorSecret(models.Model):
    """The secret behind a one-time password or a set of recovery codes; allauth's own table keeps only this row's key.

    A row of its own, sealed like every other value, so that the keys can be changed with the rest.
    """

    behind_sign_in = True

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    value = EncryptedTextField(_("密钥"))

    class Meta:
        verbose_name = _("两步验证密钥")
        verbose_name_plural = _("两步验证密钥")
