"""At the counter, with the document before one's eyes: what staff do about a person's account and number.

Each deed is a function of the database, which asks for the live opening of this very session and writes the event.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connections, transaction
from django.utils import timezone
from pypinyin import lazy_pinyin

from foundation.dated import setting
from foundation.keys import uuid7
from foundation.rowsecurity import asked, database
from residents import tasks
from residents.ages import age_on
from residents.documents import Document
from residents.family.terms import CONSENT_AGE
from residents.messages import tell_former_phone, tell_noted_phone
from residents.models import Account, Identifier, Notice, Resident
from residents.openings import Origin
from residents.presence import hash_of, new_card_code
from residents.registration import codes, limits
from residents.registration.sealing import opened_from, sealed_for
from residents.registration.signing_up import every


class Refused(Exception):
    """The database did not do it: the opening is over, or something changed meanwhile."""


class NeedsColleague(Refused):
    """No card was read, and an account is taken over or no phone rings: a colleague has to compare card and person."""


@dataclass(frozen=True)
class Facts:
    """What staff need to know about the account of the person before them."""

    login: UUID | None
    active: bool
    level: int
    phone: str
    code_until: datetime | None
    card_until: datetime | None


@dataclass(frozen=True)
class Claim:
    """Somebody registered on line with this person's number."""

    name: str
    since: datetime


def create(*, document: Document, name: str, facility_id: UUID) -> bool:
    """A person nobody knew, with the facts of the card; False when somebody has the number already."""
    person, paper = uuid7(), uuid7()
    values = [
        facility_id,
        person,
        name,
        pinyin(name),
        document.sex.value,
        document.birth_date,
        paper,
        document.kind.value,
        sealed_for(Identifier, "value", paper, document.number),
        every(document.index),
    ]
    return bool(_one("app.create_at_counter(%s, %s, %s, %s, %s, %s, %s, %s, %s::bytea, %s::bytea[])", values))


def facts(resident_id: UUID) -> Facts | None:
    """The account of the person at this counter; None when the opening is over."""
    rows = _rows("SELECT * FROM app.counter_facts(%s)", [resident_id])
    if not rows:
        return None
    login, active, level, phone, _proved, code_until, card_until = rows[0]
    number = opened_from(Account, "phone", login, bytes(phone)) if phone else ""
    return Facts(login, bool(active), level or 0, number, code_until, card_until)


def claims(resident_id: UUID) -> list[Claim]:
    """Who registered on line with a number of the person at this counter."""
    rows = _rows("SELECT called, since FROM app.claims_on(%s)", [resident_id])
    return [Claim(name, since) for name, since in rows]


def issue_activation(resident_id: UUID, *, by_card: bool, now: datetime, origin: Origin) -> tuple[str, datetime]:
    """A code for a slip, and until when it is good. What opened the account until now ends, and the person is told.

    Raises Refused where none may be issued: the opening is over, the person under 14, a claim still open; and
    NeedsColleague where that may be for want of a second pair of eyes.
    """
    before, person = facts(resident_id), Resident.objects.get(pk=resident_id)
    noted = person.phone
    code, until = codes.slip_code(), now + timedelta(days=limits.days(limits.SLIP_DAYS, now))
    values = [resident_id, 3 if by_card else 2, bytes(codes.slip_index(code)), until, origin.address, origin.reference]
    issued = _one("app.issue_activation(%s, %s, %s::bytea, %s, %s::inet, %s)", values)
    if issued is None:
        raise NeedsColleague if before and not by_card and takes_two(before, person, now) else Refused
    # Both numbers as they are now: once the slip is used, the account's number is whatever was typed with it.
    kind = Notice.Kind.ACTIVATION_PRINTED
    if before and before.phone and before.phone != noted:
        tell_former_phone(phone=before.phone, kind=kind, subject_id=issued, now=now)
    if noted:
        tell_noted_phone(resident_id=resident_id, phone=noted, kind=kind, subject_id=issued, now=now)
    transaction.on_commit(tasks.wake, using=database(), robust=True)
    return code, until


