"""The door to one result and all that may be put beside it: the viewer's own, readable, one line in the log."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404

from foundation.dated import register, setting
from records.models import Observation, Report
from records.release import SPECIAL, Release
from records.trends.results import Result
from residents.access import Viewer, record_event

READ_TREND = "records.read_trend"
MOST = register("records.trend_results", 1000, "一项检查最多取多少个结果来画走势（从最近的算起）")
COLUMNS = [item.name for item in fields(Result) if item.name != "senders"]
GONE = {Report.Status.WITHDRAWN, Report.Status.CANCELLED}


class Elsewhere(Exception):
    """The result has a newer version, or is listed under another sender; `id` is the one that is shown."""

    def __init__(self, shown: UUID) -> None:
        super().__init__("the result is shown elsewhere")
        self.id = shown


@dataclass(frozen=True)
class OpenedItem:
    """One result, its report, and every result of the person that bears its code or its name, it included."""

    item: Observation
    report: Report | None
    results: Sequence[Result]
    senders: Mapping[UUID, str]
    is_cut: bool


def item_for(viewer: Viewer, item_id: UUID, *, now: datetime) -> OpenedItem:
    """One result with what is beside it. A stranger's, a missing and a closed one are the same 404.

    Raises Elsewhere where another row is shown in its place.
    """
    item = get_object_or_404(Observation.objects.visible_to(viewer).ordinary(), id=item_id)
    _lead_on(viewer, item)
    reports = list(_reports(viewer, item))
    closed = {(row.source_id, name) for row in reports if _closed(row) for name in row.item_identifiers}
    if (item.source_id, item.identifier) in closed or not item.is_readable:
        raise Http404
    record_event(viewer=viewer, action=READ_TREND, now=now, subject=item, facility_id=item.facility_id)
    results, is_cut = _beside(viewer, item, closed, most=setting(MOST, now))
    report = next((row for row in reports if not _closed(row) and row.folded_into is None), None)
    return OpenedItem(item, report, results, _senders(results), is_cut)


def _lead_on(viewer: Viewer, item: Observation) -> None:
    """To the version in force, and to the one of several senders that is listed."""
    if item.superseded_at is not None:
        same = {"source_id": item.source_id, "identifier": item.identifier, "part": item.part}
        raise Elsewhere(get_object_or_404(Observation.objects.visible_to(viewer).current().ordinary(), **same).id)
    if item.folded_into is not None:
        raise Elsewhere(item.folded_into)


def _reports(viewer: Viewer, item: Observation) -> Iterable[Report]:
    """Of the person's reports those that name the result, and all that are closed: what they name is not shown."""
    naming = Q(source_id=item.source_id, item_identifiers__contains=[item.identifier])
    closed = Q(sensitivity__gte=SPECIAL) | ~Q(release=Release.RELEASED)
    gone = Q(withdrawn_at__isnull=False) | Q(status__in=GONE)
    return Report.objects.visible_to(viewer).current().filter(naming | closed | gone).select_related("facility")


def _closed(report: Report) -> bool:
    return not report.is_open or report.status in GONE


def _beside(
    viewer: Viewer, item: Observation, closed: set[tuple[UUID, str]], *, most: int
) -> tuple[list[Result], bool]:
    """The newest results with its code (in whatever unit coded) or its name, copies of other feeds included."""
    one = Result(**{name: getattr(item, name) for name in COLUMNS})
    codes = one.quantity.codes or ((item.code,) if item.code else ())
    alike = Q(code__in=codes) if codes else Q()
    mine = Observation.objects.visible_to(viewer).current().ordinary()
    mine = mine.filter(alike | Q(name=item.name), withdrawn_at__isnull=True, release=Release.RELEASED)
    rows = list(mine.newest_first().values_list("identifier", *COLUMNS)[: most + 1])
    found = [Result(*row[1:]) for row in rows if (row[1 + COLUMNS.index("source_id")], row[0]) not in closed]
    if all(row.id != item.id for row in found):  # older than all that are taken
        found.append(one)
    return found, len(rows) > most


def _senders(results: Sequence[Result]) -> dict[UUID, str]:
    """Who sent what came more than once; no question where nothing did."""
    copies = {row.folded_into for row in results if row.folded_into}
    sources = sorted({row.source_id for row in results if row.folded_into or row.id in copies})
    if not sources:
        return {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT source_id, name FROM app.senders(%s)", [sources])
        return dict(cursor.fetchall())
