"""How articles are picked and ordered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import connections, models
from django.db.models import F, Func, Min, OuterRef, Q, Subquery, Value

from health_education.search import query_literal

if TYPE_CHECKING:
    from health_education.models import Revision, Topic  # noqa: F401  # named in the base class's brackets

MOST_HITS = 200


class TopicQuerySet(models.QuerySet["Topic"]):
    def with_live(self, now: datetime) -> Self:
        """Topics under which something can be read now."""
        return self.filter(
            articles__withdrawn_at__isnull=True,
            articles__revisions__state="approved",
            articles__revisions__publish_at__lte=now,
        ).distinct()


class RevisionQuerySet(models.QuerySet["Revision"]):
    def published(self, now: datetime) -> Self:
        """Approved revisions whose time has come, of articles that were not withdrawn."""
        return self.filter(state="approved", publish_at__lte=now, article__withdrawn_at__isnull=True)

    def live(self, now: datetime) -> Self:
        """The newest published revision of each article, the latest first."""
        newest = Q(superseded_at__isnull=True) | Q(superseded_at__gt=now)
        return self.published(now).filter(newest).select_related("article__topic").order_by("-publish_at", "pk")

    def for_a_list(self) -> Self:
        """Without the long columns that no list shows."""
        return self.defer("body", "search")

    def about(self, topic: Topic) -> Self:
        return self.filter(article__topic=topic)

    def for_audience(self, audience: str) -> Self:
        return self.filter(article__audience__contains=[audience])

    def still_reviewed(self, today: date) -> Self:
        """Without those whose review is overdue: they stay readable, but nothing recommends them."""
        return self.filter(review_due_on__gte=today)

    def with_first_published(self) -> Self:
        """Each with the instant its article first appeared."""
        siblings = type(self)(self.model).filter(article=OuterRef("article"), state="approved")
        first = siblings.order_by().values("article").annotate(at=Min("publish_at")).values("at")
        return self.annotate(first_published_at=Subquery(first))

    def found(self, typed: str) -> Self:
        """Those that contain what was typed, best first; none when nothing in it can be searched for."""
        hits = self._matching(typed)
        rank = Func(Value(hits, ArrayField(models.UUIDField())), F("pk"), function="array_position")
        return self.filter(pk__in=hits).order_by(rank)

    def _matching(self, typed: str) -> Sequence[UUID]:
        """Keys of live revisions, best first, from a function that applies the public rule itself.

        Under row-level security PostgreSQL may not use the index (`@@` is not leakproof) and would read every row.
        """
        query = query_literal(typed)
        if not query:
            return []
        with connections[self.db].cursor() as cursor:
            cursor.execute("SELECT id FROM app.search_revisions(%s::tsquery, %s)", [query, MOST_HITS])
            return [row[0] for row in cursor.fetchall()]
