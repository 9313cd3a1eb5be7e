"""A critical result that somebody can read already: it stays where it is, and a doctor is asked to call about it.

Results become critical late where a code is mapped, and stored messages are read again. What nobody has opened waits
like any other critical result; what was opened is not taken away again (docs/release.md).
"""

from collections.abc import Iterable
from uuid import UUID

from foundation.rowsecurity import asked
from records.exchange.models import CriticalCase, CriticalSubject
from records.models import Observation, Report

ELSEWHERE = """
SELECT EXISTS (
  SELECT 1 FROM records_observation o CROSS JOIN LATERAL app.same_results(o) AS t
  JOIN records_report r ON r.resident_id = t.resident_id AND r.source_id = t.source_id
    AND t.identifier = ANY (r.item_identifiers) AND r.first_seen_at IS NOT NULL
  WHERE o.resident_id = %s AND o.id = %s)
"""


def ask_for_call(resident_id: UUID, row_id: UUID) -> bool:
    """Open a case about a result that is shown; False where somebody has called, or nothing is shown."""
    return bool(asked("SELECT app.ask_for_call(%s, %s)", [resident_id, row_id]))


def ask_again(rows: Iterable[Observation]) -> None:
    """New versions that say the same and stay shown: whoever was to call about the last one still is."""
    for row in rows:
        about = CriticalSubject.objects.filter(
            resident_id=row.resident_id, source_id=row.source_id, identifier=row.identifier, part=row.part
        )
        if about.filter(case__already_read=True, case__state=CriticalCase.State.GONE).exists():
            ask_for_call(row.resident_id, row.id)


def was_opened(resident_id: UUID, source_id: UUID, identifier: str) -> bool:
    """Whether a report that names a result was opened, in whichever version."""
    reports = Report.objects.filter(resident_id=resident_id, source_id=source_id, first_seen_at__isnull=False)
    return reports.filter(item_identifiers__contains=[identifier]).exists()


def was_opened_elsewhere(resident_id: UUID, row_id: UUID) -> bool:
    """Whether a report that names the same result, as another feed brought it, was opened."""
    return bool(asked(ELSEWHERE, [resident_id, row_id]))
