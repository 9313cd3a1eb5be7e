"""The list of texts: what was asked for, a page of it, and what else may help where nothing was found."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.core.paginator import Page, Paginator
from django.utils.translation import get_language

from health_education import finding
from health_education.marking import Hit, hit
from health_education.models import Revision, Topic
from health_education.querysets import CONSIDERED, RevisionQuerySet
from health_education.search import Question

PER_PAGE = 12
MOST_LISTED = 480  # nobody turns forty pages; counting further would only cost time


@dataclass(frozen=True)
class Listing:
    """A page of texts; with a search, `hits` show where the words stand. `near` and `topics` help where none is."""

    page: Page
    hits: Sequence[Hit]
    more: bool
    near: Sequence[Hit] = ()
    topics: Sequence[Topic] = ()


class BoundedPaginator(Paginator):
    """Pages over the first rows of a list only, so that counting costs the same however long the list is."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by().values("pk")[:MOST_LISTED].count())


def reads_english() -> bool:
    """Whether the reader chose the portal in English."""
    return (get_language() or "").startswith("en")


def narrowed(wanted: dict[str, str], topic: Topic | None, now: datetime) -> RevisionQuerySet:
    """Live texts of what was asked for, search left out, newest first; cards only where they are asked for."""
    found = Revision.objects.live(now).for_a_list()
    if topic:
        found = found.about(topic)
    if wanted["audience"]:
        found = found.for_audience(wanted["audience"])
    if wanted["tag"]:
        found = found.tagged([wanted["tag"]])
    if wanted["kind"]:
        return found.of_kind(wanted["kind"])
    return found if wanted["q"] else found.to_read()


def listed(wanted: dict[str, str], topic: Topic | None, *, page: str | None, now: datetime) -> Listing:
    """A page of what was asked for; what was looked for in vain goes to the editors."""
    found, english = narrowed(wanted, topic, now), reads_english()
    question = finding.asked(wanted["q"]) if wanted["q"] else None
    if wanted["q"] and question is None:
        found = found.none()
    if question:
        found = found.answering(question).with_text()
    shown = BoundedPaginator(found.read_in(english), PER_PAGE).get_page(page)
    words = question.words if question else ()
    more = shown.paginator.count >= (CONSIDERED if question else MOST_LISTED)
    listing = Listing(shown, [hit(revision, words) for revision in shown], more)
    return listing if shown.paginator.count or not question else _in_vain(wanted, question, listing, now)


def _in_vain(wanted: dict[str, str], question: Question, listing: Listing, now: datetime) -> Listing:
    """The same with help; the editors hear of it unless the search was narrowed, which may be why it failed."""
    if not any(value for name, value in wanted.items() if name != "q"):
        finding.note_failure(wanted["q"])
    live = Revision.objects.live(now).for_a_list().read_in(reads_english())
    near = [hit(revision, ()) for revision in finding.nearest(wanted["q"], live)]
    return Listing(listing.page, listing.hits, more=False, near=near, topics=finding.topics_near(wanted["q"], now))
