"""What goes into a document: the rows that the viewer may read, section by section. Nothing is written down here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q

from records import basics, stacks
from records.fhir.elements import SHANGHAI
from records.models import (
    Allergy,
    Condition,
    Dispute,
    Document,
    Encounter,
    Examination,
    FollowUp,
    ImagingStudy,
    Immunization,
    Medication,
    Observation,
    Procedure,
    Report,
)
from records.provenance import Provenance
from records.querysets import ObservationQuerySet, RecordQuerySet, ReportQuerySet
from records.release import SPECIAL, Release
from records.stacks import Stack
from residents.access import Viewer

GONE = (Report.Status.CANCELLED, Report.Status.WITHDRAWN)
VITAL = Observation.Category.VITAL_SIGNS
# The kinds of rows that are an entry each, by the word that chooses them.
KINDS: dict[str, type[Provenance]] = {
    "conditions": Condition,
    "allergies": Allergy,
    "medications": Medication,
    "immunizations": Immunization,
    "procedures": Procedure,
    "encounters": Encounter,
    "examinations": Examination,
    "followups": FollowUp,
    "documents": Document,
    "imaging": ImagingStudy,
}
REPORTS, VITALS = "reports", "vitals"
SLUGS = (*KINDS, VITALS, REPORTS)
OWN = "own"  # what the person wrote down: only where it is chosen, never by default
DisputeKey = tuple[str, UUID, str]


class TooMuch(Exception):
    """More rows than go into one file; a shorter period, or fewer kinds, would do."""


@dataclass(frozen=True)
class Chosen:
    """What of the record is wanted: which kinds, and from when to when, both days included. Undated rows always are."""

    kinds: frozenset[str] = frozenset(SLUGS)
    since: date | None = None
    until: date | None = None

    def within(self, column: str) -> Q:
        """The rows of the period."""
        wanted = Q()
        if self.since:
            wanted &= Q(**{f"{column}__gte": datetime.combine(self.since, time(), SHANGHAI)})
        if self.until:
            wanted &= Q(**{f"{column}__lt": datetime.combine(self.until + timedelta(days=1), time(), SHANGHAI)})
        return wanted | Q(**{f"{column}__isnull": True}) if wanted else wanted


@dataclass(frozen=True)
class Found:
    """The rows of one kind that go in, and how many there are; a row that stands for several has its stack."""

    rows: Sequence[Any] = ()
    total: int = 0
    stacks: dict[UUID, Stack] = field(default_factory=dict)


@dataclass(frozen=True)
class Results:
    """Reports, each with its items in printed order, and what was measured beside them."""

    reports: Sequence[Report] = ()
    items: dict[UUID, list[Observation]] = field(default_factory=dict)
    loose: Sequence[Observation] = ()
    total: int = 0


def rows_of(viewer: Viewer, kind: str) -> RecordQuerySet[Any]:
    """All rows of a kind that the viewer may read."""
    return RecordQuerySet[Any](KINDS[kind]).visible_to(viewer).readable()


def reports_of(viewer: Viewer) -> ReportQuerySet:
    """All reports that the viewer may read."""
    return Report.objects.visible_to(viewer).readable().in_force()


def items_of(viewer: Viewer) -> ObservationQuerySet:
    """All observations that the viewer may read; none that a report names which is itself not shown."""
    kept = ~Q(release=Release.RELEASED) | Q(sensitivity__gte=SPECIAL)
    gone = Q(withdrawn_at__isnull=False) | Q(status__in=GONE)
    closed = Report.objects.visible_to(viewer).current().filter(kept | gone)
    return Observation.objects.visible_to(viewer).readable().not_items_of(closed)


def newest_stacks(rows: RecordQuerySet[Any], most: int, *, measured: bool = False) -> Found:
    """The newest row of each thing, as the pages show it: the same drug from three places is one."""
    found = stacks.tests(rows, size=most) if measured else stacks.statements(rows, size=most)
    newest = stacks.newest_of(rows, found.shown)
    shown = [stack for stack in found.shown if stack.newest in newest]
    return Found([newest[stack.newest] for stack in shown], found.total, {stack.newest: stack for stack in shown})


def newest(rows: RecordQuerySet[Any], most: int) -> Found:
    """The newest rows, each an event of its own."""
    return Found(list(rows.newest_first()[:most]), rows.count())


def newest_results(viewer: Viewer, most: int) -> Results:
    """The newest reports with their items."""
    wanted = reports_of(viewer)
    reports = list(wanted.newest_first()[:most])
    rows = list(items_of(viewer).items_of(reports)) if reports else []
    return Results(reports, _by_report(reports, rows), total=wanted.count())


def all_rows(viewer: Viewer, kind: str, chosen: Chosen, most: int) -> Found:
    """Every row of a kind in the period; raises TooMuch where there are more than `most`."""
    rows = list(rows_of(viewer, kind).filter(chosen.within("occurred_at")).newest_first()[: most + 1])
    if len(rows) > most:
        raise TooMuch
    return Found(rows, len(rows))


def all_results(viewer: Viewer, chosen: Chosen, most: int) -> Results:
    """Every report in the period, whatever it names, and what was measured then beside reports."""
    reports = list(reports_of(viewer).filter(chosen.within("issued_at")).newest_first()[: most + 1])
    wanted = chosen.within("occurred_at")
    if wanted and reports:
        names = {name for report in reports for name in report.item_identifiers}
        wanted |= Q(source_id__in={report.source_id for report in reports}, identifier__in=names)
    rows = list(items_of(viewer).exclude(category=VITAL).filter(wanted).newest_first()[: most + 1])
    if max(len(reports), len(rows)) > most:
        raise TooMuch
    items = _by_report(reports, rows)
    named = {row.id for group in items.values() for row in group}
    loose = [row for row in rows if row.id not in named]
    return Results(reports, items, loose, len(reports) + len(loose))


def all_vitals(viewer: Viewer, chosen: Chosen, most: int) -> Found:
    """Every measurement of the body in the period."""
    rows = items_of(viewer).filter(chosen.within("occurred_at"), category=VITAL)
    found = list(rows.newest_first()[: most + 1])
    if len(found) > most:
        raise TooMuch
    return Found(found, len(found))


def _by_report(reports: Sequence[Report], rows: Sequence[Observation]) -> dict[UUID, list[Observation]]:
    known: dict[tuple[UUID, str], list[Observation]] = {}
    for row in sorted(rows, key=lambda row: row.part):
        known.setdefault((row.source_id, row.identifier), []).append(row)
    return {
        report.pk: [row for name in report.item_identifiers for row in known.get((report.source_id, name), ())]
        for report in reports
    }


def disputes_of(viewer: Viewer) -> Callable[[Provenance], Dispute | None]:
    """Which entries are contested: the newest dispute about each. One statement."""
    found = Dispute.objects.filter(resident_id=viewer.resident_id).order_by("asked_at")
    about = {(one.kind, one.source_id, one.identifier): one for one in found}
    return lambda row: about.get((str(row._meta.model_name), row.source_id, row.identifier))


def denied(viewer: Viewer) -> set[str]:
    """The topics that were asked and answered with "none", and by nobody otherwise (`records.basics`)."""
    rows = Observation.objects.visible_to(viewer).readable().filter(basics.asked())
    told: dict[str, set[bool]] = {}
    for row in rows.values("code_system", "code", "name", "value_text"):
        if not basics.says_nothing(row["value_text"]):
            told.setdefault(basics.topic_of(row), set()).add(basics.denies(row["value_text"]))
    return {topic for topic, answers in told.items() if answers == {True}}
