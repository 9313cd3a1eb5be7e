"""How the editors' desk picks articles and the reviewers' specialities."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.apps import apps
from django.db import models
from django.db.models import OuterRef, Q, Subquery, Sum

if TYPE_CHECKING:
    from health_education.models import Article, Explains, ReviewerSpeciality  # noqa: F401  # named in the base class's brackets


class ArticleQuerySet(models.QuerySet["Article"]):
    def with_titles(self) -> Self:
        """Each with the title of its newest wording, whatever its state."""
        revisions = apps.get_model("health_education", "Revision").objects.filter(article=OuterRef("pk"))
        return self.annotate(newest_title=Subquery(revisions.order_by("-number").values("title")[:1]))

    def with_feedback(self) -> Self:
        """Each with how often readers said each thing of it, as `said_<kind>`; None where nobody did."""
        feedback = apps.get_model("health_education", "Feedback")
        said = feedback.objects.filter(article=OuterRef("pk")).order_by().values("article").annotate(all=Sum("times"))
        counts = {f"said_{kind}": Subquery(said.filter(kind=kind).values("all")) for kind in feedback.Kind.values}
        return self.annotate(**counts)

    def by_title(self) -> Self:
        """In the order of their titles, to choose from."""
        return self.with_titles().order_by("newest_title")


class ExplainsQuerySet(models.QuerySet["Explains"]):
    def current(self) -> Self:
        """Codes that were not taken from their card, whether they wait for a reviewer or not."""
        return self.filter(ended_at__isnull=True)

    def waiting(self) -> Self:
        """Codes that no reviewer has seen yet: they explain nobody's result."""
        return self.current().filter(confirmed_at__isnull=True)


class ReviewerSpecialityQuerySet(models.QuerySet["ReviewerSpeciality"]):
    def live(self, now: datetime) -> Self:
        """Those that hold now."""
        return self.filter(Q(ended_at__isnull=True) | Q(ended_at__gt=now), starts_at__lte=now)

    def of(self, account_id: UUID, now: datetime) -> list[str]:
        """The specialities whose texts an account may judge now, beside the general ones."""
        return list(self.live(now).filter(account_id=account_id).values_list("speciality", flat=True))
