"""Every address, asked by its owner, by a stranger and by somebody signed out (url_table.py)."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from residents.models import Account
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


def answers(row: Row, path: str, clients: list[Client]) -> tuple[int, ...]:
    """The status each client gets; 403 counts as its own answer."""
    return tuple((client.post(path, row.data) if row.post else client.get(path)).status_code for client in clients)


def test_owner_stranger_and_nobody_get_what_the_table_says(
    world: World, signed_in: Callable[[Account], Client]
) -> None:
    clients = [signed_in(world.people.helanfang_account), signed_in(world.people.wangjianguo_account), Client()]
    wrong = []
    for name, row in TABLE.items():
        got = answers(row, path_of(name, row, world), clients)
        if got != (row.owner, row.stranger, row.nobody):
            wrong.append(f"{name}: got {got}, the table says {(row.owner, row.stranger, row.nobody)}")
    assert not wrong, "\n".join(wrong)


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
