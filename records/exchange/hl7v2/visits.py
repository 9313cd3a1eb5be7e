"""PV1 as an Encounter."""

from records.exchange.hl7v2 import coding, moments, people
from records.exchange.hl7v2.identity import Patient
from records.exchange.hl7v2.naming import identifier
from records.exchange.hl7v2.segments import Message, Segment
from records.exchange.reading import Resource

CLASSES = {
    "I": "IMP",
    "O": "AMB",
    "E": "EMER",
    "R": "AMB",
    "B": "IMP",
    "P": "PRENC",
    "住院": "IMP",
    "门诊": "AMB",
    "急诊": "EMER",
}
STATUSES = {
    "A05": "planned",
    "A14": "planned",
    "A11": "cancelled",
    "A23": "cancelled",
    "A27": "cancelled",
    "A38": "cancelled",
    "A03": "finished",
}
ADMITTED, DISCHARGED = 44, 45
_LONGEST_REASON = 300


def encounter_id(visit: Segment | None, patient: Patient) -> str:
    """The id of a visit: of its number (PV1-19), else of the patient and the time of admission; else there is none."""
    if visit is None:
        return ""
    number, assigned_by = visit.text(19, 1), visit.text(19, 4)
    if number:
        return identifier(*filter(None, (assigned_by, number)))
    admitted = visit.text(ADMITTED)
    return identifier("visit", *patient.key, admitted) if admitted else ""


def encounter(message: Message, visit: Segment, patient: Patient, updated: str) -> Resource | None:
    """The Encounter of an ADT message; None for a visit that cannot be told from the patient's others."""
    number = encounter_id(visit, patient)
    if not number:
        return None
    resource: Resource = {"resourceType": "Encounter", "id": number, **moments.version(updated)}
    resource["status"] = _status(message.event, visit)
    said = visit.text(2)
    resource["class"] = {"code": CLASSES.get(said.upper(), said)} if said else {}
    resource["subject"] = patient.reference
    resource["period"] = _period(message, visit)
    department = visit.text(10) or visit.text(3)
    doctor = next((name for field in (7, 17, 9) for part in visit.parts(field) if (name := people.person(part))), "")
    return (
        resource
        | ({"serviceType": {"text": department}} if department else {})
        | ({"participant": [{"individual": people.practitioner(doctor)}]} if doctor else {})
        | _reason(message)
    )


def _status(event: str, visit: Segment) -> str:
    if event in STATUSES:
        return STATUSES[event]
    return "finished" if visit.raw(DISCHARGED) and event != "A13" else "in-progress"


def _period(message: Message, visit: Segment) -> Resource:
    zone = moments.zone_of(message)
    ends = {"start": visit.text(ADMITTED), "end": "" if message.event == "A13" else visit.text(DISCHARGED)}
    return {name: moments.moment(given, zone) for name, given in ends.items() if given}


def _reason(message: Message) -> Resource:
    """Why the patient came: the reason of PV2, else the first diagnosis."""
    for name, field in (("PV2", 3), ("DG1", 3)):
        segment = message.first(name)
        said = coding.concept(segment.first(field)) if segment else {}
        if said.get("text") and len(said["text"]) <= _LONGEST_REASON:
            return {"reasonCode": [said]}
    return {}
