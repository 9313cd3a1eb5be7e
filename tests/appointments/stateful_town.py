"""The town of the stateful test: two departments, five people, a desk and a head, and what each may try."""

from collections.abc import Callable
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4

from django.db import DatabaseError, connections, transaction

from appointments import actions, holds, standing, stopping, texted, turns, waiting, waits
from appointments.desk import deeds
from appointments.models import Appeal, Booking, Session, Slot, Strike, WaitlistEntry
from foundation.places import said_no
from foundation.rowsecurity import acting_as, seeing
from residents.access import Viewer
from residents.models import Account
from tests import factories
from tests.appointments.scenes import rule, viewer
from tests.factories import NOON
from tests.residents.rights_world import session as signed_in
from tests.residents.rights_world import set_clock

T = TypeVar("T")
BORN = (date(1950, 3, 1), date(1948, 6, 2), date(1985, 7, 9), date(1990, 2, 3), date(1979, 9, 9))
REASONS = {"one_wait_per_department_and_days", "waits_are_few", "wait_agrees_with_its_department"}


class Town:
    """One small place on one day at noon; every deed runs as who does it, at `now`."""

    def __init__(self) -> None:
        self.now = NOON
        set_clock(self.now)
        self.place = factories.facility(name="卫生院")
        rule(
            self.place,
            reports_attendance=True,
            no_shows_allowed=2,
            live_bookings_per_person=5,
            returns_from_minutes=40,
            returns_to_minutes=40,
        )
        self.accounts = [self._resident(number, born) for number, born in enumerate(BORN)]
        self.tokens = [signed_in(account) for account in self.accounts]
        self.desk = factories.staff(f"desk{uuid4().hex[:8]}", "前台", self.place, "reception")
        self.head = factories.staff(f"head{uuid4().hex[:8]}", "院长", self.place, "manager")
        self.desk_token, self.head_token = signed_in(self.desk), signed_in(self.head)
        self.sessions: list[Session] = []
        inside, outside = (factories.department(self.place, name) for name in ("内科", "外科"))
        rule(self.place, department=outside, waiting="all_at_once")
        for department in (inside, outside):
            first, second = (factories.practitioner(department, name) for name in ("王医生", "李医生"))
            self._session(first, 1, "morning")
            self._session(second, 1, "morning")
            self._session(first, 2, "afternoon")

    def _resident(self, number: int, born: date) -> Account:
        person = factories.resident(f"居民{number}", factories.id_number(born, 11 + number))
        return factories.account(person)

    def _session(self, doctor: Any, days: int, period: str) -> None:
        session = factories.session(doctor, NOON.date() + timedelta(days=days), period=period)
        hour = 9 if period == "morning" else 14
        for half in (0, 1):  # no two begin together, so that their order is always the same
            slot = factories.slot(session, hour, 30 * half + 5 * len(self.sessions), 1 + half)
            if half:  # of two places one is an elder's until the evening before
                with acting_as("owner"):
                    Slot.objects.filter(pk=slot.pk).update(
                        reserved_elder=1, reserves_end_at=slot.starts_at - timedelta(hours=12)
                    )
        self.sessions.append(session)

    def wait(self, step: timedelta) -> None:
        self.now += step
        set_clock(self.now)

    def viewer(self, who: int) -> Viewer:
        return viewer(self.accounts[who])

    @contextmanager
    def _as(self, who: int) -> Any:
        with seeing(self.tokens[who]):
            yield self.viewer(who)

    def slots(self) -> list[Slot]:
        with acting_as("owner"):
            known = Slot.objects.with_everything().filter(facility=self.place)
            return list(known.order_by("starts_at", "pk"))

    def bookings(self, **wanted: Any) -> list[Booking]:
        with acting_as("owner"):
            known = Booking.objects.select_related("slot", "session").filter(facility=self.place, **wanted)
            return list(known.order_by("booked_at", "resident_name", "slot__starts_at", "status"))

    def strikes(self) -> list[Strike]:
        with acting_as("owner"):
            return list(Strike.objects.filter(facility=self.place).order_by("at", "resident__name"))

    def appeals(self) -> list[Appeal]:
        with acting_as("owner"):
            return list(Appeal.objects.filter(facility=self.place, answered_at=None).order_by("at", "resident__name"))

    def book(self, who: int, slot: Slot, key: UUID) -> Booking:
        with self._as(who) as me:
            return actions.book(slot=slot, viewer=me, form_key=key, now=self.now)

    def book_at_desk(self, who: int, slot: Slot) -> bool:
        """A row as the desk writes it; False where the database says no."""
        session = slot.session
        row = Booking(
            resident_id=self.accounts[who].resident_id,
            slot=slot,
            session=session,
            facility_id=session.facility_id,
            department_id=session.department_id,
            date=session.date,
            period=session.period,
            form_key=uuid4(),
            booked_by=self.desk.pk,
            booked_at=self.now,
            channel="desk",
        )
        return self._written(lambda: row.save(force_insert=True))

    def cancel(self, who: int, booking: Booking) -> None:
        with self._as(who) as me:
            actions.cancel(booking=booking, viewer=me, now=self.now)

    def move(self, who: int, booking: Booking, slot: Slot, key: UUID) -> Booking:
        with self._as(who) as me:
            return actions.move(booking=booking, to=slot, viewer=me, form_key=key, now=self.now)

    def join(self, who: int, session: Session, only_this_doctor: bool, days: int) -> WaitlistEntry:
        last = session.date + timedelta(days=days)
        with self._as(who) as me:
            return waiting.join(
                session=session,
                viewer=me,
                only_this_doctor=only_this_doctor,
                earliest=session.date,
                latest=last,
                periods=[],
                now=self.now,
            )

    def waiting_people(self) -> list[int]:
        """Who waits; whoever has an offer first."""
        live = rows(
            "SELECT e.resident_id, count(h.id) FROM appointments_waitlistentry e"
            " LEFT JOIN appointments_hold h ON h.wait_id = e.id AND h.ended_at IS NULL"
            " WHERE e.ended_at IS NULL GROUP BY e.resident_id"
        )
        numbers = {account.resident_id: number for number, account in enumerate(self.accounts)}
        return [number for _offers, number in sorted((-offers, numbers[person]) for person, offers in live)]

    def waits_of(self, who: int) -> list[waits.Waiting]:
        with self._as(who) as me, transaction.atomic():
            return waits.waiting_of(me, self.now)

    def take(self, who: int, one: waits.Waiting) -> Booking:
        assert one.hold_id is not None
        with self._as(who) as me:
            return waiting.take(entry=one.entry, hold_id=one.hold_id, viewer=me, form_key=uuid4(), now=self.now)

    def decline(self, who: int, one: waits.Waiting) -> bool:
        assert one.hold_id is not None
        with self._as(who) as me:
            return waiting.decline(entry=one.entry, hold_id=one.hold_id, viewer=me, now=self.now)

    def leave(self, who: int, one: waits.Waiting) -> None:
        with self._as(who) as me:
            waiting.leave(entry=one.entry, viewer=me, now=self.now)

    def text(self, who: int, yes: bool) -> None:
        deed = texted.take_by_text if yes else texted.decline_by_text
        with acting_as("worker"):
            deed(people=[self.accounts[who].resident_id], now=self.now)  # type: ignore[operator]

    def sweep(self) -> int:
        with acting_as("worker"):
            return turns.ask_who_waits(self.now)

    def give_back(self) -> int:
        with acting_as("worker"):
            return holds.give_back_due(self.now)

    def stop(self, session: Session) -> int:
        with seeing(self.desk_token):
            return stopping.stop(session=session, reason="医生临时有事", address="", reference="")

    def mark(self, booking: Booking, status: str) -> None:
        with seeing(self.desk_token):
            deeds.mark(booking, status)

    def appeal(self, who: int, strike: Strike) -> Appeal:
        with self._as(who) as me, transaction.atomic():
            return standing.appeal(viewer=me, strike_id=strike.pk, words="", now=self.now)

    def answer(self, appeal: Appeal, accepted: bool) -> None:
        with seeing(self.head_token):
            standing.answer(appeal=appeal, accepted=accepted, words="已核实。")

    def excuse(self, strike: Strike) -> None:
        with seeing(self.head_token):
            standing.withdraw(strike=strike, why="facility", now=self.now)

    def _written(self, deed: Callable[[], Any]) -> bool:
        try:
            with acting_as("owner"), transaction.atomic(using="owner"):
                deed()
        except DatabaseError as error:
            assert said_no(error)[0] is not None, error
            return False
        return True


def rows(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """What the owner reads."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def moment_of(slot: Slot) -> datetime:
    return slot.ends_at + timedelta(minutes=1)
