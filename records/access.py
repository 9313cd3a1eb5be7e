"""The only door to what is known about a resident: each look starts from the viewer and leaves one line in the log."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404

from facilities.models import Facility
from foundation import tally
from foundation.dated import register, setting
from foundation.together import Value, together
from records.models import Report
from records.opened import OpenedReport, closed_report, opened_report
from residents.access import Viewer, record_event
from residents.models import Identifier, Resident

PAGE = 20
NAMED = 6
NEW_DAYS = register("records.new_days", 90, "未打开的报告在出具后多少天内标“新”")

READ_SUMMARY = "records.read_summary"
READ_REPORT = "records.read_report"
DOWNLOAD_REPORT = "records.download_report"


class Superseded(Exception):
    """A newer version of the report is in force; `by` is its id."""

    def __init__(self, by: UUID) -> None:
        super().__init__("the report has a newer version")
        self.by = by


@dataclass(frozen=True)
class Feed:
    """A facility whose records arrive here, and up to when they have been fetched."""

    facility_id: UUID
    name: str
    fetched_at: datetime


@dataclass(frozen=True)
class Coverage:
    """Which facilities' records are here, and some names of those whose are not (`absent` counts them all)."""

    feeds: Sequence[Feed]
    absent_names: Sequence[str]
    absent: int


@dataclass(frozen=True)
class Holder:
    """Whose name stands on a printed report, and the document that proves it."""

    person: Resident
    document: Identifier | None


def report_for(viewer: Viewer, report_id: UUID, *, now: datetime) -> OpenedReport:
    """One report. A stranger's and a missing one are the same 404; an old version raises Superseded."""
    report = newest(viewer, report_id)
    record_event(viewer=viewer, action=READ_REPORT, now=now, subject=report, facility_id=report.facility_id)
    return opened_report(viewer, report) if report.is_readable else closed_report(report)


def report_to_print(viewer: Viewer, report_id: UUID, *, now: datetime) -> tuple[OpenedReport, Holder]:
    """One report and whose name stands on it. What cannot be read here is a 404 on paper."""
    report = newest(viewer, report_id)
    if not report.is_readable:
        raise Http404
    record_event(viewer=viewer, action=DOWNLOAD_REPORT, now=now, subject=report, facility_id=report.facility_id)
    person = get_object_or_404(Resident, pk=viewer.resident_id)
    documents = {document.kind: document for document in Identifier.objects.filter(resident=person)}
    first = next((documents[kind] for kind in Identifier.Kind if kind in documents), None)
    return opened_report(viewer, report, with_previous=False), Holder(person, first)


def new_since(now: datetime) -> datetime:
    """From when on an unopened report counts as new: a history that arrives all at once is not news."""
    return now - timedelta(days=setting(NEW_DAYS, now))


def unseen_reports(viewer: Viewer, now: datetime) -> int:
    """How many reports wait to be opened for the first time. A number shows no health data, so it is not logged."""
    with tally.unseen("a number shows no health data"):
        return Report.objects.visible_to(viewer).listable().in_force().unseen(new_since(now)).count()


# One statement: the feeds, and the first of the other facilities with how many they are.
_COVERAGE = """
SELECT coalesce(json_agg(json_build_array(facility_id, name, fetched_at, absent)), '[]') FROM (
WITH feeds AS MATERIALIZED (SELECT facility_id, name, fetched_at FROM app.source_freshness()),
absent AS (
  SELECT name, count(*) OVER () AS absent FROM facilities_facility
  WHERE is_active AND level <> %s AND onboarding <> %s AND id NOT IN (SELECT facility_id FROM feeds)
  ORDER BY position, code LIMIT %s
)
SELECT facility_id, name, fetched_at, 0 FROM feeds
UNION ALL SELECT NULL, name, NULL, absent FROM absent) AS told (facility_id, name, fetched_at, absent)
"""


def coverage() -> Coverage:
    """Which facilities send records here, and which do not yet."""
    return coverage_told(*together(coverage_asked()))


def coverage_asked() -> Value:
    """Which facilities send records here, for `coverage_told`."""
    return Value(_COVERAGE, [Facility.Level.BUREAU.value, Facility.Onboarding.CONNECTED.value, NAMED])


def coverage_told(rows: Sequence[Sequence[Any]]) -> Coverage:
    """The coverage, of what the database says of it."""
    absent = [row for row in rows if row[0] is None]
    feeds = [Feed(UUID(key), name, datetime.fromisoformat(at)) for key, name, at, _ in rows if key is not None]
    return Coverage(feeds, [row[1] for row in absent], absent[0][3] if absent else 0)


def newest(viewer: Viewer, report_id: UUID) -> Report:
    """A report of the viewer's person; a stranger's and a missing one are the same 404, an old one is Superseded."""
    mine = Report.objects.visible_to(viewer).ordinary()
    report = get_object_or_404(mine.select_related("facility"), pk=report_id)
    if report.superseded_at is not None:
        raise Superseded(get_object_or_404(mine.versions_of(report).current()).pk)
    return report
