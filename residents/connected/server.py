"""The authorization server: Authlib reads the protocol, the database decides (docs/adr/0026).

One grant (a code with PKCE S256, for everybody), refresh tokens that change with each use, and giving tokens back.
"""

import secrets
from collections import defaultdict
from functools import cache
from typing import Any
from uuid import UUID

from authlib.oauth2 import AuthorizationServer, OAuth2Error
from authlib.oauth2.rfc6749 import (
    ClientMixin,
    InvalidGrantError,
    InvalidRequestError,
    InvalidScopeError,
    OAuth2Payload,
    OAuth2Request,
    grants,
)
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict

from foundation.middleware import reference_of
from residents.access import address_of
from residents.connected import tokens
from residents.connected.scopes import asked_for, lasts
from residents.models import Program

WAYS = ["client_secret_basic", "client_secret_post", "none"]
FHIR = "/fhir"
# What Authlib repeats in a sentence of its own; RFC 6749 lets such a sentence hold plain characters only.
REPEATED = ("response_type", "grant_type", "client_id", "redirect_uri", "scope", "token_type_hint")


class Refused(Exception):
    """The database did not take the person's answer: the proof is too old by now, or it was not theirs to give."""


def issuer() -> str:
    """The server's own name, as programs know it."""
    return str(settings.PUBLIC_URL).rstrip("/")


class Payload(OAuth2Payload):
    """The parameters of one request, each at most once, from the place where they belong and nowhere else."""

    def __init__(self, sent: QueryDict) -> None:
        twice = [name for name in sent if len(sent.getlist(name)) > 1]
        odd = [name for name in REPEATED if not _is_plain(sent.get(name, ""))]
        if twice or odd:
            raise InvalidRequestError("A parameter is repeated or has characters that it cannot have.")
        self._data = {name: str(sent[name]) for name in sent}

    @property
    def data(self) -> dict[str, str]:
        """Each parameter and its value."""
        return self._data

    @property
    def datalist(self) -> "defaultdict[str, list[str]]":
        """The same, as Authlib counts them."""
        return defaultdict(list, {name: [value] for name, value in self._data.items()})


def _is_plain(value: Any) -> bool:
    return all(" " <= one <= "~" and one not in '"\\' for one in str(value))


class Asked(OAuth2Request):
    """One request. To the page of consent the parameters come in the address, to the token's address in the body."""

    def __init__(self, request: HttpRequest, sent: QueryDict) -> None:
        super().__init__(str(request.method), issuer() + request.path, headers=request.headers)
        self.payload = Payload(sent)
        self.address = address_of(request)
        self.reference = reference_of(request)

    @property
    def form(self) -> dict[str, str]:
        """What was posted, as Authlib's grants look for it."""
        found: dict[str, str] = self.payload.data
        return found


class Client(ClientMixin):
    """A registered program, as Authlib asks for it."""

    def __init__(self, program: Program) -> None:
        self.program = program

    def get_client_id(self) -> str:
        """Its number."""
        return str(self.program.pk)

    def get_default_redirect_uri(self) -> None:
        """None: each request says where to go back to."""
        return

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """What is asked for, written out; None where any of it may not be asked for."""
        found = asked_for(scope or "", self.program.kinds)
        return None if found is None else " ".join(found)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Letter for letter one of those registered (RFC 9700, 2.1)."""
        return redirect_uri in self.program.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        """Whether it is the secret in force."""
        return tokens.secret_fits(self.program, client_secret)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """With a server of its own a program shows its secret, otherwise it has none."""
        return (method != "none") == self.program.confidential

    def check_response_type(self, response_type: str) -> bool:
        """Codes only."""
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        """A code, and going on from one."""
        return grant_type in {"authorization_code", "refresh_token"}


class Server(AuthorizationServer):
    """Authlib's server over our tables; every rule that must hold is in the database's functions, too."""

    def query_client(self, client_id: str) -> Client | None:
        """A program that is registered and not switched off."""
        try:
            key = UUID(client_id)
        except ValueError:
            return None
        program = Program.objects.filter(pk=key, is_active=True).first()
        return Client(program) if program and str(program.pk) == client_id else None

    def save_token(self, token: dict[str, Any], request: Asked) -> None:
        """Have the database keep the hashes, and say in the answer for how long and about whom."""
        parent = request.authorization_code or request.refresh_token
        if not lasts(parent.scopes):
            token.pop("refresh_token", None)
        seconds = tokens.give(
            request.client.program,
            parent,
            redirect_uri=request.form.get("redirect_uri"),
            verifier=request.form.get("code_verifier"),
            scopes=token["scope"].split(),
            access=token["access_token"],
            refresh=token.get("refresh_token"),
        )
        if seconds is None:
            raise InvalidGrantError
        token.update(expires_in=seconds, patient=str(parent.resident_id))

    def create_oauth2_request(self, request: HttpRequest) -> Asked:
        """The request as Authlib reads it; raises OAuth2Error for one that cannot be read."""
        if isinstance(request, Asked):
            return request
        return Asked(request, request.POST)

    def handle_response(self, status: int, body: Any, headers: Any) -> HttpResponse:
        """A redirect, or JSON that nobody keeps."""
        answer = JsonResponse(body, status=status) if isinstance(body, dict) else HttpResponse(body, status=status)
        for name, value in headers:
            answer[name] = value
        answer["Cache-Control"] = "no-store"
        return answer

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens: what happened is in the access log."""


