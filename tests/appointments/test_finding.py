"""Finding a time: by words, pinyin, facility and day; the soonest of a department; its two weeks."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from appointments import finding
from appointments.models import Session
from foundation.rowsecurity import acting_as
from tests import factories
from tests.appointments.scenes import TODAY, TOMORROW, Clinic, clinic, held, rule
from tests.people import People


@pytest.fixture
def morning(people: People) -> Clinic:
    department = factories.department(people.township, "中医科")
    made = clinic(people.township, of=department)
    other = factories.practitioner(department, "马海燕", "主任医师", speciality="颈椎病")
    factories.slot(factories.session(other, TOMORROW, "afternoon", kind="expert"), 14)
    return made


def found(**asked: Any) -> str:
    return Client().get(reverse("appointments:find"), asked).content.decode()


def page(name: str, of: Clinic, **asked: Any) -> str:
    response = Client().get(reverse(f"appointments:{name}", args=[of.department.pk]), asked)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("words", ["马海燕", "海燕", "mahaiyan", "mahai", "mhy", "MHY", "颈椎"])
def test_a_doctor_is_found_by_name_pinyin_and_speciality(morning: Clinic, words: str) -> None:
    assert "马海燕 主任医师" in found(q=words)


@pytest.mark.parametrize("words", ["中医", "zhongyi", "zyk"])
def test_a_department_leads_to_its_soonest_times(morning: Clinic, words: str) -> None:
    assert f'href="{reverse("appointments:soonest", args=[morning.department.pk])}"' in found(q=words)


def test_one_letter_finds_no_initials_of_everybody(morning: Clinic) -> None:
    assert not finding.says("h", "马海燕")


def test_a_search_that_finds_nothing_says_what_was_looked_for(morning: Clinic) -> None:
    text = found(q="骨科", facility=morning.facility.pk, day=TOMORROW)
    assert f"没有找到：“骨科” · {morning.facility.name} · 明天 11月23日 星期一" in text


def test_a_search_keeps_its_filters(morning: Clinic) -> None:
    text = found(q="中医", facility=morning.facility.pk, day=TOMORROW)
    assert 'value="中医"' in text
    assert f'<option value="{morning.facility.pk}" selected>' in text
    assert 'value="2026-11-23"' in text


def test_a_day_without_a_place_leaves_the_department_out(morning: Clinic) -> None:
    assert "没有找到" in found(q="中医", day=TOMORROW + timedelta(days=1))


def test_another_facility_leaves_the_department_out(people: People, morning: Clinic) -> None:
    clinic(people.county)
    assert "没有找到" in found(q="中医", facility=people.county.pk)


@pytest.mark.parametrize("asked", [{"day": "昨天"}, {"facility": "x"}, {"q": "长" * 41}])
def test_what_is_not_understood_is_said(morning: Clinic, asked: dict[str, str]) -> None:
    assert "error-summary" in found(**asked)


def test_the_soonest_are_over_all_doctors_and_one_tap_from_the_confirm_page(morning: Clinic) -> None:
    text = page("soonest", morning)
    assert f'href="{reverse("appointments:confirm", args=[morning.slots[0].pk])}"' in text
    assert text.index("王医生") < text.index("马海燕")


def test_the_soonest_can_be_of_one_half_day_and_kind(morning: Clinic) -> None:
    text = page("soonest", morning, day=TOMORROW, period="afternoon", kind="expert")
    assert "马海燕" in text
    assert "王医生" not in text


def test_a_filter_keeps_the_others(morning: Clinic) -> None:
    assert "?period=afternoon&amp;kind=expert" in page("soonest", morning, period="afternoon")


def test_no_time_says_which_times_were_asked_for(morning: Clinic) -> None:
    assert "中医科没有这样的空号：上午 · 专家号" in page("soonest", morning, period="morning", kind="expert")


def test_a_full_time_is_not_among_the_soonest(people: People, morning: Clinic) -> None:
    for n in range(3):
        held(factories.resident(f"别人{n}"), morning.slots[0])
    assert str(morning.slots[0].pk) not in page("soonest", morning)


def test_what_is_not_released_is_not_among_the_soonest(people: People) -> None:
    rule(people.township, window_days=3)
    far = clinic(people.township, TODAY + timedelta(days=4))
    assert str(far.slots[0].pk) not in page("soonest", far)


def test_two_weeks_count_the_places_of_all_doctors(morning: Clinic) -> None:
    text = page("department_days", morning)
    assert "上午 余 6 个号" in text
    assert "下午 余 3 个号" in text
    assert f"?day={TOMORROW}&amp;period=morning" in text


def test_two_weeks_of_a_kind_count_that_kind(morning: Clinic) -> None:
    text = page("department_days", morning, kind="expert")
    assert "上午 余" not in text
    assert "下午 余 3 个号" in text


def test_two_weeks_say_when_numbers_are_released(people: People) -> None:
    rule(people.township, window_days=3)
    far = clinic(people.township, TODAY + timedelta(days=4))
    assert "上午 明天 11月23日 星期一 7:00 放号" in page("department_days", far)


def test_two_weeks_say_what_is_stopped(people: People) -> None:
    made = clinic(people.township)
    with acting_as("owner"):
        Session.objects.filter(pk=made.session.pk).update(state="stopped")
    assert "上午 停诊" in page("department_days", made)


def test_two_weeks_of_a_large_department_cost_no_more_statements(people: People) -> None:
    department = factories.department(people.township)
    assert _cost(department) <= 4
    for n in range(14):
        clinic(people.township, TODAY + timedelta(days=n + 1), of=department)
        clinic(people.township, TODAY + timedelta(days=n + 1), of=department, kind="expert", period="afternoon")
    assert _cost(department) <= 4


def _cost(department: Any) -> int:
    with CaptureQueriesContext(connections["default"]) as asked:
        Client().get(reverse("appointments:department_days", args=[department.pk]))
    return sum("appointments_" in one["sql"] or "facilities_" in one["sql"] for one in asked)


def test_a_department_that_is_closed_is_not_there(people: People) -> None:
    department = factories.department(people.township, takes_bookings=False)
    assert Client().get(reverse("appointments:soonest", args=[department.pk])).status_code == 404
