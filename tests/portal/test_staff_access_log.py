"""The auditor's page of the access log."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from foundation.keys import uuid7
from residents.models import AccessEvent
from tests.factories import NOON, made
from tests.people import People
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
    assert '<th scope="row">李前台</th>' in shown
    assert '<th scope="row">张前台</th>' not in shown


def test_an_auditor_of_a_facility_sees_that_facility_only(people: People, signed_in: Enter) -> None:
    from tests import factories

    event(people, actor_name="张前台")
    auditor = factories.staff("shenji", "审计", people.county, "auditor")
    assert '<th scope="row">张前台</th>' not in page(signed_in(auditor))


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
    assert len([query for query in asked if query["sql"].startswith(("SELECT", "INSERT"))]) <= 7
