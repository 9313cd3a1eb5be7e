"""Forms with more fields than they show: what a person types never decides whose it is, or what may be done."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse

from appointments.models import Booking, Slot
from foundation.rowsecurity import acting_as
from residents.models import Account
from tests.attack.scene import Scene, every_row, say
from tests.attack.walk import walk
from tests.factories import PASSWORD
from tests.people import HELANFANG_NUMBER

Enter = Callable[[Account], Client]
pytestmark = pytest.mark.usefixtures("no_broker")


def extra(scene: Scene) -> dict[str, Any]:
    """Fields of every model behind the forms, set as an attacker would like them."""
    stranger = scene.people.wangjianguo
    words = {
        **dict.fromkeys(["is_staff", "is_active", "is_superuser", "save", "_continue"], "on"),
        **dict.fromkeys(["resident", "resident_id", "person", "viewer", "for"], str(stranger.pk)),
        **dict.fromkeys(["account", "account_id", "user", "booked_by", "actor_id"], str(stranger.pk)),
        **dict.fromkeys(["resident_name", "name", "username"], "王建国"),
        **dict.fromkeys(["taken", "fee"], "0"),
        **dict.fromkeys(["capacity", "number", "first_number"], "99"),
        **dict.fromkeys(["first_seen_at", "read_at", "withdrawn_at"], ""),
    }
    states = {"status": "attended", "state": "approved", "role": "administrator", "level": "3", "period": "afternoon"}
    keys = {"slot": str(scene.booking.slot_id), "session": str(scene.booking.session_id), "phone": "19900000009"}
    return words | states | keys


def columns(table: str, *names: str) -> list[tuple[Any, ...]]:
    """Some columns of every row of a table, as the owner reads them."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(names)} FROM {table} ORDER BY 1")
        return cursor.fetchall()


def rights() -> dict[str, Any]:
    """What decides who may do what."""
    return {
        "accounts": columns("residents_account", "id", "username", "name", "resident_id", "is_staff", "phone"),
        "levels": columns("residents_verification", "id", "account_id", "level", "revoked_at"),
        "roles": columns("facilities_membership", "id", "account_id", "facility_id", "role", "ended_at"),
        "delegations": columns("residents_delegation", "id", "resident_id", "delegate_id"),
        "slots": columns("appointments_slot", "id", "capacity", "first_number", "session_id"),
        "strangers' bookings": columns("appointments_booking", "id", "resident_id", "booked_by"),
    }


def test_a_booking_is_ones_own_whatever_the_form_says(scene: Scene, signed_in: Enter) -> None:
    people = scene.people
    form = extra(scene) | {"form_key": "01900000-0000-7000-8000-00000000000c"}
    signed_in(people.helanfang_account).post(reverse("appointments:confirm", args=[scene.free.pk]), form)
    with acting_as("owner"):
        made = Booking.objects.get(form_key=form["form_key"])
        slot = Slot.objects.get(pk=scene.free.pk)
    assert (made.resident_id, made.resident_name, made.booked_by, made.slot_id, made.status, made.number) == (
        people.helanfang.pk,
        "贺兰芳",
        people.helanfang_account.pk,
        scene.free.pk,
        "booked",
        slot.first_number,
    )
    assert (slot.taken, slot.capacity) == (1, scene.free.capacity)


def test_a_cancelled_visit_is_only_cancelled(scene: Scene, signed_in: Enter) -> None:
    form = extra(scene) | {"cancelled_by": str(scene.people.wangjianguo_account.pk), "cancelled_at": "2020-01-01"}
    form |= {"ended": "clinic", "channel": "phone"}
    with acting_as("owner"):
        before = Booking.objects.filter(pk=scene.booking.pk).values().get()
    signed_in(scene.people.helanfang_account).post(reverse("appointments:cancel", args=[scene.booking.pk]), form)
    with acting_as("owner"):
        after = Booking.objects.filter(pk=scene.booking.pk).values().get()
    changed = {name: value for name, value in after.items() if value != before[name]}
    assert set(changed) == {"status", "cancelled_by", "cancelled_at", "ended"}
    assert (changed["status"], changed["ended"], changed["cancelled_by"]) == (
        "cancelled",
        "person",
        scene.people.helanfang_account.pk,
    )


def test_a_display_mode_changes_nothing_but_itself(scene: Scene, signed_in: Enter) -> None:
    client = signed_in(scene.people.helanfang_account)
    before = every_row("django_cache", "residents_account", "residents_accountsession")
    accounts = rights()
    client.post(reverse("residents:display"), extra(scene) | {"mode": "elder"})
    assert (every_row("django_cache", "residents_account", "residents_accountsession"), rights()) == (before, accounts)


def test_signing_in_gives_no_right(scene: Scene) -> None:
    before = rights()
    Client().post(reverse("account_login"), extra(scene) | {"login": HELANFANG_NUMBER, "password": PASSWORD})
    assert rights() == before


def test_a_new_password_is_only_a_password(scene: Scene, signed_in: Enter) -> None:
    before = rights()
    new = {"oldpassword": PASSWORD, "password1": "lantern-valley-43", "password2": "lantern-valley-43"}
    response = signed_in(scene.people.helanfang_account).post(reverse("account_change_password"), extra(scene) | new)
    assert (response.status_code, rights()) == (302, before)


def test_no_form_on_her_way_gives_a_right(scene: Scene, signed_in: Enter, capsys: pytest.CaptureFixture[Any]) -> None:
    client = signed_in(scene.people.helanfang_account)
    forms = [form for form in walk(client).forms if form.method == "post" and "logout" not in form.action]
    before = rights()
    before.pop("strangers' bookings")
    for form in forms:
        client.post(form.action, form.fields | extra(scene))
    after = rights()
    owners = {(resident, by) for _, resident, by in after.pop("strangers' bookings")}
    say(capsys, f"{len(forms)} forms, {len(extra(scene))} fields too many in each")
    assert after == before and len(forms) >= 5
    assert owners == {(scene.people.helanfang.pk, scene.people.helanfang_account.pk)}


STAFF_FORMS = {
    "reception opens a session elsewhere": ("zhangqiantai", "/staff/appointments/session/add/", "appointments_session"),
    "a manager's rule by reception": ("zhangqiantai", "/staff/appointments/rule/add/", "appointments_rule"),
    "an editor makes a member": ("editor", "/staff/facilities/membership/add/", "facilities_membership"),
    "an engineer makes a facility": ("engineer", "/staff/facilities/facility/add/", "facilities_facility"),
}


@pytest.mark.parametrize("deed", STAFF_FORMS)
def test_a_staff_form_does_not_reach_beyond_its_role(deed: str, scene: Scene, signed_in: Enter) -> None:
    who, address, table = STAFF_FORMS[deed]
    doctor = scene.booking.session_id
    form = extra(scene) | {
        "facility": str(scene.people.county.pk),
        "account": str(getattr(scene.people, who).pk),
        "practitioner": str(doctor),
        "department": str(scene.booking.department_id),
        "code": "MINE",
        "starts_at_0": "2026-11-22",
        "starts_at_1": "00:00",
    }
    before = columns(table, "id")
    signed_in(getattr(scene.people, who)).post(address, form)
    assert columns(table, "id") == before
