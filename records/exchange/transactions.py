"""Transactions and locks of the exchange; the order in which locks are taken is in docs/locking.md."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

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


# What a crash takes back is simply done again. PostgreSQL writes its log in order, so it can take back the newest such
# transactions, never a durable one before them.
_REPEATABLE = "SELECT set_config('synchronous_commit', 'off', true)"
_SHARED = "pg_advisory_xact_lock_shared(hashtextextended(%s, 0))"
_ALONE = "pg_advisory_xact_lock(hashtextextended(%s, 0))"


@contextmanager
def one_message(key: InboundKey) -> Iterator[None]:
    """A transaction on one message, beside others of its source, but of no other version of the same message.

    It need not wait for the disk.
    """
    name = _joined(("record", key.source_id, key.kind, key.identifier))
    with transaction.atomic(using=alias()):
        _ask(f"{_REPEATABLE}, {_SHARED}, {_ALONE}", [_messages_of(key.source_id), name])
        yield


@contextmanager
def whole_source(source_id: UUID) -> Iterator[None]:
    """A transaction on many messages of a source, while nobody else is at work on any of them.

    One lock takes the place of one for each message, of which PostgreSQL could run out. It need not wait for the disk.
    """
    with transaction.atomic(using=alias()):
        _ask(f"{_REPEATABLE}, {_ALONE}", [_messages_of(source_id)])
        yield


def _messages_of(source_id: UUID) -> str:
    return _joined(("records", source_id))


def lock(*names: object) -> None:
    """Wait for, and hold until the transaction ends, the lock on what `names` name together."""
    _ask(f"SELECT {_ALONE}", [_joined(names)])


def _ask(statement: str, values: Sequence[str]) -> None:
    with connections[alias()].cursor() as cursor:
        cursor.execute(statement, values)


def _joined(names: Iterable[object]) -> str:
    return "|".join(map(str, names))
