"""What to read because of what a record holds: the record hands over tags, and nothing of it is kept here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from health_education.listing import reads_english
from health_education.models import ReadingPreference, Revision

SHOWN = 3
LOOKED_AT = 24


@dataclass(frozen=True)
class Suggestion:
    """A text, and the tag of the record that speaks for it."""

    revision: Revision
    tag: str


def for_you(tags: Sequence[str], now: datetime) -> list[Suggestion]:
    """Up to three of the newest texts with these tags, the first tags first, each tag in turn. One query.

    No cards that explain an item, and nothing whose review is overdue.
    """
    if not tags:
        return []
    live = Revision.objects.live(now).for_a_list().still_reviewed(timezone.localdate(now)).to_read()
    texts = list(live.read_in(reads_english()).tagged(tags)[:LOOKED_AT])
    chosen: dict[UUID, Suggestion] = {}
    for turn in range(SHOWN):
        for tag in tags:
            fitting = [text for text in texts if tag in text.article.tags and text.pk not in chosen]
            if fitting and sum(one.tag == tag for one in chosen.values()) == turn:
                chosen[fitting[0].pk] = Suggestion(fitting[0], tag)
    return list(chosen.values())[:SHOWN]


def wants_it(account_id: UUID) -> bool:
    """Whether an account wishes recommendations; it does until it says otherwise."""
    off = ReadingPreference.objects.filter(account_id=account_id, for_you=False)
    return not off.exists()


def choose(account_id: UUID, *, on: bool, now: datetime) -> None:
    """Remember whether an account wishes recommendations."""
    ReadingPreference.objects.update_or_create(account_id=account_id, defaults={"for_you": on, "changed_at": now})
