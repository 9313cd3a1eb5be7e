"""Answers of `/fhir/`: JSON that nobody keeps, and an OperationOutcome for whatever goes wrong."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse

from records.fhir.elements import Resource

FHIR_JSON = "application/fhir+json"
TYPES = (FHIR_JSON, "application/json", "application/*", "*/*")
FORMATS = ("json", FHIR_JSON, "application/json")


class Problem(Exception):
    """Why there is no answer: the status, FHIR's word for it, a sentence, and headers."""

    def __init__(self, status: int, code: str, sentence: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(code)
        self.status, self.code, self.sentence, self.headers = status, code, sentence, dict(headers or {})


def outcome(*issues: tuple[str, str, str]) -> Resource:
    """An OperationOutcome of (severity, code, sentence)."""
    told = [{"severity": severity, "code": code, "diagnostics": text} for severity, code, text in issues]
    return {"resourceType": "OperationOutcome", "issue": told}


def refused(problem: Problem) -> HttpResponse:
    """A problem as its answer."""
    return answer(outcome(("error", problem.code, problem.sentence)), problem.status, problem.headers)


def answer(resource: Resource, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """A resource as JSON; for no cache, and not to be taken for anything else."""
    content = json.dumps(resource, ensure_ascii=False, separators=(",", ":")).encode()
    response = HttpResponse(content, status=status, content_type=f"{FHIR_JSON}; charset=utf-8")
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    for name, value in (headers or {}).items():
        response[name] = value
    return response


def unless_known(request: HttpRequest, resource: Resource, headers: Mapping[str, str]) -> HttpResponse:
    """The resource with a weak mark of its content; 304 to whoever shows the mark."""
    content = json.dumps(resource, ensure_ascii=False, sort_keys=True).encode()
    mark = f'W/"{hashlib.sha256(content).hexdigest()[:32]}"'
    if mark in [one.strip() for one in request.headers.get("If-None-Match", "").split(",")]:
        response = HttpResponse(status=304)
        response["ETag"], response["Cache-Control"] = mark, "no-store"
        return response
    return answer(resource, headers={**headers, "ETag": mark})


def check_format(request: HttpRequest, asked: Sequence[str]) -> None:
    """Raise Problem unless JSON will do."""
    named = asked[-1].split(";")[0].strip().replace(" ", "+") if asked else ""
    if named:
        fits = named in FORMATS
    else:
        accepted = [one.split(";")[0].strip().lower() for one in request.headers.get("Accept", "*/*").split(",")]
        fits = any(one in TYPES for one in accepted)
    if not fits:
        raise Problem(406, "not-supported", f"Only {FHIR_JSON} is offered.")


def bundle(entries: Sequence[Resource], *, links: Mapping[str, str], total: int | None = None) -> dict[str, Any]:
    """A Bundle of what was found."""
    found: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset"}
    if total is not None:
        found["total"] = total
    found["link"] = [{"relation": relation, "url": url} for relation, url in links.items()]
    if entries:
        found["entry"] = list(entries)
    return found
