"""In this room it is noon of the factories' day, for Python and for the database."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from residents.models import Account
from tests.appointments.racing import Racers
from tests.factories import NOON
from tests.people import People


@pytest.fixture(autouse=True)
def noon(at: Callable[[datetime], Any]) -> Iterator[None]:
    with at(NOON):
        yield


@pytest.fixture
def lan(people: People, signed_in: Callable[[Account], Client]) -> Client:
    """贺兰芳's browser."""
    return signed_in(people.helanfang_account)


@pytest.fixture
def racers() -> Any:
    made: list[Racers] = []

    def start(count: int) -> Racers:
        made.append(Racers(count))
        return made[-1]

    yield start
    for each in made:
        each.close()
