"""Condition, MedicationRequest and -Statement, AllergyIntolerance, Immunization, Procedure: statements with a code."""

from typing import Any

from records.exchange import reading, references, sensitivity
from records.exchange.mapping import elements
from records.exchange.mapping.elements import ENTERED_IN_ERROR, Concept
from records.exchange.reading import Resource
from records.exchange.times import Moment
from records.exchange.values import (
    AllergyFacts,
    ConditionFacts,
    Frame,
    ImmunizationFacts,
    Mapped,
    MedicationFacts,
    ProcedureFacts,
)

ORDERED = frozenset({"active", "on-hold", "cancelled", "completed", ENTERED_IN_ERROR, "stopped", "draft", "unknown"})
TAKEN = frozenset({"active", "completed", ENTERED_IN_ERROR, "intended", "stopped", "on-hold", "unknown", "not-taken"})
GIVEN = frozenset({"completed", ENTERED_IN_ERROR, "not-done"})
# The elements that say what a statement is about.
NAMING = ("code", "vaccineCode", "medicationCodeableConcept")
DONE = frozenset(
    {"preparation", "in-progress", "not-done", "on-hold", "stopped", "completed", ENTERED_IN_ERROR, "unknown"}
)


def condition(resource: Resource, frame: Frame) -> Mapped:
    """A diagnosis or health problem."""
    withdrawn = _spoken_against(resource)
    time = elements.happened(resource, frame, "onsetDateTime", "onsetPeriod", "recordedDate")
    row = ConditionFacts(
        **_statement(resource, _code(resource, "code"), time, frame, withdrawn, "code（诊断名称）"),
        state=elements.first_code(reading.node(resource, "clinicalStatus")),
        practitioner_name=_person(resource, frame, "asserter", "recorder"),
        ended_at=elements.ended(resource, frame, "abatementDateTime")
        or elements.ended(resource, frame, "abatementPeriod"),
    )
    return Mapped(references.subject(resource, "subject", frame), (row,))


def medication_request(resource: Resource, frame: Frame) -> Mapped:
    """A prescription."""
    state = reading.status(resource, ORDERED)
    time = elements.happened(resource, frame, "authoredOn")
    row = MedicationFacts(
        **_statement(
            resource, _medicine(resource, frame), time, frame, state == ENTERED_IN_ERROR, "medication[x]（药品名称）"
        ),
        state=state,
        practitioner_name=_person(resource, frame, "requester"),
        dosage=_dosage(reading.nodes(resource, "dosageInstruction")),
    )
    return Mapped(references.subject(resource, "subject", frame), (row,))


def medication_statement(resource: Resource, frame: Frame) -> Mapped:
    """A statement that a medicine is, was or will be taken."""
    state = reading.status(resource, TAKEN)
    time = elements.happened(resource, frame, "effectiveDateTime", "effectivePeriod", "dateAsserted")
    row = MedicationFacts(
        **_statement(
            resource, _medicine(resource, frame), time, frame, state == ENTERED_IN_ERROR, "medication[x]（药品名称）"
        ),
        state=state,
        practitioner_name=_person(resource, frame, "informationSource"),
        dosage=_dosage(reading.nodes(resource, "dosage")),
    )
    return Mapped(references.subject(resource, "subject", frame), (row,))


def allergy(resource: Resource, frame: Frame) -> Mapped:
    """An allergy or intolerance."""
    withdrawn = _spoken_against(resource)
    time = elements.happened(resource, frame, "onsetDateTime", "recordedDate", "lastOccurrence")
    row = AllergyFacts(
        **_statement(resource, _code(resource, "code"), time, frame, withdrawn, "code（过敏原）"),
        state=elements.first_code(reading.node(resource, "clinicalStatus")),
        practitioner_name=_person(resource, frame, "asserter", "recorder"),
        criticality=reading.text(resource, "criticality", 30),
        reaction=_reactions(resource),
    )
    return Mapped(references.subject(resource, "patient", frame), (row,))


