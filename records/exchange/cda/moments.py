"""HL7 v3 points in time as FHIR writes them; without a zone where the document has none."""

import re
from datetime import datetime
from xml.etree.ElementTree import Element

from records.exchange.cda.xml import attribute
from records.exchange.translating import Untranslatable

_SHAPE = re.compile(
    r"(\d{4})(?:[-/]?(\d\d)(?:[-/]?(\d\d)(?:[T ]?(\d\d)(?::?(\d\d)(?::?(\d\d)(?:\.\d{1,9})?)?)?"
    r"\s*(Z|[+-]\d\d:?\d\d)?)?)?)?"
)


def moment(node: Element | None, *names: str) -> str:
    """The time in `value` of an element; nothing where there is none; raises Untranslatable for what is no time."""
    return read(attribute(node, "value", *names), names[-1] if names else "effectiveTime")


def start(node: Element | None, *names: str) -> str:
    """Like `moment`, of an interval its beginning."""
    return moment(node, *names) or moment(node, *names, "low")


def read(said: str, element: str) -> str:
    """A v3 time stamp in FHIR's words."""
    found = _SHAPE.fullmatch(said)
    if not said:
        return ""
    try:
        if found is None:
            raise ValueError(element)
        return _written(*found.groups())
    except ValueError:
        raise Untranslatable(f"{element} 的时间写法不符合规定（应为 YYYYMMDDhhmmss），文档没有入档。") from None


def _written(*parts: str | None) -> str:
    year, month, day, hour, minute, second, zone = (part or "" for part in parts)
    checked = datetime(
        int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), min(int(second or 0), 59)
    )
    if not hour:
        return "-".join(filter(None, (year, month, day)))
    if zone and zone != "Z" and ":" not in zone:
        zone = f"{zone[:3]}:{zone[3:]}"
    return checked.isoformat() + zone
