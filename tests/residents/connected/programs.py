"""A program of others, and what it does: asks, comes back with a code, takes tokens, reads."""

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.db import connections
from django.test import Client
from django.urls import reverse

from foundation.crypto import digest
from residents.connected.scopes import KINDS
from residents.models import Connection, Program, ProgramSecret
from tests.factories import NOON, made
from tests.people import People

BACK = "https://app.example.org/back"
VERIFIER = "v" * 43
SECRET = "s" * 43
EVERYTHING = "launch/patient offline_access patient/*.rs"


def program(
    *, confidential: bool = False, name: str = "健康管家", kinds: list[str] | None = None, **fields: Any
) -> Program:
    """A registered program; one with a server of its own has SECRET."""
    found: Program = made(
        Program(
            name=name,
            operator="清河健康科技有限公司",
            about="把您的化验结果画成图",
            contact="0951-0000000",
            redirect_uris=[BACK, "com.example.app:/cb"],
            kinds=[kind.name for kind in KINDS] if kinds is None else kinds,
            confidential=confidential,
            registered_at=NOON,
            registered_by="01900000-0000-7000-8000-000000000001",
            **fields,
        )
    )
    if confidential:
        by = found.registered_by
        made(ProgramSecret(program=found, secret_hash=digest(SECRET), set_at=NOON, set_by=by))
    return found


def connection(people: People) -> Connection:
    """贺兰芳's connection, as it stands in the table."""
    found: Connection = made(
        Connection(
            resident=people.helanfang,
            program=program(),
            account_id=people.helanfang_account.pk,
            scopes=["patient/Observation.rs"],
            given_at=NOON,
            expires_at=NOON + timedelta(days=36500),
        )
    )
    return found


def challenge_of(verifier: str) -> str:
    """RFC 7636, 4.2, by the specification."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def question(found: Program, scope: str = EVERYTHING, **changed: str | None) -> str:
    """The address that a program sends a person to; a parameter changed to None is left out."""
    asked: dict[str, str | None] = {
        "response_type": "code",
        "client_id": str(found.pk),
        "redirect_uri": BACK,
        "scope": scope,
        "state": "xyz",
        "code_challenge": challenge_of(VERIFIER),
        "code_challenge_method": "S256",
    }
    return reverse("authorize", query={name: value for name, value in (asked | changed).items() if value is not None})


def answered(browser: Client, address: str, *kinds: str, goes_on: bool = True, answer: str = "allow") -> Any:
    """The person's answer to a page: all kinds unless some are named."""
    ticked = list(kinds) or [kind.name for kind in KINDS]
    said = {"answer": answer, "kinds": ticked} | ({"goes_on": "on"} if goes_on else {})
    return browser.post(address, said)


def told(response: Any) -> dict[str, str]:
    """What a redirect back to the program says."""
    return {name: values[0] for name, values in parse_qs(urlsplit(response["Location"]).query).items()}


@dataclass
class App:
    """The program's own side, with a connection of its own to the portal and no cookies."""

    program: Program
    client: Client = field(default_factory=Client)
    secret: str = ""

    def post(self, name: str, **sent: str | None) -> Any:
        """One request to an address for programs."""
        said = {"client_id": str(self.program.pk)} | ({"client_secret": self.secret} if self.secret else {})
        return self.client.post(
            reverse(name), {key: value for key, value in (said | sent).items() if value is not None}
        )

    def trade(self, code: str, **changed: str | None) -> Any:
        """The code for tokens."""
        asked: dict[str, str | None] = {"redirect_uri": BACK, "code_verifier": VERIFIER, **changed}
        return self.post("token", grant_type="authorization_code", code=code, **asked)

    def renew(self, refresh: str, **sent: str) -> Any:
        """The refresh token for a new pair."""
        return self.post("token", grant_type="refresh_token", refresh_token=refresh, **sent)


def code_of(browser: Client, found: Program, *kinds: str, scope: str = EVERYTHING, goes_on: bool = True) -> str:
    """A fresh code, agreed to."""
    return told(answered(browser, question(found, scope), *kinds, goes_on=goes_on))["code"]


def tokens_of(browser: Client, found: Program, *kinds: str, scope: str = EVERYTHING) -> dict[str, Any]:
    """A fresh pair of tokens, agreed to."""
    answer = App(found, secret=SECRET if found.confidential else "").trade(code_of(browser, found, *kinds, scope=scope))
    tokens: dict[str, Any] = answer.json()
    return tokens


def endings() -> list[str]:
    """Why connections ended, in their order."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT ending FROM residents_connection ORDER BY given_at, ended_at NULLS LAST")
        return [row[0] for row in cursor.fetchall()]
