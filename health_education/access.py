"""The only door the views know: what everyone may read, and what editors and reviewers may preview."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import connections, router
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from health_education.models import Article, Bookmark, Feedback, Revision, Topic
from residents.models import Account

# What an article's page shows; the search vectors are as long as the text. The rule is that of `QuerySet.live`, written
# out: putting it together would cost more than asking it, and every reader asks. Columns stand as in the models, as
# `from_db` wants them.
LIVE = """
SELECT r.id, r.article_id, r.number, r.title, r.summary, r.body, r.source, r.author_name, r.is_sample, r.reviewer_name,
    r.publish_at,
  a.id, a.slug, a.kind, a.topic_id, a.audience, a.language, a.translation_of_id, a.related,
  t.id, t.slug, t.name
FROM health_education_revision r
  JOIN health_education_article a ON a.id = r.article_id
  JOIN health_education_topic t ON t.id = a.topic_id
WHERE a.slug = %s AND a.withdrawn_at IS NULL AND r.state = 'approved' AND r.publish_at <= %s
  AND (r.superseded_at IS NULL OR r.superseded_at > %s)
"""
MOST_SAID = 50


class Withdrawn(Exception):
    """The article was public once and was taken off; its `article` says when, why, and what replaces it."""

    def __init__(self, article: Article) -> None:
        super().__init__(article.slug)
        self.article = article


def live_article(slug: str, now: datetime) -> Revision:
    """The wording of an article that everyone may read now.

    Raises Withdrawn where one was taken off; 404 for a draft and a missing one alike.
    """
    alias = router.db_for_read(Revision)
    with connections[alias].cursor() as cursor:
        cursor.execute(LIVE, [slug, now, now])
        row = cursor.fetchone()
        names = [column.name for column in cursor.description or ()]
    if row is None:
        raise _gone(slug, now)
    article, topic = (n for n, name in enumerate(names) if n and name == "id")
    revision = Revision.from_db(alias, names[:article], row[:article])
    revision.article = Article.from_db(alias, names[article:topic], row[article:topic])
    revision.article.topic = Topic.from_db(alias, names[topic:], row[topic:])
    return revision


def live_or_404(slug: str, now: datetime) -> Revision:
    """The wording that everyone may read now; 404 for all others."""
    try:
        return live_article(slug, now)
    except Withdrawn:
        raise Http404 from None


def _gone(slug: str, now: datetime) -> Exception:
    article = Article.objects.filter(slug=slug, withdrawn_at__isnull=False).select_related("replaced_by").first()
    was_public = Revision.objects.filter(article=article, state=Revision.State.APPROVED, publish_at__lte=now)
    return Withdrawn(article) if article and was_public.exists() else Http404()


def public_article(slug: str) -> Article:
    """An article that was published, whether or not it still is, so that it can be taken off a list; else 404."""
    published = Article.objects.filter(revisions__state=Revision.State.APPROVED).distinct()
    return get_object_or_404(published, slug=slug)


def account_of(request: HttpRequest) -> Account:
    """The signed-in account; raises PermissionDenied for anybody else."""
    if not isinstance(request.user, Account):
        raise PermissionDenied
    return request.user


def saved_by(request: HttpRequest, now: datetime) -> dict[str, Any]:
    """The account's saved articles that can be read, the latest first, and how many of them were taken off since."""
    kept = list(Bookmark.objects.of(account_of(request).pk).values_list("article_id", flat=True))
    live = Revision.objects.live(now).for_a_list().filter(article__in=kept)
    found = {revision.article_id: revision for revision in live}
    gone = Article.objects.filter(pk__in=set(kept) - set(found), withdrawn_at__isnull=False) if kept else []
    return {"revisions": [found[key] for key in kept if key in found], "gone": gone}


def feedback_of(request: HttpRequest, now: datetime) -> list[tuple[Feedback, str]]:
    """What the account wrote of articles, the latest first, each with the article's title."""
    said = list(Feedback.objects.of(account_of(request).pk).select_related("article")[:MOST_SAID])
    live = Revision.objects.live(now).filter(article__in={one.article_id for one in said})
    titles = dict(live.values_list("article_id", "title"))
    return [(one, titles.get(one.article_id, one.article.slug)) for one in said]


def revision_for_preview(request: HttpRequest, key: UUID) -> Revision:
    """Any wording, for editors and reviewers; for everyone else it does not exist."""
    if not request.user.has_perm("health_education.view_revision"):
        raise Http404
    return get_object_or_404(Revision.objects.select_related("article__topic").with_first_published(), pk=key)
