"""One message as the ledger sees it: what it is, which version, how new; before anybody understands what it says."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from records.exchange import reading, references, times
from records.exchange.bundles import Entry
from records.exchange.mapping import KINDS
from records.exchange.problems import CannotApply, Reason
from records.exchange.reading import Resource

UNREADABLE_KIND = "Unreadable"
UNWANTED_KIND = "Unknown"
LONGEST_IDENTIFIER = 200

# Which of two versions without a time or number is the later one (fault matrix, row 19).
RANKS = {
    "registered": 1,
    "planned": 1,
    "draft": 1,
    "partial": 2,
    "preliminary": 3,
    "final": 5,
    "amended": 6,
    "corrected": 6,
    "appended": 6,
    "cancelled": 7,
    "entered-in-error": 8,
}
_ORDINARY_RANK = 4
_KIND = re.compile(r"[A-Za-z]{1,60}")
_VERSION = re.compile(r"[A-Za-z0-9\-.]{1,64}")


@dataclass(frozen=True)
class Message:
    """A message with its ledger key; `problem` says why nobody will ever understand it, where that is so."""

    kind: str
    identifier: str
    version: str
    content: bytes
    updated: datetime | None = None
    rank: int = _ORDINARY_RANK
    resource: Resource | None = None
    raw: bytes | None = None
    entry: int | None = None
    problem: CannotApply | None = None

    @property
    def wanted(self) -> bool:
        """Whether the portal has a use for this kind."""
        return self.kind in KINDS

    @property
    def sha256(self) -> bytes:
        """The hash of the bytes as received; of an entry of a stored file, the hash of its content."""
        return self.content if self.raw is None else hashlib.sha256(self.raw).digest()


def understand(entry: Entry, now: datetime) -> Message:
    """The message in an entry, whatever it holds; never raises."""
    resource = entry.resource
    try:
        if not isinstance(resource, dict) or not isinstance(resource.get("resourceType"), str):
            return _no_resource(entry, "这不是一条可读的 FHIR 资源（JSON 不完整，或者没有 resourceType）。")
        text = reading.canonical(resource)
        if not reading.kept_whole(resource, text):
            return _no_resource(entry, "内容含有不能保存的字符（空字符或残缺的字符）。")
        return _message(entry, resource, reading.digest(text), now)
    except RecursionError:
        return _no_resource(entry, "内容嵌套过深。")


def broken(raw: bytes, number: int | None, explanation: str, content: bytes = b"", *, about: str = "") -> Message:
    """A message that is not even JSON; where its bytes are kept elsewhere, `content` is what tells it from others.

    `about` is the reference to what it would have become, if that can be seen.
    """
    digest = content or hashlib.sha256(raw).digest()
    return Message(
        UNREADABLE_KIND,
        f"sha256:{digest.hex()}",
        "",
        digest,
        raw=None if number is not None else raw,
        entry=number,
        problem=CannotApply(Reason.UNREADABLE, explanation, about),
    )


def _no_resource(entry: Entry, explanation: str) -> Message:
    raw = entry.raw if entry.raw is not None else _as_bytes(entry.resource)
    return broken(raw, entry.number, entry.problem or explanation, about=entry.address if entry.problem else "")


def _as_bytes(value: object) -> bytes:
    """What tells a value from others, however deep it is."""
    found, left = hashlib.sha256(), [value]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            found.update(b"{%d" % len(one))
            left += [*one.keys(), *one.values()]
        elif isinstance(one, list):
            found.update(b"[%d" % len(one))
            left += one
        else:
            found.update(repr(one).encode(errors="backslashreplace") + b",")
    return found.digest()


def _message(entry: Entry, resource: Resource, content: bytes, now: datetime) -> Message:
    meta = resource.get("meta")
    meta = meta if isinstance(meta, dict) else {}
    kind = str(resource["resourceType"])
    identifier = references.own_id(resource, entry.address) or f"sha256:{content.hex()}"
    updated, problem = _updated(meta.get("lastUpdated"), now)
    return Message(
        kind=kind if _KIND.fullmatch(kind) else UNWANTED_KIND,
        identifier=identifier[:LONGEST_IDENTIFIER],
        version=_version(meta.get("versionId")),
        content=content,
        updated=updated,
        rank=_rank(resource),
        resource=resource,
        raw=None if entry.number is not None else entry.raw,
        entry=entry.number,
        problem=problem if kind in KINDS else None,
    )


def _version(given: Any) -> str:
    return given if isinstance(given, str) and _VERSION.fullmatch(given) else ""


def _updated(given: Any, now: datetime) -> tuple[datetime | None, CannotApply | None]:
    """When the sender last changed it; a time that cannot be would make every later version look old."""
    if not isinstance(given, str):
        return None, None
    try:
        return times.plausible(given, "meta.lastUpdated", now).at, None
    except CannotApply as problem:
        return None, problem


def _rank(resource: Resource) -> int:
    said = [resource.get("status")]
    verification = resource.get("verificationStatus")
    codings = verification.get("coding") if isinstance(verification, dict) else None
    said += [item.get("code") for item in codings if isinstance(item, dict)] if isinstance(codings, list) else []
    return max(RANKS.get(str(word), _ORDINARY_RANK) for word in said)
