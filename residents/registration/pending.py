"""What was typed on an earlier page of the same errand: sealed inside the session, for some minutes, then gone."""

import base64
import json
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest

from foundation.crypto import CannotOpen, seal, unseal

Kept = dict[str, Any]


def keep(request: HttpRequest, errand: str, facts: Kept, until: datetime) -> None:
    """Remember `facts` for an errand until an instant; what was kept for it before is forgotten."""
    text = json.dumps({**facts, "until": until.timestamp()})
    request.session[errand] = base64.b64encode(seal(text.encode(), _place(errand))).decode()


def kept(request: HttpRequest, errand: str, now: datetime) -> Kept | None:
    """What is kept for an errand; None when nothing is, or when it is too old."""
    try:
        sealed = base64.b64decode(request.session.get(errand, ""))
        facts: Kept = json.loads(unseal(sealed, _place(errand)))
    except (CannotOpen, ValueError):
        return None
    return facts if facts["until"] > now.timestamp() else None


def drop(request: HttpRequest, errand: str) -> None:
    """Forget an errand."""
    request.session.pop(errand, None)


def in_minutes(now: datetime, minutes: int) -> datetime:
    """An end some minutes from now."""
    return now + timedelta(minutes=minutes)


def _place(errand: str) -> bytes:
    return f"session.{errand}".encode()
