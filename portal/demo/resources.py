"""The pieces every resource of a sandbox facility is made of, and who and where: Patient, Organization, Encounter."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from . import county
from .fhirjson import Resource
from .histories import Visit
from .people import ID_CARD_SYSTEM, RESIDENTS, Resident

FACILITY_SYSTEM = "https://qinghekou.example/facility"
V3_ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"


@dataclass(frozen=True, slots=True)
class Origin:
    """The facility that sends, and the seed its values and identifiers grow from."""

    facility_code: str
    seed: int

    def resource_id(self, *parts: object) -> str:
        """Return an id that says nothing about the person and stays the same however much is generated around it."""
        key = "|".join(str(part) for part in (self.seed, self.facility_code, *parts))
        return f"{self.facility_code.lower()}-{hashlib.sha256(key.encode()).hexdigest()[:20]}"

    def rng(self, *parts: object) -> Random:
        """Return a random generator of its own for these parts, so adding a visit never changes another."""
        key = "|".join(str(part) for part in (self.seed, self.facility_code, *parts))
        return Random(key)  # noqa: S311 - invented values must come out the same again, they protect nothing

    def system(self, kind: str) -> str:
        """Return the identifier or code system of this facility for ``mrn``, ``report``, ``lab-item`` and so on."""
        return f"https://{self.facility_code.lower()}.qinghekou.example/{kind}"

    def patient_reference(self, person: Resident) -> Resource:
        """Return the reference to this person's Patient at this facility."""
        return {"reference": f"Patient/{self.resource_id('patient', person.key)}", "display": person.name}


def meta(updated: datetime, version: int = 1) -> Resource:
    """Return ``meta`` with a version and the instant of the last change, to the millisecond."""
    return {"versionId": str(version), "lastUpdated": updated.isoformat(timespec="milliseconds")}


def seconds(moment: datetime) -> str:
    """Return a FHIR dateTime to the second, with its offset."""
    return moment.isoformat(timespec="seconds")


def concept(text: str, *codings: tuple[str, str | None, str]) -> Resource:
    """Return a CodeableConcept from (system, code, display) triples; a triple without a code is left out."""
    kept = [
        {"system": system, "code": code, "display": display} for system, code, display in codings if code is not None
    ]
    return {"coding": kept, "text": text} if kept else {"text": text}


def organization_reference(facility_code: str, display: str | None = None) -> Resource:
    """Return a reference to a facility that also carries its code, so it can be understood without being fetched."""
    return {
        "reference": f"Organization/{facility_code}",
        "identifier": {"system": FACILITY_SYSTEM, "value": facility_code},
        "display": display or county.facility(facility_code).name,
    }


def organization(facility_code: str, updated: datetime) -> Resource:
    """Return the Organization resource of one facility."""
    facility = county.facility(facility_code)
    return {
        "resourceType": "Organization",
        "id": facility_code,
        "meta": meta(updated),
        "identifier": [{"system": FACILITY_SYSTEM, "value": facility_code}],
        "active": True,
        "name": facility.name,
        "telecom": [{"system": "phone", "value": facility.phone}],
        "address": [{"text": facility.address}],
    }


def patient(origin: Origin, person: Resident, registered: datetime) -> Resource:
    """Return the Patient a facility keeps of this person: national ID number, own record number, demographics."""
    name: Resource = {"use": "official", "text": person.name}
    if person.family_name is not None:
        name |= {"family": person.family_name, "given": [person.given_name]}
    result: Resource = {
        "resourceType": "Patient",
        "id": origin.resource_id("patient", person.key),
        "meta": meta(registered + timedelta(seconds=2, milliseconds=140)),
        "identifier": [
            {
                "use": "official",
                "type": {"text": "居民身份证"},
                "system": ID_CARD_SYSTEM,
                "value": person.id_number,
            },
            {"use": "usual", "type": {"text": "就诊卡号"}, "system": origin.system("mrn"), "value": _mrn(person)},
        ],
        "active": True,
        "name": [name],
        "gender": person.sex,
        "birthDate": person.birth_date.isoformat(),
        "address": [{"use": "home", "text": person.village}],
    }
    if person.phone is not None:
        result["telecom"] = [{"system": "phone", "value": person.phone, "use": "mobile"}]
    return result


def person_number(person: Resident) -> int:
    """Return the person's place in the county's list, 90 for somebody who is not in it."""
    keys = [item.key for item in RESIDENTS]
    return keys.index(person.key) + 1 if person.key in keys else 90


def _mrn(person: Resident) -> str:
    return f"{10020000 + person_number(person) * 137:08d}"


def encounter_reference(origin: Origin, visit: Visit) -> Resource:
    """Return the reference to the Encounter of a visit."""
    return {"reference": f"Encounter/{origin.resource_id('encounter', visit.resident_key, visit.at)}"}


def encounter(origin: Origin, person: Resident, visit: Visit) -> Resource:
    """Return the outpatient visit as an Encounter: where, when, with whom, and why in words."""
    ended = visit.at + timedelta(minutes=origin.rng("stay", visit.resident_key, visit.at).randint(12, 40))
    doctor = county.practitioner(visit.practitioner_code)
    department = county.department(doctor.facility_code, doctor.department_code)
    return {
        "resourceType": "Encounter",
        "id": origin.resource_id("encounter", visit.resident_key, visit.at),
        "meta": meta(ended + timedelta(seconds=41, milliseconds=207)),
        "status": "finished",
        "class": {"system": V3_ACT_CODE, "code": "AMB", "display": "门诊"},
        "serviceType": {"text": department.name},
        "subject": origin.patient_reference(person),
        "participant": [{"individual": {"display": doctor.name}}],
        "period": {"start": seconds(visit.at), "end": seconds(ended)},
        "reasonCode": [{"text": visit.reason}],
        "serviceProvider": organization_reference(origin.facility_code),
    }
