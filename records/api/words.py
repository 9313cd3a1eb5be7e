"""Rows of the record as plain dictionaries for the interface: the words are those of the pages."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from health_education.cards import Card
from records.awaiting import Waiting as Awaiting
from records.kinds import KINDS, Kind
from records.lists.reading import Line
from records.models import NextStep, Observation, Report
from records.opened import OpenedReport
from records.pending import PendingReport
from records.presenters import facts, lines, words
from records.presenters import reports as report_words
from records.presenters.facts import Fact
from records.presenters.range_pictures import plain
from records.presenters.trends import WHY
from records.provenance import Provenance
from records.trends.series import Apart, Point, Trend

Said = dict[str, Any]


def flag(code: str) -> Said:
    """A flag as code and word; both empty for a result that is not flagged."""
    known = words.FLAGS.get(code)
    return {"flag": code if known else "", "flag_words": str(known.word) if known else ""}


def fact(said: Fact) -> Said:
    """One line of the record."""
    return {
        "title": said.title,
        "state": str(said.tag),
        "notes": [str(note) for note in said.notes],
        "value": said.value,
        "unit": said.unit,
        "flag_words": str(said.flag.word) if said.flag else "",
        "facility": said.facility,
        "at": said.when,
    }


def entry(row: Provenance) -> Said:
    """One entry with its id and its code, where it has one."""
    coded = {name: getattr(row, name, "") for name in ("code_system", "code")}
    return {"id": row.id, **fact(facts.fact(row)), **coded}


def line(kind: Kind, found: Line) -> Said:
    """One thing with how often it was written down."""
    shown = lines.shown(kind, [found])[0]
    stack = found.stack
    return {
        **entry(found.row),
        **fact(shown.fact),
        "times": shown.times,
        "first_at": shown.first,
        "last_at": shown.last,
        "facilities": list(stack.places) if stack else [shown.fact.facility],
    }


def item_line(found: Line) -> Said:
    """One test with its newest result."""
    row = found.row
    return {**line(KINDS["vitals"], found), **flag(row.flag), "range": row.range_text}


def report_line(report: Report, flagged: int, since: datetime) -> Said:
    """One line of the list; of a report kept at the facility only where to collect it."""
    row = report_words.row(report, flagged, since)
    kept = report_words.kept_at_facility(report)
    return {
        "id": row.id,
        "state": state_of(report),
        "title": row.title,
        "category": "" if kept else report.category,
        "category_words": str(row.category),
        "status_words": str(row.status),
        "facility": row.facility,
        "reporting_facility": row.reporting,
        "issued_at": row.when,
        "is_new": row.is_new,
        "abnormal": 0 if kept else flagged,
    }


def state_of(report: Report) -> str:
    """Whether its content is shown, and if not, why."""
    if report_words.kept_at_facility(report):
        return "kept"
    if report.is_withdrawn:
        return "withdrawn"
    return "cancelled" if report.status == Report.Status.CANCELLED else "open"


def waiting(report: PendingReport) -> Said:
    """A report that waits for a doctor, or for its time; nothing of it is shown."""
    return {
        "id": report.id,
        "facility": report.facility_name,
        "facility_phone": report.facility.phone,
        "issued_at": report.issued_at,
        "opens_at": report.opens_at,
        "by_doctor": report.by_doctor,
    }


def awaited(one: Awaiting) -> Said:
    """A report that its person wishes to hear of after a doctor's comment; nothing of it is shown."""
    said = {"id": one.report, "facility": one.facility_name, "facility_phone": "", "issued_at": None}
    return {**said, "opens_at": one.until, "by_doctor": True}


def awaited_report(one: Awaiting) -> Said:
    """The same as a whole answer."""
    return {**EMPTY, **awaited(one), "state": "waiting"}


def pending_report(held: PendingReport) -> Said:
    """The same as a whole answer."""
    return {**EMPTY, **waiting(held), "state": "waiting"}


def closed_report(report: Report) -> Said:
    """A report whose content is not shown: that it exists, where and when."""
    kept = report_words.kept_at_facility(report)
    return {
        **EMPTY,
        "id": report.pk,
        "state": state_of(report),
        "title": "" if kept else report.title,
        "facility": report.facility_name,
        "facility_phone": report.facility.phone,
        "issued_at": report.issued_at,
    }


EMPTY: Said = {
    **dict.fromkeys(("title", "category", "category_words", "status", "status_words"), ""),
    **dict.fromkeys(("reporting_facility", "report_number", "specimen", "practitioner"), ""),
    **dict.fromkeys(("findings", "impression", "note"), ""),
    **dict.fromkeys(("kept_back", "withdrawn", "awaited"), 0),
    **dict.fromkeys(("performed_at", "issued_at", "opens_at"), None),
    **dict.fromkeys(("is_corrected", "by_doctor"), False),
    "items": [],
}


def open_report(opened: OpenedReport, cards: Mapping[UUID, Card], steps: Mapping[UUID, NextStep]) -> Said:
    """A report with its items, each with what it measures and what to do next."""
    report, sheet = opened.report, report_words.sheet(opened, cards, steps)
    rows = [row for row in opened.items if not row.is_findings]
    return {
        **EMPTY,
        **{name: getattr(report, name) for name in ("report_number", "specimen", "category", "status", "note")},
        "id": report.pk,
        "state": "open",
        "title": sheet.title,
        "category_words": str(report.get_category_display()),
        "status_words": str(sheet.status),
        "facility": report.facility_name,
        "facility_phone": report.facility.phone,
        "reporting_facility": sheet.reporting,
        "practitioner": report.practitioner_name,
        "performed_at": report.occurred_at,
        "issued_at": report.issued_at,
        "findings": sheet.findings,
        "impression": report.impression,
        "is_corrected": sheet.corrected,
        "kept_back": opened.kept_back,
        "withdrawn": opened.withdrawn,
        "awaited": opened.awaited,
        "items": [_item(row, shown) for row, shown in zip(rows, sheet.items, strict=True)],
    }


def _item(row: Observation, shown: report_words.Item) -> Said:
    return {
        **measured(row),
        "note": row.note,
        "is_critical": shown.critical,
        "previous_value": shown.before,
        "previous_at": shown.before_at,
        "explanation": explanation(shown.card),
        "next_step": shown.step.text if shown.step else "",
    }


def measured(row: Observation) -> Said:
    """One result as it was printed."""
    return {
        "id": row.id,
        "name": row.name,
        "code_system": row.code_system,
        "code": row.code,
        "value": row.value_text,
        "unit": row.unit,
        "range": row.range_text,
        **flag(row.flag),
        "specimen": row.specimen,
        "method": row.method,
        "facility": row.facility_name,
        "at": row.occurred_at,
    }


def explanation(card: Card | None) -> Said | None:
    """What a test measures, in plain words, and the article that says more."""
    return {"article": card.slug, "title": card.title, "text": card.first} if card else None


def series(found: Trend, points: Iterable[Point]) -> Said:
    """The line of one result, and what is not comparable with it."""
    return {
        "unit": found.focus.unit,
        "points": [_point(point) for point in points],
        "apart": [_apart(one) for one in found.apart],
    }


def _point(point: Point) -> Said:
    row = point.result
    return {
        "id": row.id,
        "at": point.at,
        "value": plain(point.value),
        "is_converted": point.is_converted,
        "printed": f"{row.value_text} {row.unit}".strip(),
        "range": row.range_text,
        "facility": row.facility_name,
        **flag(row.flag),
    }


def _apart(one: Apart) -> Said:
    return {"reason": one.reason.value, "reason_words": str(WHY[one.reason]), "count": len(one.results)}
