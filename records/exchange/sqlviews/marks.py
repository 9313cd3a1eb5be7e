"""Watermarks: when a row changed last, by the facility's own clock or counter, written down so that it can be asked."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

from records.exchange.problems import PullFailed

# Front-end machines write Beijing time, and our sessions on them are set to it.
BEIJING = timezone(timedelta(hours=8), "+08:00")
NUMBER, ZONED, MOMENT, DAY, DIGITS, STAMP = "number", "zoned", "moment", "day", "digits", "stamp"
_FORMATS = {
    MOMENT: "%Y-%m-%d %H:%M:%S.%f",
    DAY: "%Y-%m-%d",
    DIGITS: "%Y%m%d%H%M%S",
    STAMP: "%Y-%m-%d %H:%M:%S",
}
_TEXTS = {DIGITS: re.compile(r"\d{14}"), STAMP: re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")}
UNUSABLE = (
    "水位列（watermark）里有不能用的内容。它应是时间、日期、递增的整数，或写成 20261120081000、2026-11-20 08:10:00 "
    "的文字，每一行都一样，也不能是 0000-00-00。"
)


@dataclass(frozen=True)
class Mark:
    """A watermark, and of which kind; `value` is what the database is asked with."""

    kind: str
    value: str | int

    def written(self) -> str:
        """For a cursor."""
        return f"{self.kind}:{self.value}"

    @classmethod
    def read(cls, text: str) -> "Mark":
        """What `written` wrote; raises ValueError."""
        kind, _colon, value = text.partition(":")
        mark = cls(kind, int(value) if kind == NUMBER else value)
        if kind != NUMBER:
            _moment(mark)
        return mark


def mark_of(cell: object) -> Mark:
    """The watermark of a row; raises PullFailed for what cannot be one."""
    if isinstance(cell, bool):
        raise PullFailed(UNUSABLE)
    if isinstance(cell, int):
        return Mark(NUMBER, cell)
    if isinstance(cell, Decimal) and cell.is_finite() and cell == cell.to_integral_value():
        return Mark(NUMBER, int(cell))
    if isinstance(cell, datetime):
        return _of_moment(ZONED if cell.tzinfo else MOMENT, cell if cell.tzinfo else cell.replace(tzinfo=BEIJING))
    if isinstance(cell, date):
        return Mark(DAY, cell.isoformat())
    return _of_text(cell)


def _of_text(cell: object) -> Mark:
    for kind, shape in _TEXTS.items():
        if isinstance(cell, str) and shape.fullmatch(cell):
            try:
                return _checked(Mark(kind, cell))
            except ValueError:
                break
    raise PullFailed(UNUSABLE)


def before(mark: Mark, overlap: timedelta, numbers: int) -> Mark:
    """From where to ask again: what was committed late carries an earlier mark."""
    if isinstance(mark.value, int):
        return Mark(mark.kind, mark.value - numbers)
    return _of_moment(mark.kind, _moment(mark) - overlap)


def at_most(mark: Mark, ceiling: datetime) -> Mark:
    """The mark, or the ceiling where it is later: a row dated ahead would hide what comes until then."""
    if mark.kind == NUMBER or _moment(mark) <= ceiling:
        return mark
    return _of_moment(mark.kind, ceiling)


def _of_moment(kind: str, moment: datetime) -> Mark:
    if kind == ZONED:
        return Mark(ZONED, moment.astimezone(UTC).isoformat())
    return Mark(kind, moment.astimezone(BEIJING).strftime(_FORMATS[kind]))


def _moment(mark: Mark) -> datetime:
    if mark.kind == ZONED:
        return datetime.fromisoformat(str(mark.value))
    return datetime.strptime(str(mark.value), _FORMATS[mark.kind]).replace(tzinfo=BEIJING)


def _checked(mark: Mark) -> Mark:
    _moment(mark)
    return mark
