"""Each change and each look at a person leaves one event, and Django's own log stays empty."""

from datetime import date

from django.urls import reverse

from health_education.models import Topic
from tests import factories
from tests.architecture.rows import booking
from tests.people import People
from tests.portal.staffing import Enter, admin_log_rows, colleague, events


def add_topic(people: People, signed_in: Enter) -> None:
    form = {"slug": "salt", "name": "少盐", "position": "1"}
    response = signed_in(people.editor).post(reverse("admin:health_education_topic_add"), form)
    assert response.status_code == 302


def test_adding_a_row_leaves_one_event(people: People, signed_in: Enter) -> None:
    add_topic(people, signed_in)
    topic = Topic.objects.get(slug="salt")
    [event] = events(action="staff.added")
    assert (event.actor_id, event.actor_name) == (people.editor.pk, "宣教编辑")
    assert (event.subject_kind, event.subject_id) == ("health_education.topic", str(topic.pk))


def test_an_event_says_where_its_doer_works_when_the_row_is_nobodys(people: People, signed_in: Enter) -> None:
    add_topic(people, signed_in)
    [event] = events(action="staff.added")
    assert event.facility_id == people.bureau.pk


def test_changing_a_row_names_the_fields_and_no_values(people: People, signed_in: Enter) -> None:
    topic = factories.article().article.topic
    form = {"slug": topic.slug, "name": "限盐与高血压", "position": topic.position}
    signed_in(people.editor).post(reverse("admin:health_education_topic_change", args=[topic.pk]), form)
    [event] = events(action="staff.changed")
    assert event.purpose == "修改：主题"


def test_an_event_of_a_facilitys_row_carries_the_facility(people: People, signed_in: Enter) -> None:
    department = factories.department(people.township)
    form = {"facility": str(people.township.pk), "code": "K9", "name": "中医科", "position": "5", "is_active": "on"}
    response = signed_in(people.administrator).post(
        reverse("admin:facilities_department_change", args=[department.pk]), form
    )
    assert response.status_code == 302
    [event] = events(action="staff.changed")
    assert event.facility_id == people.township.pk


def test_opening_a_booking_is_an_event_about_its_person(people: People, signed_in: Enter) -> None:
    row = booking(people)
    signed_in(people.zhangqiantai).get(reverse("admin:appointments_booking_change", args=[row.pk]))
    [event] = events(action="staff.read")
    assert (event.resident_id, event.facility_id) == (people.helanfang.pk, people.township.pk)
    assert event.subject_id == str(row.pk)


def test_opening_the_list_of_bookings_is_one_event(people: People, signed_in: Enter) -> None:
    booking(people)
    signed_in(people.zhangqiantai).get(reverse("admin:appointments_booking_changelist"))
    assert [event.subject_kind for event in events(action="staff.listed")] == ["appointments.booking"]


def test_opening_what_speaks_of_nobody_leaves_nothing(people: People, signed_in: Enter) -> None:
    client = signed_in(people.editor)
    client.get(reverse("admin:health_education_topic_changelist"))
    client.get(reverse("staff:index"))
    assert events(action__startswith="staff.") == []


def test_a_refused_change_leaves_nothing(people: People, signed_in: Enter) -> None:
    topic = factories.article().article.topic
    signed_in(people.reviewer).post(reverse("admin:health_education_topic_change", args=[topic.pk]), {"name": "x"})
    assert events(action__startswith="staff.") == []


def test_djangos_own_log_stays_empty(people: People, signed_in: Enter) -> None:
    add_topic(people, signed_in)
    assert admin_log_rows() == 0


def test_a_thing_without_a_page_for_its_reader_is_named_without_a_link(people: People, signed_in: Enter) -> None:
    half_day = factories.session(factories.practitioner(factories.department(people.township)), date(2031, 5, 6))
    address = reverse("admin:appointments_session_change", args=[half_day.pk])
    shown = signed_in(people.zhangqiantai).get(address).content.decode()
    assert people.township.name in shown
    assert reverse("admin:facilities_facility_change", args=[people.township.pk]) not in shown


def test_a_thing_with_a_page_for_its_reader_is_linked(people: People, signed_in: Enter) -> None:
    half_day = factories.session(factories.practitioner(factories.department(people.township)), date(2031, 5, 6))
    address = reverse("admin:appointments_session_change", args=[half_day.pk])
    shown = signed_in(colleague(people, "manager")).get(address).content.decode()
    assert reverse("admin:facilities_facility_change", args=[people.township.pk]) in shown
