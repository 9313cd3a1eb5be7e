"""`/fhir/`: the record as FHIR R4 resources, read by programs that a resident let in (docs/connect/programs.md)."""
