"""Where a subject, an openid, a code, a token or a number from an authority must never be found."""

import base64
import binascii
import json
import logging

import pytest
from django.test import Client
from django.urls import reverse

from residents.authorities.port import Flow, Proof
from residents.documents import read
from tests.factories import NOON
from tests.people import HELANFANG_NUMBER, People
from tests.residents.authorities.visits import HER_FACTS, OPENID, begin, come_back, enter, her, known, tap
from tests.residents.authority_server import AuthorityServer, Faults
from tests.residents.test_secrecy import everything_stored

SUBJECT = "pseudonym-of-her"
SECRETS = [SUBJECT, OPENID, HELANFANG_NUMBER, "token-of-", "wechat-token"]


def visits(server: AuthorityServer) -> list[Client]:
    """By number, bound WeChat, WeChat again, a pseudonym that waits, and two that go wrong."""
    clients = [Client() for _ in range(5)]
    enter(clients[0], server, her(**HER_FACTS))
    tap(known(clients[1]), server)
    tap(clients[2], server)
    enter(clients[3], server, her())
    server.faults = Faults(claims={"nonce": "wrong"})
    enter(clients[4], server, her(**HER_FACTS))
    server.faults = Faults(status={"/sns/oauth2/access_token": 500})
    tap(clients[4], server)
    return clients


@pytest.mark.parametrize("secret", SECRETS)
def test_no_table_holds_it_in_the_open(people: People, server: AuthorityServer, secret: str) -> None:
    visits(server)
    stored = everything_stored()
    assert secret not in stored
    assert binascii.hexlify(secret.encode()).decode() not in stored
    assert base64.b64encode(secret.encode()).decode() not in stored


def test_no_log_line_holds_it(people: People, server: AuthorityServer, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        visits(server)
    ours = "\n".join(record.getMessage() for record in caplog.records if record.name != "django.db.backends")
    assert "proved nothing" in ours
    assert [secret for secret in [*SECRETS, "贺兰芳", "s/ecret+of the portal", "wechat-secret"] if secret in ours] == []


def test_a_session_holds_no_token_and_no_openid(people: People, server: AuthorityServer) -> None:
    held = json.dumps([dict(client.session) for client in visits(server)])
    assert [secret for secret in [OPENID, HELANFANG_NUMBER, "token-of-", "wechat-token"] if secret in held] == []


def test_the_answer_to_a_return_is_an_address_without_the_code(
    people: People, client: Client, server: AuthorityServer
) -> None:
    good = server.sign_in(begin(client).url, her(**HER_FACTS))
    for visitor, answer in ((client, good), (Client(), good), (Client(), {"error": "access_denied"})):
        response = come_back(visitor, answer)
        assert response.status_code == 302 and "?" not in response.url
        assert response["Cache-Control"] == "no-store"


def test_no_address_on_the_way_out_holds_more_than_the_standard_asks(
    people: People, client: Client, server: AuthorityServer
) -> None:
    address = begin(known(client), "wechat").url + begin(Client()).url
    held = [SUBJECT, OPENID, HELANFANG_NUMBER, str(people.helanfang_account.pk), "wechat-secret"]
    assert [secret for secret in held if secret in address] == []


def test_what_is_printed_by_mistake_says_nothing() -> None:
    document = read(HELANFANG_NUMBER, NOON.date())
    printed = repr(Proof("oidc", "https://idp.example", SUBJECT, "贺兰芳", document))
    printed += repr(Flow("oidc", "STATE", "NONCE", "VERIFIER", "account", ""))
    held = [SUBJECT, "贺兰芳", HELANFANG_NUMBER, "STATE", "NONCE", "VERIFIER"]
    assert [secret for secret in held if secret in printed] == []


def test_a_failing_page_does_not_show_it(people: People, server: AuthorityServer) -> None:
    client = Client()
    enter(client, server, her())
    page = client.get(reverse("account_authority_unbound")).content.decode()
    assert SUBJECT not in page
