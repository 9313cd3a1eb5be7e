"""One trip: doctor, laboratory and ultrasound of one morning, all or nothing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError
from django.test import Client

from appointments import refusals, trips
from appointments.models import Booking
from foundation.rowsecurity import acting_as
from residents.models import Account, Notice
from tests import factories
from tests.appointments.morning import Hospital, count, hospital, service, take
from tests.appointments.racing import Racers
from tests.appointments.scenes import TOMORROW, book, clinic, crowd, fresh, held, live, rule, taken
from tests.people import People

SignedIn = Callable[[Account], Client]


@pytest.fixture
def county(people: People) -> Hospital:
    return hospital(people.county)


def test_a_trip_is_three_bookings_with_one_key(people: People, lan: Client, county: Hospital) -> None:
    key = uuid4()
    made = take(lan, people.helanfang_account, county.steps(), key)
    assert [(one.trip, one.service) for one in made] == [(key, county.blood), (key, county.scan), (key, None)]
    assert [taken(step.slot) for step in county.steps()] == [1, 1, 1]


def test_of_a_trip_with_one_full_visit_nothing_is_booked(people: People, lan: Client, county: Hospital) -> None:
    steps = county.steps()
    for n in range(3):
        held(factories.resident(f"别人{n}"), steps[2].slot)
    with pytest.raises(refusals.NoTrip) as refused:
        take(lan, people.helanfang_account, county.steps())
    assert (refused.value.slot.pk, type(refused.value.why)) == (steps[2].slot.pk, refusals.SlotFull)
    assert count() == 3


def test_a_visit_taken_between_looking_and_writing_leaves_nothing(
    people: People, lan: Client, county: Hospital
) -> None:
    """The slots were read while they had places: the database says no to the third, and to all."""
    steps = county.steps()
    for n in range(3):
        held(factories.resident(f"别人{n}"), steps[2].slot)
    with pytest.raises(refusals.NoTrip):
        take(lan, people.helanfang_account, steps)
    assert (count(), taken(steps[0].slot), taken(steps[1].slot)) == (3, 0, 0)


def test_the_same_form_again_is_the_same_trip(people: People, lan: Client, county: Hospital) -> None:
    key = uuid4()
    first = take(lan, people.helanfang_account, county.steps(), key)
    assert take(lan, people.helanfang_account, county.steps(), key) == first
    assert count() == 3


def test_a_form_is_not_used_for_another_trip(people: People, lan: Client, county: Hospital) -> None:
    key = uuid4()
    take(lan, people.helanfang_account, county.steps(), key)
    with pytest.raises(refusals.FormUsed):
        take(lan, people.helanfang_account, county.steps(doctor=4), key)


def test_one_notice_tells_of_a_trip(people: People, lan: Client, county: Hospital) -> None:
    take(lan, people.helanfang_account, county.steps())
    with acting_as("owner"):
        assert Notice.objects.filter(kind=Notice.Kind.BOOKED).count() == 1


@pytest.mark.parametrize("scan, doctor", [(0, 3), (1, 2), (3, 1)])
def test_visits_that_overlap_or_leave_no_time_are_no_trip(
    people: People, lan: Client, county: Hospital, scan: int, doctor: int
) -> None:
    """The scan takes 40 minutes from half past nine, so the doctor at ten comes too early."""
    with pytest.raises(refusals.TripOutOfOrder):
        take(lan, people.helanfang_account, county.steps(scan=scan, doctor=doctor))


def test_what_needs_an_empty_stomach_comes_first(people: People, lan: Client, county: Hospital) -> None:
    steps = [
        trips.Step(fresh(county.ultrasound.slots[0]), county.scan),
        trips.Step(fresh(county.laboratory.slots[2]), county.blood),
    ]
    with pytest.raises(refusals.TripOutOfOrder):
        take(lan, people.helanfang_account, steps)


def test_what_needs_an_empty_stomach_begins_before_ten(people: People, lan: Client, county: Hospital) -> None:
    with pytest.raises(refusals.NotFasting):
        take(lan, people.helanfang_account, county.steps(blood=2, scan=3)[:2])


def test_an_examination_of_another_department_is_no_trip(people: People, lan: Client, county: Hospital) -> None:
    steps = county.steps()
    with pytest.raises(refusals.TripOutOfOrder):
        take(lan, people.helanfang_account, [replace(steps[0], service=county.scan), *steps[1:]])


@pytest.mark.parametrize("away", ["facility", "day", "afternoon"])
def test_a_trip_is_one_morning_at_one_place(people: People, lan: Client, county: Hospital, away: str) -> None:
    other = {
        "facility": lambda: clinic(people.township, count=5),
        "day": lambda: clinic(people.county, TOMORROW + timedelta(days=1), count=5),
        "afternoon": lambda: clinic(people.county, period="afternoon"),
    }[away]()
    steps = [*county.steps()[:2], trips.Step(fresh(other.slots[-1]))]
    with pytest.raises(refusals.TripOutOfOrder):
        take(lan, people.helanfang_account, steps)


def test_what_comes_after_the_doctor_comes_after(people: People, lan: Client, county: Hospital) -> None:
    dressing = service(county.ultrasound, "换药", after_doctor=True)
    with pytest.raises(refusals.TripOutOfOrder):
        take(
            lan,
            people.helanfang_account,
            [trips.Step(fresh(county.ultrasound.slots[0]), dressing), trips.Step(fresh(county.doctor.slots[2]))],
        )


def test_the_cap_counts_the_visits_of_a_trip(people: People, lan: Client, county: Hospital) -> None:
    rule(people.county, live_bookings_per_person=2)
    with pytest.raises(refusals.NoTrip) as refused:
        take(lan, people.helanfang_account, county.steps())
    assert isinstance(refused.value.why, refusals.TooMany)
    assert count() == 0


def test_a_stranger_books_no_trip_for_another(people: People, signed_in: SignedIn, county: Hospital) -> None:
    with pytest.raises(refusals.IdentityNeeded):
        take(signed_in(people.wangjianguo_account), people.helanfang_account, county.steps())


def test_the_database_keeps_a_trip_to_one_person(people: People, lan: Client, county: Hospital) -> None:
    made = take(lan, people.helanfang_account, county.steps())
    other = held_unsaved(people, county, trip=made[0].trip)
    with pytest.raises(IntegrityError, match="one person"):
        factories.made(other)


def test_the_database_keeps_an_examination_to_its_department(people: People, county: Hospital) -> None:
    with pytest.raises(IntegrityError, match="another department"):
        factories.made(held_unsaved(people, county, service=county.scan))


def held_unsaved(people: People, county: Hospital, **fields: Any) -> Booking:
    slot = fresh(county.doctor.slots[4])
    session = slot.session
    return Booking(
        resident=people.wangjianguo,
        slot=slot,
        session=session,
        facility=session.facility,
        department=session.department,
        date=session.date,
        period=session.period,
        form_key=uuid4(),
        booked_by=uuid4(),
        booked_at=slot.starts_at - timedelta(hours=1),
        **fields,
    )


def test_eight_trips_race_for_three_places_and_each_is_whole_or_nothing(
    people: People, signed_in: SignedIn, racers: Callable[[int], Racers]
) -> None:
    """They take the slots in all orders of steps; whoever is refused has taken nothing anywhere."""
    county = hospital(people.county, places=3)
    who = [(signed_in(account), account) for account in crowd(8)]
    choices = [county.steps(), county.steps(0, 1, 4), county.steps(0, 1, 3)]
    deeds = [partial(take, client, account, choices[n % 3]) for n, (client, account) in enumerate(who)]
    answers = racers(8).run(deeds)
    won = [answer for answer in answers if not isinstance(answer, str)]
    assert (len(won), answers.count("NoTrip")) == (3, 5)
    assert count() == 9
    assert [len(live(county.laboratory.slots[0])), taken(county.laboratory.slots[0])] == [3, 3]


def test_trips_and_single_bookings_never_lock_each_other_out(
    people: People, signed_in: SignedIn, racers: Callable[[int], Racers]
) -> None:
    """Six take whole trips, and two the doctor alone; all have room, so nobody is turned away."""
    county = hospital(people.county, places=8)
    who = [(signed_in(account), account) for account in crowd(8)]
    deeds = [partial(take, client, account, county.steps()) for client, account in who[:6]]
    deeds += [partial(book, client, account, county.doctor.slots[3]) for client, account in who[6:]]
    assert not [answer for answer in racers(8).run(deeds) if isinstance(answer, str)]
    assert taken(county.doctor.slots[3]) == 8
