"""FHIR R4 resources as plain typed values, one function for each kind. Pure: no database, no network."""

from collections.abc import Callable

from records.exchange.mapping.documents import composition, document_reference
from records.exchange.mapping.encounter import encounter
from records.exchange.mapping.forms import questionnaire_response
from records.exchange.mapping.imaging import imaging_study
from records.exchange.mapping.observation import observation
from records.exchange.mapping.patient import parted_from, patient, replaced_by
from records.exchange.mapping.report import report
from records.exchange.mapping.statements import (
    allergy,
    condition,
    immunization,
    medication_request,
    medication_statement,
    procedure,
)
from records.exchange.reading import Resource
from records.exchange.values import Frame, Mapped

MAPPINGS: dict[str, Callable[[Resource, Frame], Mapped]] = {
    "Encounter": encounter,
    "Observation": observation,
    "DiagnosticReport": report,
    "Condition": condition,
    "MedicationRequest": medication_request,
    "MedicationStatement": medication_statement,
    "AllergyIntolerance": allergy,
    "Immunization": immunization,
    "Procedure": procedure,
    "ImagingStudy": imaging_study,
    "QuestionnaireResponse": questionnaire_response,
    "DocumentReference": document_reference,
    "Composition": composition,
}

# The order in which kinds are asked for and applied: whoever a message speaks of should be known before it.
KINDS = ("Patient", *MAPPINGS)
# What a FHIR server is asked for: only a PACS can show the pictures of a study.
ASKED = tuple(kind for kind in KINDS if kind != "ImagingStudy")
# Many servers do not have these: they are asked for where the server says so, and missed nowhere.
OPTIONAL = frozenset({"QuestionnaireResponse", "DocumentReference", "Composition"})

__all__ = ["ASKED", "KINDS", "MAPPINGS", "OPTIONAL", "parted_from", "patient", "replaced_by"]
