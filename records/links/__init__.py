"""SMART Health Links: a person's summary behind a QR code and a passcode, for any program that knows the standard.

Source: https://hl7.org/fhir/uv/smart-health-cards-and-links/links-specification.html
"""
