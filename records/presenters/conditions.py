"""Everything about one disease in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from health_education.for_you import Suggestion
from records.conditions.finding import About, Reading, is_past
from records.presenters import words
from records.presenters.facts import Fact, facts


@dataclass(frozen=True)
class ShownReading:
    """A measure: the newest value large, the ones before beside it, and what is aimed at."""

    title: str
    newest: Fact
    before: Sequence[Fact]
    target: str


@dataclass(frozen=True)
class FollowUpLine:
    """One follow-up: when, where, how it was judged."""

    title: str
    facility: str
    when: datetime | None
    tag: words.Words
    tone: str


@dataclass(frozen=True)
class Page:
    """What the template shows; a part without rows says so there."""

    title: str
    is_empty: bool
    diagnoses: Sequence[Fact]
    readings: Sequence[ShownReading]
    medicines: Sequence[Fact]
    visits: Sequence[Fact]
    follow_ups: Sequence[FollowUpLine]
    next_due: date | None
    next_is_past: bool
    next_facility: str
    articles: Sequence[Suggestion]


TONES = {"satisfied": "good", "unsatisfied": "warn", "adverse": "warn", "complication": "warn"}


def page(about: About, now: datetime) -> Page:
    """Everything about one disease in words."""
    due = about.next_due
    return Page(
        title=about.group.title,
        is_empty=about.is_empty,
        diagnoses=facts(about.diagnoses),
        readings=[shown for reading in about.readings if (shown := _reading(reading))],
        medicines=facts(about.medicines),
        visits=facts(about.visits),
        follow_ups=[
            FollowUpLine(
                row.title or str(row.get_programme_display()),
                row.facility_name,
                row.occurred_at,
                row.get_control_display(),
                TONES.get(row.control, ""),
            )
            for row in about.follow_ups
        ],
        next_due=due.next_due if due else None,
        next_is_past=due is not None and is_past(due, now),
        next_facility=due.facility_name if due else "",
        articles=about.articles,
    )


def _reading(reading: Reading) -> ShownReading | None:
    lines = facts(reading.rows)
    if not lines:
        return None
    target = _("控制目标：%(target)s") % {"target": reading.measure.target} if reading.measure.target else ""
    return ShownReading(reading.measure.title, lines[0], lines[1:3], target)
