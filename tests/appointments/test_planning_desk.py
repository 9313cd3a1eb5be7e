"""The staff's pages of the plan: patterns, days that differ, holidays; what is in the way of a change is named."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from appointments.models import Holiday, Rota, RotaException, Session
from appointments.supply import making
from facilities.models import Facility, Practitioner
from foundation.rowsecurity import acting_as
from residents.models import Account
from tests import factories
from tests.appointments.scenes import TODAY, TOMORROW, book
from tests.appointments.test_supply import rota
from tests.people import People

SignedIn = Callable[[Account], Client]
ROTAS, DIFFERENT = "admin:appointments_rota", "admin:appointments_rotaexception"
MONDAY = date(2026, 11, 23)  # tomorrow, in these tests


@pytest.fixture
def desk(people: People, signed_in: SignedIn) -> Client:
    """张前台's browser."""
    return signed_in(people.zhangqiantai)


@pytest.fixture
def doctor(people: People) -> Practitioner:
    return factories.practitioner(factories.department(people.township))


def pattern(doctor: Practitioner, at: Facility | None = None, **fields: Any) -> dict[str, Any]:
    return {
        "facility": (at or doctor.facility).pk,
        "department": doctor.department_id,
        "practitioner": doctor.pk,
        "guest": "",
        "weekday": 1,
        "period": "morning",
        "kind": "ordinary",
        "start": "08:00",
        "end": "10:00",
        "minutes": 30,
        "capacity": 3,
        "fee": "5",
        "location": "3诊室",
        "first": TOMORROW,
        "last": "",
    } | fields


def away(doctor: Practitioner, days: str, **fields: Any) -> dict[str, Any]:
    return {
        "kind": "away",
        "facility": doctor.facility_id,
        "department": "",
        "practitioner": doctor.pk,
        "days": days,
        "period": "",
        "reason": "外出学习",
        "guest": "",
        **dict.fromkeys(["number_kind", "start", "end", "minutes", "capacity", "fee", "location"], ""),
    } | fields


def rows(model: Any, **wanted: Any) -> list[Any]:
    with acting_as("owner"):
        return list(model.objects.filter(**wanted))


def booked_on_monday(people: People, doctor: Practitioner, lan: Client) -> Session:
    """A published half-day of the pattern that 何兰芳 has booked."""
    rota(doctor)
    with acting_as("worker"):
        making.make_ahead([doctor.facility_id], factories.NOON)
        making.publish(Session.objects.filter(date=MONDAY))
    (session,) = rows(Session, date=MONDAY)
    with acting_as("owner"):
        slot = session.slots.order_by("-starts_at")[0]
    assert book(lan, people.helanfang_account, slot)
    return session


def test_a_pattern_makes_half_days_to_be_published(desk: Client, doctor: Practitioner) -> None:
    page = desk.post(reverse(f"{ROTAS}_add"), pattern(doctor), follow=True)
    assert "个待发布的出诊" in page.content.decode()
    assert {session.state for session in rows(Session)} == {"draft"}


def test_what_was_looked_through_is_published(desk: Client, doctor: Practitioner) -> None:
    desk.post(reverse(f"{ROTAS}_add"), pattern(doctor))
    (first, *_rest) = rows(Session, date=MONDAY)
    desk.post(reverse("admin:appointments_session_changelist"), {"action": "publish", "_selected_action": first.pk})
    assert rows(Session, state="open") == [first]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"first": TODAY}, "first"),
        ({"last": TODAY}, "last"),
        ({"end": "07:00"}, "__all__"),
        ({"minutes": 4}, "__all__"),
        ({"practitioner": ""}, "practitioner"),
        ({"practitioner": "", "guest": "无此人"}, "guest"),
    ],
)
def test_what_makes_no_pattern_is_said_by_its_field(
    desk: Client, doctor: Practitioner, fields: dict[str, Any], field: str
) -> None:
    page = desk.post(reverse(f"{ROTAS}_add"), pattern(doctor, **fields))
    assert field in page.context["adminform"].form.errors
    assert rows(Rota) == []


def test_a_pattern_that_meets_another_is_refused_and_names_it(desk: Client, doctor: Practitioner) -> None:
    rota(doctor)
    page = desk.post(reverse(f"{ROTAS}_add"), pattern(doctor)).content.decode()
    assert "这位医生已有排班：星期一上午" in page


def test_a_doctor_from_elsewhere_is_named_by_number(people: People, desk: Client, doctor: Practitioner) -> None:
    guest = factories.practitioner(factories.department(people.county))
    desk.post(reverse(f"{ROTAS}_add"), pattern(doctor, practitioner="", guest=guest.code))
    assert [(one.practitioner_id, one.outreach) for one in rows(Rota)] == [(guest.pk, True)]


