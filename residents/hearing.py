"""How a person wishes to hear of new results: what can be chosen, what was chosen, and choosing.

The choice is about telling and about one's own lists, no matter of secrecy: it holds nothing back from delegates or
staff, and the person may look at once whenever they wish (PIPL, article 45).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from residents.access import Viewer
from residents.family.reading import Tie, ties_of
from residents.models import Hearing
from residents.models.access import Category

Way = Hearing.Way
THROUGH = f"{Way.DELEGATE}:"


@dataclass(frozen=True)
class Choice:
    """How one category is told now; `value` names the delegate as well. `since`: None while nobody chose."""

    category: str
    value: str
    since: datetime | None
    lapsed: bool


def helpers_of(viewer: Viewer, now: datetime) -> Sequence[Tie]:
    """Who helps the viewer now and may be told that there is something new."""
    ties = [tie for tie in ties_of(viewer, now) if tie.delegation.resident_id == viewer.resident_id]
    return [tie for tie in ties if not tie.begins_later and Category.NOTICES in tie.reach]


def choices_of(viewer: Viewer, helpers: Sequence[Tie]) -> Sequence[Choice]:
    """How each category is told; one through a delegate who helps no longer has lapsed, and the person is told."""
    kept = {row.category: row for row in _live(viewer)}
    there = {str(tie.delegation.delegate_id) for tie in helpers}
    return [_choice(category, kept.get(category), there) for category in Hearing.Category.values]


def _choice(category: str, row: Hearing | None, there: set[str]) -> Choice:
    if row is None:
        return Choice(category, Way.AT_ONCE.value, None, lapsed=False)
    if row.way != Way.DELEGATE:
        return Choice(category, row.way, row.started_at, lapsed=False)
    live = str(row.delegate_id) in there
    return Choice(category, f"{THROUGH}{row.delegate_id}" if live else Way.AT_ONCE.value, row.started_at, not live)


def choose(*, viewer: Viewer, wanted: Mapping[str, str], now: datetime) -> None:
    """Keep what is another choice than before: the old one ends, the new one begins; both stay as they were."""
    with transaction.atomic():
        kept = {row.category: row for row in _live(viewer).select_for_update()}
        for category, value in wanted.items():
            way, _colon, delegate = value.partition(":")
            chosen = (way, UUID(delegate) if delegate else None)
            row = kept.get(category)
            if chosen == ((row.way, row.delegate_id) if row else (Way.AT_ONCE.value, None)):
                continue
            if row:
                row.ended_at = now
                row.save(update_fields=["ended_at"])
            Hearing.objects.create(
                resident_id=viewer.resident_id, category=category, way=way, delegate_id=chosen[1], started_at=now
            )


def _live(viewer: Viewer) -> QuerySet[Hearing]:
    return Hearing.objects.filter(resident_id=viewer.resident_id, ended_at=None)
