"""Whom a message speaks of: PID (and MRG) as FHIR Patients. Nothing is matched here, and nothing is made up.

An ID card number never becomes part of an id: ids are shown to staff and stand in the ledger unsealed.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from records.exchange.hl7v2 import moments, people
from records.exchange.hl7v2.grouping import PatientGroup
from records.exchange.hl7v2.naming import identifier
from records.exchange.hl7v2.segments import Part, Segment
from records.exchange.mapping.patient import PARTED_FROM
from records.exchange.reading import Resource
from records.exchange.references import ID_CARD_SYSTEM
from records.exchange.translating import Untranslatable
from residents.documents import check_character

# HL7 table 0203, and what Chinese systems write instead; 01 is the resident ID card of WS/T 364.3 CV02.01.101.
CARD_TYPES = frozenset({"NI", "NNCHN", "NN", "SS", "IDCARD", "SFZ", "SFZH", "身份证", "身份证号", "居民身份证", "01"})
# Numbers of visits, accounts, insurance and papers: none of them is a patient's number at the facility.
OTHER_TYPES = frozenset(
    {"AN", "VN", "DL", "PPN", "HC", "MA", "MC", "MCN", "MB", "BR", "BC", "PEN", "SB", "YB", "WC", "PRC", "社保", "医保"}
)
PATIENT_TYPES = ("PI", "MR", "PT", "MRN", "")
SEXES = {"M": "male", "F": "female", "1": "male", "2": "female", "男": "male", "女": "female"}
UNSAID_SEXES = {"O": "other", "A": "other", "N": "other", "U": "unknown", "0": "unknown", "9": "unknown"}

# Also other countries' numbers, or the first kind of a list of the sender's own: it must look like an ID card, too.
_AMBIGUOUS = frozenset({"SS", "NN", "01"})
_NEVER_LOCAL = (CARD_TYPES | OTHER_TYPES) - {"01"}
_CARD = re.compile(r"\d{17}[0-9Xx]")
_LEGACY = re.compile(r"\d{15}")
NOBODY = "PID 里没有患者编号，也没有身份证号码，不能确定是哪位患者。请机构补充 PID-3。"


@dataclass(frozen=True)
class Patient:
    """A patient of a message: how the other resources name him, and the Patient itself."""

    key: tuple[str, ...]
    reference: Resource
    resource: Resource


def patient(pid: Segment, own: frozenset[str]) -> Patient:
    """The patient of a PID; `own` are the names under which the sender itself assigns numbers.

    Raises Untranslatable where there is no number of any kind.
    """
    cards = _cards(pid)
    local = _local([part for field in (3, 2, 4) for part in pid.parts(field)], own)
    if local is None and not cards:
        raise Untranslatable(NOBODY)
    resource: Resource = {"resourceType": "Patient"}
    resource["identifier"] = [{"system": ID_CARD_SYSTEM, "value": card} for card in cards]
    name = people.patient_name(pid)
    said = _sex_and_birth(pid)
    key = _own_or_mothers(local, pid, said.get("birthDate", "")) if local else ()
    if not key and _speaks_against(cards[0], said):
        # By the card alone the results would go to whose it is: a mother, perhaps, of the baby they are about.
        key = _known_by_card(cards[0], name)
    if key:
        resource["id"] = identifier(*key)
    if local:
        resource["identifier"].append({"use": "secondary", "value": local.text(1)})
    resource |= {"name": [name]} if name else {}
    resource |= said | _birth_order(pid)
    return Patient(key or _known_by_card(cards[0], name), _reference(resource, cards, name), resource)


def _own_or_mothers(local: Part, pid: Segment, birth: str) -> tuple[str, ...]:
    """A patient's own number; a baby under its mother's (PID-21) is told from her, and from its twin (PID-25)."""
    key = _key(local)
    if local.text(1) not in {part.text(1) for part in pid.parts(21)}:
        return key
    return tuple(filter(None, (*key, "newborn", birth, pid.text(25))))


def _speaks_against(card: str, said: Resource) -> bool:
    """Whether a birth date is not that of the number beside it."""
    born = said.get("birthDate", "").replace("-", "")
    return len(born) == 8 and bool(_CARD.fullmatch(card)) and card[6:14] != born


def _birth_order(pid: Segment) -> Resource:
    """Which child of a multiple birth it is (PID-25), or that it is one (PID-24)."""
    order = pid.text(25)
    if order.isascii() and order.isdigit() and 0 < int(order[:3]) < 10:
        return {"multipleBirthInteger": int(order)}
    return {"multipleBirthBoolean": True} if pid.text(24).upper() == "Y" else {}


def _known_by_card(card: str, name: Resource | None) -> tuple[str, ...]:
    """What tells apart the reports of somebody without a number at the facility; nobody can guess a number from it."""
    said = f"{card}\x1f{name['text'] if name else ''}"
    return ("idcard", hashlib.sha256(said.encode()).hexdigest()[:32])


def _reference(resource: Resource, cards: list[str], name: Resource | None) -> Resource:
    """By the facility's number; without one by the ID card and the name, both of which must then agree."""
    if "id" in resource:
        return {"reference": f"Patient/{resource['id']}"}
    return {
        "type": "Patient",
        "identifier": {"system": ID_CARD_SYSTEM, "value": cards[0]},
        "display": name["text"] if name else "",
    }


