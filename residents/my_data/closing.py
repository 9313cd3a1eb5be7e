"""Closing an account: what stands in the way, and the deed. What the law keeps is kept, and said (see the page)."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from foundation.rowsecurity import asked
from residents.access import Viewer

Check = Callable[[Viewer, datetime], str]
CHECKS: list[Check] = []


class CannotClose(Exception):
    """The database did not take it: the account is staff's, or was not proved just now."""


def register(check: Check) -> None:
    """Add something that must be settled first: `check(viewer, now)` says it in one sentence, or nothing."""
    CHECKS.append(check)


def in_the_way(viewer: Viewer, now: datetime) -> list[str]:
    """What must be settled before the account can be closed."""
    return [sentence for check in CHECKS if (sentence := check(viewer, now))]


@transaction.atomic
def close(*, viewer: Viewer) -> None:
    """End the account at once: consents, delegations both ways, password, phone, second factors, bindings, sessions.

    Raises CannotClose, having changed nothing, unless the session showed within minutes who holds it.
    """
    if not asked("SELECT app.close_own_account(%s, %s)", [viewer.address, viewer.reference]):
        raise CannotClose
