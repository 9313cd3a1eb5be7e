"""How the tests of the sandbox ask it: over a real socket, keeping decimals."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from portal.demo.sandbox import SandboxServer


def get(address: str, token: str | None = None) -> Any:
    request = Request(address, headers={"Authorization": f"Bearer {token}"} if token else {})
    with urlopen(request, timeout=5) as answer:
        return json.loads(answer.read(), parse_float=Decimal)


def refused(address: str, token: str | None = None) -> tuple[int, Any]:
    with pytest.raises(HTTPError) as caught:
        get(address, token)
    return caught.value.code, json.loads(caught.value.read())


def search(server: SandboxServer, kind: str, **parameters: object) -> Any:
    return get(f"{server.url}/{kind}?{urlencode(parameters, doseq=True)}")


def link(bundle: Any, relation: str) -> str | None:
    return next((item["url"] for item in bundle["link"] if item["relation"] == relation), None)


def pages_of(address: str, most: int = 100) -> Iterator[Any]:
    following: str | None = address
    for _ in range(most):
        if following is None:
            return
        bundle = get(following)
        yield bundle
        following = link(bundle, "next")


def ids_in(bundle: Any, mode: str = "match") -> list[str]:
    return [item["resource"]["id"] for item in bundle.get("entry", []) if item["search"]["mode"] == mode]
