"""What the tests of the exchange share: a feed, the worker's login, and looking at rows as the owner."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from facilities.models import Facility
from foundation.rowsecurity import acting_as
from records.exchange.models import Source
from tests import factories
from tests.factories import NOON


@pytest.fixture
def county(db: None) -> Facility:
    """The county hospital."""
    return factories.facility("COUNTY", "县人民医院", "county")


@pytest.fixture
def feed(county: Facility) -> Source:
    """A feed of files."""
    return factories.source(county, "county-files")


@pytest.fixture
def clock() -> Callable[[], datetime]:
    """A clock that stands at noon."""
    return lambda: NOON


def rows(model: Any, **filters: Any) -> list[Any]:
    """Rows of a table, as the owner sees them."""
    with acting_as("owner"):
        return list(model.objects.filter(**filters))


@pytest.fixture
def township(db: None) -> Source:
    """The feed of a township centre, which hands on what the county hospital did for its people."""
    return factories.source(factories.facility("TOWN", "河东镇卫生院"), "town-files")
