"""The reader's side of a health link: a program with the link and the passcode gets the encrypted file, no more."""

from dataclasses import dataclass
from datetime import datetime
from secrets import token_urlsafe
from typing import Any
from uuid import UUID

from django.db import connections

from foundation.crypto import digest, unseal
from foundation.rowsecurity import database
from records.models import ShareLink
from records.models.health_links import file_place
from records.sharing import secrets

OPENED, REFUSED, TOOK = (
    "records.opened_health_link",
    "records.refused_health_link",
    "records.took_health_link_file",
)


@dataclass(frozen=True)
class Asked:
    """What a program sends: who it says it is for, the passcode if any, and how long an embedded file may be."""

    recipient: str
    passcode: str | None
    longest: int | None


@dataclass(frozen=True)
class Answer:
    """What came of it. `file` is the encrypted file; where it is too long for the program, `token` fetches it."""

    state: str
    attempts_left: int = 0
    file: str | None = None
    token: str = ""
    made_at: datetime | None = None
    changed: bool = False


def open_link(address: str, asked: Asked, *, origin: str, reference: str) -> Answer:
    """Open a link with its passcode, or count a wrong one; the database writes either into the person's log.

    Without a passcode nothing is counted: "asked" says how many may still be wrong.
    """
    index = secrets.link_index(address)
    found = _one("SELECT id FROM app.share_at(%s, %s)", [ShareLink.Kind.SHL, list(index.every)])
    if found is None:
        return Answer("unknown")
    token = token_urlsafe(32)
    pins = None if asked.passcode is None else list(secrets.pin_index(found[0], asked.passcode).every)
    values = [list(index.every), found[0], pins, digest(token), asked.recipient, asked.longest, origin, reference]
    row = _one("SELECT * FROM app.open_health_link(%s, %s, %s::bytea[], %s, %s, %s::integer, %s, %s)", values)
    state, left, key, content, made_at, changed = row or ("unknown", 0, None, None, None, None)
    file = None if content is None else _unsealed(key, content)
    return Answer(state, left, file, token if state == "open" and file is None else "", made_at, bool(changed))


def take_file(token: str, *, origin: str, reference: str) -> str | None:
    """The encrypted file that a manifest promised; None where the token is unknown, used up or late."""
    row = _one("SELECT * FROM app.take_health_link_file(%s, %s, %s)", [digest(token), origin, reference])
    return _unsealed(*row) if row else None


def _unsealed(key: UUID | None, content: bytes) -> str:
    return unseal(bytes(content), file_place(key)).decode()


def _one(question: str, values: list[Any]) -> Any:
    with connections[database()].cursor() as cursor:
        cursor.execute(question, values)
        return cursor.fetchone()
