"""A patient number that a facility gives to somebody else: no message moves it, however often it is sent."""

from datetime import date
from typing import Any

from django.test import Client

from foundation.rowsecurity import acting_as
from records.exchange.models import Held, Source, SourcePatient
from records.models import Observation
from residents.models import Resident
from tests import factories
from tests.exchange.conftest import rows
from tests.exchange.sending import Resource, deliver, observation, patient, versioned
from tests.exchange.test_retrying import swept
from tests.exchange.test_settling import clerk, settle
from tests.factories import NOON

__all__ = ["clerk"]


def stranger(**fields: Any) -> Resource:
    """王建国 under the number that was 贺兰芳's."""
    number = factories.id_number(date(1961, 5, 4), 13)
    return patient(number, name=[{"text": "王建国"}], gender="male", birthDate="1961-05-04", **fields)


def owners() -> list[str]:
    """Whom the observations speak of, in the order of receipt."""
    with acting_as("owner"):
        return [row.resident.name for row in Observation.objects.select_related("resident").order_by("id")]


def links(**filters: Any) -> list[SourcePatient]:
    return rows(SourcePatient, unlinked_at=None, **filters)


def test_sending_the_other_person_again_does_not_move_the_number(feed: Source) -> None:
    deliver(feed, versioned(patient(), 1), versioned(observation(), 1))
    for version in (2, 3, 4):
        deliver(feed, versioned(stranger(active=True, telecom=[{"value": str(version)}]), version))
    deliver(feed, versioned(observation(value="9.9"), 2))
    assert links() == []
    assert owners() == ["贺兰芳"]
    assert [held.reason for held in rows(Held, kind="Patient", resolved_at=None)] == ["identity_conflict"] * 3


def test_staff_who_have_asked_the_facility_give_the_number_to_the_other(feed: Source, clerk: Client) -> None:
    deliver(feed, versioned(patient(), 1))
    deliver(feed, versioned(stranger(), 2), observation())
    assert settle(clerk, "same") == "done"
    swept()
    deliver(feed, versioned(stranger(telecom=[{"value": "1"}]), 3))
    assert owners() == ["王建国"]
    assert len(links()) == 1 and rows(Held, resolved_at=None) == []


def test_another_try_alone_moves_no_number(feed: Source) -> None:
    deliver(feed, versioned(patient(), 1))
    deliver(feed, versioned(stranger(), 2), observation())
    with acting_as("owner"):
        Held.objects.filter(kind="Patient").update(retry_requested_at=NOON)
    swept()
    assert owners() == [] and links() == []


def test_the_number_goes_back_to_its_first_owner_by_itself(feed: Source) -> None:
    deliver(feed, versioned(patient(), 1))
    deliver(feed, versioned(stranger(), 2), observation())
    deliver(feed, versioned(patient(), 3))
    assert owners() == ["贺兰芳"]
    with acting_as("owner"):
        assert Resident.objects.get(pk=links()[0].resident_id).name == "贺兰芳"
