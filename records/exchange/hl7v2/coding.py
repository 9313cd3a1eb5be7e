"""CE, CNE and CWE as CodeableConcepts."""

from records.exchange.hl7v2.segments import Part
from records.exchange.mapping.elements import LOINC
from records.exchange.reading import Resource

# HL7 table 0396. A local system has no address: the portal's code mappings go by the code and its source.
SYSTEMS = {
    "LN": LOINC,
    "LOINC": LOINC,
    "SCT": "http://snomed.info/sct",
    "SNM3": "http://snomed.info/sct",
    "I10": "http://hl7.org/fhir/sid/icd-10",
    "I10C": "http://hl7.org/fhir/sid/icd-10-cm",
    "ICD10": "http://hl7.org/fhir/sid/icd-10",
    "I9C": "http://hl7.org/fhir/sid/icd-9-cm",
    "CVX": "http://hl7.org/fhir/sid/cvx",
    "ATC": "http://www.whocc.no/atc",
}
_ORIGINAL_TEXT = 9


def concept(part: Part) -> Resource:
    """The concept of a coded element with up to two codings; its text is the sender's own words."""
    codings = [coding for first in (1, 4) if (coding := _coding(part, first))]
    words = [part.text(_ORIGINAL_TEXT), *_own_words(part)]
    text = next((word for word in words if word), "")
    found: Resource = {"coding": codings} if codings else {}
    return found | ({"text": text} if text else {})


def _own_words(part: Part) -> list[str]:
    """The local name before a standard one: it is what stands on the paper."""
    named = [(part.text(first + 2).upper() in SYSTEMS, part.text(first + 1)) for first in (1, 4)]
    named.sort(key=lambda item: item[0])
    return [name for _standard, name in named] + [part.text(1), part.text(4)]


def _coding(part: Part, first: int) -> Resource:
    code, display = part.text(first), part.text(first + 1)
    if not code:
        return {}
    system = SYSTEMS.get(part.text(first + 2).upper(), "")
    coding: Resource = {"system": system} if system else {}
    coding["code"] = code
    return coding | ({"display": display} if display else {})
