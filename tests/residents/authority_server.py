"""An identity platform and WeChat's server on a real socket, with keys of its own, that can be told to misbehave."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "portal:county", "s/ecret+of the portal"
WECHAT_APP, WECHAT_SECRET = "wx0123456789abcdef", "wechat-secret"
STRANGER_CLIENT = "another-party"


@cache
def rsa_key(name: str) -> rsa.RSAPrivateKey:
    """Keys are made once for a test run; their names are their key ids."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Faults:
    """What goes wrong, one by one; the default is a platform that keeps to the rules."""

    claims: dict[str, Any] = field(default_factory=dict)
    without_claims: tuple[str, ...] = ()
    algorithm: str = "RS256"
    signed_by: str | None = None
    key_id: str | None = "key-1"
    published: tuple[str, ...] = ("key-1",)
    status: dict[str, int] = field(default_factory=dict)
    dripping: str = ""
    garbage: str = ""
    redirecting: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)
    userinfo_subject: str | None = None


@dataclass
class Person:
    """Who sits at the platform's page; what it tells about them is in `facts`."""

    subject: str
    facts: dict[str, str] = field(default_factory=dict)


@dataclass
class Grant:
    person: Person
    nonce: str
    challenge: str
    back: str


class AuthorityServer:
    """Started by `running()`. `asked` are the paths asked for; what a browser does is `sign_in` and `tap`."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.asked: list[str] = []
        self.authorizations: list[str] = []
        self.ended = threading.Event()
        self._grants: dict[str, Grant] = {}
        self._openids: dict[str, str | None] = {}
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.handle(self, {})

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                server.handle(self, dict(parse_qsl(body.decode())))

            def log_message(self, *args: Any) -> None:
                return None

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    # --- what a browser does ---------------------------------------------------------------------------------------
    def sign_in(self, address: str, person: Person) -> dict[str, str]:
        """The person signs in at the address the portal gave; what the browser brings back."""
        sent = dict(parse_qsl(urlsplit(address).query))
        assert address.startswith(f"{self.issuer}/authorize?") and sent["client_id"] == CLIENT
        assert sent["response_type"] == "code" and sent["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self._grants[code] = Grant(person, sent["nonce"], sent["code_challenge"], sent["redirect_uri"])
        return {"code": code, "state": sent["state"], "iss": self.issuer}

    def tap(self, address: str, openid: str | None) -> dict[str, str]:
        """A phone with this openid opens the address; None stands for a code that dies before it is used."""
        assert address.endswith("#wechat_redirect")
        sent = dict(parse_qsl(urlsplit(address).query))
        assert (sent["appid"], sent["scope"], sent["response_type"]) == (WECHAT_APP, "snsapi_base", "code")
        code = secrets.token_urlsafe(16)
        self._openids[code] = openid
        return {"code": code, "state": sent["state"]}

    # --- what its servers answer -----------------------------------------------------------------------------------
    def handle(self, request: BaseHTTPRequestHandler, form: dict[str, str]) -> None:
        path = urlsplit(request.path).path
        self.asked.append(path)
        if path == self.faults.redirecting:
            return self._send(request, 302, b"{}", Location=f"{self.issuer}/elsewhere")
        if path in self.faults.status:
            return self._send(request, self.faults.status[path], b"{}")
        if path == self.faults.garbage:
            return self._send(request, 200, b"<html>maintenance</html>")
        status, facts = self._answer(path, request, form)
        body = json.dumps(facts).encode()
        if path == self.faults.dripping:
            return self._drip(request, body)
        return self._send(request, status, body)

    def _answer(self, path: str, request: BaseHTTPRequestHandler, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if path == "/.well-known/openid-configuration":
            return 200, self._metadata()
        if path == "/jwks":
            return 200, {"keys": [public(name) for name in self.faults.published]}
        if path == "/token":
            self.authorizations.append(request.headers.get("Authorization", ""))
            return self._token(form)
        if path == "/userinfo":
            return self._userinfo(request.headers.get("Authorization", ""))
        if path == "/sns/oauth2/access_token":
            return 200, self._openid(
                {name: values[0] for name, values in parse_qs(urlsplit(request.path).query).items()}
            )
        return 404, {}

    def _metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
        } | self.faults.metadata

    def _token(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        grant = self._grants.pop(form.get("code", ""), None)
        verifier = form.get("code_verifier", "").encode()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier).digest()).rstrip(b"=").decode()
        if grant is None or grant.challenge != challenge or grant.back != form.get("redirect_uri"):
            return 400, {"error": "invalid_grant"}
        return 200, {
            "access_token": self._access(grant.person),
            "token_type": "Bearer",
            "id_token": self._signed(grant),
        }

    def _access(self, person: Person) -> str:
        token = f"token-of-{secrets.token_hex(8)}"
        self._grants[token] = Grant(person, "", "", "")
        return token

    def _signed(self, grant: Grant) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": grant.person.subject,
            "aud": CLIENT,
            "nonce": grant.nonce,
            "iat": now,
            "exp": now + 300,
            "auth_time": now,
        } | self.faults.claims
        claims = {name: value for name, value in claims.items() if name not in self.faults.without_claims}
        headers = {"kid": self.faults.key_id} if self.faults.key_id else {}
        if self.faults.algorithm == "none":
            return jwt.encode(claims, None, algorithm="none", headers=headers)
        if self.faults.algorithm == "HS256":
            return with_public_key_as_secret(claims, headers)
        key = rsa_key(self.faults.signed_by or self.faults.key_id or "key-1")
        return jwt.encode(claims, key, algorithm=self.faults.algorithm, headers=headers)

    def _userinfo(self, authorization: str) -> tuple[int, dict[str, Any]]:
        grant = self._grants.get(authorization.removeprefix("Bearer "))
        if grant is None:
            return 401, {}
        return 200, {"sub": self.faults.userinfo_subject or grant.person.subject, **grant.person.facts}

    def _openid(self, sent: dict[str, str]) -> dict[str, Any]:
        if (sent.get("appid"), sent.get("secret")) != (WECHAT_APP, WECHAT_SECRET):
            return {"errcode": 40125, "errmsg": "invalid appsecret"}
        code = sent.get("code", "")
        if code not in self._openids:
            return {"errcode": 40029, "errmsg": "invalid code"}
        openid, self._openids[code] = self._openids[code], "used"
        if openid == "used":
            return {"errcode": 40163, "errmsg": "code been used"}
        if openid is None:
            return {"errcode": 40029, "errmsg": "invalid code"}
        return {"access_token": "wechat-token", "expires_in": 7200, "refresh_token": "r", "openid": openid}

    def _send(self, request: BaseHTTPRequestHandler, status: int, body: bytes, **headers: str) -> None:
        request.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(body)

    def _drip(self, request: BaseHTTPRequestHandler, body: bytes) -> None:
        """A byte every tenth of a second: each read is quick, the whole never ends."""
        request.send_response(200)
        request.end_headers()
        request.wfile.write(body[:-1])
        while not self.ended.wait(0.1):
            try:
                request.wfile.write(b" ")
            except OSError:
                return

    def __enter__(self) -> "AuthorityServer":
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.ended.set()
        self._http.shutdown()
        self._http.server_close()


@contextmanager
def running() -> Iterator[AuthorityServer]:
    """A platform that serves until the block ends."""
    with AuthorityServer() as server:
        yield server


def public(name: str) -> dict[str, Any]:
    """A key as the platform publishes it."""
    return {**jwt.algorithms.RSAAlgorithm.to_jwk(rsa_key(name).public_key(), as_dict=True), "kid": name, "use": "sig"}


def with_public_key_as_secret(claims: dict[str, Any], headers: dict[str, str]) -> str:
    """The old trick: a MAC made with the published key, for a reader that believes the header's algorithm."""
    parts = [{"alg": "HS256", "typ": "JWT", **headers}, claims]
    text = b".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts)
    mac = hashlib.sha256(json.dumps(public("key-1")).encode() + text).digest()
    return (text + b"." + base64.urlsafe_b64encode(mac).rstrip(b"=")).decode()
