"""Rows that were never stored, for functions that only write down what they are given; and R4 as a judge."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from fhir.resources.R4B import get_fhir_model_class

from facilities.models import Facility
from foundation.keys import uuid7
from residents.models import Resident
from tests.factories import NOON

SOURCE, FACILITY, RESIDENT = (UUID(int=number) for number in (1, 2, 3))


def row(model: Any, at: datetime | None = NOON, **fields: Any) -> Any:
    """A row of a record table, as the database would give it."""
    where = {
        "id": uuid7(),
        "resident_id": RESIDENT,
        "source_id": SOURCE,
        "facility_id": FACILITY,
        "facility_name": "清河口县人民医院",
        "identifier": "A-1",
        "version": "1",
        "occurred_at": at,
        "received_at": NOON,
    }
    return model(**where | fields)


def person(**fields: Any) -> Resident:
    """Somebody who was never registered."""
    told = {"name": "贺兰芳", "sex": "2", "birth_date": NOON.date(), "facility_id": FACILITY}
    return Resident(id=RESIDENT, **told | fields)


def place(**fields: Any) -> Facility:
    """A facility that nobody opened."""
    return Facility(**{"id": FACILITY, "code": "640199001", "name": "清河口县人民医院", "level": "county"} | fields)


def accepted(resource: Mapping[str, Any]) -> None:
    """Raise where the resource is not FHIR R4. What R4 and R4B differ in is not written here."""
    get_fhir_model_class(resource["resourceType"]).model_validate(resource)
