"""FHIR dates and times of any precision as instants."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from records.exchange.problems import CannotApply, Reason, unreadable

SHANGHAI = ZoneInfo("Asia/Shanghai")
EARLIEST = 1900
AHEAD = timedelta(hours=24)

_SHAPE = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)"
    r"(?:T(?P<clock>\d\d:\d\d)(?::(?P<second>\d\d)(?:\.(?P<fraction>\d{1,12}))?)?(?P<zone>Z|[+-]\d\d:\d\d)?)?)?)?"
)


@dataclass(frozen=True)
class Moment:
    """An instant, and whether its time zone had to be assumed."""

    at: datetime
    zone_assumed: bool


def instant(text: str) -> Moment:
    """The instant (a date's first one) that a FHIR date, dateTime or instant names; ValueError for anything else.

    Without a zone it is read as Asia/Shanghai and says so (the house, section 7, point 12).
    """
    match = _SHAPE.fullmatch(text)
    if match is None:
        raise ValueError("not a FHIR dateTime")
    day = f"{match['year']}-{match['month'] or '01'}-{match['day'] or '01'}"
    # A leap second has no place in Python's clock; its predecessor is the nearest one that has.
    second = "59" if match["second"] == "60" else match["second"] or "00"
    fraction = (match["fraction"] or "0")[:6].ljust(6, "0")
    read = datetime.fromisoformat(f"{day}T{match['clock'] or '00:00'}:{second}.{fraction}")
    zone = match["zone"]
    if zone is None:
        return Moment(read.replace(tzinfo=SHANGHAI).astimezone(UTC), True)
    offset = datetime.fromisoformat(f"2000-01-01T00:00:00{zone.replace('Z', '+00:00')}").tzinfo
    return Moment(read.replace(tzinfo=offset).astimezone(UTC), False)


def plausible(text: str, element: str, now: datetime, *, may_lie_ahead: bool = False) -> Moment:
    """Like `instant`, for a time that must have been: raises CannotApply for a bad shape or an implausible time.

    Implausible is before 1900, or more than 24 hours ahead unless `may_lie_ahead` (fault matrix, row 23).
    """
    try:
        moment = instant(text)
    except (ValueError, OverflowError):
        raise unreadable(f"{element} 的时间写法不符合 FHIR R4 的规定。") from None
    if moment.at.year < EARLIEST:
        raise CannotApply(Reason.IMPLAUSIBLE_TIME, f"{element} 早于 {EARLIEST} 年，请机构核对。")
    if moment.at > now + AHEAD and not may_lie_ahead:
        raise CannotApply(Reason.IMPLAUSIBLE_TIME, f"{element} 比现在晚 24 小时以上，请机构核对系统时钟。")
    return moment
