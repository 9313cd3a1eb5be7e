"""What people answer to our messages: kept as it came, before anybody understands it, and once however often it comes.

A provider either delivers replies to our address (`reply_views`) or is asked for them (`collect`).
"""

import hmac
from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256

from django.core.exceptions import ValidationError
from django.db import router, transaction

from residents.messages_port import Reply
from residents.models import SmsReply
from residents.phones import read_phone

FRESH = timedelta(minutes=5)
LONGEST = 500
REMEMBERED = timedelta(days=180)


def signature(secret: str, stamp: str, body: bytes) -> str:
    """HMAC-SHA256 over the time and the very bytes, as docs/messages.md tells the provider."""
    return hmac.new(secret.encode(), stamp.encode() + b"\n" + body, sha256).hexdigest()


def is_signed(secret: str, stamp: str, body: bytes, given: str, now: datetime) -> bool:
    """Whether a delivery is the provider's and of these minutes; an old one that somebody caught is not."""
    fresh = stamp.isascii() and stamp.isdigit() and len(stamp) <= 12
    fresh = fresh and abs(now.timestamp() - int(stamp)) <= FRESH.total_seconds()
    return hmac.compare_digest(signature(secret, stamp, body).encode(), given.encode()) and fresh


def keep(replies: Iterable[Reply], now: datetime, *, using: str | None = None) -> int:
    """Write them down, each once; what comes from no mobile number is left out. Returns how many could be kept.

    `using`: the sign-in connection for the address that providers deliver to; no web session has a right to the table.
    """
    rows = [row for reply in replies if (row := _row(reply, now))]
    alias = using or router.db_for_write(SmsReply)
    with transaction.atomic(using=alias):
        SmsReply.objects.using(alias).bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _row(reply: Reply, now: datetime) -> SmsReply | None:
    try:
        phone = read_phone(reply.phone)
    except ValidationError:
        return None
    return SmsReply(provider_id=reply.provider_id[:100], phone=phone, text=reply.text[:LONGEST], received_at=now)
