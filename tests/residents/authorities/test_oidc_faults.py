"""A platform that misbehaves, and people between it and the portal: nobody gets in by it, and nobody waits for ever."""

import re
import time
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from residents.authorities.asking import Outgoing, Question, origin_of
from residents.authorities.port import Unreachable
from tests.people import People
from tests.residents import authority_server
from tests.residents.authorities.visits import (
    HER_FACTS,
    begin,
    come_back,
    enter,
    her,
    live_bindings,
    said,
    signed_in_as,
    tap,
)
from tests.residents.authority_server import AuthorityServer, Faults
from tests.residents.door import by_password

FAILED = ["这次认证没有成功，请从这里重新开始。"]
AWAY = ["省身份认证平台暂时没有应答。请稍后再试，或用证件号码登录。"]
PAST = int(time.time()) - 3600


def shut_out(client: Client, response: HttpResponse, sentence: list[str]) -> None:
    assert (response.status_code, response.url) == (302, reverse("account_login"))
    assert said(response) == sentence
    assert signed_in_as(client) is None


@pytest.mark.parametrize(
    "faults",
    [
        Faults(claims={"nonce": "of-another-round-trip"}),
        Faults(without_claims=("nonce",)),
        Faults(claims={"aud": authority_server.STRANGER_CLIENT}),
        Faults(claims={"aud": [authority_server.CLIENT, authority_server.STRANGER_CLIENT]}),
        Faults(claims={"azp": authority_server.STRANGER_CLIENT}),
        Faults(claims={"iss": "https://another.example"}),
        Faults(claims={"exp": PAST, "iat": PAST - 300}),
        Faults(claims={"iat": int(time.time()) + 3600}),
        Faults(without_claims=("exp",)),
        Faults(without_claims=("sub",)),
        Faults(claims={"sub": ""}),
        Faults(claims={"sub": "x" * 300}),
        Faults(algorithm="none"),
        Faults(algorithm="none", key_id=None),
        Faults(algorithm="HS256"),
        Faults(signed_by="a-key-of-somebody-else"),
        Faults(key_id="key-unknown"),
        Faults(userinfo_subject="somebody-else"),
        Faults(status={"/token": 400}),
    ],
    # Without the instants, which each of the processes that share the tests would read anew.
    ids=lambda faults: re.sub(r"\d{9,}", "then", " ".join(f"{k}={v}"[:60] for k, v in vars(faults).items() if v)[:90]),
)
def test_a_token_that_does_not_hold_opens_nothing(
    people: People, client: Client, server: AuthorityServer, faults: Faults
) -> None:
    server.faults = faults
    shut_out(client, enter(client, server, her(**HER_FACTS)), FAILED)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    "faults",
    [
        Faults(status={"/token": 500}),
        Faults(status={"/jwks": 503}),
        Faults(status={"/userinfo": 500}),
        Faults(garbage="/token"),
        Faults(garbage="/userinfo"),
        Faults(redirecting="/token"),
        Faults(redirecting="/userinfo"),
        Faults(dripping="/token"),
        Faults(dripping="/jwks"),
        Faults(dripping="/userinfo"),
    ],
    ids=str,
)
def test_a_platform_out_of_order_is_said_to_be_away(
    people: People, client: Client, server: AuthorityServer, faults: Faults
) -> None:
    server.faults = faults
    started = time.monotonic()
    shut_out(client, enter(client, server, her(**HER_FACTS)), FAILED if faults.redirecting == "/token" else AWAY)
    assert time.monotonic() - started < 12
    assert "/elsewhere" not in server.asked


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    "faults",
    [
        Faults(status={"/.well-known/openid-configuration": 500}),
        Faults(garbage="/.well-known/openid-configuration"),
        Faults(dripping="/.well-known/openid-configuration"),
        Faults(redirecting="/.well-known/openid-configuration"),
        Faults(metadata={"issuer": "https://another.example"}),
        Faults(metadata={"authorization_endpoint": "https://another.example/authorize"}),
        Faults(metadata={"authorization_endpoint": "javascript:alert(1)"}),
        Faults(metadata={"token_endpoint": None}),
    ],
    ids=str,
)
def test_nobody_is_sent_to_a_platform_that_is_not_what_it_should_be(
    people: People, client: Client, server: AuthorityServer, faults: Faults
) -> None:
    server.faults = faults
    shut_out(client, begin(client), AWAY)


