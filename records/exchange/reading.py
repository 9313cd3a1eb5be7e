"""Reading what a facility sent: JSON with exact decimals, and typed readers of FHIR elements.

Every reader answers an absent element with an empty value and an element of the wrong shape with CannotApply, so
that no mapping ever meets a surprise.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NoReturn

from records.exchange.problems import unreadable

Resource = dict[str, Any]

# NUL cannot be stored in PostgreSQL text, a lone surrogate not even in UTF-8.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# How those look in JSON of ASCII; so do characters beyond the basic plane, which come in pairs of surrogates.
_SUSPICIOUS = re.compile(r"\\u(?:0000|d[89a-f])")
_LONGEST_PLAIN_NUMBER = 40
ENVELOPE = ("versionId", "lastUpdated")


class NotJson(ValueError):
    """The bytes are not one JSON document as RFC 8259 has it."""


def parse(raw: bytes) -> Any:
    """The JSON value of `raw`, decimals exact; raises NotJson (also for repeated keys, NaN, or absurd depth)."""
    try:
        text = raw.decode("utf-8-sig")
        return json.loads(text, parse_float=Decimal, parse_constant=refuse, object_pairs_hook=unrepeated)
    except (ValueError, ArithmeticError, RecursionError):
        # ValueError covers bad UTF-8, bad JSON, an integer of thousands of digits, and the two refusals below;
        # ArithmeticError a power of ten that no decimal holds.
        raise NotJson from None


def refuse(constant: str) -> NoReturn:
    """NaN and infinities are no JSON."""
    raise NotJson(constant)


def unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; NotJson where a key comes twice, as nobody can say which one was meant."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotJson("repeated key")
    return found


def storable(value: Any) -> bool:
    """Whether every text in `value` can be kept in the database."""
    return not any(_UNSTORABLE.search(text) for text in _texts(value))


def kept_whole(resource: Resource, text: str) -> bool:
    """Whether every text in `resource` can be kept; `text` is its canonical form, which is quicker to look through."""
    meta = resource.get("meta")
    envelope = [meta.get(name) for name in ENVELOPE] if isinstance(meta, dict) else []
    return storable(envelope) and (not _SUSPICIOUS.search(text) or storable(resource))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def canonical(resource: Resource) -> str:
    """What the resource says, whatever the order of its keys and without its envelope, in ASCII.

    `meta.versionId` and `meta.lastUpdated` are left out: a server that touches them has said nothing new.
    """
    meta = resource.get("meta")
    if isinstance(meta, dict):
        kept = {key: item for key, item in meta.items() if key not in ENVELOPE}
        resource = {**resource, "meta": kept}
    return _CODER.encode(resource)


def content_hash(resource: Resource) -> bytes:
    """SHA-256 of what a resource says (`canonical`)."""
    return digest(canonical(resource))


def digest(text: str) -> bytes:
    """SHA-256 of a canonical form."""
    return hashlib.sha256(text.encode()).digest()


def _exactly(value: Any) -> list[str]:
    if isinstance(value, Decimal):
        return ["decimal", str(value)]
    raise TypeError(type(value).__name__)


_CODER = json.JSONEncoder(sort_keys=True, ensure_ascii=True, separators=(",", ":"), default=_exactly)


def node(parent: Resource, name: str) -> Resource:
    """The object under `name`, or an empty one."""
    value = parent.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise unreadable(f"{name} 应为一个对象。")
    return value


def nodes(parent: Resource, name: str) -> list[Resource]:
    """The objects listed under `name`, or none."""
    value = parent.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise unreadable(f"{name} 应为对象的列表。")
    return value


def text(parent: Resource, name: str, limit: int = 0) -> str:
    """The trimmed text under `name`, or an empty one; longer than `limit` is refused, never cut."""
    value = parent.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise unreadable(f"{name} 应为文字。")
    return fitting(value.strip(), name, limit)


def fitting(value: str, name: str, limit: int) -> str:
    """`value`, unless it is longer than `limit` (0: any length)."""
    if limit and len(value) > limit:
        raise unreadable(f"{name} 超过 {limit} 个字，门户不能完整保存。")
    return value


def number(parent: Resource, name: str) -> Decimal | None:
    """The number under `name`, exact."""
    value = parent.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise unreadable(f"{name} 应为数字。")
    return Decimal(value)


def printed(value: Decimal) -> str:
    """A number as the sender wrote it, zeros kept: 5.60 stays 5.60."""
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and abs(exponent) + len(value.as_tuple().digits) > _LONGEST_PLAIN_NUMBER:
        return str(value)
    return format(value, "f")


def status(resource: Resource, known: frozenset[str]) -> str:
    """The resource's status, which FHIR R4 requires and limits to `known` words."""
    value = text(resource, "status")
    if value not in known:
        raise unreadable("status 缺失，或者不是 FHIR R4 规定的取值。")
    return value
