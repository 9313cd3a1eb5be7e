"""The interface describes itself wholly: each operation in words, with its refusals."""

import json
from typing import Any

import pytest
import yaml
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS, reset_generator_stats
from drf_spectacular.validation import validate_schema

from portal.api import description
from portal.api.pages import PAGES
from tests.architecture.addresses import addresses

PROBLEM = {"$ref": "#/components/schemas/Problem"}
METHODS = {"get", "post", "put", "patch", "delete"}


def operations() -> list[tuple[str, dict[str, Any]]]:
    found = []
    for path, methods in description.schema()["paths"].items():
        found += [(f"{method} {path}", one) for method, one in methods.items() if method in METHODS]
    return found


every_operation = pytest.mark.parametrize(
    "operation", [one for _, one in operations()], ids=[n for n, _ in operations()]
)


def test_the_schema_is_valid_openapi() -> None:
    validate_schema(description.schema())


def test_nothing_in_it_was_guessed() -> None:
    reset_generator_stats()
    description.schema.__wrapped__()
    assert [list(GENERATOR_STATS._warn_cache), list(GENERATOR_STATS._error_cache)] == [[], []]


def test_anybody_reads_it_as_json_or_as_yaml(db: None) -> None:
    client = Client()
    as_json = json.loads(client.get("/api/schema/").content)
    assert as_json == yaml.safe_load(client.get("/api/schema/?format=yaml").content) == description.schema()


def test_there_is_something_to_ask() -> None:
    assert len(operations()) >= 29


@every_operation
def test_an_operation_says_in_chinese_what_it_is_for(operation: dict[str, Any]) -> None:
    assert operation["operationId"] and operation["summary"] and operation["tags"]
    assert len(operation["description"]) >= 10
    assert any("\u4e00" <= character <= "\u9fff" for character in operation["description"])


@every_operation
def test_an_operation_describes_its_refusals(operation: dict[str, Any]) -> None:
    refusals = {code: said for code, said in operation["responses"].items() if int(code) >= 400}
    assert {"401", "403", "405", "429"} <= set(refusals)
    for said in refusals.values():
        assert said["content"] == {"application/problem+json": {"schema": PROBLEM}}


@every_operation
def test_each_parameter_is_explained(operation: dict[str, Any]) -> None:
    parameters = operation.get("parameters", [])
    unexplained = [one["name"] for one in parameters if one["in"] != "path" and not one.get("description")]
    assert unexplained == []


def test_each_field_is_explained() -> None:
    schemas = description.schema()["components"]["schemas"]
    fields = [(name, field, said) for name, one in schemas.items() for field, said in one["properties"].items()]
    assert [f"{name}.{field}" for name, field, said in fields if not said.get("description")] == []


def test_operation_ids_differ() -> None:
    ids = [one["operationId"] for _, one in operations()]
    assert len(ids) == len(set(ids))


def test_every_address_of_the_interface_follows_the_rule_of_a_page() -> None:
    known = {name for name, _ in addresses()}
    assert {name for name in known if name.startswith("api:")} == {name.partition(" ")[0] for name in PAGES}
    assert set(PAGES.values()) <= known
