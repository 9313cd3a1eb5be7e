"""What somebody signed up for with a number that they only claimed, when its owner takes it over at the counter."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connections

from foundation.rowsecurity import asked, database


@dataclass(frozen=True)
class ClaimedSignUp:
    """A place at an activity that is held by somebody who registered on line with the number."""

    id: UUID
    title: str
    place: str
    starts_at: datetime

    @property
    def key(self) -> str:
        """Its key as a form writes it."""
        return str(self.id)


def claimed_signups(resident_id: UUID) -> list[ClaimedSignUp]:
    """The live sign-ups made with a claimed number of the person at this counter."""
    with connections[database()].cursor() as cursor:
        cursor.execute("SELECT * FROM app.claimed_signups(%s)", [resident_id])
        return [ClaimedSignUp(*row) for row in cursor.fetchall()]


def settle(resident_id: UUID, signup_id: UUID, *, keep: bool) -> bool:
    """Let the real person have the place, or give it back; False when there is no such sign-up any more."""
    return bool(asked("SELECT app.settle_claimed_signup(%s, %s, %s)", [resident_id, signup_id, keep]))
