"""A link that hands one file to another browser: once, within minutes, without signing in (docs/adr/0024, 0030)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_urlsafe
from uuid import UUID

from django.db import connection

from foundation.crypto import digest
from foundation.dated import register, setting
from records.booklet.parcels import joined
from records.models import Parcel, ParcelLink
from residents.access import Viewer, record_event

MADE, USED = "records.made_link", "records.used_link"
MINUTES = register("records.link_minutes", 5, "“用浏览器打开”的一次性链接几分钟内有效（不超过60）")


@dataclass(frozen=True)
class Made:
    """A link just made: the only time its token is known."""

    token: str
    expires_at: datetime


@dataclass(frozen=True)
class Taken:
    """What came of using a link: "live" with the file, or why there is none."""

    state: str
    pdf: bytes = b""
    kind: str = ""
    made_at: datetime | None = None


def make(*, viewer: Viewer, parcel: Parcel, now: datetime) -> Made:
    """A new link to a file; the one before, of the same account, opens nothing any more."""
    token = token_urlsafe(24)
    expires_at = now + timedelta(minutes=min(setting(MINUTES, now), 60))
    ParcelLink(
        resident_id=viewer.resident_id,
        parcel_id=parcel.pk,
        account_id=viewer.account_id,
        token_hash=digest(token),
        made_at=now,
        expires_at=expires_at,
    ).save(force_insert=True)
    record_event(viewer=viewer, action=MADE, now=now, subject=parcel)
    return Made(token, expires_at)


def state() -> str | None:
    """Whether the link whose token this transaction carries still opens; None for an unknown one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app.parcel_link()")
        row = cursor.fetchone()
    return row[0] if row else None


def take(*, address: str | None, reference: str) -> Taken | None:
    """Use the link whose token this transaction carries; None for an unknown one. The person finds it in their log."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM app.take_parcel(%s, %s)", [address, reference])
        row = cursor.fetchone()
        if row is None:
            return None
        if row[0] != "live":
            return Taken(row[0])
        cursor.execute("SELECT id, content FROM app.taken_pieces()")
        pieces: list[tuple[UUID, bytes]] = cursor.fetchall()
    return Taken("live", joined(pieces), row[2], row[3])
