"""The families of the demonstration county, written twice and there once."""

from collections.abc import Iterator

import pytest

from foundation import clock
from foundation.rowsecurity import acting_as
from portal.demo import seed
from residents.models import Delegation, Guardianship


@pytest.fixture
def county(db: None) -> Iterator[None]:
    with acting_as("owner"):
        for _n in range(2):
            now = clock.now()
            facilities = seed.seed_facilities()
            seed.seed_staff(facilities, now)
            seed.seed_residents(facilities, now)
        yield


def test_the_daughter_helps_her_mother_and_guards_her_son(county: None) -> None:
    held = Delegation.objects.filter(delegate__name="贺小雨").order_by("relation")
    assert [(one.resident.name, one.relation, one.scope) for one in held] == [
        ("贺兰芳", "family", ["booking", "results", "notices"]),
        ("林子涵", "guardian", ["booking", "records", "results", "notices"]),
    ]


def test_one_application_waits_in_the_queue(county: None) -> None:
    assert [one.child_name for one in Guardianship.objects.waiting()] == ["苏小满"]
