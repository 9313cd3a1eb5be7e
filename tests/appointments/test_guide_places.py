"""The department that the guide names: the nearest whose level can see to it."""

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from appointments.guide import places
from appointments.guide.places import Home
from appointments.models import GuideSymptom, GuideVersion
from facilities.models import Department, Facility
from foundation.rowsecurity import acting_as
from residents.models import Resident
from tests import factories
from tests.appointments.guide_scenes import at_the_head, version
from tests.people import People


@pytest.fixture
def rules(people: People) -> GuideVersion:
    return version(people)


@pytest.fixture
def tree(people: People) -> dict[str, Department]:
    """全科 in two villages, their township, another township and the county; each with 内科 at the county only."""
    village = factories.facility("V1", "清水村卫生室", "village", parent=people.township)
    other = factories.facility("TOWN2", "柳湾镇卫生院", "township", position=1)
    far = factories.facility("V2", "柳沟村卫生室", "village", parent=other, position=1)
    at = {"village": village, "township": people.township, "other": other, "far": far, "county": people.county}
    return {name: factories.department(place, "全科") for name, place in at.items()}


def nearest(home: Facility | None, level: str, words: str = "全科") -> list[Department]:
    return places.nearest(GuideSymptom(departments=words, level=level), Home(home) if home else None)


def test_the_own_village_clinic_comes_first(tree: dict[str, Department]) -> None:
    assert nearest(tree["village"].facility, "village")[:2] == [tree["village"], tree["township"]]


def test_what_a_village_cannot_see_to_goes_to_the_own_township(tree: dict[str, Department]) -> None:
    assert nearest(tree["village"].facility, "township")[0] == tree["township"]


def test_who_is_kept_at_a_township_finds_a_village_clinic_beneath_it(tree: dict[str, Department]) -> None:
    assert nearest(tree["township"].facility, "village")[0] == tree["village"]


def test_what_only_the_county_sees_to_goes_to_the_county(tree: dict[str, Department]) -> None:
    assert nearest(tree["village"].facility, "county") == [tree["county"]]


def test_without_a_home_the_lowest_fitting_level_comes_first(tree: dict[str, Department]) -> None:
    levels = [one.facility.level for one in nearest(None, "village")]
    assert levels == ["village", "village", "township", "township", "county"]


def test_the_better_word_wins_at_one_level(tree: dict[str, Department], people: People) -> None:
    ward = factories.department(people.county, "内科")
    assert nearest(None, "county", "内科、全科")[0] == ward


def test_the_one_who_is_helped_has_the_say_where_it_is_near(
    rules: GuideVersion, tree: dict[str, Department], people: People, lan: Client
) -> None:
    with acting_as("owner"):
        Resident.objects.filter(pk=people.helanfang.pk).update(facility=tree["far"].facility)
    assert "柳沟村卫生室" in at_the_head(rules, lan, passed="2").split("别处也能看")[0]


def test_a_closed_facility_is_never_named(rules: GuideVersion, tree: dict[str, Department]) -> None:
    with acting_as("owner"):
        Facility.objects.exclude(level="county").update(is_active=False)
    assert nearest(tree["village"].facility, "village") == [tree["county"]]


def test_the_ending_takes_few_statements(rules: GuideVersion, tree: dict[str, Department], lan: Client) -> None:
    at_the_head(rules, lan, passed="2")
    with CaptureQueriesContext(connections["default"]) as seen:
        at_the_head(rules, lan, passed="2")
    assert len([one for one in seen if '"appointments_' in one["sql"] or '"facilities_' in one["sql"]]) <= 12
