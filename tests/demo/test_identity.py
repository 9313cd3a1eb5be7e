"""The demonstration's identity platform and WeChat: the true adapters, tried without leaving the portal."""

import pytest
from django.test import Client
from django.urls import reverse

from portal.demo import people
from residents.authorities import port
from residents.models import Account
from tests import factories
from tests.residents.door import by_password


@pytest.fixture(autouse=True)
def demonstration() -> None:
    port._load.cache_clear()


@pytest.fixture
def lanfang(db: None) -> Account:
    person = people.resident("he_lanfang")
    return factories.account(factories.resident(person.name, person.id_number))


def choose(client: Client, key: str, **chosen: str) -> str:
    """Out to the played page, a choice there, and back; where one ends up."""
    page = client.post(reverse("account_authority_begin", args=[key])).url.partition("#")[0]
    assert client.get(page).status_code == 200
    back = client.post(page, chosen).url
    return client.get(back).url


def signed_in_as(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


def test_the_sign_in_page_offers_both(db: None, client: Client) -> None:
    page = client.get(reverse("account_login")).content.decode()
    assert "用演示身份认证平台登录" in page and "用微信登录" in page


def test_picking_a_person_signs_them_in(lanfang: Account, client: Client) -> None:
    assert choose(client, "oidc", person="he_lanfang", answer="plain") == reverse("home")
    assert signed_in_as(client) == str(lanfang.pk)


def test_without_a_number_one_is_led_to_binding(lanfang: Account, client: Client) -> None:
    wanted = reverse("account_authority_unbound")
    assert choose(client, "oidc", person="he_lanfang", answer="bare") == wanted


def test_saying_no_leads_back_to_the_sign_in_page(lanfang: Account, client: Client) -> None:
    assert choose(client, "oidc", person="he_lanfang", answer="no") == reverse("account_login")


def test_a_phone_is_bound_and_then_signs_in(lanfang: Account, client: Client) -> None:
    first = Client()
    by_password(first, people.resident("he_lanfang").id_number)
    assert choose(first, "wechat", phone="family") == reverse("residents:bindings")
    assert choose(client, "wechat", phone="family") == reverse("home")
    assert signed_in_as(client) == str(lanfang.pk)


@pytest.mark.parametrize("name", ["demo:identity", "demo:wechat"])
def test_the_played_pages_lead_nowhere_else(db: None, client: Client, name: str) -> None:
    elsewhere = {"redirect_uri": "https://evil.example/"}
    assert client.get(reverse(name), elsewhere).status_code == 400


@pytest.mark.parametrize("name", ["demo:identity", "demo:wechat"])
def test_without_the_demonstration_they_are_not_there(client: Client, settings: object, name: str) -> None:
    settings.DEMO = False
    assert client.get(reverse(name)).status_code == 404


def test_somebody_invented_by_a_visitor_is_nobody(lanfang: Account, client: Client) -> None:
    page = client.post(reverse("account_authority_begin", args=["oidc"])).url
    assert client.post(page, {"person": "somebody", "answer": "plain"}).status_code == 400
