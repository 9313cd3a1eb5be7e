"""The starter library: original sample articles, each naming the official document it follows.

They are samples and say so; a county's own reviewers approve them, or write better ones, before they count.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import router, transaction

from health_education import actions
from health_education.models import Article, Review, Revision, Topic
from residents.models import Account

LIBRARY = Path(__file__).parent / "library"
AUTHOR = "门户示例编写组"
TOPICS = {
    "healthy-eating": "合理膳食",
    "chronic-disease": "慢性病",
    "vaccination": "预防接种",
    "medicines": "用药安全",
    "healthy-ageing": "老年健康",
    "seeing-a-doctor": "看病与检查",
}


@dataclass(frozen=True)
class Text:
    """One file of the library: a head of `name: value` lines, an empty line, and Markdown."""

    slug: str
    head: dict[str, str]
    body: str

    @property
    def audience(self) -> list[str]:
        return [word.strip() for word in self.head["audience"].split(",")]


def texts() -> Iterator[Text]:
    """The library's texts, in the order of their addresses."""
    for path in sorted(LIBRARY.glob("*.md")):
        head, _, body = path.read_text(encoding="utf-8").partition("\n\n")
        yield Text(path.stem, dict(line.split(": ", 1) for line in head.splitlines()), body)


def load_starter(*, by_author: Account, by_reviewer: Account, now: datetime) -> int:
    """Publish each sample that is not there yet, written by one account and reviewed by another; returns how many."""
    with transaction.atomic(using=router.db_for_write(Revision)):
        return _load(by_author, by_reviewer, now)


def _load(by_author: Account, by_reviewer: Account, now: datetime) -> int:
    topics = {slug: _topic(slug, position) for position, slug in enumerate(TOPICS, start=1)}
    new = [text for text in texts() if not Article.objects.filter(slug=text.slug).exists()]
    for text in new:
        revision = _draft(text, topics[text.head["topic"]], by_author)
        actions.submit_for_review(revision=revision, by=by_author, now=now)
        actions.review(
            revision=revision, reviewer=by_reviewer, verdict=Review.Verdict.APPROVED, comment="示例内容", now=now
        )
        actions.publish(revision=revision, by=by_author, now=now)
    return len(new)


def _topic(slug: str, position: int) -> Topic:
    return Topic.objects.get_or_create(slug=slug, defaults={"name": TOPICS[slug], "position": position})[0]


def _draft(text: Text, topic: Topic, by: Account) -> Revision:
    article = Article(slug=text.slug, topic=topic, audience=text.audience)
    article.save(force_insert=True)
    draft = Revision(
        article=article,
        number=1,
        title=text.head["title"],
        summary=text.head["summary"],
        body=text.body,
        source=text.head["source"],
        author_name=AUTHOR,
        author_id=by.pk,
    )
    draft.save(force_insert=True)
    return draft
