"""What every document must be: valid R4, and closed in itself."""

from collections.abc import Iterator
from typing import Any

from tests.records.fhir.rows import accepted


def judged(bundle: dict[str, Any]) -> dict[str, Any]:
    """The bundle, once it is valid, every entry of it is, and every reference in it leads to an entry."""
    accepted(bundle)
    for entry in bundle["entry"]:
        accepted(entry["resource"])
        assert entry["fullUrl"] == f"urn:uuid:{entry['resource']['id']}"
    addresses = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(addresses) == len(set(addresses))
    assert set(references(bundle)) <= set(addresses)
    return bundle


def references(node: Any) -> Iterator[str]:
    """Every literal reference, however deep."""
    if isinstance(node, dict):
        if "reference" in node:
            yield node["reference"]
        for value in node.values():
            yield from references(value)
    if isinstance(node, list):
        for value in node:
            yield from references(value)


def all_of(bundle: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """The resources of a kind, in the order in which they stand."""
    return [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == kind]


def section(bundle: dict[str, Any], code: str) -> dict[str, Any]:
    """A section of the document by its LOINC code."""
    for found in bundle["entry"][0]["resource"]["section"]:
        if any(one["code"] == code for one in found.get("code", {}).get("coding", ())):
            return dict(found)
    raise KeyError(code)
