"""The schema, made once a process: it says nothing about anybody, and is the same for everybody."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any

import yaml
from django.urls import include, path
from django.utils import translation
from drf_spectacular.generators import SchemaGenerator

LANGUAGE = "zh-hans"


@dataclass(frozen=True)
class Operation:
    """One thing that can be asked."""

    method: str
    path: str
    tag: str
    summary: str
    description: str


@cache
def schema() -> dict[str, Any]:
    """The description of every operation (OpenAPI 3)."""
    with translation.override(LANGUAGE):
        ours = [path("api/", include("portal.api.urls"))]
        generator = SchemaGenerator(patterns=ours)  # type: ignore[no-untyped-call]  # drf-spectacular's own
        found = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]  # as above
        plain: dict[str, Any] = json.loads(json.dumps(found, ensure_ascii=False, default=str))
    return plain


@cache
def as_json() -> bytes:
    """The schema as JSON."""
    return json.dumps(schema(), ensure_ascii=False, indent=1).encode()


@cache
def as_yaml() -> bytes:
    """The schema as YAML."""
    return yaml.safe_dump(schema(), allow_unicode=True, sort_keys=False).encode()


def operations() -> Iterator[Operation]:
    """Everything that can be asked, in the order of the addresses."""
    for address, methods in schema()["paths"].items():
        for method, found in methods.items():
            yield Operation(method.upper(), address, found["tags"][0], found["summary"], found["description"])


def by_tag() -> list[tuple[str, list[Operation]]]:
    """The same under one heading a subject; what all programs begin with comes first."""
    order = list(dict.fromkeys(["我", "健康档案", *(one.tag for one in operations())]))
    found = sorted(operations(), key=lambda one: order.index(one.tag))
    return [(tag, list(some)) for tag, some in groupby(found, key=lambda one: one.tag)]
