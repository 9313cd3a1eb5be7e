"""From patterns to sessions: what is planned, what is made of it, what stands in the way of a change."""

from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from appointments.models import Holiday, RotaException, Session, Slot
from appointments.supply import changing, making
from appointments.supply.planned import Book
from facilities.models import Practitioner
from foundation.middleware import TOKEN
from foundation.rowsecurity import acting_as, seeing
from residents.models import Account
from tests import factories
from tests.appointments.scenes import TODAY, held
from tests.appointments.test_supply import rota
from tests.factories import NOON, made
from tests.people import People

SignedIn = Callable[[Account], Client]
MONDAY = date(2026, 11, 23)  # tomorrow, in these tests


@pytest.fixture
def doctor(people: People) -> Practitioner:
    return factories.practitioner(factories.department(people.township))


def away(doctor: Practitioner, day: date, **fields: Any) -> RotaException:
    return RotaException(kind="away", facility=doctor.facility, practitioner=doctor, date=day, **fields)


def extra(doctor: Practitioner, day: date) -> RotaException:
    return RotaException(
        kind="extra",
        facility=doctor.facility,
        department=doctor.department,
        practitioner=doctor,
        date=day,
        period="afternoon",
        number_kind="expert",
        start=time(14),
        end=time(16),
        minutes=60,
        capacity=2,
        fee=0,
    )


def days(doctor: Practitioner, count: int = 15) -> list[tuple[date, str]]:
    """The planned half-days of so many days from tomorrow."""
    with acting_as("owner"):
        book = Book.of([doctor.facility_id], MONDAY, MONDAY + timedelta(days=count))
    return [(one.day, one.of.period) for one in book.planned(MONDAY, MONDAY + timedelta(days=count))]


def made_ahead(doctor: Practitioner) -> making.Made:
    with acting_as("worker"):
        return making.make_ahead([doctor.facility_id], NOON)


def sessions(state: str = "") -> list[Session]:
    with acting_as("owner"):
        found = Session.objects.order_by("date", "period")
        return list(found.filter(state=state) if state else found)


def publish() -> None:
    with acting_as("worker"):
        making.publish(Session.objects.all())


def added(*exceptions: RotaException) -> list[RotaException]:
    with acting_as("owner"):
        return changing.add_exceptions(exceptions=exceptions, by=uuid4(), now=NOON)


def test_a_pattern_is_planned_on_its_weekday_within_its_time(doctor: Practitioner) -> None:
    rota(doctor, until=MONDAY + timedelta(days=8))
    assert days(doctor) == [(MONDAY, "morning"), (MONDAY + timedelta(days=7), "morning")]


def test_on_a_holiday_nobody_comes_and_a_make_up_day_is_its_weekday(doctor: Practitioner) -> None:
    rota(doctor, until=MONDAY + timedelta(days=7))
    made(Holiday(date=MONDAY, name="元旦"))
    made(Holiday(date=MONDAY + timedelta(days=5), name="元旦调休上班", works_as=1))
    assert days(doctor) == [(MONDAY + timedelta(days=5), "morning")]


@pytest.mark.parametrize("about", ["facility", "department", "practitioner", "half-day"])
def test_an_absence_takes_out_what_it_is_about(doctor: Practitioner, about: str) -> None:
    rota(doctor, until=MONDAY + timedelta(days=7))
    absence = away(doctor, MONDAY, period="morning" if about == "half-day" else "")
    absence.practitioner = doctor if about in {"practitioner", "half-day"} else None
    absence.department = doctor.department if about == "department" else None
    added(absence)
    assert days(doctor) == []


def test_an_absence_of_another_half_day_or_doctor_takes_out_nothing(doctor: Practitioner) -> None:
    rota(doctor, until=MONDAY + timedelta(days=7))
    colleague = factories.practitioner(doctor.department)
    added(away(doctor, MONDAY, period="afternoon"), away(colleague, MONDAY))
    assert days(doctor) == [(MONDAY, "morning")]


def test_an_extra_clinic_is_held_on_a_holiday_too(doctor: Practitioner) -> None:
    made(Holiday(date=MONDAY, name="元旦"))
    added(extra(doctor, MONDAY))
    assert [(one.date, one.kind, one.state) for one in sessions()] == [(MONDAY, "expert", "draft")]


