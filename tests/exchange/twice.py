"""A report and a vaccination of the county hospital, as two feeds send them."""

from typing import Any

from records.models import Report
from tests.exchange.conftest import rows
from tests.exchange.sending import observation, patient, report

COUNTY: dict[str, Any] = {"performer": [{"type": "Organization", "display": "县人民医院"}]}

SEEN: dict[str, Any] = {
    "category": [{"coding": [{"code": "imaging"}]}],
    "code": {"coding": [{"system": "urn:local", "code": "FINDINGS"}], "text": "检查所见"},
    "valueQuantity": None,
    "valueString": "双肺纹理清晰。",
    "referenceRange": [],
}


def sent(item: dict[str, Any] | None = None, **fields: Any) -> list[dict[str, Any]]:
    """A report of the county hospital and its item, whoever sends it."""
    return [patient(), observation(**{**COUNTY, **(item or {})}), report(**{**COUNTY, **fields})]


def listed(model: Any = Report) -> list[Any]:
    """What the resident's lists hold."""
    return rows(model, superseded_at=None, folded_into=None)


def immunization(**fields: Any) -> dict[str, Any]:
    """A vaccination at the county hospital."""
    return {
        "resourceType": "Immunization",
        "id": "i1",
        "status": "completed",
        "vaccineCode": {"text": "流感疫苗"},
        "patient": {"reference": "Patient/p1"},
        "occurrenceDateTime": "2026-10-08",
        "performer": [{"actor": {"type": "Organization", "display": "县人民医院"}}],
        **fields,
    }
