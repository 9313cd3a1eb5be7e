"""The door of `/fhir/`: a bearer token and nothing else, one line in the log for each request, then only reading."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from foundation import clock
from foundation.crypto import digest
from foundation.middleware import own_transaction, reference_of
from records.fhir_api.outcomes import Problem, refused
from residents.access import address_of
from residents.connected.limits import MINUTE, READS, REFUSED, line, may, may_still
from residents.connected.reading import Look, Reader, announce

REALM = 'Bearer realm="fhir"'
View = Callable[..., HttpResponse]


def public(*methods: str) -> Callable[[View], Any]:
    """A page of this interface: without cookies, in transactions of its own, each problem an OperationOutcome."""

    def decorate(view: View) -> Any:
        @wraps(view)
        def run(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                if request.method not in methods:
                    raise Problem(405, "not-supported", "Not this way.", {"Allow": ", ".join(methods)})
                return view(request, *args, **kwargs)
            except Problem as problem:
                return refused(problem)
            except (OperationalError, InterfaceError):
                wait = {"Retry-After": str(MINUTE)}
                return refused(Problem(503, "transient", "The server cannot answer now.", wait))

        return csrf_exempt(login_not_required(own_transaction(run)))

    return decorate


def token_of(request: HttpRequest, now: datetime) -> str:
    """The bearer token that the request shows; raises Problem without one, or where it shows them too often."""
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Problem(401, "login", "A bearer token is needed.", {"WWW-Authenticate": REALM})
    if not may_still(REFUSED, line(request), now) or not may(READS, digest(token.strip()).hex(), now):
        raise Problem(429, "throttled", "Too many requests.", {"Retry-After": str(MINUTE)})
    return token.strip()


def reader_of(request: HttpRequest, token: str, look: Look) -> Reader:
    """Whose record the token opens, with the look written down; raises Problem where it opens none, or not this.

    The line comes before the read, which may find nothing: so these deeds are not told to `tally.logged_as`, which
    wants a read for each line. Each read still finds its line.
    """
    reader = announce(token, look, address=address_of(request), reference=reference_of(request))
    if reader is None:
        may(REFUSED, line(request), clock.now())
        raise Problem(401, "expired", "The token counts no more.", _challenge("invalid_token"))
    if not reader.allowed:
        needed = _challenge("insufficient_scope", look.wanted)
        raise Problem(403, "forbidden", "The resident has not agreed to this.", needed)
    return reader


def _challenge(error: str, wanted: Sequence[str] = ()) -> Mapping[str, str]:
    scopes = f', scope="{" ".join(f"patient/{one}" for one in wanted)}"' if wanted else ""
    return {"WWW-Authenticate": f'{REALM}, error="{error}"{scopes}'}
