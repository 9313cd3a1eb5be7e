"""The doors to the lists: each look starts from the viewer and leaves one line in the log."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, Window
from django.http import Http404
from django.shortcuts import get_object_or_404

from records import stacks
from records.kinds import Kind
from records.lists.narrowing import Offered, Wanted, narrowed, offered_by, offered_by_reports
from records.models import Allergy, Condition, Medication, Observation, Report
from records.provenance import Provenance
from records.querysets import RecordQuerySet, ReportQuerySet
from records.release import SPECIAL, Release
from records.search.forms import number
from records.stacks import PAGE, Stack
from residents.access import Viewer, record_event

LIST_REPORTS = "records.list_reports"
READ_SECTION = "records.read_section"
READ_THING = "records.read_thing"
LIST_ITEMS = "records.list_items"
STACKED = (Allergy, Condition, Medication)


@dataclass(frozen=True)
class Line:
    """One line of a list: the newest row of a stack, and the stack where there is one."""

    row: Any
    stack: Stack | None = None


@dataclass(frozen=True)
class Listed:
    """A page of lines. `page` turns; `offered` is what the whole list can be narrowed by."""

    page: Page
    lines: Sequence[Line]
    offered: Offered


def offered_reports(viewer: Viewer) -> Offered:
    """What the viewer's reports can be narrowed by; says nothing of what they hold."""
    return offered_by_reports(_reports(viewer))


def reports_for(
    viewer: Viewer, wanted: Wanted, offered: Offered, *, page: str | None, now: datetime
) -> tuple[Page, dict[UUID, int]]:
    """A page of the report list, newest first, and how many items of each report are flagged."""
    listed = report_page(viewer, wanted, offered, page=page, now=now)
    return listed, _flagged(viewer, [report for report in listed if report.is_readable])


def report_page(viewer: Viewer, wanted: Wanted, offered: Offered, *, page: str | None, now: datetime) -> Page:
    """A page of the report list, newest first. One statement."""
    found = narrowed(_reports(viewer).cancelled(wanted.cancelled), wanted, now, at="issued_at")
    if wanted.category:
        found = found.filter(category=wanted.category)
    if wanted.abnormal:
        found = found.with_abnormal(Observation.objects.readable().abnormal())
    record_event(viewer=viewer, action=LIST_REPORTS, now=now)
    pages = Paginator(found.newest_first(), PAGE)
    if (count := offered.count(wanted)) is None:
        return _counted(found.newest_first(), number(page))
    vars(pages)["count"] = count  # known already: one statement less
    return pages.get_page(page)


def _counted(found: ReportQuerySet, wanted: int) -> Page:
    """A page of rows whose number comes with them, in one statement; after the last page stands the last."""
    numbered = found.annotate(every=Window(Count("pk")))
    rows: list[Any] = list(numbered[(wanted - 1) * PAGE : wanted * PAGE])
    pages = Paginator(found, PAGE)
    if not rows and wanted > 1:
        return pages.get_page(wanted)
    vars(pages)["count"] = rows[0].every if rows else 0
    return Page(rows, wanted, pages)


def offered_section(viewer: Viewer, kind: Kind) -> Offered:
    """What the rows of one kind can be narrowed by."""
    return offered_by(_of_kind(viewer, kind))


def section_for(viewer: Viewer, kind: Kind, wanted: Wanted, *, page: int, now: datetime) -> tuple[Page, list[Line]]:
    """A page of one kind, newest first; medicines, diagnoses, allergies and measurements as one line each."""
    rows = narrowed(_of_kind(viewer, kind), wanted, now)
    record_event(viewer=viewer, action=READ_SECTION, now=now)
    if kind.model is Observation:
        return _stacked(rows, page, tests=True)
    if kind.model in STACKED:
        return _stacked(rows, page)
    listed = Paginator(rows.newest_first(), PAGE).get_page(page)
    return listed, [Line(row) for row in listed]


def offered_items(viewer: Viewer) -> Offered:
    """What the viewer's laboratory items can be narrowed by."""
    return offered_by(_items(viewer), measured=True)


def items_for(viewer: Viewer, wanted: Wanted, *, page: int, now: datetime) -> tuple[Page, list[Line]]:
    """A page of the tests that were done, each once with its newest result, the one done last first."""
    rows = narrowed(_items(viewer), wanted, now)
    if wanted.abnormal:
        rows = rows.exclude(flag__in=[Observation.Flag.NONE, Observation.Flag.NORMAL])
    for source, names in _closed(viewer):
        rows = rows.exclude(source_id=source, identifier__in=names)
    record_event(viewer=viewer, action=LIST_ITEMS, now=now)
    return _stacked(rows, page, tests=True)


def thing_for(viewer: Viewer, kind: Kind, row_id: UUID, *, page: str | None, now: datetime) -> tuple[Any, Page]:
    """An entry and a page of all that are the same thing, newest first; a stranger's and a missing one are a 404."""
    rows = _of_kind(viewer, kind)
    if kind.model is Observation:
        raise Http404  # a measurement has a page of its own: its trend
    one = get_object_or_404(rows, pk=row_id)
    record_event(viewer=viewer, action=READ_THING, now=now, subject=one, facility_id=one.facility_id)
    same = rows.filter(pk__in=stacks.beside(rows, one.pk)) if kind.model in STACKED else rows.filter(pk=one.pk)
    return one, Paginator(same.newest_first(), PAGE).get_page(page)


def _stacked(rows: RecordQuerySet[Any], wanted: int, *, tests: bool = False) -> tuple[Page, list[Line]]:
    """A page of stacks. Two statements; a page that does not exist is the first."""
    said = "criticality" if rows.model is Allergy else "''"
    made = stacks.tests if tests else partial(stacks.statements, said=said)
    found = made(rows, page=wanted)
    if not found.shown and wanted > 1:
        wanted, found = 1, made(rows, page=1)
    newest = stacks.newest_of(rows, found.shown)
    lines = [Line(newest[stack.newest], stack) for stack in found.shown]
    return Paginator(range(found.total), PAGE).get_page(wanted), lines


def _reports(viewer: Viewer) -> ReportQuerySet:
    return Report.objects.visible_to(viewer).listable()


def _of_kind(viewer: Viewer, kind: Kind) -> RecordQuerySet[Provenance]:
    return kind.rows().visible_to(viewer).readable()


def _items(viewer: Viewer) -> RecordQuerySet[Observation]:
    return Observation.objects.visible_to(viewer).readable().filter(category=Observation.Category.LABORATORY)


def _closed(viewer: Viewer) -> list[tuple[UUID, list[str]]]:
    """What reports name that are kept at the facility, cancelled or withdrawn: no item of them is shown."""
    kept = ~Q(release=Release.RELEASED) | Q(sensitivity__gte=SPECIAL)
    gone = Q(withdrawn_at__isnull=False) | Q(status__in=[Report.Status.CANCELLED, Report.Status.WITHDRAWN])
    closed = Report.objects.visible_to(viewer).current().filter(kept | gone)
    return list(closed.values_list("source_id", "item_identifiers"))


def _flagged(viewer: Viewer, reports: list[Report]) -> dict[UUID, int]:
    rows = Observation.objects.visible_to(viewer).readable().abnormal().items_of(reports)
    flagged = list(rows.values_list("source_id", "identifier"))
    return {
        report.pk: sum(source == report.source_id and name in report.item_identifiers for source, name in flagged)
        for report in reports
    }
