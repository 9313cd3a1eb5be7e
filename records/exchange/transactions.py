"""Transactions and locks of the exchange; the order in which locks are taken is in docs/locking.md."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import connections, router, transaction

from records.exchange.models import InboundKey


def alias() -> str:
    """The connection the exchange writes on: the worker's."""
    return router.db_for_write(InboundKey)


@contextmanager
def durable() -> Iterator[None]:
    """A transaction that is on disk when it ends: for what was received, and the cursor that says so."""
    with transaction.atomic(using=alias()):
        yield


@contextmanager
def repeatable(*names: object) -> Iterator[None]:
    """A transaction that need not wait for the disk, under the lock on what `names` name together.

    What a crash takes back is simply done again. PostgreSQL writes its log in order, so it can take back the newest
    such transactions, never a durable one before them.
    """
    with transaction.atomic(using=alias()):
        with connections[alias()].cursor() as cursor:
            cursor.execute(
                "SELECT set_config('synchronous_commit', 'off', true), pg_advisory_xact_lock(hashtextextended(%s, 0))",
                [_joined(names)],
            )
        yield


def lock(*names: object) -> None:
    """Wait for, and hold until the transaction ends, the lock on what `names` name together."""
    with connections[alias()].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [_joined(names)])


def _joined(names: Iterable[object]) -> str:
    return "|".join(map(str, names))
