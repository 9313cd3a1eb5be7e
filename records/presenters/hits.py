"""What a search found, in words: groups of lines, each with what was looked for marked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.urls import reverse

from health_education.marking import Piece, pieces, sentence_with
from records.kinds import KINDS
from records.presenters import words
from records.search.finding import PAGE, Answer, Find
from records.search.places import PLACES, Place
from records.search.words import Question

LONGEST = 60


@dataclass(frozen=True)
class Earlier:
    """An earlier row of the same line."""

    href: str
    when: datetime | None
    facility: str
    value: str
    unit: str
    flag: words.Flag | None


@dataclass(frozen=True)
class Hit:
    """One line."""

    href: str
    title: Sequence[Piece]
    note: Sequence[Piece]
    source: Sequence[Piece]
    when: datetime | None
    times: int
    value: str
    unit: str
    flag: words.Flag | None
    trend: str
    earlier: Sequence[Earlier]

    @property
    def long(self) -> bool:
        """A value that is not to be set in large type."""
        return words.is_long(self.value)


@dataclass(frozen=True)
class Group:
    """The lines of one kind: those shown, and how many there are."""

    place: Place
    hits: Sequence[Hit]
    total: int

    @property
    def more(self) -> bool:
        """Whether there are lines that are not shown here."""
        return self.total > len(self.hits)


@dataclass(frozen=True)
class Shown:
    """Everything that is shown of an answer; `pages` of the one kind that is looked at alone."""

    groups: Sequence[Group]
    total: int
    page: int
    pages: int


def shown(answer: Answer, question: Question) -> Shown:
    """The answer, ready to be shown; kinds in the order in which they stand in the record's list of places."""
    by_place = {slug: list(finds) for slug, finds in groupby(answer.finds, key=lambda find: find.place)}
    groups = [
        Group(place, _hits(by_place[slug], answer, question), by_place[slug][0].lines)
        for slug, place in PLACES.items()
        if slug in by_place
    ]
    total = sum(group.total for group in groups)
    return Shown(groups, total, answer.page, -(-max((group.total for group in groups), default=0) // PAGE))


def _hits(finds: Sequence[Find], answer: Answer, question: Question) -> list[Hit]:
    lines = [list(rows) for _line, rows in groupby(finds, key=lambda find: find.line)]
    return [_hit(rows[0], rows[1:], answer, question) for rows in lines]


def _hit(newest: Find, rest: Sequence[Find], answer: Answer, question: Question) -> Hit:
    marks = question.marks
    is_item = newest.place == "items"
    return Hit(
        href=_href(newest, answer),
        title=pieces(newest.title, marks),
        note=_note(newest, question),
        source=pieces(" · ".join(part for part in (newest.facility, newest.by) if part), marks),
        when=newest.at,
        times=newest.times,
        value="" if words.is_long(newest.value) else newest.value,
        unit="" if words.is_long(newest.value) else newest.unit,
        flag=words.FLAGS.get(newest.flag),
        trend=reverse("records:trend", args=[newest.id]) if is_item else "",
        earlier=[_earlier(find, answer) for find in rest] if is_item else [],
    )


def _earlier(find: Find, answer: Answer) -> Earlier:
    flag = words.FLAGS.get(find.flag)
    return Earlier(_href(find, answer), find.at, find.facility, find.value, find.unit, flag)


def _note(find: Find, question: Question) -> Sequence[Piece]:
    """The sentence that holds the words where the title does not, else how the text begins."""
    text = find.detail or ""
    hit = sentence_with(text, question.marks) if question.marks else ""
    return pieces(hit or text.strip()[:LONGEST], question.marks)


def _href(find: Find, answer: Answer) -> str:
    """Where to read it: the report, the report that an item stands in, the page of the thing."""
    if find.place == "items":
        report = answer.reports.get(find.key)
        return reverse("records:report", args=[report]) if report else reverse("records:trend", args=[find.id])
    if find.place == "reports":
        return reverse("records:report", args=[find.id])
    return reverse("records:thing", args=[find.place, find.id]) if find.place in KINDS else ""
