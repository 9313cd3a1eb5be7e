"""A platform asked once more must have asked the person once more, and say when: a wish for it proves nothing."""

import time
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from foundation import dated
from foundation.rowsecurity import acting_as
from residents.authorities import flows, port
from tests.people import People
from tests.residents.authorities.visits import (
    HER_FACTS,
    OPENID,
    begin,
    bound,
    come_back,
    enter,
    her,
    said,
    signed_in_as,
    tap,
)
from tests.residents.authority_server import AuthorityServer, Faults
from tests.residents.door import set_password

NOT_FRESH = ["省身份认证平台这次没有请您重新认证。请先在那里退出登录，再从这里重新开始。"]
MINUTES = 5


@pytest.fixture
def undated(server: AuthorityServer, settings: object) -> AuthorityServer:
    """A platform of which the county says that it cannot tell when somebody signed in there."""
    settings.OIDC_AUTH_TIME = False
    port._load.cache_clear()
    server.faults = Faults(without_claims=("auth_time",))
    return server


def ago(seconds: float) -> Faults:
    return Faults(claims={"auth_time": int(time.time() - seconds)})


def proved_at(people: People) -> object:
    with acting_as("owner"):
        return people.helanfang_account.sessions.latest("created_at").proved_at


def sensitive(client: Client) -> int:
    """A page that asks for a proof of now."""
    return client.get(reverse("mfa_activate_totp")).status_code


def test_the_platform_is_asked_to_ask_anew(people: People, client: Client, server: AuthorityServer) -> None:
    sent = parse_qs(urlsplit(begin(client).url).query)
    assert (sent["prompt"], sent["max_age"]) == (["login"], ["0"])


@pytest.mark.parametrize(
    "faults",
    [
        ago(MINUTES * 60 + 20),
        ago(-3600),
        Faults(without_claims=("auth_time",)),
        Faults(claims={"auth_time": "now"}),
        Faults(claims={"auth_time": True}),
        Faults(claims={"auth_time": None}),
        Faults(claims={"auth_time": float("nan")}),
    ],
    ids=["long ago", "in the future", "none", "no number", "a truth", "null", "not a number"],
)
def test_a_sign_in_of_another_time_opens_nothing(
    people: People, client: Client, server: AuthorityServer, faults: Faults
) -> None:
    server.faults = faults
    assert said(enter(client, server, her(**HER_FACTS))) == NOT_FRESH and signed_in_as(client) is None


def test_within_the_minutes_it_is_fresh(people: People, client: Client, server: AuthorityServer) -> None:
    server.faults = ago(MINUTES * 60 - 20)
    enter(client, server, her(**HER_FACTS))
    assert signed_in_as(client) and sensitive(client) == 200


def test_a_platform_may_tell_fractions_of_a_second(people: People, client: Client, server: AuthorityServer) -> None:
    server.faults = Faults(claims={"auth_time": time.time() - 1.5})
    enter(client, server, her(**HER_FACTS))
    assert signed_in_as(client)


def test_the_county_sets_the_minutes(
    people: People, client: Client, server: AuthorityServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(dated.REGISTRY, flows.FRESH_MINUTES, dated.Registered(flows.FRESH_MINUTES, 1, ""))
    server.faults = ago(90)
    assert said(enter(client, server, her(**HER_FACTS))) == NOT_FRESH


def test_a_platform_still_signed_in_proves_nothing_once_more(
    people: People, client: Client, server: AuthorityServer
) -> None:
    """Somebody else picks up the phone: the platform knows its owner of this morning, and asks nobody."""
    set_password(people.helanfang_account, None)
    bound(people.helanfang_account, OPENID, "wechat")
    bound(people.helanfang_account, "pseudonym-of-her")
    tap(client, server)
    server.faults = ago(4 * 3600)
    assert said(come_back(client, server.sign_in(begin(client).url, her()))) == NOT_FRESH
    assert proved_at(people) is None and sensitive(client) == 302


# --- a platform that does not say when -------------------------------------------------------------------------------
def test_a_platform_that_does_not_say_when_signs_in(people: People, client: Client, undated: AuthorityServer) -> None:
    address = begin(client).url
    come_back(client, undated.sign_in(address, her(**HER_FACTS)))
    assert "max_age" not in address and signed_in_as(client)
    assert client.get(reverse("records:home")).status_code == 200


def test_but_its_word_is_no_proof_of_now(people: People, client: Client, undated: AuthorityServer) -> None:
    enter(client, undated, her(**HER_FACTS))
    assert proved_at(people) < timezone.now() - timedelta(days=1) and sensitive(client) == 302


def test_and_it_is_not_offered_for_one(people: People, client: Client, undated: AuthorityServer) -> None:
    set_password(people.helanfang_account, None)
    enter(client, undated, her(**HER_FACTS))
    assert client.get(reverse("account_authority_again")).url == reverse("residents:bindings")
    assert not client.get(reverse("mfa_activate_totp"), follow=True).request["PATH_INFO"].endswith("/again/")
    assert begin(client).url.startswith(reverse("account_reauthenticate_by_code"))
