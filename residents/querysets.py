"""How rows of this room are picked and ordered; views never filter."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from residents.access import Viewer
    from residents.models import AccessEvent, Delivery, Identifier, Notice, Verification  # noqa: F401  # for the bases


class NoticeQuerySet(models.QuerySet["Notice"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """The inbox of the person looked at."""
        return self.filter(resident_id=viewer.resident_id)

    def unread(self) -> Self:
        """Not opened yet."""
        return self.filter(read_at=None)

    def newest_first(self) -> Self:
        """Latest on top; equal times in a fixed order."""
        return self.order_by("-created_at", "-id")


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def due(self, now: datetime) -> Self:
        """Waiting, and their time has come; oldest first."""
        return self.filter(status="waiting", due_at__lte=now).order_by("due_at", "id")


class AccessEventQuerySet(models.QuerySet["AccessEvent"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """What was seen or done about the person looked at."""
        return self.filter(resident_id=viewer.resident_id)

    def newest_first(self) -> Self:
        """Latest on top; equal times in a fixed order."""
        return self.order_by("-at", "-id")


class IdentifierQuerySet(models.QuerySet["Identifier"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """The documents of the person looked at, in the order they were registered."""
        return self.filter(resident_id=viewer.resident_id).order_by("created_at", "id")


class VerificationQuerySet(models.QuerySet["Verification"]):
    def live(self, now: datetime) -> Self:
        """Proofs that count now: neither revoked nor past their end."""
        in_time = Q(valid_until=None) | Q(valid_until__gt=now)
        return self.filter(in_time, revoked_at=None, verified_at__lte=now)
