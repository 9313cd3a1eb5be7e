"""The ways in which an account can show once more who holds it."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from foundation import clock
from residents import code_proof, second_factors
from residents.authorities.binding import person_authority
from residents.models import Account

Type = second_factors.Type


def ways_of(account: Account) -> list[dict[str, Any]]:
    """Each way as allauth wants it told: id, description, url; the strongest that needs no typing first."""
    kinds = second_factors.types_of(account)
    ways = {
        "mfa_reauthenticate_webauthn": (_("用通行密钥确认"), Type.WEBAUTHN in kinds),
        "mfa_reauthenticate": (_("用动态码或恢复码确认"), bool(kinds & {Type.TOTP, Type.RECOVERY_CODES})),
        "account_reauthenticate": (_("用密码确认"), account.has_usable_password()),
        "account_reauthenticate_by_code": (_("用短信验证码确认"), code_proof.is_possible(account, clock.now())),
        "account_authority_again": (_("用身份认证平台确认"), person_authority(account.pk) is not None),
    }
    return [
        {"id": name, "description": description, "url": reverse(name)}
        for name, (description, available) in ways.items()
        if available
    ]
