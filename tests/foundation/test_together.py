"""Several questions in one statement have the answers that they have alone."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connections
from django.db.models import Value as Constant
from django.test.utils import CaptureQueriesContext

from facilities.models import Facility
from foundation.rowsecurity import acting_as
from foundation.together import Value, together
from records.models import FollowUp, Observation
from residents.models import AccountSession, Resident
from tests import factories
from tests.people import People
from tests.records.rows import statement


def test_each_answer_is_as_if_asked_alone(people: People) -> None:
    levels = Facility.objects.order_by("code").values_list("code", "level")
    with CaptureQueriesContext(connections["default"]) as asked:
        found, nobody, nothing, number = together(
            levels, Facility.objects.filter(code="gone"), None, Value("SELECT %s::integer + 1", [41])
        )
    assert len(asked) == 1
    assert (found, nobody, nothing, number) == (list(levels), [], [], 42)


def test_objects_come_with_their_kinds_of_values_and_what_is_selected_beside(people: People) -> None:
    feed = factories.source(people.county)
    at = datetime(2026, 11, 3, 8, 5, 1, 123456, tzinfo=UTC)
    factories.observation(people.helanfang, feed, at=at, value_number=Decimal("5.10"))
    statement(FollowUp, people.helanfang, feed, next_due=date(2026, 12, 1))
    with acting_as("owner"):
        rows = Observation.objects.select_related("facility").annotate(mark=Constant("here"))
        found, follow_ups = together(rows, FollowUp.objects.all())
        alone = rows.get()
    (one,), (follow_up,) = found, follow_ups
    names = [item.attname for item in Observation._meta.concrete_fields]
    assert [getattr(one, name) for name in names] == [getattr(alone, name) for name in names]
    assert (one.facility, one.mark, one._state.adding) == (people.county, "here", False)
    assert (follow_up.next_due, follow_up.answers) == (date(2026, 12, 1), [])


def test_a_question_that_nothing_can_fit_is_not_asked(people: People) -> None:
    with CaptureQueriesContext(connections["default"]) as asked:
        assert together(Facility.objects.none(), None) == [[], []]
    assert len(asked) == 0


def test_names_of_values_stand_where_they_are_said(people: People) -> None:
    twice = Value.named("SELECT %(one)s::text || %(two)s::text || %(one)s::text", {"one": "a", "two": "b"})
    assert together(twice) == ["aba"]


@pytest.mark.parametrize("rows", [AccountSession.objects, Resident.objects], ids=["bytes", "sealed"])
def test_what_json_cannot_carry_is_refused(people: People, rows: object) -> None:
    with pytest.raises(TypeError):
        together(rows.all())  # type: ignore[attr-defined]
