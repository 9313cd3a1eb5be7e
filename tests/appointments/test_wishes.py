"""What is said with a booking, how people prepare, whose calendar it goes into, and a time that is gone."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connections
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from appointments.models import Preparation, Session, Slot
from foundation.rowsecurity import acting_as
from residents.models import Account
from tests import factories
from tests.appointments.scenes import TODAY, TOMORROW, Clinic, clinic, held, live
from tests.people import People

SignedIn = Callable[[Account], Client]


@pytest.fixture
def morning(people: People) -> Clinic:
    return clinic(people.township)


def confirm_page(of: Clinic) -> str:
    return reverse("appointments:confirm", args=[of.slots[0].pk])


def send(client: Client, of: Clinic, **said: Any) -> Any:
    return client.post(confirm_page(of), {"form_key": uuid4(), **said})


def prepare(of: Clinic, text: str, since: Any = TODAY, **fields: Any) -> Preparation:
    fields = {"department": of.department} | fields
    return factories.made(Preparation(facility=of.facility, valid_from=since, text=text, **fields))


def test_reason_and_needs_are_kept_and_shown_to_the_person(lan: Client, morning: Clinic) -> None:
    answer = send(lan, morning, reason="头晕三天", needs=["wheelchair", "hearing"])
    page = lan.get(answer.headers["Location"]).content.decode()
    assert "头晕三天" in page
    assert "轮椅、听力不好" in page


def test_reason_and_needs_are_sealed_in_the_database(lan: Client, morning: Clinic) -> None:
    send(lan, morning, reason="头晕三天", needs=["wheelchair"])
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT reason, needs FROM appointments_booking")
        reason, needs = (bytes(value) for value in cursor.fetchone())
    assert "头晕".encode() not in reason
    assert b"wheelchair" not in needs


@pytest.mark.parametrize("said", [{"reason": "长" * 201}, {"needs": ["butler"]}])
def test_what_is_too_long_or_unknown_is_asked_again(lan: Client, morning: Clinic, said: dict[str, Any]) -> None:
    assert "error-summary" in send(lan, morning, **said).content.decode()
    assert live(morning.slots[0]) == []


def test_what_was_said_is_taken_along_to_an_alternative(lan: Client, morning: Clinic) -> None:
    for n in range(3):
        held(factories.resident(f"别人{n}"), morning.slots[0])
    page = send(lan, morning, reason="头晕", needs=["hearing"]).content.decode()
    assert 'name="reason" value="头晕"' in page
    assert 'name="needs" value="hearing"' in page


def test_the_confirm_page_says_how_to_prepare(lan: Client, morning: Clinic) -> None:
    prepare(morning, "前一晚10点以后不吃东西")
    assert "前一晚10点以后不吃东西" in lan.get(confirm_page(morning)).content.decode()


def test_the_narrowest_text_in_force_on_the_day_of_the_visit_is_shown(lan: Client, morning: Clinic) -> None:
    prepare(morning, "全院的话", department=None)
    prepare(morning, "科室旧的话")
    prepare(morning, "科室新的话", TOMORROW)
    prepare(morning, "后天的话", TOMORROW + timedelta(days=1))
    prepare(morning, "专家的话", number_kind="expert")
    assert lan.get(confirm_page(morning)).context["prepare"] == "科室新的话"


def test_a_text_for_another_facilitys_department_is_refused(people: People, morning: Clinic) -> None:
    with pytest.raises(IntegrityError, match="another facility"):
        factories.made(
            Preparation(facility=people.county, department=morning.department, valid_from=TODAY, text="空腹")
        )


def desk(people: People, signed_in: SignedIn) -> Client:
    return signed_in(people.zhangqiantai)


def preparation_form(of: Clinic, **fields: Any) -> dict[str, Any]:
    return {"facility": of.facility.pk, "department": of.department.pk, "valid_from": TODAY, "text": "空腹"} | fields


def test_the_desk_writes_how_to_prepare(people: People, signed_in: SignedIn, morning: Clinic) -> None:
    page = desk(people, signed_in).post(reverse("admin:appointments_preparation_add"), preparation_form(morning))
    assert page.status_code == 302
    with acting_as("owner"):
        assert Preparation.objects.get().text == "空腹"


def test_what_was_in_force_before_stays_as_it_was(people: People, signed_in: SignedIn, morning: Clinic) -> None:
    begun = prepare(morning, "空腹")
    address = reverse("admin:appointments_preparation_change", args=[begun.pk])
    assert desk(people, signed_in).post(address, preparation_form(morning, text="随意")).status_code == 403
    yesterday = preparation_form(morning, valid_from=TODAY - timedelta(days=1))
    page = desk(people, signed_in).post(reverse("admin:appointments_preparation_add"), yesterday)
    assert "valid_from" in page.context["adminform"].form.errors


def test_the_desk_writes_nothing_for_another_facility(people: People, signed_in: SignedIn) -> None:
    page = desk(people, signed_in).post(
        reverse("admin:appointments_preparation_add"), preparation_form(clinic(people.county))
    )
    assert "facility" in page.context["adminform"].form.errors


def act_for(client: Client, of: Any, people: People) -> None:
    factories.delegation(of, people.hexiaoyu, "booking")
    client.post(reverse("residents:act"), {"resident": str(of.pk)})


def test_a_delegates_calendar_says_with_whom_without_the_whole_name(
    people: People, signed_in: SignedIn, morning: Clinic
) -> None:
    daughter = signed_in(people.hexiaoyu_account)
    act_for(daughter, people.helanfang, people)
    send(daughter, morning)
    booking = live(morning.slots[0])[0]
    answer = daughter.get(reverse("appointments:calendar", args=[booking.pk]))
    summary = str(Calendar.from_ical(answer.content).walk("VEVENT")[0]["summary"])
    assert summary == f"陪贺**就诊：{morning.facility.name}"


def test_ones_own_calendar_says_no_name(people: People, lan: Client, morning: Clinic) -> None:
    send(lan, morning)
    answer = lan.get(reverse("appointments:calendar", args=[live(morning.slots[0])[0].pk]))
    assert "贺" not in str(Calendar.from_ical(answer.content).walk("VEVENT")[0]["summary"])


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_time_that_vanished_offers_the_nearest_there_are(lan: Client, morning: Clinic, method: str) -> None:
    answer = getattr(lan, method)(reverse("appointments:confirm", args=[uuid4()]), {"form_key": uuid4()})
    assert answer.status_code == 404
    assert "这个号已经没有了" in answer.content.decode()
    assert [other["slot"].pk for other in answer.context["alternatives"]] == [one.pk for one in morning.slots]


def test_a_time_still_in_preparation_looks_like_one_that_vanished(lan: Client, morning: Clinic) -> None:
    draft = clinic(morning.facility, TOMORROW + timedelta(days=1), state="draft")
    answer = lan.get(reverse("appointments:confirm", args=[draft.slots[0].pk]))
    assert (answer.status_code, "这个号已经没有了" in answer.content.decode()) == (404, True)
    assert answer.context["alternatives"][0]["slot"].pk in {one.pk for one in morning.slots}


def test_a_stopped_half_day_offers_the_same_department_elsewhere(people: People, lan: Client, morning: Clinic) -> None:
    elsewhere = clinic(people.county)
    with acting_as("owner"):
        Session.objects.filter(pk=morning.session.pk).update(state="stopped")
    answer = lan.get(confirm_page(morning))
    assert "停诊" in answer.content.decode()
    assert [other["slot"].pk for other in answer.context["alternatives"]] == [one.pk for one in elsewhere.slots]


def test_an_extra_place_is_not_booked_on_line(people: People, lan: Client, morning: Clinic) -> None:
    extra = factories.made(
        Slot(
            session=morning.session,
            facility=morning.facility,
            starts_at=morning.slots[0].starts_at,
            ends_at=morning.slots[0].ends_at,
            capacity=1,
            first_number=90,
            extra_by=uuid4(),
        )
    )
    lan.post(reverse("appointments:confirm", args=[extra.pk]), {"form_key": uuid4()})
    assert live(extra) == []
