"""The desk's pages: sessions of slots, who comes today, rules; each facility sees its own."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from appointments.models import Booking, Rule, Session, Slot
from facilities.models import Facility
from foundation.rowsecurity import acting_as
from residents.models import Account
from tests import factories
from tests.appointments.scenes import TODAY, TOMORROW, book, clinic, held, rule
from tests.people import People

SignedIn = Callable[[Account], Client]
OPEN = "admin:appointments_session_add"
SESSIONS = "admin:appointments_session_changelist"
BOOKINGS = "admin:appointments_booking_changelist"


@pytest.fixture
def desk(people: People, signed_in: SignedIn) -> Client:
    """张前台's browser."""
    return signed_in(people.zhangqiantai)


def form(at: Facility, **fields: Any) -> dict[str, Any]:
    department = factories.department(at)
    return {
        "facility": at.pk,
        "department": department.pk,
        "practitioner": factories.practitioner(department).pk,
        "date": TOMORROW,
        "period": "morning",
        "kind": "ordinary",
        "fee": "0",
        "location": "",
        "start": "08:00",
        "end": "10:00",
        "minutes": 30,
        "capacity": 5,
    } | fields


def sessions() -> list[Session]:
    with acting_as("owner"):
        return list(Session.objects.all())


def test_the_desk_opens_a_session_with_its_slots(people: People, desk: Client) -> None:
    assert desk.post(reverse(OPEN), form(people.township)).status_code == 302
    with acting_as("owner"):
        slots = list(Slot.objects.order_by("starts_at").values_list("first_number", "capacity"))
    assert slots == [(1, 5), (6, 5), (11, 5), (16, 5)]


def test_what_the_desk_opened_can_be_booked(people: People, desk: Client, lan: Client) -> None:
    desk.post(reverse(OPEN), form(people.township))
    with acting_as("owner"):
        slot = Slot.objects.order_by("starts_at")[1]
    assert book(lan, people.helanfang_account, slot).number == 6


def test_the_desk_is_offered_its_own_facility_only(people: People, desk: Client) -> None:
    form(people.county), form(people.township)
    fields = desk.get(reverse(OPEN)).context["adminform"].form.fields
    for name in ("department", "practitioner"):
        assert {row.facility_id for row in fields[name].queryset} == {people.township.pk}
    assert [row.pk for row in fields["facility"].queryset] == [people.township.pk]


def test_the_desk_cannot_open_a_session_elsewhere(people: People, desk: Client) -> None:
    assert desk.post(reverse(OPEN), form(people.county)).status_code == 200
    assert sessions() == []


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"end": "07:00"}, "end"),
        ({"minutes": 45}, "minutes"),
        ({"minutes": 4}, "minutes"),
        ({"capacity": 0}, "capacity"),
        ({"date": TODAY - timedelta(days=1)}, "date"),
    ],
)
def test_hours_that_make_no_sense_are_said(people: People, desk: Client, fields: dict[str, Any], field: str) -> None:
    response = desk.post(reverse(OPEN), form(people.township, **fields))
    assert field in response.context["adminform"].form.errors
    assert sessions() == []


def test_one_doctor_has_one_session_in_a_half_day(people: People, desk: Client) -> None:
    fields = form(people.township)
    desk.post(reverse(OPEN), fields)
    response = desk.post(reverse(OPEN), fields)
    assert "已有出诊安排" in response.content.decode()
    assert len(sessions()) == 1


def test_a_doctor_of_another_facility_is_refused(people: People, desk: Client) -> None:
    stranger = factories.practitioner(factories.department(people.county))
    response = desk.post(reverse(OPEN), form(people.township, practitioner=stranger.pk))
    assert "practitioner" in response.context["adminform"].form.errors


def test_a_session_that_is_open_changes_only_in_fee_and_place(people: People, desk: Client) -> None:
    session = clinic(people.township).session
    page = reverse("admin:appointments_session_change", args=[session.pk])
    desk.post(page, {"fee": "6.50", "location": "二楼3诊室", "date": TODAY, "state": "stopped"})
    changed = sessions()[0]
    assert (str(changed.fee), changed.location, changed.date, changed.state) == ("6.50", "二楼3诊室", TOMORROW, "open")


def stop(client: Client, session: Session) -> Any:
    form = {"action": "stop", "_selected_action": [session.pk], "confirmed": "1", "reason": "停电"}
    return client.post(reverse(SESSIONS), form, follow=True)


def test_a_session_nobody_has_booked_can_be_stopped(people: People, desk: Client) -> None:
    stop(desk, clinic(people.township).session)
    assert sessions()[0].state == "stopped"


def test_the_desk_cannot_stop_anothers_session(people: People, desk: Client) -> None:
    stop(desk, clinic(people.county).session)
    assert sessions()[0].state == "open"


def test_the_desk_sees_its_own_sessions_only(people: People, desk: Client) -> None:
    clinic(people.township), clinic(people.county)
    listed = desk.get(reverse(SESSIONS)).context["cl"].result_list
    assert [session.facility_id for session in listed] == [people.township.pk]


