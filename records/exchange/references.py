"""Whom and what a FHIR reference points at: in the sender's server, in the same file, or inside the resource itself."""

import hashlib
import re
from collections.abc import Iterable

from records.exchange import reading
from records.exchange.problems import incomplete, unreadable
from records.exchange.reading import Resource
from records.exchange.values import Frame, Neighbours, Place, Subject

ID_CARD_SYSTEM = "urn:oid:2.16.156.10011.1.3"

SEVERAL = ""
TWO_OF_ONE_ADDRESS = (
    "{element} 的地址在同一份数据里属于几条不同的资源（fullUrl 重复），不能确定是哪位患者。请机构改正后重新发送。"
)
_KIND_AND_ID = re.compile(r"([A-Z][A-Za-z]{1,59})/([A-Za-z0-9\-.]{1,64})(?:/_history/[A-Za-z0-9\-.]{1,64})?")
_PRIVATE = re.compile(r"\d{15}|\d{17}[0-9Xx]", re.ASCII)
_URN = re.compile(r"urn:(?:uuid|oid):")
# Of these it matters what kind they are: whom a message speaks of, who did it, where, with what.
_POINTED_AT = {
    *("Patient", "RelatedPerson", "Group", "Practitioner", "PractitionerRole", "Organization", "CareTeam"),
    *("Location", "HealthcareService", "Device", "Medication", "Specimen", "Substance"),
}
_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def own_id(resource: Resource, full_address: str = "") -> str:
    """The resource's id; without one, what its address in the bundle says; or nothing."""
    given = resource.get("id")
    if not (isinstance(given, str) and 0 < len(given) <= 64):
        given = full_address.rsplit("/", 1)[-1].removeprefix("urn:uuid:").removeprefix("urn:oid:")[:150]
    return unprivate(given) if resource.get("resourceType") == "Patient" else given


def unprivate(number: str) -> str:
    """A patient's number at a facility; one that is an ID card number as a hash, because staff see the number and the
    ledger keeps it unsealed (`hl7v2.naming` does the same)."""
    if not _PRIVATE.fullmatch(number):
        return number
    return hashlib.sha256(number.upper().encode()).hexdigest()[:32]


def remember(neighbours: Neighbours, resource: Resource, full_address: str) -> None:
    """Note where an entry's address leads and, for an organization, person, place or medicine, what it is called."""
    kind = resource.get("resourceType")
    if not isinstance(kind, str):
        return
    key = f"{kind}/{own_id(resource, full_address)}"
    if full_address and not _is_one_of_thousands(kind, key, full_address):
        # An address that two resources claim leads nowhere: whose the other one's results are, nobody can say.
        known = neighbours.addresses.setdefault(full_address, key)
        neighbours.addresses[full_address] = key if known == key else SEVERAL
    name = called(resource)
    if name:
        neighbours.names[key] = name


def _is_one_of_thousands(kind: str, key: str, full_address: str) -> bool:
    """Whether an address says no more than the id in it: of a file of half a gigabyte, that many cannot be kept."""
    return kind not in _POINTED_AT and _URN.sub(f"{kind}/", full_address) == key


def called(resource: Resource) -> str:
    """The name of a resource that others point at; nothing where it has none or a malformed one."""
    kind, name = resource.get("resourceType"), resource.get("name")
    if kind in ("Organization", "Location"):
        return name.strip()[:100] if isinstance(name, str) else ""
    if kind == "Practitioner" and isinstance(name, list):
        return person_name([item for item in name if isinstance(item, dict)])[:100]
    if kind == "Medication":
        code = resource.get("code")
        words = code.get("text") if isinstance(code, dict) else None
        return words.strip()[:300] if isinstance(words, str) else ""
    return ""


