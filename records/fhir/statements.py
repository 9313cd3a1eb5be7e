"""Condition, MedicationStatement, AllergyIntolerance, Immunization, Procedure, Encounter: what facilities state."""

from records.fhir import elements
from records.fhir.elements import TERMS, Resource, coding, concept, filled, moment, person, said, unknown
from records.models import Allergy, Condition, Dispute, Encounter, Immunization, Medication, Procedure

ONGOING = ("active", "recurrence", "relapse")
OVER = ("inactive", "remission", "resolved")
TAKEN = ("active", "completed", "intended", "stopped", "on-hold", "unknown", "not-taken")
# A prescription's states that a statement of use has no word for.
ORDERED = {"draft": "intended", "cancelled": "not-taken"}
DONE = ("preparation", "in-progress", "not-done", "on-hold", "stopped", "completed", "unknown")
GIVEN = ("completed", "not-done")
CRITICALITIES = ("low", "high", "unable-to-assess")
CLASSES = {
    Encounter.Kind.AMBULATORY: "AMB",
    Encounter.Kind.EMERGENCY: "EMER",
    Encounter.Kind.INPATIENT: "IMP",
    Encounter.Kind.HOME: "HH",
}


def condition(row: Condition, dispute: Dispute | None = None) -> Resource:
    """A diagnosis or health problem."""
    return elements.base("Condition", row, dispute) | filled(
        clinicalStatus=_clinical_status(row),
        category=[concept(f"{TERMS}condition-category", "problem-list-item")] if _clinical_status(row) else [],
        code=elements.coded(row),
        subject=elements.patient_of(row),
        onsetDateTime=moment(row.occurred_at),
        abatementDateTime=moment(row.ended_at) if _is_over(row) else None,
        asserter=person(row.practitioner_name),
        note=elements.notes(row, dispute),
    )


def _is_over(row: Condition) -> bool:
    """An end that is only planned is none yet."""
    return row.state in OVER or (row.ended_at is not None and row.ended_at <= row.received_at)


def _clinical_status(row: Condition) -> Resource:
    """Where the problem stands; one that has ended is not active, whatever the feed says (FHIR con-4)."""
    state = row.state if row.state in OVER or not _is_over(row) else "resolved"
    return concept(f"{TERMS}condition-clinical", state) if state in (*ONGOING, *OVER) else {}


def medication_statement(row: Medication, dispute: Dispute | None = None) -> Resource:
    """A prescription or a statement of use."""
    state = ORDERED.get(row.state, row.state)
    return elements.base("MedicationStatement", row, dispute) | filled(
        status=state if state in TAKEN else "unknown",
        medicationCodeableConcept=elements.coded(row),
        subject=elements.patient_of(row),
        **unknown(row.occurred_at, "effectiveDateTime"),
        informationSource=elements.place_of(row),
        note=elements.notes(row, dispute),
        dosage=[{"text": row.dosage}] if row.dosage else [],
    )


def allergy_intolerance(row: Allergy, dispute: Dispute | None = None) -> Resource:
    """An allergy or intolerance. One that is not said to be over counts: that is the safe side."""
    state = row.state if row.state in ("active", "inactive", "resolved") else "active"
    return elements.base("AllergyIntolerance", row, dispute) | filled(
        clinicalStatus=concept(f"{TERMS}allergyintolerance-clinical", state),
        criticality=row.criticality if row.criticality in CRITICALITIES else None,
        code=elements.coded(row),
        patient=elements.patient_of(row),
        recordedDate=moment(row.occurred_at),
        recorder=person(row.practitioner_name),
        note=elements.notes(row, dispute),
        reaction=[{"manifestation": _manifestations(row)}] if row.reaction.strip("、 ") else [],
    )


def _manifestations(row: Allergy) -> list[Resource]:
    return [said(one.strip()) for one in row.reaction.split("、") if one.strip()]


def immunization(row: Immunization, dispute: Dispute | None = None) -> Resource:
    """A vaccination given."""
    when = {"occurrenceDateTime": moment(row.occurred_at)} if row.occurred_at else {"occurrenceString": "时间不详"}
    return elements.base("Immunization", row, dispute) | filled(
        status=row.state if row.state in GIVEN else "completed",
        vaccineCode=elements.coded(row),
        patient=elements.patient_of(row),
        **when,
        lotNumber=row.lot_number,
        site=said(row.site),
        performer=_performers(row),
        note=elements.notes(row, dispute),
        protocolApplied=[_dose(row.dose.strip())] if row.dose.strip() else [],
    )


def _dose(printed: str) -> Resource:
    number = printed.isascii() and printed.isdigit() and 0 < int(printed) < 1000
    return {"doseNumberPositiveInt": int(printed)} if number else {"doseNumberString": printed}


def procedure(row: Procedure, dispute: Dispute | None = None) -> Resource:
    """A procedure done."""
    period = filled(start=moment(row.occurred_at), end=moment(row.ended_at)) if _lasts(row) else None
    when = {"performedPeriod": period} if period else unknown(row.occurred_at, "performedDateTime")
    return elements.base("Procedure", row, dispute) | filled(
        status=row.state if row.state in DONE else "unknown",
        code=elements.coded(row),
        subject=elements.patient_of(row),
        **when,
        performer=_performers(row),
        note=elements.notes(row, dispute),
    )


def _lasts(row: Procedure | Encounter) -> bool:
    """Whether it has a beginning and an end in this order: FHIR refuses any other."""
    start, end = row.occurred_at, row.ended_at
    return end is not None and (start is None or end >= start)


def _performers(row: Immunization | Procedure) -> list[Resource]:
    known = [{"actor": person(row.practitioner_name)}] if row.practitioner_name else []
    return [{"actor": elements.place_of(row)}, *known]


def encounter(row: Encounter, dispute: Dispute | None = None) -> Resource:
    """A visit. Only visits that took place have rows; of one without an end it is not said that it is over."""
    kind = CLASSES.get(Encounter.Kind(row.kind))
    classed = coding(f"{TERMS}v3-ActCode", kind) if kind else coding(f"{TERMS}v3-NullFlavor", "OTH")
    end = moment(row.ended_at) if _lasts(row) else None
    return elements.base("Encounter", row, dispute) | filled(
        status="finished" if end else "unknown",
        class_=classed,
        serviceType=said(row.department_name),
        subject=elements.patient_of(row),
        participant=[{"individual": person(row.practitioner_name)}] if row.practitioner_name else [],
        period=filled(start=moment(row.occurred_at), end=end),
        reasonCode=[said(row.reason)] if row.reason else [],
        serviceProvider=elements.place_of(row),
    )
