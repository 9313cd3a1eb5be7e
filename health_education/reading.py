"""What an article's page shows besides its words: how long it takes, how easy it is, and what else there is to read."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import segno
from django.conf import settings
from django.db import connections, router
from django.db.models import Min
from django.urls import reverse
from django.utils import timezone

from foundation import clock
from foundation.dated import register, setting
from health_education.media.showing import shown_in
from health_education.models import Revision
from health_education.readability import characters, reading_of

PACE = register("health_education.characters_a_minute", 250, "朗读或阅读时每分钟大约多少字")
OTHERS, MOST = 3, 6
TRANSLATION = 0  # then: named by the editors (1), of the same topic (2)
# Written out: putting it together would cost more than asking it, and every reader asks.
BESIDE = """
SELECT near.* FROM (
  SELECT a.slug, r.title, r.summary, a.language,
    CASE WHEN a.translation_of_id = %(original)s OR a.id = %(original)s THEN 0
         WHEN a.slug = ANY (%(named)s) THEN 1 ELSE 2 END AS rank, r.publish_at
  FROM health_education_article a JOIN health_education_revision r ON r.article_id = a.id
  WHERE a.id <> %(article)s AND a.withdrawn_at IS NULL AND r.state = 'approved' AND r.publish_at <= %(now)s
    AND (r.superseded_at IS NULL OR r.superseded_at > %(now)s)
    AND (a.translation_of_id = %(original)s OR a.id = %(original)s
         OR (r.review_due_on >= %(today)s
             AND (a.slug = ANY (%(named)s)
                  OR (a.topic_id = %(topic)s AND a.language = %(language)s AND a.kind <> 'explanation'))))
) near ORDER BY near.rank, near.publish_at DESC, near.slug LIMIT %(most)s
"""


@dataclass(frozen=True)
class Beside:
    """Another text to read, as a list shows it."""

    slug: str
    title: str
    summary: str
    language: str
    rank: int
    publish_at: datetime


def page(revision: Revision, now: datetime) -> dict[str, Any]:
    """The context of an article's page, the same for every reader."""
    near = beside(revision, now)
    address = address_of(revision.article.slug)
    poster_path = reverse("health_education:poster", args=[revision.article.slug])
    taken, is_easy = measured(revision, timezone.localdate(now))
    shown = shown_in(revision)
    return {
        "revision": revision,
        "article": revision.article,
        "body": shown.body(revision.body),
        "shown": shown,
        "first_published_at": first_published(revision),
        "minutes": taken,
        "is_easy": is_easy,
        "translations": [one for one in near if one.rank == TRANSLATION],
        "others": [one for one in near if one.rank != TRANSLATION][:OTHERS],
        "address": address,
        "qr": qr(address),
        "saved": False,
        "preview": False,
        "poster_path": poster_path,
        "poster": settings.PUBLIC_URL.rstrip("/") + poster_path,
    }


def first_published(revision: Revision) -> datetime | None:
    """When its article first appeared; asked only where this is not its first wording."""
    if revision.number == 1:
        return revision.publish_at
    earlier = Revision.objects.filter(article=revision.article_id, state=Revision.State.APPROVED)
    first: datetime | None = earlier.aggregate(at=Min("publish_at"))["at"]
    return first


def beside(revision: Revision, now: datetime) -> list[Beside]:
    """Translations first, then what the editors named, then others of the topic; one query.

    Of these two none whose review is overdue: nothing recommends it, not even an editor's earlier choice (issue 5).
    Cards that explain a laboratory item are looked up from a result: they are shown only where editors named them.
    """
    article = revision.article
    asked: dict[str, Any] = {
        "article": article.pk,
        "original": article.translation_of_id or article.pk,
        "named": article.related,
        "topic": article.topic_id,
        "language": article.language,
        "now": now,
        "today": timezone.localdate(now),
        "most": MOST,
    }
    with connections[router.db_for_read(Revision)].cursor() as cursor:
        cursor.execute(BESIDE, asked)
        return [Beside(*row) for row in cursor.fetchall()]


def minutes(body: str, now: datetime) -> int:
    """How many minutes a text takes, at least one."""
    return max(1, round(characters(body) / int(setting(PACE, now))))


@lru_cache(maxsize=200)
def measured(revision: Revision, today: date) -> tuple[int, bool]:
    """How many minutes a published wording takes and whether it is easy; worked out once a day, as it never changes."""
    now = clock.now()
    level = reading_of(revision, now)
    return minutes(revision.body, now), level is not None and level.tone == "good"


def address_of(slug: str) -> str:
    """An article's address as others are told it."""
    return settings.PUBLIC_URL.rstrip("/") + reverse("health_education:article", args=[slug])


@lru_cache(maxsize=500)
def qr(address: str) -> str:
    """The address as a QR code, for paper."""
    return str(segno.make_qr(address, error="m").svg_data_uri(border=2, scale=3))
