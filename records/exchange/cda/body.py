"""The body of a CDA document: its sections, and what each entry observes."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element

from records.exchange.cda.xml import attribute, clean, first, text
from records.exchange.tables.cells import amount, limits

Resource = dict[str, Any]
DE = "urn:oid:2.16.156.10011.2.2.1"
# Sections by LOINC, as both standards use it.
VITAL_SIGNS, STUDIES, MEDICATION, DISCHARGE_DIAGNOSIS = "8716-3", "30954-2", "10160-0", "11535-2"
ADMISSION_DIAGNOSIS, DIAGNOSIS, PAST_ILLNESS, ALLERGIES = "46241-6", "29548-5", "11348-0", "48765-2"


@dataclass(frozen=True)
class Section:
    """A section: its code (LOINC, else what it is called), and its element."""

    code: str
    title: str
    node: Element = field(repr=False)


def sections(root: Element) -> list[Section]:
    """All sections, wherever the document keeps them: in a structured body, directly, or inside another section."""
    found: list[Section] = []
    for node in root.iter("section"):
        name = text(node, "title") or attribute(node, "displayName", "code")
        found.append(Section(attribute(node, "code", "code"), name, node))
    return found


def code_of(node: Element) -> str:
    """The data element that an observation observes, e.g. DE04.30.015.00."""
    return attribute(node, "code", "code").upper()


def name_of(node: Element) -> str:
    """What an observation is called, as printed."""
    return text(node, "code", "originalText") or attribute(node, "displayName", "code")


def below(node: Element, tag: str) -> Iterator[Element]:
    """Every element of a kind below `node`, outer ones before those inside them; other sections are not entered."""
    for child in node:
        if child.tag == "section":
            continue
        if child.tag == tag:
            yield child
        yield from below(child, tag)


def observations(node: Element) -> Iterator[Element]:
    """Every observation below `node`."""
    return below(node, "observation")


def said(node: Element | None) -> str:
    """What an observation says in words: its value as text, as displayed, as a number with its unit; else its text."""
    if node is None:
        return ""
    value = first(node, "value")
    if value is None or value.get("nullFlavor"):
        return text(node, "text")
    if _is_flag(value):
        return {"true": "是", "false": "否"}.get(clean(value.get("value", "")).lower(), "")
    words = text(value, "originalText") or attribute(value, "displayName") or clean("".join(value.itertext()))
    number = attribute(value, "value")
    words = words or (f"{number} {attribute(value, 'unit')}".strip() if number else "")
    return words or attribute(value, "code") or text(node, "text")


def _is_flag(value: Element) -> bool:
    return value.get("type", "").rpartition(":")[2] == "BL"


def value_of(node: Element, unit: str = "") -> Resource:
    """An observation's value in FHIR: a number as printed with its unit, a yes or no, or words; empty without one."""
    value = first(node, "value")
    if value is not None and _is_flag(value) and attribute(value, "value").lower() in ("true", "false"):
        return {"valueBoolean": attribute(value, "value").lower() == "true"}
    if value is not None and not value.get("nullFlavor"):
        unit = attribute(value, "unit") or unit
        printed = attribute(value, "value") or ("" if attribute(value, "code") else clean("".join(value.itertext())))
        found = amount(printed, decimal_comma=False)
        if found and not found[2]:
            return {"valueQuantity": quantity(found[0], found[1], unit)}
    words = said(node)
    return {"valueString": f"{words} {unit}".strip() if unit and not words.endswith(unit) else words} if words else {}


def quantity(comparator: str, number: object, unit: str) -> Resource:
    """A Quantity with what is known of it."""
    made: Resource = {"value": number}
    if comparator:
        made["comparator"] = comparator
    if unit:
        made["unit"] = unit
    return made


def marks(node: Element) -> Resource:
    """The printed range and the laboratory's mark, where the observation has them."""
    made: Resource = {}
    span = first(node, "referenceRange", "observationRange")
    span = span if span is not None else first(node, "referenceRange")
    if span is not None:
        made["referenceRange"] = [one] if (one := _range(span)) else []
    code, words = (attribute(node, name, "interpretationCode") for name in ("code", "displayName"))
    if code or words:
        made["interpretation"] = [{"text": words} | ({"coding": [{"code": code}]} if code else {})]
    return {name: value for name, value in made.items() if value}


def _range(span: Element) -> Resource:
    words = text(span, "text") or text(span, "value")
    bounds = {side: amount(attribute(span, "value", "value", side), decimal_comma=False) for side in ("low", "high")}
    made: Resource = {"text": words} if words else {}
    for side, found in bounds.items():
        if found and not found[0] and not found[2]:
            made[side] = {"value": found[1]}
    if words and not {"low", "high"} & set(made):
        low, high = limits(words, decimal_comma=False)
        made |= {side: {"value": one} for side, one in (("low", low), ("high", high)) if one is not None}
    return made


def section_words(section: Section) -> str:
    """A section's own text, as people read it."""
    return text(section.node, "text")
