"""How saved articles and readers' words are picked."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from django.apps import apps
from django.db import models
from django.db.models import Count, F, Max, OuterRef, Q, Subquery, Sum

if TYPE_CHECKING:
    from health_education.models import Bookmark, Feedback  # noqa: F401  # named in the base class's brackets


WITH_WORDS = ~Q(place="", words="")
WAITING = WITH_WORDS & Q(settled_at__isnull=True)


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
        return self.filter(WAITING)

    def of(self, account_id: UUID) -> Self:
        """What an account said, the latest first."""
        return self.filter(account_id=account_id).order_by("-at")

    def with_words(self) -> Self:
        return self.filter(WITH_WORDS)

    def by_article(self) -> models.QuerySet[Any, dict[str, Any]]:
        """One row for each article: what waits for an editor, what of it is an error, how often each thing was said.

        What waits comes first, errors before the rest; however many there are, it is one query.
        """
        titles = apps.get_model("health_education", "Revision").objects.filter(article=OuterRef("article_id"))
        newest = Subquery(titles.order_by("-number").values("title")[:1])
        said = {f"said_{kind}": Sum("times", filter=Q(kind=kind)) for kind in ("useful", "unclear", "wrong")}
        rows = self.order_by().values("article_id", slug=F("article__slug"), title=newest)
        counted = rows.annotate(
            waiting=Count("pk", filter=WAITING),
            errors=Count("pk", filter=WAITING & Q(kind="wrong")),
            latest=Max("at", filter=WAITING),
            **said,
        )
        latest_first = F("latest").desc(nulls_last=True)
        return counted.order_by(F("errors").desc(), F("waiting").desc(), latest_first, "article__slug")