def person_name(names: Iterable[Resource]) -> str:
    """A person's name: `text`, or family and given name in the order of their script."""
    usable = [name for name in names if name.get("use") not in _FORMER]
    for name in sorted(usable, key=lambda name: name.get("use") not in _PREFERRED):
        text = name.get("text")
        if isinstance(text, str) and text.strip():
            return " ".join(text.split())
        family, given = name.get("family"), name.get("given")
        parts = [part.strip() for part in given if isinstance(part, str)] if isinstance(given, list) else []
        family = family.strip() if isinstance(family, str) else ""
        if family or parts:
            return _in_order(family, parts)
    return ""


# Tuples: what a sender wrote there may be unhashable.
_FORMER = ("old", "maiden", "nickname", "anonymous")
_PREFERRED = ("official", "usual")


def _in_order(family: str, given: list[str]) -> str:
    if _HAN.search(family + "".join(given)):
        return family + "".join(given)
    return " ".join([*given, family]).strip()


def target(reference: Resource, frame: Frame) -> str:
    """What a reference points at, as `Kind/id`; an address that leads nowhere we know is returned as it is."""
    address = reading.text(reference, "reference")
    if not address:
        return ""
    if address in frame.neighbours.addresses:
        return frame.neighbours.addresses[address]
    base = frame.address.rstrip("/") + "/"
    local = address.removeprefix(base) if frame.address else address
    match = _KIND_AND_ID.fullmatch(local)
    if not match:
        return reading.fitting(address, "reference", 180)
    return f"{match[1]}/{unprivate(match[2]) if match[1] == 'Patient' else match[2]}"


def target_id(reference: Resource, frame: Frame) -> str:
    """The id a reference points at, without its kind."""
    found = target(reference, frame)
    match = _KIND_AND_ID.fullmatch(found)
    return match[2] if match else _URN.sub("", found)


def display(reference: Resource, frame: Frame, within: Resource, limit: int = 100) -> str:
    """What a reference's target is called: by the reference, by what came along, or by what is contained."""
    said = reading.text(reference, "display", limit)
    if said:
        return said
    address = reading.text(reference, "reference")
    if address.startswith("#"):
        inside = [item for item in reading.nodes(within, "contained") if item.get("id") == address[1:]]
        return called(inside[0])[:limit] if inside else ""
    return frame.neighbours.names.get(target(reference, frame), "")[:limit]


def is_organization(reference: Resource, frame: Frame) -> bool:
    """Whether a reference points at an organization rather than at a person."""
    return reading.text(reference, "type") == "Organization" or target(reference, frame).startswith("Organization/")


def place(references: Iterable[Resource], frame: Frame, within: Resource) -> Place:
    """The first organization among `references`: its code, where the reference carries one, and its name."""
    for reference in references:
        if is_organization(reference, frame):
            code = reading.text(reading.node(reference, "identifier"), "value")
            return Place(code, display(reference, frame, within))
    return Place()


def practitioner(references: Iterable[Resource], frame: Frame, within: Resource) -> str:
    """The name of the first person among `references`."""
    names = [display(item, frame, within) for item in references if not is_organization(item, frame)]
    return next((name for name in names if name), "")


def subject(resource: Resource, element: str, frame: Frame) -> Subject:
    """Whom the resource speaks of; raises CannotApply where it names nobody, or something that is no patient."""
    reference = reading.node(resource, element)
    found = target(reference, frame)
    if frame.neighbours.addresses.get(reading.text(reference, "reference")) == SEVERAL:
        raise unreadable(TWO_OF_ONE_ADDRESS.format(element=element))
    if found.startswith("Patient/"):
        return Subject(identifier=found.removeprefix("Patient/"))
    if found and _KIND_AND_ID.fullmatch(found):
        raise incomplete(f"{element} 指向的不是患者（Patient）")
    if found:
        return Subject(identifier=unprivate(_URN.sub("", found)))
    named = reading.node(reference, "identifier")
    if reading.text(named, "system") == ID_CARD_SYSTEM and reading.text(named, "value"):
        return Subject(document_number=reading.text(named, "value"), name=reading.text(reference, "display"))
    raise incomplete(f"{element}（这条信息属于哪位患者）")