def immunization(resource: Resource, frame: Frame) -> Mapped:
    """A vaccination given."""
    state = reading.status(resource, GIVEN)
    time = elements.happened(resource, frame, "occurrenceDateTime", "recorded")
    actors = [reading.node(item, "actor") for item in reading.nodes(resource, "performer")]
    base = _statement(
        resource, _code(resource, "vaccineCode"), time, frame, state == ENTERED_IN_ERROR, "vaccineCode（疫苗名称）"
    )
    row = ImmunizationFacts(
        **base | {"place": references.place(actors, frame, resource)},
        state=state,
        practitioner_name=references.practitioner(actors, frame, resource),
        lot_number=reading.text(resource, "lotNumber", 60),
        dose=_dose(resource),
        site=reading.fitting(elements.words(reading.node(resource, "site")), "site", 60),
    )
    return Mapped(references.subject(resource, "patient", frame), (row,))


def procedure(resource: Resource, frame: Frame) -> Mapped:
    """A procedure done."""
    state = reading.status(resource, DONE)
    time = elements.happened(resource, frame, "performedDateTime", "performedPeriod")
    actors = [reading.node(item, "actor") for item in reading.nodes(resource, "performer")]
    base = _statement(resource, _code(resource, "code"), time, frame, state == ENTERED_IN_ERROR, "code（手术操作名称）")
    row = ProcedureFacts(
        **base | {"place": references.place(actors, frame, resource)},
        state=state,
        practitioner_name=references.practitioner(actors, frame, resource),
        ended_at=elements.ended(resource, frame, "performedPeriod"),
    )
    return Mapped(references.subject(resource, "subject", frame), (row,))


def _statement(
    resource: Resource, code: Concept, time: Moment | None, frame: Frame, withdrawn: bool, element: str
) -> dict[str, Any]:
    """The columns that every statement has."""
    name = elements.named(code.name, element, withdrawn=withdrawn)
    known = frame.codes.get(code.local_code) if not code.code else None
    system, standard = (known.system, known.code) if known else (code.system, code.code or code.local_code)
    concepts = [reading.node(resource, element) for element in NAMING]
    special = sensitivity.level(
        codings=[(system, standard), *elements.codings(concepts)],
        words=[name, *elements.all_words(concepts)],
        labels=elements.labels(resource),
    )
    return {
        **elements.occurred(time),
        "withdrawn": withdrawn,
        "sensitivity": special,
        "release": sensitivity.release(special),
        "code_system": system,
        "code": standard,
        "name": name,
        "note": elements.note(resource),
    }


def _code(resource: Resource, element: str) -> Concept:
    return elements.concept(reading.node(resource, element), limit=300)


def _medicine(resource: Resource, frame: Frame) -> Concept:
    if reading.node(resource, "medicationCodeableConcept"):
        return _code(resource, "medicationCodeableConcept")
    return Concept(name=references.display(reading.node(resource, "medicationReference"), frame, resource, 300))


def _spoken_against(resource: Resource) -> bool:
    """Whether it was an error, or has been ruled out: neither is a diagnosis or an allergy of this person."""
    return bool({ENTERED_IN_ERROR, "refuted"} & set(elements.codes([reading.node(resource, "verificationStatus")])))


def _person(resource: Resource, frame: Frame, *names: str) -> str:
    return references.practitioner([reading.node(resource, name) for name in names], frame, resource)


def _dosage(instructions: list[Resource]) -> str:
    said = [reading.text(item, "text") or reading.text(item, "patientInstruction") for item in instructions]
    return reading.fitting("；".join(filter(None, said)), "dosageInstruction", 300)


def _reactions(resource: Resource) -> str:
    said = [
        elements.words(item)
        for part in reading.nodes(resource, "reaction")
        for item in reading.nodes(part, "manifestation")
    ]
    return reading.fitting("、".join(filter(None, said)), "reaction", 300)


def _dose(resource: Resource) -> str:
    for item in reading.nodes(resource, "protocolApplied"):
        number = reading.number(item, "doseNumberPositiveInt")
        return reading.printed(number) if number is not None else reading.text(item, "doseNumberString", 30)
    return ""
