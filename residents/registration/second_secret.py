"""Where a code to a phone is not enough: a number that several people use, or one not proved for a long time.

After the code such an account is asked for its PIN or password. Nobody gets that far without the right code, so the
question tells nothing to somebody who only knows a number.
"""

from datetime import datetime, timedelta

from allauth.account.stages import LoginStage
from allauth.core.internal.httpkit import headed_redirect_response
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth.hashers import check_password, make_password
from django.http import HttpRequest, HttpResponse

from foundation import clock
from residents.models import Account
from residents.phones import phone_index
from residents.registration import limits
from residents.registration.signing_up import ask, every
from residents.sessions import RECORDS

FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


class SecondSecretStage(LoginStage):
    """Between the code and the door."""

    key = "second_secret"
    urlname = "account_second_secret"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        """Let through whoever did not come by a code, and whose code is enough."""
        account, now = self.login.user, clock.now()
        if not isinstance(account, Account) or not came_by_code(self.request):
            return None, True
        if code_is_enough(account, now):
            renew(account, now)
            return None, True
        return headed_redirect_response(self.urlname), True


def came_by_code(request: HttpRequest) -> bool:
    """Whether the last thing shown was a code sent to a phone."""
    records = request.session.get(RECORDS, [])
    return bool(records) and records[-1].get("method") == "code"


def code_is_enough(account: Account, now: datetime) -> bool:
    """Whether the phone alone says who holds it: one person's alone, proved not long ago, or a factor comes after."""
    if is_mfa_enabled(account, FACTORS):
        return True
    return not is_shared(account) and not is_dormant(account, now)


def is_shared(account: Account) -> bool:
    """Whether another live account has the same number, or a facility noted it for another living person."""
    if not account.phone:
        return False
    # The sign-in login sees no persons: the database answers yes or no.
    return bool(ask("SELECT app.is_shared_phone(%s, %s::bytea[])", [account.pk, every(phone_index(account.phone))])[0])


def is_dormant(account: Account, now: datetime) -> bool:
    """Whether the number was last proved so long ago that it may be somebody else's by now."""
    proved = account.phone_verified_at
    return proved is None or proved < now - timedelta(days=limits.days(limits.DORMANT_DAYS, now))


def renew(account: Account, now: datetime) -> None:
    """Note that the phone is in the right hands."""
    Account.objects.filter(pk=account.pk).update(phone_verified_at=now)


def has_secret(account: Account) -> bool:
    """Whether there is anything to ask for."""
    return bool(account.pin) or account.has_usable_password()


def is_secret(account: Account, typed: str) -> bool:
    """Whether somebody typed the account's PIN or its password."""
    by_pin = bool(account.pin) and check_password("".join(typed.split()), account.pin)
    return by_pin or (account.has_usable_password() and account.check_password(typed))


def set_pin(account: Account, pin: str) -> None:
    """Give an account a PIN, or another one."""
    Account.objects.filter(pk=account.pk).update(pin=make_password(pin))
