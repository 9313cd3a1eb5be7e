"""The versions of a report in words: when each was issued, what it was, and whether it can still be read."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from records.models import Report
from records.opened import OpenedReport
from records.presenters.words import Words

EMPTY = {Report.Status.CANCELLED, Report.Status.WITHDRAWN}


@dataclass(frozen=True)
class Version:
    """One version that was replaced. `opens` where the one in force may be read: then the old one may be, too."""

    id: UUID
    status: Words
    issued_at: datetime | None
    replaced_at: datetime | None
    opens: bool


def versions(opened: OpenedReport) -> list[Version]:
    """The versions before this one, the newest first."""
    readable = opened.report.is_readable
    return [
        Version(
            row.pk,
            Report.Status(row.status).label,
            row.issued_at,
            row.superseded_at,
            readable and row.is_open and row.status not in EMPTY,
        )
        for row in reversed(opened.earlier)
    ]
