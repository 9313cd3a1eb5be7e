"""The desk's day: finding people, booking for whoever stands there, cancelling, extra places, paper, figures."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from appointments.desk import codes
from appointments.models import Booking, Hold, Slot
from foundation.rowsecurity import acting_as
from residents.models import AccessEvent, Account, Notice
from tests import factories
from tests.appointments.scenes import TODAY, TOMORROW, Clinic, book, clinic, fresh, held, taken
from tests.appointments.waiting_scenes import stop
from tests.factories import NOON
from tests.people import HELANFANG_NUMBER, People

SignedIn = Callable[[Account], Client]


@pytest.fixture
def desk(people: People, signed_in: SignedIn) -> Client:
    """张前台's browser."""
    return signed_in(people.zhangqiantai)


@pytest.fixture
def afternoon(people: People) -> Clinic:
    return clinic(people.township, TODAY, places=2, period="afternoon")


def opened(desk: Client, people: People, number: str = HELANFANG_NUMBER) -> Client:
    """The person's card has been read and compared at the counter."""
    desk.post(reverse("staff:counter"), {"card": number, "facility": str(people.township.pk)})
    desk.post(reverse("staff:counter_check"))
    return desk


def takes(desk: Client, people: People, slot: Slot, **fields: Any) -> Any:
    data = {"slot": str(slot.pk), "channel": "desk", "form_key": str(uuid4())} | fields
    day = fresh(slot).session.date.isoformat()
    return desk.post(f"{reverse('staff:desk_book', args=[people.township.pk])}?day={day}", data)


def day_page(desk: Client, people: People, day: Any = TODAY, **search: str) -> str:
    address = f"{reverse('staff:desk_day', args=[people.township.pk])}?day={day.isoformat()}"
    return (desk.post(address, search) if search else desk.get(address)).content.decode()


def bookings() -> list[Booking]:
    with acting_as("owner"):
        return list(Booking.objects.order_by("booked_at", "id"))


def deeds(action: str) -> int:
    with acting_as("owner"):
        return AccessEvent.objects.filter(action=action).count()


# --- finding ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["兰芳", "1", HELANFANG_NUMBER, "code"])
def test_she_is_found_by_name_number_card_and_slip(people: People, desk: Client, afternoon: Clinic, typed: str) -> None:
    mine = held(people.helanfang, afternoon.slots[0])
    held(people.wangjianguo, afternoon.slots[1])
    page = day_page(desk, people, q=codes.code_of(mine).lower() if typed == "code" else typed)
    assert "贺兰芳" in page and "王建国" not in page


def test_what_is_looked_for_stands_in_no_address(people: People, desk: Client, afternoon: Clinic) -> None:
    held(people.helanfang, afternoon.slots[0])
    assert 'name="q"' in day_page(desk, people) and 'method="post" class="search' in day_page(desk, people)


def test_the_desk_of_another_facility_is_not_there(people: People, desk: Client) -> None:
    for name in ("desk_day", "desk_book", "desk_lists", "desk_points"):
        assert desk.get(reverse(f"staff:{name}", args=[people.county.pk])).status_code == 404


def test_a_booking_of_another_facility_is_neither_seen_nor_changed(people: People, desk: Client) -> None:
    other = held(people.helanfang, clinic(people.county, TODAY, period="afternoon").slots[0])
    page = reverse("staff:desk_booking", args=[other.pk])
    assert (desk.get(page).status_code, desk.post(page, {"deed": "arrive"}).status_code) == (404, 404)


def test_a_clinician_sees_the_day_and_changes_nothing(people: People, signed_in: SignedIn, afternoon: Clinic) -> None:
    mine = held(people.helanfang, afternoon.slots[0])
    doctor = signed_in(factories.staff("doc", "周医生", people.township, "clinician"))
    assert "贺兰芳" in day_page(doctor, people)
    assert doctor.post(reverse("staff:desk_booking", args=[mine.pk]), {"deed": "arrive"}).status_code == 403


