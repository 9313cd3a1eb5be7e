"""A link to a file that first asks for a proof must lead to that page, not save it as if it were the file."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page

from residents.models import Account
from tests.people import People


def test_a_copy_asked_for_long_after_the_last_proof_shows_the_page_that_asks_for_one(
    page: Page, live_server: Any, people: People, signed_in: Callable[[Account], Client]
) -> None:
    client = signed_in(people.helanfang_account)
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": 0}]
    session.save()
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": live_server.url}])
    page.goto(live_server.url + reverse("residents:my_data"))
    page.locator(f"a[href='{reverse('residents:take_json')}']").click()
    page.wait_for_url("**/accounts/reauthenticate/**")
