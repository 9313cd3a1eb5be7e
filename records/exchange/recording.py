"""Writing record rows: one set of rows for each version, the newest one current; nothing is ever overwritten."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from facilities.models import Facility
from foundation.keys import uuid7
from records.exchange import alerting, folding, leftovers, moving, originals, recalling, releasing, reused
from records.exchange.bench import Bench
from records.exchange.claims import Claim
from records.exchange.models import InboundKey
from records.exchange.values import (
    AllergyFacts,
    ConditionFacts,
    DocumentFacts,
    EncounterFacts,
    ExaminationFacts,
    Facts,
    FollowUpFacts,
    ImagingFacts,
    ImmunizationFacts,
    MedicationFacts,
    ObservationFacts,
    Place,
    ProcedureFacts,
    ReportFacts,
)
from records.exchange.versions import is_outdated
from records.models import (
    Allergy,
    Condition,
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
from records.release import SPECIAL, Release
from residents.messages import notify
from residents.models import Notice

MODELS: dict[type[Facts], type[Provenance]] = {
    EncounterFacts: Encounter,
    ReportFacts: Report,
    ObservationFacts: Observation,
    ConditionFacts: Condition,
    MedicationFacts: Medication,
    AllergyFacts: Allergy,
    ImmunizationFacts: Immunization,
    ProcedureFacts: Procedure,
    ImagingFacts: ImagingStudy,
    ExaminationFacts: Examination,
    FollowUpFacts: FollowUp,
    DocumentFacts: Document,
}
NOT_COLUMNS = {"place", "reporter", "withdrawn", "originals"}
# Of one kind of message: a form that a version calls a check-up, another one may call a follow-up.
FORMS: tuple[type[Provenance], ...] = (Examination, FollowUp)
SAME_KIND = dict.fromkeys(FORMS, FORMS)
# Kinds whose rows share a table with those of another one.
SHARING = frozenset({"MedicationStatement", "Composition"})
TOLD_OF = {Report.Status.FINAL, Report.Status.CORRECTED}


def record(claimed: Claim, rows: Sequence[Facts], resident_id: UUID, bench: Bench) -> None:
    """Write the rows of one message version; an older version than the current one is stored already superseded."""
    if not rows:
        return
    key, model = claimed.key, MODELS[type(rows[0])]
    if model in leftovers.CONCERNED:
        leftovers.one_at_a_time(key.source_id)
    earlier = _earlier(key) if claimed.has_other_versions else []
    outdated = is_outdated(key, earlier)
    residents = {row.resident_id for row in earlier if row.resident_id}
    reused.check(claimed, rows[0], residents - {resident_id}, bench)
    reused.check_own(claimed, rows[0], resident_id, earlier, bench)
    replaced: list[Provenance] = []
    if earlier and not outdated:
        replaced = _supersede(model, key.source_id, record_identifier(key), residents, bench.now)
    made = [_row(model, facts, key, resident_id, bench) for facts in rows]
    for row in made:
        row.superseded_at = bench.now if outdated else None
    still_shown = releasing.inherit(made, replaced)
    if isinstance(made[0], Report) and not outdated:
        _tell(made[0], replaced, bench)
    model._default_manager.bulk_create(made)
    alerting.ask_again(still_shown)
    originals.keep(rows[0], made[0].id, resident_id)
    moving.settle(made[0], key, earlier, bench.now)
    if model in leftovers.CONCERNED:
        leftovers.settle(key.source_id, {resident_id, *residents}, {model: {record_identifier(key)}}, bench.now)
    if model in folding.CONCERNED:
        folding.mark({resident_id, *residents}, bench)
    recalling.follow(claimed, resident_id, bench.now)


def record_identifier(key: InboundKey) -> str:
    """The identifier of the rows: two kinds that share a table must not share a name."""
    return f"{key.kind}/{key.identifier}"[:200] if key.kind in SHARING else key.identifier


def _earlier(key: InboundKey) -> list[InboundKey]:
    """The other versions of the same message that have been applied."""
    same = InboundKey.objects.filter(source_id=key.source_id, kind=key.kind, identifier=key.identifier)
    return list(same.filter(state=InboundKey.State.APPLIED).exclude(pk=key.pk))


def _supersede(
    model: type[Provenance], source_id: UUID, identifier: str, residents: Iterable[UUID], now: datetime
) -> list[Provenance]:
    """End the current rows, also where an earlier version spoke of another person; returns them."""
    found: list[Provenance] = []
    for one in SAME_KIND.get(model, (model,)):
        current = one._default_manager.filter(
            resident_id__in=list(residents),
            source_id=source_id,
            identifier=identifier,
            superseded_at=None,
        )
        found += current
        current.update(superseded_at=now)
    return found


def _row(model: type[Provenance], facts: Facts, key: InboundKey, resident_id: UUID, bench: Bench) -> Provenance:
    return model(**values(facts, key, resident_id, bench))


def values(facts: Facts, key: InboundKey, resident_id: UUID, bench: Bench) -> dict[str, Any]:
    """A new row's values by their attribute names; what is left out has its default."""
    facility, name = _facility(facts.place, bench)
    row = {
        "id": uuid7(),
        "resident_id": resident_id,
        "source_id": bench.source.pk,
        "facility_id": facility.pk,
        "facility_name": name,
        "identifier": record_identifier(key),
        "version": key.version,
        "source_updated_at": key.source_updated_at,
        "received_at": key.received_at,
        "withdrawn_at": bench.now if facts.withdrawn else None,
        **_columns(facts),
        **_reporter(facts, bench.facilities),
    }
    return row | releasing.columns(MODELS[type(facts)], row, bench.rules, bench.now)


