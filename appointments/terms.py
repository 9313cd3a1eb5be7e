"""Under which terms a place lets itself be booked: the rule in force, and what follows from it for a day and a time."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any, Self
from uuid import UUID

from django.core.cache import caches
from django.utils import timezone

from appointments.models import Rule
from foundation.dated import register, setting, time_setting
from foundation.prepared import Question

# Field facts, section D2; each is a dated setting of the county, and a Rule goes before it, the narrower the sooner.
# The key is the Rule's field name, so that the database finds both by one word (`app.booking_term`).
COUNTY: dict[str, str] = {
    name: register(f"appointments.{name}", default, label)
    for name, default, label in (
        ("window_days", 7, "预约周期（天）"),
        ("release_time", "07:00", "放号时间"),
        ("close_days_before", 0, "网上停止预约：提前天数"),
        ("close_time", None, "网上停止预约：停止时间（空：约到开始前）"),
        ("cancel_days_before", 0, "退号截止：提前天数"),
        ("cancel_time", "17:00", "退号截止：截止时间"),
        ("cancel_minutes_before", 60, "退号截止：开始前分钟数"),
        ("check_in_minutes_before", 30, "签到：最早提前分钟数"),
        ("check_in_minutes_after", 30, "签到：最晚迟到分钟数"),
        ("live_bookings_per_person", 3, "每人有效预约上限"),
        ("bookings_per_day", None, "每人同一天就诊上限（空：不限）"),
        ("bookings_per_department", None, "每人同一科室有效预约上限（空：不限）"),
        ("period_days", None, "周期上限：天数（空：不限）"),
        ("bookings_per_period", None, "周期上限：每人最多预约几次（空：不限）"),
        ("moves_per_booking", 3, "同一预约最多改期几次"),
        ("reserve_desk", 0, "窗口预留（%）"),
        ("reserve_phone", 0, "电话预留（%）"),
        ("reserve_referral", 0, "基层转诊预留（%）"),
        ("reserve_elder", 0, "老年人预留（%）"),
        ("reserves_end_hours", 24, "预留号源在开诊前几小时放给所有人"),
        ("returns_from_minutes", 20, "退号重新放出：最早几分钟后"),
        ("returns_to_minutes", 90, "退号重新放出：最晚几分钟后（0：马上放出）"),
        ("waiting", Rule.Waiting.ONE_BY_ONE.value, "候补方式（one_by_one 按先后，all_at_once 同时通知）"),
        ("offer_minutes", 30, "候补通知后保留几分钟"),
        ("reports_attendance", False, "机构登记谁来了、谁没来（不登记的不能记爽约）"),
        ("no_shows_allowed", 3, "爽约几次后暂停网上预约"),
        ("no_show_days", 90, "爽约累计天数"),
        ("suspension_days", 90, "暂停网上预约天数"),
    )
}
# How old the rules may be by which times are offered; whoever books one meets the rules of that moment.
LATELY_SECONDS = 5
_TIMES = ("release_time", "close_time", "cancel_time")
GRACE_MINUTES = register("appointments.cancel_grace_minutes", 10, "预约后可反悔的分钟数")
SELF_REGISTERED = register("identity.self_registered_bookings", 2, "自行登记（L1）的人最多同时有几个未就诊的预约")
ELDER_AGE = register(
    "appointments.elder_age", 65, "满几周岁算老年人，可以用老年人预留的号"
)  # read by the database, too (migration 0007)
WAITS = register("appointments.waits_per_person", 3, "每人最多同时候补几处")  # the database counts (migration 0009)
register("appointments.care_grant_days", 7, "就诊后医疗机构仍可查看的天数")  # read by the database (migration 0003)


@dataclass(frozen=True)
class Terms:
    """The rule that holds for one kind of number in one department at one instant. None: no limit."""

    window_days: int
    release_time: time
    close_days_before: int
    close_time: time | None
    cancel_days_before: int
    cancel_time: time
    cancel_minutes_before: int
    check_in_minutes_before: int
    check_in_minutes_after: int
    live_bookings_per_person: int
    bookings_per_day: int | None
    bookings_per_department: int | None
    period_days: int | None
    bookings_per_period: int | None
    moves_per_booking: int
    reserve_desk: int
    reserve_phone: int
    reserve_referral: int
    reserve_elder: int
    reserves_end_hours: int
    returns_from_minutes: int
    returns_to_minutes: int
    waiting: str
    offer_minutes: int
    reports_attendance: bool
    no_shows_allowed: int
    no_show_days: int
    suspension_days: int

    def last_day(self, now: datetime) -> date:
        """The last day whose numbers are released at `now`: a new day is added at the release time."""
        local = timezone.localtime(now)
        days = self.window_days if local.time() >= self.release_time else self.window_days - 1
        return local.date() + timedelta(days=days)

    def released_at(self, day: date) -> datetime:
        """When the numbers of `day` are released."""
        return _local(day - timedelta(days=self.window_days), self.release_time)

    def closes_at(self, starts_at: datetime) -> datetime:
        """Until when a time may be booked on line: the closing time of its day, never past the start."""
        if self.close_time is None:
            return starts_at
        day = timezone.localdate(starts_at) - timedelta(days=self.close_days_before)
        return min(_local(day, self.close_time), starts_at)

    def cancel_until(self, starts_at: datetime, booked_at: datetime, grace: timedelta) -> datetime:
        """Until when a booking may be cancelled: the cut-off or the grace after booking, never past the start."""
        cutoff = starts_at - timedelta(minutes=self.cancel_minutes_before)
        if self.cancel_days_before:
            day = timezone.localdate(starts_at) - timedelta(days=self.cancel_days_before)
            cutoff = _local(day, self.cancel_time)
        return min(max(cutoff, booked_at + grace), starts_at)


def _local(day: date, at: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, at))


# As `RuleBook.of`, of one facility.
_OF_ONE = Question(
    lambda facility, day: Rule.objects.filter(facility_id=facility, valid_from__lte=day).order_by("valid_from")
)


class RuleBook:
    """The rules in force at one instant for some facilities, read in one statement; the county's settings once."""

    def __init__(self, rules: Iterable[Rule], now: datetime) -> None:
        self._newest = {(rule.facility_id, rule.department_id, rule.number_kind): rule for rule in rules}
        self._now = now

    @classmethod
    def of(cls, facility_ids: Collection[UUID], now: datetime) -> Self:
        """Read the rules of these facilities that are valid on the day of `now`."""
        valid = Rule.objects.filter(facility_id__in=facility_ids, valid_from__lte=timezone.localdate(now))
        return cls(valid.order_by("valid_from"), now)

    @classmethod
    def lately(cls, facility_ids: Collection[UUID], now: datetime) -> Self:
        """As `of`, as this process read them seconds ago: for what is offered, never for what is decided."""
        memory, day = caches["memory"], timezone.localdate(now)
        names = {f"rules:{key}:{day}": key for key in facility_ids}
        known = memory.get_many(names)
        if missing := {names[name]: name for name in names.keys() - known.keys()}:
            fresh: dict[str, list[Rule]] = {name: [] for name in missing.values()}
            for rule in Rule.objects.filter(facility_id__in=missing, valid_from__lte=day).order_by("valid_from"):
                fresh[missing[rule.facility_id]].append(rule)
            memory.set_many(fresh, LATELY_SECONDS)
            known |= fresh
        return cls([rule for rules in known.values() for rule in rules], now)

    def last_day(self, facility_id: UUID) -> date:
        """The last day whose numbers any department of a facility has released."""
        places = {(department, kind) for _facility, department, kind in self._newest} | {(None, "")}
        return max(self.terms(facility_id, *place).last_day(self._now) for place in places)

    def terms(self, facility_id: UUID, department_id: UUID | None, kind: str = "") -> Terms:
        """Each term from the narrowest rule that has it: kind in the department, department, kind, facility, county."""
        places = ((department_id, kind), (department_id, ""), (None, kind), (None, ""))
        rules = [self._newest.get((facility_id, *place)) for place in dict.fromkeys(places)]
        found = dict(self._county)
        for rule in reversed([rule for rule in rules if rule is not None]):
            found |= {name: value for name in COUNTY if (value := getattr(rule, name)) is not None}
        return Terms(**found)

    @cached_property
    def _county(self) -> dict[str, Any]:
        return {name: _of_the_county(name, self._now) for name in COUNTY}


def _of_the_county(name: str, now: datetime) -> Any:
    if name not in _TIMES:
        return setting(COUNTY[name], now)
    return time_setting(COUNTY[name], now) if setting(COUNTY[name], now) else None


def terms_for(facility_id: UUID, department_id: UUID | None, now: datetime, kind: str = "") -> Terms:
    """The terms of one kind of number in one department at `now`."""
    rules = _OF_ONE.rows(facility_id, timezone.localdate(now))
    return RuleBook(rules, now).terms(facility_id, department_id, kind)


def grace(now: datetime) -> timedelta:
    """How long after booking anyone may think again."""
    return timedelta(minutes=setting(GRACE_MINUTES, now))
