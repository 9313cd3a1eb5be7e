"""The code of an invitation while it is handed over: the row has its hash, the inviter's session keeps it a while."""

from uuid import UUID

import segno
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

KEPT = "family_invitation"


def keep_code(request: HttpRequest, invitation_id: UUID, code: str) -> None:
    """Remember the newest code in the session, which is sealed at rest."""
    request.session[KEPT] = {"id": str(invitation_id), "code": code}


def kept_code(request: HttpRequest, invitation_id: UUID) -> str:
    """The code of an invitation, or "" once this session does not know it any more."""
    kept = request.session.get(KEPT) or {}
    return str(kept.get("code", "")) if kept.get("id") == str(invitation_id) else ""


def forget_code(request: HttpRequest) -> None:
    """Drop the code."""
    request.session.pop(KEPT, None)


def picture_of(code: str) -> str:
    """A QR code as a data address. What it leads to carries the code behind #, which no server and no log sees."""
    address = settings.PUBLIC_URL.rstrip("/") + reverse("residents:accept_delegation") + "#" + code
    return str(segno.make_qr(address, error="m").svg_data_uri(border=2, dark="#000", light="#fff", scale=5))
