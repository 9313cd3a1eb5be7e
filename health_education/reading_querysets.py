"""How saved articles and readers' words are picked."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from health_education.models import Bookmark, Feedback  # noqa: F401  # named in the base class's brackets


class BookmarkQuerySet(models.QuerySet["Bookmark"]):
    def of(self, account_id: UUID) -> Self:
        """What an account keeps, the latest first; row-level security agrees."""
        return self.filter(account_id=account_id, ended_at__isnull=True).order_by("-saved_at")

    def end(self, now: datetime) -> int:
        """Take them off; returns how many there were."""
        return self.filter(ended_at__isnull=True).update(ended_at=now)


class FeedbackQuerySet(models.QuerySet["Feedback"]):
    def waiting(self) -> Self:
        """What an editor must still read; what came without words is only counted."""
        return self.with_words().filter(settled_at__isnull=True)

    def of(self, account_id: UUID) -> Self:
        """What an account said, the latest first."""
        return self.filter(account_id=account_id).order_by("-at")

    def with_words(self) -> Self:
        return self.filter(~Q(place="", words=""))
