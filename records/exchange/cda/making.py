"""The FHIR resources that documents of several types have in common."""

from collections.abc import Iterable, Iterator
from typing import Any
from xml.etree.ElementTree import Element

from records.exchange.cda import moments
from records.exchange.cda.body import DE, code_of, marks, name_of, observations, said, sections, value_of
from records.exchange.cda.header import Header
from records.exchange.cda.xml import attribute, first, walk

Resource = dict[str, Any]
LOINC = "http://loinc.org"
OBSERVATION_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
ICD_10 = "urn:oid:2.16.156.10011.2.3.3.11"
# What the data elements of vital signs are in LOINC; laboratory values keep their data element, for their method and
# specimen are not written there.
VITALS = {
    "DE04.10.174": "8480-6",
    "DE04.10.176": "8462-4",
    "DE04.10.188": "29463-7",
    "DE04.10.167": "8302-2",
    "DE05.10.075": "39156-5",
    "DE04.10.206": "8867-4",
    "DE04.10.118": "8867-4",
    "DE04.10.186": "8310-5",
    "DE04.10.082": "9279-1",
    "DE04.10.218": "8280-0",
}
PRESSURES = ("DE04.10.174", "DE04.10.176")
_ELEMENT = 11
_DIAGNOSES = ("DE05.01.024", "DE05.01.025", "DE05.10.130", "DE05.10.172")
_PLACEHOLDER = "DE999"
_NOTHING = ("无", "否认", "不详", "未发现")


def present(**elements: Any) -> Resource:
    """The elements that say something."""
    return {name: value for name, value in elements.items() if value not in ("", [], {}, None)}


def observation(header: Header, own_id: str, category: str, **elements: Any) -> Resource:
    """An Observation of the document."""
    return {
        "resourceType": "Observation",
        "id": own_id,
        "meta": header.meta(),
        "status": header.status,
        "category": [{"coding": [{"system": OBSERVATION_CATEGORY, "code": category}]}],
        "subject": header.subject,
    } | present(performer=[header.performer] if header.performer else [], **elements)