@pytest.mark.parametrize("path", ["token", "jwks", "userinfo"])
def test_the_portal_asks_nobody_outside_its_settings(
    people: People, client: Client, server: AuthorityServer, path: str
) -> None:
    """A published address may point to a server inside the county's network."""
    name = {"jwks": "jwks_uri"}.get(path, f"{path}_endpoint")
    with authority_server.running() as inside:
        server.faults = Faults(metadata={name: f"{inside.issuer}/{path}"})
        shut_out(client, enter(client, server, her(**HER_FACTS)), AWAY)
        assert inside.asked == []


def test_keys_that_changed_a_moment_ago_are_fetched_anew(
    people: People, client: Client, server: AuthorityServer
) -> None:
    enter(Client(), server, her(**HER_FACTS))
    server.faults = Faults(key_id="key-2", published=("key-2",))
    enter(client, server, her(**HER_FACTS))
    assert signed_in_as(client)


def test_a_secret_may_be_sent_in_the_form(people: People, client: Client, server: AuthorityServer) -> None:
    server.faults = Faults(metadata={"token_endpoint_auth_methods_supported": ["client_secret_post"]})
    enter(client, server, her(**HER_FACTS))
    assert signed_in_as(client) and server.authorizations == [""]


def test_a_level_the_county_asked_for_must_be_reached(
    people: People, client: Client, server: AuthorityServer, settings: object
) -> None:
    settings.OIDC_ACR_VALUES = ["real-name"]
    from residents.authorities import port

    port._load.cache_clear()
    shut_out(client, enter(client, server, her(**HER_FACTS)), FAILED)
    server.faults = Faults(claims={"acr": "real-name"})
    enter(client, server, her(**HER_FACTS))
    assert signed_in_as(client)


def test_who_says_no_at_the_platform_is_told_so(people: People, client: Client, server: AuthorityServer) -> None:
    answer = server.sign_in(begin(client).url, her(**HER_FACTS))
    back = come_back(client, {"error": "access_denied", "state": answer["state"]})
    shut_out(client, back, ["您在省身份认证平台取消了认证，没有登录。"])


# --- somebody in between ---------------------------------------------------------------------------------------------
def test_an_answer_serves_once(people: People, client: Client, server: AuthorityServer) -> None:
    answer = server.sign_in(begin(client).url, her(**HER_FACTS))
    come_back(client, answer)
    client.logout()
    shut_out(client, come_back(client, answer), FAILED)


def test_two_returns_at_once_are_one(people: People, client: Client, server: AuthorityServer) -> None:
    """The second one still finds the state in its session, as the first has not written it yet."""
    answer = server.sign_in(begin(client).url, her(**HER_FACTS))
    before = dict(client.session)
    come_back(client, answer | {"code": "wrong"})
    session = client.session
    session.update(before)
    session.save()
    client.cookies.pop("messages")
    shut_out(client, come_back(client, answer), FAILED)


def test_an_answer_of_another_browser_signs_nobody_in(people: People, client: Client, server: AuthorityServer) -> None:
    """Login CSRF: the attacker's own answer, put under a victim's browser."""
    attackers = server.sign_in(begin(Client()).url, her(**HER_FACTS))
    shut_out(client, come_back(client, attackers), FAILED)


def test_an_attackers_code_under_ones_own_state_is_useless(
    people: People, client: Client, server: AuthorityServer
) -> None:
    """Code injection: the verifier and the nonce are those of another round trip."""
    stolen = server.sign_in(begin(Client()).url, her(**HER_FACTS))
    own = server.sign_in(begin(client).url, her(**HER_FACTS))
    shut_out(client, come_back(client, own | {"code": stolen["code"]}), FAILED)


