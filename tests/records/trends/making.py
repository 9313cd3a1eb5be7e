"""Results for the rules of lines: a fasting glucose unless told otherwise."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from records.trends.results import Result
from tests.factories import NOON

COUNTY, TOWN = UUID(int=1), UUID(int=2)


def result(value: str | None = "5.6", unit: str = "mmol/L", days: int | None = 0, **fields: Any) -> Result:
    """A result `days` before noon; `unit` is printed and coded alike."""
    told = {
        "id": uuid4(),
        "source_id": COUNTY,
        "facility_name": "县人民医院",
        "occurred_at": None if days is None else NOON - timedelta(days=days),
        "code_system": "http://loinc.org",
        "code": "14771-0",
        "local_code": "",
        "part": "",
        "name": "空腹血糖",
        "value_number": None if value is None else Decimal(value),
        "value_text": value or "阴性",
        "comparator": "",
        "unit": unit,
        "unit_code": "",
        "range_text": "",
        "range_low": None,
        "range_high": None,
        "flag": "",
        "specimen": "",
        "method": "",
    }
    return Result(**told | fields)
