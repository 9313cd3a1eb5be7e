"""Encounter: a visit."""

from records.exchange import reading, references, sensitivity
from records.exchange.mapping import elements
from records.exchange.mapping.elements import ENTERED_IN_ERROR
from records.exchange.reading import Resource
from records.exchange.values import EncounterFacts, Frame, Mapped
from records.models import Encounter

Kind = Encounter.Kind
STATUSES = frozenset(
    {
        "planned",
        "arrived",
        "triaged",
        "in-progress",
        "onleave",
        "finished",
        "cancelled",
        ENTERED_IN_ERROR,
        "unknown",
    }
)
KINDS = {
    "AMB": Kind.AMBULATORY,
    "EMER": Kind.EMERGENCY,
    "IMP": Kind.INPATIENT,
    "ACUTE": Kind.INPATIENT,
    "NONAC": Kind.INPATIENT,
    "OBSENC": Kind.INPATIENT,
    "SS": Kind.INPATIENT,
    "HH": Kind.HOME,
}


def encounter(resource: Resource, frame: Frame) -> Mapped:
    """The row of a visit; one that is only planned has none yet."""
    status = reading.status(resource, STATUSES)
    subject = references.subject(resource, "subject", frame)
    if status == "planned":
        return Mapped(subject, ())
    people = [reading.node(item, "individual") for item in reading.nodes(resource, "participant")]
    reason = _reason(resource)
    concepts = [*reading.nodes(resource, "reasonCode"), *reading.nodes(resource, "type")]
    concepts.append(reading.node(resource, "serviceType"))
    special = sensitivity.level(
        codings=elements.codings(concepts), words=elements.all_words(concepts), labels=elements.labels(resource)
    )
    row = EncounterFacts(
        **elements.occurred(elements.happened(resource, frame, "period")),
        withdrawn=status in {ENTERED_IN_ERROR, "cancelled"},
        sensitivity=special,
        release=sensitivity.release(special),
        place=references.place([_organization(resource)], frame, resource),
        kind=KINDS.get(reading.text(reading.node(resource, "class"), "code"), Kind.OTHER).value,
        ended_at=elements.ended(resource, frame, "period"),
        department_name=reading.fitting(elements.words(reading.node(resource, "serviceType")), "serviceType", 100),
        practitioner_name=references.practitioner(people, frame, resource),
        reason=reason,
    )
    return Mapped(subject, (row,))


def _organization(resource: Resource) -> Resource:
    """Whatever provides the service is an organization, even where the reference does not say so."""
    provider = reading.node(resource, "serviceProvider")
    return {**provider, "type": "Organization"} if provider else {}


def _reason(resource: Resource) -> str:
    said = [elements.words(item) for item in reading.nodes(resource, "reasonCode")]
    said = said or [elements.words(item) for item in reading.nodes(resource, "type")]
    return reading.fitting("；".join(filter(None, said)), "reasonCode", 300)
