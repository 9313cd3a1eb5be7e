"""Second factors: one-time passwords, passkeys and recovery codes, on allauth's tables behind the sign-in connection.

Staff must have one; residents may. Secrets are sealed in a table of their own (`FactorSecret`).
"""

from typing import Any

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.conf import settings
from django.db import router, transaction
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from residents.models import Account, FactorSecret
from residents.sessions import proofs_of

Type = Authenticator.Type
MAIN = (Type.TOTP, Type.WEBAUTHN)  # recovery codes only stand in for one of these
LAST_COUNTER = "last_counter"  # of the newest one-time password taken; it and every older one is used up


class MFAAdapter(DefaultMFAAdapter):
    """What allauth asks of the house about second factors."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "cannot_delete_authenticator": gettext_lazy("工作人员至少要保留一种两步验证方式。请先添加另一种，再停用它。"),
        "cannot_generate_recovery_codes": gettext_lazy("请先设置动态码或通行密钥，再生成恢复码。"),
        "incorrect_code": gettext_lazy("验证码不正确或已经用过，请看清后再试。"),
    }

    def encrypt(self, text: str) -> str:
        """Seal a secret in a row of its own; what allauth keeps is the row's key."""
        return str(FactorSecret.objects.create(value=text).pk)

    def decrypt(self, encrypted_text: str) -> str:
        secret: str = FactorSecret.objects.get(pk=encrypted_text).value
        return secret

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Staff keep at least one second factor; a lost one is replaced by their administrators, two of them."""
        if not authenticator.user.is_staff:
            return True
        others = Authenticator.objects.filter(user_id=authenticator.user_id, type__in=MAIN).exclude(pk=authenticator.pk)
        return bool(others.exists())

    def get_totp_issuer(self) -> str:
        return f"{settings.COUNTY_NAME}居民健康服务门户"

    def generate_authenticator_name(self, user: Any, type: str) -> str:
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return _("通行密钥 %(number)d") % {"number": count + 1}

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {"id": context.request.get_host().partition(":")[0], "name": self.get_totp_issuer()}

    def _get_user_identifier(self, user: Account) -> str:
        # A resident's username is random; the name tells the owner's own phone whose key it is.
        return user.username if user.is_staff else user.name


def has_second_factor(account: Account) -> bool:
    """Whether the account set up a one-time password or a passkey."""
    return bool(Authenticator.objects.filter(user_id=account.pk, type__in=MAIN).exists())


def types_of(account: Account) -> frozenset[str]:
    """Which kinds of second factor the account has, recovery codes included."""
    return frozenset(Authenticator.objects.filter(user_id=account.pk).values_list("type", flat=True))


def proved_with_one(request: HttpRequest) -> bool:
    """Whether this session was opened, or confirmed later, with a second factor."""
    return proofs_of(dict(request.session.items()))["second_factor_at"] is not None


def matching(account: Account, code: str) -> Authenticator | None:
    """The account's factor that this code belongs to, used up by asking; None when it belongs to none."""
    with transaction.atomic(using=router.db_for_write(Authenticator)):
        typed = Authenticator.objects.select_for_update().filter(
            user_id=account.pk, type__in=[Type.TOTP, Type.RECOVERY_CODES]
        )
        for factor in typed.order_by("-type"):
            if take_one_time(factor, code) if factor.type == Type.TOTP else factor.wrap().validate_code(code):
                factor.user = account
                return factor
    return None


def take_one_time(factor: Authenticator, code: str) -> bool:
    """Whether `code` is the one-time password of now, one step early or late, and newer than the last one taken.

    allauth forgets a taken password before its time is over when clocks may differ; RFC 6238, 5.2 wants it taken once.
    """
    counter = counter_of(MFAAdapter().decrypt(factor.data["secret"]), code)
    if counter is None or counter <= factor.data.get(LAST_COUNTER, 0):
        return False
    factor.data[LAST_COUNTER] = counter
    factor.save(update_fields=["data"])
    return True


def counter_of(secret: str, code: str) -> int | None:
    """The step of which `code` is the one-time password, if it is one of those that may be typed now."""
    fitting = [
        counter
        for counter in yield_hotp_counters_from_time()
        if constant_time_compare(format_hotp_value(hotp_value(secret, counter)), code)
    ]
    return max(fitting, default=None)
