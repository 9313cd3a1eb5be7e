"""Writing, sealing and damaging the access log."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import psycopg
from django.db import connections

from foundation.keys import uuid7
from foundation.rowsecurity import acting_as
from portal import testdb
from residents import chain
from residents.models import AccessEvent
from tests.factories import NOON, made

SECOND = timedelta(seconds=1)


def event(at: datetime = NOON, **fields: Any) -> AccessEvent:
    """One line of the log, as a view would leave it."""
    values = dict(actor_name="陈医生", action="records.read_report", reference="A1B2C3D4", written_at=at)
    return made(AccessEvent(at=at, id=uuid7(), **{**values, **fields}))


def seal(now: datetime = NOON + 20 * SECOND) -> int:
    """What the worker does every twenty seconds."""
    with acting_as("worker"):
        return chain.seal_events(now)


@contextmanager
def superuser() -> Iterator[psycopg.Cursor]:
    """The server's superuser, whom no trigger stops."""
    name = connections["owner"].settings_dict["NAME"]
    with psycopg.connect(testdb.SUPER, dbname=name, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        yield connection.cursor()
