"""What people do to sign in through an authority, and what is then there."""

from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from foundation.rowsecurity import acting_as
from residents.authorities.asking import Outgoing, origin_of
from residents.authorities.wechat import WeChat
from residents.models import Account, Binding, Verification
from residents.models.binding import subject_index
from tests.factories import NOON, made
from tests.people import HELANFANG_NUMBER
from tests.residents.authority_server import WECHAT_APP, WECHAT_SECRET, AuthorityServer, Person
from tests.residents.door import by_password

SERVER = ""
OPENID = "o6_bmjrPTlm6_2sgVt7hMZOPfL2M"
HER_FACTS = {"name": "贺兰芳", "id_number": HELANFANG_NUMBER}


def wechat() -> WeChat:
    """WeChat, with its server on the socket of this test."""
    ask = Outgoing(frozenset({origin_of(SERVER)}), loopback=True)
    return WeChat(WECHAT_APP, WECHAT_SECRET, ask, servers=SERVER)


def her(**facts: str) -> Person:
    """贺兰芳 at the platform; with nothing told about her unless it is given."""
    return Person("pseudonym-of-her", facts)


def begin(client: Client, key: str = "oidc", **data: str) -> HttpResponse:
    return client.post(reverse("account_authority_begin", args=[key]), data)


def come_back(client: Client, answer: dict[str, str], key: str = "oidc") -> HttpResponse:
    return client.get(reverse("account_authority_callback", args=[key]), answer)


def enter(client: Client, server: AuthorityServer, person: Person) -> HttpResponse:
    """The whole way out and back through the identity platform."""
    return come_back(client, server.sign_in(begin(client).url, person))


def tap(client: Client, server: AuthorityServer, openid: str | None = OPENID) -> HttpResponse:
    """The whole way out and back through WeChat."""
    return come_back(client, server.tap(begin(client, "wechat").url, openid), "wechat")


def known(client: Client, **password: str) -> Client:
    """Signed in a moment ago with number and password."""
    by_password(client, **password)
    return client


def bound(account: Account, subject: str, authority: str = "oidc", level: int = 3, issuer: str = "") -> Binding:
    """A binding made long ago."""
    issuer = issuer or (WECHAT_APP if authority == "wechat" else SERVER)
    return made(
        Binding(
            account=account,
            authority=authority,
            issuer=issuer,
            subject=subject,
            subject_index=subject_index(authority, issuer, subject),
            level=level,
            bound_at=NOON,
        )
    )


def live_bindings(**which: Any) -> list[Binding]:
    with acting_as("owner"):
        return list(Binding.objects.live().filter(**which))


def proofs(account: Account) -> list[Verification]:
    """What authorities proved about an account."""
    with acting_as("owner"):
        return list(Verification.objects.filter(account=account, method="authority"))


def said(response: HttpResponse) -> list[str]:
    """The sentences the next page will show."""
    from django.contrib.messages import get_messages

    return [str(message) for message in get_messages(response.wsgi_request)]


def signed_in_as(client: Client) -> str | None:
    return client.session.get("_auth_user_id")
