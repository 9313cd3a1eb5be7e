"""One copy of a page for every visitor: it carries nothing of anybody, and its forms still work."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from residents.models import Account
from tests import factories
from tests.people import People

SWITCHES = [
    ("residents:display", {"mode": "elder"}, f"{settings.PREFIX}display"),
    ("set_language", {"language": "en"}, f"{settings.PREFIX}language"),
]


@pytest.fixture
def strict() -> Client:
    """A visitor's browser that is asked for tokens, as outside of tests."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def address(db: None) -> str:
    return reverse("health_education:article", args=[factories.article().article.slug])


def kept(response: Any) -> bool:
    return "public" in response.headers["Cache-Control"]


def test_two_visitors_get_the_same_bytes_and_no_cookie(address: str) -> None:
    first, second = Client().get(address), Client().get(address)
    assert (first.content, dict(first.cookies)) == (second.content, {})


def test_a_page_with_a_search_is_not_kept(db: None, client: Client) -> None:
    assert not kept(client.get(reverse("health_education:articles") + "?q=血压"))


def test_what_was_typed_into_a_form_is_not_kept(db: None, client: Client) -> None:
    say = reverse("health_education:feedback", args=[factories.article().article.slug])
    answer = client.post(say, {"kind": "wrong", "words": "第二段"}, headers={"Origin": "http://testserver"})
    assert ("第二段" in answer.content.decode(), answer.headers.get("Cache-Control", "")) == (True, "no-store")


def test_a_visitor_with_a_cookie_of_their_own_gets_a_page_of_their_own(address: str, client: Client) -> None:
    client.cookies[f"{settings.PREFIX}csrf"] = "x" * 32
    assert not kept(client.get(address))


def test_a_readers_page_keeps_its_token(address: str, people: People, signed_in: Callable[[Account], Client]) -> None:
    assert b"csrfmiddlewaretoken" in signed_in(people.helanfang_account).get(address).content


@pytest.mark.parametrize(("name", "typed", "cookie"), SWITCHES)
def test_a_switch_works_without_a_token_from_our_own_page(
    db: None, strict: Client, name: str, typed: dict[str, str], cookie: str
) -> None:
    response = strict.post(reverse(name), typed, headers={"Origin": "http://testserver"})
    assert (response.status_code, cookie in response.cookies) == (302, True)


FROM_ELSEWHERE: list[dict[str, str]] = [
    {},
    {"Origin": "https://elsewhere.example"},
    {"Origin": "null"},
    {"Origin": "http://["},
    {"Origin": "https://testserver"},  # our name, but not as this request came
    {"Referer": "https://testserver/education/"},
]


@pytest.mark.parametrize("headers", FROM_ELSEWHERE)
@pytest.mark.parametrize(("name", "typed", "cookie"), SWITCHES)
def test_a_switch_from_elsewhere_is_refused(
    db: None, strict: Client, name: str, typed: dict[str, str], cookie: str, headers: dict[str, str]
) -> None:
    assert strict.post(reverse(name), typed, headers=headers).status_code == 403


def test_a_switch_over_https_is_not_moved_by_a_page_over_http(db: None, strict: Client) -> None:
    said = [
        strict.post(
            reverse("residents:display"), {"mode": "elder"}, secure=True, headers={"Origin": origin}
        ).status_code
        for origin in ("http://testserver", "https://testserver")
    ]
    assert said == [403, 302]


def test_a_switch_works_from_an_origin_that_is_trusted_by_name(db: None, strict: Client, settings: Any) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://portal.example"]
    response = strict.post(
        reverse("residents:display"), {"mode": "elder"}, headers={"Origin": "https://portal.example"}
    )
    assert response.status_code == 302


@pytest.mark.parametrize("said", ["display=elder; display=standard", "display=elder.x", "language=zh-hans;language=en"])
def test_a_page_is_not_kept_for_cookies_that_two_readers_could_read_otherwise(
    address: str, client: Client, said: str
) -> None:
    assert not kept(client.get(address, headers={"Cookie": said}))


@pytest.mark.parametrize(
    ("said", "own"),
    [
        ("display=elder; language=en", 0),
        ("__Host-language=zh-hans", 0),
        ("display=elder; display=standard", 1),
        ("language=zh-hans; display=elder; language=en", 1),
        ("display=elder; session=x", 1),
        ("display=elder.x", 1),
    ],
)
def test_the_cache_in_front_takes_each_cookie_once_or_keeps_nothing(said: str, own: int) -> None:
    written = (Path(settings.BASE) / "deploy" / "nginx" / "shared_pages.conf").read_text()
    found = re.search(r'\$portal_own \{ default 1; "" 0; "~(.+)" 0; \}', written)
    assert found is not None
    assert bool(re.search(found[1], said)) is not bool(own)
