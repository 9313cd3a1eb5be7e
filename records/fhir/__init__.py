"""The record as FHIR R4: one pure function a kind of row, each giving a plain dict whose references are `Type/id`.

Whether somebody may read a row is decided before: these functions write down what they are given.
"""

from records.fhir.elements import Resource
from records.fhir.measured import diagnostic_report, imaging_study, observation
from records.fhir.people import organization, patient
from records.fhir.statements import (
    allergy_intolerance,
    condition,
    encounter,
    immunization,
    medication_statement,
    procedure,
)
from records.fhir.written import document_reference, questionnaire_response

__all__ = [
    "Resource",
    "allergy_intolerance",
    "condition",
    "diagnostic_report",
    "document_reference",
    "encounter",
    "imaging_study",
    "immunization",
    "medication_statement",
    "observation",
    "organization",
    "patient",
    "procedure",
    "questionnaire_response",
]
