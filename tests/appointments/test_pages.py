"""The pages of booking, over HTTP."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connections, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from icalendar import Calendar

from appointments.models import Session
from foundation.rowsecurity import acting_as
from residents.models import AccessEvent, Account, Verification
from tests import factories
from tests.appointments.scenes import (
    TODAY,
    TOMORROW,
    Clinic,
    book,
    cancel,
    clinic,
    held,
    live,
    returns_at_once,
    rule,
    taken,
)
from tests.factories import NOON
from tests.people import People

SignedIn = Callable[[Account], Client]


@pytest.fixture
def morning(people: People) -> Clinic:
    return clinic(people.township)


def url(name: str, *args: Any) -> str:
    return reverse(f"appointments:{name}", args=args)


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def steps(morning: Clinic) -> list[str]:
    return [
        url("facilities"),
        url("departments", morning.facility.pk),
        url("practitioners", morning.department.pk),
        url("days", morning.doctor.pk),
        url("times", morning.session.pk),
    ]


def test_anyone_may_look_from_the_facility_to_the_time(morning: Clinic) -> None:
    pages = steps(morning)
    for page, following in zip(pages, pages[1:], strict=False):
        assert f'href="{following}"' in text(Client(), page)
    assert str(morning.slots[0].pk) in text(Client(), pages[-1])


def test_choosing_a_time_leads_to_the_confirm_page(morning: Clinic) -> None:
    response = Client().get(url("times", morning.session.pk), {"slot": morning.slots[1].pk})
    assert response.headers["Location"] == url("confirm", morning.slots[1].pk)


@pytest.mark.parametrize("chosen", ["", "nonsense", "00000000-0000-7000-8000-000000000000"])
def test_a_choice_that_is_none_is_said_on_the_page(morning: Clinic, chosen: str) -> None:
    response = Client().get(url("times", morning.session.pk), {"slot": chosen})
    assert "error-summary" in response.content.decode()


def test_confirming_needs_sign_in(morning: Clinic) -> None:
    response = Client().get(url("confirm", morning.slots[0].pk))
    assert response.headers["Location"].startswith(reverse("account_login"))


def test_the_confirm_page_says_who_where_when_and_under_which_terms(morning: Clinic, lan: Client) -> None:
    page = text(lan, url("confirm", morning.slots[0].pk))
    for words in (
        "贺兰芳",
        morning.facility.name,
        morning.department.name,
        "明天 11月23日 星期一 9:00–\u20609:30",
        "以医院窗口收费为准",
        "身份证",
        "8:00 之前可以自己取消",
    ):
        assert words in page


def confirm(client: Client, morning: Clinic, key: UUID | None = None) -> Any:
    return client.post(url("confirm", morning.slots[0].pk), {"form_key": key or uuid4()})


def test_confirming_books_and_shows_the_queue_number(morning: Clinic, lan: Client) -> None:
    response = confirm(lan, morning)
    booking = live(morning.slots[0])[0]
    assert response.headers["Location"] == url("booking", booking.pk)
    page = text(lan, url("booking", booking.pk))
    assert "预约成功" in page
    assert '<span class="figure-value">1</span>' in page


def test_sending_the_form_twice_leads_to_the_same_booking(morning: Clinic, lan: Client) -> None:
    key = uuid4()
    assert confirm(lan, morning, key).headers["Location"] == confirm(lan, morning, key).headers["Location"]
    assert taken(morning.slots[0]) == 1


@pytest.mark.parametrize("fields", [{}, {"form_key": "x"}])
def test_a_form_without_its_key_asks_again(morning: Clinic, lan: Client, fields: dict[str, str]) -> None:
    response = lan.post(url("confirm", morning.slots[0].pk), fields)
    assert (response.status_code, taken(morning.slots[0])) == (200, 0)
    assert 'name="form_key"' in response.content.decode()


def test_extra_fields_are_ignored(morning: Clinic, lan: Client, people: People) -> None:
    fields = {"form_key": uuid4(), "resident_id": people.wangjianguo.pk, "status": "completed", "number": 99}
    lan.post(url("confirm", morning.slots[0].pk), fields)
    booking = live(morning.slots[0])[0]
    assert (booking.resident_name, booking.status, booking.number) == ("贺兰芳", "booked", 1)


def test_just_taken_is_a_page_with_the_three_nearest_times(people: People, lan: Client, signed_in: SignedIn) -> None:
    morning = clinic(people.township, places=1, count=6)
    book(signed_in(people.wangjianguo_account), people.wangjianguo_account, morning.slots[2])
    response = lan.post(url("confirm", morning.slots[2].pk), {"form_key": uuid4()})
    offered = [other["slot"].pk for other in response.context["alternatives"]]
    assert (response.status_code, set(offered[:2])) == (200, {morning.slots[1].pk, morning.slots[3].pk})
    assert len(offered) == 3
    assert "刚刚约满" in response.content.decode()


def test_an_alternative_is_booked_with_one_tap(people: People, lan: Client, signed_in: SignedIn) -> None:
    morning = clinic(people.township, places=1)
    book(signed_in(people.wangjianguo_account), people.wangjianguo_account, morning.slots[0])
    other = confirm(lan, morning).context["alternatives"][0]
    lan.post(url("confirm", other["slot"].pk), {"form_key": other["form_key"]})
    assert [b.resident_name for b in live(morning.slots[1])] == ["贺兰芳"]


def test_alternatives_leave_out_half_days_already_booked_and_days_not_released(
    people: People, lan: Client, signed_in: SignedIn
) -> None:
    morning = clinic(people.township, places=1)
    for day, period in ((TOMORROW, "afternoon"), (TODAY + timedelta(days=30), "morning")):
        factories.slot(factories.session(morning.doctor, day, period), 15)
    wang = signed_in(people.wangjianguo_account)
    book(wang, people.wangjianguo_account, morning.slots[0])
    assert len(confirm(lan, morning).context["alternatives"]) == 2


def test_a_full_slot_is_said_before_the_confirm_page(people: People, lan: Client, signed_in: SignedIn) -> None:
    morning = clinic(people.township, places=1)
    book(signed_in(people.wangjianguo_account), people.wangjianguo_account, morning.slots[0])
    assert "刚刚约满" in text(lan, url("confirm", morning.slots[0].pk))


def test_a_second_booking_points_to_the_first(morning: Clinic, lan: Client) -> None:
    confirm(lan, morning)
    page = text(lan, url("confirm", morning.slots[1].pk))
    assert url("booking", live(morning.slots[0])[0].pk) in page


def test_without_a_proved_name_the_page_says_where_to_go(morning: Clinic, lan: Client, people: People) -> None:
    with acting_as("owner"):
        Verification.objects.filter(account=people.helanfang_account).update(revoked_at=NOON)
    assert "实名核验" in text(lan, url("confirm", morning.slots[0].pk))
    assert "实名核验" in confirm(lan, morning).content.decode()


def test_when_the_database_is_too_busy_the_same_form_may_be_sent_again(morning: Clinic, lan: Client) -> None:
    key = uuid4()
    with transaction.atomic(using="owner"), connections["owner"].cursor() as holder, impatient():
        holder.execute("SELECT 1 FROM appointments_slot FOR UPDATE")
        page = confirm(lan, morning, key).content.decode()
    assert f'value="{key}"' in page
    assert "稍等几秒" in page
    assert confirm(lan, morning, key).headers["Location"] == url("booking", live(morning.slots[0])[0].pk)


@contextmanager
def impatient() -> Iterator[None]:
    """The web login waits for no lock."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SET lock_timeout = '50ms'")
        try:
            yield
        finally:
            cursor.execute("RESET lock_timeout")


