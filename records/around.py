"""What stands around an open report, in one statement: cards, advice, who calls, a comment, a dispute, recognition."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from foundation.together import Value, together
from health_education.cards import Card
from records import awaiting, explaining, following, next_steps
from records.disputes import asking
from records.models import Awaited, Dispute, FollowThrough, NextStep
from records.opened import OpenedReport
from records.recognition import listing
from records.recognition.rules import Book
from residents.access import Viewer


@dataclass(frozen=True)
class Around:
    """Each as its own room says it: the cards and the steps by the item's id, `book` the rules of recognition."""

    cards: Mapping[UUID, Card]
    steps: Mapping[UUID, NextStep]
    matters: Sequence[FollowThrough]
    dispute: Dispute | None
    comment: Awaited | None
    book: Book
    may_share: bool


def around(viewer: Viewer, opened: OpenedReport, now: datetime) -> Around:
    """What stands around a report that the viewer has opened; the caller has written the look down."""
    items = opened.items
    rules, marks = listing.asked([opened], now)
    cards, steps, matters, disputes, comments, said_rules, said_marks, may_share = together(
        explaining.asked(items, now),
        next_steps.asked(items, now),
        following.asked(viewer, items),
        asking.asked_of([opened.report]),
        awaiting.comments_on(opened.report),
        rules,
        marks,
        Value("SELECT app.may_share_now(%s)", [viewer.resident_id]),
    )
    return Around(
        explaining.by_item(items, cards),
        next_steps.chosen(items, steps),
        matters,
        disputes[-1] if disputes else None,
        comments[0] if comments else None,
        listing.book_from(said_rules, said_marks),
        viewer.opening_id is None and bool(may_share),
    )
