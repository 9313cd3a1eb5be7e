"""The only door the views know: what everyone may read, and what editors and reviewers may preview."""

from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from health_education.models import Revision
from health_education.querysets import RevisionQuerySet


def live_article(slug: str, now: datetime) -> Revision:
    """The wording of an article that everyone may read now; 404 for a draft, a withdrawn and a missing one alike."""
    return get_object_or_404(Revision.objects.live(now).with_first_published(), article__slug=slug)


def others_about(revision: Revision, now: datetime) -> RevisionQuerySet:
    """More to read on the same subject."""
    live = Revision.objects.live(now).for_a_list().about(revision.article.topic)
    return live.still_reviewed(now.date()).exclude(pk=revision.pk)


def revision_for_preview(request: HttpRequest, key: UUID) -> Revision:
    """Any wording, for editors and reviewers; for everyone else it does not exist."""
    if not request.user.has_perm("health_education.view_revision"):
        raise Http404
    return get_object_or_404(Revision.objects.select_related("article__topic").with_first_published(), pk=key)
