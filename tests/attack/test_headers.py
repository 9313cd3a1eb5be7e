"""What browsers are told with every kind of answer."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path, reverse

from portal import urls
from residents.models import Account
from tests.attack.scene import Scene

Enter = Callable[[Account], Client]


@login_not_required
def breaks(request: HttpRequest) -> HttpResponse:
    raise ValueError


urlpatterns = [*urls.urlpatterns, path("breaks/", breaks)]
handler500 = urls.handler500

# Kind of answer -> its status, the method and the address; signed in where the address starts with "her ".
ANSWERS = {
    "a page": (200, "get", "/"),
    "a private page": (200, "get", "her /me/"),
    "a redirect to the door": (302, "get", "/me/"),
    "a redirect": (302, "post", "/language/"),
    "a missing page": (404, "get", "/no-such-page/"),
    "a missing staff page": (404, "get", "her /staff/"),
    "a refused method": (405, "post", "her /records/"),
    "a wrong request": (400, "post", "/me/display/"),
    "a broken page": (500, "get", "/breaks/"),
    "health": (200, "get", "/healthz"),
    "a style sheet": (200, "get", "/static/css/portal.css"),
    "a drawing": (200, "get", "/static/icons/favicon.svg"),
    "a missing file": (404, "get", "/static/no-such-file.js"),
    "a strange host": (400, "host", "/"),
}
WANTED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
}
POLICY = ["default-src 'none'", "script-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"]


@pytest.fixture
def ask(scene: Scene, signed_in: Enter) -> Any:
    """Get one kind of answer."""

    def asked(kind: str) -> HttpResponse:
        status, method, address = ANSWERS[kind]
        client = signed_in(scene.people.helanfang_account) if address.startswith("her ") else Client()
        client.raise_request_exception = False
        extra = {"headers": {"host": "evil.example"}} if method == "host" else {}
        response = getattr(client, "get" if method == "host" else method)(address.removeprefix("her "), **extra)
        assert response.status_code == status
        return response

    with override_settings(ROOT_URLCONF=__name__):
        yield asked


@pytest.mark.parametrize("kind", ANSWERS)
def test_every_answer_has_the_four_headers(kind: str, ask: Any) -> None:
    response = ask(kind)
    assert {name: response.get(name) for name in WANTED} == WANTED


@pytest.mark.parametrize("kind", ANSWERS)
def test_every_answer_has_the_policy(kind: str, ask: Any) -> None:
    policy = ask(kind).get("Content-Security-Policy", "")
    assert [part for part in POLICY if part not in policy] == [] and "unsafe" not in policy


@pytest.mark.parametrize("kind", ANSWERS)
def test_no_answer_says_what_answers(kind: str, ask: Any) -> None:
    response = ask(kind)
    assert [name for name in ("Server", "X-Powered-By", "X-AspNet-Version") if name in response] == []


@pytest.mark.parametrize("kind", [kind for kind, (_, _, address) in ANSWERS.items() if "/static/" not in address])
def test_no_answer_is_kept(kind: str, ask: Any) -> None:
    assert "no-store" in ask(kind).get("Cache-Control", "")


@pytest.mark.parametrize("address", ["/", "/me/", "/staff/", "/records/reports/", "/static/css/portal.css"])
def test_an_odd_method_is_no_way_in(address: str, scene: Scene) -> None:
    client = Client()
    answers = {verb: client.generic(verb, address).status_code for verb in ("TRACE", "CONNECT", "PROPFIND", "X")}
    assert {status for status in answers.values() if status not in (302, 404, 405)} == set()


@pytest.mark.parametrize(
    "address",
    [
        "/.git/HEAD",
        "/.env",
        "/static/../manage.py",
        "/static/%2e%2e/manage.py",
        "/metrics",
        "/admin/",
        "/api/schema/redoc/",
    ]
    + ["/__debug__/", "/static/admin/../../portal/settings.py", "/server-status", "/staff/password_change/"],
)
def test_what_must_not_be_there_is_not_there(address: str, scene: Scene) -> None:
    assert Client().get(address).status_code in (302, 404)


def test_a_file_of_hers_is_shown_as_what_it_is(scene: Scene, signed_in: Enter) -> None:
    response = signed_in(scene.people.helanfang_account).get(reverse("records:report_pdf", args=[scene.report.pk]))
    assert (response["Content-Type"], response["X-Content-Type-Options"]) == ("application/pdf", "nosniff")
    assert "no-store" in response["Cache-Control"] and "贺兰芳" not in response["Content-Disposition"]


def test_options_and_head_say_no_more_than_get(scene: Scene, signed_in: Enter) -> None:
    client = signed_in(scene.people.helanfang_account)
    bodies = {method: getattr(client, method)("/records/").content for method in ("head", "options")}
    assert bodies == {"head": b"", "options": b""}
