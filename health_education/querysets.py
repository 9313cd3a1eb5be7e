"""How articles are picked and ordered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.db.models import F, Func, Min, OuterRef, Q, Subquery, Value

from health_education.search import Question

if TYPE_CHECKING:
    from health_education.models import Revision, Topic  # noqa: F401  # named in the base class's brackets

MOST_HITS = 120
CONSIDERED = 90  # of texts that only speak of it in passing (migration 0006)


class TopicQuerySet(models.QuerySet["Topic"]):
    def with_live(self, now: datetime) -> Self:
        """Topics under which something can be read now.

        A subquery with a limit, so that each topic is left after its first text; an `EXISTS` would read every text. In
        no order: for the usual one, the addresses', an empty topic would be looked for through all articles.
        """
        revisions = RevisionQuerySet(apps.get_model("health_education", "Revision")).published(now)
        first = revisions.filter(article__topic=OuterRef("pk")).order_by().values("pk")[:1]
        return self.alias(a_text=Subquery(first)).filter(a_text__isnull=False)


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
        return self.defer("body", "search", "headline")

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

    def answering(self, question: Question) -> Self:
        """Those that answer a question, best first."""
        hits = self.keys_answering(question)
        rank = Func(Value(hits, ArrayField(models.UUIDField())), F("pk"), function="array_position")
        return self.filter(pk__in=hits).order_by(rank)

    @staticmethod
    def keys_answering(question: Question) -> Sequence[UUID]:
        """Keys of live revisions, best first, from a function that applies the public rule itself.

        Under row-level security PostgreSQL may not use the index (`@@` is not leakproof) and would read every row.
        """
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM app.search_revisions(%s::tsquery, nullif(%s, '')::tsquery, %s)",
                [question.wanted, question.loose, MOST_HITS],
            )
            return [row[0] for row in cursor.fetchall()]

    def with_text(self) -> Self:
        """With the text as well, where the sentence that was hit is shown."""
        return self.defer(None).defer("search", "headline")

    def read_in(self, english: bool) -> Self:
        """In the order so far: for an English reader the English texts first, for others the Chinese ones alone."""
        if not english:
            return self.filter(article__language="zh-hans")
        first = models.Case(models.When(article__language="en", then=0), default=1)
        return self.order_by(first, *self.query.order_by)

    def of_kind(self, kind: str) -> Self:
        return self.filter(article__kind=kind)

    def tagged(self, tags: Sequence[str]) -> Self:
        """With any of these tags."""
        return self.filter(article__tags__overlap=list(tags))

    def to_read(self) -> Self:
        """Without the cards that explain an item: they are looked up, not read through."""
        return self.exclude(article__kind="explanation")
