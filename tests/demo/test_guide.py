"""The demonstration county opens with a guide that somebody else than its writer has reviewed."""

import pytest
from django.test import Client

from appointments.models import GuideQuestion, GuideSymptom, GuideVersion
from foundation import clock
from foundation.rowsecurity import acting_as
from portal.demo.guide import seed_guide
from portal.demo.seed import seed_departments, seed_facilities, seed_staff


@pytest.fixture
def county(db: None) -> None:
    with acting_as("owner"):
        facilities = seed_facilities()
        seed_departments(facilities)
        seed_staff(facilities, clock.now())
        seed_guide(clock.now())


@pytest.mark.usefixtures("county")
def test_the_first_version_is_in_force_and_signed_by_another() -> None:
    version = GuideVersion.objects.in_force(clock.now())
    assert (version.author_name, version.reviewer_name) == ("宣教编辑", "医学审核员")


@pytest.mark.usefixtures("county")
def test_seeding_again_changes_nothing() -> None:
    with acting_as("owner"):
        before = GuideSymptom.objects.count(), GuideQuestion.objects.count()
        seed_guide(clock.now())
        assert (GuideSymptom.objects.count(), GuideQuestion.objects.count()) == before
    assert before[0] >= 30


@pytest.mark.usefixtures("county")
def test_the_page_says_that_its_rules_are_an_example() -> None:
    assert "正式使用前须由本县医师审核" in Client().get("/appointments/guide/").content.decode()