def test_the_same_doctor_at_two_places_at_once_is_refused(people: People, desk: Client, doctor: Practitioner) -> None:
    guest = factories.practitioner(factories.department(people.county))
    rota(guest)
    page = desk.post(reverse(f"{ROTAS}_add"), pattern(doctor, practitioner="", guest=guest.code), follow=True)
    assert "可能在别的机构" in page.content.decode()
    assert len(rows(Rota)) == 1


def test_a_pattern_is_ended(desk: Client, doctor: Practitioner) -> None:
    kept = rota(doctor)
    desk.post(reverse(f"{ROTAS}_change", args=[kept.pk]), {"last": MONDAY})
    assert [one.valid.upper for one in rows(Rota)] == [MONDAY + timedelta(days=1)]


def test_a_pattern_with_bookings_is_not_ended_before_them(
    people: People, desk: Client, lan: Client, doctor: Practitioner
) -> None:
    booked_on_monday(people, doctor, lan)
    (kept,) = rows(Rota)
    page = desk.post(reverse(f"{ROTAS}_change", args=[kept.pk]), {"last": TODAY}).content.decode()
    assert "还有人约了这以后的号：2026-11-23 上午" in page
    assert [one.valid.upper for one in rows(Rota)] == [None]


def test_several_days_away_are_written_at_once(desk: Client, doctor: Practitioner) -> None:
    desk.post(reverse(f"{DIFFERENT}_add"), away(doctor, "2026-12-01 至 2026-12-03\n2026-12-07"))
    days = [date(2026, 12, day) for day in (1, 2, 3, 7)]
    assert sorted(one.date for one in rows(RotaException)) == days


@pytest.mark.parametrize(
    "days", ["明天", "2026-02-30", "2026-12-05 至 2026-12-01", "2026-12-01 至 2027-06-01", "2026-11-22"]
)
def test_days_that_are_none_are_said(desk: Client, doctor: Practitioner, days: str) -> None:
    page = desk.post(reverse(f"{DIFFERENT}_add"), away(doctor, days))
    assert "days" in page.context["adminform"].form.errors
    assert rows(RotaException) == []


def test_nobody_is_away_from_people_who_booked(people: People, desk: Client, lan: Client, doctor: Practitioner) -> None:
    booked_on_monday(people, doctor, lan)
    page = desk.post(reverse(f"{DIFFERENT}_add"), away(doctor, "2026-11-23")).content.decode()
    assert "已经有人约了：2026-11-23 上午" in page
    assert rows(RotaException) == []


def test_an_extra_clinic_wants_all_its_facts(desk: Client, doctor: Practitioner) -> None:
    page = desk.post(reverse(f"{DIFFERENT}_add"), away(doctor, "2026-12-01", kind="extra"))
    missing = {"department", "period", "number_kind", "start", "end", "minutes", "capacity", "fee"}
    assert missing <= set(page.context["adminform"].form.errors)


def test_an_extra_clinic_is_held(desk: Client, doctor: Practitioner) -> None:
    facts = {"start": "14:00", "end": "16:00", "minutes": 30, "capacity": 2, "fee": 0, "number_kind": "expert"}
    extra = away(doctor, "2026-12-01", kind="extra", department=doctor.department_id, period="afternoon", **facts)
    desk.post(reverse(f"{DIFFERENT}_add"), extra)
    assert [(one.date, one.kind) for one in rows(Session)] == [(date(2026, 12, 1), "expert")]


def test_a_day_away_is_taken_back(desk: Client, doctor: Practitioner) -> None:
    desk.post(reverse(f"{DIFFERENT}_add"), away(doctor, "2026-12-01"))
    (one,) = rows(RotaException)
    desk.post(reverse(f"{DIFFERENT}_changelist"), {"action": "withdraw", "_selected_action": one.pk})
    assert rows(RotaException, withdrawn_at=None) == []


def test_the_desk_sees_no_pattern_of_another_facility(people: People, desk: Client) -> None:
    rota(factories.practitioner(factories.department(people.county)))
    assert list(desk.get(reverse(f"{ROTAS}_changelist")).context["cl"].queryset) == []


def test_the_bureau_writes_a_holiday_of_several_days(people: People, signed_in: SignedIn) -> None:
    bureau = signed_in(people.administrator)
    days = "2026-10-01 至 2026-10-07"
    bureau.post(reverse("admin:appointments_holiday_add"), {"days": days, "name": "国庆节", "works_as": ""})
    assert len(rows(Holiday, name="国庆节")) == 7


def test_a_facility_does_not_change_the_calendar(desk: Client) -> None:
    assert desk.get(reverse("admin:appointments_holiday_add")).status_code == 403
