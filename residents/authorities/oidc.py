"""An OpenID Connect identity platform, national or provincial: code flow with PKCE, state and nonce.

allauth's own openid_connect is not used (docs/adr/0010-authorities-behind-one-port.md): it checks no nonce, reads
the token unsigned, waits for a dripping server for ever, and keeps the subject and every claim in plain.
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote_plus, urlencode

from django.conf import settings
from django.core.cache import caches
from django.core.exceptions import ValidationError
from django.utils import timezone

from foundation.dated import setting
from residents import documents
from residents.authorities import tokens
from residents.authorities.asking import Ask, Outgoing, Patience, Question, origin_of
from residents.authorities.flows import FRESH_MINUTES, SECONDS
from residents.authorities.port import Cancelled, Failed, Flow, NotFresh, Proof, Unreachable

WELL_KNOWN = "/.well-known/openid-configuration"
KEPT_SECONDS = 600
SELF_MADE = {"access_denied", "login_required", "interaction_required", "consent_required"}
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True)
class Platform:
    """How one platform is reached, what its claims are called, and whether it says when a person signed in there."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str
    scope: str = "openid profile"
    number_claim: str = "id_number"
    name_claim: str = "name"
    acr_values: tuple[str, ...] = ()
    tells_when: bool = True


class OpenIdConnect:
    """The adapter; `ask` puts its questions to the platform's servers."""

    key = "oidc"
    knows_people = True

    def __init__(self, platform: Platform, ask: Ask) -> None:
        self.platform = platform
        self.name = platform.name
        self.proves_again = platform.tells_when
        self._ask = ask

    # --- out -----------------------------------------------------------------------------------------------------
    def begin(self, flow: Flow, back: str, now: datetime) -> str:
        """The platform's sign-in page; a phone handed round in a family must not be signed in there still."""
        endpoint = self._metadata(Patience(setting(SECONDS, now)))["authorization_endpoint"]
        parameters = {
            "response_type": "code",
            "client_id": self.platform.client_id,
            "redirect_uri": back,
            "scope": self.platform.scope,
            "state": flow.state,
            "nonce": flow.nonce,
            "code_challenge": _challenge(flow.verifier),
            "code_challenge_method": "S256",
            "prompt": "login",
        }
        if self.platform.tells_when:
            parameters["max_age"] = "0"  # with it the ID token must say when (OpenID Connect Core 3.1.2.1)
        if self.platform.acr_values:
            parameters["acr_values"] = " ".join(self.platform.acr_values)
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(parameters)}"

    # --- and back ------------------------------------------------------------------------------------------------
    def finish(self, answer: Mapping[str, str], flow: Flow, back: str, now: datetime) -> Proof:
        """Code to tokens to claims; raises Failed for anything that does not fit together."""
        patience = Patience(setting(SECONDS, now))
        metadata = self._metadata(patience)
        self._check_answer(answer, metadata)
        given = self._redeem(answer["code"], flow, back, metadata, patience)
        claims = self._claims(str(given.get("id_token", "")), flow, metadata, patience)
        self._check_assurance(claims)
        self._check_fresh(claims, now)
        claims = claims | self._told(given, claims, metadata, patience)
        return Proof(
            authority=self.key,
            issuer=self.platform.issuer,
            subject=claims["sub"],
            name=_plain(claims.get(self.platform.name_claim)),
            document=_document(claims.get(self.platform.number_claim), now),
            fresh=self.platform.tells_when,
        )

    def _check_answer(self, answer: Mapping[str, str], metadata: dict[str, Any]) -> None:
        if answer.get("iss", self.platform.issuer) != self.platform.issuer:
            raise Failed("an answer of another issuer")
        if metadata.get("authorization_response_iss_parameter_supported") is True and "iss" not in answer:
            raise Failed("an answer without its issuer")
        if error := answer.get("error"):
            raise Cancelled("declined") if error in SELF_MADE else Unreachable("an error of the platform")
        if not answer.get("code"):
            raise Failed("an answer without a code")

    def _redeem(self, code: str, flow: Flow, back: str, metadata: dict[str, Any], patience: Patience) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "client_id": self.platform.client_id,
            "code_verifier": flow.verifier,
        }
        headers = {}
        if "client_secret_post" in metadata.get("token_endpoint_auth_methods_supported", []):
            form["client_secret"] = self.platform.client_secret
        elif self.platform.client_secret:
            headers["Authorization"] = _basic(self.platform.client_id, self.platform.client_secret)
        found = self._ask(Question(metadata["token_endpoint"], form, headers), patience.left())
        if found.status >= 500:
            raise Unreachable("the token endpoint is out of order")
        if found.status != 200:
            raise Failed("the code was not accepted")
        return found.facts()

    def _claims(self, token: str, flow: Flow, metadata: dict[str, Any], patience: Patience) -> dict[str, Any]:
        expected = {"issuer": self.platform.issuer, "client_id": self.platform.client_id, "nonce": flow.nonce}
        try:
            return tokens.claims_of(token, self._keys(metadata, patience), **expected)
        except tokens.UnknownKey:
            return tokens.claims_of(token, self._keys(metadata, patience, anew=True), **expected)

    def _check_assurance(self, claims: dict[str, Any]) -> None:
        if self.platform.acr_values and claims.get("acr") not in self.platform.acr_values:
            raise Failed("the person was not verified well enough")

    def _check_fresh(self, claims: dict[str, Any], now: datetime) -> None:
        """`prompt=login` is only a wish: a platform that lets in whoever is signed in there still proves nothing."""
        if not self.platform.tells_when:
            return
        at = claims.get("auth_time")
        if isinstance(at, bool) or not isinstance(at, int | float):  # "a JSON number" (OpenID Connect Core 2)
            raise NotFresh("ID token: does not say when the person signed in")
        age = now.timestamp() - at
        if not -tokens.LEEWAY_SECONDS <= age <= timedelta(minutes=setting(FRESH_MINUTES, now)).total_seconds():
            raise NotFresh("ID token: the person did not sign in now")

    def _told(
        self, given: dict[str, Any], claims: dict[str, Any], metadata: dict[str, Any], patience: Patience
    ) -> dict[str, Any]:
        """What the platform tells beyond the token: of the same subject, or not at all."""
        endpoint, token = metadata.get("userinfo_endpoint"), given.get("access_token")
        if not endpoint or not token:
            return {}
        found = self._ask(Question(endpoint, headers={"Authorization": f"Bearer {token}"}), patience.left())
        if found.status != 200:
            raise Unreachable("the person's facts are not given out")
        told = found.facts()
        if told.get("sub") != claims["sub"]:
            raise Failed("the facts are about somebody else")
        return {name: told.get(name) for name in (self.platform.name_claim, self.platform.number_claim) if name in told}

    # --- what the platform publishes -----------------------------------------------------------------------------
    def _metadata(self, patience: Patience) -> dict[str, Any]:
        metadata = self._published(self.platform.issuer.rstrip("/") + WELL_KNOWN, patience)
        if metadata.get("issuer") != self.platform.issuer:
            raise Unreachable("a platform of another name")
        if not all(isinstance(metadata.get(name), str) and origin_of(metadata[name]) for name in ENDPOINTS):
            raise Unreachable("a platform without addresses")
        if origin_of(metadata["authorization_endpoint"]) not in origins(self.platform.issuer):
            raise Unreachable("a sign-in page outside the settings")
        return metadata

    def _keys(self, metadata: dict[str, Any], patience: Patience, anew: bool = False) -> dict[str, Any]:
        return self._published(metadata["jwks_uri"], patience, anew)

    def _published(self, address: str, patience: Patience, anew: bool = False) -> dict[str, Any]:
        key = f"oidc:{address}"
        if not anew and (kept := caches["memory"].get(key)):
            return dict(kept)
        found = self._ask(Question(address), patience.left())
        if found.status != 200:
            raise Unreachable("the platform publishes nothing")
        facts = found.facts()
        caches["memory"].set(key, facts, KEPT_SECONDS)
        return facts


