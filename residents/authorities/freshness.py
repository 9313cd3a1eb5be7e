"""How a session was entered, and when whoever holds it last showed a password, a code or a key."""

from datetime import datetime

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.account.internal.stagekit import clear_login
from django.http import HttpRequest

from foundation.dated import setting
from residents.authorities.port import Authority
from residents.models import Account

ENTERED_BY = "entered_by"  # in the session: the authority's key


def note_entry(request: HttpRequest, account: Account, authority: Authority) -> None:
    """Note how the session is entered, before it is.

    What was shown for another account on the way is forgotten, or it would count for this one. A chat account shows
    nothing: the session stays unproved until a password or a code is given (domain facts, section E2).
    """
    clear_login(request)
    request.session[ENTERED_BY] = authority.key
    if authority.knows_people:
        record_authentication(request, account, method="authority", authority=authority.key)


def is_weak(request: HttpRequest) -> bool:
    """Whether somebody is signed in who never showed a password, a code or a key: good for booking, not for records."""
    return request.user.is_authenticated and _last(request) is None


def proved_recently(request: HttpRequest, now: datetime) -> bool:
    """Whether a password, a code or a key was shown within the minutes that sensitive things ask for."""
    last = _last(request)
    return last is not None and now.timestamp() - last < setting("identity.proof_minutes", now) * 60


def _last(request: HttpRequest) -> float | None:
    account = request.user
    if not isinstance(account, Account):
        return None
    return max((float(record["at"]) for record in get_authentication_records(request, account)), default=None)
