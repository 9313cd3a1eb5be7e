"""Checking in, tickets, calling people in, the screen on the wall: the database keeps the order."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from appointments.models import Booking, Point, Queue, Ticket
from appointments.queue import calling, waiting
from foundation.dated import forget
from foundation.middleware import TOKEN
from foundation.models import DatedSetting
from foundation.rowsecurity import acting_as, seeing
from residents.models import Account, Resident
from tests import factories
from tests.appointments.racing import Racers
from tests.appointments.scenes import Clinic, clinic, held, rule
from tests.factories import NOON, SHANGHAI
from tests.people import People

SignedIn = Callable[[Account], Client]
At = Callable[[datetime], Any]
TODAY = NOON.date()


def oclock(hour: int, minute: int = 0) -> datetime:
    return datetime(TODAY.year, TODAY.month, TODAY.day, hour, minute, tzinfo=SHANGHAI)


@pytest.fixture
def midday(people: People) -> Clinic:
    """Five places at a quarter past twelve, five at half past, today, in room 3; it is twelve."""
    return at_times(people, (12, 15), (12, 30))


def at_times(people: People, *times: tuple[int, int], **fields: Any) -> Clinic:
    found = clinic(people.township, TODAY, count=0, period="afternoon", location="3诊室", **fields)
    found.slots.extend(factories.slot(found.session, *time, capacity=5) for time in times)
    return found


@pytest.fixture
def desk(people: People, signed_in: SignedIn) -> Client:
    return signed_in(people.zhangqiantai)


def poster(people: People, kind: str = "poster", **fields: Any) -> Point:
    by = people.zhangqiantai.pk
    made = {"facility": people.township, "name": "大厅", "code": f"{kind}-code", "made_by": by, "made_at": NOON}
    return factories.made(Point(kind=kind, **made | fields))


def arrives(desk: Client, booking: Booking, deed: str = "arrive") -> None:
    assert desk.post(reverse("staff:desk_booking", args=[booking.pk]), {"deed": deed}).status_code == 302


def scans(client: Client, booking: Booking, code: str = "poster-code") -> Any:
    return client.post(reverse("appointments:check_in", args=[code]), {"booking": str(booking.pk)}, follow=True)


def tickets() -> list[Ticket]:
    with acting_as("owner"):
        return list(Ticket.objects.order_by("issued_at", "number"))


def state_of(booking: Booking) -> str:
    with acting_as("owner"):
        return Booking.objects.get(pk=booking.pk).status


def person(name: str, born: date = date(1990, 1, 1)) -> Resident:
    return factories.resident(name, birth_date=born)


def seat(desk: Client, at_clinic: Clinic, *who: Resident, slot: int = 0) -> list[Booking]:
    """Each of them has booked and come."""
    booked = [held(one, at_clinic.slots[slot]) for one in who]
    for one in booked:
        arrives(desk, one)
    return booked


def call(desk: Client, room: str = "3诊室", after: Ticket | None = None) -> Ticket | None:
    with seeing(desk.session.get(TOKEN)), transaction.atomic():
        queue = Queue.objects.get()
        return calling.call_next(queue=queue, room=room, after=after.pk if after else None)


# --- coming ----------------------------------------------------------------------------------------------------------


def test_whoever_scans_the_poster_in_time_is_checked_in(people: People, lan: Client, midday: Clinic) -> None:
    booking = held(people.helanfang, midday.slots[0])
    poster(people)
    scans(lan, booking)
    assert (state_of(booking), [one.label for one in tickets()]) == ("checked_in", ["L001"])


@pytest.mark.parametrize(("time", "word"), [((12, 31), "还没到签到时间"), ((11, 29), "请到窗口签到")])
def test_outside_the_window_the_poster_says_what_to_do(
    people: People, lan: Client, time: tuple[int, int], word: str
) -> None:
    booking = held(people.helanfang, at_times(people, time).slots[0])
    poster(people)
    assert word in scans(lan, booking).content.decode()
    assert state_of(booking) == "booked"


def test_a_rule_of_the_facility_widens_the_window(people: People, lan: Client) -> None:
    rule(people.township, check_in_minutes_before=120)
    booking = held(people.helanfang, at_times(people, (13, 45)).slots[0])
    poster(people)
    scans(lan, booking)
    assert state_of(booking) == "checked_in"


def test_a_stranger_cannot_check_her_in(people: People, signed_in: SignedIn, midday: Clinic) -> None:
    booking = held(people.helanfang, midday.slots[0])
    poster(people)
    assert scans(signed_in(people.wangjianguo_account), booking).status_code == 404
    assert state_of(booking) == "booked"


def test_the_poster_of_another_facility_checks_nobody_in(people: People, lan: Client, midday: Clinic) -> None:
    booking = held(people.helanfang, midday.slots[0])
    poster(people, facility=people.county)
    assert scans(lan, booking).status_code == 404
    assert state_of(booking) == "booked"


def test_a_poster_taken_down_opens_nothing(people: People, lan: Client) -> None:
    poster(people, ended_at=NOON)
    assert lan.get(reverse("appointments:check_in", args=["poster-code"])).status_code == 404


def test_two_scans_give_one_ticket(people: People, lan: Client, midday: Clinic) -> None:
    booking = held(people.helanfang, midday.slots[0])
    poster(people)
    scans(lan, booking), scans(lan, booking)
    assert len(tickets()) == 1


def test_the_desk_checks_in_whoever_is_late_behind_those_who_are_there(people: People, desk: Client) -> None:
    morning = at_times(people, (11, 0), (11, 45))
    late, other = held(person("迟到的人"), morning.slots[0]), held(person("准时的人"), morning.slots[1])
    arrives(desk, late), arrives(desk, other)
    called = call(desk)
    assert called is not None and called.booking_id == other.pk


def test_nobody_checks_in_on_another_day(people: People, desk: Client) -> None:
    booking = held(people.helanfang, clinic(people.township).slots[0])
    arrives(desk, booking)
    assert (state_of(booking), tickets()) == ("booked", [])


def test_numbers_of_each_category_are_given_one_after_the_other_at_once(
    people: People, signed_in: SignedIn, midday: Clinic, racers: Callable[[int], Racers]
) -> None:
    booked = [held(person(f"居民{n}"), midday.slots[0]) for n in range(4)]
    clerk = signed_in(people.zhangqiantai)
    token = clerk.session.get(TOKEN)

    def come(booking: Booking) -> Callable[[], str]:
        def deed() -> str:
            from appointments.desk import deeds

            with seeing(token), transaction.atomic():
                return deeds.arrive(booking)

        return deed

    assert racers(4).run([come(one) for one in booked]) == ["done"] * 4
    assert sorted(one.label for one in tickets()) == ["A001", "A002", "A003", "A004"]


def test_doctors_of_one_room_share_a_queue_where_the_county_has_it_so(people: People, desk: Client) -> None:
    since = NOON - timedelta(days=400)
    factories.made(DatedSetting(key="appointments.queue_by", value="room", valid_from=since))
    forget("appointments.queue_by")
    for name in ("甲某", "乙某"):
        seat(desk, clinic(people.township, TODAY, period="afternoon", location="内科诊区"), person(name))
    assert len({one.queue_id for one in tickets()}) == 1


# --- calling ---------------------------------------------------------------------------------------------------------


def test_whoever_must_go_first_is_called_first_then_elders_at_the_same_time(
    people: People, desk: Client, midday: Clinic
) -> None:
    [young] = seat(desk, midday, person("年轻人"))
    [old] = seat(desk, midday, person("老人家", date(1940, 1, 1)))
    chair = held(person("轮椅上的人"), midday.slots[1])
    arrives(desk, chair, "arrive_first")
    called: list[Ticket | None] = [None]
    for _ in range(3):
        called.append(call(desk, after=called[-1]))
    assert [one and one.booking_id for one in called[1:]] == [chair.pk, old.pk, young.pk]


def test_calling_the_next_ends_the_visit_before(people: People, desk: Client, midday: Clinic) -> None:
    first, second = seat(desk, midday, person("甲某"), person("乙某"))
    in_room = call(desk)
    call(desk, after=in_room)
    assert (state_of(first), state_of(second)) == ("completed", "checked_in")


def test_the_same_button_twice_calls_one_person(people: People, desk: Client, midday: Clinic) -> None:
    seat(desk, midday, person("甲某"), person("乙某"), person("丙某"))
    in_room = call(desk)
    call(desk, after=in_room)
    with pytest.raises(calling.Stale):
        call(desk, after=in_room)
    assert sorted(one.state for one in tickets()) == ["called", "done", "waiting"]


def test_one_room_has_one_person_called(people: People, desk: Client, midday: Clinic) -> None:
    seat(desk, midday, person("甲某"), person("乙某"))
    call(desk)
    with pytest.raises(calling.Stale):
        call(desk)


def test_rooms_that_call_at_once_never_call_one_person(
    people: People, signed_in: SignedIn, midday: Clinic, racers: Callable[[int], Racers]
) -> None:
    clerk = signed_in(people.zhangqiantai)
    seat(clerk, midday, *(person(f"居民{n}") for n in range(5)))
    token = clerk.session.get(TOKEN)

    def press(room: str) -> Callable[[], Any]:
        def deed() -> Any:
            with seeing(token), transaction.atomic():
                called = calling.call_next(queue=Queue.objects.get(), room=room, after=None)
                return called.pk if called else None

        return deed

    called = racers(4).run([press(f"{n}诊室") for n in range(4)])
    assert len(set(called)) == 4 and None not in called


def test_whoever_does_not_come_is_passed_over_and_may_wait_again(people: People, desk: Client) -> None:
    morning = at_times(people, (11, 45))
    seat(desk, morning, person("甲某"), person("乙某"))
    gone = call(desk)
    assert gone is not None
    with seeing(desk.session.get(TOKEN)), transaction.atomic():
        queue = Queue.objects.get()
        calling.skip(queue=queue, ticket_id=gone.pk)
        calling.rejoin(queue=queue, ticket_id=gone.pk)
        following = calling.call_next(queue=queue, room="3诊室", after=None)
    assert following is not None and following.pk != gone.pk


def test_whoever_was_passed_over_can_be_called_once_more(people: People, desk: Client, midday: Clinic) -> None:
    seat(desk, midday, person("甲某"))
    gone = call(desk)
    assert gone is not None
    with seeing(desk.session.get(TOKEN)), transaction.atomic():
        queue = Queue.objects.get()
        calling.skip(queue=queue, ticket_id=gone.pk)
        calling.recall(queue=queue, room="3诊室", ticket_id=gone.pk)
    assert [(one.state, one.calls) for one in tickets()] == [("called", 2)]


def test_a_ticket_that_is_done_is_not_called_again_whoever_writes(people: People, desk: Client, midday: Clinic) -> None:
    seat(desk, midday, person("甲某"))
    done = call(desk)
    assert done is not None
    call(desk, after=done)
    with pytest.raises(DatabaseError, match="a ticket does not go"), acting_as("owner"):
        Ticket.objects.filter(pk=done.pk).update(state="called")


def test_somebody_elsewhere_neither_sees_nor_calls_the_queue(
    people: People, signed_in: SignedIn, desk: Client, midday: Clinic
) -> None:
    seat(desk, midday, person("甲某"))
    page = reverse("staff:queue_room", args=[tickets()[0].queue_id])
    assert signed_in(people.chenyisheng).post(page, {"deed": "next"}).status_code == 404
    assert tickets()[0].state == "waiting"


def test_the_screen_of_the_room_calls_by_its_button(people: People, desk: Client, midday: Clinic) -> None:
    seat(desk, midday, person("甲某"))
    page = reverse("staff:queue_room", args=[tickets()[0].queue_id])
    assert "A001" in desk.post(page, {"deed": "next"}, follow=True).content.decode()
    assert tickets()[0].state == "called"


# --- the screen and one's place --------------------------------------------------------------------------------------


def test_the_screen_shows_tickets_and_the_ends_of_names(
    people: People, desk: Client, midday: Clinic, client: Client
) -> None:
    poster(people, "board")
    seat(desk, midday, person("欧阳小明"), person("王五"))
    call(desk)
    page = client.get(reverse("appointments:board", args=["board-code"])).content.decode()
    assert all(words in page for words in ("A001", "欧*明", "请到 3诊室", "王*"))
    assert not any(name in page for name in ("欧阳", "小明", "王五"))


@pytest.mark.parametrize("code", ["poster-code", "nonsense"])
def test_a_wrong_key_shows_no_screen(people: People, client: Client, code: str) -> None:
    poster(people)
    assert client.get(reverse("appointments:board", args=[code])).status_code == 404


def test_the_screen_shows_another_facilitys_people_never(
    people: People, desk: Client, midday: Clinic, client: Client
) -> None:
    poster(people, "board", facility=people.county)
    seat(desk, midday, person("欧阳小明"))
    assert "A001" not in client.get(reverse("appointments:board", args=["board-code"])).content.decode()


def test_her_phone_says_how_many_are_before_her(people: People, desk: Client, lan: Client, midday: Clinic) -> None:
    seat(desk, midday, person("老人家", date(1930, 1, 1)))
    [mine] = seat(desk, midday, people.helanfang)
    page = lan.get(reverse("appointments:booking", args=[mine.pk])).content.decode()
    assert "您前面还有 1 人" in page


def test_her_phone_says_where_to_go_when_she_is_called(
    people: People, desk: Client, lan: Client, midday: Clinic
) -> None:
    [mine] = seat(desk, midday, people.helanfang)
    call(desk)
    assert "请到 3诊室" in lan.get(reverse("appointments:booking", args=[mine.pk])).content.decode()


def test_the_wait_is_counted_at_todays_pace(people: People, desk: Client, lan: Client, midday: Clinic, at: At) -> None:
    seat(desk, midday, *(person(f"居民{n}", date(1930, 1, 1)) for n in range(4)))
    [mine] = seat(desk, midday, people.helanfang, slot=1)
    called: Ticket | None = None
    for minute in (0, 8, 16):
        with at(oclock(12, minute)):
            called = call(desk, after=called)
    with at(oclock(12, 16)), seeing(lan.session.get(TOKEN)), transaction.atomic():
        place = waiting.place_of(Booking.objects.select_related("slot").get(pk=mine.pk), oclock(12, 16))
    assert place is not None and (place.ahead, place.minutes) == (1, 10)


def test_nobody_asks_for_the_place_of_another(
    people: People, desk: Client, signed_in: SignedIn, midday: Clinic
) -> None:
    [hers] = seat(desk, midday, people.helanfang)
    token = signed_in(people.wangjianguo_account).session.get(TOKEN)
    with acting_as("owner"):
        hers = Booking.objects.select_related("slot").get(pk=hers.pk)
    with seeing(token), transaction.atomic():
        assert waiting.place_of(hers, NOON) is None


# --- the way of a booking --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "steps", [["completed"], ["checked_in", "no_show"], ["cancelled", "booked"], ["checked_in", "completed", "booked"]]
)
def test_a_booking_goes_one_way_whoever_writes(people: People, midday: Clinic, steps: list[str]) -> None:
    booking = held(people.helanfang, midday.slots[0])
    how: dict[str, Any] = {"cancelled_by": people.zhangqiantai.pk, "cancelled_at": NOON}
    with acting_as("owner"):
        mine = Booking.objects.filter(pk=booking.pk)
        for step in steps[:-1]:
            mine.update(status=step, **(how if step == "cancelled" else {}))
        with pytest.raises(DatabaseError):
            mine.update(status=steps[-1])


def test_the_database_stamps_when_somebody_came_and_was_seen(
    people: People, desk: Client, midday: Clinic, at: At
) -> None:
    [mine] = seat(desk, midday, people.helanfang)
    with at(oclock(12, 16)):
        arrives(desk, mine, "completed")
    with acting_as("owner"):
        done = Booking.objects.get(pk=mine.pk)
    assert (done.checked_in_at, done.settled_at, done.settled_by) == (NOON, oclock(12, 16), people.zhangqiantai.pk)


def test_nobody_did_not_come_where_the_facility_does_not_say_who_came(people: People, desk: Client) -> None:
    booking = held(people.helanfang, at_times(people, (11, 0)).slots[0])
    arrives(desk, booking, "no_show")
    assert state_of(booking) == "booked"


def test_where_it_does_not_coming_is_marked_and_set_right(people: People, desk: Client) -> None:
    rule(people.township, reports_attendance=True)
    booking = held(people.helanfang, at_times(people, (11, 0)).slots[0])
    states = []
    for deed in ("no_show", "booked"):
        arrives(desk, booking, deed)
        states.append(state_of(booking))
    assert states == ["no_show", "booked"]


def test_nobody_did_not_come_before_the_time_is_over(people: People, desk: Client, midday: Clinic) -> None:
    rule(people.township, reports_attendance=True)
    booking = held(people.helanfang, midday.slots[0])
    arrives(desk, booking, "no_show")
    assert state_of(booking) == "booked"


def test_taking_a_check_in_back_takes_the_ticket_back(people: People, desk: Client, midday: Clinic) -> None:
    [mine] = seat(desk, midday, people.helanfang)
    arrives(desk, mine, "booked"), arrives(desk, mine)
    assert [one.state for one in tickets()] == ["left", "waiting"]


# --- pages that come anew by themselves ------------------------------------------------------------------------------


def test_her_page_comes_anew_by_itself_and_stops_when_nobody_looks(
    people: People, desk: Client, lan: Client, midday: Clinic
) -> None:
    [mine] = seat(desk, midday, people.helanfang)
    page = reverse("appointments:booking", args=[mine.pk])
    again = [f'hx-get="{page}?n=' in lan.get(page, {"n": n}).content.decode() for n in ("0", "39", "40", "x")]
    assert again == [True, True, False, False]


def test_whoever_has_come_since_shows_on_the_doctors_screen_by_itself(
    people: People, desk: Client, midday: Clinic
) -> None:
    seat(desk, midday, person("甲某"))
    page = reverse("staff:queue_room", args=[tickets()[0].queue_id])
    shown = desk.get(page).content.decode()
    seat(desk, midday, person("乙某"))
    assert f'hx-get="{page}?n=1"' in shown and "乙某" in desk.get(page, {"n": "1"}).content.decode()


def test_a_self_service_machine_checks_in_by_the_posters_address(
    people: People, signed_in: SignedIn, midday: Clinic
) -> None:
    since = NOON - timedelta(days=400)
    factories.made(DatedSetting(key="sessions.kiosk_addresses", value=["127.0.0.1"], valid_from=since))
    forget("sessions.kiosk_addresses")
    booking = held(people.helanfang, midday.slots[0])
    poster(people)
    machine = signed_in(people.helanfang_account)
    assert "我到了，签到" in machine.get(reverse("appointments:check_in", args=["poster-code"])).content.decode()
    scans(machine, booking)
    assert state_of(booking) == "checked_in"
