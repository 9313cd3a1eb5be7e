"""Residents as staff find and open them, and the emergency door."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connections
from django.test import Client
from django.urls import reverse

from facilities.models import Membership
from foundation import clock
from foundation.rowsecurity import acting_as
from records.models import Report
from residents.models import AccessEvent, Account, CareGrant, Notice, Opening, Resident
from tests import factories
from tests.appointments.scenes import clinic
from tests.architecture.world import tomorrow
from tests.factories import NOON
from tests.people import HELANFANG_NUMBER, People
from tests.portal.staffing import Enter, colleague, events
from tests.sessions import session_of

WANG = factories.id_number(date(1961, 5, 4), 13)
WHY = "车祸昏迷，需了解过敏史"


def search(client: Client, words: str) -> str:
    return client.post(reverse("staff:residents"), {"words": words}).content.decode()


def open_for_care(client: Client, who: Resident, place: Any) -> Any:
    address = reverse("staff:open_resident", args=[who.pk])
    return client.post(address, {"reason": "门诊接诊", "facility": str(place.pk)})


def in_emergency(client: Client, place: Any, **typed: str) -> Any:
    return client.post(reverse("staff:emergency"), {"reason": WHY, "facility": str(place.pk), **typed})


def notices(of: Resident, kind: str) -> int:
    with acting_as("owner"):
        return Notice.objects.filter(resident=of, kind=kind).count()


@pytest.mark.parametrize("typed", ["贺兰", "贺兰芳", HELANFANG_NUMBER])
def test_staff_find_a_person_of_their_catchment(typed: str, people: People, signed_in: Enter) -> None:
    assert str(people.helanfang.pk) in search(signed_in(people.zhangqiantai), typed)


def test_a_person_is_found_by_pinyin(people: People, signed_in: Enter) -> None:
    with acting_as("owner"):
        Resident.objects.filter(pk=people.helanfang.pk).update(name_pinyin="helanfang")
    assert str(people.helanfang.pk) in search(signed_in(people.zhangqiantai), "Helan")


def test_the_township_finds_the_people_of_its_villages(people: People, signed_in: Enter) -> None:
    village = factories.facility("V1", "东村卫生室", "village", parent=people.township)
    factories.resident("马德海", facility=village)
    assert "东村卫生室" in search(signed_in(people.zhangqiantai), "马德海")


@pytest.mark.parametrize("typed", ["王建国", WANG])
def test_a_person_of_another_place_is_not_found(typed: str, people: People, signed_in: Enter) -> None:
    assert str(people.wangjianguo.pk) not in search(signed_in(people.zhangqiantai), typed)


def test_a_person_with_a_booking_here_is_found(people: People, signed_in: Enter) -> None:
    dates = {"starts_at": NOON - timedelta(days=1), "ends_at": clock.now() + timedelta(days=9)}
    factories.made(CareGrant(resident=people.wangjianguo, facility=people.township, reason="预约就诊", **dates))
    assert str(people.wangjianguo.pk) in search(signed_in(people.zhangqiantai), "王建国")


@pytest.mark.parametrize("role", ["manager", "public_health", "village_doctor", "clinician", "reception"])
def test_those_who_meet_residents_find_them(role: str, people: People, signed_in: Enter) -> None:
    assert str(people.helanfang.pk) in search(signed_in(colleague(people, role)), "贺兰芳")


@pytest.mark.parametrize("role", ["administrator", "security", "auditor", "editor", "engineer"])
def test_nobody_else_sees_a_resident(role: str, people: People, signed_in: Enter) -> None:
    client = signed_in(colleague(people, role))
    assert client.get(reverse("staff:residents")).status_code == 403
    with session_of(client):
        assert Resident.objects.count() == 0


def test_a_search_leaves_one_event_and_no_name(people: People, signed_in: Enter) -> None:
    search(signed_in(people.zhangqiantai), "贺兰芳")
    (event,) = events(action="staff.searched")
    assert (event.resident_id, "贺" in event.purpose) == (None, False)


def test_a_search_by_number_is_an_event_about_the_person(people: People, signed_in: Enter) -> None:
    search(signed_in(people.zhangqiantai), HELANFANG_NUMBER)
    (event,) = events(action="staff.searched")
    assert event.resident_id == people.helanfang.pk


def test_a_search_asks_the_same_however_many_are_found(
    people: People, signed_in: Enter, django_assert_max_num_queries: Any
) -> None:
    client = signed_in(people.zhangqiantai)
    for _n in range(30):
        factories.resident("李同名", facility=people.township)
    with django_assert_max_num_queries(16):
        page = search(client, "李同名")
    assert page.count('class="row-title"') == 20


def test_a_clinician_opens_a_person_and_reads_the_record(people: People, signed_in: Enter) -> None:
    factories.report(people.helanfang, factories.source(people.county), title="血常规")
    client = signed_in(people.licunyi)
    assert open_for_care(client, people.helanfang, people.township).url == reverse("records:home")
    page = client.get(reverse("records:reports")).content.decode()
    assert "血常规" in page
    assert "正在查看贺兰芳的档案" in page


def test_reception_opens_a_person_without_health_data(people: People, signed_in: Enter) -> None:
    factories.report(people.helanfang, factories.source(people.county), title="血常规")
    client = signed_in(people.zhangqiantai)
    assert open_for_care(client, people.helanfang, people.township).url == reverse("appointments:bookings")
    assert "血常规" not in client.get(reverse("records:reports")).content.decode()


def test_what_staff_read_is_still_new_to_the_person(people: People, signed_in: Enter) -> None:
    report = factories.report(people.helanfang, factories.source(people.county))
    client = signed_in(people.licunyi)
    open_for_care(client, people.helanfang, people.township)
    assert client.get(reverse("records:report", args=[report.pk])).status_code == 200
    with acting_as("owner"):
        assert Report.objects.get(pk=report.pk).first_seen_at is None


def test_reception_books_for_whom_it_opened(people: People, signed_in: Enter) -> None:
    client = signed_in(people.zhangqiantai)
    open_for_care(client, people.helanfang, people.township)
    address = reverse("appointments:confirm", args=[clinic(people.township, tomorrow()).slots[0].pk])
    client.post(address, {"form_key": str(client.get(address).context["form_key"])})
    (event,) = events(action="appointments.booked")
    assert (event.resident_id, event.capacity, event.actor_name) == (people.helanfang.pk, "care", "张前台")


def test_a_closed_record_speaks_to_staff_in_their_own_words(people: People, signed_in: Enter) -> None:
    client = signed_in(people.zhangqiantai)
    open_for_care(client, people.helanfang, people.township)
    assert "您的岗位不能看健康资料" in client.get(reverse("records:home")).content.decode()


def links(client: Client) -> set[str]:
    """Where the navigation of a page leads."""
    navigation = client.get(reverse("health_education:articles")).content.decode().split("</nav>")[0]
    return {
        path
        for path in ("/records/", "/records/reports/", "/appointments/bookings/", "/me/")
        if f'href="{path}"' in navigation
    }


def test_the_navigation_offers_a_doctor_the_persons_pages(people: People, signed_in: Enter) -> None:
    client = signed_in(people.licunyi)
    assert links(client) == set()
    open_for_care(client, people.helanfang, people.township)
    assert links(client) == {"/records/", "/records/reports/", "/appointments/bookings/"}


def test_the_navigation_offers_reception_no_records(people: People, signed_in: Enter) -> None:
    client = signed_in(people.zhangqiantai)
    open_for_care(client, people.helanfang, people.township)
    assert links(client) == {"/appointments/bookings/"}


def test_opening_tells_the_person(people: People, signed_in: Enter) -> None:
    open_for_care(signed_in(people.licunyi), people.helanfang, people.township)
    assert notices(people.helanfang, "first_access") == 1


def test_a_person_of_another_place_cannot_be_opened(people: People, signed_in: Enter) -> None:
    assert open_for_care(signed_in(people.licunyi), people.wangjianguo, people.township).status_code == 404


def test_nobody_opens_a_person_where_they_do_not_work(people: People, signed_in: Enter) -> None:
    open_for_care(signed_in(people.licunyi), people.helanfang, people.county)
    assert events(action="residents.opened_care") == []


@pytest.mark.parametrize("page", ["residents:me", "residents:notices", "residents:access_log", "residents:consents"])
def test_who_was_let_in_reads_nobodys_own_pages(page: str, people: People, signed_in: Enter) -> None:
    client = signed_in(people.licunyi)
    open_for_care(client, people.helanfang, people.township)
    assert client.get(reverse(page)).status_code == 403


def test_the_database_hides_who_else_looked_from_who_was_let_in(people: People, signed_in: Enter) -> None:
    factories.made(
        AccessEvent(at=clock.now(), actor_name="别人", resident_id=people.helanfang.pk, action="records.read_report")
    )
    factories.made(Notice(resident=people.helanfang, kind="report_ready", created_at=clock.now()))
    client = signed_in(people.licunyi)
    open_for_care(client, people.helanfang, people.township)
    with session_of(client):
        assert not AccessEvent.objects.filter(actor_name="别人").exists()
        assert not Notice.objects.exists()


# --- emergency access ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", [{"number": WANG}, {"name": "王建国", "born": "1961-05-04"}])
def test_a_doctor_opens_a_stranger_in_an_emergency(typed: dict[str, str], people: People, signed_in: Enter) -> None:
    factories.report(people.wangjianguo, factories.source(people.county), title="血常规")
    client = signed_in(people.licunyi)
    assert in_emergency(client, people.township, **typed).url == reverse("records:home")
    page = client.get(reverse("records:reports")).content.decode()
    assert "血常规" in page
    assert "紧急调阅：王建国" in page


def test_an_emergency_is_told_to_the_person(people: People, signed_in: Enter) -> None:
    in_emergency(signed_in(people.licunyi), people.township, number=WANG)
    assert notices(people.wangjianguo, "emergency_access") == 1


def test_an_emergency_ends_by_itself(people: People, signed_in: Enter) -> None:
    client = signed_in(people.licunyi)
    in_emergency(client, people.township, number=WANG)
    with acting_as("owner"):
        Opening.objects.update(closes_at=clock.now() - timedelta(seconds=1))
    assert client.get(reverse("records:reports")).status_code == 403


def test_an_emergency_needs_a_reason(people: People, signed_in: Enter) -> None:
    in_emergency(signed_in(people.licunyi), people.township, number=WANG, reason="急")
    assert events(action="residents.opened_emergency") == []


@pytest.mark.parametrize("role", ["reception", "manager", "public_health"])
def test_only_doctors_have_the_emergency_door(role: str, people: People, signed_in: Enter) -> None:
    client = signed_in(colleague(people, role))
    assert in_emergency(client, people.township, number=WANG).status_code == 403
    assert events(action="residents.opened_emergency") == []


def test_the_database_gives_reception_no_emergency_door(people: People, signed_in: Enter) -> None:
    with session_of(signed_in(people.zhangqiantai)), connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT app.open_in_emergency('', '{}', '王建国', '1961-05-04', %s, %s, NULL, '')",
            [people.township.pk, WHY],
        )
        assert cursor.fetchone() == (None,)


def test_who_guesses_five_times_waits(people: People, signed_in: Enter) -> None:
    client = signed_in(people.licunyi)
    for _n in range(5):
        in_emergency(client, people.township, name="没有这人", born="1961-05-04")
    page = in_emergency(client, people.township, number=WANG).content.decode()
    assert "15分钟后再试" in page
    assert len(events(action="residents.refused_emergency")) == 5


def test_two_people_of_one_name_and_birthday_are_not_told_apart(people: People, signed_in: Enter) -> None:
    factories.resident("王建国", birth_date=date(1961, 5, 4))
    in_emergency(signed_in(people.licunyi), people.township, name="王建国", born="1961-05-04")
    assert events(action="residents.opened_emergency") == []


def test_staff_write_nothing_into_the_log_about_people_who_do_not_concern_them(
    people: People, signed_in: Enter
) -> None:
    event = AccessEvent(
        at=clock.now(),
        actor_id=people.zhangqiantai.pk,
        actor_name="张前台",
        resident_id=people.wangjianguo.pk,
        action="staff.read",
    )
    with pytest.raises(DatabaseError, match="row-level security"), session_of(signed_in(people.zhangqiantai)):
        event.save(force_insert=True)


# --- old sessions --------------------------------------------------------------------------------------------------


@pytest.fixture
def reading(people: People, signed_in: Enter) -> Client:
    """李村医 reads the record of 王建国, who has booked here."""
    dates = {"starts_at": NOON - timedelta(days=1), "ends_at": clock.now() + timedelta(days=9)}
    factories.made(CareGrant(resident=people.wangjianguo, facility=people.township, reason="预约就诊", **dates))
    client = signed_in(people.licunyi)
    open_for_care(client, people.wangjianguo, people.township)
    assert client.get(reverse("records:reports")).status_code == 200
    return client


def test_a_grant_that_was_taken_back_ends_what_it_had_opened(people: People, reading: Client) -> None:
    with acting_as("owner"):
        CareGrant.objects.update(ends_at=clock.now() - timedelta(seconds=1))
    assert reading.get(reverse("records:reports")).status_code == 403


def test_a_dropped_role_ends_what_it_had_opened(people: People, reading: Client) -> None:
    with acting_as("owner"):
        Membership.objects.filter(account=people.licunyi).update(ended_at=clock.now())
    assert reading.get(reverse("records:reports")).status_code == 403


def test_a_disabled_account_reads_nothing_more(people: People, reading: Client) -> None:
    with acting_as("owner"):
        Account.objects.filter(pk=people.licunyi.pk).update(is_active=False)
    assert reading.get(reverse("records:reports")).status_code == 302


def test_a_lower_role_keeps_the_person_and_loses_the_health_data(people: People, reading: Client) -> None:
    factories.membership(people.licunyi, people.township, "reception")
    with acting_as("owner"):
        Membership.objects.filter(account=people.licunyi, role="village_doctor").update(ended_at=clock.now())
    assert reading.get(reverse("appointments:bookings")).status_code == 200
    assert reading.get(reverse("records:reports")).status_code == 403