def test_a_missing_slot_is_not_found(lan: Client) -> None:
    assert lan.get(url("confirm", uuid4())).status_code == 404


def test_staff_cannot_book_as_themselves(morning: Clinic, people: People, signed_in: SignedIn) -> None:
    assert signed_in(people.zhangqiantai).get(url("confirm", morning.slots[0].pk)).status_code == 403


def test_cancelling_asks_first_and_then_cancels(morning: Clinic, lan: Client) -> None:
    returns_at_once()
    confirm(lan, morning)
    booking = live(morning.slots[0])[0]
    assert "确定取消" in text(lan, url("cancel", booking.pk))
    assert taken(morning.slots[0]) == 1
    lan.post(url("cancel", booking.pk))
    assert "预约已取消" in text(lan, url("booking", booking.pk))
    assert taken(morning.slots[0]) == 0


def test_past_the_cut_off_the_page_says_to_phone(
    morning: Clinic, lan: Client, people: People, signed_in: SignedIn, at: Callable[..., Any]
) -> None:
    confirm(lan, morning)
    booking = live(morning.slots[0])[0]
    with at(morning.slots[0].starts_at - timedelta(minutes=30)):
        client = signed_in(people.helanfang_account)
        assert "确定取消" not in text(client, url("cancel", booking.pk))
        response = client.post(url("cancel", booking.pk), follow=True)
        assert "请打电话" in response.content.decode()
    assert taken(morning.slots[0]) == 1


