"""Under which terms a place lets itself be booked: the rule in force, and what follows from it for a day and a time."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Self
from uuid import UUID

from django.utils import timezone

from appointments.models import Rule
from foundation.dated import register, setting, time_setting

# Field facts, section D2; each is a dated setting, and a Rule of the facility or the department goes before it.
WINDOW_DAYS = register("appointments.window_days", 7, "预约周期（天）")
RELEASE_TIME = register("appointments.release_time", "07:00", "放号时间")
CANCEL_DAYS = register("appointments.cancel_days_before", 0, "退号截止：提前天数")
CANCEL_TIME = register("appointments.cancel_time", "17:00", "退号截止：截止时间")
CANCEL_MINUTES = register("appointments.cancel_minutes_before", 60, "退号截止：开始前分钟数")
LIVE_BOOKINGS = register("appointments.live_bookings_per_person", 3, "每人有效预约上限")
GRACE_MINUTES = register("appointments.cancel_grace_minutes", 10, "预约后可反悔的分钟数")
SELF_REGISTERED = register("identity.self_registered_bookings", 2, "自行登记（L1）的人最多同时有几个未就诊的预约")
register("appointments.care_grant_days", 7, "就诊后医疗机构仍可查看的天数")  # read by the database (migration 0003)


@dataclass(frozen=True)
class Terms:
    """The rule that holds for one department at one instant."""

    window_days: int
    release_time: time
    cancel_days_before: int
    cancel_time: time
    cancel_minutes_before: int
    live_bookings_per_person: int

    def last_day(self, now: datetime) -> date:
        """The last day whose numbers are released at `now`: a new day is added at the release time."""
        local = timezone.localtime(now)
        days = self.window_days if local.time() >= self.release_time else self.window_days - 1
        return local.date() + timedelta(days=days)

    def released_at(self, day: date) -> datetime:
        """When the numbers of `day` are released."""
        return _local(day - timedelta(days=self.window_days), self.release_time)

    def cancel_until(self, starts_at: datetime, booked_at: datetime, grace: timedelta) -> datetime:
        """Until when a booking may be cancelled: the cut-off or the grace after booking, never past the start."""
        cutoff = starts_at - timedelta(minutes=self.cancel_minutes_before)
        if self.cancel_days_before:
            day = timezone.localdate(starts_at) - timedelta(days=self.cancel_days_before)
            cutoff = _local(day, self.cancel_time)
        return min(max(cutoff, booked_at + grace), starts_at)


def _local(day: date, at: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, at))


class RuleBook:
    """The rules in force at one instant for some facilities, read in one statement; the county's settings once."""

    def __init__(self, rules: Collection[Rule], now: datetime) -> None:
        self._newest = {(rule.facility_id, rule.department_id): rule for rule in rules}
        self._now = now

    @classmethod
    def of(cls, facility_ids: Collection[UUID], now: datetime) -> Self:
        """Read the rules of these facilities that are valid on the day of `now`."""
        valid = Rule.objects.filter(facility_id__in=facility_ids, valid_from__lte=timezone.localdate(now))
        return cls(list(valid.order_by("valid_from")), now)

    def terms(self, facility_id: UUID, department_id: UUID) -> Terms:
        """The department's newest rule, else its facility's, else the county's settings."""
        rule = self._newest.get((facility_id, department_id)) or self._newest.get((facility_id, None))
        if rule is None:
            return self._county
        return Terms(
            window_days=rule.window_days,
            release_time=rule.release_time,
            cancel_days_before=rule.cancel_days_before,
            cancel_time=rule.cancel_time,
            cancel_minutes_before=rule.cancel_minutes_before,
            live_bookings_per_person=rule.live_bookings_per_person,
        )

    @cached_property
    def _county(self) -> Terms:
        now = self._now
        return Terms(
            window_days=setting(WINDOW_DAYS, now),
            release_time=time_setting(RELEASE_TIME, now),
            cancel_days_before=setting(CANCEL_DAYS, now),
            cancel_time=time_setting(CANCEL_TIME, now),
            cancel_minutes_before=setting(CANCEL_MINUTES, now),
            live_bookings_per_person=setting(LIVE_BOOKINGS, now),
        )


def terms_for(facility_id: UUID, department_id: UUID, now: datetime) -> Terms:
    """The terms of one department at `now`."""
    return RuleBook.of([facility_id], now).terms(facility_id, department_id)


def grace(now: datetime) -> timedelta:
    """How long after booking anyone may think again."""
    return timedelta(minutes=setting(GRACE_MINUTES, now))
