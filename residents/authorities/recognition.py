"""What a proof is good for here: which account it opens, whether it may be bound, what level it gives.

An authority that names the document proves the person (L3). One that says "verified" and no more proves only that it
is whoever was bound before, and gives back what had been proved then. Nobody becomes a person of this county by it.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connections, router, transaction

from foundation.crypto import BlindIndex
from foundation.dated import setting
from foundation.keys import uuid7
from residents.authorities import binding
from residents.authorities.port import Failed, Proof
from residents.documents import Document
from residents.messages import tell_former_phone
from residents.models import Account, Binding, Notice, Verification
from residents.models.account import random_username
from residents.registration import codes
from residents.registration.limits import COUNTER_DAYS

L2, L3 = Verification.Level.MATCHED.value, Verification.Level.VERIFIED.value


class NotRecognised(Failed):
    """The proof fits nobody here, or not everything of it fits: one answer for every such case."""


class NeedsGuardian(Failed):
    """Under 14 a guardian applies (domain facts, section E: the national network identity)."""


class Unbound(Failed):
    """Verified, but without a number, and bound to nothing yet."""


@dataclass(frozen=True)
class Where:
    """Where a deed comes from, for the access log."""

    address: str
    reference: str


@dataclass(frozen=True)
class Person:
    """Somebody known to the county, as far as a comparison needs it."""

    resident_id: UUID
    account_id: UUID | None
    name: str = field(repr=False)
    young: bool


@dataclass(frozen=True)
class Opened:
    """The account a proof opens. `renewed`: what had opened it until now has ended."""

    account: Account
    renewed: bool = False


def account_opened_by(proof: Proof, now: datetime, where: Where) -> Opened:
    """What a proof opens to somebody not signed in; raises NotRecognised, NeedsGuardian or Unbound."""
    line = binding.found_for(proof)
    if proof.document is not None:
        return _by_document(proof, proof.document, line, now, where)
    if line is None:
        raise Unbound("not bound yet")
    _check_name(proof, person_of_account(line.account_id))
    account = Account.objects.get(pk=line.account_id)
    renewed = _gives_back(line, proof) and _lifted(account, proof, now, where)
    binding.used(binding.bind(account=account, proof=proof, level=L3, now=now) if renewed else line, now)
    return Opened(account, renewed)


def attach(*, account: Account, proof: Proof, now: datetime, where: Where) -> bool:
    """Bind a proof to the signed-in account; raises Taken, NotRecognised or NeedsGuardian.

    Returns whether everything that opened the account has ended with it, the session included.
    """
    renewed = False
    own = person_of_account(account.pk)
    _check_name(proof, own)
    present = binding.found_for(proof)
    if present is not None and present.account_id != account.pk:
        raise binding.Taken
    if proof.document is not None:
        if not _is_own(account, own, proof, proof.document, where):
            raise NotRecognised("another person's document")
        renewed = _lifted(account, proof, now, where)
    binding.bind(account=account, proof=proof, level=level_of(account, now), now=now)
    return renewed


def activated_by(*, proof: Proof, code: str, now: datetime, where: Where) -> Account | None:
    """The account that a slip from a counter opens to somebody verified without a number; None when it opens none.

    A slip is printed with the document in hand, so its level is the binding's.
    """
    until_days = setting(COUNTER_DAYS, now)
    until = now + timedelta(days=until_days) if until_days else None
    typed = _every(codes.slip_index(code))
    values = [typed, proof.name, uuid7(), random_username(), until, where.address or None, where.reference]
    found = _asked("SELECT opened, proved FROM app.activate_alone(%s::bytea[], %s, %s, %s, %s, %s::inet, %s)", values)
    if found is None:
        return None
    account = Account.objects.get(pk=found[0])
    binding.used(binding.bind(account=account, proof=proof, level=found[1], now=now), now)
    return account


def level_of(account: Account, now: datetime) -> int:
    """The level proved about an account now."""
    proofs = Verification.objects.live(now).filter(account=account)
    return max(proofs.values_list("level", flat=True), default=0)


def person_of_document(document: Document) -> Person | None:
    """Whose a proved document is; a number that somebody only claims is nobody's."""
    return _person(
        "SELECT * FROM app.person_of_document(%s, %s::bytea[])", [document.kind.value, _every(document.index)]
    )


