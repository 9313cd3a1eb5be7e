"""The doors to what stands behind a report: the version before a correction, who sent it, the facility's own PDF."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import F
from django.http import Http404
from django.shortcuts import get_object_or_404

from foundation.crypto import unseal
from records.access import newest
from records.attachments import place_of
from records.models import Observation, Report, ReportAttachment
from records.opened import OpenedReport, opened_report
from records.versions import in_order, items_then, named
from residents.access import Viewer, record_event

READ_EARLIER = "records.read_earlier_report"
DOWNLOAD_ORIGINAL = "records.download_original"


@dataclass(frozen=True)
class Sender:
    """One of the facilities that sent the same report: its own version of it, and whether the list shows that one."""

    report_id: UUID
    name: str
    received_at: datetime
    is_listed: bool


@dataclass(frozen=True)
class Original:
    """A facility's own PDF of a report."""

    number: int
    title: str
    size: int


def senders_of(opened: OpenedReport) -> list[Sender]:
    """Who sent this report, the listed one first; nobody where it came from one sender alone."""
    rows = [opened.report, *opened.repetitions] if opened.repetitions else []
    if not rows:
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT source_id, name FROM app.senders(%s)", [[row.source_id for row in rows]])
        names = dict(cursor.fetchall())
    found = [
        Sender(row.pk, names.get(row.source_id, row.facility_name), row.received_at, row.folded_into is None)
        for row in rows
    ]
    return sorted(found, key=lambda sender: (not sender.is_listed, sender.received_at))


def originals_of(opened: OpenedReport) -> Sequence[Original]:
    """The facility's own PDFs; none where one of the results may not be read here, for they print it all the same."""
    if not opened.report.original_hashes or not opened.is_complete:
        return ()
    found = ReportAttachment.objects.filter(report_id=opened.report.pk, resident_id=opened.report.resident_id)
    return [Original(*row) for row in found.order_by("number").values_list("number", "title", "size")]


def original_for(viewer: Viewer, report_id: UUID, number: int, *, now: datetime) -> tuple[Report, bytes]:
    """One of the facility's own PDFs. Raises Superseded for an old version, and is a 404 where it is not offered."""
    report = newest(viewer, report_id)
    if not report.is_readable or not opened_report(viewer, report).is_complete:
        raise Http404
    mine = ReportAttachment.objects.filter(report_id=report.pk, resident_id=viewer.resident_id)
    attachment = get_object_or_404(mine, number=number)
    record_event(viewer=viewer, action=DOWNLOAD_ORIGINAL, now=now, subject=report, facility_id=report.facility_id)
    return report, unseal(bytes(attachment.content), place_of(attachment.pk))


def earlier_for(viewer: Viewer, version_id: UUID, *, now: datetime) -> tuple[OpenedReport, Report]:
    """A version that was replaced, as it was, and the one in force; a 404 where the one in force may not be read.

    What was taken back or is kept at the facility since, is not shown in the old version either.
    """
    mine = Report.objects.visible_to(viewer).ordinary().select_related("facility")
    version = get_object_or_404(mine.filter(superseded_at__isnull=False), pk=version_id)
    versions = in_order(Report.objects.versions_of(version).ordinary())
    current = versions[-1]
    if not version.is_open or not current.is_readable or version.status in _EMPTY:
        raise Http404
    record_event(viewer=viewer, action=READ_EARLIER, now=now, subject=version, facility_id=version.facility_id)
    following = versions[versions.index(version) + 1]
    rows = list(Observation.objects.of_report(version).order_by(F("received_at"), "id"))
    closed = {named(row) for row in rows if row.superseded_at is None and not row.is_open}
    then = items_then(version, following, rows)
    items = [row for row in then if row.is_open and named(row) not in closed]
    return OpenedReport(version, items=items, kept_back=len(then) - len(items)), current


_EMPTY = {Report.Status.CANCELLED, Report.Status.WITHDRAWN}
