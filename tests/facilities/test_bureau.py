"""What is the whole county's: an administrator of one facility changes neither facilities nor settings."""

from collections.abc import Callable

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.urls import reverse

from facilities.models import Facility
from foundation.models import DatedSetting
from foundation.rowsecurity import acting_as
from residents.models import Account
from tests import factories
from tests.factories import NOON
from tests.people import People
from tests.sessions import session_of

SignedIn = Callable[[Account], Client]


@pytest.fixture
def local(people: People, signed_in: SignedIn) -> Client:
    """The browser of an administrator of the township health centre alone."""
    return signed_in(factories.staff("weishengyuan", "卫生院管理员", people.township, "administrator"))


def form(at: Facility, **fields: str) -> dict[str, str]:
    return {"code": at.code, "name": at.name, "level": at.level, "onboarding": "connected", "position": "1"} | fields


def address(of: Facility) -> str:
    return reverse("admin:facilities_facility_change", args=[of.pk])


def level_of(facility: Facility) -> str:
    with acting_as("owner"):
        return Facility.objects.get(pk=facility.pk).level


def test_nobody_makes_their_own_facility_the_bureau(people: People, local: Client) -> None:
    assert local.post(address(people.township), form(people.township, level="bureau")).status_code == 403
    assert local.post(reverse("admin:facilities_facility_add"), form(people.township, code="X")).status_code == 403
    with session_of(local):
        assert Facility.objects.filter(pk=people.township.pk).update(level="bureau") == 0
    assert level_of(people.township) == "township"


def test_the_database_refuses_a_second_bureau_and_a_setting(people: People, local: Client) -> None:
    with pytest.raises(DatabaseError, match="row-level security"), session_of(local):
        Facility(code="B2", name="假卫健局", level="bureau").save(force_insert=True)
    with pytest.raises(DatabaseError, match="row-level security"), session_of(local):
        DatedSetting(key="identity.level_for_records", value=0, valid_from=NOON).save(force_insert=True)


def test_a_local_administrator_adds_no_setting(local: Client) -> None:
    key = "appointments.live_bookings_per_person"
    add = f"{reverse('admin:foundation_datedsetting_add')}?key={key}"
    assert local.post(add, {"value": "99", "valid_from": "", "note": ""}).status_code == 403
    assert local.get(reverse("admin:foundation_datedsetting_changelist")).status_code == 200


def test_the_bureaus_administrator_changes_a_facility(people: People, signed_in: SignedIn) -> None:
    answer = signed_in(people.administrator).post(address(people.township), form(people.township, level="village"))
    assert (answer.status_code, level_of(people.township)) == (302, "village")


@pytest.mark.parametrize(
    ("who", "expected"), [("administrator", True), ("engineer", False), ("helanfang_account", False)]
)
def test_only_the_bureaus_own_hold_a_role_there(people: People, signed_in: SignedIn, who: str, expected: bool) -> None:
    with session_of(signed_in(getattr(people, who))), connection.cursor() as cursor:
        cursor.execute("SELECT app.has_role_at_bureau(ARRAY['administrator'])")
        assert cursor.fetchone() == (expected,)
