"""A code in the hand before the first second factor of a staff account that two persons opened or reset.

Whoever decides knows the first password and whoever asked prints the code: neither can come in alone. The code works
once and for some days; the nightly sweep closes an account that was not set up in time (`app.close_unused_accounts`).
"""

from datetime import datetime, timedelta
from hmac import compare_digest
from uuid import UUID

from django.db import connections

from foundation.crypto import digest
from foundation.dated import register, setting
from foundation.rowsecurity import database
from residents.models import Account
from residents.presence import grouped, new_card_code, tidy_code
from residents.second_factors import has_second_factor

DAYS = register("staff.enrolment_days", 3, "工作人员账号开通或重置后，多少天内要凭登记码设置两步验证，过期停用")
SHOWN = "enrolling"  # in the session: the account whose code was typed in it


def deadline(now: datetime) -> datetime:
    """Until when an account opened now has to be set up."""
    return now + timedelta(days=setting(DAYS, now))


def begin(account_id: UUID, now: datetime) -> None:
    """From now on the account's first second factor takes a code; the code before is void."""
    Account.objects.filter(pk=account_id, is_staff=True).update(enrol_by=deadline(now), enrol_code=None)


def is_due(account: Account) -> bool:
    """Whether the account's first second factor takes a code."""
    return account.is_staff and account.enrol_by is not None and not has_second_factor(account)


def print_code(account: Account, now: datetime) -> tuple[str, datetime]:
    """A new code as it is printed, and until when it works."""
    code, until = new_card_code(), deadline(now)
    Account.objects.filter(pk=account.pk, is_staff=True).update(enrol_by=until, enrol_code=digest(code))
    return grouped(code), until


def take(account: Account, typed: str, now: datetime) -> bool:
    """Use the account's code up, if it is the one typed and still works."""
    kept, until = account.enrol_code, account.enrol_by
    if kept is None or until is None or until <= now:
        return False
    shown = digest(tidy_code(typed))
    if not compare_digest(bytes(kept), shown):
        return False
    return bool(Account.objects.filter(pk=account.pk, enrol_code=kept).update(enrol_code=None))


def kept_at_bureau() -> list[str]:
    """Who was not set up in time and stays, as one of the last two of a role; told to that role's desk alone."""
    with connections[database()].cursor() as cursor:
        cursor.execute("SELECT called FROM app.kept_at_bureau()")
        return [called for (called,) in cursor.fetchall()]


def finish(account: Account) -> None:
    """The second factor stands: from now on it is asked for, and no code."""
    Account.objects.filter(pk=account.pk).update(enrol_by=None, enrol_code=None)
