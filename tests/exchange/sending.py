"""Small Chinese FHIR resources, and ways to hand them to the exchange as a facility would."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from foundation.rowsecurity import acting_as
from portal.demo.fhirjson import dumps
from records.exchange.bundles import Entry
from records.exchange.models import Pull, Source
from records.exchange.reading import parse
from records.exchange.references import remember
from records.exchange.runs import running
from records.exchange.values import Neighbours
from tests.factories import NOON
from tests.people import HELANFANG_NUMBER

DATA = Path(__file__).parent / "data"
ID_CARD = "urn:oid:2.16.156.10011.1.3"
LOINC = "http://loinc.org"
Resource = dict[str, Any]


def patient(number: str | None = HELANFANG_NUMBER, *, id: str = "p1", **fields: Any) -> Resource:
    """贺兰芳, as her township knows her."""
    identifiers = [{"system": "https://town.example/mrn", "value": "10020137"}]
    if number is not None:
        identifiers.append({"system": ID_CARD, "value": number})
    return {
        "resourceType": "Patient",
        "id": id,
        "identifier": identifiers,
        "name": [{"text": "贺兰芳"}],
        "gender": "female",
        "birthDate": "1957-02-13",
        **fields,
    }


def observation(*, id: str = "o1", value: str = "5.60", **fields: Any) -> Resource:
    """A glucose of 贺兰芳."""
    return {
        "resourceType": "Observation",
        "id": id,
        "status": "final",
        "category": [{"coding": [{"code": "laboratory"}]}],
        "code": {"coding": [{"system": LOINC, "code": "1558-6"}], "text": "空腹血糖"},
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2026-11-20T08:10:00+08:00",
        "valueQuantity": {"value": Decimal(value), "unit": "mmol/L", "system": "http://unitsofmeasure.org"},
        "referenceRange": [
            {"low": {"value": Decimal("3.90")}, "high": {"value": Decimal("6.10")}, "text": "3.90～6.10"}
        ],
        **fields,
    }


def report(*, id: str = "r1", **fields: Any) -> Resource:
    """A laboratory report of 贺兰芳, two days old."""
    return {
        "resourceType": "DiagnosticReport",
        "id": id,
        "status": "final",
        "category": [{"coding": [{"code": "LAB"}]}],
        "code": {"text": "生化检验"},
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2026-11-20T08:10:00+08:00",
        "issued": "2026-11-20T11:30:00+08:00",
        "result": [{"reference": "Observation/o1"}],
        **fields,
    }


def versioned(resource: Resource, version: int | None = None, updated: str | None = None) -> Resource:
    """The resource with the envelope a server gives it."""
    meta = {"versionId": str(version)} if version is not None else {}
    return {**resource, "meta": {**meta, **({"lastUpdated": updated} if updated else {})}}


def deliver(feed: Source, *resources: Any, now: datetime = NOON) -> Pull:
    """A run that receives these resources as one page, under the worker's login."""
    neighbours = Neighbours()
    entries = [_entry(resource) for resource in resources]
    for entry in entries:
        if isinstance(entry.resource, dict):
            remember(neighbours, entry.resource, entry.address)
    with acting_as("worker"), running(feed.pk, lambda: now, lambda progress: None) as run:
        run.receive(entries, neighbours, cursor={})
        return run.close(Pull.Outcome.SUCCEEDED)


def _entry(resource: Any) -> Entry:
    raw = dumps(resource).encode()
    return Entry("", parse(raw), raw)


def bundle_file(folder: Path, *resources: Any, name: str = "bundle.json", kind: str = "collection") -> Path:
    """A Bundle file of these resources; a pair is an address and a resource."""
    entries = [item if isinstance(item, tuple) else ("", item) for item in resources]
    body = {
        "resourceType": "Bundle",
        "type": kind,
        "entry": [{**({"fullUrl": address} if address else {}), "resource": item} for address, item in entries],
    }
    path = folder / name
    path.write_text(dumps(body))
    return path


def counts(run: Pull) -> dict[str, int]:
    """The counts of a run that are not zero."""
    names = ("fetched", "new", "repeated", "skipped", "held", "failed")
    return {name: getattr(run, name) for name in names if getattr(run, name)}


def at_utc(hour: int) -> str:
    """An instant on the day before the tests' noon."""
    return datetime(2026, 11, 21, hour, tzinfo=UTC).isoformat().replace("+00:00", "Z")


Clock = Callable[[], datetime]
