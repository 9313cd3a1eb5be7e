"""Fixtures every test may ask for."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
import time_machine
from django.db import connections
from django.test import Client

from residents.models import Account
from tests.people import People, cast


@pytest.fixture
def people(db: None) -> People:
    """The cast of the house, fresh for this test."""
    return cast()


@pytest.fixture
def signed_in(db: None) -> Callable[[Account], Client]:
    """A browser of its own for each account, already signed in: `signed_in(people.helanfang_account)`."""

    def enter(account: Account) -> Client:
        client = Client()
        client.force_login(account)
        return client

    return enter


@pytest.fixture
def at(db: None) -> Iterator[Callable[[datetime], Any]]:
    """Set Python's and the database's clock for a block: `with at(moment): ...`."""

    @contextmanager
    def during(moment: datetime) -> Iterator[None]:
        _set_database_clock(f"SELECT timestamptz '{moment.isoformat()}'")
        try:
            with time_machine.travel(moment, tick=False):
                yield
        finally:
            _set_database_clock("SELECT now()")

    yield during


def _set_database_clock(body: str) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "CREATE OR REPLACE FUNCTION app.clock() RETURNS timestamptz LANGUAGE sql STABLE"
            f" SET search_path = pg_catalog AS $$ {body} $$"
        )
