"""Finding a place: by words, facility and day; by the soonest of a department; by its calendar of two weeks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from pypinyin import Style, lazy_pinyin

from appointments import availability
from appointments.models import Channel, NumberKind, Period, Session, Slot
from appointments.terms import RuleBook
from facilities.models import Department, Facility, Practitioner

CALENDAR_DAYS = timedelta(days=14)
# One page of times: more than anybody reads, few enough for a slow telephone.
SLOTS = 40


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for; everything may be left out."""

    words: str = ""
    facility: Facility | None = None
    day: date | None = None


@dataclass(frozen=True)
class Found:
    """Departments and doctors, the soonest first, each with its first free day (`None`: none within the window)."""

    departments: list[tuple[Department, date | None]]
    practitioners: list[tuple[Practitioner, date | None]]


@dataclass
class HalfDay:
    """One half-day of a department, over all its doctors."""

    period: str
    free: int = 0
    planned: bool = False
    stopped: bool = False
    opens_at: datetime | None = None


@dataclass
class Day:
    """A day of a department's calendar."""

    date: date
    halves: dict[str, HalfDay] = field(default_factory=dict)


@lru_cache(maxsize=20_000)
def spellings(name: str) -> tuple[str, str]:
    """A name in pinyin, whole and by its initials: 王海燕 is wanghaiyan and why."""
    return "".join(lazy_pinyin(name)).lower(), "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower()


def says(words: str, name: str, *more: str) -> bool:
    """Whether `name` is written or spelled with these words, or they stand in the text beside it."""
    plain = "".join(words.split()).lower()
    if plain in name.lower() or any(plain in text.lower() for text in more):
        return True
    whole, initials = spellings(name)
    return plain.isascii() and (whole.startswith(plain) or (len(plain) > 1 and plain in (whole, initials)))


def find(wanted: Wanted, now: datetime, channel: str = Channel.WEB) -> Found:
    """Departments and doctors that answer to `wanted`; three statements and the rules."""
    places = Department.objects.filter(facility__in=availability.facilities(), is_active=True, takes_bookings=True)
    if wanted.facility is not None:
        places = places.filter(facility=wanted.facility)
    departments = list(places.select_related("facility"))
    doctors = _doctors(wanted, departments)
    free = availability.free_sessions(departments, now, channel)
    named = [one for one in departments if not wanted.words or says(wanted.words, one.name, one.introduction)]
    return Found(
        _soonest_first(named, free, "department_id", wanted.day),
        _soonest_first(doctors, free, "practitioner_id", wanted.day),
    )


def _doctors(wanted: Wanted, departments: Sequence[Department]) -> list[Practitioner]:
    """Doctors whose name or speciality answers; without words there are only departments."""
    if not wanted.words:
        return []
    known = Practitioner.objects.filter(department__in=departments, is_active=True)
    known = known.select_related("facility", "department")
    return [one for one in known if says(wanted.words, one.name, one.speciality)]


def _soonest_first(
    found: Sequence[Any], free: Iterable[Any], by: str, day: date | None
) -> list[tuple[Any, date | None]]:
    """With the first free day of each; with `day`, only those that are free on it."""
    first: dict[UUID, date] = {}
    for session in free:
        if day is None or session.date == day:
            first.setdefault(getattr(session, by), session.date)
    rows = [(one, first.get(one.pk)) for one in found if day is None or one.pk in first]
    return sorted(rows, key=lambda row: row[1] or date.max)


def calendar(department: Department, now: datetime, channel: str = Channel.WEB, kind: str = "") -> list[Day]:
    """Two weeks of a department from today on, over all its doctors: two statements, however many there are."""
    book, today = RuleBook.of([department.facility_id], now), timezone.localdate(now)
    sessions: Iterable[Any] = (
        Session.objects.filter(department=department, **({"kind": kind} if kind else {}))
        .exclude(state__in=Session.UNSEEN)
        .filter(practitioner__is_active=True)
        .between(today, today + CALENDAR_DAYS - timedelta(days=1))
        .counting_places(now, channel)
    )
    days = {today + timedelta(days=n): Day(today + timedelta(days=n)) for n in range(CALENDAR_DAYS.days)}
    for session in sessions:
        if session.total:
            half = days[session.date].halves.setdefault(session.period, HalfDay(session.period))
            _count(half, session, book, now)
    return list(days.values())


def _count(half: HalfDay, session: Any, book: RuleBook, now: datetime) -> None:
    terms = book.terms(session.facility_id, session.department_id, session.kind)
    if session.state == Session.State.STOPPED:
        half.stopped = True
    elif session.date <= terms.last_day(now):
        half.planned = True
        half.free += session.free
    else:
        opens = terms.released_at(session.date)
        half.opens_at = min(half.opens_at or opens, opens)


@dataclass(frozen=True)
class Which:
    """Which times of a department."""

    day: date | None = None
    period: str = ""
    kind: str = ""
    practitioner: UUID | None = None


def times(
    department: Department, which: Which, now: datetime, channel: str = Channel.WEB, count: int = SLOTS
) -> list[Slot]:
    """The soonest free times of a department over all its doctors, as far as their numbers are released."""
    book = RuleBook.of([department.facility_id], now)
    terms = {kind: book.terms(department.facility_id, department.pk, kind) for kind in NumberKind.values}
    released = Q(pk__in=[])
    for kind, each in terms.items():
        released |= Q(session__kind=kind, session__date__lte=each.last_day(now))
    free = Slot.objects.bookable(now, channel).with_everything().filter(released, session__department=department)
    chosen = {
        "session__date": which.day,
        "session__period": which.period,
        "session__kind": which.kind,
        "session__practitioner": which.practitioner,
    }
    free = free.filter(**{name: value for name, value in chosen.items() if value})
    ahead = free.order_by("starts_at", "session__practitioner__code")[:count]
    return [slot for slot in ahead if terms[slot.session.kind].closes_at(slot.starts_at) > now]


PERIODS = (Period.MORNING, Period.AFTERNOON, Period.EVENING)
