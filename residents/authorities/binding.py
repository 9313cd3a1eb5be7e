"""Which subject opens which account: bound once, used often, ended at once. Who may do these deeds is asked before."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, router, transaction

from foundation.dated import register, setting
from residents.authorities import wechat
from residents.authorities.port import Authority, Proof, configured
from residents.models import Account, Binding, Verification
from residents.models.binding import BindingQuerySet, subject_index

DAYS = register("identity.authority_days", 365, "身份认证平台核验的实名等级，多少天后要重新核验")
A_DAY = timedelta(days=1)


class Taken(Exception):
    """The subject opens another account, or the account is opened by another subject: end that first."""


def found_for(proof: Proof) -> Binding | None:
    """The live binding of the subject that was proved."""
    index = subject_index(proof.authority, proof.issuer, proof.subject)
    return Binding.objects.live().filter(authority=proof.authority, subject_index=index).first()


def live_of(account_id: UUID) -> dict[str, Binding]:
    """What opens an account now, by authority."""
    return {line.authority: line for line in Binding.objects.live().of_account(account_id)}


def person_authority(account_id: UUID) -> Authority | None:
    """The bound authority that knows the account's person, by which they can show once more who they are."""
    known = [authority for authority in configured().values() if authority.knows_people and authority.proves_again]
    lines = live_of(account_id) if known else {}
    return next((authority for authority in known if authority.key in lines), None)


def bind(*, account: Account, proof: Proof, level: int, now: datetime) -> Binding:
    """Let the subject open the account from now on; raises Taken. Binding what is bound already changes nothing."""
    present = found_for(proof)
    if present is not None:
        if present.account_id != account.pk:
            raise Taken
        return present
    line = Binding(
        account=account,
        authority=proof.authority,
        issuer=proof.issuer,
        subject=proof.subject,
        subject_index=subject_index(proof.authority, proof.issuer, proof.subject),
        level=level,
        bound_at=now,
    )
    try:
        with transaction.atomic(using=router.db_for_write(Binding)):
            line.save(force_insert=True)
    except IntegrityError:  # the database's word, for two who bind at once
        raise Taken from None
    return line


def used(line: Binding, now: datetime) -> None:
    """Note that the binding opened its account."""
    Binding.objects.filter(pk=line.pk).update(used_at=now)


def end(*, account_id: UUID, authority: str, now: datetime) -> bool:
    """End what an authority opens of an account; returns whether there was something to end."""
    lines = Binding.objects.live().filter(account_id=account_id, authority=authority)
    return bool(lines.update(ended_at=now))


def end_all(*, account_id: UUID, now: datetime) -> int:
    """End everything that opens an account: it was closed, or its number was taken over. Returns how many."""
    return Binding.objects.live().filter(account_id=account_id).update(ended_at=now)


def openids_of(accounts: Iterable[UUID]) -> BindingQuerySet:
    """The bindings that WeChat messages to some accounts go to: of the official account in use, not an earlier one."""
    authority = configured().get(wechat.KEY)
    app_id = authority.app_id if isinstance(authority, wechat.WeChat) else ""
    return Binding.objects.live().filter(account_id__in=accounts, authority=wechat.KEY, issuer=app_id)


def prove(*, account: Account, authority: str, level: int, now: datetime) -> None:
    """Write down that an authority proved the account's person; once a day is enough."""
    proofs = Verification.objects.live(now).filter(
        account=account, method=Verification.Method.AUTHORITY, authority=authority, level=level
    )
    if proofs.filter(verified_at__gt=now - A_DAY).exists():
        return
    Verification.objects.create(
        account=account,
        level=level,
        method=Verification.Method.AUTHORITY,
        authority=authority,
        verified_at=now,
        valid_until=now + timedelta(days=setting(DAYS, now)),
    )
