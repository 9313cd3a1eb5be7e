"""A PACS by DICOMweb: its studies are read as FHIR, its pictures shown and never stored (docs/connect/dicomweb.md)."""
