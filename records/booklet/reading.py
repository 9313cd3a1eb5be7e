"""The door to a whole record: all of what was chosen, read once as the viewer, with one line in the access log.

The number of statements is the same for one report and for hundreds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.shortcuts import get_object_or_404

from foundation.dated import setting
from records import pending
from records.access import Coverage, Holder, coverage
from records.booklet.choosing import MOST_ITEMS, MOST_LINES, MOST_REPORTS, Wanted
from records.disputes.asking import Entry, kind_of
from records.models import (
    Allergy,
    Condition,
    Dispute,
    Document,
    Encounter,
    Examination,
    FollowUp,
    Immunization,
    Medication,
    Observation,
    Procedure,
    Report,
)
from records.opened import OpenedReport
from records.provenance import Provenance
from records.querysets import RecordQuerySet
from records.release import SPECIAL, Release
from records.summaries import reading as summaries
from records.summaries.reading import Read
from residents.access import Viewer, record_event
from residents.models import Identifier, Resident

TOOK = "records.took_record"
TABLES: dict[str, tuple[type[Provenance], ...]] = {
    "allergies": (Allergy,),
    "conditions": (Condition,),
    "medications": (Medication,),
    "immunizations": (Immunization,),
    "encounters": (Encounter, Procedure),
    "examinations": (Examination,),
    "followups": (FollowUp,),
    "documents": (Document,),
}
# What the basic information is worked out from, besides what is asked once (observations).
BASIC = (Allergy, Condition, Procedure)
LABORATORY = Report.Category.LABORATORY
GONE = (Report.Status.WITHDRAWN, Report.Status.CANCELLED)


@dataclass(frozen=True)
class Gathered:
    """All that a booklet says, as rows. `closed` counts reports that are not in it, by why."""

    wanted: Wanted
    holder: Holder
    basic: Read | None
    coverage: Coverage
    rows: Mapping[str, Sequence[Provenance]]
    reports: Sequence[OpenedReport]
    measured: Sequence[Observation]
    disputes: Mapping[tuple[str, Entry], Dispute]
    closed: Mapping[str, int]
    cut: Mapping[str, int] = field(default_factory=dict)
    standing: Sequence[UUID] = ()

    def entries(self) -> set[UUID]:
        """The ids of all rows that stand in the booklet, but for those that only a chart shows."""
        found = {row.id for rows in self.rows.values() for row in rows} | set(self.standing)
        for opened in self.reports:
            found |= {opened.report.pk, *(row.id for row in opened.items)}
        return found


def gather(viewer: Viewer, wanted: Wanted, *, now: datetime) -> Gathered:
    """Read what was chosen; row-level security decides what there is. One line in the access log."""
    record_event(viewer=viewer, action=TOOK, now=now)
    rows, cut = _rows(viewer, wanted, setting(MOST_LINES, now))
    reports, reports_cut = _reports(viewer, wanted, setting(MOST_REPORTS, now))
    measured, items_cut = _observations(viewer, wanted, setting(MOST_ITEMS, now))
    basic = summaries.read(viewer.resident_id) if wanted.has("basics", "labels") else None
    return Gathered(
        wanted=wanted,
        holder=_holder(viewer, basic),
        basic=basic,
        coverage=coverage(),
        rows=rows,
        reports=_opened(reports, measured),
        measured=_in_lines(viewer, wanted, measured),
        disputes=_disputes(viewer),
        closed=_closed(viewer, wanted),
        cut={slug: many for slug, many in {**cut, "reports": reports_cut, "items": items_cut}.items() if many},
        standing=_standing(viewer) if basic else (),
    )


def _holder(viewer: Viewer, basic: Read | None) -> Holder:
    person = basic.person if basic else get_object_or_404(Resident, pk=viewer.resident_id)
    papers = {paper.kind: paper for paper in Identifier.objects.filter(resident_id=viewer.resident_id)}
    return Holder(person, next((papers[kind] for kind in Identifier.Kind if kind in papers), None))


def _rows(viewer: Viewer, wanted: Wanted, most: int) -> tuple[dict[str, list[Provenance]], dict[str, int]]:
    """One statement a table; the newest, and of which kinds there were more."""
    found: dict[str, list[Provenance]] = {}
    cut: dict[str, int] = {}
    for slug in (slug for slug in wanted.sections if slug in TABLES):
        found[slug] = []
        for model in TABLES[slug]:
            mine = RecordQuerySet[Provenance](model).visible_to(viewer).readable().filter(wanted.within("occurred_at"))
            newest = list(mine.newest_first()[: most + 1])
            found[slug] += newest[:most]
            cut[slug] = cut.get(slug, 0) + (len(newest) > most)
    return found, cut


def _reports(viewer: Viewer, wanted: Wanted, most: int) -> tuple[list[Report], int]:
    """The newest reports of the period."""
    if not wanted.has("results", "imaging"):
        return [], 0
    mine = Report.objects.visible_to(viewer).readable().in_force().filter(wanted.within("issued_at", "occurred_at"))
    if not wanted.has("imaging"):
        mine = mine.filter(category=LABORATORY)
    if not wanted.has("results"):
        mine = mine.exclude(category=LABORATORY)
    newest = list(mine.select_related("facility").newest_first()[: most + 1])
    return newest[:most], int(len(newest) > most)


def _observations(viewer: Viewer, wanted: Wanted, most: int) -> tuple[list[Observation], int]:
    """Everything measured that may be read, of all times: a line of results does not begin with the period."""
    if not wanted.has("results", "imaging"):
        return [], 0
    mine = Observation.objects.visible_to(viewer).current().ordinary()
    mine = mine.filter(withdrawn_at__isnull=True, release=Release.RELEASED)
    newest = list(mine.newest_first()[: most + 1])
    return newest[:most], int(len(newest) > most)


def _opened(reports: Sequence[Report], measured: Sequence[Observation]) -> list[OpenedReport]:
    """The reports with their items in printed order; `kept_back` is what is not among them, whatever the reason."""
    by_name: dict[Entry, list[Observation]] = {}
    for row in measured:
        by_name.setdefault((row.source_id, row.identifier), []).append(row)
    return [_one(report, by_name) for report in reports]


def _one(report: Report, by_name: Mapping[Entry, Sequence[Observation]]) -> OpenedReport:
    parts = [sorted(by_name.get((report.source_id, name), ()), key=_part) for name in report.item_identifiers]
    absent = sum(not part for part in parts)
    return OpenedReport(report, items=[row for part in parts for row in part], kept_back=absent)


def _part(row: Observation) -> str:
    return row.part


def _in_lines(viewer: Viewer, wanted: Wanted, measured: Sequence[Observation]) -> list[Observation]:
    """What may stand in a line of results: nothing that a closed, cancelled or withdrawn report names."""
    if not wanted.has("results"):
        return []
    kept = ~Q(release=Release.RELEASED) | Q(sensitivity__gte=SPECIAL)
    gone = Q(withdrawn_at__isnull=False) | Q(status__in=GONE)
    closed = Report.objects.visible_to(viewer).current().filter(kept | gone)
    named = {(source, name) for source, names in closed.values_list("source_id", "item_identifiers") for name in names}
    return [row for row in measured if (row.source_id, row.identifier) not in named]


def _disputes(viewer: Viewer) -> dict[tuple[str, Entry], Dispute]:
    """The newest dispute of each entry that was ever contested."""
    found = Dispute.objects.filter(resident_id=viewer.resident_id).order_by("asked_at")
    return {(one.kind, (one.source_id, one.identifier)): one for one in found}


def _closed(viewer: Viewer, wanted: Wanted) -> dict[str, int]:
    """How many reports are not in the booklet, by why: collected at the facility, waiting, taken back."""
    if not wanted.has("results", "imaging"):
        return {}
    listed = Report.objects.visible_to(viewer).listable()
    states = list(listed.filter(Q(release=Release.WITHHELD) | Q(withdrawn_at__isnull=False) | Q(status__in=GONE)))
    withheld = sum(row.release == Release.WITHHELD and not row.is_withdrawn for row in states)
    waiting = len(pending.reports_of(viewer))
    return {"withheld": withheld, "waiting": waiting, "gone": len(states) - withheld}


def _standing(viewer: Viewer) -> list[UUID]:
    """The ids of what the basic information rests on."""
    found: list[UUID] = []
    for model in BASIC:
        found += RecordQuerySet[Any](model).visible_to(viewer).readable().values_list("id", flat=True)
    asked = (
        Observation.objects.visible_to(viewer)
        .readable()
        .filter(category__in=[Observation.Category.SURVEY, Observation.Category.VITAL_SIGNS])
    )
    return [*found, *asked.values_list("id", flat=True)]


def contested(gathered: Gathered, row: Provenance) -> Dispute | None:
    """What was said about an entry, if it was contested."""
    return gathered.disputes.get((kind_of(row), (row.source_id, row.identifier)))
