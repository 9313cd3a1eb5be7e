"""What to read because of what a record holds: the record hands over tags, and nothing of it is kept here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from uuid import UUID

from django.utils import timezone

from foundation.prepared import Question
from health_education.listing import reads_english
from health_education.models import ReadingPreference, Revision
from health_education.querysets import RevisionQuerySet

SHOWN = 3
LOOKED_AT = 24


@dataclass(frozen=True)
class Suggestion:
    """A text, and the tag of the record that speaks for it."""

    revision: Revision
    tag: str


@cache
def _texts(english: bool, many: int) -> Question:
    """The newest texts with any of so many tags, at a time and on its day."""

    def ask(now: datetime, today: date, *tags: str) -> RevisionQuerySet:
        live = Revision.objects.live(now).for_a_list().still_reviewed(today).to_read()
        return live.read_in(english).tagged(tags)[:LOOKED_AT]

    return Question(ask)


_OFF = Question(lambda account: ReadingPreference.objects.filter(account_id=account, for_you=False).values_list("pk"))


def for_you(tags: Sequence[str], now: datetime) -> list[Suggestion]:
    """Up to three of the newest texts with these tags, the first tags first, each tag in turn. One query.

    No cards that explain an item, and nothing whose review is overdue.
    """
    if not tags:
        return []
    texts = _texts(reads_english(), len(tags)).rows(now, timezone.localdate(now), *map(str, tags))
    chosen: dict[UUID, Suggestion] = {}
    for turn in range(SHOWN):
        for tag in tags:
            fitting = [text for text in texts if tag in text.article.tags and text.pk not in chosen]
            if fitting and sum(one.tag == tag for one in chosen.values()) == turn:
                chosen[fitting[0].pk] = Suggestion(fitting[0], tag)
    return list(chosen.values())[:SHOWN]


def wants_it(account_id: UUID) -> bool:
    """Whether an account wishes recommendations; it does until it says otherwise."""
    return _OFF.first(account_id) is None


def choose(account_id: UUID, *, on: bool, now: datetime) -> None:
    """Remember whether an account wishes recommendations."""
    ReadingPreference.objects.update_or_create(account_id=account_id, defaults={"for_you": on, "changed_at": now})
