"""The pages of one trip: proposals in order, one confirm, one refusal."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from appointments.models import Booking
from appointments.trip_forms import text_of
from foundation.rowsecurity import acting_as
from residents.models import Account
from tests import factories
from tests.appointments.morning import Hospital, count, hospital, take
from tests.appointments.scenes import TOMORROW, clinic, held, live
from tests.people import People

SignedIn = Callable[[Account], Client]


@pytest.fixture
def county(people: People) -> Hospital:
    return hospital(people.county)


def url(name: str, *args: Any) -> str:
    return reverse(f"appointments:{name}", args=args)


def plan(of: Hospital, **asked: Any) -> Any:
    wanted = {"service": [of.blood.pk, of.scan.pk], "department": of.doctor.department.pk} | asked
    return Client().get(url("trip_plan", of.doctor.facility.pk), wanted)


def confirm(client: Client, of: Hospital, key: Any = None, **said: Any) -> Any:
    steps = [text_of(step) for step in of.steps()]
    address = url("trip_confirm", of.doctor.facility.pk)
    return client.post(address, {"step": steps, "form_key": key or uuid4(), **said})


def test_the_first_page_leads_to_the_facilities_that_have_examinations(people: People, county: Hospital) -> None:
    clinic(people.township)
    page = Client().get(url("trip")).content.decode()
    assert url("trip") in Client().get(url("facilities")).content.decode()
    assert url("trip_plan", people.county.pk) in page
    assert url("trip_plan", people.township.pk) not in page


def test_a_proposal_goes_blood_scan_doctor_without_waiting_longer_than_it_must(county: Hospital) -> None:
    best = plan(county).context["mornings"][0]["plans"][0]
    assert [(line["what"], line["time"]) for line in best["lines"]] == [
        ("空腹抽血", "9:00–\u20609:30"),
        ("腹部B超", "9:30–\u206010:00"),
        ("王医生 主治医师", "10:30–\u206011:00"),
    ]


def test_a_proposal_leads_to_its_confirm_page(lan: Client, county: Hospital) -> None:
    page = lan.get(plan(county).context["mornings"][0]["plans"][0]["href"]).content.decode()
    assert "明天 11月23日 星期一" in page
    assert "先不要吃早饭" in page
    assert page.count('name="step"') == 3


def test_no_proposal_starts_an_empty_stomach_after_ten(county: Hospital) -> None:
    starts = [one["lines"][0]["time"] for morning in plan(county).context["mornings"] for one in morning["plans"]]
    assert all(start.startswith("9:") for start in starts)


def test_a_morning_on_which_not_all_fits_is_not_proposed(people: People, county: Hospital) -> None:
    for n, slot in enumerate(county.ultrasound.slots):
        for m in range(3):
            held(factories.resident(f"别人{n}{m}"), slot)
    page = plan(county).content.decode()
    assert "没有一个上午能全部排下：空腹抽血、腹部B超、内科看医生" in page


def test_another_day_is_looked_for_alone(people: People, county: Hospital) -> None:
    later = TOMORROW + timedelta(days=1)
    assert plan(county, day=later).context["mornings"] == []


@pytest.mark.parametrize(
    "asked",
    [{"service": []}, {"service": ["x"]}, {"department": "x"}, {"day": "明天"}],
)
def test_what_is_not_understood_is_said(county: Hospital, asked: dict[str, Any]) -> None:
    assert "error-summary" in plan(county, **asked).content.decode()


def test_one_examination_alone_is_no_trip(county: Hospital) -> None:
    assert "只有一项" in plan(county, service=[county.blood.pk], department="").content.decode()


def test_proposals_cost_the_same_however_many_doctors(
    people: People, county: Hospital, django_assert_max_num_queries: Any
) -> None:
    plan(county)
    for _ in range(10):
        clinic(people.county, count=5, of=county.doctor.department)
    with django_assert_max_num_queries(10):
        assert plan(county).context["mornings"]


def test_one_tap_books_all_and_shows_them_in_order(lan: Client, county: Hospital) -> None:
    answer = confirm(lan, county, reason="体检", needs=["hearing"])
    page = lan.get(answer.headers["Location"]).content.decode()
    assert "全部约好了" in page
    assert page.index("空腹抽血") < page.index("腹部B超") < page.index("王医生")
    with acting_as("owner"):
        assert {(one.reason, one.needs) for one in Booking.objects.all()} == {("体检", "hearing")}


def test_a_double_tap_is_one_trip(lan: Client, county: Hospital) -> None:
    key = uuid4()
    assert confirm(lan, county, key).headers["Location"] == confirm(lan, county, key).headers["Location"]
    assert count() == 3


def test_one_refusal_names_the_visit_and_leaves_nothing(people: People, lan: Client, county: Hospital) -> None:
    for n in range(3):
        held(factories.resident(f"别人{n}"), county.ultrasound.slots[1])
    answer = confirm(lan, county)
    page = answer.content.decode()
    assert "9:30–\u206010:00 超声科：" in page
    assert "这一上午的几项都没有约，您没有占号" in page
    assert count() == 3


def test_a_refusal_offers_the_nearest_whole_morning(people: People, lan: Client, county: Hospital) -> None:
    for n in range(3):
        held(factories.resident(f"别人{n}"), county.ultrasound.slots[1])
    first = confirm(lan, county).context["mornings"][0]["plans"][0]
    assert lan.get(first["href"]).status_code == 200
    assert "确认安排" in lan.get(first["href"]).content.decode()


@pytest.mark.parametrize("steps", [[], ["x"], ["00000000-0000-7000-8000-000000000000"], ["x:y"] * 9])
def test_visits_that_are_none_are_refused_in_words(lan: Client, county: Hospital, steps: list[str]) -> None:
    answer = lan.get(url("trip_confirm", county.doctor.facility.pk), {"step": steps})
    assert "这样安排来不及" in answer.content.decode()


def test_another_facilitys_visit_is_none(people: People, lan: Client, county: Hospital) -> None:
    other = clinic(people.township, count=5)
    steps = [*[text_of(step) for step in county.steps()[:2]], str(other.slots[4].pk)]
    answer = lan.post(url("trip_confirm", people.county.pk), {"step": steps, "form_key": uuid4()})
    assert "这样安排来不及" in answer.content.decode()
    assert count() == 0


def test_a_strangers_trip_is_not_found(people: People, lan: Client, signed_in: SignedIn, county: Hospital) -> None:
    trip = take(lan, people.helanfang_account, county.steps())[0].trip
    stranger = signed_in(people.wangjianguo_account)
    for name in ("trip_booked", "trip_calendar"):
        assert stranger.get(url(name, trip)).status_code == 404


def test_one_calendar_file_holds_the_whole_morning(people: People, lan: Client, county: Hospital) -> None:
    trip = take(lan, people.helanfang_account, county.steps())[0].trip
    events = Calendar.from_ical(lan.get(url("trip_calendar", trip)).content).walk("VEVENT")
    assert len(events) == 3


def test_the_booking_page_leads_to_the_whole_morning(people: People, lan: Client, county: Hospital) -> None:
    made = take(lan, people.helanfang_account, county.steps())[0]
    page = lan.get(url("booking", made.pk)).content.decode()
    assert url("trip_booked", made.trip) in page
    assert len(live(county.laboratory.slots[0])) == 1
