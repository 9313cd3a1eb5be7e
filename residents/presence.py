"""What proves that a person is standing there: a printed card (帮办卡) or a code said once.

Only hashes are kept. A card holds 16 random characters; the eight digits that can be said aloud are few, so their hash
is keyed, and they live for minutes and work once.
"""

import re
import secrets
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from foundation.crypto import blind_index, digest
from foundation.dated import register, setting
from foundation.rowsecurity import database
from residents.access import Viewer, record_event
from residents.documents import tidy
from residents.models import PresenceCode

SPOKEN_MINUTES = register("access.spoken_minutes", 10, "一次性帮办码多少分钟内有效")
CARD_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # without those that look alike on paper
CARD_LENGTH, SPOKEN_DIGITS = 16, 8
SPOKEN = re.compile(r"\d{8}")
TRIES = 5


class NoCode(Exception):
    """No code could be made just now; asking again helps."""


def new_card_code() -> str:
    """The 16 characters of a new card."""
    return "".join(secrets.choice(CARD_LETTERS) for _n in range(CARD_LENGTH))


def new_spoken_code() -> str:
    """The eight digits of a code that is said once."""
    return f"{secrets.randbelow(10**SPOKEN_DIGITS):0{SPOKEN_DIGITS}}"


def grouped(code: str) -> str:
    """A code in groups of four, as it is printed and said."""
    return " ".join(code[at : at + 4] for at in range(0, len(code), 4))


def tidy_code(typed: str) -> str:
    """What was scanned or typed, in the form that is hashed: no blanks or dashes, upper case, full-width folded."""
    return tidy(typed).replace("-", "")


def hash_of(typed: str) -> bytes:
    """The hash by which a typed or scanned code is found."""
    code = tidy_code(typed)
    return bytes(blind_index("presence.spoken", code)) if SPOKEN.fullmatch(code) else digest(code)


def issue_spoken(*, viewer: Viewer, now: datetime) -> tuple[str, datetime]:
    """A new code for oneself to say to a helper, and until when it works; earlier ones stop working.

    Raises NoCode when every try met a code that is in use, which has never happened.
    """
    until = now + timedelta(minutes=setting(SPOKEN_MINUTES, now))
    mine = PresenceCode.objects.filter(resident_id=viewer.resident_id, kind=PresenceCode.Kind.SPOKEN)
    mine.filter(used_at=None, revoked_at=None, expires_at__gt=now).update(revoked_at=now)
    for _try in range(TRIES):
        code = new_spoken_code()
        if _kept(viewer, code, now, until):
            record_event(viewer=viewer, action="residents.made_helper_code", now=now)
            return code, until
    raise NoCode


def _kept(viewer: Viewer, code: str, now: datetime, until: datetime) -> bool:
    row = PresenceCode(
        resident_id=viewer.resident_id,
        kind=PresenceCode.Kind.SPOKEN,
        code_hash=hash_of(code),
        issued_at=now,
        expires_at=until,
    )
    try:
        with transaction.atomic(using=database()):
            row.save(force_insert=True)
    except IntegrityError:
        return False
    return True