def test_the_morning_comes_before_the_afternoon_and_the_evening(people: People, desk: Client) -> None:
    doctor = factories.practitioner(factories.department(people.township))
    for period in ("evening", "morning", "afternoon"):
        factories.session(doctor, TOMORROW, period)
    listed = desk.get(reverse(SESSIONS)).context["cl"].result_list
    assert [session.period for session in listed] == ["morning", "afternoon", "evening"]


def test_the_desk_sees_who_comes_today_at_its_own_facility(people: People, desk: Client, lan: Client) -> None:
    today = clinic(people.township, TODAY, period="afternoon")
    slot = factories.slot(today.session, 15)
    book(lan, people.helanfang_account, slot)
    elsewhere = clinic(people.county, TODAY, period="afternoon")
    late = factories.slot(elsewhere.session, 16)
    book(lan, people.helanfang_account, late)
    response = desk.get(reverse(BOOKINGS))
    assert [row.facility_id for row in response.context["cl"].result_list] == [people.township.pk]
    page = response.content.decode()
    assert all(words in page for words in ("贺兰芳", "15:00–\u206015:30", "已预约"))


def test_tomorrows_bookings_are_one_click_away(people: People, desk: Client, lan: Client) -> None:
    book(lan, people.helanfang_account, clinic(people.township).slots[0])
    assert "贺兰芳" not in desk.get(reverse(BOOKINGS)).content.decode()
    assert "贺兰芳" in desk.get(reverse(BOOKINGS), {"day": "tomorrow"}).content.decode()


def test_a_clinician_elsewhere_sees_none_of_them(people: People, signed_in: SignedIn, lan: Client) -> None:
    book(lan, people.helanfang_account, clinic(people.township).slots[0])
    response = signed_in(people.chenyisheng).get(reverse(BOOKINGS), {"day": "tomorrow"})
    assert list(response.context["cl"].result_list) == []


def test_nobody_adds_or_changes_a_booking_in_the_list(people: People, desk: Client, lan: Client) -> None:
    booking = book(lan, people.helanfang_account, clinic(people.township).slots[0])
    assert desk.get(reverse("admin:appointments_booking_add")).status_code == 403
    page = reverse("admin:appointments_booking_change", args=[booking.pk])
    assert desk.post(page, {"status": "completed"}).status_code == 403
    with acting_as("owner"):
        assert Booking.objects.get().status == "booked"


def test_a_resident_finds_no_desk(people: People, lan: Client) -> None:
    for name in (OPEN, SESSIONS, BOOKINGS):
        assert lan.get(reverse(name)).status_code == 404


def statements(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connections["default"]) as web:
        assert client.get(address).status_code == 200
    return len(web)


@pytest.mark.parametrize("name", [SESSIONS, BOOKINGS])
def test_the_lists_take_as_many_statements_for_fifty_as_for_one(people: People, desk: Client, name: str) -> None:
    address = f"{reverse(name)}?day=ahead"
    held(people.helanfang, clinic(people.township, count=1).slots[0])
    before = statements(desk, address)
    for _ in range(49):
        held(people.helanfang, clinic(people.township, count=1).slots[0])
    assert statements(desk, address) == before


def manager(people: People, signed_in: SignedIn) -> Client:
    return signed_in(factories.staff("yuanzhang", "王院长", people.township, "manager"))


def rule_form(at: Facility, **fields: Any) -> dict[str, Any]:
    return {
        "facility": at.pk,
        "valid_from": TOMORROW,
        "window_days": 14,
        "release_time": "06:30",
        "cancel_days_before": 1,
        "cancel_time": "16:00",
        "cancel_minutes_before": 60,
        "live_bookings_per_person": 2,
    } | fields


def test_a_manager_sets_a_rule_from_tomorrow_on(people: People, signed_in: SignedIn) -> None:
    page = manager(people, signed_in).post(reverse("admin:appointments_rule_add"), rule_form(people.township))
    assert page.status_code == 302
    with acting_as("owner"):
        assert Rule.objects.get().window_days == 14


@pytest.mark.parametrize("fields", [{"valid_from": TODAY}, {"facility": "county"}, {"window_days": 91}])
def test_a_rule_for_today_or_another_facility_is_refused(
    people: People, signed_in: SignedIn, fields: dict[str, Any]
) -> None:
    known = {"county": people.county.pk}
    values = rule_form(people.township, **{key: known.get(value, value) for key, value in fields.items()})
    page = manager(people, signed_in).post(reverse("admin:appointments_rule_add"), values)
    assert set(page.context["adminform"].form.errors) & {*fields, "__all__"}


def test_a_rule_in_force_stays_as_it_was(people: People, signed_in: SignedIn) -> None:
    held = rule(people.township, TODAY, window_days=5)
    page = reverse("admin:appointments_rule_change", args=[held.pk])
    client = manager(people, signed_in)
    assert client.get(page).status_code == 200
    assert client.post(page, rule_form(people.township)).status_code == 403
