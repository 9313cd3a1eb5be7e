"""HL7 v2 (2.1 to 2.9; facilities send 2.3 to 2.6) as FHIR: results, visits, merges and cancelled orders.

`translate` is the translator of the layout. A message it has no use for (appointments, charges) becomes one
MessageHeader, so that the ledger counts it; docs/connect/hl7v2.md says which messages and fields are read.
"""

from records.exchange.hl7v2.translation import translate

__all__ = ["translate"]
