"""Shared documents of WS/T 500 and WS/T 483 (HL7 CDA R2) as FHIR resources (docs/connect/cda.md)."""

from records.exchange.cda.translating import translate

__all__ = ["translate"]
