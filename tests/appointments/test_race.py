"""Many at once, over real connections of the web login with real sessions."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.test import Client
from django.urls import reverse

from appointments import actions, refusals, stopping
from appointments.models import Booking, Slot
from foundation.middleware import TOKEN
from foundation.rowsecurity import acting_as, seeing
from residents.access import Viewer
from residents.models import Account
from tests.appointments.racing import Racers
from tests.appointments.scenes import TODAY, clinic, crowd, fresh, live, returns_at_once, rule, taken, viewer
from tests.factories import NOON
from tests.people import People

SignedIn = Callable[[Account], Client]
THREADS, PLACES, ROUNDS = 32, 30, 20


def asker(token: str, who: Viewer, slot: Slot, form_key: Any = None) -> Callable[[], Any]:
    key = form_key or uuid4()

    def ask() -> Any:
        with seeing(token):
            return actions.book(slot=slot, viewer=who, form_key=key, now=NOON).pk

    return ask


def test_thirty_two_people_race_for_thirty_places_twenty_times(
    people: People, signed_in: SignedIn, racers: Callable[[int], Racers]
) -> None:
    rule(people.township, window_days=90, live_bookings_per_person=100)
    who = [(signed_in(account).session[TOKEN], viewer(account)) for account in crowd(THREADS)]
    race = racers(THREADS)
    for n in range(ROUNDS):
        slot = clinic(people.township, TODAY + timedelta(days=n + 1), places=PLACES, count=1).slot
        answers = race.run([asker(token, person, slot) for token, person in who])
        booked = live(slot)
        assert Counter(a for a in answers if isinstance(a, str)) == {"SlotFull": THREADS - PLACES}
        assert {a for a in answers if not isinstance(a, str)} == {b.pk for b in booked}
        assert [b.number for b in booked] == list(range(1, PLACES + 1))
        assert taken(slot) == PLACES


def test_the_same_form_sent_eight_times_at_once_makes_one_booking(
    people: People, lan: Client, racers: Callable[[int], Racers]
) -> None:
    slot, key, me = clinic(people.township).slot, uuid4(), viewer(people.helanfang_account)
    answers = racers(8).run([asker(lan.session[TOKEN], me, slot, key) for _ in range(8)])
    assert answers == [live(slot)[0].pk] * 8
    assert taken(slot) == 1


def test_a_double_tap_in_the_browser_leads_to_one_booking(
    people: People, lan: Client, racers: Callable[[int], Racers]
) -> None:
    slot, key = clinic(people.township).slot, uuid4()
    address = reverse("appointments:confirm", args=[slot.pk])

    def tap() -> str:
        browser = Client()
        browser.cookies.update(lan.cookies)
        return str(browser.post(address, {"form_key": key}).headers["Location"])

    expected = racers(4).run([tap] * 4)
    assert set(expected) == {reverse("appointments:booking", args=[live(slot)[0].pk])}


def test_eight_departments_at_once_do_not_pass_the_cap(
    people: People, lan: Client, racers: Callable[[int], Racers]
) -> None:
    rule(people.township, live_bookings_per_person=2)
    slots = [clinic(people.township, TODAY + timedelta(days=n % 4 + 1)).slot for n in range(8)]
    me = viewer(people.helanfang_account)
    racers(8).run([asker(lan.session[TOKEN], me, slot) for slot in slots])
    with acting_as("owner"):
        assert Booking.objects.live().count() == 2


def storm(client_token: str, who: Viewer, slot: Slot, times: int) -> Callable[[], int]:
    """Book and cancel, again and again; returns how often a booking succeeded."""

    def ride() -> int:
        done = 0
        with seeing(client_token):
            for _ in range(times):
                try:
                    booking = actions.book(slot=slot, viewer=who, form_key=uuid4(), now=NOON)
                except refusals.SlotFull:
                    continue
                booking.slot = slot
                actions.cancel(booking=booking, viewer=who, now=NOON)
                done += 1
        return done

    return ride


def test_a_storm_of_booking_and_cancelling_never_exceeds_and_ends_at_zero(
    people: People, signed_in: SignedIn, racers: Callable[[int], Racers]
) -> None:
    returns_at_once()
    slot = clinic(people.township, places=3, count=1).slot
    riders = [(signed_in(account).session[TOKEN], viewer(account)) for account in crowd(8)]
    done = racers(8).run([storm(token, who, slot, 12) for token, who in riders])
    with acting_as("owner"):
        rows = Booking.objects.count()
    assert (taken(slot), live(slot), rows) == (0, [], sum(done))
    assert sum(done) > 8


def test_a_session_stopped_during_the_rush_leaves_nobody_unseen(
    people: People, signed_in: SignedIn, racers: Callable[[int], Racers]
) -> None:
    """Either the stop sees a booking and cancels it, or the booking is refused."""
    desk = signed_in(people.zhangqiantai).session[TOKEN]
    askers = [(signed_in(account).session[TOKEN], viewer(account)) for account in crowd(7)]
    race = racers(8)
    for n in range(10):
        morning = clinic(people.township, TODAY + timedelta(days=1), places=10, count=1, period="evening")
        deeds = [asker(token, who, morning.slot) for token, who in askers]
        answers = race.run([*deeds[: n % 8], stopper(desk, morning), *deeds[n % 8 :]])
        state = fresh(morning.slots[0]).session.state
        assert (state, live(morning.slots[0]), taken(morning.slots[0])) == ("stopped", [], 0), answers


def stopper(token: str, morning: Any) -> Callable[[], None]:
    def stop() -> None:
        with seeing(token):
            stopping.stop(session=morning.session, reason="停电", address="", reference="")

    return stop
