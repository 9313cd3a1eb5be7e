"""Prescriptions (WS/T 500.4 and .5), and the medicines that other documents name."""

from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

from records.exchange.cda.body import DIAGNOSIS, said
from records.exchange.cda.header import Header
from records.exchange.cda.making import Numbered, diagnoses, found_in, inner, present, told
from records.exchange.cda.xml import attribute, first, text

Resource = dict[str, Any]
_CHINESE_MEDICINE = "DE08.50.049"


def prescription(header: Header, root: Element) -> Iterator[Resource]:
    """What was prescribed, and the diagnosis for which it was."""
    yield from diagnoses(header, root, (DIAGNOSIS,))
    remark, days = (told(root, kind) for kind in ("DE06.00.179", "DE06.00.294"))
    numbered = Numbered()
    for node in root.iter("substanceAdministration"):
        drug = medicine(node)
        if drug:
            yield _request(header, numbered("med"), drug, _taken(dosage(node), days), remark)
    for node in found_in(root, _CHINESE_MEDICINE):
        if said(node):
            yield _request(header, numbered("herbs"), {"text": "中药饮片处方"}, _decoction(node), said(node))


def _taken(words: str, days: str) -> str:
    """The days for which a prescription is valid belong to what one reads of it."""
    return "，".join(filter(None, (words, f"处方有效 {days}" if days else "")))


def _decoction(node: Element) -> str:
    doses = inner(node, "DE08.50.050")
    ways = [inner(node, kind) for kind in ("DE08.50.047", "DE06.00.136")]
    return "；".join(filter(None, (f"{doses} 剂" if doses.isdigit() else doses, *ways)))


def _request(header: Header, key: tuple[str, ...], drug: Resource, words: str, note: str) -> Resource:
    return {
        "resourceType": "MedicationRequest",
        "id": header.id(*key),
        "meta": header.meta(),
        "status": "entered-in-error" if header.withdrawn else "completed",
        "intent": "order",
        "subject": header.subject,
        "medicationCodeableConcept": drug,
    } | present(
        authoredOn=header.signed,
        requester=header.doctor()[0] if header.people else {},
        dosageInstruction=[{"text": words}] if words else [],
        note=[{"text": note}] if note else [],
    )


def statements(header: Header, root: Element, when: str) -> Iterator[Resource]:
    numbered = Numbered()
    for node in root.iter("substanceAdministration"):
        drug = medicine(node)
        if not drug:
            continue
        words = dosage(node)
        yield {
            "resourceType": "MedicationStatement",
            "id": header.id(*numbered("med")),
            "meta": header.meta(),
            "status": "entered-in-error" if header.withdrawn else "active",
            "subject": header.subject,
            "medicationCodeableConcept": drug,
        } | present(effectiveDateTime=when, dosage=[{"text": words}] if words else [])


def medicine(node: Element) -> Resource:
    """What is given: its name and strength as printed, its code where it has one."""
    drug = first(node, "consumable", "manufacturedProduct", "manufacturedLabeledDrug")
    drug = drug if drug is not None else first(node, "consumable", "manufacturedProduct", "manufacturedMaterial")
    name = text(drug, "name") or attribute(drug, "displayName", "code")
    code = attribute(drug, "code", "code")
    strength = inner(node, "DE08.50.043")
    coding = [{"system": "urn:local", "code": code[:60]}] if code and not code.startswith("DE") else []
    return {"text": f"{name} {strength}".strip()} | present(coding=coding) if name else {}


def dosage(node: Element) -> str:
    """How a medicine is taken, as far as the document prints it."""
    route = attribute(node, "displayName", "routeCode")
    dose, rate = (_amount(node, name) for name in ("doseQuantity", "rateQuantity"))
    total = inner(node, "DE06.00.135")
    said_so = (route, f"每次 {dose}" if dose else "", f"频次 {rate}" if rate else "", f"总量 {total}" if total else "")
    return "，".join(filter(None, said_so)) or text(node, "text")


def _amount(node: Element, name: str) -> str:
    return f"{attribute(node, 'value', name)} {attribute(node, 'unit', name)}".strip()
