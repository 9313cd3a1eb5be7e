"""Every address has a row that says what its owner, a stranger and somebody signed out get (url_table.py)."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from residents.models import Account
from tests.architecture.access_table import EXPECTED
from tests.architecture.addresses import addresses
from tests.architecture.url_table import TABLE, Row
from tests.architecture.world import World, world_of
from tests.people import People

NOBODYS = "01900000-0000-7000-8000-000000000000"


@pytest.fixture
def world(people: People) -> World:
    return world_of(people)


def test_every_address_has_a_row(db: None) -> None:
    assert sorted({name for name, _ in addresses()} - set(TABLE)) == []


def test_every_row_has_an_address(db: None) -> None:
    assert sorted(set(TABLE) - {name for name, _ in addresses()}) == []


def path_of(name: str, row: Row, world: World) -> str:
    if "(" in name:
        return "/staff/no-such-page"
    return reverse(name, args=row.arguments(world))


def test_what_a_row_says_is_what_the_access_table_proves() -> None:
    """Owner, stranger and nobody are personas of the access table, which asks every address (test_access.py)."""
    said = {name: (str(row.owner), str(row.stranger), str(row.nobody)) for name, row in TABLE.items()}
    proved = {name: tuple(EXPECTED[name][key][:3] for key in ("owner", "stranger", "nobody")) for name in TABLE}
    assert [name for name in TABLE if said[name] != proved[name]] == []


def test_a_stranger_and_a_missing_object_look_the_same(world: World, signed_in: Callable[[Account], Client]) -> None:
    stranger = signed_in(world.people.wangjianguo_account)
    for name, row in TABLE.items():
        if row.stranger != 404 or row.owner == 404:
            continue
        missing = [NOBODYS if is_key(one) else one for one in row.arguments(world)]
        ask = stranger.post if row.post else stranger.get
        theirs, none = ask(path_of(name, row, world)), ask(reverse(name, args=missing))
        assert (theirs.status_code, without_reference(theirs)) == (none.status_code, without_reference(none)), name


def is_key(argument: Any) -> bool:
    """Whether an argument of an address names a row, rather than a kind of rows."""
    return isinstance(argument, UUID)


def without_reference(response: Any) -> str:
    return response.content.decode().replace(response.wsgi_request.reference, "")
