"""A slip from a counter: number and code open the account, once, with a new password and, if proved, a phone."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

from foundation.keys import uuid7
from residents import tasks
from residents.documents import Document
from residents.models import Account
from residents.models.account import random_username
from residents.phones import phone_index
from residents.registration import codes, limits
from residents.registration.pending import Kept
from residents.registration.sealing import sealed_for
from residents.registration.signing_up import ask, every

FITS = "SELECT code, login FROM app.activation_fits(%s, %s::bytea[], %s::bytea[], %s::inet, %s)"
ACTIVATE = (
    "SELECT app.activate(%s::uuid, %s::bytea[], %s::uuid, %s, %s, %s::bytea, %s::bytea, %s::timestamptz, %s::inet, %s)"
)


@dataclass(frozen=True)
class Activation:
    """A code that fits, and the account it will open: the person's present one, or a new one with this key."""

    code_id: UUID
    code: str
    login: UUID

    def facts(self) -> Kept:
        """What the next pages have to know."""
        return {"code_id": str(self.code_id), "code": self.code, "login": str(self.login)}

    @classmethod
    def of(cls, facts: Kept) -> Self:
        """From what an earlier page kept."""
        return cls(UUID(facts["code_id"]), facts["code"], UUID(facts["login"]))


def fitting(document: Document, code: str, address: str, reference: str) -> Activation | None:
    """The activation a number and a code stand for; None for every other pair. Each call is written down as a try."""
    typed = every(codes.slip_index(code))
    found, login = ask(FITS, [document.kind.value, every(document.index), typed, address, reference])
    if not isinstance(found, UUID):
        return None
    return Activation(found, code, login if isinstance(login, UUID) else uuid7())


def activate(
    activation: Activation, hashed_password: str, phone: str, now: datetime, address: str, reference: str
) -> bool:
    """Use the code up. False when it was used, revoked or ran out meanwhile; then nothing was changed."""
    until_days = limits.days(limits.COUNTER_DAYS, now)
    values: list[Any] = [
        activation.code_id,
        every(codes.slip_index(activation.code)),
        activation.login,
        random_username(),
        hashed_password,
        sealed_for(Account, "phone", activation.login, phone) if phone else None,
        bytes(phone_index(phone)) if phone else None,
        now + timedelta(days=until_days) if until_days else None,
        address,
        reference,
    ]
    (done,) = ask(ACTIVATE, values)
    tasks.wake()
    return bool(done)
