"""The addresses that programs ask by themselves: tokens for codes, giving tokens back, and what this server can do."""

import base64
from collections.abc import Callable
from typing import Any

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidClientError
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from foundation import clock
from residents.connected.limits import MINUTE, TOKENS, line, may
from residents.connected.scopes import offered
from residents.connected.server import FHIR, WAYS, Revocation, issuer, server


@csrf_exempt
@login_not_required
@require_POST
def token(request: HttpRequest) -> HttpResponse:
    """Tokens for a code with its verifier, or for a refresh token (RFC 6749, RFC 7636)."""
    return _limited(request, server().create_token_response)


@csrf_exempt
@login_not_required
@require_POST
def revoke(request: HttpRequest) -> HttpResponse:
    """A token is given back (RFC 7009)."""
    return _limited(request, lambda asked: server().create_endpoint_response(Revocation.ENDPOINT_NAME, asked))


def _limited(request: HttpRequest, answer: Callable[[Any], HttpResponse]) -> HttpResponse:
    if not may(TOKENS, line(request), clock.now()):
        return JsonResponse({"error": "temporarily_unavailable"}, status=429, headers={"Retry-After": str(MINUTE)})
    try:
        _check_secret(request.headers.get("Authorization", ""))
        return answer(server().create_oauth2_request(request))
    except OAuth2Error as error:
        refused: HttpResponse = server().handle_error_response(None, error)
        return refused


def _check_secret(header: str) -> None:
    """Raise InvalidClientError for a secret that is no text: Authlib reads only what is."""
    scheme, _space, word = header.partition(" ")
    try:
        if scheme.lower() == "basic":
            base64.b64decode(word).decode()
    except ValueError:
        raise InvalidClientError(status_code=401) from None


@login_not_required
@require_safe
def metadata(request: HttpRequest) -> JsonResponse:
    """What this server can do (RFC 8414)."""
    return _public(_metadata())


@login_not_required
@require_safe
def smart_configuration(request: HttpRequest) -> JsonResponse:
    """The same for SMART on FHIR apps, which begin at the FHIR address."""
    able = ["launch-standalone", "client-public", "client-confidential-symmetric", "context-standalone-patient"]
    return _public(
        _metadata()
        | {"capabilities": [*able, "permission-patient", "permission-offline", "permission-v1", "permission-v2"]}
    )


def _metadata() -> dict[str, Any]:
    base = issuer()
    return {
        "issuer": base,
        "authorization_endpoint": base + reverse("authorize"),
        "token_endpoint": base + reverse("token"),
        "revocation_endpoint": base + reverse("revoke"),
        "scopes_supported": offered(),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_methods_supported": WAYS,
        "revocation_endpoint_auth_methods_supported": WAYS,
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "service_documentation": f"{base}{FHIR}/metadata",
    }


def _public(content: dict[str, Any]) -> JsonResponse:
    return JsonResponse(content, headers={"Cache-Control": "public, max-age=3600", "Access-Control-Allow-Origin": "*"})