def person_of_account(account_id: UUID) -> Person:
    """Whose an account is; raises NotRecognised for a staff account and for the dead."""
    found = _person("SELECT * FROM app.person_of_account(%s)", [account_id])
    if found is None:
        raise NotRecognised("no resident's account")
    return found


def _is_own(account: Account, own: Person, proof: Proof, document: Document, where: Where) -> bool:
    """Whether a document is the account's person's: known as theirs, or claimed by them and proved now."""
    named = person_of_document(document)
    if named is not None:
        return named.resident_id == own.resident_id
    values = [
        account.pk,
        document.kind.value,
        _every(document.index),
        proof.name,
        where.address or None,
        where.reference,
    ]
    found = _asked("SELECT app.prove_claim(%s, %s, %s::bytea[], %s, %s::inet, %s)", values)
    return bool(found and found[0])


def _by_document(proof: Proof, document: Document, line: Binding | None, now: datetime, where: Where) -> Opened:
    person = person_of_document(document)
    if person is None or not same_name(proof.name, person.name):
        raise NotRecognised("unknown document or another name")
    if person.young:
        raise NeedsGuardian("under the age of consent")
    account = _account_of(person)
    if line is not None and line.account_id != account.pk:
        raise NotRecognised("the subject is somebody else's")
    renewed = _lifted(account, proof, now, where, is_new=person.account_id is None)
    if line is None or renewed:
        line = _bound_anew(account, proof, now)
    binding.used(line, now)
    return Opened(account, renewed)


def _lifted(account: Account, proof: Proof, now: datetime, where: Where, *, is_new: bool = False) -> bool:
    """Prove the account's person. True when that is the first time, and what had opened the account ended by it.

    Whoever was only matched by a phone may be whoever has that number now.
    """
    renewed = False
    if not is_new:
        values = [account.pk, where.address or None, where.reference]
        found = _asked("SELECT app.end_weaker_sign_in(%s, %s::inet, %s)", values)
        renewed = bool(found and found[0])
    binding.prove(account=account, authority=proof.authority, level=L3, now=now)
    if renewed:
        if account.phone:  # if the authority was deceived, this is where the owner hears of it
            kind = Notice.Kind.ACCOUNT_OPENED
            tell_former_phone(phone=account.phone, kind=kind, subject_id=uuid7(), now=now)
        account.refresh_from_db()
    return renewed


def _bound_anew(account: Account, proof: Proof, now: datetime) -> Binding:
    """The authority names the person itself, so its newer name for them takes the older one's place."""
    binding.end(account_id=account.pk, authority=proof.authority, now=now)
    return binding.bind(account=account, proof=proof, level=L3, now=now)


def _account_of(person: Person) -> Account:
    """The person's account; one is opened where the county knows the person and nobody opened it yet."""
    if person.account_id is not None:
        return Account.objects.get(pk=person.account_id)
    try:
        with transaction.atomic(using=router.db_for_write(Account)):
            return Account.objects.create_user(resident_id=person.resident_id, name=person.name)
    except IntegrityError:  # opened a moment ago in another window
        return Account.objects.get(resident_id=person.resident_id)


def _gives_back(line: Binding, proof: Proof) -> bool:
    """Whether what was proved when it was bound is enough: two who agree on a phone do not lift each other to L3."""
    return line.level >= L3 or (line.level >= L2 and bool(proof.name))


def _check_name(proof: Proof, person: Person) -> None:
    if person.young:
        raise NeedsGuardian("under the age of consent")
    if proof.name and not same_name(proof.name, person.name):
        raise NotRecognised("another name")


def same_name(one: str, other: str) -> bool:
    """Equal but for blanks, widths and the several dots in names (阿依努尔·艾山); an empty one equals nothing."""
    return bool(one) and _folded(one) == _folded(other)


def _folded(name: str) -> str:
    text = "".join(unicodedata.normalize("NFKC", name).split()).casefold()
    return text.translate(dict.fromkeys(map(ord, "•・･.．‧∙⋅"), "·"))


def _every(index: BlindIndex) -> list[bytes]:
    """A blind index under every key of the ring."""
    return [bytes(one) for one in index.every]


def _person(statement: str, parameters: Sequence[Any]) -> Person | None:
    row = _asked(statement, parameters)
    return Person(*row) if row else None


def _asked(statement: str, parameters: Sequence[Any]) -> tuple[Any, ...] | None:
    with connections[router.db_for_read(Account)].cursor() as cursor:
        cursor.execute(statement, parameters)
        row: tuple[Any, ...] | None = cursor.fetchone()
    return row
