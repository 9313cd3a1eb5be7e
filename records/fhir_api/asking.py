"""What a search asks for: read out of the request's parameters, or out of the sealed token of a further page."""

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from foundation.crypto import CannotOpen, seal, unseal
from foundation.dated import register, setting
from records.fhir_api.kinds import Kind
from records.fhir_api.outcomes import Problem
from records.fhir_api.parameters import values

USUAL = register("fhir.page_size", 50, "程序没有说要几条时，/fhir/ 一页给多少条")
MOST = register("fhir.page_most", 200, "/fhir/ 一页最多给多少条")
LONGEST = 2000  # characters of all parameters together: a next page carries them along
WHOM = ("patient", "subject")
PLACE = b"records.fhir_api.page"
TOTALS = ("none", "estimate", "accurate")
QUIET = ("_format", "_pretty")


@dataclass(frozen=True)
class Cursor:
    """The last row of the page before: its time, if it has one, and its id."""

    at: datetime | None
    id: UUID


@dataclass(frozen=True)
class Search:
    """One search; `filters` holds for each parameter its repetitions, each a list of values any of which will do."""

    filters: Mapping[str, Sequence[Sequence[str]]] = field(default_factory=dict)
    patients: Sequence[str] = ()
    count: int = 0
    counted: bool = False
    only_count: bool = False
    unknown: Sequence[str] = ()
    after: Cursor | None = None


def read(kind: Kind | None, sent: Iterable[tuple[str, str]], *, strict: bool, now: datetime) -> Search:
    """The search that the parameters ask for. Raises Problem for what cannot be understood, or, strictly, is unknown.

    Without `kind` it is a search for the person: by id alone.
    """
    pairs = [(name, value) for name, value in sent if value]
    if sum(len(name) + len(value) for name, value in pairs) > LONGEST:
        raise Problem(400, "too-long", "The parameters are too long.")
    filters: dict[str, list[list[str]]] = {}
    said: dict[str, str] = {}
    patients: list[str] = []
    unknown: list[str] = []
    for name, value in pairs:
        if name in WHOM and kind is not None:
            patients += [value]
        elif name in (kind.filters if kind else ("_id",)):
            filters.setdefault(name, []).append(values(value))
        elif name in ("_count", "_total", "_summary") or name in QUIET or (name, value) == ("_sort", "-date"):
            said[name] = value
        else:
            unknown.append(name)
    if unknown and strict:
        raise Problem(400, "not-supported", f"Unknown parameters: {', '.join(map(ascii, unknown))}.")
    only_count = said.get("_summary") == "count"
    return Search(
        filters,
        patients,
        _count(said.get("_count", ""), now),
        only_count or _choice(said.get("_total", "none"), TOTALS) != "none",
        only_count,
        [*unknown, *(["_summary"] if said.get("_summary", "count") not in ("count", "false") else [])],
    )


def _count(text: str, now: datetime) -> int:
    if not text:
        return int(setting(USUAL, now))
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Problem(400, "value", "_count is not a number.")
    return min(int(text), int(setting(MOST, now)))


def _choice(value: str, known: Sequence[str]) -> str:
    if value not in known:
        raise Problem(400, "value", f"_total is one of {', '.join(known)}.")
    return value


def sealed(kind: str, search: Search, whose: UUID, after: Cursor) -> str:
    """The next page as one word that says nothing to whoever reads the log."""
    said: dict[str, Any] = {
        "kind": kind,
        "whose": str(whose),
        "filters": search.filters,
        "patients": search.patients,
        "count": search.count,
        "at": after.at.isoformat() if after.at else None,
        "id": str(after.id),
    }
    return base64.urlsafe_b64encode(seal(json.dumps(said).encode(), PLACE)).rstrip(b"=").decode()


def opened(kind: str, word: str) -> tuple[Search, UUID]:
    """The search behind a page's word, and of whom it was. Raises Problem for any other word."""
    try:
        plain = unseal(base64.urlsafe_b64decode(word.encode("ascii") + b"=" * (-len(word) % 4)), PLACE)
    except (CannotOpen, ValueError):
        raise Problem(400, "value", "The page is not one of this server's.") from None
    said = json.loads(plain)
    if said["kind"] != kind:
        raise Problem(400, "value", "The page is of another resource.")
    after = Cursor(datetime.fromisoformat(said["at"]) if said["at"] else None, UUID(said["id"]))
    return Search(said["filters"], said["patients"], said["count"], after=after), UUID(said["whose"])
