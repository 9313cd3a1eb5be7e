"""The header of a CDA document: which document and version it is, of whom it speaks, and who wrote it."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from xml.etree.ElementTree import Element

from records.exchange.cda import moments
from records.exchange.cda.xml import attribute, first, text, walk
from records.exchange.hl7v2.naming import identifier
from records.exchange.references import ID_CARD_SYSTEM
from records.exchange.tables.cells import is_document
from records.exchange.translating import Untranslatable
from residents import documents

Resource = dict[str, Any]
NATIONAL = "2.16.156.10011.1."
ID_CARD = NATIONAL + "3"
# What a patientRole's identifiers stand for; the ones that name a person or a visit, the most lasting first.
PATIENT_NUMBERS = {"2": "ehr", "19": "card", "11": "op", "12": "ip"}
# Numbers that name a report or a prescription: the same in every version of the document.
ORDER_NUMBERS = ("32", "33", "20")
SEXES = {"1": "male", "2": "female", "0": "unknown", "9": "unknown"}
_SEX_WORDS = {"男": "male", "女": "female"}
_LABELS = ("R", "V")
_LONGEST_NUMBER = 120


@dataclass(frozen=True)
class Header:
    """What a document says of itself."""

    key: tuple[str, ...]
    number: str
    patient: Resource
    performer: Resource
    people: tuple[str, ...]
    written: str
    signed: str
    version: str
    status: str
    labels: tuple[str, ...]

    @property
    def subject(self) -> Resource:
        """The reference to the patient."""
        return {"reference": f"Patient/{self.patient['id']}"}

    @property
    def withdrawn(self) -> bool:
        """Whether this version takes the document back."""
        return self.status == "entered-in-error"

    def id(self, *parts: str) -> str:
        """The id of something in this document: the same in each of its versions."""
        return identifier(*self.key, *parts)

    def meta(self) -> Resource:
        """The version, as every resource of the document has it."""
        made: Resource = {"lastUpdated": self.written} if self.written else {}
        if self.version:
            made["versionId"] = self.version
        if self.labels:
            made["security"] = [{"code": label} for label in self.labels]
        return made

    def doctor(self) -> list[Resource]:
        """Whoever wrote it, and whoever signed it."""
        return [{"type": "Practitioner", "display": name} for name in self.people]


def read_header(root: Element) -> Header:
    """The header; raises Untranslatable for a document without a number or a patient."""
    role = first(root, "recordTarget", "patientRole")
    if role is None:
        raise Untranslatable("文档没有写明患者（recordTarget）。")
    replaced = _replaced(root)
    key, number = _key(root, role, replaced)
    performer = _custodian(root)
    written = moments.moment(root, "effectiveTime")
    version = attribute(root, "value", "versionNumber")
    return Header(
        key=key,
        number=number,
        patient=_patient(role, key, attribute(_custodian_node(root), "extension", "id"), written),
        performer=performer,
        people=tuple(dict.fromkeys(filter(None, (_author(root), _signer(root))))),
        written=written,
        signed=moments.moment(root, "author", "time") or moments.moment(root, "legalAuthenticator", "time") or written,
        version=version if version.isascii() and version.isdigit() and len(version) <= 9 else "",
        status=_status(version, bool(replaced)),
        labels=tuple(code for code in (attribute(root, "code", "confidentialityCode"),) if code in _LABELS),
    )


def _status(version: str, replaces: bool) -> str:
    """Corrected where it replaces another; some systems write -1 for a document they take back."""
    if version.startswith("-") and version[1:].isdecimal():
        return "entered-in-error"
    later = version.isascii() and version.isdigit() and int(version[:9]) > 1
    return "corrected" if replaces or later else "final"


def _replaced(root: Element) -> tuple[str, ...]:
    """The document that this one replaces: its set, else its number."""
    for related in walk(root, "relatedDocument"):
        if related.get("typeCode") == "RPLC":
            parent = first(related, "parentDocument")
            found = _number(first(parent, "setId")) or _number(first(parent, "id"))
            if found:
                return found
    return ()


def _key(root: Element, role: Element, replaced: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    """By what the document is the same in all its versions, and the number that is printed on it.

    The report's or prescription's own number, its set (with a root: a bare extension is used for other things), the
    document it replaces, or its own number.
    """
    by_root = {one.get("root", ""): attribute(one, "extension") for one in walk(role, "id")}
    printed = next((by_root[NATIONAL + last] for last in ORDER_NUMBERS if by_root.get(NATIONAL + last)), "")
    place = attribute(_custodian_node(root), "extension", "id")
    if printed:
        return (*([place] if place else []), printed[:_LONGEST_NUMBER]), printed
    set_id = first(root, "setId")
    own = _number(first(root, "id"))
    if not own:
        raise Untranslatable("文档没有编号（ClinicalDocument/id），不能分辨版本。")
    in_set = _number(set_id) if set_id is not None and set_id.get("root") else ()
    key = in_set or replaced or own
    return (place, *key) if place and len(key) == 1 else key, own[-1]


def _number(node: Element | None) -> tuple[str, ...]:
    """An identifier with what gives it its meaning; nothing for an empty one."""
    if node is None or node.get("nullFlavor"):
        return ()
    root, extension = attribute(node, "root"), attribute(node, "extension")
    if not extension:
        return () if root.startswith(NATIONAL) or not root else (root[:_LONGEST_NUMBER],)
    national = root.startswith(NATIONAL) or not root
    return (extension[:_LONGEST_NUMBER],) if national else (root[:_LONGEST_NUMBER], extension[:_LONGEST_NUMBER])


def _patient(role: Element, key: tuple[str, ...], place: str, written: str) -> Resource:
    person = first(role, "patient")
    numbers = [*walk(role, "id"), *(walk(person, "id") if person is not None else ())]
    card = next((attribute(one, "extension") for one in numbers if one.get("root") == ID_CARD), "").upper()
    made: Resource = {"resourceType": "Patient", "id": _patient_id(role, key, place)}
    if card:
        made["identifier"] = [{"system": ID_CARD_SYSTEM, "value": card}]
    if text(person, "name"):
        made["name"] = [{"text": text(person, "name")}]
    code, words = (attribute(person, name, "administrativeGenderCode") for name in ("code", "displayName"))
    sex = SEXES.get(code) or _SEX_WORDS.get(words[:1])
    if sex:
        made["gender"] = sex
    born = moments.moment(person, "birthTime")[:10] or _born_by_age(card, attribute(person, "value", "age"), written)
    if born:
        made["birthDate"] = born
    return made


def _patient_id(role: Element, key: tuple[str, ...], place: str) -> str:
    """By the facility's own number; a patient without one is the patient of this document."""
    by_root = {one.get("root", ""): attribute(one, "extension") for one in walk(role, "id")}
    for last, kind in PATIENT_NUMBERS.items():
        number = by_root.get(NATIONAL + last, "")
        if number and not is_document(number):
            return identifier(*filter(None, (place, kind, number[:_LONGEST_NUMBER])))
    return identifier("document", "", *key)


