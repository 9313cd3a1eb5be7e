"""Dates and times as old systems write them; what could be read in two ways is not read at all."""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

Pattern = re.Pattern[str]

# Excel counts days from here (with the 29 February 1900 that never was); below the first number it could be a year.
EXCEL_DAY_ZERO = datetime(1899, 12, 30)
FIRST_NUMBER, LAST_NUMBER = 10_000, 80_000
_CLOCK = (
    r"(?:[ T]+(?P<hour>\d{1,2}):(?P<minute>\d{1,2})(?::(?P<second>\d{1,2})(?:\.\d{1,9})?)?"
    r"(?P<zone>Z|[+-]\d\d:?\d\d)?)?"
)
_DAY = r"(?P<year>(?:19|20)\d\d)"
_TOKENS = {
    "YYYY": r"(?P<year>\d{4})",
    "MM": r"(?P<month>\d\d)",
    "M": r"(?P<month>\d{1,2})",
    "DD": r"(?P<day>\d\d)",
    "D": r"(?P<day>\d{1,2})",
    "HH": r"(?P<hour>\d\d)",
    "H": r"(?P<hour>\d{1,2})",
    "mm": r"(?P<minute>\d\d)",
    "ss": r"(?P<second>\d\d)",
}
_TOKEN = re.compile("YYYY|MM|M|DD|D|HH|H|mm|ss")
USUAL: tuple[Pattern, ...] = (
    re.compile(_DAY + r"(?P<bar>[-/.])(?P<month>\d{1,2})(?P=bar)(?P<day>\d{1,2})" + _CLOCK),
    re.compile(_DAY + r"年(?P<month>\d{1,2})月(?P<day>\d{1,2})日?" + _CLOCK.replace("[ T]+", "[ T]*")),
    re.compile(_DAY + r"(?P<month>\d\d)(?P<day>\d\d)" + _CLOCK),
    re.compile(_DAY + r"(?P<month>\d\d)(?P<day>\d\d)T?(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)?"),
)
_NUMBER = re.compile(r"\d{5}(?:\.\d+)?")


def pattern(format_: str) -> Pattern | None:
    """A date format of the mapping (YYYY, MM, DD, HH, mm, ss) as a pattern; None where it does not name a day once."""
    names = _TOKEN.findall(format_)
    if len(names) != len({name[0:1] + name[-1:].lower() for name in names}) or len(format_) > 40:
        return None
    pieces = [_TOKENS.get(piece, re.escape(piece)) for piece in re.split(f"({_TOKEN.pattern})", format_)]
    try:
        made = re.compile("".join(pieces))
    except re.error:
        return None
    return made if {"year", "month", "day"} <= set(made.groupindex) else None


def read(text: str, patterns: tuple[Pattern, ...]) -> str:
    """A date or time as FHIR writes it (without a zone where the table has none); raises ValueError.

    A source's own patterns count alone: 03/04/2026 is the day that they say.
    """
    for one in patterns or USUAL:
        found = one.fullmatch(text)
        if found:
            return _written(found)
    if not patterns and _NUMBER.fullmatch(text):
        return of_number(Decimal(text))
    raise ValueError("no date")


def of_number(number: Decimal) -> str:
    """The day that Excel counts as `number`, or eight or fourteen digits that are a date; raises ValueError."""
    if number == number.to_integral_value() and number > LAST_NUMBER:
        return read(str(int(number)), ())
    try:
        if not FIRST_NUMBER <= number <= LAST_NUMBER:
            raise ValueError("a year or a day")
        seconds = round(number % 1 * 86_400)
    except InvalidOperation:
        raise ValueError("no number") from None
    return of_moment(EXCEL_DAY_ZERO + timedelta(days=int(number), seconds=seconds))


def of_moment(moment: datetime) -> str:
    """A date cell as FHIR writes it: midnight is a day without a time."""
    moment = (moment + timedelta(microseconds=500_000)).replace(microsecond=0)
    return moment.isoformat() if moment.time() != datetime.min.time() else moment.date().isoformat()


def _written(found: re.Match[str]) -> str:
    said = found.groupdict()
    day = date(int(said["year"]), int(said["month"]), int(said["day"]))
    if said.get("hour") is None:
        return day.isoformat()
    hour, minute, second = (int(said.get(part) or 0) for part in ("hour", "minute", "second"))
    moment = datetime(day.year, day.month, day.day, hour, minute, second)
    zone = said.get("zone") or ""
    return moment.isoformat() + (zone if ":" in zone or zone in ("", "Z") else f"{zone[:3]}:{zone[3:]}")