def test_an_answer_of_another_issuer_is_refused(people: People, client: Client, server: AuthorityServer) -> None:
    """Mix-up, by the issuer in the answer (RFC 9207)."""
    answer = server.sign_in(begin(client).url, her(**HER_FACTS))
    shut_out(client, come_back(client, answer | {"iss": "https://attacker.example"}), FAILED)
    assert "/token" not in server.asked


def test_an_issuer_that_is_promised_must_be_there(people: People, client: Client, server: AuthorityServer) -> None:
    server.faults = Faults(metadata={"authorization_response_iss_parameter_supported": True})
    answer = server.sign_in(begin(client).url, her(**HER_FACTS))
    del answer["iss"]
    shut_out(client, come_back(client, answer), FAILED)


def test_a_state_of_one_authority_does_not_serve_another(
    people: People, client: Client, server: AuthorityServer
) -> None:
    """Mix-up, by the address: each authority has one of its own."""
    answer = server.sign_in(begin(client).url, her(**HER_FACTS))
    shut_out(client, come_back(client, answer, "wechat"), FAILED)


def test_an_old_answer_is_refused(people: People, client: Client, server: AuthorityServer, at: object) -> None:
    answer = server.sign_in(begin(client).url, her(**HER_FACTS))
    with at(timezone.now() + timedelta(minutes=11)):
        shut_out(client, come_back(client, answer), FAILED)


def test_setting_out_needs_a_form_of_ours(people: People, server: AuthorityServer) -> None:
    outside = Client(enforce_csrf_checks=True)
    assert outside.get(reverse("account_authority_begin", args=["oidc"])).status_code == 405
    assert begin(outside).status_code == 403


def test_the_session_gets_a_new_key(people: People, client: Client, server: AuthorityServer) -> None:
    """Session fixation: the key that was planted before is worth nothing afterwards."""
    address = begin(client).url
    planted = client.session.session_key
    come_back(client, server.sign_in(address, her(**HER_FACTS)))
    assert client.session.session_key != planted
    stale = Client()
    stale.cookies["session"] = planted
    assert stale.get(reverse("residents:me")).status_code == 302


def test_who_signs_in_otherwise_meanwhile_is_not_changed(
    people: People, client: Client, server: AuthorityServer
) -> None:
    answer = server.sign_in(begin(client).url, her())
    by_password(client)
    assert said(come_back(client, answer)) == FAILED
    assert signed_in_as(client) == str(people.helanfang_account.pk) and live_bindings() == []


def test_too_many_tries_from_one_address_are_slowed_down(
    people: People, client: Client, server: AuthorityServer, settings: object
) -> None:
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"authority": "1/m/ip"}
    cache.clear()
    begin(client)
    assert said(begin(client)) == ["操作太频繁了，请过一分钟再试。"]


def test_an_authority_that_is_not_set_up_does_not_exist(people: People, client: Client) -> None:
    assert begin(client, "alipay").status_code == 404


# --- where the portal may ask ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "address",
    [
        "http://platform.example/token",
        "http://127.0.0.1/token",
        "https://127.0.0.1/token",
        "https://localhost/token",
        "https://[::ffff:127.0.0.1]/token",
        "https://0.0.0.0/token",
        "https://169.254.169.254/token",
        "ftp://platform.example/token",
    ],
)
def test_in_production_only_https_and_never_this_machine(address: str) -> None:
    with pytest.raises(Unreachable):
        Outgoing(frozenset({origin_of(address)}))(Question(address), 2.0)


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://idp.example/realm", "https://idp.example:443"),
        ("https://IDP.example:8443", "https://idp.example:8443"),
        ("https://user@idp.example/", ""),
        ("https://idp.example:port/", ""),
        ("//idp.example/", ""),
        ("javascript:alert(1)", ""),
    ],
)
def test_an_origin_is_written_in_one_way(address: str, origin: str) -> None:
    assert origin_of(address) == origin


def test_wechat_that_drips_is_given_up(
    people: People, client: Client, server: AuthorityServer, impatient: None
) -> None:
    server.faults = Faults(dripping="/sns/oauth2/access_token")
    started = time.monotonic()
    shut_out(client, tap(client, server), ["微信暂时没有应答。请稍后再试，或用证件号码登录。"])
    assert time.monotonic() - started < 12
