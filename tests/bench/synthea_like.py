"""Bundles of the shape, mix and size of Synthea's, one after the other in one file, of people of our own invention."""

import json
import uuid
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from tests.factories import id_number

# Of each kind, how many a person has: the mix of Synthea's samples.
MIX = {
    "Encounter": 20,
    "Observation": 127,
    "DiagnosticReport": 8,
    "Immunization": 14,
    "Procedure": 7,
    "Condition": 6,
    "MedicationRequest": 4,
    "AllergyIntolerance": 3,
    "Claim": 24,
    "ExplanationOfBenefit": 20,
    "CarePlan": 3,
}
PROFILE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-"
START = date(2012, 1, 1)
LOINC, SNOMED = "http://loinc.org", "http://snomed.info/sct"
Resource = dict[str, Any]


def bundle_file(path: Path, first: int, people: int) -> int:
    """Write the records of some people, numbered from `first`, as one Bundle; returns how many resources it has."""
    count = 0
    with path.open("w") as stream:
        stream.write('{"resourceType": "Bundle", "type": "transaction", "entry": [')
        for number in range(first, first + people):
            for entry in _person(number):
                stream.write(",\n" * bool(count) + json.dumps(entry, ensure_ascii=False, indent=1))
                count += 1
        stream.write("]}")
    return count


def _person(number: int) -> list[Resource]:
    born = date(1950, 1, 1) + timedelta(days=number // 400)
    me = _id(number, "Patient", 0)
    document = {"system": "urn:oid:2.16.156.10011.1.3", "value": id_number(born, number % 400 * 2 + 1)}
    patient = {
        "identifier": [{"system": "https://github.com/synthetichealth/synthea", "value": me}, document],
        "name": [{"use": "official", "text": f"测试{number}"}],
        "gender": "male",
        "birthDate": born.isoformat(),
        "address": [{"line": ["和平路 12 号"], "city": "县城", "country": "CN"}],
        "maritalStatus": _concept("http://terminology.hl7.org/CodeSystem/v3-MaritalStatus", "M", "Married"),
    }
    doctor = {"name": [{"family": "Crona", "given": ["Adolph"], "prefix": ["Dr."]}], "active": True}
    found = [_entry("Patient", me, patient), _entry("Practitioner", _id(number, "Practitioner", 0), doctor)]
    for kind, count in MIX.items():
        found += [_entry(kind, _id(number, kind, place), _of(kind, number, place, me)) for place in range(count)]
    return found


def _of(kind: str, number: int, place: int, me: str) -> Resource:
    made = {"Encounter": _encounter, "Observation": _observation, "DiagnosticReport": _report}.get(kind, _other)
    day = (START + timedelta(days=place * 23 + number % 20)).isoformat()
    return made(kind, number, place, f"urn:uuid:{me}", f"{day}T08:39:{place % 60:02d}-04:00")


def _encounter(kind: str, number: int, place: int, me: str, at: str) -> Resource:
    return {
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
        "type": [_concept(SNOMED, "162673000", "General examination of patient (procedure)")],
        "subject": {"reference": me, "display": f"测试{number}"},
        "participant": [{"individual": {"reference": f"urn:uuid:{_id(number, 'Practitioner', 0)}"}}],
        "period": {"start": at, "end": at},
        "serviceProvider": {"reference": "urn:uuid:x", "display": "HEALTH CENTER"},
    }


def _observation(kind: str, number: int, place: int, me: str, at: str) -> Resource:
    code, name, unit = [
        ("8302-2", "Body Height", "cm"),
        ("29463-7", "Body Weight", "kg"),
        ("2339-0", "Glucose", "mg/dL"),
        ("6299-2", "Urea Nitrogen", "mg/dL"),
        ("2093-3", "Total Cholesterol", "mg/dL"),
    ][place % 5]
    quantity = {"value": 60 + (number * 31 + place * 17) % 900 / 7, "unit": unit, "system": "http://unitsofmeasure.org"}
    system = "http://terminology.hl7.org/CodeSystem/observation-category"
    return {
        "status": "final",
        "category": [_concept(system, "laboratory" if place % 5 > 1 else "vital-signs", "laboratory")],
        "code": _concept(LOINC, code, name),
        "subject": {"reference": me},
        "encounter": {"reference": f"urn:uuid:{_id(number, 'Encounter', place % MIX['Encounter'])}"},
        "effectiveDateTime": at,
        "issued": at.replace("-04:00", ".396-04:00"),
        "valueQuantity": {**quantity, "code": unit},
    }


def _report(kind: str, number: int, place: int, me: str, at: str) -> Resource:
    items = range(place * 5, place * 5 + 5)
    return {
        "status": "final",
        "category": [_concept("http://terminology.hl7.org/CodeSystem/v2-0074", "LAB", "Laboratory")],
        "code": _concept(LOINC, "51990-0", "Basic Metabolic Panel"),
        "subject": {"reference": me},
        "encounter": {"reference": f"urn:uuid:{_id(number, 'Encounter', place)}"},
        "effectiveDateTime": at,
        "issued": at,
        "result": [{"reference": f"urn:uuid:{_id(number, 'Observation', item)}", "display": "Item"} for item in items],
    }


def _other(kind: str, number: int, place: int, me: str, at: str) -> Resource:
    """A statement, or one of the many that the portal has no use for."""
    concept = _concept(SNOMED, str(10_000_000 + place), "Viral sinusitis (disorder)")
    lines = [
        {"sequence": n, "productOrService": concept, "net": {"value": 129.16, "currency": "USD"}} for n in range(6)
    ]
    return {
        "status": "completed",
        "clinicalStatus": _concept("http://terminology.hl7.org/CodeSystem/condition-clinical", "active", "Active"),
        "subject": {"reference": me},
        "patient": {"reference": me},
        **dict.fromkeys(("code", "vaccineCode", "medicationCodeableConcept"), concept),
        **dict.fromkeys(("onsetDateTime", "occurrenceDateTime", "authoredOn", "performedDateTime"), at),
        **(
            {"item": lines, "provider": {"reference": "urn:uuid:x"}}
            if kind in ("Claim", "ExplanationOfBenefit")
            else {}
        ),
    }


def _concept(system: str, code: str, display: str) -> Resource:
    return {"coding": [{"system": system, "code": code, "display": display}], "text": display}


def _entry(kind: str, id: str, body: Resource) -> Resource:
    resource = {"resourceType": kind, "id": id, "meta": {"profile": [PROFILE + kind.lower()]}, **body}
    return {"fullUrl": f"urn:uuid:{id}", "resource": resource, "request": {"method": "POST", "url": kind}}


def _id(number: int, kind: str, place: int) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{number}/{kind}/{place}"))
