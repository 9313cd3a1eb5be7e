"""The demonstration's identity platform and WeChat: the true adapters, with everything behind them played here.

Their servers answer inside this process, so a small web server never waits for itself. A code is a signed note of what
was chosen on the page; whoever can sign could choose anybody, which is what a demonstration is for.
"""

import base64
import hashlib
import json
import secrets
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.core import signing
from django.core.cache import cache as kept
from django.urls import reverse

from foundation import clock
from foundation.crypto import digest
from portal.demo import people
from residents.authorities.asking import Answer, Question
from residents.authorities.oidc import OpenIdConnect, Platform
from residents.authorities.port import Flow
from residents.authorities.wechat import WeChat

CLIENT = "portal"
KEY_ID = "demo"
CODE_SECONDS = 300
NOT_FOUND = Answer(404, b"{}")


class DemoPlatform(OpenIdConnect):
    """The platform's adapter; the browser stays on the host it came by."""

    def begin(self, flow: Flow, back: str, now: datetime) -> str:
        """The page where one picks a demonstration person."""
        return super().begin(flow, back, now).removeprefix(settings.PUBLIC_URL)


def platform() -> OpenIdConnect:
    """演示身份认证平台."""
    return DemoPlatform(Platform(issuer=issuer(), client_id=CLIENT, client_secret="", name="演示身份认证平台"), answer)


def wechat() -> WeChat:
    """演示微信."""
    return WeChat("wx-demo", "demo", answer_of_wechat, pages="/demo/wechat")


def issuer() -> str:
    """What the platform calls itself."""
    return f"{settings.PUBLIC_URL}/demo/identity"


def code_for(**chosen: str | bool) -> str:
    """A code that says what was chosen on one of the two pages."""
    return signing.dumps({**chosen, "once": secrets.token_hex(8)}, salt="demo.identity")


def answer(question: Question, seconds: float) -> Answer:
    """What the platform's servers would answer."""
    path = question.address.removeprefix(issuer())
    if path == "/.well-known/openid-configuration":
        return _said(_metadata())
    if path == "/jwks":
        return _said(_keys())
    if path == "/token" and question.form is not None:
        return _tokens(question.form)
    if path == "/userinfo":
        return _userinfo(question.headers.get("Authorization", "").removeprefix("Bearer "))
    return NOT_FOUND


def answer_of_wechat(question: Question, seconds: float) -> Answer:
    """What WeChat's server would answer."""
    code = parse_qs(urlsplit(question.address).query).get("code", [""])[0]
    chosen = _chosen(code)
    if chosen is None:
        return _said({"errcode": 40029, "errmsg": "invalid code"})
    return _said({"openid": f"demo-{chosen['phone']}", "scope": "snsapi_base"})


def _metadata() -> dict[str, Any]:
    return {
        "issuer": issuer(),
        "authorization_endpoint": settings.PUBLIC_URL + reverse("demo:identity"),
        "token_endpoint": f"{issuer()}/token",
        "jwks_uri": f"{issuer()}/jwks",
        "userinfo_endpoint": f"{issuer()}/userinfo",
        "authorization_response_iss_parameter_supported": True,
    }


def _tokens(form: Any) -> Answer:
    chosen = _chosen(form.get("code", ""))
    verifier = form.get("code_verifier", "").encode()
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier).digest()).rstrip(b"=").decode()
    if chosen is None or chosen["challenge"] != challenge or chosen["back"] != form.get("redirect_uri"):
        return Answer(400, b'{"error": "invalid_grant"}')
    now = clock.now()
    claims = {
        "iss": issuer(),
        "sub": _subject(chosen),
        "aud": CLIENT,
        "nonce": chosen["nonce"],
        "iat": now,
        "exp": now + timedelta(minutes=5),
        "auth_time": int(now.timestamp()),
    }
    token = jwt.encode(claims, _key(), algorithm="RS256", headers={"kid": KEY_ID})
    about = signing.dumps(chosen, salt="demo.identity.facts")
    return _said({"token_type": "Bearer", "id_token": token, "access_token": about})


def _userinfo(token: str) -> Answer:
    try:
        chosen = signing.loads(token, salt="demo.identity.facts", max_age=CODE_SECONDS)
    except signing.BadSignature:
        return Answer(401, b"{}")
    facts = {"sub": _subject(chosen)}
    if chosen["plain"]:
        person = people.resident(chosen["person"])
        facts |= {"name": person.name, "id_number": person.id_number}
    return _said(facts)


def _chosen(code: str) -> dict[str, Any] | None:
    """What a code says; a code serves once, for five minutes."""
    try:
        found: dict[str, Any] = signing.loads(code, salt="demo.identity", max_age=CODE_SECONDS)
    except signing.BadSignature:
        return None
    return found if kept.add(f"demo.code.{digest(code).hex()}", True, CODE_SECONDS) else None


def _subject(chosen: dict[str, Any]) -> str:
    return hashlib.sha256(f"demo {chosen['person']}".encode()).hexdigest()[:32]


@cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _keys() -> dict[str, Any]:
    public = jwt.algorithms.RSAAlgorithm.to_jwk(_key().public_key(), as_dict=True)
    return {"keys": [{**public, "kid": KEY_ID, "use": "sig", "alg": "RS256"}]}


def _said(facts: dict[str, Any]) -> Answer:
    return Answer(200, json.dumps(facts).encode())
