"""The database ends connections under the running web server: the next visitor notices nothing."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import factories
from tests.faults.breaking import ask, cut_connections, database, process, say, until
from tests.people import HELANFANG_NUMBER, People
from tests.portal.test_launcher import free_port

GRANIAN = str(Path(sys.executable).parent / "granian")
WEB = ("portal_web", "portal_signin")
ROUNDS = 15


@pytest.fixture
def site(people: People) -> Iterator[httpx.Client]:
    """A browser at a web server with one thread, so that each request meets the connection of the one before."""
    factories.article()
    port = free_port()
    options = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--blocking-threads", "1"]
    with process(GRANIAN, *options, "--log-level", "warning", "portal.wsgi:application", login="test"):
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30) as browser:
            until(lambda: answers(browser), "the web server")
            yield browser


def answers(browser: httpx.Client) -> bool:
    try:
        return browser.get("/healthz").status_code == 200
    except httpx.TransportError:
        return False


def sign_in(browser: httpx.Client) -> None:
    browser.get("/accounts/login/")
    fields = {"login": HELANFANG_NUMBER, "password": factories.PASSWORD, "csrfmiddlewaretoken": browser.cookies["csrf"]}
    assert browser.post("/accounts/login/", data=fields).status_code == 302


def test_a_visitor_after_a_cut_gets_the_page(site: httpx.Client, capsys: pytest.CaptureFixture[Any]) -> None:
    sign_in(site)
    cut, statuses = 0, []
    for address in ["/", "/me/", "/appointments/", "/education/", "/records/reports/"] * (ROUNDS // 5):
        cut += cut_connections(*WEB)
        statuses.append(site.get(address).status_code)
    say(capsys, f"{cut} connections cut before {len(statuses)} requests, {statuses.count(200)} pages")
    assert statuses == [200] * ROUNDS and cut >= ROUNDS


def test_the_door_opens_after_a_cut(site: httpx.Client) -> None:
    site.get("/accounts/login/")
    cut_connections(*WEB)
    sign_in(site)
    assert site.get("/me/").status_code == 200


def test_while_the_database_lets_nobody_in_the_page_says_so(
    site: httpx.Client, capsys: pytest.CaptureFixture[Any]
) -> None:
    ask(f"REVOKE CONNECT ON DATABASE {database()} FROM portal_web")
    try:
        cut_connections(*WEB)
        during = site.get("/")
    finally:
        ask(f"GRANT CONNECT ON DATABASE {database()} TO portal_web")
    after = site.get("/")
    say(capsys, f"closed: {during.status_code}, open again: {after.status_code}")
    assert (during.status_code, after.status_code) == (500, 200)
    assert "系统出了问题" in during.text and "connection" not in during.text
