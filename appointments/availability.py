"""What there is to book: open to everyone, so it holds nothing about any person."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import Case, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Abs, Extract
from django.utils import timezone

from appointments.models import Booking, Channel, Session, Slot
from appointments.models.sessions import open_places
from appointments.terms import RuleBook, Terms, terms_for
from facilities.models import Department, Facility, Practitioner
from foundation.prepared import Question
from residents.access import Viewer
from residents.models import Resident

# How far beyond the window a page shows sessions that are not released yet.
PREVIEW = timedelta(days=7)
# The longest window a rule can have (`rule_window_is_1_to_90_days`), and the day that the release time adds.
LONGEST_WINDOW = timedelta(days=90)
# How many more of the nearest times are looked at, because some may not be released yet: few first, for most often
# all are.
MARGINS = (3, 60)


def facilities() -> QuerySet[Facility]:
    """Facilities with a department that takes bookings."""
    bookable = Department.objects.filter(is_active=True, takes_bookings=True)
    return Facility.objects.filter(is_active=True, pk__in=bookable.values("facility"))


def departments(facility: Facility) -> QuerySet[Department]:
    """The departments of a facility that take bookings."""
    return facility.departments.filter(is_active=True, takes_bookings=True)


def practitioners(department: Department) -> QuerySet[Practitioner]:
    """The practitioners of a department."""
    return department.practitioners.filter(is_active=True)


def first_free_days(
    places: Iterable[Department], by: str, now: datetime, channel: str = Channel.WEB
) -> dict[UUID, date]:
    """The first day with a free place, per `department_id` or `practitioner_id` (`by`), within each one's window."""
    by_id = {place.pk: place for place in places}
    if not by_id:
        return {}
    first: dict[UUID, date] = {}
    for session in free_sessions(by_id.values(), now, channel):
        first.setdefault(getattr(session, by), session.date)
    return first


def free_sessions(places: Iterable[Department], now: datetime, channel: str = Channel.WEB) -> list[Any]:
    """The half-days of these departments that have a free place within each one's window, the nearest first."""
    by_id = {place.pk: place for place in places}
    book = RuleBook.of({place.facility_id for place in by_id.values()}, now)
    last = {key: book.terms(place.facility_id, key).last_day(now) for key, place in by_id.items()}
    sessions: Iterable[Any] = (
        Session.objects.filter(department_id__in=by_id, state=Session.State.OPEN)
        .between(timezone.localdate(now), max(last.values(), default=timezone.localdate(now)))
        .counting_places(now, channel)
        .only("department", "practitioner", "date", "period")
        .order_by("date")
    )
    return [session for session in sessions if session.free and session.date <= last[session.department_id]]


@dataclass(frozen=True)
class Half:
    """One half-day on a practitioner's calendar. `opens_at` is set while its numbers are not released."""

    session: Session
    free: int
    opens_at: datetime | None

    @property
    def is_open(self) -> bool:
        return self.session.state == Session.State.OPEN and self.opens_at is None and self.free > 0


def calendar(practitioner: Practitioner, now: datetime, channel: str = Channel.WEB) -> tuple[Terms, list[Half]]:
    """The terms of a practitioner's own department, and the half-days from today to a week beyond the window.

    Half-days already over are left out, and so are those that are still being prepared.
    """
    book = RuleBook.of([practitioner.facility_id], now)
    terms = book.terms(practitioner.facility_id, practitioner.department_id)
    today = timezone.localdate(now)
    sessions: Iterable[Any] = (
        Session.objects.filter(practitioner=practitioner)
        .exclude(state__in=Session.UNSEEN)
        .between(today, today + timedelta(days=terms.window_days) + PREVIEW)
        .counting_places(now, channel)
        .select_related("department")
    )
    left = [each for each in sessions if each.total]
    return terms, [
        _half(each, book.terms(each.facility_id, each.department_id, each.kind), now) for each in _sorted(left)
    ]


def _sorted(sessions: Iterable[Any]) -> list[Any]:
    """By day, then morning, afternoon, evening."""
    order = list(Session.Period.values)
    return sorted(sessions, key=lambda session: (session.date, order.index(session.period)))


def _half(session: Any, terms: Terms, now: datetime) -> Half:
    released = session.date <= terms.last_day(now)
    return Half(session, session.free, None if released else terms.released_at(session.date))


def slots_of(session: Session, now: datetime, channel: str = Channel.WEB) -> QuerySet[Any]:
    """The slots of a session that have not begun, full ones too, each with its `open_places` for `channel`."""
    return session.slots.filter(starts_at__gt=now, extra_by=None).annotate(open_places=open_places(now, channel))


def alternatives(
    slot: Slot,
    viewer: Viewer,
    now: datetime,
    channel: str,
    count: int = 3,
    booked: Iterable[Sequence[Any]] | None = None,
) -> list[Slot]:
    """The free slots nearest in time: of the same department, or else of departments of that name elsewhere.

    Half-days that this person has booked there are left out: `booked` (day, period), asked for where not given.
    """
    department = slot.session.department
    if booked is None:
        mine = Booking.objects.visible_to(viewer).live()
        mine = mine.filter(department=department, date__gte=timezone.localdate(now))
        booked = mine.values_list("date", "period")
    last = RuleBook.lately([slot.facility_id], now).last_day(slot.facility_id)
    values = (slot.pk, department.pk, department.name, last, slot.starts_at, now)
    around = _around(*values, channel)
    for day, period in booked:
        around = around.exclude(session__date=day, session__period=period)
    first = None if booked else _usual(channel, count + MARGINS[0]).rows(*values)
    near = _nearest(around, now, count, first)
    return [other for other in near if other.session.department_id == department.pk] or near


