"""The sign-ins of an account: where it is signed in, since when, and ending them elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise

from foundation.crypto import digest
from residents import devices
from residents.models import Account, AccountSession


@dataclass(frozen=True)
class SignIn:
    """One sign-in as its owner sees it; `mark` names it in a form and opens nothing."""

    mark: str
    device: Sequence[str | Promise]
    address: str
    kind: str
    signed_in_at: datetime
    last_seen_at: datetime
    is_this: bool


def sign_ins(account: Account, session_key: str | None, now: datetime) -> list[SignIn]:
    """Where the account is signed in now: this one first, then by when it was last seen."""
    this = digest(session_key or "")
    rows = AccountSession.objects.filter(account=account, expires_at__gt=now).defer("data")
    found = [_sign_in(row, bytes(row.pk) == this) for row in rows.order_by("-last_seen_at")]
    return sorted(found, key=lambda one: not one.is_this)


def end(account: Account, mark: str) -> bool:
    """End one sign-in of the account; its token dies with it. False when there is none of that mark."""
    rows = AccountSession.objects.filter(account=account).values_list("pk", flat=True)
    wanted = [bytes(key) for key in rows if _mark(bytes(key)) == mark]
    return bool(AccountSession.objects.filter(account=account, pk__in=wanted).delete()[0])


def _sign_in(row: AccountSession, is_this: bool) -> SignIn:
    assert row.signed_in_at is not None and row.last_seen_at is not None  # a constraint of the table
    return SignIn(
        mark=_mark(bytes(row.pk)),
        device=devices.words(row.device),
        address=devices.masked_address(row.address),
        kind=row.kind,
        signed_in_at=row.signed_in_at,
        last_seen_at=row.last_seen_at,
        is_this=is_this,
    )


def _mark(key_hash: bytes) -> str:
    return digest(f"mark:{key_hash.hex()}").hex()[:20]
