"""Diagnoses, prescriptions, allergies, vaccinations and procedures as FHIR resources."""

from datetime import datetime, timedelta
from decimal import Decimal

from . import county
from .chronicle import AllergyNote, Diagnosis, Operation, Prescription, Vaccination
from .fhirjson import Resource
from .people import Resident
from .resources import Origin, concept, meta, organization_reference, seconds

_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
ICD10 = "http://hl7.org/fhir/sid/icd-10"
ICD9_PROCEDURES = "http://hl7.org/fhir/sid/icd-9-cm"


def _start(origin: Origin, kind: str, person: Resident, at: datetime, role: str) -> Resource:
    return {
        "resourceType": kind,
        "id": origin.resource_id(kind, person.key, at),
        "meta": meta(at + timedelta(seconds=52, milliseconds=618)),
        role: origin.patient_reference(person),
    }


def _clinical_status(ended: bool) -> Resource:
    code, word = ("resolved", "已痊愈") if ended else ("active", "现患")
    return concept(word, (f"{_TERMINOLOGY}/condition-clinical", code, word))


def condition(origin: Origin, person: Resident, entry: Diagnosis) -> Resource:
    """Return one problem-list entry as a Condition with its ICD-10 code."""
    result = _start(origin, "Condition", person, entry.recorded, "subject")
    ended = entry.ended is not None
    result |= {
        "clinicalStatus": _clinical_status(ended),
        "verificationStatus": concept("确诊", (f"{_TERMINOLOGY}/condition-ver-status", "confirmed", "确诊")),
        "category": [concept("诊断", (f"{_TERMINOLOGY}/condition-category", "problem-list-item", "诊断"))],
        "code": concept(entry.name, (ICD10, entry.icd10, entry.name)),
        "onsetDateTime": entry.onset,
        "recordedDate": seconds(entry.recorded),
    }
    if ended:
        result["abatementDateTime"] = entry.ended
    return result


def medication_request(origin: Origin, person: Resident, entry: Prescription) -> Resource:
    """Return one prescribed medicine as a MedicationRequest with the dosage in words."""
    result = _start(origin, "MedicationRequest", person, entry.written, "subject")
    return result | {
        "status": "active" if entry.active else "completed",
        "intent": "order",
        "medicationCodeableConcept": concept(entry.medicine),
        "authoredOn": seconds(entry.written),
        "requester": {"display": county.practitioner(entry.practitioner_code).name},
        "dosageInstruction": [{"text": entry.dosage}],
        "dispenseRequest": {
            "quantity": {"value": entry.quantity, "unit": entry.unit},
            "performer": organization_reference(origin.facility_code),
        },
    }


def allergy(origin: Origin, person: Resident, entry: AllergyNote) -> Resource:
    """Return one known allergy as an AllergyIntolerance."""
    result = _start(origin, "AllergyIntolerance", person, entry.recorded, "patient")
    return result | {
        "clinicalStatus": concept("有效", (f"{_TERMINOLOGY}/allergyintolerance-clinical", "active", "有效")),
        "verificationStatus": concept(
            "已确认", (f"{_TERMINOLOGY}/allergyintolerance-verification", "confirmed", "已确认")
        ),
        "type": "allergy",
        "category": [entry.category],
        "criticality": entry.criticality,
        "code": concept(f"{entry.substance}过敏", (origin.system("allergen"), entry.substance, entry.substance)),
        "recordedDate": seconds(entry.recorded),
        "reaction": [{"manifestation": [{"text": entry.reaction}]}],
    }


def immunization(origin: Origin, person: Resident, entry: Vaccination) -> Resource:
    """Return one dose given as an Immunization with lot number, dose and place on the body."""
    result = _start(origin, "Immunization", person, entry.given, "patient")
    return result | {
        "status": "completed",
        "vaccineCode": concept(entry.vaccine, (origin.system("vaccine"), entry.vaccine, entry.vaccine)),
        "occurrenceDateTime": seconds(entry.given),
        "primarySource": True,
        "lotNumber": entry.lot,
        "site": concept("左上臂三角肌"),
        "route": concept(entry.route),
        "doseQuantity": {"value": Decimal("0.5"), "unit": "ml", "system": "http://unitsofmeasure.org", "code": "mL"},
        "performer": [{"actor": organization_reference(origin.facility_code)}],
        "protocolApplied": [{"doseNumberPositiveInt": entry.dose_number}],
    }


def procedure(origin: Origin, person: Resident, entry: Operation) -> Resource:
    """Return one operation or treatment as a Procedure with its ICD-9-CM-3 code."""
    result = _start(origin, "Procedure", person, entry.performed, "subject")
    return result | {
        "status": "completed",
        "code": concept(entry.name, (ICD9_PROCEDURES, entry.icd9, entry.name)),
        "performedDateTime": seconds(entry.performed),
        "performer": [
            {
                "actor": {"display": county.practitioner(entry.practitioner_code).name},
                "onBehalfOf": organization_reference(origin.facility_code),
            }
        ],
        "outcome": concept(entry.outcome),
    }
