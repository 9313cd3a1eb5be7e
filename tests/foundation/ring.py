"""Keys for tests that change them, and the command that does."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

from django.core.management import CommandError, call_command
from django.db import connections
from django.test import override_settings

from foundation import rotation
from foundation.rowsecurity import acting_as

OLD = {"t1": ("AES", b"a" * 32)}
SM4 = {"s1": ("SM4", b"s" * 16)}
AES = {"n1": ("AES", b"n" * 32)}
OLD_INDEX, NEW_INDEX = b"i" * 32, b"j" * 32


@contextmanager
def ring(*keys: dict[str, tuple[str, bytes]]) -> Iterator[None]:
    """The portal as it runs with these keys, the first one sealing."""
    with override_settings(FIELD_KEYS={name: key for part in keys for name, key in part.items()}):
        yield


@contextmanager
def index_ring(*keys: bytes) -> Iterator[None]:
    """The portal as it runs with these index keys, the first one indexing."""
    with override_settings(INDEX_KEYS=keys):
        yield


class Terminal(StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def rotate(*arguments: str, out: StringIO | None = None, login: str = "owner") -> tuple[int, str]:
    """`manage.py rotate_keys` as the owner: its exit code and all it said."""
    said = out or StringIO()
    with acting_as(login):
        try:
            call_command("rotate_keys", *arguments, stdout=said, stderr=said)
        except CommandError as refusal:
            return refusal.returncode, f"{said.getvalue()}{refusal}"
    return 0, said.getvalue()


def sealed_by() -> dict[str, set[str]]:
    """The keys that sealed each column's values, of columns that have any."""
    with acting_as("owner"):
        found = {column.label: set(column.by_key()) for column in rotation.sealed_columns()}
    return {label: keys for label, keys in found.items() if keys}


def owners(statement: str, *values: Any) -> Any:
    """What a statement answers the owner: its rows, where it has any."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else cursor.rowcount
