"""Registering on line: a number, a name, a proved phone. What comes of it is worked out by the database and never told.

An unknown number becomes a claim of its own; somebody the county knows by this very name and phone gets their account;
a number that has one leaves a message to its owner. Here only what needs keys or hashing is prepared, for every case.
"""

from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import connections, router

from foundation.keys import uuid7
from residents import tasks
from residents.documents import Document
from residents.models import Account, Identifier
from residents.models.account import random_username
from residents.phones import phone_index
from residents.registration.sealing import sealed_for

REGISTER = (
    "SELECT app.register_person(%s, %s::bytea[], %s, %s::bytea[], %s::uuid, %s::date, %s, %s::uuid, %s::bytea,"
    " %s::uuid, %s, %s, %s::bytea, %s::inet, %s)"
)


@dataclass(frozen=True)
class Registration:
    """What somebody says about themselves, with the phone they proved."""

    document: Document = field(repr=False)
    name: str = field(repr=False)
    phone: str = field(repr=False)


def register(registration: Registration, password: str, address: str, reference: str) -> None:
    """Write down what comes of a registration. Nothing is returned: nobody may learn what the county knows."""
    document, login = registration.document, uuid7()
    paper, person = uuid7(), uuid7()
    values: list[Any] = [
        document.kind.value,
        every(document.index),
        registration.name,
        every(phone_index(registration.phone)),
        person,
        document.birth_date,
        document.sex.value,
        paper,
        sealed_for(Identifier, "value", paper, document.number),
        login,
        random_username(),
        make_password(password),
        sealed_for(Account, "phone", login, registration.phone),
        address,
        reference,
    ]
    ask(REGISTER, values)
    tasks.wake()


def every(index: bytes) -> list[bytes]:
    """A blind index under every key of the ring, the first key's first."""
    return [bytes(one) for one in getattr(index, "every", (index,))]


def ask(statement: str, values: list[Any]) -> tuple[object, ...]:
    """One statement over the sign-in connection, and its one row."""
    with connections[router.db_for_write(Account)].cursor() as cursor:
        cursor.execute(statement, values)
        row: tuple[object, ...] = cursor.fetchone()
    return row
