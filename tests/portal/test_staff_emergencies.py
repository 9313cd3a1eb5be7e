"""The auditor looks into every emergency access."""

from typing import Any

import pytest
from django.db import DatabaseError
from django.urls import reverse

from foundation import clock
from foundation.rowsecurity import acting_as
from residents.models import Opening, OpeningReview
from tests import factories
from tests.people import People
from tests.portal.staffing import Enter, colleague
from tests.portal.test_staff_residents import WANG, WHY, in_emergency
from tests.sessions import session_of

PAGE = "staff:emergencies"
FOUND = {"verdict": "in_order", "remark": "与急诊科核对，情况属实"}


@pytest.fixture
def opening(people: People, signed_in: Enter) -> Opening:
    """李村医 opened 王建国 in an emergency and read his record."""
    client = signed_in(people.licunyi)
    in_emergency(client, people.township, number=WANG)
    client.get(reverse("records:home"))
    with acting_as("owner"):
        return Opening.objects.get()


def look_into(client: Any, opening: Opening) -> Any:
    return client.post(reverse("staff:review_emergency", args=[opening.pk]), FOUND)


def test_an_auditor_sees_who_why_and_what_was_read(people: People, opening: Opening, signed_in: Enter) -> None:
    page = signed_in(colleague(people, "auditor")).get(reverse(PAGE)).content.decode()
    assert [words for words in ("李村医", WHY, people.township.name, "查看了健康档案首页") if words not in page] == []


def test_the_auditor_does_not_learn_whose_record_it_was(people: People, opening: Opening, signed_in: Enter) -> None:
    assert "王建国" not in signed_in(colleague(people, "auditor")).get(reverse(PAGE)).content.decode()


def test_an_auditor_marks_it_as_looked_into(people: People, opening: Opening, signed_in: Enter) -> None:
    client = signed_in(colleague(people, "auditor"))
    look_into(client, opening)
    assert "与急诊科核对" in client.get(reverse(PAGE)).content.decode()


def test_it_is_looked_into_once(people: People, opening: Opening, signed_in: Enter) -> None:
    client = signed_in(colleague(people, "auditor"))
    look_into(client, opening)
    look_into(client, opening)
    with acting_as("owner"):
        assert OpeningReview.objects.count() == 1


@pytest.mark.parametrize("role", ["administrator", "security", "manager", "clinician"])
def test_nobody_else_looks_into_it(role: str, people: People, opening: Opening, signed_in: Enter) -> None:
    client = signed_in(colleague(people, role))
    assert (client.get(reverse(PAGE)).status_code, look_into(client, opening).status_code) == (403, 403)


def test_an_auditor_elsewhere_sees_nothing_of_it(people: People, opening: Opening, signed_in: Enter) -> None:
    auditor = factories.staff("shenji", "审计", people.county, "auditor")
    assert WHY not in signed_in(auditor).get(reverse(PAGE)).content.decode()
    assert look_into(signed_in(auditor), opening).status_code == 404


def test_nobody_finds_their_own_emergency_in_order(people: People, opening: Opening, signed_in: Enter) -> None:
    factories.membership(people.licunyi, people.township, "auditor")
    review = OpeningReview(
        opening_id=opening.pk,
        facility_id=people.township.pk,
        reviewed_by=people.licunyi.pk,
        reviewed_name="李村医",
        reviewed_at=clock.now(),
        **FOUND,
    )
    with pytest.raises(DatabaseError, match="row-level security"), session_of(signed_in(people.licunyi)):
        review.save(force_insert=True)
