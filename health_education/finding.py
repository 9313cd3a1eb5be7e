"""Looking for texts: what was typed in all the ways it can be said, what else may help, and what nobody found."""

from collections.abc import Sequence
from datetime import datetime

from django.core.cache import caches
from django.db import connection
from django.utils.translation import gettext_lazy as _

from foundation.dated import CACHE_SECONDS, register
from health_education.models import Revision, SynonymGroup, Topic
from health_education.models.finding import LONGEST_SEARCH
from health_education.querysets import RevisionQuerySet
from health_education.search import Question, near, normal, phrases, question

# Read by the database (migration 0006).
register("health_education.failed_searches_a_minute", 30, _("每分钟最多记下多少个没搜到的新词"))
register("health_education.failed_searches_kept", 2000, _("没搜到、没处理的词最多留多少个"))

MOST_READINGS = 12
MOST_DIGITS = 4
NEAREST = 3
SYNONYMS = "health_education:synonyms"


def asked(typed: str) -> Question | None:
    """The question for what was typed and its synonyms; None when nothing in it can be searched for."""
    return question(readings(typed, synonyms()))


def readings(typed: str, groups: Sequence[Sequence[str]]) -> list[str]:
    """What was typed, then with each of its words put in the other ways to say it; folded as `normal` folds."""
    text = normal(typed)
    said = [text]
    for group in groups:
        terms = sorted((normal(term) for term in group), key=len, reverse=True)
        if present := next((term for term in terms if term and term in text), None):
            said += [text.replace(present, other) for other in terms if other and other != present]
    return list(dict.fromkeys(said))[:MOST_READINGS]


def synonyms() -> list[list[str]]:
    """The groups in force; kept for half a minute, as the dated settings are."""
    return caches["memory"].get_or_set(SYNONYMS, _groups, CACHE_SECONDS) or []


def _groups() -> list[list[str]]:
    return list(SynonymGroup.objects.filter(ended_at__isnull=True).values_list("terms", flat=True))


def nearest(typed: str, found: RevisionQuerySet) -> list[Revision]:
    """Of `found`, the few whose titles share most with what was typed in vain."""
    wanted = near(readings(typed, synonyms()))
    return list(found.answering(wanted)[:NEAREST]) if wanted else []


def topics_near(typed: str, now: datetime) -> list[Topic]:
    """Topics with something to read whose name shares a pair of characters with what was typed."""
    wanted = near([typed])
    topics = Topic.objects.with_live(now) if wanted else []
    return [topic for topic in topics if wanted and any(pair in topic.name for pair in wanted.words)]


def note_failure(typed: str) -> None:
    """Put what was looked for in vain on the editors' list, of nobody; what may be somebody's number is not kept."""
    words = normal(typed)[:LONGEST_SEARCH].strip()
    if not any(phrases(words)) or sum(letter.isdigit() for letter in words) > MOST_DIGITS:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT app.note_failed_search(%s)", [words])
