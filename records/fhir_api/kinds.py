"""What can be read at `/fhir/`: each resource with its rows, how it is written down, and what it is searched by."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet

from records import fhir
from records.fhir import gathering
from records.fhir.elements import TERMS, Resource
from records.fhir.measured import CATEGORIES, SECTIONS, STATUSES
from records.fhir.statements import CLASSES, DONE, ONGOING, ORDERED, OVER, TAKEN
from records.fhir_api.parameters import NOTHING, Filter, coded, dated, key, token
from records.models import Observation, Report
from residents.access import Viewer

Rows = Callable[[Viewer], QuerySet[Any]]
Writer = Callable[[Viewer, Sequence[Any]], list[Resource]]


@dataclass(frozen=True)
class Kind:
    """One resource. `at` is the column in whose order it is listed, the newest first."""

    name: str
    rows: Rows
    write: Writer
    label: str
    at: str = "occurred_at"
    filters: Mapping[str, Filter] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)

    @property
    def deed(self) -> str:
        """What the access log calls reading it."""
        return f"records.program_read_{self.name.lower()}"


def _every(kind: str) -> Rows:
    return lambda viewer: gathering.rows_of(viewer, kind)


def _each(write: Callable[[Any, Any], Resource]) -> Writer:
    def written(viewer: Viewer, rows: Sequence[Any]) -> list[Resource]:
        dispute = gathering.disputes_of(viewer) if rows else None
        return [write(row, dispute(row)) for row in rows] if dispute else []

    return written


def _reports(viewer: Viewer, rows: Sequence[Report]) -> list[Resource]:
    """Reports, each leading to those of its results that may be read."""
    if not rows:
        return []
    dispute, named = gathering.disputes_of(viewer), _items(viewer, rows)
    return [fhir.diagnostic_report(row, named[row.pk], dispute(row)) for row in rows]


def _items(viewer: Viewer, reports: Sequence[Report]) -> dict[UUID, list[Observation]]:
    known: dict[tuple[UUID, str], list[Observation]] = {}
    for item in sorted(gathering.items_of(viewer).items_of(reports), key=lambda item: item.part):
        known.setdefault((item.source_id, item.identifier), []).append(item)
    return {
        report.pk: [item for name in report.item_identifiers for item in known.get((report.source_id, name), ())]
        for report in reports
    }


# --- states, as the resources say them ----------------------------------------------------------------------------
ENDED = Q(ended_at__isnull=False) & (Q(occurred_at__isnull=True) | Q(ended_at__gte=F("occurred_at")))
OVER_BY_NOW = Q(ended_at__isnull=False, ended_at__lte=F("received_at"))
CLINICAL = (
    {state: Q(state=state) & ~OVER_BY_NOW for state in ONGOING}
    | {state: Q(state=state) for state in OVER}
    | {"resolved": Q(state="resolved") | (~Q(state__in=OVER) & OVER_BY_NOW)}
)
USES = {
    state: Q(state__in=[state, *[stored for stored, said in ORDERED.items() if said == state]]) for state in TAKEN
} | {"unknown": Q(state="unknown") | ~Q(state__in=[*TAKEN, *ORDERED])}
ALLERGIC = {state: Q(state=state) for state in ("inactive", "resolved")} | {
    "active": ~Q(state__in=["inactive", "resolved"])
}
DOSES = {"not-done": Q(state="not-done"), "completed": ~Q(state="not-done")}
DEEDS = {state: Q(state=state) for state in DONE} | {"unknown": Q(state="unknown") | ~Q(state__in=DONE)}
VISITS = {"finished": ENDED, "unknown": ~ENDED}
ALWAYS = ~Q(id__in=[])


def _searched(filters: Mapping[str, tuple[str, Filter]]) -> dict[str, Any]:
    return {
        "filters": {
            "_id": key,
            "_lastUpdated": dated("received_at"),
            **{name: one for name, (_, one) in filters.items()},
        },
        "types": {"_id": "token", "_lastUpdated": "date", **{name: kind for name, (kind, _) in filters.items()}},
    }


def _date(column: str = "occurred_at") -> tuple[str, Filter]:
    return "date", dated(column)


def _token(known: Mapping[str, Q], *systems: str) -> tuple[str, Filter]:
    return "token", token(known, systems)


def _code(*, local: bool = False) -> tuple[str, Filter]:
    return "token", coded(local=local)


_OBSERVED = {code: Q(category=category) for category, code in CATEGORIES.items()}
_REPORTED = {code: Q(category=category) for category, (code, _) in SECTIONS.items()}
_STATED = {code: Q(status=status) for status, code in STATUSES.items()}
_CLASSED = {code: Q(kind=kind) for kind, code in CLASSES.items()}
_PROBLEMS = {"problem-list-item": Q(state__in=[*ONGOING, *OVER]) | OVER_BY_NOW}

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "Observation",
            gathering.items_of,
            _each(fhir.observation),
            "records.observation",
            **_searched(
                {
                    "code": _code(local=True),
                    "date": _date(),
                    "category": _token(_OBSERVED, f"{TERMS}observation-category"),
                    "status": _token({"final": ALWAYS}, "http://hl7.org/fhir/observation-status"),
                }
            ),
        ),
        Kind(
            "DiagnosticReport",
            gathering.reports_of,
            _reports,
            "records.report",
            "issued_at",
            **_searched(
                {
                    "date": _date(),
                    "issued": _date("issued_at"),
                    "category": _token(_REPORTED, f"{TERMS}v2-0074"),
                    "code": _token(
                        {loinc: Q(category=category) for category, (_, loinc) in SECTIONS.items()}, "http://loinc.org"
                    ),
                    "status": _token(_STATED, "http://hl7.org/fhir/diagnostic-report-status"),
                }
            ),
        ),
        Kind(
            "Condition",
            _every("conditions"),
            _each(fhir.condition),
            "records.condition",
            **_searched(
                {
                    "code": _code(),
                    "onset-date": _date(),
                    "category": _token(_PROBLEMS, f"{TERMS}condition-category"),
                    "clinical-status": _token(CLINICAL, f"{TERMS}condition-clinical"),
                }
            ),
        ),
        Kind(
            "MedicationStatement",
            _every("medications"),
            _each(fhir.medication_statement),
            "records.medication",
            **_searched(
                {
                    "code": _code(),
                    "effective": _date(),
                    "status": _token(USES, "http://hl7.org/fhir/CodeSystem/medication-statement-status"),
                }
            ),
        ),
        Kind(
            "AllergyIntolerance",
            _every("allergies"),
            _each(fhir.allergy_intolerance),
            "records.allergy",
            **_searched(
                {
                    "code": _code(),
                    "date": _date(),
                    "clinical-status": _token(ALLERGIC, f"{TERMS}allergyintolerance-clinical"),
                }
            ),
        ),
        Kind(
            "Immunization",
            _every("immunizations"),
            _each(fhir.immunization),
            "records.immunization",
            **_searched(
                {
                    "vaccine-code": _code(),
                    "date": _date(),
                    "status": _token(DOSES, "http://hl7.org/fhir/event-status"),
                }
            ),
        ),
        Kind(
            "Encounter",
            _every("encounters"),
            _each(fhir.encounter),
            "records.encounter",
            **_searched(
                {
                    "date": _date(),
                    "class": _token(_CLASSED, f"{TERMS}v3-ActCode"),
                    "status": _token(VISITS, "http://hl7.org/fhir/encounter-status"),
                }
            ),
        ),
        Kind(
            "Procedure",
            _every("procedures"),
            _each(fhir.procedure),
            "records.procedure",
            **_searched(
                {"code": _code(), "date": _date(), "status": _token(DEEDS, "http://hl7.org/fhir/event-status")}
            ),
        ),
        Kind(
            "DocumentReference",
            _every("documents"),
            _each(fhir.document_reference),
            "records.document",
            **_searched(
                {
                    "type": _code(),
                    "date": _date(),
                    "status": _token({"current": ALWAYS}, "http://hl7.org/fhir/document-reference-status"),
                }
            ),
        ),
    )
}


def about(kind: Kind, filters: Mapping[str, Sequence[Sequence[str]]], now: datetime) -> Q:
    """The rows that fit every parameter, each by any of its values. Raises BadValue."""
    found = Q()
    for name, repeated in filters.items():
        for anyof in repeated:
            either = NOTHING
            for value in anyof:
                either |= kind.filters[name](value, now)
            found &= either
    return found
