"""Reports that wait: for a doctor who tells the person first, or for their time. Where, and until when; no content.

Their rows are invisible to a web session (`records` migration 0010), so a page cannot show them by mistake.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from facilities.models import Facility
from foundation.together import Value, together
from residents.access import Viewer, record_event

READ_REPORT = "records.read_report"


@dataclass(frozen=True)
class PendingReport:
    """A report that waits. `by_doctor`: a doctor tells the person first; `opens_at`: at the latest, if that is set."""

    id: UUID
    facility: Facility
    facility_name: str
    issued_at: datetime | None
    opens_at: datetime | None
    by_doctor: bool


def reports_of(viewer: Viewer) -> Sequence[PendingReport]:
    """The reports of the viewer's person that wait, newest first; one statement where there are none."""
    return answered(*together(asked(viewer)))


def asked(viewer: Viewer) -> Value:
    """Which reports of the viewer's person wait, for `answered`."""
    return Value("SELECT json_agg(p) FROM app.pending_reports(%s) AS p", [viewer.resident_id])


def answered(found: Sequence[dict[str, Any]] | None) -> Sequence[PendingReport]:
    """The reports that wait; one statement where there are any, for their facilities."""
    rows = [_read(row) for row in found or ()]
    places = Facility.objects.in_bulk({row[1] for row in rows}) if rows else {}
    return [PendingReport(key, places[place], *rest) for key, place, *rest in rows]


def _read(row: dict[str, Any]) -> tuple[Any, ...]:
    issued_at, opens_at = (row[name] and datetime.fromisoformat(row[name]) for name in ("issued_at", "opens_at"))
    return UUID(row["id"]), UUID(row["facility_id"]), row["facility_name"], issued_at, opens_at, row["by_doctor"]


def report_for(viewer: Viewer, report_id: UUID, *, now: datetime) -> PendingReport | None:
    """One report that waits, or None; the look is written down."""
    found = next((report for report in reports_of(viewer) if report.id == report_id), None)
    if found is not None:
        record_event(viewer=viewer, action=READ_REPORT, now=now, facility_id=found.facility.pk)
    return found