def test_looking_at_the_list_leaves_a_line(people: People, desk: Client, afternoon: Clinic) -> None:
    day_page(desk, people)
    assert deeds("staff.listed") == 1


def test_fifty_people_take_as_many_statements_as_one(people: People, desk: Client) -> None:
    wide = clinic(people.township, TODAY, places=60, count=1, period="afternoon")
    held(people.helanfang, wide.slots[0])
    counts = []
    for _ in range(2):
        day_page(desk, people)
        with CaptureQueriesContext(connections["default"]) as web:
            day_page(desk, people)
        counts.append(len(web))
        for n in range(20):
            held(factories.resident(f"居民{n}"), wide.slots[0])
    assert counts[0] == counts[1]


def test_whoever_is_found_alone_has_a_letter_for_each_deed(people: People, desk: Client, afternoon: Clinic) -> None:
    held(people.helanfang, afternoon.slots[0])
    held(people.wangjianguo, afternoon.slots[1])
    whole, found = day_page(desk, people), day_page(desk, people, q="兰芳")
    assert ('value="arrive" accesskey="c"' in whole, 'value="arrive" accesskey="c"' in found) == (False, True)


def test_after_a_deed_to_whoever_was_found_only_that_line_is_there(
    people: People, desk: Client, afternoon: Clinic
) -> None:
    mine = held(people.helanfang, afternoon.slots[0])
    held(people.wangjianguo, afternoon.slots[1])
    data = {"deed": "arrive", "found": "1"}
    page = desk.post(reverse("staff:desk_booking", args=[mine.pk]), data, follow=True).content.decode()
    assert "贺兰芳 已签到，票号 L001" in page and "王建国" not in page


# --- booking ---------------------------------------------------------------------------------------------------------


def test_nobody_is_booked_for_without_a_card(people: People, desk: Client, afternoon: Clinic) -> None:
    response = takes(desk, people, afternoon.slots[0])
    assert (response.url, bookings()) == (reverse("staff:counter"), [])


def test_from_the_counter_it_is_one_step_to_the_desk(people: People, desk: Client, afternoon: Clinic) -> None:
    opened(desk, people)
    assert reverse("staff:desk") in desk.get(reverse("staff:counter_person")).content.decode()
    assert desk.get(reverse("staff:desk")).url == reverse("staff:desk_book", args=[people.township.pk])


@pytest.mark.parametrize("channel", ["desk", "phone"])
def test_the_desk_books_for_whoever_is_open(people: People, desk: Client, afternoon: Clinic, channel: str) -> None:
    takes(opened(desk, people), people, afternoon.slots[0], channel=channel)
    assert [(one.resident_id, one.channel) for one in bookings()] == [(people.helanfang.pk, channel)]


def test_who_walks_in_is_booked_and_checked_in_at_once(people: People, desk: Client) -> None:
    begun = clinic(people.township, TODAY, count=0, period="afternoon")
    takes(opened(desk, people), people, factories.slot(begun.session, 11, 45), check_in="on")
    assert [one.status for one in bookings()] == ["checked_in"]


def test_the_same_form_twice_is_one_booking(people: People, desk: Client, afternoon: Clinic) -> None:
    opened(desk, people)
    key = str(uuid4())
    takes(desk, people, afternoon.slots[0], form_key=key), takes(desk, people, afternoon.slots[0], form_key=key)
    assert len(bookings()) == 1


def test_an_extra_place_is_given_by_somebody_and_never_found_on_line(people: People, desk: Client, lan: Client) -> None:
    full = clinic(people.township, TOMORROW, places=1, count=1)
    held(people.wangjianguo, full.slots[0])
    takes(opened(desk, people), people, full.slots[0], extra="1")
    with acting_as("owner"):
        extra = Slot.objects.exclude(extra_by=None).get()
    assert (extra.extra_by, extra.taken, extra.session_id) == (people.zhangqiantai.pk, 1, full.session.pk)
    assert deeds("appointments.added_place") == 1
    page = lan.get(reverse("appointments:times", args=[full.session.pk])).content.decode()
    assert str(extra.pk) not in page


