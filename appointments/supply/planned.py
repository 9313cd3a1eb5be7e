"""Which half-days the patterns, the days that differ and the country's calendar make of some days. Writes nothing."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self
from uuid import UUID

from django.db.models import Q

from appointments.models import Holiday, Rota, RotaException, Session


@dataclass(frozen=True)
class Planned:
    """A half-day as it is planned: of a weekly pattern (`rota`), or an extra clinic."""

    day: date
    of: Rota | RotaException

    @property
    def key(self) -> tuple[UUID, date, str]:
        """Whose half-day it is: a practitioner has one."""
        assert self.of.practitioner_id is not None  # an extra clinic is complete
        return self.of.practitioner_id, self.day, self.of.period

    def session(self) -> Session:
        """The half-day as a session in preparation, unsaved."""
        of = self.of
        # An extra clinic is complete (`extra_clinic_is_complete`), a pattern always.
        assert of.department_id is not None and of.practitioner_id is not None and of.fee is not None
        return Session(
            facility_id=of.facility_id,
            department_id=of.department_id,
            practitioner_id=of.practitioner_id,
            date=self.day,
            period=of.period,
            kind=of.kind if isinstance(of, Rota) else of.number_kind,
            fee=of.fee,
            location=of.location,
            outreach=of.outreach,
            rota=of if isinstance(of, Rota) else None,
            state=Session.State.DRAFT,
        )


@dataclass(frozen=True)
class Book:
    """The patterns, days that differ and holidays that bear on some facilities and days."""

    rotas: Sequence[Rota]
    exceptions: Sequence[RotaException]
    holidays: dict[date, Holiday]

    @classmethod
    def of(cls, facility_ids: Collection[UUID], first: date, last: date) -> Self:
        """Read what bears on these days, both included. Three statements."""
        return cls(
            rotas=list(Rota.objects.filter(facility_id__in=facility_ids, valid__overlap=(first, last + timedelta(1)))),
            exceptions=list(
                RotaException.objects.filter(
                    facility_id__in=facility_ids, date__range=(first, last), withdrawn_at=None
                ).order_by("made_at")
            ),
            holidays={day.date: day for day in Holiday.objects.filter(date__range=(first, last))},
        )

    def planned(self, first: date, last: date) -> list[Planned]:
        """The half-days of these days, by day; where an extra clinic and a pattern meet, the extra clinic."""
        found: dict[tuple[UUID, date, str], Planned] = {}
        for number in range((last - first).days + 1):
            for one in self._of_day(first + timedelta(days=number)):
                found[one.key] = one
        return list(found.values())

    def _of_day(self, day: date) -> Iterator[Planned]:
        weekday = self._weekday(day)
        for rota in self.rotas:
            if rota.weekday == weekday and _holds(rota, day) and not self._is_away(rota, day):
                yield Planned(day, rota)
        for other in self.exceptions:
            if other.kind == RotaException.Kind.EXTRA and other.date == day:
                yield Planned(day, other)

    def _weekday(self, day: date) -> int | None:
        """The weekday whose patterns hold on a day; None on a holiday."""
        holiday = self.holidays.get(day)
        return day.isoweekday() if holiday is None else holiday.works_as

    def _is_away(self, rota: Rota, day: date) -> bool:
        away = [one for one in self.exceptions if one.kind == RotaException.Kind.AWAY and one.date == day]
        return any(bears_on(one, rota) for one in away)


def bears_on(away: RotaException, half_day: Rota | Session) -> bool:
    """Whether an absence is about a half-day: the facility's all, a department's, a practitioner's, one period's."""
    return (
        away.facility_id == half_day.facility_id
        and away.department_id in {None, half_day.department_id}
        and away.practitioner_id in {None, half_day.practitioner_id}
        and away.period in {"", half_day.period}
    )


def sessions_of(away: RotaException) -> Q:
    """The sessions that an absence is about."""
    wanted = Q(facility_id=away.facility_id, date=away.date)
    if away.department_id:
        wanted &= Q(department_id=away.department_id)
    if away.practitioner_id:
        wanted &= Q(practitioner_id=away.practitioner_id)
    return wanted & Q(period=away.period) if away.period else wanted


def _holds(rota: Rota, day: date) -> bool:
    valid = rota.valid
    return valid.lower <= day and (valid.upper is None or day < valid.upper)
