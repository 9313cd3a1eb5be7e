"""Whatever people, the desk, the sweeps and time do, in whatever order: the tables never contradict themselves.

After each step every question of `contradictions` is put to PostgreSQL, and each deed was done or refused exactly as
the rules say. tests/faults has many more sequences.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import hypothesis.strategies as st
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from appointments import actions, refusals
from appointments.desk.deeds import NotNow
from appointments.models import Booking, Slot, Strike
from appointments.standing import NoAppeal
from appointments.waiting import WaitRefused
from portal import testdb
from tests.appointments.contradictions import COUNTING, LEFT_OVER, OVERDUE, PASSED_OVER, TOGETHER
from tests.appointments.stateful_town import BORN, Town, moment_of, rows

PROFILE = settings(
    max_examples=8,
    stateful_step_count=25,
    phases=(Phase.generate,),  # shrinking takes minutes: the long run does it
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
WHO, ANY = st.integers(0, len(BORN) - 1), st.integers(0, 99)
STEPS = st.sampled_from([timedelta(minutes=1), timedelta(minutes=12), timedelta(minutes=31), timedelta(hours=7)])
Refused = type[refusals.Refusal]


class Booked(RuleBasedStateMachine):
    """Two departments, five people, a desk, a head and the worker.

    Rules have no preconditions: what is drawn never depends on keys the database made up.
    """

    @initialize()
    def begin(self) -> None:
        """Everybody has a visit and waits for another: whatever comes first has something to change."""
        testdb.wipe()
        self.town = Town()
        slots = [one for one in self.town.slots() if one.capacity == 1]
        for who, slot in zip((2, 0, 3, 4, 1), slots, strict=False):
            self.town.book(who, slot, uuid4())
        self.missed = 2
        for who in range(len(BORN)):
            self.town.wait(timedelta(seconds=1))
            with suppress(WaitRefused):
                self.town.join(who, self.town.sessions[who % 2], who == 4, 1)

    def slot(self, number: int) -> Slot:
        slots = self.town.slots()
        return slots[number % len(slots)]

    def live(self, who: int | None = None) -> list[Booking]:
        wanted = {} if who is None else {"resident_id": self.town.accounts[who].resident_id}
        return self.town.bookings(status="booked", **wanted)

    @rule(who=WHO, number=ANY, at_desk=st.booleans())
    def book(self, who: int, number: int, at_desk: bool) -> None:
        slot, key = self.slot(number), uuid4()
        if at_desk:
            self.town.book_at_desk(who, slot)
            return
        made = done(against(self.town, who, slot), lambda: self.town.book(who, slot, key))
        if made is not None:
            assert self.town.book(who, slot, key).pk == made.pk

    @rule(number=ANY)
    def cancel(self, number: int) -> None:
        booking = pick(self.live(), number)
        if booking is None:
            return
        late = self.town.now >= actions.cancel_deadline(booking)
        done({refusals.TooLateToCancel} if late else set(), lambda: self.town.cancel(self.whose(booking), booking))

    @rule(number=ANY, to=ANY)
    def move(self, number: int, to: int) -> None:
        """Done or refused, the person has as many visits as before."""
        booking, slot = pick(self.live(), number), self.slot(to)
        if booking is None:
            return
        who = self.whose(booking)
        before = len(self.live(who))
        try:
            self.town.move(who, booking, slot, uuid4())
        except refusals.Refusal as refusal:
            assert not isinstance(refusal, refusals.Busy | refusals.IdentityNeeded | refusals.FormUsed), refusal
        assert len(self.live(who)) == before

    @rule(who=WHO, number=ANY, only=st.booleans(), days=st.integers(0, 1), sweeps=st.booleans())
    def join(self, who: int, number: int, only: bool, days: int, sweeps: bool) -> None:
        with suppress(WaitRefused):
            self.town.join(who, pick(self.town.sessions, number), only, days)
        if sweeps:
            self.ask_who_waits()

    @rule(who=WHO, number=ANY, deed=st.sampled_from(["take", "take", "take", "decline", "leave", "yes", "yes", "no"]))
    def answer_an_offer(self, who: int, number: int, deed: str) -> None:
        """What is shown as theirs to take is theirs, but for a rule that stands against it."""
        waiting = self.town.waiting_people()
        who = pick(waiting, who) if waiting else who
        waits = self.town.waits_of(who)
        offers = [one for one in waits if one.slot is not None]
        if deed == "leave" and waits:
            self.town.leave(who, pick(waits, number))
        elif deed in {"yes", "no"}:
            self._text(who, deed == "yes", any(one.until for one in offers))
        elif offers:
            one = pick(offers, number)
            assert one.slot is not None
            if deed == "take":
                done(against(self.town, who, one.slot, kept=True), lambda: self.town.take(who, one))
            else:
                assert self.town.decline(who, one) == (not one.is_claim)

    def _text(self, who: int, yes: bool, offered: bool) -> None:
        try:
            self.town.text(who, yes)
        except refusals.HoldOver:
            assert not offered
        except refusals.Refusal as refusal:
            assert yes and offered and not isinstance(refusal, refusals.SlotFull | refusals.Busy), refusal

    def ask_who_waits(self) -> None:
        before = [key for (key,) in rows("SELECT id FROM appointments_hold")]
        self.town.sweep()
        assert rows(LEFT_OVER) == []
        assert rows(PASSED_OVER, before) == []

    @rule(step=STEPS, sweeps=st.sampled_from(["ask", "ask", "give", ""]))
    def wait(self, step: timedelta, sweeps: str) -> None:
        """Offers lapse and places come back; the worker may be late."""
        self.town.wait(step)
        if sweeps == "ask":
            self.ask_who_waits()
        elif sweeps == "give":
            self.town.give_back()
            assert rows(OVERDUE) == []

    @rule(number=ANY)
    def stop(self, number: int) -> None:
        booking = pick(self.live(), number)
        session = booking.session if booking else pick(self.town.sessions, number)
        asked = "SELECT count(*) FROM appointments_booking b JOIN appointments_slot s ON s.id = b.slot_id"
        where = " WHERE b.session_id = %s AND b.status IN ('booked', 'checked_in') AND s.ends_at > %s"
        awaited = rows(asked + where, session.pk, self.town.now)[0][0]
        assert self.town.stop(session) == awaited

    @rule(number=ANY, again=st.booleans(), to=ANY)
    def miss(self, number: int, again: bool, to: int) -> None:
        """Time goes on until a visit is over, the desk marks that nobody came, and the person books once more."""
        booking = pick((self.live(self.missed) if again else []) or self.live(), number)
        if booking is None:
            return
        over = moment_of(booking.slot)
        if self.town.now < over:
            self.town.wait(over - self.town.now)
        self.town.mark(booking, "no_show")
        self.missed = self.whose(booking)
        ahead = [slot for slot in self.town.slots() if slot.starts_at > self.town.now]
        slot = pick(ahead, to)
        if slot is not None:
            done(against(self.town, self.missed, slot), lambda: self.town.book(self.missed, slot, uuid4()))

    @rule(number=ANY, status=st.sampled_from(["checked_in", "completed", "booked"]))
    def mark(self, number: int, status: str) -> None:
        booking = pick([one for one in self.town.bookings() if one.status != "cancelled"], number)
        if booking is not None:
            with suppress(NotNow):
                self.town.mark(booking, status)

    @rule(number=ANY, how=st.sampled_from(["appeal", "appeal", "accept", "reject", "excuse"]))
    def dispute(self, number: int, how: str) -> None:
        strike, appeal = pick(self.town.strikes(), number), pick(self.town.appeals(), number)
        with suppress(NoAppeal):
            if how == "appeal" and strike:
                self.town.appeal(self.whose(strike), strike)
            elif how == "excuse" and strike:
                self.town.excuse(strike)
            elif appeal:
                self.town.answer(appeal, how == "accept")

    @invariant()
    def the_tables_agree(self) -> None:
        assert rows(TOGETHER) == []

    @invariant()
    def suspended_is_who_missed_too_often_unexcused(self) -> None:
        for who, account in enumerate(self.town.accounts):
            known = rows("SELECT app.suspension_of(%s, %s)", account.resident_id, self.town.place.pk)[0][0]
            assert known == suspended_until(self.town, who)

    def whose(self, row: Booking | Strike) -> int:
        return next(n for n, one in enumerate(self.town.accounts) if one.resident_id == row.resident_id)


def pick(some: list[Any], number: int) -> Any:
    return some[number % len(some)] if some else None


def done(expected: set[Refused], deed: Any) -> Any:
    """Do it: refused exactly where something stands against it, and for that reason. None where refused."""
    try:
        made = deed()
    except refusals.Refusal as refusal:
        assert type(refusal) in expected, (type(refusal), expected)
        return None
    assert expected == set()
    return made


def suspended_until(town: Town, who: int) -> datetime | None:
    """The rule of missed visits, worked out a second time: never an elder, never after one."""
    strikes = rows(COUNTING, town.accounts[who].resident_id)
    if BORN[who].year < 1961:
        return None
    ends = [
        at + timedelta(days=days)
        for at, allowed, within, days in strikes
        if sum(at - timedelta(days=within) < other <= at for other, *_rest in strikes) >= max(allowed, 2)
    ]
    return max((end for end in ends if end > town.now), default=None)


def against(town: Town, who: int, slot: Slot, kept: bool = False) -> set[Refused]:
    """What stands against a person's booking this slot on line now."""
    person: UUID | None = town.accounts[who].resident_id
    channel = "elder" if BORN[who].year < 1961 else "web"
    state, free = rows(
        "SELECT n.state, app.places_for(s, %s, app.clock()) FROM appointments_slot s"
        " JOIN appointments_session n ON n.id = s.session_id WHERE s.id = %s",
        channel,
        slot.pk,
    )[0]
    coming = [
        one
        for status in ("booked", "checked_in")
        for one in town.bookings(status=status, resident_id=person)
        if one.slot.ends_at > town.now
    ]
    found: dict[Refused, bool] = {
        refusals.SlotBegun: slot.starts_at <= town.now,
        refusals.SessionStopped: state != "open",
        refusals.SlotFull: free <= 0 and not kept,
        refusals.TooMany: len(coming) >= 5,
        refusals.Suspended: channel == "web" and suspended_until(town, who) is not None,
        refusals.AlreadyBooked: any(clash(slot, one) for one in town.bookings(resident_id=person)),
    }
    return {refusal for refusal, stands in found.items() if stands}


def clash(slot: Slot, other: Booking) -> bool:
    session = slot.session
    half_day = (session.department_id, session.date, session.period)
    at_once = other.slot.starts_at < slot.ends_at and slot.starts_at < other.slot.ends_at
    return other.status != "cancelled" and (at_once or (other.department_id, other.date, other.period) == half_day)


def test_no_order_of_deeds_contradicts_itself(db: None) -> None:
    run_state_machine_as_test(Booked, settings=PROFILE)
