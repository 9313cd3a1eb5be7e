"""Observation: one analyte or measurement, or one row for each of its components."""

from dataclasses import replace
from typing import Any

from records.exchange import reading, references, sensitivity, units
from records.exchange.mapping import elements, measuring, ranges
from records.exchange.mapping.elements import ENTERED_IN_ERROR, Concept
from records.exchange.problems import incomplete
from records.exchange.reading import Resource
from records.exchange.values import Facts, Frame, Mapped, ObservationFacts
from records.models import Observation

Category = Observation.Category
STATUSES = frozenset(
    {"registered", "preliminary", "final", "amended", "corrected", "cancelled", ENTERED_IN_ERROR, "unknown"}
)
CATEGORIES = {
    "laboratory": Category.LABORATORY,
    "vital-signs": Category.VITAL_SIGNS,
    "imaging": Category.IMAGING,
    "procedure": Category.IMAGING,
    "survey": Category.SURVEY,
}


def observation(resource: Resource, frame: Frame) -> Mapped:
    """The rows of an Observation; one that is only registered has none yet."""
    status = reading.status(resource, STATUSES)
    subject = references.subject(resource, "subject", frame)
    if status == "registered":
        return Mapped(subject, ())
    withdrawn = status in {ENTERED_IN_ERROR, "cancelled"}
    shared = {**_shared(resource, frame, withdrawn), "patient": subject.identifier}
    parts = [_row(part, shared, frame, withdrawn, part=True) for part in reading.nodes(resource, "component")]
    rows = _distinct(parts)
    if _says_something(resource) or withdrawn or not rows:
        if not (withdrawn or _says_something(resource)):
            return _only_members(resource, Mapped(subject, ()))
        rows.insert(0, _row(resource, shared, frame, withdrawn))
    first = rows[0]
    if isinstance(first, ObservationFacts) and (note := elements.remarks(resource)):
        rows[0] = replace(first, note=note)  # what is noted to the whole stands once
    return Mapped(subject, tuple(rows))


def _says_something(resource: Resource) -> bool:
    return bool(measuring.value_keys(resource)) or bool(reading.node(resource, "dataAbsentReason"))


def _only_members(resource: Resource, empty: Mapped) -> Mapped:
    """A heading that groups other observations has no result of its own; anything else without one is unfinished."""
    if reading.nodes(resource, "hasMember"):
        return empty
    raise incomplete("检验结果（value[x]）")


def _shared(resource: Resource, frame: Frame, withdrawn: bool) -> dict[str, Any]:
    """What all rows of the resource have in common."""
    time = elements.happened(resource, frame, "effectiveDateTime", "effectivePeriod", "effectiveInstant", "issued")
    return {
        **elements.occurred(time),
        "withdrawn": withdrawn,
        "category": _category(resource),
        "place": references.place(reading.nodes(resource, "performer"), frame, resource),
        "specimen": references.display(reading.node(resource, "specimen"), frame, resource),
        "method": reading.fitting(elements.words(reading.node(resource, "method")), "method", 100),
        "encounter_identifier": references.target_id(reading.node(resource, "encounter"), frame),
        "labels": elements.labels(resource),
    }


def _category(resource: Resource) -> str:
    for code in elements.codes(reading.nodes(resource, "category")):
        if code in CATEGORIES:
            return CATEGORIES[code].value
    return (Category.LABORATORY if reading.node(resource, "specimen") else Category.OTHER).value


def _row(
    node: Resource, shared: dict[str, Any], frame: Frame, withdrawn: bool, *, part: bool = False
) -> ObservationFacts:
    """One row: of the observation itself, or of a component."""
    code = elements.concept(reading.node(node, "code"))
    name = elements.named(code.name, "code（项目名称）", withdrawn=withdrawn)
    code, unit_code = _standard(code, frame)
    node = ranges.fitting(node, lambda: frame.traits(shared["patient"]), shared.get("occurred_at"))
    value, span = measuring.value(node), measuring.reference_range(node)
    facts = {key: item for key, item in shared.items() if key not in {"labels", "patient"}}
    concepts = [reading.node(node, "code"), reading.node(node, "valueCodeableConcept")]
    noted = elements.remarks(node) if shared["category"] == Category.LABORATORY else ""
    special = sensitivity.level(
        codings=[(code.system, code.code), *elements.codings(concepts)],
        words=[name, noted, *elements.all_words(concepts)],
        labels=shared["labels"],
    )
    return ObservationFacts(
        **facts,
        part=(code.code or code.local_code or "component") if part else "",
        code_system=code.system,
        code=code.code,
        local_code=code.local_code,
        name=name,
        value_number=measuring.storable(value.number),
        value_text=value.text,
        comparator=value.comparator,
        unit=value.unit,
        unit_code=value.unit_code or _explained(value.unit, frame) or unit_code,
        range_text=span.text,
        range_low=measuring.storable(span.low),
        range_high=measuring.storable(span.high),
        flag=measuring.flag(node, value, span),
        sensitivity=special,
        release=sensitivity.release(special),
    )


def _standard(code: Concept, frame: Frame) -> tuple[Concept, str]:
    """The concept with the standard code its local one (its name, without one) stands for, and the unit's code."""
    known = frame.codes.get(code.local_code or code.name)
    if code.code or known is None:
        return code, ""
    return replace(code, system=known.system, code=known.code), known.unit_code


def _explained(unit: str, frame: Frame) -> str:
    """The code of a printed unit by what staff said of it, where the table of units does not have it."""
    return "" if units.ucum(unit) else frame.units.get(unit, "")


def _distinct(parts: list[ObservationFacts]) -> list[Facts]:
    """Components that share a code are told apart by their place."""
    seen: set[str] = set()
    rows: list[Facts] = []
    for place, row in enumerate(parts, start=1):
        row = replace(row, part=f"{row.part[:50]}#{place}") if row.part in seen else row
        seen.add(row.part)
        rows.append(row)
    return rows
