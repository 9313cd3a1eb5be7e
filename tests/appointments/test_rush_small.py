"""One small rush over real HTTP; twenty large ones, with what breaks meanwhile, are in `make faults`."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from residents.models import Account
from tests.appointments import rushing
from tests.faults.breaking import say
from tests.people import People


@pytest.fixture(autouse=True)
def noon(db: None) -> Iterator[None]:
    """A server has its own clock: it is now, in this file."""
    yield


def test_twelve_browsers_for_eight_places_and_for_a_whole_morning(
    people: People, signed_in: Callable[[Account], Client], capsys: pytest.CaptureFixture[Any]
) -> None:
    rushing.prepared(people.county)
    crowd = rushing.entered(signed_in, 26)
    hot = rushing.askers_of(crowd[:12], rushing.morning(people.county, 2, 1, places=8))
    spread = rushing.askers_of(crowd[12:], rushing.morning(people.county, 3, 4, places=8))
    with rushing.site() as site:
        for askers, places in ((hot, 8), (spread, 32)):
            rushing.Rush(site, 12).run(askers)
            found = rushing.figures(askers)
            say(capsys, str(found))
            assert (found.booked, found.lost, found.doubled, found.troubles) == (min(places, len(askers)), 0, 0, 0)
            assert (rushing.uneven(askers), set(found.refused)) in ((0, set()), (0, {rushing.FULL}))
