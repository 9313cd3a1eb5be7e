"""HL7 dates and times (DT, TS, DTM, TM) as FHIR writes them."""

import re

from records.exchange.hl7v2.segments import Message
from records.exchange.reading import Resource

_STANDARD = re.compile(
    r"(?P<year>\d{4})(?:(?P<month>\d\d)(?:(?P<day>\d\d)(?:(?P<hour>\d\d)(?:(?P<minute>\d\d)"
    r"(?:(?P<second>\d\d)(?:\.(?P<fraction>\d{1,6}))?)?)?)?)?)?(?P<zone>[+-]\d{4})?"
)
# What databases print, and old systems send.
_PRINTED = re.compile(
    r"(?P<year>\d{4})[-/](?P<month>\d{1,2})[-/](?P<day>\d{1,2})"
    r"(?:[ T](?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.(?P<fraction>\d{1,6}))?)?)?(?P<zone>[+-]\d{4})?"
)
_CLOCK = re.compile(r"(\d\d)(\d\d)(?:(\d\d)(?:\.\d+)?)?(?:[+-]\d{4})?")
_LONGEST = 40


def moment(given: str, zone: str = "") -> str:
    """A FHIR dateTime; `zone` holds where the time names none. What is no time is handed on, to be held with a reason.

    Without any zone none is added: the portal reads such a time as Beijing time and says so.
    """
    if not given.strip("0"):
        return ""
    found = _STANDARD.fullmatch(given) or _PRINTED.fullmatch(given)
    return _written(found, zone) if found else given[:_LONGEST]


def day(given: str) -> str:
    """Like `moment`, to the day at most: a date of birth."""
    return moment(given).partition("T")[0]


def clock(given: str) -> str:
    """A FHIR time."""
    found = _CLOCK.fullmatch(given)
    return f"{found[1]}:{found[2]}:{found[3] or '00'}" if found else given[:_LONGEST]


def first_said(zone: str, *given: str) -> str:
    """The first of some times that is one: a version is dated by it."""
    return next((moment(text, zone) for text in given if _STANDARD.fullmatch(text) or _PRINTED.fullmatch(text)), "")


def version(updated: str) -> Resource:
    """The `meta` of a resource whose version is of that time."""
    return {"meta": {"lastUpdated": updated}} if updated else {}


def zone_of(message: Message) -> str:
    """The zone of MSH-7, which holds for all times of the message (HL7 v2.5, 2.15.9.7)."""
    found = _STANDARD.fullmatch(message.header.text(7))
    return found["zone"] or "" if found else ""


def _written(found: re.Match[str], zone: str) -> str:
    said = found.groupdict(default="")
    month, day_of_month = said["month"].zfill(2), said["day"].zfill(2)
    if month == "00":
        return said["year"]
    if day_of_month == "00":
        return f"{said['year']}-{month}"
    date = f"{said['year']}-{month}-{day_of_month}"
    if not said["hour"]:
        return date
    fraction = f".{said['fraction']}" if said["fraction"] else ""
    offset = said["zone"] or zone
    offset = f"{offset[:3]}:{offset[3:]}" if offset else ""
    return f"{date}T{said['hour'].zfill(2)}:{said['minute'] or '00'}:{said['second'] or '00'}{fraction}{offset}"
