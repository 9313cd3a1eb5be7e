"""Waiting for a place: in turn or all at once, nobody in between, elders' places theirs; it ends by itself."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from appointments import holds, refusals, turns, waiting, waits
from appointments.models import Booking, Hold
from foundation.middleware import TOKEN
from foundation.rowsecurity import acting_as, seeing
from residents.models import Account
from tests import factories
from tests.appointments.racing import Racers
from tests.appointments.scenes import (
    TODAY,
    TOMORROW,
    Clinic,
    book,
    cancel,
    clinic,
    crowd,
    live,
    rule,
    taken,
    viewer,
)
from tests.appointments.test_places import refused, run
from tests.appointments.waiting_scenes import decline, entry, join, offers, sweep, take, told
from tests.factories import NOON
from tests.people import People

SignedIn = Callable[[Account], Client]
At = Callable[[datetime], Any]


@pytest.fixture
def full(people: People, lan: Client) -> tuple[Clinic, Booking]:
    """A morning of one place, which 贺兰芳 has."""
    rule(people.township, returns_from_minutes=120, returns_to_minutes=180)
    found = clinic(people.township, places=1, count=1)
    return found, book(lan, people.helanfang_account, found.slot)


def returning() -> list[Hold]:
    with acting_as("owner"):
        return list(Hold.objects.filter(kind=Hold.Kind.RETURNING, ended_at=None))


@pytest.fixture
def two(people: People, full: tuple[Clinic, Booking], signed_in: SignedIn, at: At) -> Any:
    """王建国 waits first, 贺小雨 after him; each with a browser and an entry."""
    wang, yu = signed_in(people.wangjianguo_account), signed_in(people.hexiaoyu_account)
    first = join(wang, people.wangjianguo_account, full[0])
    with at(NOON + timedelta(seconds=1)):
        second = join(yu, people.hexiaoyu_account, full[0])
    with at(NOON):
        yield (wang, first), (yu, second)


def test_a_cancelled_place_is_offered_to_whoever_waits_longest(
    people: People, lan: Client, full: tuple[Clinic, Booking], two: Any
) -> None:
    cancel(lan, people.helanfang_account, full[1])
    assert sweep() == 1
    offer = offers()[0]
    assert (offer.resident_id, offer.ends_at) == (people.wangjianguo.pk, NOON + timedelta(minutes=30))
    assert (told(people.wangjianguo, "place_offered"), told(people.hexiaoyu, "place_offered")) == (1, 0)


def test_nobody_gets_the_place_between_its_return_and_its_offer(
    people: People, lan: Client, full: tuple[Clinic, Booking], two: Any
) -> None:
    cancel(lan, people.helanfang_account, full[1])
    assert taken(full[0].slot) == 1
    sweep()
    assert (taken(full[0].slot), returning()) == (1, [])
    with pytest.raises(refusals.SlotFull):
        book(lan, people.helanfang_account, full[0].slot)


def test_an_offer_is_taken_in_one_tap_and_the_wait_is_over(
    people: People, lan: Client, full: tuple[Clinic, Booking], two: Any
) -> None:
    cancel(lan, people.helanfang_account, full[1])
    sweep()
    (wang, first), _second = two
    booking = take(wang, people.wangjianguo_account, first, offers()[0])
    assert [b.pk for b in live(full[0].slot)] == [booking.pk]
    assert (taken(full[0].slot), entry(first).ended, offers()) == (1, "booked", [])


def test_the_same_tap_again_gives_the_same_booking(
    people: People, lan: Client, full: tuple[Clinic, Booking], two: Any
) -> None:
    cancel(lan, people.helanfang_account, full[1])
    sweep()
    (wang, first), _second = two
    offer, key = offers()[0], uuid4()
    taken_twice = [take(wang, people.wangjianguo_account, first, offer, key=key).pk for _ in range(2)]
    assert len(set(taken_twice)) == 1


def test_who_declines_passes_it_on_and_goes_on_waiting(
    people: People, lan: Client, full: tuple[Clinic, Booking], two: Any
) -> None:
    cancel(lan, people.helanfang_account, full[1])
    sweep()
    (wang, first), _second = two
    assert decline(wang, people.wangjianguo_account, first, offers()[0])
    sweep()
    assert [offer.resident_id for offer in offers()] == [people.hexiaoyu.pk]
    assert (entry(first).ended_at, taken(full[0].slot)) == (None, 1)


def test_an_offer_that_lapses_is_passed_on_with_nobody_in_between(
    people: People, lan: Client, full: tuple[Clinic, Booking], two: Any, at: At
) -> None:
    cancel(lan, people.helanfang_account, full[1])
    sweep()
    late = NOON + timedelta(minutes=31)
    with at(late), acting_as("worker"):
        holds.give_back_due(late)
        assert taken(full[0].slot) == 1
        turns.ask_who_waits(late)
    assert [offer.resident_id for offer in offers()] == [people.hexiaoyu.pk]


def test_who_let_an_offer_lapse_is_not_passed_over_for_an_earlier_place(
    people: People, lan: Client, full: tuple[Clinic, Booking], two: Any, at: At
) -> None:
    cancel(lan, people.helanfang_account, full[1])
    sweep()
    late = NOON + timedelta(minutes=31)
    earlier = factories.slot(factories.session(factories.practitioner(full[0].department), TOMORROW), 8, 0, 1)
    with at(late):
        sweep(late)
    assert [(o.resident_id, o.slot_id) for o in offers(people.wangjianguo)] == [(people.wangjianguo.pk, earlier.pk)]


def test_what_nobody_wants_goes_to_everybody_at_a_random_moment(
    people: People, lan: Client, full: tuple[Clinic, Booking], two: Any
) -> None:
    cancel(lan, people.helanfang_account, full[1])
    for (browser, one), account in zip(two, (people.wangjianguo_account, people.hexiaoyu_account), strict=True):
        sweep()
        decline(browser, account, one, offers()[0])
    assert sweep() == 0
    back = returning()
    assert len(back) == 1
    assert NOON + timedelta(minutes=120) < back[0].ends_at <= NOON + timedelta(minutes=181)


def test_who_did_not_want_a_place_is_not_asked_for_it_again(
    people: People, lan: Client, full: tuple[Clinic, Booking], two: Any
) -> None:
    cancel(lan, people.helanfang_account, full[1])
    (wang, first), (yu, second) = two
    sweep()
    decline(wang, people.wangjianguo_account, first, offers()[0])
    sweep()
    decline(yu, people.hexiaoyu_account, second, offers()[0])
    assert (sweep(), offers()) == (0, [])


def test_a_strangers_offer_is_neither_taken_nor_declined(
    people: People, lan: Client, full: tuple[Clinic, Booking], two: Any
) -> None:
    cancel(lan, people.helanfang_account, full[1])
    sweep()
    offer, (yu, second) = offers()[0], two[1]
    assert not decline(yu, people.hexiaoyu_account, second, offer)
    with pytest.raises(refusals.HoldOver):
        take(yu, people.hexiaoyu_account, second, offer)
    with seeing(yu.session[TOKEN]):
        assert run("default", f"SELECT 1 WHERE app.decline_offer('{offer.pk}')") == 0


def test_who_leaves_is_not_asked_and_lets_an_offer_go(
    people: People, lan: Client, full: tuple[Clinic, Booking], two: Any
) -> None:
    cancel(lan, people.helanfang_account, full[1])
    sweep()
    (wang, first), _second = two
    with seeing(wang.session[TOKEN]):
        waiting.leave(entry=first, viewer=viewer(people.wangjianguo_account), now=NOON)
    sweep()
    assert [offer.resident_id for offer in offers()] == [people.hexiaoyu.pk]
    assert entry(first).ended == "left"


def test_all_at_once_tells_everybody_and_the_first_to_say_so_has_it(
    people: People, lan: Client, signed_in: SignedIn
) -> None:
    rule(people.township, returns_from_minutes=120, returns_to_minutes=180, waiting="all_at_once")
    found = clinic(people.township, places=1, count=1)
    booking = book(lan, people.helanfang_account, found.slot)
    wang, yu = signed_in(people.wangjianguo_account), signed_in(people.hexiaoyu_account)
    first = join(wang, people.wangjianguo_account, found)
    second = join(yu, people.hexiaoyu_account, found)
    cancel(lan, people.helanfang_account, booking)
    sweep()
    assert sweep() == 0
    assert [told(who, "place_back") for who in (people.wangjianguo, people.hexiaoyu)] == [1, 1]
    back = returning()[0]
    assert take(yu, people.hexiaoyu_account, second, back).resident_id == people.hexiaoyu.pk
    with pytest.raises(refusals.HoldOver):
        take(wang, people.wangjianguo_account, first, back)
    assert taken(found.slot) == 1


def test_of_eight_who_were_told_at_once_one_has_it(
    people: People, lan: Client, signed_in: SignedIn, racers: Callable[[int], Racers]
) -> None:
    rule(people.township, returns_from_minutes=120, returns_to_minutes=180, waiting="all_at_once")
    found = clinic(people.township, places=1, count=1)
    booking = book(lan, people.helanfang_account, found.slot)
    waiting_people = [(signed_in(account), account) for account in crowd(8)]
    entries = [join(client, account, found) for client, account in waiting_people]
    cancel(lan, people.helanfang_account, booking)
    back = returning()[0]

    def asks(client: Client, account: Account, mine: Any) -> Callable[[], Any]:
        token = client.session[TOKEN]

        def ask() -> Any:
            with seeing(token):
                return waiting.take(entry=mine, hold_id=back.pk, viewer=viewer(account), form_key=uuid4(), now=NOON).pk

        return ask

    answers = racers(8).run([asks(*who, mine) for who, mine in zip(waiting_people, entries, strict=True)])
    assert answers.count("HoldOver") == 7
    assert (len(live(found.slot)), taken(found.slot)) == (1, 1)


def test_sweeps_beside_each_other_offer_each_place_once_and_in_turn(
    people: People, signed_in: SignedIn, racers: Callable[[int], Racers]
) -> None:
    found = clinic(people.township, places=3, count=1)
    entries = sorted((join(signed_in(account), account, found) for account in crowd(5)), key=lambda one: one.pk)

    def one() -> int:
        return sweep()

    assert sum(racers(4).run([one] * 4)) == 3
    assert {offer.wait_id for offer in offers()} == {one.pk for one in entries[:3]}
    assert taken(found.slot) == 3


def test_an_elders_place_is_offered_to_the_elder_who_waits(people: People, lan: Client, signed_in: SignedIn) -> None:
    rule(people.township, returns_from_minutes=120, returns_to_minutes=180)
    found = clinic(people.township, places=1, count=1)
    run(
        "owner",
        f"UPDATE appointments_slot SET reserved_elder = 1, reserves_end_at = starts_at WHERE id = '{found.slot.pk}'",
    )
    booking = book(lan, people.helanfang_account, found.slot)
    yu, wang = signed_in(people.hexiaoyu_account), signed_in(people.wangjianguo_account)
    join(yu, people.hexiaoyu_account, found)
    join(wang, people.wangjianguo_account, found)
    cancel(lan, people.helanfang_account, booking)
    sweep()
    assert [offer.resident_id for offer in offers()] == [people.wangjianguo.pk]
    assert offers()[0].drawn_from == "elder"


def test_a_reserve_that_flows_back_is_offered(people: People, signed_in: SignedIn, at: At) -> None:
    found = clinic(people.township, places=1, count=1)
    flows = NOON + timedelta(hours=1)
    run(
        "owner",
        f"UPDATE appointments_slot SET reserved_desk = 1, reserves_end_at = '{flows.isoformat()}'"
        f" WHERE id = '{found.slot.pk}'",
    )
    yu = signed_in(people.hexiaoyu_account)
    join(yu, people.hexiaoyu_account, found)
    assert sweep() == 0
    with at(flows):
        assert sweep(flows) == 1


def test_a_new_clinic_is_offered_once_its_numbers_are_released(people: People, signed_in: SignedIn, at: At) -> None:
    rule(people.township, window_days=3)
    yu, old = signed_in(people.hexiaoyu_account), clinic(people.township, places=1, count=1)
    join(yu, people.hexiaoyu_account, old, latest=TODAY + timedelta(days=10), earliest=TODAY + timedelta(days=4))
    clinic(people.township, TODAY + timedelta(days=4), places=1, count=1, of=old.department)
    assert sweep() == 0
    released = NOON + timedelta(days=1)
    with at(released):
        assert sweep(released) == 1


@pytest.mark.parametrize(
    ("fields", "asked"),
    [
        ({"only_this_doctor": True}, 1),
        ({"periods": ["morning"]}, 1),
        ({"periods": ["afternoon"]}, 0),
        ({"earliest": TODAY + timedelta(days=2), "latest": TODAY + timedelta(days=3)}, 0),
    ],
)
def test_only_what_was_asked_for_is_offered(
    people: People, signed_in: SignedIn, fields: dict[str, Any], asked: int
) -> None:
    found = clinic(people.township, places=1, count=1)
    join(signed_in(people.hexiaoyu_account), people.hexiaoyu_account, found, **fields)
    assert sweep() == asked


def test_another_doctors_place_is_not_offered_to_who_waits_for_one(people: People, signed_in: SignedIn) -> None:
    mine = clinic(people.township, TODAY + timedelta(days=2), places=1, count=1)
    yu = signed_in(people.hexiaoyu_account)
    join(yu, people.hexiaoyu_account, mine, only_this_doctor=True)
    clinic(people.township, places=1, count=1, of=mine.department)
    assert sweep() == 0


def test_by_night_an_offer_is_kept_until_people_are_up(people: People, signed_in: SignedIn, at: At) -> None:
    night = NOON.replace(hour=23)
    found = clinic(people.township, TODAY + timedelta(days=2), places=1, count=1)
    yu = signed_in(people.hexiaoyu_account)
    join(yu, people.hexiaoyu_account, found, latest=TODAY + timedelta(days=2))
    with at(night):
        sweep(night)
    assert offers()[0].ends_at == (NOON + timedelta(days=1)).replace(hour=7, minute=30)


def test_who_books_otherwise_waits_no_more_and_their_offer_goes_on(
    people: People, lan: Client, full: tuple[Clinic, Booking], two: Any
) -> None:
    cancel(lan, people.helanfang_account, full[1])
    sweep()
    (wang, first), _second = two
    other = clinic(people.township, of=full[0].department, period="afternoon")
    book(wang, people.wangjianguo_account, other.slot)
    assert entry(first).ended == "booked"
    sweep()
    assert [offer.resident_id for offer in offers() if offer.slot_id == full[0].slot.pk] == [people.hexiaoyu.pk]


def test_a_wait_is_over_with_its_last_day(people: People, signed_in: SignedIn, at: At) -> None:
    found = clinic(people.township, places=1, count=1)
    mine = join(signed_in(people.hexiaoyu_account), people.hexiaoyu_account, found)
    after = NOON + timedelta(days=2)
    with at(after):
        sweep(after)
    assert entry(mine).ended == "over"


def test_one_waits_once_for_the_same_days(people: People, full: tuple[Clinic, Booking], signed_in: SignedIn) -> None:
    yu = signed_in(people.hexiaoyu_account)
    join(yu, people.hexiaoyu_account, full[0])
    with pytest.raises(waiting.WaitRefused) as refusal:
        join(yu, people.hexiaoyu_account, full[0])
    assert refusal.value.reason == "same"


def test_one_waits_for_three_things_at_most(people: People, full: tuple[Clinic, Booking], signed_in: SignedIn) -> None:
    yu = signed_in(people.hexiaoyu_account)
    for days in range(3):
        join(yu, people.hexiaoyu_account, full[0], latest=TOMORROW + timedelta(days=days))
    with pytest.raises(waiting.WaitRefused) as refusal:
        join(yu, people.hexiaoyu_account, full[0], latest=TOMORROW + timedelta(days=9))
    assert refusal.value.reason == "few"


@pytest.mark.parametrize(
    "change", ["joined_at = joined_at - interval '1 day'", "resident_id = gen_random_uuid()", "ended = 'left'"]
)
def test_a_wait_only_ends(people: People, full: tuple[Clinic, Booking], signed_in: SignedIn, change: str) -> None:
    join(signed_in(people.hexiaoyu_account), people.hexiaoyu_account, full[0])
    with refused("a wait only ends"):
        run("owner", f"UPDATE appointments_waitlistentry SET {change}")


def test_a_stranger_sees_nobody_who_waits(people: People, full: tuple[Clinic, Booking], two: Any, lan: Client) -> None:
    with seeing(lan.session[TOKEN]):
        assert run("default", "SELECT * FROM appointments_waitlistentry") == 0
        assert run("default", f"SELECT * FROM app.my_waiting('{people.wangjianguo.pk}')") == 0


def statements(count: int, at_clinic: Clinic, signed_in: SignedIn) -> int:
    for account in crowd(count):
        join(signed_in(account), account, at_clinic)
    with acting_as("worker"), CaptureQueriesContext(connections["worker"]) as seen:
        turns.ask_who_waits(NOON)
    return len(seen)


def test_how_many_wait_makes_no_more_statements(people: People, signed_in: SignedIn) -> None:
    few, many = (clinic(people.township, places=1, count=1) for _ in range(2))
    statements(1, clinic(people.township, places=1, count=1), signed_in)  # what is read once and remembered
    assert statements(2, few, signed_in) == statements(12, many, signed_in)


def test_the_list_of_what_one_waits_for_is_four_statements(
    people: People, lan: Client, full: tuple[Clinic, Booking], two: Any
) -> None:
    cancel(lan, people.helanfang_account, full[1])
    sweep()
    (wang, _first), _second = two
    with seeing(wang.session[TOKEN]), transaction.atomic(), CaptureQueriesContext(connections["default"]) as seen:
        found = waits.waiting_of(viewer(people.wangjianguo_account), NOON)
    reads = [one for one in seen.captured_queries if "FROM" in one["sql"] and "set_config" not in one["sql"]]
    assert (len(found), found[0].ahead, found[0].slot is not None) == (1, 0, True)
    assert len(reads) <= 4