class Numbered:
    """Keys of things in a document: what they are, and their turn where the same comes again."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, ...], int] = {}

    def __call__(self, *parts: str) -> tuple[str, ...]:
        turn = self._seen[parts] = self._seen.get(parts, 0) + 1
        return parts if turn == 1 else (*parts, str(turn))


def concept(node: Element, name: str) -> Resource:
    """What an observation is about: its data element, its LOINC code where it is a vital sign, its printed name."""
    code = code_of(node)
    loinc = VITALS.get(code[:_ELEMENT]) if _is_plain(code, name) else None
    coding = [{"system": LOINC, "code": loinc}] if loinc else []
    if code and not code.startswith(_PLACEHOLDER):
        coding.append({"system": DE, "code": code[:60]})
    return {"text": name or code} | present(coding=coding)


def _is_plain(code: str, name: str) -> bool:
    """Some systems write the waist's data element for the hips, and the systolic one for both arms' pressures."""
    return not (code.startswith("DE04.10.218") and "腰" not in name)


def simple(header: Header, node: Element, key: tuple[str, ...], category: str, when: str) -> Resource | None:
    """An observation that carries its own value; None for one without name or value."""
    name, value = name_of(node), value_of(node)
    if not value or not (name or code_of(node)):
        return None
    time = moments.start(node, "effectiveTime") or when
    return observation(
        header, header.id(*key), category, code=concept(node, name), effectiveDateTime=time, **value, **marks(node)
    )


def category_of(section_code: str) -> str:
    """The category of what a section observes."""
    return {"8716-3": "vital-signs", "30954-2": "laboratory"}.get(section_code, "survey")


def pressures(nodes: Iterable[Element]) -> list[tuple[Element, Element]]:
    """Systolic and diastolic values that belong together: of one side, in their order."""
    found: dict[tuple[str, str], list[Element]] = {}
    for node in nodes:
        if code_of(node)[:_ELEMENT] in PRESSURES and value_of(node):
            found.setdefault((_side(node), _which(node)), []).append(node)
    pairs: list[tuple[Element, Element]] = []
    for side in dict.fromkeys(side for side, _ in found):
        pairs += zip(found.get((side, "收缩"), []), found.get((side, "舒张"), []), strict=False)
    return pairs


def _side(node: Element) -> str:
    return next((side for side in ("左", "右") if side in name_of(node)), "")


def _which(node: Element) -> str:
    """By its name, which people have read; by its data element where the name says neither."""
    name = name_of(node)
    said_so = next((which for which in ("收缩", "舒张") if which in name), "")
    return said_so or ("收缩" if code_of(node).startswith("DE04.10.174") else "舒张")


def pressure(header: Header, pair: tuple[Element, Element], key: tuple[str, ...], when: str) -> Resource:
    """A blood pressure: one Observation with two components."""
    side = _side(pair[0])
    parts = []
    for node, loinc in zip(pair, ("8480-6", "8462-4"), strict=True):
        code = {"coding": [{"system": LOINC, "code": loinc}], "text": name_of(node) or code_of(node)}
        parts.append({"code": code, **value_of(node), **marks(node)})
    name = f"{side}侧血压" if side else "血压"
    code = {"coding": [{"system": LOINC, "code": "85354-9"}], "text": name}
    time = moments.start(pair[0], "effectiveTime") or when
    return observation(header, header.id(*key), "vital-signs", code=code, effectiveDateTime=time, component=parts)


def diagnosis(header: Header, node: Element, key: tuple[str, ...], when: str) -> Resource | None:
    """A Condition; None where the observation names none, or says that there is none."""
    value = first(node, "value")
    name, code = said(node), attribute(value, "code")
    name = _named_inside(node) or name
    if not name or name.startswith(_NOTHING):
        return None
    coding = [{"system": ICD_10, "code": code}] if code and "10011.2.3.3.11" in attribute(value, "codeSystem") else []
    if code and not coding:
        coding = [{"system": f"urn:oid:{attribute(value, 'codeSystem')}"[:100], "code": code[:60]}]
    error = [{"coding": [{"code": "entered-in-error"}]}] if header.withdrawn else []
    return {
        "resourceType": "Condition",
        "id": header.id(*key),
        "meta": header.meta(),
        "subject": header.subject,
        "code": {"text": name} | present(coding=coding),
    } | present(
        verificationStatus=error[0] if error else {},
        recordedDate=moments.start(node, "effectiveTime") or when,
        recorder=header.doctor()[0] if header.people else {},
    )


def _named_inside(node: Element) -> str:
    """A diagnosis' name in an observation of its own, beside its code (DE05.01.025)."""
    for one in walk(node, "entryRelationship", "observation"):
        if code_of(one).startswith(("DE05.01.025", "DE05.10.172")):
            return said(one)
    return ""


def inner(node: Element, element: str) -> str:
    """What an observation inside of one data element says."""
    return next((said(one) for one in node.iter("observation") if code_of(one).startswith(element)), "")


def diagnoses(header: Header, root: Element, codes: tuple[str, ...]) -> Iterator[Resource]:
    """The diagnoses of some sections: known by their place, so that a corrected one takes the place of the first."""
    numbered = Numbered()
    for section in sections(root):
        if section.code not in codes:
            continue
        for node in observations(section.node):
            if code_of(node)[:_ELEMENT] in _DIAGNOSES:
                found = diagnosis(header, node, ("diagnosis",), header.signed)
                yield from [found | {"id": header.id(*numbered("diagnosis", section.code))}] if found else []


def found_in(root: Element, *kinds: str) -> list[Element]:
    """All observations of some data elements (their first eleven characters)."""
    found = (node for section in root.iter("section") for node in observations(section))
    return [node for node in found if code_of(node)[:_ELEMENT] in kinds]


def told(root: Element, kind: str) -> str:
    """What the first observation of a data element says that says anything."""
    return next((words for node in found_in(root, kind) if (words := said(node))), "")
