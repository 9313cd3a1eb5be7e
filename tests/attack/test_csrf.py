"""Another site makes her browser send what it likes."""

from typing import Any

import pytest
from django.test import Client

from residents.connected.middleware import BY_PROGRAMS
from tests.architecture.addresses import addresses
from tests.attack.scene import Scene, every_row, say
from tests.attack.test_staff_site import filled
from tests.factories import PASSWORD
from tests.people import HELANFANG_NUMBER

CHANGING = ("post", "put", "patch", "delete")
# A health link is asked by programs of any origin, which show the link and its passcode; whoever is signed in makes no
# difference to the answer (tests/records/test_health_links.py), so a browser brings nothing along that counts.
BY_LINK = "/records/shl/"


COOKIELESS = (*BY_PROGRAMS, BY_LINK)


def everywhere(scene: Scene) -> list[str]:
    """Every address of the portal, filled with keys of hers."""
    keys = {
        "reports": scene.report.pk,
        "bookings": scene.booking.pk,
        "slots": scene.free.pk,
        "notices": scene.notice.pk,
        "booking": scene.booking.pk,
    }
    return sorted({address for _, route in addresses() for address in filled(route, keys)})


def browser(scene: Scene, **extra: Any) -> Client:
    """Her browser, signed in, at a server that checks."""
    client = Client(enforce_csrf_checks=True, **extra)
    client.force_login(scene.people.helanfang_account)
    return client


def test_nothing_is_taken_without_the_token(scene: Scene, capsys: pytest.CaptureFixture[Any]) -> None:
    # Where no cookie counts, a browser brings nothing along that another site could use (test_programs.py).
    client, taken, places = browser(scene), {}, [one for one in everywhere(scene) if not one.startswith(COOKIELESS)]
    for address in places:
        for method in CHANGING:
            status = getattr(client, method)(address).status_code
            # 401: it asks for what no browser sends by itself; 405: not this way.
            if status not in (401, 403, 404, 405):
                taken[method, address] = status
    say(capsys, f"{len(places)} addresses, {len(taken)} took a request without token")
    assert taken == {} and len(places) > 80


def test_nothing_changes_without_the_token(scene: Scene) -> None:
    client = browser(scene)
    before = every_row("django_cache")
    for address in everywhere(scene):
        client.post(address, {"mode": "elder", "language": "en", "code": "123456"})
    assert every_row("django_cache") == before


def test_the_refusal_is_a_plain_page(scene: Scene) -> None:
    response = browser(scene).post("/me/notices/read/")
    assert response.status_code == 403 and 'lang="zh-hans"' in response.content.decode()


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://testserver.evil.example"])
def test_a_foreign_origin_is_refused_even_with_the_token(origin: str, scene: Scene) -> None:
    client = browser(scene)
    token = client.get("/me/").context["csrf_token"]
    response = client.post("/me/notices/read/", {"csrfmiddlewaretoken": str(token)}, headers={"origin": origin})
    assert response.status_code == 403


def test_the_control_her_own_form_is_taken(scene: Scene) -> None:
    client = browser(scene)
    token = client.get("/me/").context["csrf_token"]
    assert client.post("/me/notices/read/", {"csrfmiddlewaretoken": str(token)}).status_code == 302


@pytest.mark.parametrize("name", ["session", "csrf"])
def test_the_cookies_stay_at_home(name: str, scene: Scene) -> None:
    client = Client()
    client.post("/accounts/login/", {"login": HELANFANG_NUMBER, "password": PASSWORD})
    client.get("/me/")
    cookie = client.cookies[name]
    assert (cookie["samesite"], bool(cookie["httponly"])) == ("Lax", True)
