"""Where a value lies against the range printed beside it: a small picture, and the same in words.

Nothing is drawn where the laboratory printed no range in figures. A range with one limit is open on its other side.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

WIDTH = 240
LOW, HIGH = 80, 160
START, END = 12, 228


@dataclass(frozen=True)
class RangePicture:
    """Places on a line of `WIDTH`; a limit that is not printed has none. `side`: in, low, high or unsure."""

    band: int
    band_width: int
    low: int | None
    high: int | None
    marker: int
    side: str
    is_beyond: bool
    is_open: bool
    words: str

    @property
    def arrow(self) -> str:
        """The corners of a marker that points to where the value lies, off the picture."""
        way = -1 if self.marker < WIDTH / 2 else 1
        tip, base = self.marker + way * 9, self.marker - way * 5
        return f"{tip},20 {base},11 {base},29"


def picture(value: Decimal | None, comparator: str, low: Decimal | None, high: Decimal | None) -> RangePicture | None:
    """The picture of a value; None where there is no number, or no range that can be drawn."""
    if value is None or not _drawable(low, high):
        return None
    place = _place(value, low, high)
    marker = int(min(max(place, START), END))
    side = _side(value, comparator, low, high)
    start, end = (LOW if low is not None else 0), (HIGH if high is not None else WIDTH)
    return RangePicture(
        band=start,
        band_width=end - start,
        low=LOW if low is not None else None,
        high=HIGH if high is not None else None,
        marker=marker,
        side=side,
        is_beyond=not START <= place <= END,
        is_open=comparator != "",
        words=_words(side, low, high),
    )


def _drawable(low: Decimal | None, high: Decimal | None) -> bool:
    if low is not None and high is not None:
        return low < high
    limit = low if low is not None else high
    return limit is not None and limit > 0


def _place(value: Decimal, low: Decimal | None, high: Decimal | None) -> float:
    """In proportion between two limits; with one limit, between nothing and that limit."""
    if low is not None and high is not None:
        return LOW + float((value - low) / (high - low)) * (HIGH - LOW)
    if high is not None:
        return float(value / high) * HIGH
    assert low is not None
    return float(value / low) * LOW


def _side(value: Decimal, comparator: str, low: Decimal | None, high: Decimal | None) -> str:
    """On which side of the range a value surely lies; of "<5" only that it is below 5 is sure."""
    under = low is not None and (value < low or (value == low and comparator == "<"))
    over = high is not None and (value > high or (value == high and comparator == ">"))
    if comparator.startswith("<"):
        inside = low is None and high is not None and not over
        return "low" if under else "in" if inside else "unsure"
    if comparator.startswith(">"):
        inside = high is None and low is not None and not under
        return "high" if over else "in" if inside else "unsure"
    return "low" if under else "high" if over else "in"


def _words(side: str, low: Decimal | None, high: Decimal | None) -> str:
    if side == "low":
        return _("低于参考区间的下限 %(limit)s") % {"limit": plain(low)}
    if side == "high":
        return _("高于参考区间的上限 %(limit)s") % {"limit": plain(high)}
    if side == "unsure":
        return _("检验单只给出一个界限，说不准在不在参考区间里")
    return _("在参考区间之内")


def plain(number: Decimal | None) -> str:
    """A figure without superfluous zeros and exponents."""
    if number is None:
        return ""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
