"""The CapabilityStatement: what can be asked of `/fhir/`, made from what the searches know."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from records.fhir.elements import Resource, moment
from records.fhir_api.kinds import KINDS, Kind
from residents.connected.server import FHIR, issuer

OAUTH = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
SECURITY = "http://terminology.hl7.org/CodeSystem/restful-security-service"
IPS = "http://hl7.org/fhir/uv/ips/OperationDefinition/summary"
READ, SEARCH = {"code": "read"}, {"code": "search-type"}


def statement(now: datetime) -> Resource:
    """What this server offers, today."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": moment(now),
        "publisher": f"{settings.COUNTY_NAME}卫生健康局",
        "kind": "instance",
        "software": {"name": "居民健康服务门户"},
        "implementation": {"description": "居民授权的应用只读访问", "url": issuer() + FHIR},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        "rest": [{"mode": "server", "security": _security(), "resource": _resources()}],
    }


def _security() -> dict[str, Any]:
    ways = {"authorize": "authorize", "token": "token", "revoke": "revoke"}
    uris = [{"url": name, "valueUri": issuer() + reverse(view)} for name, view in ways.items()]
    return {
        "extension": [{"url": OAUTH, "extension": uris}],
        "service": [{"coding": [{"system": SECURITY, "code": "SMART-on-FHIR"}]}],
        "description": "OAuth 2: authorization code with PKCE (S256). Each resident agrees to each kind of entry.",
    }


def _resources() -> list[dict[str, Any]]:
    patient = {
        "type": "Patient",
        "interaction": [READ, SEARCH],
        "searchParam": [{"name": "_id", "type": "token"}],
        "operation": [{"name": "summary", "definition": IPS}],
    }
    return [patient, {"type": "Organization", "interaction": [READ]}, *map(_resource, KINDS.values())]


def _resource(kind: Kind) -> dict[str, Any]:
    params = [{"name": name, "type": type_} for name, type_ in kind.types.items()]
    return {
        "type": kind.name,
        "interaction": [READ, SEARCH],
        "searchParam": [{"name": "patient", "type": "reference"}, *params],
    }
