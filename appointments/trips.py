"""One trip: a doctor and examinations of one morning, booked all together or not at all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID, uuid5

from django.db import DatabaseError
from django.db.models import Q

from appointments import actions, answers, refusals
from appointments.admission import channel_of, refuse_the_suspended, refuse_what_breaks_a_rule, relevant
from appointments.models import Booking, Period, Service, Slot
from appointments.wishes import Wishes, fasting_until, refuse_unless_fasting
from residents.access import Viewer, record_event
from residents.messages import notify
from residents.models import Notice

LEAST, MOST = 2, 6


@dataclass(frozen=True)
class Step:
    """One visit of a trip: a time, and the examination it is for; none for the doctor's."""

    slot: Slot
    service: Service | None = None

    @property
    def rank(self) -> tuple[int, int]:
        """Where it belongs: on an empty stomach, before the doctor, the doctor, after the doctor."""
        return rank_of(self.service)

    @property
    def minutes(self) -> timedelta:
        """How long until one can be elsewhere."""
        return timedelta(minutes=self.service.minutes if self.service else 0)

    def free_at(self) -> datetime:
        """From when the next visit may begin: this one's time is over, and so is what the examination takes."""
        return max(self.slot.ends_at, self.slot.starts_at + self.minutes)


def rank_of(service: Service | None) -> tuple[int, int]:
    """The place of an examination in a trip; of the doctor for none."""
    if service is None:
        return (2, 0)
    if service.fasting:
        return (0, service.order)
    return (3 if service.after_doctor else 1, service.order)


def in_order(services: Iterable[Service | None]) -> list[Service | None]:
    """Examinations and the doctor (None), one after the other as a trip takes them."""
    return sorted(services, key=lambda service: (rank_of(service), service.name if service else ""))


def book(
    *, steps: Sequence[Step], viewer: Viewer, form_key: UUID, now: datetime, wishes: Wishes | None = None
) -> list[Booking]:
    """Book every visit of a trip, or none: one transaction with all slots locked by id.

    The same `form_key` again gives the same bookings. Raises `TripOutOfOrder`, `NotFasting`, `IdentityNeeded`, `Busy`,
    `Suspended`, and `NoTrip` with the visit that cannot be had and why, having written nothing. `steps` come with their
    slots' sessions and services.
    """
    refuse_disorder(steps, now)
    with answers.one_transaction():
        channel, suspended = _lock(viewer, steps, ())
        again = _sent_before(viewer, steps, form_key)
        if again:
            return again
        refuse_the_suspended(viewer, channel, suspended)
        _refuse(steps, viewer, channel, now)
        # Only now, so that a trip that cannot be had keeps nobody waiting.
        _lock(viewer, steps, [str(step.slot.pk) for step in steps])
        return _write(steps, viewer, form_key, now, wishes)


def check(*, steps: Sequence[Step], viewer: Viewer, now: datetime) -> None:
    """Raise the refusal that `book` would meet now; reads only, promises nothing."""
    refuse_disorder(steps, now)
    suspended = answers.ask(
        "SELECT app.suspended_until(%s, %s), %s::uuid = ANY (app.residents_for('booking'))",
        [viewer.resident_id, steps[0].slot.facility_id, viewer.resident_id],
    )[0]
    channel = channel_of(viewer.resident_id, steps[0].slot.starts_at)
    refuse_the_suspended(viewer, channel, suspended)
    _refuse(steps, viewer, channel, now)


def refuse_disorder(steps: Sequence[Step], now: datetime) -> None:
    """Raise `TripOutOfOrder`, or `NotFasting`, for visits that do not make a trip."""
    fits = LEAST <= len(steps) <= MOST and len({step.slot.pk for step in steps}) == len(steps)
    sessions = [step.slot.session for step in steps]
    mornings = {(session.facility_id, session.date, session.period) for session in sessions}
    fits = fits and len(mornings) == 1 and all(session.period == Period.MORNING for session in sessions)
    fits = fits and sum(step.service is None for step in steps) <= 1 and all(_in_its_place(step) for step in steps)
    if not fits or not all(_follows(one, then) for one, then in zip(steps, steps[1:], strict=False)):
        raise refusals.TripOutOfOrder
    for step in steps:
        refuse_unless_fasting(step.service, step.slot, now)


