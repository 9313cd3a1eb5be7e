"""What was recalled and comes again through another feed is recalled too, though nobody has folded the two.

Repetitions are only looked for among what may be read (`folding`), and what was recalled may not. So whoever sends what
was recalled a second time, in the same wrong name, is caught here, within a sweep.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from django.db import connections, transaction

from foundation.dated import register, setting
from records.exchange import sameness
from records.exchange.models import Recall, RecallCover, RecallRow
from records.exchange.sameness import Name, Whole, name_of
from records.exchange.transactions import alias
from records.models import Encounter, Immunization, Observation, Report
from records.provenance import Provenance
from records.release import Release

WATCHED = register("recalls.watch_days", 30, "收回以后多少天内，另一家机构又发来同一份报告时也自动收回")
Row = TypeVar("Row", bound=Provenance)

# Only what happened at the same minute, or was issued then, is ever compared (as in `folding`).
_CAME = """
SELECT c.id, array_agg(DISTINCT t.id) FROM exchange_recall AS c
JOIN exchange_recallperson AS p ON p.recall_id = c.id AND p.part = 'shown'
JOIN exchange_recallrow AS w ON w.recall_id = c.id AND w.model = '{model}' AND w.resident_id = p.resident_id
JOIN {table} AS r ON r.id = w.row_id AND r.resident_id = w.resident_id
JOIN {table} AS t ON t.resident_id = r.resident_id AND t.superseded_at IS NULL AND t.source_id <> r.source_id
  AND t.release <> 'recalled'
  AND (date_trunc('minute', t.occurred_at) = date_trunc('minute', r.occurred_at) {or_issued})
WHERE c.kind = '{kind}' AND c.state <> 'unfounded' AND c.started_at >= %s GROUP BY c.id
"""
_OR_ISSUED = "OR date_trunc('minute', t.issued_at) = date_trunc('minute', r.issued_at)"


def look(now: datetime) -> None:
    """Let the sweep hide what came again since it was recalled."""
    since = now - timedelta(days=setting(WATCHED, now))
    for kind, (model, same) in TWINS.items():
        for recall_id, row_ids in _came(kind, model, since):
            _cover(recall_id, kind, same(recall_id, model._default_manager.filter(id__in=row_ids)))


def _came(kind: str, model: type[Provenance], since: datetime) -> list[tuple[UUID, list[UUID]]]:
    """What came since about the same person and minute, by recall."""
    statement = _CAME.format(
        kind=kind,
        model=model._meta.model_name,
        table=model._meta.db_table,
        or_issued=_OR_ISSUED if model is Report else "",
    )
    with connections[alias()].cursor() as cursor:
        cursor.execute(statement, [since])
        return list(cursor.fetchall())


def _cover(recall_id: UUID, kind: str, same: Iterable[Provenance]) -> None:
    covers = [
        RecallCover(recall_id=recall_id, source_id=one.source_id, kind=kind, identifier=one.identifier) for one in same
    ]
    if not covers:
        return
    with transaction.atomic(using=alias()):
        RecallCover.objects.bulk_create(covers, ignore_conflicts=True)
        Recall.objects.filter(pk=recall_id).update(carried_out_at=None)


def _same_reports(recall_id: UUID, came: Iterable[Report]) -> list[Report]:
    """Those that are what was recalled, as `sameness` says of two reports that are both shown."""
    hidden = RecallRow.objects.filter(recall_id=recall_id)
    reports, items = (hidden.filter(model=name).values_list("row_id", flat=True) for name in ("report", "observation"))
    residents = list(hidden.values_list("resident_id", flat=True).distinct())
    rows = Observation.objects.filter(id__in=list(items), resident_id__in=residents)
    recalled = _wholes(_newest(Report.objects.filter(pk__in=list(reports))), _newest(rows))
    return [one.report for one in _current(came) if any(sameness.same_report(one, other) for other in recalled)]


def _same_rows(same: Callable[[Any, Any], bool]) -> Callable[[UUID, Any], list[Provenance]]:
    def found(recall_id: UUID, came: Any) -> list[Provenance]:
        hidden = RecallRow.objects.filter(recall_id=recall_id, model=came.model._meta.model_name)
        rows = came.model._default_manager.filter(
            id__in=list(hidden.values_list("row_id", flat=True)),
            resident_id__in=list(hidden.values_list("resident_id", flat=True)),
        )
        recalled = _newest(rows)
        return [one for one in came if any(same(one, other) for other in recalled)]

    return found


def _current(came: Iterable[Report]) -> list[Whole]:
    reports = list(came)
    named = {name for report in reports for name in report.item_identifiers}
    items = Observation.objects.filter(identifier__in=named, superseded_at=None)
    return _wholes(reports, items.filter(resident_id__in={report.resident_id for report in reports}))


def _wholes(reports: Iterable[Report], items: Iterable[Observation]) -> list[Whole]:
    by_name: dict[Name, list[Observation]] = defaultdict(list)
    for item in items:
        by_name[name_of(item)].append(item)
    return [sameness.whole(report, by_name) for report in reports]


def _newest(rows: Iterable[Row]) -> list[Row]:
    """Of each row the last version that was received, in memory as it was before it was recalled."""
    found: dict[tuple[Name, str], Row] = {}
    for row in sorted(rows, key=lambda row: (row.received_at, row.id)):
        row.release, row.superseded_at, row.withdrawn_at, row.left_at = Release.RELEASED, None, None, None
        found[name_of(row), getattr(row, "part", "")] = row
    return list(found.values())


TWINS: dict[str, tuple[type[Provenance], Callable[[UUID, Any], Iterable[Provenance]]]] = {
    "DiagnosticReport": (Report, _same_reports),
    "Immunization": (Immunization, _same_rows(sameness.same_immunization)),
    "Encounter": (Encounter, _same_rows(sameness.same_encounter)),
}
