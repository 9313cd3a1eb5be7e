"""The FHIR elements that several resources share: codes, periods, provenance."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from records import basics
from records.exchange import reading, times
from records.exchange.problems import incomplete
from records.exchange.reading import Resource
from records.exchange.times import Moment
from records.exchange.values import Frame

LOINC = "http://loinc.org"
ICD_10 = frozenset({"http://hl7.org/fhir/sid/icd-10", "http://hl7.org/fhir/sid/icd-10-cm"})
STANDARD = ICD_10 | {
    LOINC,
    "http://snomed.info/sct",
    "http://hl7.org/fhir/sid/icd-9-cm",
    "http://hl7.org/fhir/sid/cvx",
    "http://www.nlm.nih.gov/research/umls/rxnorm",
    "http://www.whocc.no/atc",
    basics.SYSTEM,
}
ENTERED_IN_ERROR = "entered-in-error"
# Far beyond the longest pathology report; more than this is a file that got into the wrong field, and no page or print
# could show it.
LONGEST_TEXT = 20_000
# How systems write that something goes on; the last evening of that year in London is a day that Beijing does not have.
NO_END = 9999


@dataclass(frozen=True)
class Concept:
    """A CodeableConcept: its standard code, the sender's own code, and what it is called."""

    system: str = ""
    code: str = ""
    local_code: str = ""
    name: str = ""


def concept(node: Resource, limit: int = 200) -> Concept:
    """The concept; a name is made from its text, else a display, else a code."""
    codings = [item for item in reading.nodes(node, "coding") if reading.text(item, "code")]
    standard = _first(codings, LOINC) or next((item for item in codings if _system(item) in STANDARD), {})
    local = next((item for item in codings if _system(item) not in STANDARD), {})
    displays = [reading.text(item, "display") for item in (standard, local)]
    codes = [reading.text(item, "code", 60) for item in (standard, local)]
    words = [reading.text(node, "text"), *displays, *codes]
    name = next((word for word in words if word), "")
    return Concept(_system(standard), codes[0], codes[1], reading.fitting(name, "code", limit))


def _first(codings: Iterable[Resource], system: str) -> Resource | None:
    return next((item for item in codings if _system(item) == system), None)


def _system(coding: Resource) -> str:
    return reading.text(coding, "system", 100)


def codes(parents: Iterable[Resource]) -> list[str]:
    """All codes of some CodeableConcepts, whatever their system."""
    return [reading.text(coding, "code") for parent in parents for coding in reading.nodes(parent, "coding")]


def codings(parents: Iterable[Resource]) -> list[tuple[str, str]]:
    """All codes of some CodeableConcepts, each with its system."""
    found = [coding for parent in parents for coding in reading.nodes(parent, "coding")]
    return [(_system(coding), reading.text(coding, "code")) for coding in found]


def all_words(parents: Iterable[Resource]) -> list[str]:
    """Everything that some CodeableConcepts are called."""
    said = [
        [reading.text(parent, "text"), *(reading.text(coding, "display") for coding in reading.nodes(parent, "coding"))]
        for parent in parents
    ]
    return [word for some in said for word in some if word]


def words(node: Resource, limit: int = 300) -> str:
    """A CodeableConcept in words alone."""
    return concept(node, limit).name


def first_code(node: Resource) -> str:
    """The first code of a CodeableConcept: a state, a criticality."""
    return next((code for code in codes([node]) if code), "")[:30]


def moment(parent: Resource, element: str, frame: Frame, *, may_lie_ahead: bool = False) -> Moment | None:
    """The time under `element`; None where there is none."""
    value = reading.text(parent, element)
    return times.plausible(value, element, frame.now, may_lie_ahead=may_lie_ahead) if value else None


def happened(resource: Resource, frame: Frame, *elements: str) -> Moment | None:
    """The first time given among `elements`; of a period its start."""
    for element in elements:
        value = resource.get(element)
        found = moment(value, "start", frame) if isinstance(value, dict) else moment(resource, element, frame)
        if found:
            return found
    return None


def ended(resource: Resource, frame: Frame, element: str) -> datetime | None:
    """When it ended: the time under `element`, of a period its end. A plan may lie ahead."""
    value = resource.get(element)
    if isinstance(value, dict):
        found = moment(value, "end", frame, may_lie_ahead=True)
    else:
        found = moment(resource, element, frame, may_lie_ahead=True)
    return found.at if found and found.at.year < NO_END else None


def occurred(found: Moment | None) -> dict[str, Any]:
    """The two columns of a time."""
    return {"occurred_at": found.at, "zone_assumed": found.zone_assumed} if found else {}


def note(resource: Resource, limit: int = 500) -> str:
    """All annotations, one after the other."""
    return reading.fitting(
        "；".join(filter(None, (reading.text(item, "text") for item in _notes(resource)))), "note", limit
    )


def remarks(resource: Resource) -> str:
    """All annotations, each on a line of its own, as a laboratory prints them under a result."""
    said = "\n".join(filter(None, (reading.text(item, "text") for item in _notes(resource))))
    return reading.fitting(said, "note", LONGEST_TEXT)


def _notes(resource: Resource) -> list[Resource]:
    return reading.nodes(resource, "note")


def named(name: str, element: str, *, withdrawn: bool) -> str:
    """A name that must be there, unless the row only says that something was an error."""
    if name:
        return name
    if withdrawn:
        return "（已撤回的条目）"
    raise incomplete(element)


def labels(resource: Resource) -> list[str]:
    """The confidentiality labels of a message."""
    return [reading.text(label, "code") for label in reading.nodes(reading.node(resource, "meta"), "security")]