def _columns(facts: Facts) -> dict[str, Any]:
    return {name: value for name, value in vars(facts).items() if name not in NOT_COLUMNS}


def _facility(place: Place, bench: Bench) -> tuple[Facility, str]:
    """Where it was done: the facility named by code, else the source's own with the name the message gives."""
    known = bench.facilities.get(place.code)
    if known:
        return known, known.name
    return bench.source.facility, (place.name or bench.source.facility.name)[:100]


def _reporter(facts: Facts, facilities: dict[str, Facility]) -> dict[str, Any]:
    """Who wrote the report: a facility of the county, or a name."""
    if not isinstance(facts, ReportFacts):
        return {}
    known = facilities.get(facts.reporter.code)
    name = facts.reporter.name or (known.name if known else "")
    return {"reporting_facility_id": known.pk if known else None, "reporting_name": name[:100]}


def _tell(report: Report, replaced: list[Provenance], bench: Bench) -> None:
    """Tell the person of a new report; one that says what the last version said is not new, nor is an old one."""
    before = next((row for row in replaced if isinstance(row, Report)), None)
    if before and before.resident_id == report.resident_id and _same(before, report):
        report.first_seen_at = before.first_seen_at
        return
    if is_news(report, bench) and not releasing.holds([report]):
        notify(resident_id=report.resident_id, kind=Notice.Kind.REPORT_READY, subject_id=report.id, now=bench.now)


def is_news(report: Report, bench: Bench) -> bool:
    """Whether a person is told of a report that says something new: an ordinary one that was issued of late."""
    if report.sensitivity >= SPECIAL:
        return False  # A list never names it, and a message that leads to nothing would tell whoever reads the phone.
    issued = report.issued_at or report.occurred_at
    recent = issued is not None and issued >= bench.now - bench.limits.notice_age
    waits = report.release == Release.PENDING
    return recent and not waits and report.withdrawn_at is None and report.status in TOLD_OF


def _same(before: Report, after: Report) -> bool:
    told = {item.name for item in fields(ReportFacts)} - NOT_COLUMNS
    return before.withdrawn_at == after.withdrawn_at and all(
        getattr(before, name) == getattr(after, name) for name in told
    )
