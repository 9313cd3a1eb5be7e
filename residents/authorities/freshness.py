"""How a session was entered, and what that says about who holds it."""

from allauth.account.internal.flows.login import record_authentication
from allauth.account.internal.stagekit import clear_login
from django.http import HttpRequest

from residents.authorities.port import Authority, Proof
from residents.models import Account

ENTERED_BY = "entered_by"  # in the session: the authority's key
LONG_AGO = 0.0  # proved, nobody says when: enough for the record, never for what asks for a proof of now


def note_entry(request: HttpRequest, account: Account, authority: Authority, proof: Proof) -> None:
    """Note how the session is entered, before it is.

    What was shown for another account on the way is forgotten, or it would count for this one. A chat account shows
    nothing: the session stays unproved until a password or a code is given (domain facts, section E2).
    """
    clear_login(request)
    request.session[ENTERED_BY] = authority.key
    if authority.knows_people:
        at = None if proof.fresh else LONG_AGO
        record_authentication(request, account, method="authority", authority=authority.key, at=at)


def note_again(request: HttpRequest, account: Account, authority: Authority, proof: Proof) -> None:
    """Note that a signed-in person went to their authority once more: as good as the password, if it was just now."""
    if authority.knows_people and proof.fresh:
        record_authentication(request, account, method="authority", authority=authority.key, reauthenticated=True)