def _around(key: UUID, department: UUID, name: str, last: date, at: datetime, now: datetime, channel: str) -> Any:
    """The other free slots of a department up to a day, then those of departments of its name, the nearest first."""
    here, elsewhere = Q(session__department=department), Q(session__department__name=name)
    free = Slot.objects.bookable(now, channel).with_everything().exclude(pk=key)
    free = free.filter((here & Q(session__date__lte=last)) | (~here & elsewhere))
    return free.order_by(Case(When(here, then=Value(0)), default=Value(1)), _distance(at), "starts_at")


@cache
def _usual(channel: str, most: int) -> Question:
    """`_around` as everybody who comes too late asks it in a rush: put together once."""

    def asked(key: Any, department: Any, name: Any, last: Any, at: Any, now: Any) -> Any:
        return _around(key, department, name, last, at, now, channel)[:most]

    return Question(asked)


def _distance(at: datetime) -> Abs:
    return Abs(Extract(F("starts_at") - Value(at), "epoch"))


def instead_of(booking: Booking, viewer: Viewer, now: datetime, channel: str, count: int = 3) -> list[Slot]:
    """The free slots most like a stopped booking's: the same doctor's first, then the same kind in the department.

    The nearest in time first, without half-days that this person has booked there. `booking` comes with its slot and
    session.
    """
    free = equal_places(booking.session, now, channel)
    mine = Booking.objects.visible_to(viewer).live().filter(date__gte=timezone.localdate(now))
    for department, day, period in mine.values_list("department", "date", "period"):
        free = free.exclude(session__department=department, session__date=day, session__period=period)
    return list(_like_first(free, booking.session, booking.slot.starts_at)[:count])


def equal_places(session: Session, now: datetime, channel: str = Channel.WEB) -> QuerySet[Any]:
    """The free slots, released already, of the same doctor, or of the same kind in the department, at the facility."""
    last = terms_for(session.facility_id, session.department_id, now, session.kind).last_day(now)
    return (
        Slot.objects.bookable(now, channel)
        .with_everything()
        .filter(_same_doctor(session) | Q(session__department=session.department_id, session__kind=session.kind))
        .filter(session__facility=session.facility_id, session__date__lte=last)
        .exclude(session=session)
    )


def equal_for_many(
    session: Session, now: datetime, without: Iterable[Session] = (), count: int = 3
) -> tuple[list[Slot], int]:
    """What people of a half-day that is stopped can choose instead, on line: the likest slots, and all places in sum.

    `without`: half-days that are stopped with it.
    """
    free = equal_places(session, now).exclude(session__in=[one.pk for one in without])
    began = session.slots.order_by("starts_at").values_list("starts_at", flat=True).first()
    if began is None:
        return [], 0
    places = free.aggregate(places=Sum("open_places"))["places"]
    return list(_like_first(free, session, began)[:count]), int(places or 0)


def _same_doctor(session: Session) -> Q:
    return Q(session__practitioner=session.practitioner_id)


def _like_first(free: QuerySet[Any], session: Session, at: datetime) -> QuerySet[Any]:
    """The same doctor's first, then the nearest in time."""
    distance = Abs(Extract(F("starts_at") - Value(at), "epoch"))
    return free.order_by(Case(When(_same_doctor(session), then=Value(0)), default=Value(1)), distance, "starts_at")


def instead_of_nothing(slot_id: UUID, viewer: Viewer, now: datetime, channel: str, count: int = 3) -> list[Slot]:
    """The nearest free slots for a time that nobody can see: at its facility; or where the person was, or is known."""
    free = Slot.objects.bookable(now, channel).with_everything()
    hidden = Slot.objects.filter(pk=slot_id).first()
    if hidden is not None:
        here = free.filter(facility=hidden.facility_id).order_by(_distance(hidden.starts_at), "starts_at")
        return _nearest(here, now, count)
    last = Booking.objects.visible_to(viewer).order_by("-booked_at").first()
    known = [
        free.filter(session__department=last.department_id) if last else free.none(),
        free.filter(facility__in=Resident.objects.filter(pk=viewer.resident_id).values("facility")),
        free,
    ]
    nearest = (some.order_by(_distance(now), "starts_at") for some in known)
    return next((found for some in nearest if (found := _nearest(some, now, count))), [])


def _nearest(ordered: QuerySet[Any], now: datetime, count: int, first: list[Any] | None = None) -> list[Slot]:
    """Those that come first and whose numbers are released and not closed yet. `first`: the first few, if at hand."""
    found: list[Slot] = []
    for margin in MARGINS:
        some = list(ordered[: count + margin]) if first is None else first
        first = None
        book = RuleBook.lately({slot.facility_id for slot in some}, now)
        found = [slot for slot in some if is_on_line(slot, book, now)]
        if len(found) >= count or len(some) < count + margin:
            break
    return found[:count]


def is_on_line(slot: Slot, book: RuleBook, now: datetime) -> bool:
    """Whether a slot's numbers are released and not closed yet."""
    session = slot.session
    terms = book.terms(session.facility_id, session.department_id, session.kind)
    return session.date <= terms.last_day(now) and terms.closes_at(slot.starts_at) > now
