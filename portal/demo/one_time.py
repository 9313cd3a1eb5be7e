"""The demonstration's authenticator app: secrets of the invented staff, and their one-time passwords of now."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

from portal.demo import people
from residents.models import Account
from residents.second_factors import MFAAdapter

PERIOD = 30


@dataclass(frozen=True)
class Code:
    """One line of the page."""

    name: str
    username: str
    code: str


def secret_of(username: str) -> str:
    """The secret of a demonstration account: anybody can work it out, like its password."""
    return base64.b32encode(hashlib.sha256(f"demonstration {username}".encode()).digest()[:20]).decode()


def pair(account: Account) -> None:
    """Give a demonstration account its one-time passwords, once."""
    if not Authenticator.objects.filter(user_id=account.pk, type=Authenticator.Type.TOTP).exists():
        sealed = MFAAdapter().encrypt(secret_of(account.username))
        Authenticator.objects.create(user_id=account.pk, type=Authenticator.Type.TOTP, data={"secret": sealed})


def code_of(username: str, now: datetime) -> str:
    """The six figures that the account's app would show now."""
    return str(format_hotp_value(hotp_value(secret_of(username), int(now.timestamp()) // PERIOD)))


def codes(now: datetime) -> list[Code]:
    """Every staff account of the demonstration with its code of now."""
    return [Code(one.name, one.username, code_of(one.username, now)) for one in people.STAFF]


def seconds_left(now: datetime) -> int:
    """How long the codes of now stay."""
    return PERIOD - int(now.timestamp()) % PERIOD
