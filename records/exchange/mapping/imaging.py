"""ImagingStudy: which pictures there are of an examination. The pictures themselves stay in the PACS."""

from records.exchange import reading, references, sensitivity
from records.exchange.mapping import elements
from records.exchange.mapping.elements import ENTERED_IN_ERROR
from records.exchange.problems import unreadable
from records.exchange.reading import Resource
from records.exchange.values import Frame, ImagingFacts, Mapped

STATUSES = frozenset({"registered", "available", "cancelled", "unknown", ENTERED_IN_ERROR})
UID_SYSTEM = "urn:dicom:uid"
ACCESSION = "ACSN"


def imaging_study(resource: Resource, frame: Frame) -> Mapped:
    """The row of a study; one that is only registered has no pictures yet, and no row."""
    said = reading.status(resource, STATUSES)
    subject = references.subject(resource, "subject", frame)
    if said == "registered":
        return Mapped(subject, ())
    title = reading.text(resource, "description", 200)
    started = elements.happened(resource, frame, "started")
    special = sensitivity.level(codings=[], words=[title], labels=elements.labels(resource))
    facts = ImagingFacts(
        **elements.occurred(started),
        sensitivity=special,
        release=sensitivity.release(special, pathology=False),
        withdrawn=said in (ENTERED_IN_ERROR, "cancelled"),
        study_uid=_uid(resource),
        accession=_accession(resource),
        modality=reading.fitting("、".join(_modalities(resource)), "modality", 100),
        title=title,
        images=_count(resource),
    )
    return Mapped(subject, (facts,))


def _uid(resource: Resource) -> str:
    for item in reading.nodes(resource, "identifier"):
        if reading.text(item, "system") == UID_SYSTEM:
            return reading.text(item, "value", 80).removeprefix("urn:oid:")
    return ""


def _accession(resource: Resource) -> str:
    for item in reading.nodes(resource, "identifier"):
        if ACCESSION in elements.codes([reading.node(item, "type")]):
            return reading.text(item, "value", 80)
    return ""


def _modalities(resource: Resource) -> list[str]:
    """Of the study, else of its series."""
    own = [reading.text(item, "code") for item in reading.nodes(resource, "modality")]
    of_series = [reading.text(reading.node(one, "modality"), "code") for one in reading.nodes(resource, "series")]
    return [code for code in dict.fromkeys(own or of_series) if code]


def _count(resource: Resource) -> int | None:
    number = reading.number(resource, "numberOfInstances")
    if number is None:
        return None
    # The bounds first: 1E999999999 as a whole number would fill the machine's memory.
    if not 0 <= number < 10**6 or number != int(number):
        raise unreadable("numberOfInstances 不是一个合理的张数。")
    return int(number)