def test_an_extra_place_that_is_refused_leaves_nothing(people: People, desk: Client) -> None:
    full = clinic(people.township, TOMORROW, places=2, count=1)
    held(people.helanfang, full.slots[0])
    response = takes(opened(desk, people), people, full.slots[0], extra="1")
    with acting_as("owner"):
        assert Slot.objects.exclude(extra_by=None).count() == 0
    assert "已有预约" in response.content.decode()


def test_moving_at_the_desk_has_no_cut_off(people: People, desk: Client) -> None:
    soon = clinic(people.township, TODAY, count=0, period="afternoon")
    old, new = factories.slot(soon.session, 12, 5), factories.slot(soon.session, 12, 35)
    mine = held(people.helanfang, old)
    opened(desk, people)
    data = {"slot": str(new.pk), "channel": "desk", "form_key": str(uuid4())}
    desk.post(f"{reverse('staff:desk_move', args=[mine.pk])}?day={TODAY.isoformat()}", data)
    assert {(one.slot_id, one.status) for one in bookings()} == {(old.pk, "cancelled"), (new.pk, "booked")}


def test_whose_card_was_read_cannot_move_anothers_booking(people: People, desk: Client, afternoon: Clinic) -> None:
    other = held(people.wangjianguo, afternoon.slots[0])
    opened(desk, people)
    response = desk.get(reverse("staff:desk_move", args=[other.pk]))
    assert response.url == reverse("staff:counter")


# --- cancelling and blocking -----------------------------------------------------------------------------------------


def cancels(desk: Client, booking: Booking, note: str = "本人来电说不来了") -> Any:
    return desk.post(reverse("staff:desk_booking", args=[booking.pk]), {"deed": "cancel", "note": note})


def test_the_desk_cancels_past_the_cut_off_with_a_reason(people: People, desk: Client) -> None:
    soon = clinic(people.township, TODAY, count=0, period="afternoon")
    mine = held(people.helanfang, factories.slot(soon.session, 12, 1))
    cancels(desk, mine)
    [one] = bookings()
    assert (one.status, one.ended, one.ended_note) == ("cancelled", "desk", "本人来电说不来了")


def test_whose_booking_the_desk_cancelled_is_told(people: People, desk: Client, afternoon: Clinic) -> None:
    mine = held(people.helanfang, afternoon.slots[0])
    cancels(desk, mine)
    with acting_as("owner"):
        assert Notice.objects.filter(resident=people.helanfang, kind="booking_cancelled", subject_id=mine.pk).exists()
    assert deeds("appointments.cancelled_at_desk") == 1


def test_without_a_reason_nothing_is_cancelled(people: People, desk: Client, afternoon: Clinic) -> None:
    mine = held(people.helanfang, afternoon.slots[0])
    assert "请写取消的原因" in cancels(desk, mine, note=" ").content.decode()
    assert bookings()[0].status == "booked"


def test_blocked_places_are_nobodys_until_they_are_opened_again(
    people: People, desk: Client, afternoon: Clinic
) -> None:
    slot, page = afternoon.slots[0], reverse("staff:desk_session", args=[afternoon.session.pk])
    counts = []
    for data in ({"count": "2"}, {"count": "1", "open": "1"}):
        desk.post(page, {"slot": str(slot.pk), **data})
        counts.append(taken(slot))
    assert counts == [2, 0]


def test_more_than_what_is_free_is_not_blocked_in_part(people: People, desk: Client, afternoon: Clinic) -> None:
    held(people.helanfang, afternoon.slots[0])
    page = reverse("staff:desk_session", args=[afternoon.session.pk])
    desk.post(page, {"slot": str(afternoon.slots[0].pk), "count": "2"})
    with acting_as("owner"):
        assert Hold.objects.count() == 0


# --- paper and figures -----------------------------------------------------------------------------------------------


