"""Booking and cancelling: what the deeds do, and what they refuse without writing anything."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from appointments import refusals
from appointments.models import Booking, Session
from foundation.rowsecurity import acting_as
from residents.models import AccessEvent, Account, CareGrant, Notice, Verification
from tests.appointments import scenes
from tests.appointments.scenes import TODAY, TOMORROW, book, cancel, clinic, live, returns_at_once, rule, taken
from tests.factories import NOON, SHANGHAI
from tests.people import People
from tests.sessions import session_of

SignedIn = Callable[[Account], Client]
At = Callable[[datetime], Any]


def counts() -> tuple[int, int, int, int]:
    with acting_as("owner"):
        return tuple(model.objects.count() for model in (Booking, CareGrant, Notice, AccessEvent))


def test_a_booking_gets_the_lowest_free_number_and_the_real_name(people: People, lan: Client) -> None:
    with acting_as("owner"):
        Account.objects.filter(pk=people.helanfang_account.pk).update(name="别人")
    account = Account.objects.get(pk=people.helanfang_account.pk)
    booking = book(lan, account, clinic(people.township).slot)
    assert (booking.number, booking.resident_name) == (1, "贺兰芳")


def test_numbers_of_the_second_slot_follow_those_of_the_first(people: People, lan: Client) -> None:
    assert book(lan, people.helanfang_account, clinic(people.township, places=4).slots[1]).number == 5


def test_a_cancelled_number_is_given_again(people: People, lan: Client, signed_in: SignedIn) -> None:
    returns_at_once()
    slot = clinic(people.township).slot
    first = book(lan, people.helanfang_account, slot)
    wang = signed_in(people.wangjianguo_account)
    book(wang, people.wangjianguo_account, slot)
    cancel(lan, people.helanfang_account, first)
    yu = signed_in(people.hexiaoyu_account)
    assert book(yu, people.hexiaoyu_account, slot).number == 1
    assert taken(slot) == 2


def test_booking_leaves_an_event_a_notice_and_sight_for_the_facility(people: People, lan: Client) -> None:
    booking = book(lan, people.helanfang_account, clinic(people.township).slot)
    with acting_as("owner"):
        event = AccessEvent.objects.get(action="appointments.booked")
        notice, grant = Notice.objects.get(), CareGrant.objects.get()
    assert (event.subject_id, event.facility_id) == (str(booking.pk), people.township.pk)
    assert (notice.kind, notice.subject_id) == ("booked", booking.pk)
    assert (grant.facility_id, grant.starts_at, grant.reference) == (people.township.pk, NOON, booking.pk)
    assert grant.ends_at == datetime.combine(TOMORROW + timedelta(days=8), time(), SHANGHAI)


def test_the_same_form_again_gives_the_same_booking(people: People, lan: Client) -> None:
    slot, key = clinic(people.township).slot, uuid4()
    first = book(lan, people.helanfang_account, slot, form_key=key)
    before = counts()
    again = book(lan, people.helanfang_account, slot, form_key=key)
    assert (again.pk, taken(slot), counts()) == (first.pk, 1, before)


def test_the_same_form_after_cancelling_is_no_success(people: People, lan: Client) -> None:
    key, slot = uuid4(), clinic(people.township).slot
    cancel(lan, people.helanfang_account, book(lan, people.helanfang_account, slot, form_key=key))
    with pytest.raises(refusals.FormUsed):
        book(lan, people.helanfang_account, slot, form_key=key)


def test_the_same_form_for_another_time_is_refused(people: People, lan: Client) -> None:
    morning, key = clinic(people.township), uuid4()
    book(lan, people.helanfang_account, morning.slots[0], form_key=key)
    with pytest.raises(refusals.FormUsed):
        book(lan, people.helanfang_account, morning.slots[1], form_key=key)


def test_anothers_form_key_is_no_matter(people: People, lan: Client, signed_in: SignedIn) -> None:
    slot, key = clinic(people.township).slot, uuid4()
    first = book(lan, people.helanfang_account, slot, form_key=key)
    wang = signed_in(people.wangjianguo_account)
    assert book(wang, people.wangjianguo_account, slot, form_key=key).pk != first.pk


def test_a_full_slot_is_refused_and_nothing_is_written(people: People, lan: Client, signed_in: SignedIn) -> None:
    slot = clinic(people.township, places=1).slot
    wang = signed_in(people.wangjianguo_account)
    book(wang, people.wangjianguo_account, slot)
    before = counts()
    with pytest.raises(refusals.SlotFull):
        book(lan, people.helanfang_account, slot)
    assert counts() == before


def test_one_live_booking_per_department_and_half_day(people: People, lan: Client) -> None:
    morning = clinic(people.township)
    first = book(lan, people.helanfang_account, morning.slots[0])
    with pytest.raises(refusals.AlreadyBooked) as refused:
        book(lan, people.helanfang_account, morning.slots[1])
    assert refused.value.booking_id == first.pk


def test_after_cancelling_the_same_half_day_may_be_booked_again(people: People, lan: Client) -> None:
    morning = clinic(people.township)
    cancel(lan, people.helanfang_account, book(lan, people.helanfang_account, morning.slots[0]))
    assert book(lan, people.helanfang_account, morning.slots[1]).status == "booked"


def test_nobody_is_in_two_places_at_once(people: People, lan: Client) -> None:
    book(lan, people.helanfang_account, clinic(people.township).slot)
    with pytest.raises(refusals.AlreadyBooked):
        book(lan, people.helanfang_account, clinic(people.county).slot)


def test_the_cap_of_live_bookings_holds(people: People, lan: Client) -> None:
    rule(people.county, live_bookings_per_person=2, window_days=14)
    for days in (1, 2):
        book(lan, people.helanfang_account, clinic(people.county, TODAY + timedelta(days=days)).slot)
    with pytest.raises(refusals.TooMany) as refused:
        book(lan, people.helanfang_account, clinic(people.county, TODAY + timedelta(days=3)).slot)
    assert refused.value.limit == 2


def test_a_cancelled_booking_does_not_count_towards_the_cap(people: People, lan: Client) -> None:
    rule(people.county, live_bookings_per_person=1)
    first = book(lan, people.helanfang_account, clinic(people.county).slot)
    cancel(lan, people.helanfang_account, first)
    assert book(lan, people.helanfang_account, clinic(people.county).slot).pk != first.pk


@pytest.mark.parametrize(
    ("days", "clock", "released"),
    [(7, time(6, 59), False), (7, time(7, 0), True), (8, time(23, 0), False), (6, time(0, 1), True)],
)
def test_a_new_day_opens_at_the_release_time(
    people: People, signed_in: SignedIn, at: At, days: int, clock: time, released: bool
) -> None:
    now = datetime.combine(TODAY, clock, SHANGHAI)
    rule(people.township, window_days=7, release_time=time(7))
    slot = clinic(people.township, TODAY + timedelta(days=days)).slot
    with at(now):
        client = signed_in(people.helanfang_account)
        if released:
            assert book(client, people.helanfang_account, slot, now=now)
        else:
            with pytest.raises(refusals.NotReleasedYet) as refused:
                book(client, people.helanfang_account, slot, now=now)
            assert refused.value.opens_at == datetime.combine(TODAY + timedelta(days=days - 7), time(7), SHANGHAI)


def test_a_departments_rule_goes_before_its_facilitys(people: People, lan: Client) -> None:
    morning = clinic(people.township, TODAY + timedelta(days=10))
    rule(people.township, window_days=3)
    rule(people.township, department=morning.department, window_days=14)
    assert book(lan, people.helanfang_account, morning.slot)


def test_the_newest_rule_in_force_holds_and_a_later_one_waits(people: People, lan: Client) -> None:
    rule(people.township, TODAY - timedelta(days=60), window_days=30)
    rule(people.township, TODAY, window_days=2)
    rule(people.township, TODAY + timedelta(days=1), window_days=30)
    with pytest.raises(refusals.NotReleasedYet):
        book(lan, people.helanfang_account, clinic(people.township, TODAY + timedelta(days=5)).slot)


def test_a_slot_that_has_begun_is_refused(people: People, signed_in: SignedIn, at: At) -> None:
    slot = clinic(people.township).slot
    with at(slot.starts_at):
        with pytest.raises(refusals.SlotBegun):
            book(signed_in(people.helanfang_account), people.helanfang_account, slot, now=slot.starts_at)


def test_a_stopped_session_is_refused(people: People, lan: Client) -> None:
    morning = clinic(people.township)
    with acting_as("owner"):
        Session.objects.filter(pk=morning.session.pk).update(state="stopped")
    with pytest.raises(refusals.SessionStopped):
        book(lan, people.helanfang_account, morning.slot)


def test_booking_needs_a_proved_name(people: People, lan: Client) -> None:
    slot = clinic(people.township).slot
    with acting_as("owner"):
        Verification.objects.filter(account=people.helanfang_account).update(revoked_at=NOON)
    with pytest.raises(refusals.IdentityNeeded):
        book(lan, people.helanfang_account, slot)


def test_level_one_is_enough_to_book(people: People, lan: Client) -> None:
    with acting_as("owner"):
        Verification.objects.filter(account=people.helanfang_account).update(level=1)
    assert book(lan, people.helanfang_account, clinic(people.township).slot)


def test_cancelling_gives_the_place_back_and_ends_the_facilitys_sight(people: People, lan: Client) -> None:
    returns_at_once()
    slot = clinic(people.township).slot
    cancel(lan, people.helanfang_account, book(lan, people.helanfang_account, slot))
    with acting_as("owner"):
        booking, grant = Booking.objects.get(), CareGrant.objects.get()
        kinds = set(Notice.objects.values_list("kind", flat=True))
    assert (booking.status, booking.cancelled_by) == ("cancelled", people.helanfang_account.pk)
    assert (taken(slot), kinds) == (0, {"booked", "booking_cancelled"})
    assert grant.ends_at <= NOON + timedelta(seconds=1)


def test_cancelling_twice_changes_nothing_more(people: People, lan: Client) -> None:
    returns_at_once()
    slot = clinic(people.township).slot
    booking = book(lan, people.helanfang_account, slot)
    cancel(lan, people.helanfang_account, booking)
    before = counts()
    cancel(lan, people.helanfang_account, booking)
    assert (taken(slot), counts()) == (0, before)


@pytest.mark.parametrize(
    ("terms", "cutoff"),
    [
        ({"cancel_minutes_before": 60}, datetime.combine(TOMORROW, time(8), SHANGHAI)),
        ({"cancel_days_before": 1, "cancel_time": time(17)}, datetime.combine(TODAY, time(17), SHANGHAI)),
    ],
)
def test_the_cut_off_of_the_rule_holds_to_the_minute(
    people: People, lan: Client, signed_in: SignedIn, at: At, terms: dict[str, Any], cutoff: datetime
) -> None:
    rule(people.township, **terms)
    slot = clinic(people.township).slot
    booking = book(lan, people.helanfang_account, slot)
    with at(cutoff), pytest.raises(refusals.TooLateToCancel) as refused:
        cancel(signed_in(people.helanfang_account), people.helanfang_account, booking, now=cutoff)
    assert refused.value.deadline == cutoff
    just = cutoff - timedelta(minutes=1)
    with at(just):
        cancel(signed_in(people.helanfang_account), people.helanfang_account, booking, now=just)
    assert live(slot) == []


def test_ten_minutes_of_grace_after_booking_past_the_cut_off(people: People, signed_in: SignedIn, at: At) -> None:
    slot = clinic(people.township).slot
    late = slot.starts_at - timedelta(minutes=30)
    with at(late):
        client = signed_in(people.helanfang_account)
        booking = book(client, people.helanfang_account, slot, now=late)
    with at(late + timedelta(minutes=10)), pytest.raises(refusals.TooLateToCancel):
        cancel(client, people.helanfang_account, booking, now=late + timedelta(minutes=10))
    with at(late + timedelta(minutes=9)):
        cancel(client, people.helanfang_account, booking, now=late + timedelta(minutes=9))
    assert taken(slot) == 0


def test_grace_never_reaches_past_the_start(people: People, signed_in: SignedIn, at: At) -> None:
    slot = clinic(people.township).slot
    late = slot.starts_at - timedelta(minutes=5)
    with at(late):
        client = signed_in(people.helanfang_account)
        booking = book(client, people.helanfang_account, slot, now=late)
    with at(slot.starts_at), pytest.raises(refusals.TooLateToCancel):
        cancel(client, people.helanfang_account, booking, now=slot.starts_at)


def test_a_rule_made_later_does_not_shorten_what_was_promised(
    people: People, lan: Client, signed_in: SignedIn, at: At
) -> None:
    slot = clinic(people.township, TODAY + timedelta(days=3)).slot
    booking = book(lan, people.helanfang_account, slot)
    rule(people.township, TOMORROW, cancel_days_before=2)
    later = slot.starts_at - timedelta(hours=2)
    with at(later):
        cancel(signed_in(people.helanfang_account), people.helanfang_account, booking, now=later)
    assert taken(slot) == 0


def test_a_stranger_cannot_cancel(people: People, lan: Client, signed_in: SignedIn) -> None:
    slot = clinic(people.township).slot
    booking = book(lan, people.helanfang_account, slot)
    wang = signed_in(people.wangjianguo_account)
    with pytest.raises(Booking.DoesNotExist):
        cancel(wang, people.wangjianguo_account, booking)
    assert [b.pk for b in live(slot)] == [booking.pk]


def test_a_refused_booking_may_be_sent_again_with_the_same_form(
    people: People, lan: Client, signed_in: SignedIn
) -> None:
    returns_at_once()
    slot, key = clinic(people.township, places=1).slot, uuid4()
    wang = signed_in(people.wangjianguo_account)
    other = book(wang, people.wangjianguo_account, slot)
    with pytest.raises(refusals.SlotFull):
        book(lan, people.helanfang_account, slot, form_key=key)
    cancel(wang, people.wangjianguo_account, other)
    assert book(lan, people.helanfang_account, slot, form_key=key).number == 1


def test_a_booking_inside_anothers_transaction_is_a_mistake(people: People, lan: Client) -> None:
    slot = scenes.fresh(clinic(people.township).slot)
    with session_of(lan), pytest.raises(RuntimeError):
        book(lan, people.helanfang_account, slot)
