"""Forced browsing: every address of the staff site, by those who have nothing to do there."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from residents.models import Account
from tests.architecture.addresses import addresses
from tests.attack.scene import Scene, marks_in, say
from tests.attack.walk import METHODS

Enter = Callable[[Account], Client]
DOOR = "/staff/login/"
# Who may read her bookings and the access log has a reason to see her name; nobody else of the staff has.
STAFF = ["zhangqiantai", "licunyi", "chenyisheng", "administrator", "editor", "reviewer", "engineer"]
WITHOUT_A_REASON = ["chenyisheng", "editor", "reviewer", "engineer", "administrator"]


def staff_addresses(scene: Scene) -> list[str]:
    """Each address of the staff site, its arguments filled with keys of rows that exist."""
    keys = {"booking": scene.booking.pk, "session": scene.booking.session_id, "facility": scene.people.township.pk}
    routes = sorted({route for _, route in addresses() if route.startswith("staff/") and route != "staff/login/"})
    return [address for route in routes for address in filled(route, keys)]


def filled(route: str, keys: dict[str, Any]) -> list[str]:
    """The address of a route, with the key of the row that it is about; what names no row gets any key."""
    if "(?P" in route or route.endswith("$"):
        route = re.sub(r"\(\?P<url>.*", "nowhere", re.sub(r"\(\?P<app_label>.*", "appointments/", route))
    if "<" not in route:
        return ["/" + route]
    key = next((key for name, key in keys.items() if f"/{name}/" in route), next(iter(keys.values())))
    return ["/" + re.sub(r"<[^>]+>", str(key), route)]


def test_the_walk_knows_the_whole_site(scene: Scene) -> None:
    assert len(staff_addresses(scene)) > 50 and not [a for a in staff_addresses(scene) if set("<>()?") & set(a)]


@pytest.mark.parametrize("who", ["helanfang_account", "wangjianguo_account"])
def test_a_resident_finds_nothing_there(
    who: str, scene: Scene, signed_in: Enter, capsys: pytest.CaptureFixture[Any]
) -> None:
    client, found, asked = signed_in(getattr(scene.people, who)), {}, 0
    for address in staff_addresses(scene):
        for method in METHODS:
            asked += 1
            status = getattr(client, method)(address).status_code
            if status not in (404, 405):
                found[method, address] = status
    say(capsys, f"{who}: {asked} questions, {len(found)} answered")
    assert found == {}


def test_the_signed_out_find_only_the_door(scene: Scene, capsys: pytest.CaptureFixture[Any]) -> None:
    client, found, asked = Client(), {}, 0
    for address in staff_addresses(scene):
        for method in METHODS:
            asked += 1
            response = getattr(client, method)(address)
            if response.status_code not in (404, 405) and not response.get("Location", "").startswith(DOOR):
                found[method, address] = response.status_code
    say(capsys, f"nobody: {asked} questions, {len(found)} answered")
    assert found == {}


@pytest.mark.parametrize("who", STAFF)
def test_no_address_breaks_for_any_role(who: str, scene: Scene, signed_in: Enter) -> None:
    client = signed_in(getattr(scene.people, who))
    client.raise_request_exception = False
    broken = [a for a in staff_addresses(scene) for m in ("get", "post") if getattr(client, m)(a).status_code >= 500]
    assert broken == []


@pytest.mark.parametrize("who", WITHOUT_A_REASON)
def test_staff_without_a_reason_read_nothing_of_hers(who: str, scene: Scene, signed_in: Enter) -> None:
    client, shown = signed_in(getattr(scene.people, who)), {}
    for address in staff_addresses(scene):
        response = client.get(address, {"day": "ahead"} if "booking" in address else {})
        if found := marks_in(response.content.decode(errors="replace")):
            shown[address] = found
    assert shown == {}


def test_the_control_reception_reads_her_name_in_its_own_bookings(scene: Scene, signed_in: Enter) -> None:
    page = signed_in(scene.people.zhangqiantai).get("/staff/appointments/booking/?day=tomorrow").content.decode()
    assert marks_in(page) == ["贺兰芳"]