def retired(merge: Segment, survivor: Patient, pid: Segment, own: frozenset[str]) -> list[Resource]:
    """The patients whose numbers a merge retires (MRG-1, in old versions MRG-4), each pointing at the survivor."""
    kept = {_key(part) for part in pid.parts(3) if _is_local(part)} | {survivor.key}
    given = [part for part in merge.parts(1) or merge.parts(4) if _is_local(part) and _key(part) not in kept]
    if "id" not in survivor.resource or not given:
        raise Untranslatable("合并消息缺少机构的患者编号：PID-3 写保留的编号，MRG-1 写停用的编号。")
    ids = dict.fromkeys(identifier(*_key(part)) for part in given)
    link = {"other": survivor.reference, "type": "replaced-by"}
    return [{"resourceType": "Patient", "id": number, "active": False, "link": [link]} for number in ids]


def parted(groups: Sequence[PatientGroup], own: frozenset[str]) -> list[Resource]:
    """The two patients of an A37, each no longer the other; Untranslatable where there are not two."""
    found = [patient(group.pid, own) for group in groups]
    if len(found) != 2 or any("id" not in one.resource for one in found) or found[0].key == found[1].key:
        raise Untranslatable("撤销合并的消息（A37）应有两个 PID 段，各写一个机构的患者编号（PID-3）。请机构补充。")
    first, second = found
    return [
        one.resource | {"extension": [{"url": PARTED_FROM, "valueReference": other.reference}]}
        for one, other in ((first, second), (second, first))
    ]


def _cards(pid: Segment) -> list[str]:
    """All ID card numbers of a PID, typed or recognisable by their check character; in PID-19 also 15-digit ones."""
    found = [part.text(1) for field in (3, 2, 4) for part in pid.parts(field) if _is_card(part)]
    social = pid.text(19).replace(" ", "")
    if _CARD.fullmatch(social) or _LEGACY.fullmatch(social):
        found.append(social)
    return list(dict.fromkeys(number.upper() for number in found if number))


def _is_card(part: Part) -> bool:
    """Whether a number is that of an ID card: by its type and shape, or, whatever its type, by its check character."""
    number, kind = part.text(1), part.text(5).upper()
    if _CARD.fullmatch(number) and number[17].upper() == check_character(number[:17]):
        return True
    if kind in _AMBIGUOUS:
        return bool(_CARD.fullmatch(number) or _LEGACY.fullmatch(number))
    return kind in CARD_TYPES and bool(number)


def _is_local(part: Part) -> bool:
    kind = part.text(5).upper()
    return bool(part.text(1)) and not _is_card(part) and kind not in _NEVER_LOCAL


def _local(numbers: list[Part], own: frozenset[str]) -> Part | None:
    """The facility's own number: of those that are one, the sender's own, a patient number, the first."""
    local = [part for part in numbers if _is_local(part)]
    return min(local, key=lambda part: (_authority(part) not in own, _rank(part)), default=None)


def _rank(part: Part) -> int:
    kind = part.text(5).upper()
    return PATIENT_TYPES.index(kind) if kind in PATIENT_TYPES else len(PATIENT_TYPES)


def _authority(part: Part) -> str:
    return part.text(4, 1) or part.text(4, 2)


def _key(part: Part) -> tuple[str, ...]:
    """A number with whoever assigned it: two systems of one hospital count from 1, too."""
    authority = _authority(part)
    return (authority, part.text(1)) if authority else (part.text(1),)


def _sex_and_birth(pid: Segment) -> Resource:
    said: Resource = {}
    sex = pid.text(8).upper()
    if sex in SEXES or sex in UNSAID_SEXES:
        said["gender"] = SEXES.get(sex) or UNSAID_SEXES[sex]
    birth = moments.day(pid.text(7))
    return said | ({"birthDate": birth} if birth else {})
