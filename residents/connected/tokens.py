"""Codes and tokens as the database knows them: by their hashes, through its own functions, and in no other way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connections

from foundation.crypto import digest
from foundation.rowsecurity import asked, database
from residents import messages
from residents.models import Notice, Program


@dataclass(frozen=True)
class Shown:
    """A code or a refresh token that a program showed, alive; named as Authlib asks for them."""

    id: UUID
    resident_id: UUID
    scopes: Sequence[str]
    redirect_uri: str
    code_challenge: str
    code_challenge_method = "S256"

    def get_redirect_uri(self) -> str:
        """Where the code was sent."""
        return self.redirect_uri

    def get_scope(self) -> str:
        """What was agreed to."""
        return " ".join(self.scopes)

    def check_client(self, client: Any) -> bool:
        """True: the database gives out only what belongs to the program that asks."""
        return client is not None


@dataclass(frozen=True)
class Agreed:
    """Who ticked what, and when; Authlib hands it through as the owner of the resource."""

    resident_id: UUID
    scopes: Sequence[str]
    now: datetime


def connect(
    program: Program,
    *,
    agreed: Agreed,
    redirect_uri: str,
    challenge: str,
    code: str,
    address: str,
    reference: str,
) -> bool:
    """The signed-in person agrees; False where the database does not take it (no recent proof, not theirs).

    They find it in their inbox, too: whoever else uses the account cannot do it quietly.
    """
    values = [program.pk, redirect_uri, list(agreed.scopes), challenge, digest(code), address, reference]
    connection = asked("SELECT app.connect_program(%s, %s, %s::varchar[], %s, %s, %s, %s)", values)
    if connection is None:
        return False
    kind = Notice.Kind.PROGRAM_CONNECTED
    messages.notify(resident_id=agreed.resident_id, kind=kind, subject_id=connection, now=agreed.now)
    return True


def shown(program: Program, secret: str, what: str) -> Shown | None:
    """The code ("code") or refresh token ("refresh") of a program, while it lives. One used before ends everything."""
    with connections[database()].cursor() as cursor:
        cursor.execute("SELECT * FROM app.program_token(%s, %s, %s)", [program.pk, digest(secret), what])
        row = cursor.fetchone()
    return Shown(*row) if row else None


def give(
    program: Program,
    parent: Shown,
    *,
    redirect_uri: str | None,
    verifier: str | None,
    scopes: Sequence[str],
    access: str,
    refresh: str | None,
) -> int | None:
    """Use up what was shown and keep the hashes of what is given for it; for how many seconds, or None: refused."""
    hashes = [digest(access), digest(refresh) if refresh else None]
    values = [program.pk, parent.id, redirect_uri, verifier, list(scopes), *hashes]
    seconds: int | None = asked("SELECT app.give_program_tokens(%s, %s, %s, %s, %s::varchar[], %s, %s::bytea)", values)
    return seconds


def revoke(program: Program, secret: str, *, address: str, reference: str) -> bool:
    """A program gives a token back; with its refresh token it gives back everything."""
    return bool(
        asked("SELECT app.revoke_program_token(%s, %s, %s, %s)", [program.pk, digest(secret), address, reference])
    )


def secret_fits(program: Program, secret: str) -> bool:
    """Whether this is the program's secret in force."""
    return bool(asked("SELECT app.program_secret_fits(%s, %s)", [program.pk, digest(secret)]))


def set_secret(program: Program, secret: str) -> bool:
    """A new secret; False for whoever is not the bureau's administrator, or a program that keeps none."""
    return bool(asked("SELECT app.set_program_secret(%s, %s)", [program.pk, digest(secret)]))