def takes_two(known: Facts, person: Resident, now: datetime) -> bool:
    """Whether a slip without a card read takes a colleague: an account is taken over, or no phone tells of it."""
    is_child = age_on(person.birth_date, timezone.localdate(now)) < setting(CONSENT_AGE, now)
    return not is_child and (known.login is not None or not person.phone)


def issue_card(resident_id: UUID, *, facility_id: UUID, now: datetime) -> tuple[str, datetime]:
    """The code of a new 帮办卡, and until when it is good; the card before it is void. Raises Refused."""
    code, until = new_card_code(), now + timedelta(days=limits.days(limits.CARD_DAYS, now))
    if _one("app.issue_card(%s, %s, %s::bytea, %s)", [resident_id, facility_id, hash_of(code), until]) is None:
        raise Refused
    return code, until


def take_number_over(resident_id: UUID, origin: Origin) -> bool:
    """Close what somebody opened on line with the number of the person at this counter."""
    return bool(_one("app.take_number_over(%s, %s::inet, %s)", [resident_id, origin.address, origin.reference]))


def rename(resident_id: UUID, name: str, origin: Origin) -> bool:
    """Take the name on the document for the one on file."""
    values = [resident_id, name, pinyin(name), origin.address, origin.reference]
    return bool(_one("app.rename_at_counter(%s, %s, %s, %s::inet, %s)", values))


def witness(resident_id: UUID, origin: Origin) -> bool:
    """Agree, from one's own counter, that a colleague prints one slip without a card read; False when it is over."""
    return bool(_one("app.witness_activation(%s, %s::inet, %s)", [resident_id, origin.address, origin.reference]))


def undo_death(resident_id: UUID, origin: Origin) -> bool:
    """The person stands here: ask that the death be taken back. False when it is asked for already."""
    return bool(_one("app.undo_death(%s, %s::inet, %s)", [resident_id, origin.address, origin.reference]))


@dataclass(frozen=True)
class WaitingDeath:
    """A death that waits for a manager's word; `own`: they entered it themselves and may not decide.

    `undoes`: the other way round, somebody who was entered by mistake and stood at the counter.
    """

    id: UUID
    name: str
    born: date
    died_on: date
    evidence: str
    place: str
    reported_by: str
    reported_at: datetime
    own: bool
    undoes: bool


def report_death(document: Document, *, facility_id: UUID, died_on: date, evidence: str, origin: Origin) -> bool:
    """Enter a death from the certificate; False when there is no such person, or it waits already.

    The person's phone and helpers are told at once: whoever lives can say so before a manager confirms it.
    """
    values = [
        document.kind.value,
        every(document.index),
        facility_id,
        died_on,
        evidence,
        origin.address,
        origin.reference,
    ]
    reported = _one("app.report_death(%s, %s::bytea[], %s, %s, %s, %s::inet, %s)", values) is not None
    transaction.on_commit(tasks.wake, using=database(), robust=True)
    return reported


def waiting_deaths() -> list[WaitingDeath]:
    """The deaths that wait for this session's manager."""
    return [WaitingDeath(*row) for row in _rows("SELECT * FROM app.waiting_deaths()", [])]


def decide_death(report_id: UUID, *, is_true: bool, origin: Origin) -> bool:
    """A manager's word; False when somebody has decided already, it is one's own entry, or nobody is told yet."""
    values = [report_id, is_true, origin.address, origin.reference]
    return bool(_one("app.decide_death(%s, %s, %s::inet, %s)", values))


def pinyin(name: str) -> str:
    """How staff find a name by its sound."""
    return "".join(lazy_pinyin(name)).replace(" ", "").lower()[:200]


def _one(call: str, values: list[Any]) -> Any:
    return asked(f"SELECT {call}", values)


def _rows(statement: str, values: list[Any]) -> list[tuple[Any, ...]]:
    with connections[database()].cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
