"""Staff accounts behind the sign-in connection: opened, switched off, switched on again, freed of a lost device.

Giving takes two persons (`residents.approvals`), taking away one. Each deed here is the second half: who may ask for it
has been decided by then.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db import IntegrityError, router, transaction

from facilities.actions import end_role
from facilities.models import Membership
from residents import enrolment
from residents.models import Account, AccountSession, FactorSecret, KnownDevice


class UsernameTaken(Exception):
    """Somebody has this username already."""


class NotOneself(Exception):
    """Nobody switches off their own account."""


@dataclass(frozen=True)
class FirstPassword:
    """What a new member of staff is handed on paper: it works once, then a new one has to be chosen."""

    username: str
    name: str
    password: str


def staff_named(username: str) -> Account | None:
    """The staff account with this username, switched off ones included."""
    return Account.objects.filter(username=username.strip().lower(), is_staff=True).first()


def prepare_account(*, username: str, name: str, password: str, now: datetime) -> Account:
    """A new staff account that nobody can enter yet, and that takes a code to set up; raises UsernameTaken.

    Sign-in commits by itself, so the account waits switched off until what it was made for has been committed too.
    """
    try:
        return Account.objects.create_user(
            username,
            password,
            name=name,
            is_staff=True,
            is_active=False,
            must_change_password=True,
            enrol_by=enrolment.deadline(now),
        )
    except IntegrityError as error:
        raise UsernameTaken from error


def discard(account_id: UUID) -> None:
    """Take back an account that `prepare_account` made, when what it was made for failed."""
    Account.objects.filter(pk=account_id, is_staff=True, is_active=False).delete()


def switch_on_when_kept(account_id: UUID) -> None:
    """Let an account be entered as soon as the present transaction is committed."""
    transaction.on_commit(partial(_switch, account_id, True))


def switch_off(*, account: Account, by: UUID, now: datetime) -> list[Membership]:
    """End an account at once: its roles that the session may end, its sessions, its right to sign in.

    Returns the roles that ended. Raises NotOneself, and LastAdministrator before anything has happened.
    """
    if account.pk == by:
        raise NotOneself
    ended = end_roles(account_id=account.pk, now=now)
    _switch(account.pk, False)
    end_sessions(account.pk)
    return ended


def end_roles_at_ones_own(*, account: Account, by: UUID, now: datetime) -> list[Membership]:
    """End the roles of an account that this session may end, and its sessions; raises NotOneself."""
    if account.pk == by:
        raise NotOneself
    ended = end_roles(account_id=account.pk, now=now)
    end_sessions(account.pk)
    return ended


def end_roles(*, account_id: UUID, now: datetime) -> list[Membership]:
    """End every live role of an account that this session sees; raises LastAdministrator."""
    live = list(Membership.objects.live(now).of(account_id).select_related("facility"))
    return [membership for membership in live if end_role(membership=membership, now=now)]


def end_sessions(account_id: UUID) -> int:
    """End every session of an account; returns how many there were."""
    return AccountSession.objects.filter(account_id=account_id).delete()[0]


def forget_second_factors(account_id: UUID, now: datetime) -> None:
    """Drop an account's one-time passwords, passkeys, recovery codes and known devices, and end its sessions.

    The next sign-in needs the password, and the code that security hands over to set up a new second factor.
    """
    with transaction.atomic(using=router.db_for_write(Account)):
        factors = Authenticator.objects.filter(user_id=account_id)
        kept = [value for factor in factors for value in _secrets(factor.data)]
        factors.delete()
        FactorSecret.objects.filter(pk__in=kept).delete()
        KnownDevice.objects.filter(account_id=account_id).delete()
        enrolment.begin(account_id, now)
        end_sessions(account_id)


def with_second_factor(accounts: list[UUID]) -> set[UUID]:
    """Which of some accounts have set up a second factor."""
    main = Authenticator.objects.filter(user_id__in=accounts).exclude(type=Authenticator.Type.RECOVERY_CODES)
    return set(main.values_list("user_id", flat=True))


def _switch(account_id: UUID, on: bool) -> None:
    Account.objects.filter(pk=account_id, is_staff=True).update(is_active=on)


def _secrets(data: dict[str, object]) -> list[UUID]:
    found = []
    for name in ("secret", "seed"):
        try:
            found.append(UUID(str(data.get(name, ""))))
        except ValueError:
            continue
    return found
