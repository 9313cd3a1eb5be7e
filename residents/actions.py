"""Deeds of this room: signing in and out, the inbox, how the pages look."""

from datetime import datetime
from uuid import UUID

from django.db import router
from django.http import HttpRequest

from foundation.crypto import digest
from foundation.middleware import reference_of
from foundation.rowsecurity import asked
from residents.access import Viewer
from residents.models import AccessEvent, Account, AccountSession, Notice


def record_own_deed(*, account: Account, action: str, request: HttpRequest, address: str, now: datetime) -> None:
    """Write into the access log that an account signed in or changed its password.

    Over the sign-in connection: at that moment the session's token does not open the row's own policy yet.
    """
    AccessEvent.objects.using(router.db_for_write(Account)).create(
        at=now,
        actor_id=account.pk,
        actor_name=account.name,
        resident_id=account.resident_id,
        action=action,
        address=address,
        reference=reference_of(request),
    )


def end_other_sessions(*, account: Account, keep: str | None) -> int:
    """End every session of the account but the one whose key is `keep`; their tokens die with them."""
    others = AccountSession.objects.filter(account=account).exclude(pk=digest(keep or ""))
    return others.delete()[0]


def choose_display(*, account: Account, mode: str) -> None:
    """Remember standard or 长辈版 for the account."""
    Account.objects.filter(pk=account.pk).update(display_mode=mode)


def mark_read(*, viewer: Viewer, notice: Notice, now: datetime) -> None:
    """Note when a line of the inbox was first opened."""
    Notice.objects.visible_to(viewer).unread().filter(pk=notice.pk).update(read_at=now)


def mark_all_read(*, viewer: Viewer, now: datetime) -> int:
    """Note that every unread line of the inbox was opened; returns how many."""
    return Notice.objects.visible_to(viewer).unread().update(read_at=now)


def close_opening(opening_id: UUID) -> bool:
    """End what a staff member has opened in this session; False when it had ended."""
    return bool(asked("SELECT app.close_opening(%s)", [opening_id]))
