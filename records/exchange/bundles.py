"""A FHIR Bundle taken apart without losing a byte: what it says of itself, and each entry exactly as it was sent."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from records.exchange.depth import check_count
from records.exchange.reading import NotJson, Resource, refuse, unrepeated

_DECODER = json.JSONDecoder(parse_float=Decimal, parse_constant=refuse, object_pairs_hook=unrepeated)
_BLANKS = " \t\r\n"


@dataclass(frozen=True)
class Entry:
    """One entry: its address in the bundle, its resource (or whatever stands in its place), and the bytes of that.

    `problem` is what a translator has to say of a part of a document that it could not turn into a resource.
    """

    address: str
    resource: Any
    raw: bytes | None = None
    number: int | None = None
    problem: str = ""


@dataclass(frozen=True)
class Bundle:
    """A Bundle: its own members, and its entries."""

    members: Resource
    entries: list[Entry]

    def link(self, relation: str) -> str:
        """The address of a link, e.g. the next page; nothing where there is none."""
        links = self.members.get("link")
        for item in links if isinstance(links, list) else []:
            if isinstance(item, dict) and item.get("relation") == relation and isinstance(item.get("url"), str):
                return str(item["url"])
        return ""


def read_bundle(raw: bytes) -> Bundle:
    """The Bundle in `raw`; raises NotJson for anything that is not JSON or not a Bundle."""
    try:
        check_count(raw)
        bundle = _read(_Scanner(raw.decode("utf-8-sig")))
    except (ValueError, ArithmeticError, IndexError, RecursionError):
        raise NotJson from None
    if bundle.members.get("resourceType") != "Bundle":
        raise NotJson("not a Bundle")
    return bundle


def _read(scanner: "_Scanner") -> Bundle:
    members: Resource = {}
    entries: list[Entry] = []
    for key in scanner.members():
        if key == "entry":
            entries = [_entry(scanner) for _ in scanner.items()]
        else:
            members[key] = scanner.value()
    scanner.end()
    return Bundle(members, entries)


def _entry(scanner: "_Scanner") -> Entry:
    """An entry that is no object, or has no resource, keeps its own bytes in place of the resource's."""
    start = scanner.skip()
    if scanner.text[start] != "{":
        value = scanner.value()
        return Entry("", value, scanner.since(start))
    members: Resource = {}
    raw = b""
    for key in scanner.members():
        begin = scanner.skip()
        members[key] = scanner.value()
        raw = scanner.since(begin) if key == "resource" else raw
    return _made(members, raw or scanner.since(start))


def _made(members: Resource, raw: bytes) -> Entry:
    address = members.get("fullUrl")
    return Entry(address if isinstance(address, str) else "", members.get("resource"), raw)


class _Scanner:
    """Walks JSON text member by member; the caller takes each value, and so learns where it lies."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def skip(self) -> int:
        """Go past blanks; returns the place."""
        while self.text[self.at] in _BLANKS:
            self.at += 1
        return self.at

    def since(self, start: int) -> bytes:
        return self.text[start : self.at].encode()

    def value(self) -> Any:
        value, self.at = _DECODER.raw_decode(self.text, self.skip())
        return value

    def members(self) -> Iterator[str]:
        """The keys of an object, each when its value is next; NotJson where one comes twice, as `unrepeated` has it."""
        self._take("{")
        if self._closed("}"):
            return
        seen: set[str] = set()
        while True:
            key = self.value()
            if not isinstance(key, str) or key in seen:
                raise NotJson("key")
            seen.add(key)
            self._take(":")
            yield key
            if self._take(",}") == "}":
                return

    def items(self) -> Iterator[None]:
        """One turn for each item of an array."""
        self._take("[")
        if self._closed("]"):
            return
        while True:
            yield
            if self._take(",]") == "]":
                return

    def end(self) -> None:
        """Nothing but blanks may follow."""
        if self.text[self.at :].strip(_BLANKS):
            raise NotJson("more after the end")

    def _closed(self, bracket: str) -> bool:
        closed = self.text[self.skip()] == bracket
        self.at += closed
        return closed

    def _take(self, wanted: str) -> str:
        found = self.text[self.skip()]
        if found not in wanted:
            raise NotJson(found)
        self.at += 1
        return found
