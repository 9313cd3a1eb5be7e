"""What people do at the door, for the tests of this room."""

import json
import re
from collections.abc import Iterable

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from foundation.rowsecurity import acting_as
from residents import tasks
from residents.documents import read
from residents.models import Account, Delivery, Identifier, Resident
from tests.factories import NOON, PASSWORD, id_number, made
from tests.people import HELANFANG_NUMBER

KNOWN = HELANFANG_NUMBER
UNKNOWN = id_number(sequence=998)
SECRETS = re.compile(r'(name="csrfmiddlewaretoken" value="|"X-CSRFToken":")[^"]+')


def by_password(client: Client, number: str = KNOWN, password: str = PASSWORD, **extra: str) -> HttpResponse:
    return client.post(reverse("account_login"), {"login": number, "password": password}, **extra)


def ask_code(client: Client, number: str = KNOWN) -> HttpResponse:
    return client.post(reverse("account_request_login_code"), {"number": number})


def give_code(client: Client, code: str) -> HttpResponse:
    return client.post(reverse("account_confirm_login_code"), {"code": code})


def last_delivery() -> Delivery:
    with acting_as("owner"):
        return Delivery.objects.latest("created_at")


def code_sent() -> str:
    """The code that waits in the outbox."""
    return json.loads(last_delivery().parameters)["code"]


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def work() -> int:
    """What the worker's sweep does; returns how many messages left."""
    with acting_as("worker"):
        return tasks.send_due()


def page(response: HttpResponse, number: str = "") -> str:
    """A page without what differs by chance (the CSRF secrets) and without the number typed."""
    text = SECRETS.sub("", response.content.decode())
    return text.replace(number, "NUMBER") if number else text


def statements(queries: Iterable[dict[str, str]]) -> list[str]:
    """The SQL that was run, without the values."""
    return [re.sub(r"'[^']*'(::bytea)?|NULL|\b\d+\b", "?", query["sql"]) for query in queries]


def is_in(client: Client) -> bool:
    return client.get(reverse("residents:me")).status_code == 200


def another_document(of: Resident, number: str) -> Identifier:
    document = read(number, NOON.date())
    return made(Identifier(resident=of, kind=document.kind, value=document.number, index=document.index))


def set_password(account: Account, password: str | None) -> None:
    account.set_password(password)
    with acting_as("owner"):
        account.save(update_fields=["password"])


def switch_off(account: Account) -> None:
    with acting_as("owner"):
        Account.objects.filter(pk=account.pk).update(is_active=False)