class CodeGrant(grants.AuthorizationCodeGrant):
    """A code, sixty seconds at most, for whoever holds the verifier."""

    TOKEN_ENDPOINT_AUTH_METHODS = WAYS

    def validate_authorization_request(self) -> str:
        """As the specification says; and with a state, and for no other server's data (SMART App Launch, 2.1)."""
        redirect_uri: str = super().validate_authorization_request()
        sent = self.request.payload.data
        if not sent.get("state"):
            raise InvalidRequestError("Missing 'state' in request.", redirect_uri=redirect_uri)
        if sent.get("aud", issuer() + FHIR).rstrip("/") != issuer() + FHIR:
            raise InvalidRequestError("The 'aud' is not this server.", redirect_uri=redirect_uri)
        return redirect_uri

    def save_authorization_code(self, code: str, request: Asked) -> None:
        """The person's answer, written by the database; raises Refused where it does not take it."""
        sent = request.payload.data
        if not tokens.connect(
            request.client.program,
            agreed=request.user,
            redirect_uri=sent["redirect_uri"],
            challenge=sent["code_challenge"],
            code=code,
            address=request.address,
            reference=request.reference,
        ):
            raise Refused

    def query_authorization_code(self, code: str, client: Client) -> tokens.Shown | None:
        """The program's code while it lives."""
        return tokens.shown(client.program, code, "code")

    def delete_authorization_code(self, authorization_code: tokens.Shown) -> None:
        """Nothing to do: giving tokens for it used it up."""

    def authenticate_user(self, authorization_code: tokens.Shown) -> UUID:
        """Whose record it is about."""
        return authorization_code.resident_id


class RefreshGrant(grants.RefreshTokenGrant):
    """Going on: a new pair for the old, which counts no more. The old one shown again ends the connection."""

    TOKEN_ENDPOINT_AUTH_METHODS = WAYS
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> tokens.Shown | None:
        """The program's refresh token while it lives."""
        return tokens.shown(self.request.client.program, refresh_token, "refresh")

    def authenticate_user(self, refresh_token: tokens.Shown) -> UUID:
        """Whose record it is about."""
        return refresh_token.resident_id

    def revoke_old_credential(self, refresh_token: tokens.Shown) -> None:
        """Nothing to do: giving tokens for it used it up."""


class S256(CodeChallenge):
    """Proof Key for Code Exchange, S256 and for everybody (RFC 9700, 2.1.1)."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]

    def validate_code_challenge(self, grant: CodeGrant, redirect_uri: str) -> None:
        """Raise InvalidRequestError where the challenge is missing, plain or malformed."""
        sent = grant.request.payload.data
        if sent.get("code_challenge_method") != "S256" or len(sent.get("code_challenge", "")) != 43:
            raise InvalidRequestError("A 'code_challenge' with method S256 is needed.")
        super().validate_code_challenge(grant, redirect_uri)


class Revocation(RevocationEndpoint):
    """RFC 7009: whatever the token was, the answer is the same."""

    CLIENT_AUTH_METHODS = WAYS

    def create_endpoint_response(self, request: Asked) -> tuple[int, dict[str, str], list[tuple[str, str]]]:
        """Take back the token, if it was this program's."""
        client = self.authenticate_endpoint_client(request)
        self.check_params(request, client)
        tokens.revoke(client.program, request.form["token"], address=request.address, reference=request.reference)
        return 200, {}, []


def _tokens(
    grant_type: str,
    client: Client,
    user: Any = None,
    scope: str = "",
    expires_in: int | None = None,
    include_refresh_token: bool = True,
) -> dict[str, Any]:
    """A pair of tokens; how long they last is the database's word (`Server.save_token`)."""
    token = {"token_type": "Bearer", "access_token": secrets.token_urlsafe(32), "scope": scope}
    return token | ({"refresh_token": secrets.token_urlsafe(32)} if include_refresh_token else {})


@cache
def server() -> Server:
    """The one server of this process; it keeps no state."""
    made = Server()
    made.register_token_generator("default", _tokens)
    made.register_grant(CodeGrant, [S256(required=True)])
    made.register_grant(RefreshGrant)
    made.register_endpoint(Revocation)
    return made


__all__ = ["Asked", "CodeGrant", "InvalidScopeError", "OAuth2Error", "Refused", "issuer", "server"]
