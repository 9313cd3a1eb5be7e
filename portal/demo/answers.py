"""What a sandbox facility answers: Bundles, single resources, its capability statement, problems, and spoiled ones."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urlencode

from . import county
from .faults import Faults
from .fhirjson import Resource, dumps
from .histories import SHANGHAI
from .search import Query, Stored

FHIR_JSON = "application/fhir+json; charset=utf-8"

_MAINTENANCE_PAGE = "<!DOCTYPE html><html><body><h1>系统维护中</h1><p>请稍后再试。</p></body></html>"


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer; ``delay`` is waited before it, ``dropped`` ends the connection in the middle of the body."""

    status: int
    body: bytes
    content_type: str = FHIR_JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    dropped: bool = False


def problem(status: int, code: str, diagnostics: str) -> Answer:
    """Return an OperationOutcome under an HTTP status; ``code`` is a FHIR issue type."""
    outcome = {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "error", "code": code, "diagnostics": diagnostics}],
    }
    headers = {"WWW-Authenticate": 'Bearer realm="fhir"'} if status == 401 else {}
    return Answer(status, dumps(outcome).encode(), headers=headers)


def resource(item: Stored) -> Answer:
    """Return one resource as stored, with its version as ETag."""
    version = item.resource["meta"].get("versionId", "1")
    return Answer(200, item.text.encode(), headers={"ETag": f'W/"{version}"'})


def self_address(base: str, query: Query) -> str:
    """Return the address of the search as the server understood it."""
    asked = urlencode(query.parameters)
    return f"{base}/{query.kind}?{asked}" if asked else f"{base}/{query.kind}"


def bundle(
    base: str,
    total: int,
    links: Mapping[str, str | None],
    matches: Iterable[Stored],
    includes: Iterable[Stored],
    now: datetime,
) -> Answer:
    """Return a searchset Bundle; ``total`` counts matches of all pages, never what was included."""
    head: Resource = {
        "resourceType": "Bundle",
        "type": "searchset",
        "timestamp": now.astimezone(SHANGHAI).isoformat(timespec="milliseconds"),
        "total": total,
        "link": [{"relation": relation, "url": address} for relation, address in links.items() if address],
    }
    entries = [_entry(base, item, "match") for item in matches] + [_entry(base, item, "include") for item in includes]
    # FHIR forbids an empty array, so a search without results has no entry element at all.
    body = dumps(head)[:-1] + (f',"entry":[{",".join(entries)}]}}' if entries else "}")
    return Answer(200, body.encode())


def capability(facility_code: str, base: str, kinds: Iterable[str]) -> Answer:
    """Return the CapabilityStatement of a facility's server."""
    parameters = [
        {"name": "_lastUpdated", "type": "date"},
        {"name": "_id", "type": "token"},
        {"name": "patient", "type": "reference"},
    ]
    statement = {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-11-22",
        "kind": "instance",
        "implementation": {"description": county.facility(facility_code).name, "url": base},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json"],
        "rest": [
            {
                "mode": "server",
                "resource": [
                    {
                        "type": kind,
                        "interaction": [{"code": "read"}, {"code": "search-type"}],
                        "searchParam": parameters,
                    }
                    for kind in kinds
                ],
            }
        ],
    }
    return Answer(200, dumps(statement).encode())


def spoiled(answer: Answer, faults: Faults) -> Answer:
    """Return the answer as these faults would have it."""
    if faults.status is not None:
        answer = problem(faults.status, "exception", "The facility's system is not available.")
    if faults.html:
        answer = Answer(200, _MAINTENANCE_PAGE.encode(), "text/html; charset=utf-8")
    if faults.truncated:
        answer = replace(answer, body=answer.body[: len(answer.body) // 2])
    return replace(answer, delay=faults.delay, dropped=faults.dropped)


def _entry(base: str, item: Stored, mode: str) -> str:
    address = dumps(f"{base}/{item.kind}/{item.id}")
    return f'{{"fullUrl":{address},"resource":{item.text},"search":{{"mode":"{mode}"}}}}'
