"""Fixtures every test may ask for."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import hypothesis
import pytest
import time_machine
from django.conf import settings
from django.contrib.auth import SESSION_KEY, login
from django.db import connections
from django.http import HttpRequest
from django.test import Client
from django.utils import translation
from playwright.sync_api import Page, expect

from residents.models import Account
from residents.sessions import SessionStore
from tests.browser import FLAGS, PHONE, Watch, chromium
from tests.people import People, cast
from tests.redis_server import running_redis

# The first example of a test may also load a module, on a machine that is busy; speed is measured elsewhere.
hypothesis.settings.register_profile("portal", deadline=None)
hypothesis.settings.load_profile("portal")
expect.set_options(timeout=20_000)


@pytest.fixture(autouse=True)
def in_chinese() -> None:
    """Begin in the portal's own language, whatever language the page of the test before was asked for in."""
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture
def people(db: None) -> People:
    """The cast of the house, fresh for this test."""
    return cast()


@pytest.fixture
def signed_in(db: None) -> Callable[[Account], Client]:
    """A browser of its own for each account, already signed in: `signed_in(people.helanfang_account)`."""

    def enter(account: Account) -> Client:
        client = Client()
        how = {"method": "mfa", "type": "totp"} if account.is_staff else {"method": "password"}
        client.cookies[settings.SESSION_COOKIE_NAME] = key_of_a_session(account, how)
        client.cookies[settings.SESSION_COOKIE_NAME]["path"] = "/"
        return client

    return enter


def key_of_a_session(account: Account, how: dict[str, str]) -> str:
    """Sign in as `Client.force_login` does, with what allauth notes in the session, and without writing it four times.

    Without any proof no record opens; without a second factor no role counts.
    """
    request = HttpRequest()
    request.session = SessionStore()
    login(request, account, settings.AUTHENTICATION_BACKENDS[0])
    request.session["account_authentication_methods"] = [{**how, "at": time.time()}]
    request.session["account_authentication_methods_user"] = request.session[SESSION_KEY]
    request.session.save()
    return str(request.session.session_key)


@pytest.fixture
def at(db: None) -> Iterator[Callable[[datetime], Any]]:
    """Set Python's and the database's clock for a block: `with at(moment): ...`."""

    @contextmanager
    def during(moment: datetime) -> Iterator[None]:
        _set_database_clock(f"SELECT timestamptz '{moment.isoformat()}'")
        try:
            with time_machine.travel(moment, tick=False):
                yield
        finally:
            _set_database_clock("SELECT now()")

    yield during


def _set_database_clock(body: str) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "CREATE OR REPLACE FUNCTION app.clock() RETURNS timestamptz LANGUAGE sql STABLE"
            f" SET search_path = pg_catalog AS $$ {body} $$"
        )


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """pytest-playwright's fixture: Debian's Chromium, or a skip that says what to install."""
    if not (path := chromium()):
        pytest.skip("本机没有 Chromium（apt-get install chromium）")
    return {**browser_type_launch_args, "executable_path": path, "args": FLAGS}


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """A cheap phone inside WeChat."""
    return {**browser_context_args, **PHONE}


@pytest.fixture
def watch(page: Page) -> Iterator[Watch]:
    """The page, watched: any console error, CSP violation or axe violation fails the test at its end."""
    watching = Watch(page)
    yield watching
    assert watching.troubles == []


@pytest.fixture(scope="session")
def redis_address() -> Iterator[str]:
    """A real Redis of this test run's own, or a skip that says what to install."""
    with running_redis() as address:
        yield address
