"""A visitor of the demonstration county, on a phone inside WeChat."""

from collections.abc import Iterator

import pytest

from records.exchange.models import Pull
from tests.county import demonstration


@pytest.fixture
def county(db: None) -> Iterator[dict[str, Pull]]:
    """The demonstration county with everything its two sandbox facilities hold."""
    with demonstration() as pulls:
        yield pulls