def from_settings() -> OpenIdConnect:
    """The platform of the environment variables OIDC_*."""
    claims = dict(word.split("=", 1) for word in settings.OIDC_CLAIMS)
    platform = Platform(
        issuer=settings.OIDC_ISSUER,
        client_id=settings.OIDC_CLIENT_ID,
        client_secret=settings.OIDC_CLIENT_SECRET,
        name=settings.OIDC_NAME,
        scope=settings.OIDC_SCOPE,
        number_claim=claims.get("number", "id_number"),
        name_claim=claims.get("name", "name"),
        acr_values=tuple(settings.OIDC_ACR_VALUES),
        tells_when=settings.OIDC_AUTH_TIME,
    )
    return OpenIdConnect(platform, Outgoing(origins(platform.issuer), loopback=settings.LOOPBACK_AUTHORITIES))


def origins(issuer: str) -> frozenset[str]:
    """Where the platform's pages and servers may be: the issuer's own place, and what the settings add."""
    return frozenset(filter(None, (origin_of(address) for address in [issuer, *settings.OIDC_ORIGINS])))


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _basic(client_id: str, secret: str) -> str:
    pair = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def _plain(value: object) -> str:
    """A name as it is written; none where it is masked or missing."""
    return value.strip() if isinstance(value, str) and "*" not in value else ""


def _document(value: object, now: datetime) -> documents.Document | None:
    """The document of a plain number; none where it is masked, missing or malformed: verified, but not by number."""
    if not isinstance(value, str):
        return None
    try:
        return documents.read(value, timezone.localdate(now))
    except ValidationError:
        return None
