"""Where a document number or a phone must never be found: anywhere outside its sealed column."""

import base64
import binascii
import json
import logging

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse

from residents.models import AccountSession
from tests.people import People
from tests.residents.door import KNOWN, ask_code, by_password, code_sent, give_code, work

PHONE = "19900000001"


def visit(client: Client) -> None:
    """A wrong password, a code, a sign-in, the own pages, the SMS."""
    by_password(client, KNOWN, "wrong-password")
    ask_code(client)
    give_code(client, code_sent())
    for name in ("residents:me", "residents:notices", "residents:access_log"):
        client.get(reverse(name))
    work()


def everything_stored() -> str:
    """Every row of every table as the owner reads it, with binary and base64 text opened."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
        )
        tables = [row[0] for row in cursor.fetchall()]
        rows: list[str] = []
        for table in tables:
            cursor.execute(f"SELECT t::text FROM public.{table} t")
            rows += [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT value FROM public.django_cache")
        rows += [repr(base64.b64decode(row[0])) for row in cursor.fetchall()]
    return "\n".join(rows)


@pytest.mark.parametrize("secret", [KNOWN, PHONE])
def test_no_table_holds_it_in_the_open(people: People, client: Client, secret: str) -> None:
    visit(client)
    stored = everything_stored()
    assert secret not in stored
    assert binascii.hexlify(secret.encode()).decode() not in stored
    assert base64.b64encode(secret.encode()).decode() not in stored


def test_the_search_would_find_a_number_in_the_open(people: People) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE residents_resident SET address = %s WHERE name = '贺兰芳'", [KNOWN])
    assert KNOWN in everything_stored()


def test_no_log_line_holds_it(people: People, client: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        visit(client)
    assert KNOWN not in caplog.text and PHONE not in caplog.text


def test_the_session_holds_neither(people: People, client: Client) -> None:
    ask_code(client)
    awaiting = json.dumps(dict(client.session))
    give_code(client, code_sent())
    inside = json.dumps(dict(client.session))
    assert KNOWN not in awaiting + inside and PHONE not in awaiting + inside


def test_the_session_is_sealed_where_it_lies(people: People, client: Client) -> None:
    ask_code(client)
    assert b"login_by_code" not in bytes(AccountSession.objects.get().data)


def test_no_address_and_no_cookie_holds_it(people: People, client: Client) -> None:
    places = [ask_code(client).url, give_code(client, code_sent()).url]
    cookies = "".join(morsel.OutputString() for morsel in client.cookies.values())
    assert KNOWN not in "".join(places) + cookies and PHONE not in cookies


def test_the_worker_is_told_nothing(people: People, client: Client, woken: list[dict[str, object]]) -> None:
    ask_code(client)
    assert [sorted(options) for options in woken] == [["connection", "expires", "retry"]]
