"""Turn a panel, a person and a day into the values a laboratory would print."""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from random import Random

from .analytes import Analyte, Panel, Span
from .courses import course_number, course_word
from .people import Resident

CRITICAL = frozenset({"HH", "LL"})


@dataclass(frozen=True, slots=True)
class Measured:
    """One printed line: a number (with ``<`` where it is below the detection limit) or a word, and its flag."""

    analyte: Analyte
    flag: str
    number: Decimal | None = None
    comparator: str | None = None
    word: str | None = None
    span: Span | None = None


def measure(panel: Panel, person: Resident, day: date, rng: Random) -> tuple[Measured, ...]:
    """Return the panel's lines in printed order; the same arguments and random state give the same values."""
    numbers: dict[str, Decimal] = {}
    for analyte in panel.analytes:
        if analyte.normal_text is None and analyte.derived is None:
            numbers[analyte.code] = _printed(_drawn(analyte, person, day, rng), analyte)
    for analyte in panel.analytes:
        if analyte.derived is not None:
            numbers[analyte.code] = _printed(analyte.derived(numbers), analyte)
    return tuple(_line(analyte, person, day, numbers) for analyte in panel.analytes)


def flag_for(number: Decimal, span: Span | None, critical: tuple[str | None, str | None]) -> str:
    """Return LL, L, N, H or HH by the printed interval and the laboratory's critical limits."""
    low_alarm, high_alarm = critical
    if high_alarm is not None and number >= Decimal(high_alarm):
        return "HH"
    if low_alarm is not None and number <= Decimal(low_alarm):
        return "LL"
    if span is None:
        return "N"
    return _side(number, span)


def _side(number: Decimal, span: Span) -> str:
    # A one-sided interval is printed as "<5.20", so its limit itself is already outside.
    one_sided = span.low is None or span.high is None
    if span.high is not None and (number > Decimal(span.high) or (one_sided and number == Decimal(span.high))):
        return "H"
    if span.low is not None and (number < Decimal(span.low) or (one_sided and number == Decimal(span.low))):
        return "L"
    return "N"


def _drawn(analyte: Analyte, person: Resident, day: date, rng: Random) -> Decimal:
    own = course_number(person.key, analyte.code, day, rng)
    if own is not None:
        return own
    low, high = _healthy_band(analyte, person, person.age_on(day))
    return low + (high - low) * Decimal(str(round(rng.random(), 4)))


def _healthy_band(analyte: Analyte, person: Resident, age: int) -> tuple[Decimal, Decimal]:
    if analyte.usual is not None:
        return Decimal(analyte.usual[0]), Decimal(analyte.usual[1])
    span = analyte.span_for(person, age)
    if span is None or span.low is None or span.high is None:
        raise ValueError(f"{analyte.code} needs a usual band: its interval is open or missing")
    low, width = Decimal(span.low), Decimal(span.high) - Decimal(span.low)
    return low + width * Decimal("0.25"), low + width * Decimal("0.70")


def _printed(value: Decimal, analyte: Analyte) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-analyte.decimals), ROUND_HALF_UP)


def _line(analyte: Analyte, person: Resident, day: date, numbers: dict[str, Decimal]) -> Measured:
    if analyte.normal_text is not None:
        word = course_word(person.key, analyte.code, day) or analyte.normal_text
        return Measured(analyte, "N" if word == analyte.normal_text else "A", word=word)
    number = numbers[analyte.code]
    span = analyte.span_for(person, person.age_on(day))
    if analyte.detection_limit is not None and number < Decimal(analyte.detection_limit):
        return Measured(analyte, "N", Decimal(analyte.detection_limit), "<", span=span)
    return Measured(analyte, flag_for(number, span, analyte.critical), number, span=span)
