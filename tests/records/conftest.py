"""What the tests of this room share: the county's feed, and her browser."""

from collections.abc import Callable

import pytest
from django.test import Client

from records.exchange.models import Source
from residents.models import Account
from tests import factories
from tests.people import People


@pytest.fixture
def feed(people: People) -> Source:
    """The county hospital's feed."""
    return factories.source(people.county)


@pytest.fixture
def hers(people: People, signed_in: Callable[[Account], Client]) -> Client:
    """贺兰芳's browser."""
    return signed_in(people.helanfang_account)