def may_start(service: Service | None, at: time, now: datetime) -> bool:
    """Whether an examination may begin at this time of day."""
    return service is None or not service.fasting or at < fasting_until(now)


def _in_its_place(step: Step) -> bool:
    service = step.service
    return service is None or (service.is_active and service.department_id == step.slot.session.department_id)


def _follows(one: Step, then: Step) -> bool:
    return one.rank <= then.rank and one.free_at() <= then.slot.starts_at


def _lock(viewer: Viewer, steps: Sequence[Step], slots: Sequence[str]) -> tuple[str, datetime | None]:
    """One deed at a time for a person, and of a trip all slots, by id (docs/locking.md).

    Returns their channel on line, and until when web booking at the facility is suspended.
    """
    person, first = viewer.resident_id, steps[0].slot
    row = answers.ask(
        "SELECT app.hold_person_and_slots(%s, %s::uuid[]), app.channel_of(%s, %s), app.suspended_until(%s, %s),"
        " %s::uuid = ANY (app.residents_for('booking'))",
        [person, list(slots), person, first.session.date, person, first.facility_id, person],
    )
    return str(row[1]), row[2]


def key_of(form_key: UUID, step: Step) -> UUID:
    """The form's key of one visit: the same for the same form and time."""
    return uuid5(form_key, str(step.slot.pk))


def _sent_before(viewer: Viewer, steps: Sequence[Step], form_key: UUID) -> list[Booking]:
    """What this form booked before; raises `FormUsed` where that was another trip, or is not live any more."""
    keys = [key_of(form_key, step) for step in steps]
    sent = Q(booked_by=viewer.account_id) & (Q(form_key__in=keys) | Q(trip=form_key))
    before = actions.bookings_of(viewer, sent)
    live = {booking.form_key: booking for booking in before if booking.status != Booking.Status.CANCELLED}
    if before and set(live) != set(keys):
        raise refusals.FormUsed
    return [live[key] for key in keys] if before else []


def _refuse(steps: Sequence[Step], viewer: Viewer, channel: str, now: datetime) -> None:
    """Raise `NoTrip` with the first visit that breaks a rule, each beside those before it."""
    terms = [actions.terms_of(step.slot, now) for step in steps]
    wanted = Q(pk__in=[])
    for each in terms:
        wanted |= relevant(viewer, each, now)
    mine = list(actions.bookings_of(viewer, wanted))
    for step, rules in zip(steps, terms, strict=True):
        try:
            refuse_what_breaks_a_rule(step.slot, mine, rules, channel, now)
        except refusals.Refusal as refusal:
            raise refusals.NoTrip(step.slot, refusal) from None
        mine.append(_thought_of(step, viewer, now, mine))


def _thought_of(step: Step, viewer: Viewer, now: datetime, mine: Sequence[Booking]) -> Booking:
    """A visit of the trip as if it were booked, for the rules about those that follow."""
    booking = actions.unsaved(step.slot, viewer, step.slot.pk, now)
    if mine:
        booking.resident = mine[0].resident
    return booking


def _write(
    steps: Sequence[Step], viewer: Viewer, form_key: UUID, now: datetime, wishes: Wishes | None
) -> list[Booking]:
    said = wishes or Wishes()
    written = []
    for step in steps:
        told = Wishes(said.reason, said.needs, step.service)
        booking = actions.unsaved(step.slot, viewer, key_of(form_key, step), now, wishes=told)
        booking.trip = form_key
        record_event(viewer=viewer, action=actions.BOOKED, now=now, subject=booking, facility_id=booking.facility_id)
        try:
            booking.save(force_insert=True)
        except DatabaseError as error:
            refusal = answers.meaning(error)
            if refusal is None:
                raise
            raise refusals.NoTrip(step.slot, refusal()) from None
        written.append(booking)
    notify(resident_id=viewer.resident_id, kind=Notice.Kind.BOOKED, subject_id=written[0].pk, now=now)
    return written
