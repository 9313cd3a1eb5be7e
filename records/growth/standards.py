"""The WHO Child Growth Standards (2006; head circumference 2007): what share of healthy children of an age is smaller.

The values are WHO's LMS parameters at full months (`who2006.csv`); between two months they are interpolated.
"""

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DATA = Path(__file__).with_name("who2006.csv")
# A WHO month, and what the drawn lines are in standard deviations (the normal distribution's quantiles).
DAYS_OF_MONTH = 30.4375
PERCENTILES: Mapping[int, float] = {3: -1.880794, 15: -1.036433, 50: 0.0, 85: 1.036433, 97: 1.880794}
OLDEST, STANDS = 60, 24
LYING, STANDING = "length", "height"


@dataclass(frozen=True)
class Lms:
    """Skewness, median and variation of a measure at one age."""

    skew: float
    median: float
    spread: float

    def value(self, z: float) -> float:
        """The value so many standard deviations from the median."""
        if abs(self.skew) < 1e-9:
            return self.median * math.exp(self.spread * z)
        return float(self.median * (1 + self.skew * self.spread * z) ** (1 / self.skew))

    def z(self, value: float) -> float:
        """How many standard deviations a value is from the median."""
        if abs(self.skew) < 1e-9:
            return math.log(value / self.median) / self.spread
        return float(((value / self.median) ** self.skew - 1) / (self.skew * self.spread))


def at(measure: str, sex: str, months: float) -> Lms | None:
    """The parameters of `weight`, `height` (lying before the second birthday) or `head`; None outside the standards."""
    if not 0 <= months <= OLDEST:
        return None
    name = LYING if measure == STANDING and months < STANDS else measure
    table = _tables().get((name, sex))
    if table is None:
        return None
    low = math.floor(months)
    first, second = table[low], table.get(low + 1, table[low])
    part = months - low
    return Lms(
        first.skew + part * (second.skew - first.skew),
        first.median + part * (second.median - first.median),
        first.spread + part * (second.spread - first.spread),
    )


def percentile(z: float) -> float:
    """The share of children, in per cent, that is smaller."""
    return 50 * (1 + math.erf(z / math.sqrt(2)))


@cache
def _tables() -> dict[tuple[str, str], dict[int, Lms]]:
    found: dict[tuple[str, str], dict[int, Lms]] = {}
    with DATA.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(line for line in lines if not line.startswith("#")):
            lms = Lms(float(row["l"]), float(row["m"]), float(row["s"]))
            found.setdefault((row["measure"], row["sex"]), {})[int(row["month"])] = lms
    return found