@pytest.mark.parametrize("name", ["booking", "cancel", "calendar"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_strangers_booking_is_not_found(
    morning: Clinic, lan: Client, people: People, signed_in: SignedIn, name: str, method: str
) -> None:
    confirm(lan, morning)
    stranger = signed_in(people.wangjianguo_account)
    answer = getattr(stranger, method)(url(name, live(morning.slots[0])[0].pk))
    missing = getattr(stranger, method)(url(name, uuid4()))
    assert answer.status_code == missing.status_code
    assert answer.status_code in (404, 405)
    assert taken(morning.slots[0]) == 1


def test_reading_a_booking_leaves_exactly_one_event(morning: Clinic, lan: Client) -> None:
    confirm(lan, morning)
    lan.get(url("booking", live(morning.slots[0])[0].pk))
    lan.get(url("bookings"))
    with acting_as("owner"):
        read = AccessEvent.objects.filter(action__startswith="appointments.read")
        actions = sorted(read.values_list("action", flat=True))
    assert actions == ["appointments.read_booking", "appointments.read_bookings"]


def test_the_list_keeps_what_is_ahead_apart_from_what_was(morning: Clinic, lan: Client, people: People) -> None:
    first = book(lan, people.helanfang_account, morning.slots[0])
    cancel(lan, people.helanfang_account, first)
    book(lan, people.helanfang_account, morning.slots[1])
    response = lan.get(url("bookings"))
    assert [row.tag for row in response.context["ahead"]] == ["已预约"]
    assert [row.tag for row in response.context["past"]] == ["已取消"]


def test_a_visit_whose_time_has_passed_is_not_called_missed(
    morning: Clinic, lan: Client, people: People, signed_in: SignedIn, at: Callable[..., Any]
) -> None:
    confirm(lan, morning)
    with at(NOON + timedelta(days=2)):
        response = signed_in(people.helanfang_account).get(url("bookings"))
    assert [row.tag for row in response.context["past"]] == ["时间已过"]


def test_the_calendar_file_holds_the_visit_without_the_department(morning: Clinic, lan: Client) -> None:
    confirm(lan, morning)
    response = lan.get(url("calendar", live(morning.slots[0])[0].pk))
    event = Calendar.from_ical(response.content).walk("VEVENT")[0]
    assert event.decoded("dtstart") == morning.slots[0].starts_at
    assert morning.facility.name in str(event["summary"])
    assert morning.department.name not in response.content.decode()


def test_days_are_said_in_words(people: People, lan: Client, signed_in: SignedIn) -> None:
    rule(people.township, window_days=3)
    free = clinic(people.township, places=1, count=1)
    full = factories.session(free.doctor, TOMORROW, "afternoon")
    book(signed_in(people.wangjianguo_account), people.wangjianguo_account, factories.slot(full, 15, capacity=1))
    stopped = factories.session(free.doctor, TODAY + timedelta(days=2))
    factories.slot(stopped, 9)
    with acting_as("owner"):
        Session.objects.filter(pk=stopped.pk).update(state="stopped")
    factories.slot(factories.session(free.doctor, TODAY + timedelta(days=5)), 9)
    rows = Client().get(url("days", free.doctor.pk)).context["rows"]
    assert [row.tag for row in rows] == ["有号", "约满", "停诊", "还没放号"]
    # The full one leads to where one joins those who wait.
    assert [bool(row.href) for row in rows] == [True, True, False, False]
    assert "后天 11月24日 星期二 7:00 放号" in rows[3].note


def test_a_department_says_its_first_free_day(morning: Clinic) -> None:
    assert "明天有号" in text(Client(), url("departments", morning.facility.pk))
    with acting_as("owner"):
        Session.objects.filter(pk=morning.session.pk).update(state="stopped")
    assert "近期无号" in text(Client(), url("departments", morning.facility.pk))


def test_the_home_page_says_the_next_visit_but_not_its_department(morning: Clinic, lan: Client) -> None:
    assert "您的下一次就诊" not in text(lan, reverse("home"))
    confirm(lan, morning)
    page = text(lan, reverse("home"))
    assert "您的下一次就诊" in page
    assert morning.department.name not in page


def statements(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connections["default"]) as web, CaptureQueriesContext(connections["signin"]) as sign_in:
        assert client.get(address).status_code == 200
    return len(web) + len(sign_in)


def more(morning: Clinic, people: People) -> None:
    """Fifty of everything a list shows."""
    for n in range(50):
        place = factories.facility(name=f"卫生院{n}")
        factories.department(place)
        department = factories.department(people.township, f"科室{n}")
        factories.practitioner(department)
        factories.practitioner(morning.department)
        day = TODAY + timedelta(days=2 + n // 3)
        factories.slot(factories.session(morning.doctor, day, list(Session.Period)[n % 3]), 18)
        factories.slot(morning.session, 10 + n // 10, n % 10 * 5)


def test_the_public_pages_take_as_many_statements_for_fifty_as_for_one(morning: Clinic, people: People) -> None:
    before = [statements(Client(), page) for page in steps(morning)]
    more(morning, people)
    assert [statements(Client(), page) for page in steps(morning)] == before


def test_the_list_of_bookings_takes_as_many_statements_for_fifty_as_for_one(
    morning: Clinic, people: People, lan: Client
) -> None:
    old_booking(morning, people, 1)
    before = statements(lan, url("bookings"))
    for n in range(2, 51):
        old_booking(morning, people, n)
    assert statements(lan, url("bookings")) == before


def old_booking(morning: Clinic, people: People, days: int) -> None:
    held(people.helanfang, factories.slot(factories.session(morning.doctor, TODAY - timedelta(days=days))))
