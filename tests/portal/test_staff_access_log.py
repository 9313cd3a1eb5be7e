"""The auditor's page of the access log."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from foundation.keys import uuid7
from residents.models import AccessEvent
from tests import factories
from tests.factories import NOON, made
from tests.people import HELANFANG_NUMBER, People
from tests.portal.staffing import Enter, colleague, events

PAGE = "staff:access_log"


def event(people: People, **fields: Any) -> AccessEvent:
    facts = {"at": NOON, "actor_name": "张前台", "facility_id": people.township.pk, "action": "staff.read"} | fields
    return made(AccessEvent(id=uuid7(), actor_id=people.zhangqiantai.pk, **facts))


def page(client: Any, **asked: str) -> str:
    return client.get(reverse(PAGE, query={"day": "2026-11-22", **asked})).content.decode()


def test_an_auditor_reads_one_day(people: People, signed_in: Enter) -> None:
    event(people, actor_name="张前台")
    event(people, actor_name="李前台", at=NOON + timedelta(days=1))
    shown = page(signed_in(colleague(people, "auditor")))
    assert "张前台" in shown
    assert "李前台" not in shown


def test_an_auditor_can_ask_for_one_actor(people: People, signed_in: Enter) -> None:
    event(people, actor_name="张前台")
    event(people, actor_name="李前台")
    shown = page(signed_in(colleague(people, "auditor")), actor="李前台")
    assert '<th role="rowheader" scope="row">李前台</th>' in shown
    assert '<th role="rowheader" scope="row">张前台</th>' not in shown


def test_an_auditor_of_a_facility_sees_that_facility_only(people: People, signed_in: Enter) -> None:
    event(people, actor_name="张前台")
    auditor = factories.staff("shenji", "审计", people.county, "auditor")
    assert '<th role="rowheader" scope="row">张前台</th>' not in page(signed_in(auditor))


def test_reading_the_log_is_an_event_too(people: People, signed_in: Enter) -> None:
    auditor = colleague(people, "auditor")
    page(signed_in(auditor))
    assert [event.actor_id for event in events(subject_kind="residents.accessevent")] == [auditor.pk]


@pytest.mark.parametrize("role", ["administrator", "manager", "reception", "engineer"])
def test_nobody_else_reads_the_log(role: str, people: People, signed_in: Enter) -> None:
    assert signed_in(colleague(people, role)).get(reverse(PAGE)).status_code == 403


@pytest.mark.parametrize("day", ["", "yesterday", "2026-02-31"])
def test_a_day_that_does_not_exist_is_today(day: str, people: People, signed_in: Enter) -> None:
    assert signed_in(colleague(people, "auditor")).get(reverse(PAGE, query={"day": day})).status_code == 200


@pytest.mark.parametrize("rows", [1, 50])
def test_the_page_asks_the_same_few_questions(rows: int, people: People, signed_in: Enter) -> None:
    for _ in range(rows):
        event(people)
    client = signed_in(colleague(people, "auditor"))
    with CaptureQueriesContext(connections["default"]) as asked:
        page(client)
    assert len([query for query in asked if query["sql"].startswith(("SELECT", "INSERT"))]) <= 11


def test_an_auditor_can_ask_for_one_capacity(people: People, signed_in: Enter) -> None:
    event(people, actor_name="张前台", capacity="care")
    event(people, actor_name="李前台", capacity="emergency")
    shown = page(signed_in(colleague(people, "auditor")), capacity="emergency")
    assert '<th role="rowheader" scope="row">李前台</th>' in shown
    assert '<th role="rowheader" scope="row">张前台</th>' not in shown


def test_an_auditor_can_ask_for_one_facility(people: People, signed_in: Enter) -> None:
    event(people, actor_name="张前台")
    event(people, actor_name="陈医生", facility_id=people.county.pk)
    shown = page(signed_in(colleague(people, "auditor")), facility=str(people.county.pk))
    assert '<th role="rowheader" scope="row">陈医生</th>' in shown
    assert '<th role="rowheader" scope="row">张前台</th>' not in shown


def test_the_bureaus_auditor_sees_what_belongs_to_no_facility(people: People, signed_in: Enter) -> None:
    event(people, actor_name="居民本人", facility_id=None)
    assert '<th role="rowheader" scope="row">居民本人</th>' in page(signed_in(colleague(people, "auditor")))


def test_a_facilitys_auditor_does_not(people: People, signed_in: Enter) -> None:
    event(people, actor_name="居民本人", facility_id=None)
    auditor = factories.staff("shenji", "审计", people.township, "auditor")
    assert '<th role="rowheader" scope="row">居民本人</th>' not in page(signed_in(auditor))


def of_person(client: Any, reason: str = "居民投诉，核对访问") -> str:
    return client.post(reverse(PAGE), {"number": HELANFANG_NUMBER, "reason": reason}).content.decode()


def test_an_auditor_reads_one_persons_log(people: People, signed_in: Enter) -> None:
    event(people, actor_name="张前台", resident_id=people.helanfang.pk)
    event(people, actor_name="李前台", resident_id=people.wangjianguo.pk)
    shown = of_person(signed_in(colleague(people, "auditor")))
    assert '<th role="rowheader" scope="row">张前台</th>' in shown
    assert '<th role="rowheader" scope="row">李前台</th>' not in shown


def test_asking_for_a_persons_log_is_an_event_about_the_person(people: People, signed_in: Enter) -> None:
    of_person(signed_in(colleague(people, "auditor")))
    (asked,) = events(action="audit.looked_up_person")
    assert (asked.resident_id, asked.purpose) == (people.helanfang.pk, "居民投诉，核对访问")


def test_a_persons_log_needs_a_reason(people: People, signed_in: Enter) -> None:
    of_person(signed_in(colleague(people, "auditor")), "看看")
    assert events(action="audit.looked_up_person") == []
