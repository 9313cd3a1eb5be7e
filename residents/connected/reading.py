"""A program reads: first its line in the person's log, then a transaction that can only read, known by its token.

The database knows the token for one minute after the line was written, and in no transaction that may write; what it
opens is decided there at each statement (residents, migration 0027).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connections, transaction

from foundation.rowsecurity import database, seeing
from residents.access import Viewer
from residents.models.access import Capacity


@dataclass(frozen=True)
class Reader:
    """A program that was found by its token, and whose record it may look at."""

    program_id: UUID
    program_name: str
    scopes: Sequence[str]
    allowed: bool
    viewer: Viewer


@dataclass(frozen=True)
class Look:
    """What is about to be read: the deed's name in the log, the scopes it needs (`Observation.s`), and about what."""

    deed: str
    wanted: Sequence[str]
    kind: str = ""
    about: str = ""


def announce(token: str, look: Look, *, address: str, reference: str) -> Reader | None:
    """Write one look into the log, or that it was refused for want of a scope; None for a token that counts nothing."""
    values: list[Any] = [look.deed, list(look.wanted), look.kind, look.about, address, reference]
    with seeing(token), transaction.atomic(using=database()), connections[database()].cursor() as cursor:
        cursor.execute("SELECT * FROM app.program_reads(%s, %s::text[], %s, %s, %s, %s)", values)
        row = cursor.fetchone()
    if row is None:
        return None
    _connection, program, account, resident, name, scopes, allowed = row
    viewer = Viewer(account, name, resident, address, reference, Capacity.PROGRAM)
    return Reader(program, name, scopes, allowed, viewer)


@contextmanager
def reading(token: str) -> Iterator[None]:
    """A transaction in which the database knows the program by its token, and in which nothing can be written."""
    with seeing(token), transaction.atomic(using=database()):
        with connections[database()].cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
        yield
