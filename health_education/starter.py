"""Bringing the starter library in: samples, which say so until a reviewer of this county has approved them."""

from datetime import datetime

from django.db import router, transaction

from health_education import actions
from health_education.library import TOPICS, Text, article_of, texts
from health_education.models import Article, Explains, Review, Revision, Topic
from residents.access import record_staff_event
from residents.models import Account

AUTHOR = "门户示例编写组"


def load_starter(*, by_author: Account, by_reviewer: Account, now: datetime) -> int:
    """Publish each sample that is not there yet, written by one account and reviewed by another; returns how many.

    A loader writes as the database's owner, so a sample is not checked by an editor first: the county's own reviewer
    judges it when it is adopted.
    """
    with transaction.atomic(using=router.db_for_write(Revision)):
        topics = {slug: topic_of(slug) for slug in TOPICS}
        known = {article.slug: article for article in Article.objects.all()}
        new = [text for text in texts() if text.slug not in known]
        for text in new:
            known[text.slug] = article_of(text, topics[text.one("topic")].pk, known)
        Article.objects.bulk_create(known[text.slug] for text in new)
        Explains.objects.bulk_create(
            Explains(article=known[text.slug], system=system, code=code) for text in new for system, code in text.codes
        )
        _publish([_revision(text, known[text.slug], by_author) for text in new], by_reviewer, now)
        record_staff_event(account=by_author, action="health_education.starter_loaded", now=now, subject=Article)
        return len(new)


def topic_of(slug: str) -> Topic:
    """The topic of one of the library's topic words, made when it is not there yet."""
    position = list(TOPICS).index(slug) + 1
    return Topic.objects.get_or_create(slug=slug, defaults={"name": TOPICS[slug], "position": position})[0]


def _revision(text: Text, article: Article, by: Account) -> Revision:
    return Revision(
        article=article,
        number=1,
        title=text.one("title"),
        summary=text.one("summary"),
        body=text.body,
        source=text.one("source"),
        author_name=AUTHOR,
        author_id=by.pk,
        is_sample=True,
        state=Revision.State.REVIEW,
    )


def _publish(revisions: list[Revision], by: Account, now: datetime) -> None:
    Revision.objects.bulk_create(revisions)
    who = {"reviewer_id": by.pk, "reviewer_name": by.name, "reviewed_at": now}
    approved = Review.Verdict.APPROVED
    Review.objects.bulk_create(
        Review(revision=revision, verdict=approved, comment="示例内容", **who) for revision in revisions
    )
    written = Revision.objects.filter(pk__in=[revision.pk for revision in revisions])
    written.update(state=Revision.State.APPROVED, publish_at=now, review_due_on=actions.review_date(now, now))
