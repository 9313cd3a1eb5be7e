"""Second factors in tests: an authenticator app for an account, its codes, and a whole sign-in of staff."""

import re
import time

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from foundation.rowsecurity import acting_as
from residents.models import Account
from residents.second_factors import MFAAdapter
from tests.factories import PASSWORD

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
STEP = 30


def pair(account: Account, secret: str = SECRET) -> Authenticator:
    """An authenticator app for the account."""
    with acting_as("owner"):
        sealed = MFAAdapter().encrypt(secret)
        factor: Authenticator = Authenticator.objects.create(user=account, type="totp", data={"secret": sealed})
    return factor


def code(steps: int = 0, secret: str = SECRET) -> str:
    """What the app shows now, or some steps of half a minute later."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // STEP + steps)))


def wrong_code() -> str:
    """Six digits that are none of the codes taken now."""
    taken = {code(-1), code(), code(1)}
    return next(f"{number:06}" for number in range(1_000_000) if f"{number:06}" not in taken)


def first_step(client: Client, username: str = "zhangqiantai", password: str = PASSWORD, **extra: str) -> HttpResponse:
    return client.post(reverse("staff_login"), {"login": username, "password": password} | extra)


def second_step(client: Client, typed: str) -> HttpResponse:
    return client.post(reverse("mfa_authenticate"), {"code": typed})


def set_up_app(client: Client) -> HttpResponse:
    """What somebody does who pairs an app: reads the key on the page, types the code that the app shows."""
    page = client.get(reverse("mfa_activate_totp")).content.decode()
    found = re.search(r"<code>([A-Z2-7]{32})</code>", page)
    assert found, page
    return client.post(reverse("mfa_activate_totp"), {"code": code(secret=found[1])})


def recovery_codes(client: Client) -> list[str]:
    """The recovery codes on the page that shows them once."""
    page = client.get(reverse("mfa_view_recovery_codes")).content.decode()
    return re.findall(r"<code class=\"value number\">(\d{8})</code>", page)
