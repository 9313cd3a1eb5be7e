"""Proposals for one trip: which times of a morning fit a doctor and examinations, one after the other."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from appointments import availability
from appointments.models import Channel, Period, Service, Slot
from appointments.terms import RuleBook
from appointments.trips import Step, in_order, may_start
from facilities.models import Department, Facility

# So many for a morning: enough to choose, few enough to read.
PER_DAY, DAYS = 2, 7


@dataclass(frozen=True)
class Trip:
    """What somebody wants done on one morning: examinations, and a doctor of `department` where it is named."""

    facility: Facility
    department: Department | None
    services: Sequence[Service]
    day: date | None = None

    @property
    def places(self) -> list[tuple[Service | None, UUID]]:
        """Each visit in its order, with the department it is in."""
        wanted: list[Service | None] = [*self.services, *([None] if self.department else [])]
        return [(one, one.department_id if one else self.department_id) for one in in_order(wanted)]

    @property
    def department_id(self) -> UUID:
        """The doctor's department."""
        assert self.department is not None
        return self.department.pk


@dataclass(frozen=True)
class Plan:
    """Times that fit, in order."""

    steps: list[Step]

    @property
    def starts_at(self) -> datetime:
        return self.steps[0].slot.starts_at

    @property
    def ends_at(self) -> datetime:
        return self.steps[-1].slot.ends_at

    @property
    def length(self) -> timedelta:
        """From coming to going."""
        return self.ends_at - self.starts_at


def facilities() -> QuerySet[Facility]:
    """Facilities that have examinations for a trip."""
    return availability.facilities().filter(pk__in=Service.objects.filter(is_active=True).values("facility"))


def services(facility: Facility) -> QuerySet[Service]:
    """The examinations of a facility that can be booked."""
    return Service.objects.filter(is_active=True, department__in=availability.departments(facility))


def doctors(facility: Facility) -> QuerySet[Department]:
    """The departments where one sees a doctor: those without examinations of their own."""
    return availability.departments(facility).exclude(pk__in=services(facility).values("department"))


def plans(trip: Trip, now: datetime, channel: str = Channel.WEB) -> list[tuple[date, list[Plan]]]:
    """The best proposals of each morning on which everything fits, the nearest morning first."""
    found = []
    for day, slots in groupby(_free(trip, now, channel), key=lambda slot: slot.session.date):
        fitting = _best(_fitting(trip, list(slots), now))
        if fitting:
            found.append((day, fitting))
    return found[:DAYS]


def _free(trip: Trip, now: datetime, channel: str) -> list[Slot]:
    """Free times of the morning in all departments of the trip, by time; of one moment the first doctor's."""
    book = RuleBook.of([trip.facility.pk], now)
    wanted = {department for _, department in trip.places}
    free = Slot.objects.bookable(now, channel).with_everything()
    free = free.filter(session__department__in=wanted, session__period=Period.MORNING)
    if trip.day:
        free = free.filter(session__date=trip.day)
    ahead = free.filter(session__date__lte=timezone.localdate(now) + availability.LONGEST_WINDOW)
    return [slot for slot in ahead.order_by("starts_at", "id") if availability.is_on_line(slot, book, now)]


def _fitting(trip: Trip, slots: Sequence[Slot], now: datetime) -> Iterator[Plan]:
    """From each time the first visit could begin, the soonest that the others can follow."""
    places = trip.places
    first = [slot for slot in slots if slot.session.department_id == places[0][1]]
    for slot in first:
        steps = _from(slot, places, slots, now)
        if steps:
            yield Plan(steps)


def _from(
    first: Slot, places: Sequence[tuple[Service | None, UUID]], slots: Sequence[Slot], now: datetime
) -> list[Step]:
    steps: list[Step] = []
    for service, department in places:
        open_to = slots if steps else [first]
        slot = next((one for one in open_to if _fits(one, service, department, steps, now)), None)
        if slot is None:
            return []
        steps.append(Step(slot, service))
    return steps


def _fits(slot: Slot, service: Service | None, department: UUID, steps: Sequence[Step], now: datetime) -> bool:
    in_time = not steps or steps[-1].free_at() <= slot.starts_at
    at = timezone.localtime(slot.starts_at).time()
    return slot.session.department_id == department and in_time and may_start(service, at, now)


def _best(found: Iterable[Plan]) -> list[Plan]:
    """The shortest ways through the morning, one for each moment of coming; the soonest first."""
    by_start: dict[datetime, Plan] = {}
    for plan in found:
        by_start.setdefault(plan.starts_at, plan)
    shortest = sorted(by_start.values(), key=lambda plan: (plan.length, plan.starts_at))[:PER_DAY]
    return sorted(shortest, key=lambda plan: plan.starts_at)