def _born_by_age(card: str, age: str, written: str) -> str:
    """The birth date of the ID number where the document gives an age instead, and the age agrees with it.

    The header of a report has an age and no birth date (WS/T 500.6 and .7); an age that is another's says so.
    """
    longer = documents.from_legacy(card) if len(card) == 15 and card.isascii() and card.isdigit() else card
    if len(longer) != 18 or not longer[:17].isdigit() or not age.isdecimal() or len(written) < len("2026-01-01"):
        return ""
    try:
        born = date.fromisoformat(f"{longer[6:10]}-{longer[10:12]}-{longer[12:14]}")
        then = date.fromisoformat(written[:10])
    except ValueError:
        return ""
    years = then.year - born.year - ((then.month, then.day) < (born.month, born.day))
    return born.isoformat() if abs(years - int(age[:4])) <= 1 else ""


def _custodian_node(root: Element) -> Element | None:
    return first(root, "custodian", "assignedCustodian", "representedCustodianOrganization")


def _custodian(root: Element) -> Resource:
    """The facility that keeps the document."""
    node = _custodian_node(root)
    return organization(text(node, "name"), attribute(node, "extension", "id"))


def organization(name: str, code: str = "") -> Resource:
    """A reference to an organization; an empty one where neither its name nor its code is known."""
    made: Resource = {"type": "Organization"} if name or code else {}
    if name:
        made["display"] = name[:100]
    if code:
        made["identifier"] = {"value": code}
    return made


def _author(root: Element) -> str:
    for author in walk(root, "author"):
        name = text(author, "assignedAuthor", "assignedPerson", "name")
        name = name or text(author, "assignedAuthor", "assignedAuthorChoice", "assignedPerson", "name")
        if name:
            return name[:100]
    return ""


def _signer(root: Element) -> str:
    return text(root, "legalAuthenticator", "assignedEntity", "assignedPerson", "name")[:100]
