"""Search parameters of FHIR R4 as the database's conditions: dates with prefixes, tokens with systems, identifiers.

Source: https://hl7.org/fhir/R4/search.html. A value that means nothing raises BadValue.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from django.db.models import Q

from records.fhir.elements import PORTAL, SHANGHAI

Filter = Callable[[str, datetime], Q]

NOTHING = Q(id__in=[])
_DATE = re.compile(
    r"(?P<prefix>eq|ne|gt|lt|ge|le|sa|eb|ap)?(?P<year>\d{4})(-(?P<month>\d\d)(-(?P<day>\d\d)"
    r"(T(?P<hour>\d\d):(?P<minute>\d\d)(:(?P<second>\d\d)(\.\d+)?)?(?P<zone>Z|[+-]\d\d:\d\d)?)?)?)?"
)
_FEED = re.compile(rf"{PORTAL}source:(?P<source>[0-9a-f-]{{36}}):code")


class BadValue(Exception):
    """A value that the parameter cannot have; the argument is the parameter."""


@dataclass(frozen=True)
class Span:
    """From an instant (included) to an instant (not included)."""

    start: datetime
    end: datetime


def values(text: str) -> list[str]:
    """What is separated by commas: any of them will do."""
    return [one.replace("\\,", ",") for one in re.split(r"(?<!\\),", text) if one]


def dated(column: str) -> Filter:
    """A moment in `column`, compared with a date of any precision; an undated row is never found."""

    def condition(value: str, now: datetime) -> Q:
        prefix, span = when(value)
        if prefix == "ap":
            span = _about(span, now, value)
        before, since = Q(**{f"{column}__lt": span.start}), Q(**{f"{column}__gte": span.end})
        known = Q(**{f"{column}__isnull": False})
        return {
            "ne": known & (before | since),
            "gt": since,
            "sa": since,
            "lt": before,
            "eb": before,
            "ge": Q(**{f"{column}__gte": span.start}),
            "le": Q(**{f"{column}__lt": span.end}),
        }.get(prefix, Q(**{f"{column}__gte": span.start, f"{column}__lt": span.end}))

    return condition


def when(value: str) -> tuple[str, Span]:
    """The prefix, and the time that a partial date stands for; without a zone it is the county's. Raises BadValue."""
    parts = _DATE.fullmatch(value)
    if parts is None or (parts["hour"] and not parts["minute"]):
        raise BadValue(value)
    try:
        return parts["prefix"] or "eq", _span(parts.groupdict())
    except (ValueError, OverflowError):
        raise BadValue(value) from None


def _span(parts: Mapping[str, str | None]) -> Span:
    year, month, day = (int(parts[name] or 1) for name in ("year", "month", "day"))
    first = date(year, month, day)
    if parts["hour"] is not None:
        return _moment(first, parts)
    if parts["day"] is not None:
        last = first + timedelta(days=1)
    elif parts["month"] is not None:
        last = (first + timedelta(days=32)).replace(day=1)
    else:
        last = first.replace(year=year + 1)
    start, end = (datetime.combine(one, time(), SHANGHAI).astimezone(UTC) for one in (first, last))
    return Span(start, end)


def _moment(day: date, parts: Mapping[str, str | None]) -> Span:
    zone = parts["zone"]
    at = datetime.combine(
        day, time(int(parts["hour"] or 0), int(parts["minute"] or 0), int(parts["second"] or 0)), SHANGHAI
    )
    if zone is not None:
        at = datetime.fromisoformat(at.replace(tzinfo=None).isoformat() + zone.replace("Z", "+00:00"))
    return Span(at.astimezone(UTC), at.astimezone(UTC) + timedelta(seconds=60 if parts["second"] is None else 1))


def _about(span: Span, now: datetime, value: str) -> Span:
    """A tenth of how long ago it was, a day at least. Raises BadValue beyond the calendar."""
    margin = max(abs(now - span.start) / 10, timedelta(days=1))
    try:
        return Span(span.start - margin, span.end + margin)
    except OverflowError:
        raise BadValue(value) from None


def coded(*, local: bool = False) -> Filter:
    """A row's code: `code`, `system|code`, `|code` or `system|`; `local`: rows carry their facility's code as well."""

    def condition(value: str, now: datetime) -> Q:
        system, bar, code = value.rpartition("|")
        if (not code and not system) or "\x00" in value:
            raise BadValue(value)
        if feed := _FEED.fullmatch(system):
            own = Q(code=code, code_system="") | (Q(local_code=code) if local else Q(id__in=[]))
            return Q(source_id=_key(feed["source"])) & own if code else Q(source_id=_key(feed["source"]))
        if not bar:
            return Q(code=code) | Q(local_code=code) if local else Q(code=code)
        named = Q(code_system__in={system, system.removeprefix("urn:oid:")})
        return named & Q(code=code) if code else named

    return condition


def _key(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadValue(text) from None


def token(known: Mapping[str, Q], systems: Collection[str] = ()) -> Filter:
    """One of a few codes, each of which is a condition; with a system only where it is the codes' own."""

    def condition(value: str, now: datetime) -> Q:
        system, bar, code = value.rpartition("|")
        if not code:
            raise BadValue(value)
        if bar and system not in systems:
            return NOTHING
        return known.get(code, NOTHING)

    return condition


def key(value: str, now: datetime) -> Q:
    """The row's own id; what is no id of ours finds nothing."""
    try:
        return Q(id=UUID(value))
    except ValueError:
        return NOTHING
