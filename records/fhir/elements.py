"""The FHIR R4 elements that several resources share: codes, references, provenance, and what marks an entry."""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from records.models import Dispute
from records.provenance import Provenance

Resource = dict[str, Any]

SHANGHAI = ZoneInfo("Asia/Shanghai")
UCUM = "http://unitsofmeasure.org"
TERMS = "http://terminology.hl7.org/CodeSystem/"
PORTAL = "urn:health-portal:"
MARKS, SENSITIVITY, DISPUTE = f"{PORTAL}mark", f"{PORTAL}sensitivity", f"{PORTAL}dispute"
ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
_OID = re.compile(r"[0-2](\.(0|[1-9][0-9]*))+")


def filled(**elements: Any) -> Resource:
    """The elements that say something: FHIR knows no empty string, list or object. A trailing `_` is dropped."""
    return {name.rstrip("_"): value for name, value in elements.items() if value not in (None, "", [], {})}


def moment(at: datetime | None) -> str | None:
    """A time as FHIR writes it, in the county's own zone."""
    return at.astimezone(SHANGHAI).isoformat(timespec="milliseconds" if at.microsecond else "seconds") if at else None


def unknown(at: datetime | None, element: str) -> Resource:
    """A time under `element`; where there is none, that it is not known."""
    if at is not None:
        return {element: moment(at)}
    return {f"_{element}": {"extension": [{"url": ABSENT, "valueCode": "unknown"}]}}


def decimal(number: Decimal) -> int | float:
    """A number of JSON."""
    return int(number) if number == number.to_integral_value() else float(number)


def coding(system: str, code: str, display: str = "") -> Resource:
    """One code of one system."""
    return filled(system=system, code=code, display=display)


def concept(system: str, code: str, display: str = "", text: str = "") -> Resource:
    """A CodeableConcept of one code."""
    return filled(coding=[coding(system, code, display)], text=text)


def said(words: str) -> Resource:
    """A CodeableConcept in words alone; empty without any."""
    return filled(text=words)


def feed(source_id: UUID) -> str:
    """The address under which a facility's own numbers stand: they say nothing outside its feed."""
    return f"{PORTAL}source:{source_id}"


def system_of(stored: str) -> str:
    """A stored code system as an address; empty where it is none."""
    if _OID.fullmatch(stored):
        return f"urn:oid:{stored}"
    return stored if ":" in stored and not any(one.isspace() for one in stored) else ""


def coded(row: Any) -> Resource:
    """What a row is about: its code, the facility's own code, and the words."""
    system = system_of(row.code_system)
    codes = [coding(system or f"{feed(row.source_id)}:code", row.code)] if row.code else []
    local = getattr(row, "local_code", "")
    if local and local != row.code:
        codes.append(coding(f"{feed(row.source_id)}:code", local))
    return filled(coding=codes, text=row.name)


def reference(kind: str, key: UUID, display: str = "") -> Resource:
    """A reference inside the portal."""
    return filled(reference=f"{kind}/{key}", display=display)


def patient_of(row: Provenance) -> Resource:
    """Whose row it is."""
    return reference("Patient", row.resident_id)


def place_of(row: Provenance) -> Resource:
    """The facility that the row came from."""
    return reference("Organization", row.facility_id, row.facility_name)


def person(name: str) -> Resource:
    """Somebody of whom only the name is known."""
    return filled(display=name)


def identifiers(row: Provenance, part: str = "") -> list[Resource]:
    """What its source calls the row."""
    return [{"system": feed(row.source_id), "value": f"{row.identifier}#{part}" if part else row.identifier}]


def base(kind: str, row: Any, dispute: Dispute | None, *, part: str = "") -> Resource:
    """What every resource made of a row begins with: type, id, where it comes from, and that it is contested."""
    return filled(
        resourceType=kind,
        id=str(row.id),
        meta=meta(row, dispute),
        extension=[contested(dispute)] if dispute else [],
        identifier=identifiers(row, part),
    )


def meta(row: Provenance, dispute: Dispute | None) -> Resource:
    """Where a row comes from, when it arrived, and its marks."""
    tags = [coding(SENSITIVITY, str(row.sensitivity), "GB/T 39725")]
    if dispute is not None:
        tags.append(coding(MARKS, "disputed", "本人有异议"))
    return filled(lastUpdated=moment(row.received_at), source=feed(row.source_id), tag=tags)


def contested(dispute: Dispute) -> Resource:
    """The extension that says how the person contests an entry, and where that stands."""
    parts: Mapping[str, Any] = {
        "reason": {"valueCode": dispute.reason.replace("_", "-")},
        "state": {"valueString": str(dispute.state)},
        "askedAt": {"valueDateTime": moment(dispute.asked_at)},
    }
    return {"url": DISPUTE, "extension": [{"url": name, **value} for name, value in parts.items()]}


def notes(row: Any, dispute: Dispute | None) -> list[Resource]:
    """What is noted to an entry, and both sides of a dispute about it, each under its name."""
    written = [{"text": text} for text in (getattr(row, "note", ""),) if text.strip()]
    return [*written, *_both_sides(dispute)]


def _both_sides(dispute: Dispute | None) -> list[Resource]:
    if dispute is None:
        return []
    words = "：".join(filter(None, (f"本人异议（{dispute.get_reason_display()}）", dispute.words)))
    told = [
        filled(authorString="本人", time=moment(dispute.asked_at), text=words),
        filled(authorString=dispute.facility_name, time=moment(dispute.answered_at), text=dispute.answer),
        filled(authorString="本人", time=moment(dispute.objected_at), text=dispute.objection),
        filled(authorString="县级复核", time=moment(dispute.final_at), text=dispute.final_answer),
    ]
    return [one for one in told if "text" in one]
