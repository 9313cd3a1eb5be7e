"""How facilities, their people and roles are picked and ordered."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.apps import apps
from django.db import models
from django.db.models import Q

from facilities.roles import Role
from foundation.rowsecurity import asked


class MembershipQuerySet(models.QuerySet):
    def live(self, now: datetime) -> "MembershipQuerySet":
        """Roles held at `now`."""
        return self.filter(Q(ended_at__isnull=True) | Q(ended_at__gt=now), starts_at__lte=now)

    def of(self, account_id: UUID) -> "MembershipQuerySet":
        """Roles of one account, ended ones too."""
        return self.filter(account_id=account_id)

    def administrators(self) -> "MembershipQuerySet":
        """Those who run the whole portal: administrators at the bureau."""
        return self.filter(role=Role.ADMINISTRATOR, facility__level="bureau")


def workplace(account_id: UUID) -> UUID | None:
    """Where an account has worked longest: whose auditors see what it did to things that belong to no facility."""
    held = apps.get_model("facilities", "Membership").objects.of(account_id).filter(ended_at__isnull=True)
    key: UUID | None = held.order_by("starts_at").values_list("facility_id", flat=True).first()
    return key


def facilities_reached(*roles: str) -> Sequence[UUID]:
    """Keys of the facilities where this session's account holds one of `roles`, as row-level security counts them.

    Asked of the database, so that what a page offers and what the database allows cannot differ.
    """
    return list(asked("SELECT app.facilities_for(%s::text[])", [list(roles)]))
