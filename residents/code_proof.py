"""A code by SMS that shows once more who holds a session: five minutes, five tries, once.

What the session keeps of it is sealed with the session, and the code itself only as a hash.
"""

from datetime import datetime, timedelta

from allauth.account.adapter import get_adapter
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from foundation import clock
from foundation.crypto import digest
from residents import devices, idle, lockout, messages
from residents.messages_port import sms
from residents.models import Account
from residents.registration import second_secret

KEY = "proof_code"
LASTS = timedelta(minutes=5)
TRIES = 5


def send(request: HttpRequest, account: Account, *, by_voice: bool = False) -> None:
    """Send a new code to the account's own phone; raises ValidationError when there were too many."""
    adapter, now = get_adapter(request), clock.now()
    address = adapter.get_client_ip(request)
    ticket = lockout.code_ticket(
        number=f"account:{account.pk}",
        address=address,
        shared=idle.is_shared(address, now),
        device=devices.known_key(request, account.username),
        now=now,
    )
    adapter.admit(ticket, "too_many_codes")
    code = adapter.generate_phone_verification_code(user=account, phone="")
    request.session[KEY] = {"hash": digest(code).hex(), "at": now.timestamp(), "tries": 0}
    messages.send_code(purpose="proof", phone=account.phone, code=code, now=now, voice=by_voice, known=True)


def waits(request: HttpRequest, now: datetime) -> bool:
    """Whether a code was sent that may still be typed."""
    sent = request.session.get(KEY)
    return sent is not None and sent["tries"] < TRIES and now.timestamp() - sent["at"] <= LASTS.total_seconds()


def take(request: HttpRequest, account: Account, code: str) -> bool:
    """Whether this is the code that was sent; right or wrong, a try is used up, and a right code is gone."""
    adapter, now = get_adapter(request), clock.now()
    if not waits(request, now):
        return False
    address = adapter.get_client_ip(request)
    # Counted in the shared cache as well: two tries at once are one in the session.
    ticket = lockout.factor_ticket(
        account=str(account.pk), address=address, shared=idle.is_shared(address, now), now=now
    )
    adapter.admit(ticket)
    sent = request.session[KEY]
    request.session[KEY] = {**sent, "tries": sent["tries"] + 1}
    if not constant_time_compare(sent["hash"], digest(code).hex()):
        return False
    ticket.give_back()
    del request.session[KEY]
    return True


def needs_secret(account: Account, now: datetime) -> bool:
    """Whether a code alone does not say who holds the phone: several people's, or not proved for a long time."""
    return second_secret.is_shared(account) or second_secret.is_dormant(account, now)


def is_possible(account: Account, now: datetime) -> bool:
    """Whether a code can be sent to the account's own phone and be enough, with a secret where one is needed."""
    if not account.phone or not account.phone_verified_at or not sms().available:
        return False
    return second_secret.has_secret(account) or not needs_secret(account, now)
