"""Questions of identity, as the people who settle them see and answer them: both sides, each look written down."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from django.db import connections

from foundation import crypto
from foundation.rowsecurity import asked, database
from records.exchange.disagreements import Said
from records.exchange.matching import same_name
from records.exchange.models import IdentityCase, IdentityFacts, PatientMerge
from residents.openings import Origin

READ = "exchange.read_identity"
Agreement = Literal["same", "differs", "missing"]
Answer = Literal["done", "late", "own", "reason"]


@dataclass(frozen=True)
class Registered:
    """The person whose number the message gives."""

    name: str
    sex: str
    birth_date: date


@dataclass(frozen=True)
class Sides:
    """What the messages say, who is registered (None where nobody is), and how many messages wait for the answer."""

    said: Said
    registered: Registered | None
    waiting: int

    def agreement(self) -> dict[str, Agreement]:
        """How name, sex and birth date compare; nothing where there is nobody to compare with."""
        if self.registered is None:
            return {}
        who, said = self.registered, self.said
        return {
            "name": _compared(said.name, same_name(said.name, who.name)),
            "sex": _compared(said.sex, said.sex == who.sex),
            "birth_date": _compared(said.birth_date, said.birth_date == who.birth_date),
        }


def _compared(said: object, equal: bool) -> Agreement:
    if not said:
        return "missing"
    return "same" if equal else "differs"


def sides_of(case: IdentityCase, origin: Origin) -> Sides | None:
    """Both sides of a case, one line in the access log; None for whoever may not settle it."""
    with connections[database()].cursor() as cursor:
        cursor.execute("SELECT * FROM app.read_identity(%s, %s, %s)", [case.pk, origin.address, origin.reference])
        row = cursor.fetchone()
    if row is None:
        return None
    sealed, name, sex, birth_date, waiting = row
    place = f"{IdentityFacts._meta.db_table}.said.{case.pk}".encode()
    said = Said.read(crypto.unseal(bytes(sealed), place).decode())
    return Sides(said, Registered(name, sex, birth_date) if name is not None else None, waiting)


def settle(case: IdentityCase, verdict: str, reason: str, seen: int, origin: Origin) -> Answer | None:
    """Decide a case, or undo the last decision, having seen `seen` decisions; None for whoever may not settle it.

    The worker's next sweep carries it out.
    """
    values = [case.pk, verdict, reason, seen, origin.address, origin.reference]
    answer: Answer | None = asked("SELECT app.settle_identity(%s, %s, %s, %s, %s, %s)", values)
    return answer


def undo_merge(merge: PatientMerge, reason: str, origin: Origin) -> Answer | None:
    """Undo a merge of patient numbers that nobody had to settle; None for whoever may not settle identity there.

    The worker's next sweep gives the rows back.
    """
    values = [merge.pk, reason, origin.address, origin.reference]
    answer: Answer | None = asked("SELECT app.undo_merge(%s, %s, %s, %s)", values)
    return answer
