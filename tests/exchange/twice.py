"""One report of the county hospital, as two feeds send it."""

from typing import Any

from records.models import Report
from tests.exchange.conftest import rows
from tests.exchange.sending import observation, patient, report

COUNTY: dict[str, Any] = {"performer": [{"type": "Organization", "display": "县人民医院"}]}


def sent(item: dict[str, Any] | None = None, **fields: Any) -> list[dict[str, Any]]:
    """A report of the county hospital and its item, whoever sends it."""
    return [patient(), observation(**{**COUNTY, **(item or {})}), report(**{**COUNTY, **fields})]


def listed(model: Any = Report) -> list[Any]:
    """What the resident's lists hold."""
    return rows(model, superseded_at=None, folded_into=None)