def test_the_slip_names_the_ends_of_a_name_and_carries_its_code(
    people: People, desk: Client, afternoon: Clinic
) -> None:
    mine = held(people.helanfang, afternoon.slots[0])
    page = desk.get(reverse("staff:desk_slip", args=[mine.pk])).content.decode()
    assert "贺*芳" in page and "贺兰芳" not in page and codes.in_groups(codes.code_of(mine)) in page


def test_every_list_of_the_day_is_printed_and_that_is_written_down(
    people: People, desk: Client, afternoon: Clinic
) -> None:
    held(people.helanfang, afternoon.slots[0])
    held(people.wangjianguo, clinic(people.township, TODAY, period="evening").slots[0])
    page = desk.get(reverse("staff:desk_lists", args=[people.township.pk])).content.decode()
    assert "贺兰芳" in page and "王建国" in page
    assert deeds("appointments.printed_lists") == 1


def report(desk: Client, people: People, span: str) -> str:
    address = f"{reverse('staff:desk_report', args=[people.township.pk])}?day={TODAY.isoformat()}"
    response = desk.post(address, {"span": span})
    return response.content.decode("utf-8-sig")


def test_the_figures_are_by_doctor_and_channel_without_names(people: People, desk: Client, afternoon: Clinic) -> None:
    held(people.helanfang, afternoon.slots[0])
    held(people.wangjianguo, clinic(people.township, TOMORROW).slots[0])
    today, month = report(desk, people, "day"), report(desk, people, "month")
    assert "内科,王医生,老年人,1,0,0,0,0,1,0" in today and "合计,,,1," in today
    assert "合计,,,2," in month and "贺兰芳" not in month
    assert deeds("appointments.exported_report") == 2


def test_a_doctors_name_is_never_a_formula(people: People, desk: Client) -> None:
    doctor = factories.practitioner(factories.department(people.township), "=1+1")
    held(people.helanfang, factories.slot(factories.session(doctor, TODAY, "afternoon"), 15))
    assert ",'=1+1," in report(desk, people, "day")


def test_a_clinician_downloads_no_figures(people: People, signed_in: SignedIn) -> None:
    doctor = signed_in(factories.staff("doc", "周医生", people.township, "clinician"))
    assert doctor.post(reverse("staff:desk_report", args=[people.township.pk])).status_code == 404


def test_totals_are_those_of_the_lists(people: People, desk: Client, afternoon: Clinic) -> None:
    mine = held(people.helanfang, afternoon.slots[0])
    cancels(desk, held(people.wangjianguo, afternoon.slots[1]))
    desk.post(reverse("staff:desk_booking", args=[mine.pk]), {"deed": "arrive"})
    address = f"{reverse('staff:desk_day', args=[people.township.pk])}?day={NOON.date().isoformat()}"
    totals = desk.get(address).context["totals"]
    assert {name: totals[name] for name in ("capacity", "booked", "checked_in", "cancelled", "free")} == {
        "capacity": 4,
        "booked": 1,
        "checked_in": 1,
        "cancelled": 1,
        "free": 3,
    }


def test_a_stopped_half_day_stays_on_the_list_with_the_way_to_its_people(
    people: People, desk: Client, lan: Client, afternoon: Clinic
) -> None:
    book(lan, people.helanfang_account, afternoon.slot)
    stop(desk, afternoon.session)
    address = f"{reverse('staff:desk_day', args=[people.township.pk])}?day={TODAY.isoformat()}"
    answer = desk.get(address)
    assert reverse("staff:desk_stopped", args=[afternoon.session.pk]) in answer.content.decode()
    assert (answer.context["totals"]["capacity"], answer.context["totals"]["free"]) == (0, 0)


def test_a_half_day_stopped_before_anybody_booked_it_is_not_listed(
    people: People, desk: Client, afternoon: Clinic
) -> None:
    stop(desk, afternoon.session)
    assert "这一天没有出诊" in day_page(desk, people)
