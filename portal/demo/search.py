"""FHIR R4 search as the sandbox facilities speak it: which resources a query asks for, in which order and page."""

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from .fhirjson import Resource, dumps
from .histories import SHANGHAI

DEFAULT_COUNT = 50
MOST_COUNT = 500

_SEARCHED = frozenset({"_lastUpdated", "_sort", "_count", "_id", "patient", "subject", "_include", "_format"})
_PERIOD = re.compile(
    r"(?P<date>\d{4}(-\d\d(-\d\d)?)?)(T(?P<time>\d\d:\d\d(?P<seconds>:\d\d(\.\d+)?)?)(?P<zone>Z|[+-]\d\d:\d\d)?)?"
)
_INCLUDES: dict[str, tuple[str, ...]] = {
    "patient": ("subject", "patient"),
    "subject": ("subject",),
    "encounter": ("encounter",),
    "result": ("result",),
    "performer": ("performer",),
    "results-interpreter": ("resultsInterpreter",),
    "service-provider": ("serviceProvider",),
}


class BadSearch(ValueError):
    """A query the server cannot answer; the message says which parameter and why."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A resource as the server keeps it: ready-made text, and what searches look at."""

    kind: str
    id: str
    changed: datetime
    text: str
    resource: Resource


@dataclass(frozen=True, slots=True)
class Query:
    """One page of one search; ``as_of`` freezes the result set, so that paging is stable while new results arrive."""

    kind: str
    parameters: tuple[tuple[str, str], ...]
    as_of: datetime
    offset: int = 0
    lap: int = 0

    def values(self, name: str) -> list[str]:
        """All values given for a parameter, in order."""
        return [value for key, value in self.parameters if key == name]

    @property
    def count(self) -> int:
        """The page size; BadSearch when ``_count`` is not a positive whole number."""
        given = self.values("_count")
        if not given:
            return DEFAULT_COUNT
        if not given[-1].isascii() or not given[-1].isdigit() or int(given[-1]) == 0:
            raise BadSearch(f"_count must be a positive whole number, not '{given[-1]}'")
        return min(int(given[-1]), MOST_COUNT)

    def token(self, offset: int, lap: int = 0) -> str:
        """Return an opaque token for another page of the same result set; it holds good after a restart, too."""
        body = [self.kind, self.parameters, self.as_of.isoformat(), offset, lap]
        return base64.urlsafe_b64encode(json.dumps(body).encode()).decode().rstrip("=")


def store(resource: Resource) -> Stored:
    """Prepare a resource for searching; KeyError or ValueError when it has no type, id or time of change."""
    changed = datetime.fromisoformat(resource["meta"]["lastUpdated"])
    return Stored(resource["resourceType"], resource["id"], changed, dumps(resource), resource)


def query_from(kind: str, parameters: Sequence[tuple[str, str]], as_of: datetime) -> Query:
    """Read a first request; parameters the server does not know are ignored, as FHIR's lenient handling has it."""
    return Query(kind, tuple((key, value) for key, value in parameters if key in _SEARCHED), as_of)


def query_from_token(token: str) -> Query:
    """Read a page token made by ``Query.token``; BadSearch when it is not one."""
    try:
        padded = token + "=" * (-len(token) % 4)
        kind, parameters, as_of, offset, lap = json.loads(base64.urlsafe_b64decode(padded))
        pairs = tuple((str(key), str(value)) for key, value in parameters)
        return Query(str(kind), pairs, datetime.fromisoformat(as_of), int(offset), int(lap))
    except (binascii.Error, ValueError, TypeError) as problem:
        raise BadSearch("the page token is not one this server gave out") from problem


def found(query: Query, everything: Iterable[Stored]) -> list[Stored]:
    """Return the whole result set of a query, sorted; BadSearch for a value that cannot be understood."""
    tests = _tests(query)
    hits = [item for item in everything if item.kind == query.kind and all(test(item) for test in tests)]
    sort = query.values("_sort")
    if sort and sort[-1] not in ("_lastUpdated", "-_lastUpdated"):
        raise BadSearch(f"_sort knows _lastUpdated and -_lastUpdated, not '{sort[-1]}'")
    hits.sort(key=lambda item: (item.changed, item.id), reverse=sort[-1:] == ["-_lastUpdated"])
    return hits


