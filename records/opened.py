"""A report opened: its items, the values before, its other versions, and who else sent it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from records import versions
from records.comparing import comparable
from records.models import Observation, Report
from residents.access import Viewer


@dataclass(frozen=True)
class OpenedReport:
    """One report with what belongs beside it. Without items, earlier values and changes unless it may be read.

    `kept_back` items are released at the facility only, `withdrawn` were taken back, `awaited` have not arrived.
    `changes` pairs an item before with the item now, one of them None where it was left out or added; `repetitions`
    are the same report as other senders sent it.
    """

    report: Report
    earlier: Sequence[Report] = ()
    items: Sequence[Observation] = ()
    previous: dict[UUID, Observation] = field(default_factory=dict)
    changes: Sequence[versions.Change] = ()
    repetitions: Sequence[Report] = ()
    kept_back: int = 0
    withdrawn: int = 0
    awaited: int = 0

    @property
    def is_complete(self) -> bool:
        """Every result of the report is here and may be read."""
        return not (self.kept_back or self.withdrawn or self.awaited)


def opened_report(viewer: Viewer, report: Report, *, with_previous: bool = True) -> OpenedReport:
    """A report that may be read, with what belongs beside it. The caller writes the look down.

    A print shows no earlier values: without `with_previous` they are not looked for.
    """
    beside = list(Report.objects.beside(report).ordinary())
    earlier = versions.in_order(row for row in beside if row.superseded_at is not None)
    before = earlier[-1] if earlier else None
    names = {*report.item_identifiers, *(before.item_identifiers if before else ())}
    rows = list(Observation.objects.called(report, names).order_by("received_at", "id"))
    place = {name: number for number, name in enumerate(report.item_identifiers)}
    current = [row for row in rows if row.superseded_at is None and row.identifier in place]
    items = sorted((row for row in current if row.is_readable), key=lambda row: (place[row.identifier], row.part))
    withdrawn = [row for row in current if row.withdrawn_at is not None]
    return OpenedReport(
        report,
        earlier=earlier,
        items=items,
        previous=_previous(viewer, report, items) if with_previous else {},
        changes=versions.changes(report, before, rows),
        repetitions=[row for row in beside if row.superseded_at is None and row.is_readable],
        kept_back=len(current) - len(items) - len(withdrawn),
        withdrawn=len(withdrawn),
        awaited=len(place) - len({row.identifier for row in current}),
    )


def closed_report(report: Report) -> OpenedReport:
    """A report that may not be read: that it exists, and which versions of it there were."""
    older = Report.objects.versions_of(report).ordinary().filter(superseded_at__isnull=False)
    return OpenedReport(report, earlier=versions.in_order(older))


def _previous(viewer: Viewer, report: Report, items: Sequence[Observation]) -> dict[UUID, Observation]:
    """For each item, by its id, the newest value before that may be put beside it."""
    measured = [item.occurred_at for item in items if item.occurred_at]
    if not measured:
        return {}
    older = Observation.objects.visible_to(viewer).readable().filter(occurred_at__lt=min(measured))
    older = older.not_items_of(Report.objects.visible_to(viewer).kept_back())
    newest = sorted(older.newest_like(items), key=_measured)
    return {item.id: row for item in items for row in newest if comparable(item, row)}


def _measured(row: Observation) -> datetime:
    """When a result with a time was measured."""
    assert row.occurred_at is not None
    return row.occurred_at
