"""What a person's own pages read: identity and inbox of the person looked at, and of nobody else."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.shortcuts import get_object_or_404

from residents.access import Viewer
from residents.models import Account, Identifier, Notice, Resident, Verification
from residents.querysets import NoticeQuerySet


@dataclass(frozen=True)
class Profile:
    """A person with the account that is signed in, and how well the two were proved to belong together."""

    resident: Resident
    identifiers: list[Identifier]
    account: Account | AnonymousUser | None
    level: int


def profile(viewer: Viewer, account: Account | AnonymousUser, now: datetime) -> Profile:
    """The viewer's person and account; 404 where the session may not see the person.

    Without the account where somebody acts for another: its phone and level are not that person's.
    """
    proofs = Verification.objects.live(now).filter(account_id=viewer.account_id)
    return Profile(
        resident=get_object_or_404(Resident, pk=viewer.resident_id),
        identifiers=list(Identifier.objects.visible_to(viewer)[:10]),
        account=account if viewer.is_self else None,
        level=max(proofs.values_list("level", flat=True), default=0),
    )


def notices(viewer: Viewer) -> NoticeQuerySet:
    """The inbox, newest first; meant to be cut into pages."""
    return Notice.objects.visible_to(viewer).newest_first()