def included(query: Query, page: Iterable[Stored], by_reference: Mapping[str, Stored]) -> list[Stored]:
    """Return what ``_include`` adds to a page: each referenced resource once, none that is missing here."""
    chosen: dict[str, Stored] = {}
    for wish in query.values("_include"):
        kind, _, parameter = wish.partition(":")
        elements = _INCLUDES.get(parameter.partition(":")[0])
        if elements is None:
            raise BadSearch(f"_include knows {', '.join(sorted(_INCLUDES))}, not '{wish}'")
        for reference in _references((item for item in page if item.kind == kind), elements):
            if reference in by_reference:
                chosen[reference] = by_reference[reference]
    return list(chosen.values())


def period(text: str) -> tuple[datetime, datetime]:
    """Return the first instant a FHIR date or dateTime covers and the first one after it.

    Anything without a zone is read as the time in China. A value that names seconds is one instant for gt, ge, lt
    and le, so a caller who sends its cursor in whole seconds misses nothing. BadSearch when it is not a date.
    """
    match = _PERIOD.fullmatch(text)
    if match is None:
        raise BadSearch(f"'{text}' is not a FHIR date or instant (is the + of the time zone sent as %2B?)")
    try:
        return _period(match)
    except ValueError as problem:
        raise BadSearch(f"'{text}' is not a date that exists") from problem


def _period(match: re.Match[str]) -> tuple[datetime, datetime]:
    day = match["date"]
    whole = day + "-01" * (2 - day.count("-"))
    zone = (match["zone"] or "").replace("Z", "+00:00")
    start = datetime.fromisoformat(f"{whole}T{match['time'] or '00:00'}{zone}")
    start = start if start.tzinfo else start.replace(tzinfo=SHANGHAI)
    if match["seconds"]:
        return start, start + (timedelta(milliseconds=1) if "." in match["seconds"] else timedelta(seconds=1))
    if match["time"]:
        return start, start + timedelta(minutes=1)
    return start, _next_date(start, parts=day.count("-") + 1)


def _next_date(start: datetime, parts: int) -> datetime:
    if parts == 3:
        return start + timedelta(days=1)
    if parts == 2:
        return (start + timedelta(days=31)).replace(day=1)
    return start.replace(year=start.year + 1)


def _tests(query: Query) -> list[Callable[[Stored], bool]]:
    tests: list[Callable[[Stored], bool]] = [lambda item: item.changed <= query.as_of]
    tests += [_changed_test(value) for value in query.values("_lastUpdated")]
    tests += [_id_test(value) for value in query.values("_id")]
    for name in ("patient", "subject"):
        tests += [_patient_test(value) for value in query.values(name)]
    return tests


def _changed_test(value: str) -> Callable[[Stored], bool]:
    prefix, date = (value[:2], value[2:]) if value[:2].isalpha() else ("eq", value)
    start, stop = period(date)
    # Down to the second a value is an instant; a longer period is passed only when it is wholly over.
    last = start if stop - start <= timedelta(seconds=1) else stop - timedelta(microseconds=1)
    comparisons: dict[str, Callable[[Stored], bool]] = {
        "gt": lambda item: item.changed > last,
        "ge": lambda item: item.changed >= start,
        "lt": lambda item: item.changed < start,
        "le": lambda item: item.changed <= last,
        "eq": lambda item: start <= item.changed < stop,
    }
    if prefix not in comparisons:
        raise BadSearch(f"_lastUpdated knows {', '.join(comparisons)}, not '{prefix}'")
    return comparisons[prefix]


def _id_test(value: str) -> Callable[[Stored], bool]:
    wanted = frozenset(value.split(","))
    return lambda item: item.id in wanted


def _patient_test(value: str) -> Callable[[Stored], bool]:
    wanted = frozenset(f"Patient/{part.removeprefix('Patient/')}" for part in value.split(","))
    return lambda item: any(reference in wanted for reference in _references([item], ("subject", "patient")))


def _references(items: Iterable[Stored], elements: Iterable[str]) -> list[str]:
    nodes = [item.resource.get(element) for item in items for element in elements]
    flat = [part for node in nodes for part in (node if isinstance(node, list) else [node]) if part]
    return [part["reference"] for part in flat if "reference" in part]
