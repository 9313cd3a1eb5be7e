"""The bureau registers a program, gives it a secret once, and switches it off."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from residents.connected.scopes import may_be_sent_to
from residents.models import Account, Program
from tests.people import People
from tests.residents.connected.programs import SECRET, App, code_of, program

Enter = Callable[[Account], Client]
LIST, ADD = "admin:residents_program_changelist", "admin:residents_program_add"
FORM = {
    "name": "血压日记",
    "operator": "清河健康科技有限公司",
    "about": "把血压画成图",
    "contact": "0951-0000000",
    "redirect_uris": "https://app.example.org/back\r\n com.example.app:/cb \r\n",
    "kinds": ["Observation", "Patient"],
    "confidential": "on",
    "is_active": "on",
}


def registered(browser: Client, **changed: Any) -> Any:
    return browser.post(reverse(ADD), FORM | changed)


def test_an_administrator_registers_a_program(people: People, signed_in: Enter) -> None:
    registered(signed_in(people.administrator))
    found = Program.objects.using("owner").get()
    assert (found.redirect_uris, found.kinds) == (
        ["https://app.example.org/back", "com.example.app:/cb"],
        ["Observation", "Patient"],
    )
    assert found.registered_by == people.administrator.pk


@pytest.mark.parametrize(
    "changed",
    [{"redirect_uris": "http://app.example.org/back"}, {"redirect_uris": ""}, {"kinds": ["Coverage"]}, {"kinds": []}],
)
def test_what_cannot_be_is_said_in_the_form(changed: dict[str, Any], people: People, signed_in: Enter) -> None:
    answer = registered(signed_in(people.administrator), **changed)
    assert (answer.status_code, Program.objects.using("owner").count()) == (200, 0)


def test_nobody_else_registers_one(people: People, signed_in: Enter) -> None:
    others = (people.engineer, people.licunyi, people.zhangqiantai, people.helanfang_account)
    assert {registered(signed_in(one)).status_code for one in others} <= {403, 404}
    assert Program.objects.using("owner").count() == 0


def new_secret(browser: Client, found: Program) -> Any:
    return browser.post(reverse(LIST), {"action": "new_secret", "_selected_action": [str(found.pk)]})


def test_a_secret_is_shown_once_and_ends_the_one_before(people: People, signed_in: Enter) -> None:
    found = program(confidential=True)
    page = new_secret(signed_in(people.administrator), found)
    secret = page.content.decode().partition("client_secret</dt><dd><code>")[2].partition("<")[0]
    code = code_of(signed_in(people.helanfang_account), found)
    assert [App(found, secret=one).trade(code).status_code for one in (SECRET, secret)] == [401, 200]
    assert page["Cache-Control"] in {"no-store", "max-age=0, no-cache, no-store, must-revalidate, private"}


def test_a_program_that_cannot_keep_a_secret_gets_none(people: People, signed_in: Enter) -> None:
    page = new_secret(signed_in(people.administrator), program())
    assert page.status_code == 302


def test_a_change_is_kept_and_who_may_keep_a_secret_is_not_changed(people: People, signed_in: Enter) -> None:
    found = program()
    address = reverse("admin:residents_program_change", args=[found.pk])
    answer = signed_in(people.administrator).post(address, {**FORM, "is_active": ""})
    changed = Program.objects.using("owner").get()
    assert (answer.status_code, changed.name, changed.is_active, changed.confidential) == (
        302,
        "血压日记",
        False,
        False,
    )


@pytest.mark.parametrize(
    ("address", "fits"),
    [
        ("https://app.example.org/back", True),
        ("https://app.example.org:8443/back?fixed=1", True),
        ("http://127.0.0.1:4711/back", True),
        ("com.example.app:/cb", True),
        ("http://app.example.org/back", False),
        ("http://localhost/back", False),
        ("https://*.example.org/back", False),
        ("https://user:word@app.example.org/", False),
        ("https://app.example.org/back#part", False),
        ("https:///back", False),
        ("app:/cb", False),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("/back", False),
        ("https://[::1", False),
    ],
)
def test_codes_are_sent_to_safe_addresses_only(address: str, fits: bool) -> None:
    assert may_be_sent_to(address) is fits