def test_what_is_made_is_in_preparation_and_made_once(doctor: Practitioner) -> None:
    rota(doctor)
    first, again = made_ahead(doctor), made_ahead(doctor)
    with acting_as("owner"):
        slots = Slot.objects.count()
    assert (len(first.made), again.made, again.withdrawn, slots) == (5, [], 0, 5 * 8)
    assert {one.state for one in sessions()} == {"draft"}


def test_a_draft_that_is_planned_otherwise_is_made_anew(doctor: Practitioner) -> None:
    pattern = rota(doctor)
    made_ahead(doctor)
    with acting_as("owner"):
        changing.end_rota(rota=pattern, last=MONDAY, now=NOON)
    rota(doctor, MONDAY + timedelta(days=1), capacity=9)
    again = made_ahead(doctor)
    states = [one.state for one in sessions()]
    assert (len(again.made), states.count("draft"), states.count("withdrawn")) == (4, 5, 4)


def test_what_is_open_is_left_alone_and_named_when_planned_no_more(doctor: Practitioner) -> None:
    pattern = rota(doctor, until=MONDAY + timedelta(days=7))
    made_ahead(doctor)
    publish()
    made(away(doctor, MONDAY, by=uuid4(), made_at=NOON))
    result = made_ahead(doctor)
    assert ([one.rota_id for one in result.astray], [one.state for one in sessions()]) == ([pattern.pk], ["open"])


def test_what_was_stopped_is_not_made_again(doctor: Practitioner) -> None:
    rota(doctor, until=MONDAY + timedelta(days=7))
    made_ahead(doctor)
    publish()
    with acting_as("owner"):
        Session.objects.update(state="stopped")
    assert made_ahead(doctor).made == []


def test_drafts_are_published_shortly_before_their_release(doctor: Practitioner) -> None:
    rota(doctor)
    made_ahead(doctor)
    with acting_as("worker"):
        opened, again = making.publish_due(NOON), making.publish_due(NOON)
    assert (opened, again) == (2, 0)  # 7 days of window and 2 before: the Mondays 1 and 8 days ahead
    assert [one.state for one in sessions()] == ["open", "open", "draft", "draft", "draft"]


def booked(doctor: Practitioner, people: People) -> Session:
    """The doctor's first open half-day, which 贺兰芳 has booked."""
    made_ahead(doctor)
    publish()
    with acting_as("owner"):
        slot = Slot.objects.order_by("starts_at").first()
    held(people.helanfang, slot)
    return sessions()[0]


def test_a_pattern_does_not_end_over_peoples_bookings(people: People, doctor: Practitioner) -> None:
    pattern = rota(doctor, MONDAY - timedelta(days=7))
    session = booked(doctor, people)
    with acting_as("owner"), pytest.raises(changing.InTheWay) as refused:
        changing.end_rota(rota=pattern, last=TODAY, now=NOON)
    assert [(one.pk, one.booked) for one in refused.value.sessions] == [(session.pk, 1)]
    assert {one.state for one in sessions()} == {"open"}


def test_nobody_is_away_over_peoples_bookings(people: People, doctor: Practitioner) -> None:
    rota(doctor)
    session = booked(doctor, people)
    with pytest.raises(changing.InTheWay) as refused:
        added(away(doctor, MONDAY), away(doctor, MONDAY + timedelta(days=7)))
    with acting_as("owner"):
        assert (RotaException.objects.count(), refused.value.sessions) == (0, [session])


def test_an_absence_stops_what_nobody_booked_and_its_end_opens_it_again(doctor: Practitioner) -> None:
    rota(doctor)
    made_ahead(doctor)
    publish()
    absences = added(away(doctor, MONDAY, reason="外出学习"))
    stopped = [(one.date, one.stop_reason) for one in sessions("stopped")]
    with acting_as("owner"):
        changing.withdraw(exceptions=absences, now=NOON)
    assert (stopped, sessions("stopped"), len(sessions("open"))) == ([(MONDAY, "外出学习")], [], 5)


def test_the_desk_changes_the_plan_with_its_own_rights(
    people: People, doctor: Practitioner, signed_in: SignedIn
) -> None:
    rota(doctor)
    made_ahead(doctor)
    publish()
    with seeing(signed_in(people.zhangqiantai).session[TOKEN]):
        changing.add_exceptions(exceptions=[away(doctor, MONDAY)], by=people.zhangqiantai.pk, now=NOON)
    assert [one.date for one in sessions("stopped")] == [MONDAY]
