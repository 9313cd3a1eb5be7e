"""A proof that fits no account yet, kept for minutes in the browser's own session until it is bound."""

from datetime import datetime

from django.http import HttpRequest

from foundation.dated import setting
from residents.authorities.flows import MINUTES
from residents.authorities.port import Proof

PENDING = "authority_pending"


def keep(request: HttpRequest, proof: Proof, now: datetime) -> None:
    """Remember a proof without a number; the session is sealed where it lies."""
    request.session[PENDING] = {
        "authority": proof.authority,
        "issuer": proof.issuer,
        "subject": proof.subject,
        "name": proof.name,
        "fresh": proof.fresh,
        "at": now.timestamp(),
    }


def kept(request: HttpRequest, now: datetime) -> Proof | None:
    """The proof that waits to be bound, if it is not too old."""
    found = request.session.get(PENDING)
    if not isinstance(found, dict) or not 0 <= now.timestamp() - found["at"] < setting(MINUTES, now) * 60:
        return None
    return Proof(**{name: value for name, value in found.items() if name != "at"})


def take(request: HttpRequest, now: datetime) -> Proof | None:
    """The proof that waits, for one use."""
    found = kept(request, now)
    request.session.pop(PENDING, None)
    return found
