"""What a laboratory item is: its codes, unit, printed decimals and reference intervals."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from .people import Resident

NEGATIVE = "阴性(-)"

UCUM = {
    "10^9/L": "10*9/L",
    "10^12/L": "10*12/L",
    "g/L": "g/L",
    "%": "%",
    "fL": "fL",
    "pg": "pg",
    "U/L": "U/L",
    "μmol/L": "umol/L",
    "mmol/L": "mmol/L",
    "pmol/L": "pmol/L",
    "mIU/L": "m[IU]/L",
    "mg/L": "mg/L",
    "mmHg": "mm[Hg]",
    "次/分": "/min",
    "": "1",
}
"""Units as Chinese laboratories print them, and the UCUM code of each."""


@dataclass(frozen=True, slots=True)
class Span:
    """One reference interval, for one sex or both, from an age until below another; strings keep printed zeros."""

    low: str | None
    high: str | None
    sex: str | None = None
    from_age: int = 0
    to_age: int = 200

    def fits(self, sex: str, age: int) -> bool:
        """Whether the interval is meant for a person of this sex and age."""
        return self.sex in (None, sex) and self.from_age <= age < self.to_age

    def text(self, separator: str) -> str:
        """The interval as the report prints it, for example ``3.5-9.5`` or ``<5.20``."""
        if self.low is None:
            return f"<{self.high}"
        if self.high is None:
            return f">{self.low}"
        return f"{self.low}{separator}{self.high}"


Values = Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Analyte:
    """One line of a laboratory report.

    ``usual`` is the band a healthy person's value is drawn from; without it the middle of the interval is used.
    ``derived`` computes the value from other lines, after
    those that are measured, as the laboratory's own system does. ``normal_text`` makes
    the line qualitative.
    """

    code: str
    loinc: str | None
    name: str
    unit: str = ""
    decimals: int = 0
    spans: tuple[Span, ...] = ()
    usual: tuple[str, str] | None = None
    derived: Callable[[Values], Decimal] | None = None
    normal_text: str | None = None
    critical: tuple[str | None, str | None] = (None, None)
    detection_limit: str | None = None

    def span_for(self, person: Resident, age: int) -> Span | None:
        """The interval the laboratory prints for this person, or None for a line without one."""
        return next((span for span in self.spans if span.fits(person.sex, age)), None)


@dataclass(frozen=True, slots=True)
class Panel:
    """One laboratory report: its items, specimen and how many minutes the laboratory takes."""

    code: str
    loinc: str | None
    name: str
    specimen: str
    minutes: int
    analytes: tuple[Analyte, ...]


def spans(text: str) -> tuple[Span, ...]:
    """Read intervals written as ``[m|f][ages:]low-high`` parted by blanks, an open side left empty.

    ``m130-175 f115-150`` is by sex, ``6..13:4.3-11.3 3.5-9.5`` by age; the first that fits a person counts.
    """
    return tuple(_span(part) for part in text.split())


def _span(part: str) -> Span:
    sex = {"m": "male", "f": "female"}.get(part[0])
    ages, _, bounds = part.removeprefix("m").removeprefix("f").rpartition(":")
    start, _, stop = ages.partition("..")
    low, _, high = bounds.partition("-")
    return Span(low or None, high or None, sex, int(start or 0), int(stop or 200))
