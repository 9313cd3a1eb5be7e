"""A resident's connections with programs: those that live, those that ended, and ending one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from foundation.rowsecurity import asked
from residents.access import Viewer
from residents.connected.scopes import Kind, kinds_in, lasts
from residents.models import Connection, Program

MOST = 50


@dataclass(frozen=True)
class Line:
    """One connection as it is shown."""

    id: UUID
    program: Program
    kinds: Sequence[Kind]
    lasting: bool
    given_at: datetime
    used_at: datetime | None
    expires_at: datetime
    ended_at: datetime | None
    ending: str


def live(viewer: Viewer, now: datetime) -> list[Line]:
    """Programs that may read now, the newest first."""
    return _lines(viewer, Q(ended_at=None, expires_at__gt=now), "-given_at")


def past(viewer: Viewer, now: datetime) -> list[Line]:
    """Programs that could read once; a connection that was renewed goes on in the new one."""
    over = Q(ended_at__isnull=False) | Q(expires_at__lte=now)
    return _lines(viewer, over & ~Q(ending=Connection.Ending.RENEWED), "-given_at")


def one(viewer: Viewer, connection: UUID) -> Line | None:
    """One of the person's own connections."""
    return next(iter(_lines(viewer, Q(pk=connection), "pk")), None)


def end(viewer: Viewer, connection: UUID) -> bool:
    """Stop it, at once; False where it had ended before."""
    return bool(asked("SELECT app.end_connection(%s, %s, %s)", [connection, viewer.address, viewer.reference]))


def _lines(viewer: Viewer, which: Q, order: str) -> list[Line]:
    mine = Connection.objects.filter(which, resident_id=viewer.resident_id).select_related("program")
    return [
        Line(
            row.pk,
            row.program,
            kinds_in(row.scopes),
            lasts(row.scopes),
            row.given_at,
            row.used_at,
            row.expires_at,
            row.ended_at,
            row.get_ending_display(),
        )
        for row in mine.order_by(order)[:MOST]
    ]
