"""What the tests of programs share."""

from tests.records.fhir_api.conftest import limit

__all__ = ["limit"]
