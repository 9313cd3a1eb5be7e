"""Bringing the starter library in: samples, which say so until a reviewer of this county has approved them."""

from datetime import datetime

from django.db import router, transaction

from health_education import actions
from health_education.library import TOPICS, Text, article_of, texts
from health_education.models import Article, Explains, Review, Revision, Topic
from residents.models import Account

AUTHOR = "门户示例编写组"


def load_starter(*, by_author: Account, by_reviewer: Account, now: datetime) -> int:
    """Publish each sample that is not there yet, written by one account and reviewed by another; returns how many."""
    with transaction.atomic(using=router.db_for_write(Revision)):
        topics = {slug: topic_of(slug) for slug in TOPICS}
        known = {article.slug: article for article in Article.objects.all()}
        new = [text for text in texts() if text.slug not in known]
        for text in new:
            revision = _draft(text, topics[text.one("topic")], known, by_author)
            _publish(revision, by_author, by_reviewer, now)
        return len(new)


def topic_of(slug: str) -> Topic:
    """The topic of one of the library's topic words, made when it is not there yet."""
    position = list(TOPICS).index(slug) + 1
    return Topic.objects.get_or_create(slug=slug, defaults={"name": TOPICS[slug], "position": position})[0]


def _publish(revision: Revision, by_author: Account, by_reviewer: Account, now: datetime) -> None:
    actions.submit_for_review(revision=revision, by=by_author, now=now)
    approved = Review.Verdict.APPROVED
    actions.review(revision=revision, reviewer=by_reviewer, verdict=approved, comment="示例内容", now=now)
    actions.publish(revision=revision, by=by_author, now=now)


def _draft(text: Text, topic: Topic, known: dict[str, Article], by: Account) -> Revision:
    article = article_of(text, topic.pk, known)
    article.save(force_insert=True)
    known[article.slug] = article
    Explains.objects.bulk_create(Explains(article=article, system=system, code=code) for system, code in text.codes)
    draft = Revision(
        article=article,
        number=1,
        title=text.one("title"),
        summary=text.one("summary"),
        body=text.body,
        source=text.one("source"),
        author_name=AUTHOR,
        author_id=by.pk,
        is_sample=True,
    )
    draft.save(force_insert=True)
    return draft
