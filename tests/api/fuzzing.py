"""Every operation asked what its schema allows, and what it does not (schemathesis), in a resident's own session."""

from collections import defaultdict
from typing import Any

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from portal.api import description
from portal.wsgi import application
from tests.api.scene import MARKS, Program, Scene, places

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]

ANSWERED: dict[str, set[int]] = defaultdict(set)  # what each operation answered, to see that something was asked


def schema() -> Any:
    """The interface as schemathesis knows it."""
    found = schemathesis.openapi.from_dict(description.schema())
    found.app = from_somewhere
    return found


def from_somewhere(environ: dict[str, Any], start: Any) -> Any:
    """The portal, asked from an address: without one nobody is let look at anything."""
    return application({**environ, "REMOTE_ADDR": "127.0.0.1"}, start)


def asking(examples: int) -> settings:
    """How many questions an operation is asked; one scene for all of them, as in a session."""
    unchecked = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much]
    return settings(max_examples=examples, deadline=None, suppress_health_check=unchecked, database=None)


def ask(case: Any, scene: Scene, program: Program, number: int) -> None:
    """Ask once; every third question about things of hers, every third about a stranger's, the others as drawn."""
    known = (scene.mine, scene.theirs, None)[number % 3]
    if known is not None:
        _about(case, known, scene)
    cookies = {name: morsel.value for name, morsel in program.client.cookies.items()}
    headers = {**(case.headers or {}), "X-CSRFToken": program.token}
    answer = case.call(cookies=cookies, headers=headers)
    ANSWERED[f"{case.operation.label}"].add(answer.status_code)
    case.validate_response(answer, checks=CHECKS)
    told = [mark for mark in MARKS if mark in answer.content.decode(errors="replace")]
    assert told == [], f"{case.method} {case.path} tells of somebody else: {told}"


def _about(case: Any, ids: dict[str, Any], scene: Scene) -> None:
    """Put keys that exist where random ones would never meet any."""
    known = {name: str(value) for name, value in places(ids, scene.world).items()}
    case.path_parameters = {name: known.get(name, value) for name, value in (case.path_parameters or {}).items()}
    department = scene.world.department
    places_to_go = {"facility": str(department.facility_id), "department": str(department.pk)}
    if isinstance(case.query, dict):
        case.query = {name: places_to_go.get(name, value) for name, value in case.query.items()}
    if isinstance(case.body, dict) and "slot" in case.body:
        case.body = {**case.body, "slot": str(scene.world.slot.pk)}
    if isinstance(case.body, dict) and "reports" in case.body:
        case.body = {**case.body, "reports": [str(ids["report"])], "hours": 24}
