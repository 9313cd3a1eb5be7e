"""Staff reach no page of the staff site before this session showed a second factor, nor with a borrowed password."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from residents.models import Account
from tests.architecture.addresses import addresses
from tests.architecture.world import world_of
from tests.attack.test_staff_site import staff_addresses
from tests.attack.walk import METHODS
from tests.factories import PASSWORD
from tests.people import People
from tests.portal.staffing import Enter
from tests.residents.second_steps import code, first_step, pair, set_up_app

DETOURS = ("/accounts/2fa/",)


@pytest.fixture
def scene(people: People) -> Any:
    """Rows for the addresses that are about one."""
    return SimpleNamespace(people=people, booking=world_of(people).booking)


def answers(client: Client, scene: Any, enough: int = 10_000) -> dict[tuple[str, str], Any]:
    """Whatever the staff site says but a detour, a missing page or a wrong method; no more than about `enough`."""
    found: dict[tuple[str, str], Any] = {}
    for address in staff_addresses(scene):
        if len(found) > enough:
            break
        for method in METHODS:
            response = getattr(client, method)(address)
            if response.status_code in (404, 405) or response.get("Location", "").startswith(DETOURS):
                continue
            found[method, address] = response.status_code
    return found


def test_without_a_factor_no_address_of_the_staff_site_answers(scene: Any) -> None:
    """For whoever may do most; others are walked among the attacks."""
    client = Client()
    client.force_login(scene.people.administrator)
    assert answers(client, scene) == {}


def test_the_control_with_a_factor_they_answer(scene: Any, signed_in: Enter) -> None:
    assert len(answers(signed_in(scene.people.administrator), scene, enough=20)) > 20


def test_the_walk_covers_the_staff_site() -> None:
    assert len([route for _name, route in addresses() if route.startswith("staff/")]) > 50


def test_who_has_no_factor_is_led_to_set_one_up_and_back(people: People, client: Client) -> None:
    first_step(client)
    wanted = reverse("staff:gallery")
    detour = client.get(wanted).url
    assert detour == f"{reverse('mfa_index')}?next=%2Fstaff%2Fgallery%2F"
    assert "还差一步" in client.get(detour).content.decode()
    set_up_app(client)
    assert f'href="{wanted}"' in client.get(reverse("mfa_view_recovery_codes")).content.decode()
    assert client.get(wanted).status_code == 200


def test_who_has_one_elsewhere_shows_it_here(people: People, client: Client) -> None:
    client.force_login(people.zhangqiantai)
    pair(people.zhangqiantai)
    detour = client.get(reverse("staff:index")).url
    assert detour.startswith(reverse("mfa_reauthenticate"))
    assert client.post(detour, {"code": code()}).url == reverse("staff:index")
    assert client.get(reverse("staff:index")).status_code == 200


def test_a_first_password_is_changed_before_anything_else(people: People, client: Client) -> None:
    Account.objects.filter(pk=people.zhangqiantai.pk).update(must_change_password=True)
    first_step(client)
    assert client.get(reverse("staff:index")).url.startswith(reverse("account_change_password"))


def test_a_changed_first_password_leads_on(people: People, client: Client) -> None:
    Account.objects.filter(pk=people.zhangqiantai.pk).update(must_change_password=True)
    first_step(client)
    new = "窗口里的风车转了三圈"
    data = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert client.post(reverse("account_change_password"), data).url == reverse("staff:index")
    assert client.get(reverse("staff:index")).url.startswith(reverse("mfa_index"))


def test_the_header_leads_to_devices_factors_and_password(people: People, signed_in: Enter) -> None:
    page = signed_in(people.zhangqiantai).get(reverse("staff:index")).content.decode()
    names = ["residents:sign_ins", "mfa_index", "account_change_password"]
    assert [name for name in names if f'href="{reverse(name)}"' not in page] == []
