"""What people do who have no account yet, for the tests of this room."""

import json

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from foundation.rowsecurity import acting_as
from residents.models import Account, Identifier, Resident
from tests.factories import PASSWORD, id_number
from tests.residents.door import code_sent

NEW = id_number(sequence=977)
PHONE = "19912345678"


def ask(client: Client, number: str = NEW, name: str = "赵新民", phone: str = PHONE) -> HttpResponse:
    return client.post(reverse("account_signup"), {"number": number, "name": name, "phone": phone})


def finish(client: Client, code: str = "", password: str = PASSWORD) -> HttpResponse:
    data = {"code": code or code_sent(), "password1": password, "password2": password}
    return client.post(reverse("account_signup_confirm"), data)


def register(client: Client, number: str = NEW, name: str = "赵新民", phone: str = PHONE) -> HttpResponse:
    ask(client, number, name, phone)
    return finish(client)


def counts() -> dict[str, int]:
    """How many of everything there are."""
    with acting_as("owner"):
        return {model.__name__: model.objects.count() for model in (Resident, Identifier, Account)}


def account_with(number_of: str) -> Account | None:
    """The account behind a person's name."""
    with acting_as("owner"):
        return Account.objects.filter(resident__name=number_of).first()


def words(response: HttpResponse) -> str:
    return json.dumps([response.status_code, getattr(response, "url", "")])
