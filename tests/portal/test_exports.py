"""The list of a facility's people as a file: asked for by one person, allowed by another, fetched once."""

import csv
import io
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse

from facilities.models import Membership
from foundation import clock
from foundation.rowsecurity import acting_as
from residents.models import Account, Approval
from tests import factories
from tests.people import HELANFANG_NUMBER, People
from tests.portal.staffing import Enter, colleague, decide, events, the
from tests.sessions import session_of


def ask_export(client: Client, place: Any, **more: str) -> Any:
    return client.post(reverse("staff:export"), {"facility": str(place.pk), "reason": "安排老年人体检", **more})


def fetch(client: Client) -> Any:
    return client.post(reverse("staff:export_file", args=[the(Approval).pk]))


def lines(response: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))


@pytest.fixture
def worker(people: People) -> Account:
    return factories.staff("gongwei", "公卫员", people.township, "public_health")


def test_an_export_needs_a_second_person(people: People, worker: Account, signed_in: Enter) -> None:
    client = signed_in(worker)
    ask_export(client, people.township)
    assert fetch(client).status_code == 302
    decide(signed_in(colleague(people, "manager")))
    assert lines(fetch(client))[1] == ["贺兰芳", "女", "1957", "河东镇卫生院"]


def test_an_export_holds_the_catchment_and_nobody_else(people: People, worker: Account, signed_in: Enter) -> None:
    village = factories.facility("V1", "东村卫生室", "village", parent=people.township)
    factories.resident("马德海", facility=village)
    client = signed_in(worker)
    ask_export(client, people.township)
    decide(signed_in(people.administrator))
    assert sorted(row[0] for row in lines(fetch(client))[1:]) == ["贺兰芳", "马德海"]


def test_numbers_are_in_it_only_when_asked_for(people: People, worker: Account, signed_in: Enter) -> None:
    client = signed_in(worker)
    ask_export(client, people.township, with_numbers="on")
    decide(signed_in(people.administrator))
    assert lines(fetch(client))[1][-1] == HELANFANG_NUMBER


def test_the_file_is_fetched_once(people: People, worker: Account, signed_in: Enter) -> None:
    client = signed_in(worker)
    ask_export(client, people.township)
    decide(signed_in(people.administrator))
    assert fetch(client).status_code == 200
    assert fetch(client).status_code == 302


def test_only_who_asked_fetches_the_file(people: People, worker: Account, signed_in: Enter) -> None:
    ask_export(signed_in(worker), people.township)
    manager = signed_in(colleague(people, "manager"))
    decide(manager)
    assert fetch(manager).status_code == 302
    assert the(Approval).done_at is None


def test_who_lost_the_role_fetches_nothing(people: People, worker: Account, signed_in: Enter) -> None:
    client = signed_in(worker)
    ask_export(client, people.township)
    decide(signed_in(people.administrator))
    with acting_as("owner"):
        Membership.objects.filter(account=worker).update(ended_at=clock.now())
    assert fetch(client).status_code == 403


@pytest.mark.parametrize("name", ["=1+1", "+86", "-1", "@SUM(A1)"])
def test_no_cell_is_a_formula(name: str, people: People, worker: Account, signed_in: Enter) -> None:
    factories.resident(name, facility=people.township)
    client = signed_in(worker)
    ask_export(client, people.township)
    decide(signed_in(people.administrator))
    assert f"'{name}" in [row[0] for row in lines(fetch(client))]


def test_an_export_is_an_event_with_its_size(people: People, worker: Account, signed_in: Enter) -> None:
    client = signed_in(worker)
    ask_export(client, people.township)
    decide(signed_in(people.administrator))
    fetch(client)
    (event,) = events(action="people.exported")
    assert (event.actor_id, event.facility_id, event.purpose) == (worker.pk, people.township.pk, "导出1位居民")


@pytest.mark.parametrize("who", ["zhangqiantai", "licunyi", "administrator"])
def test_others_do_not_ask_for_exports(who: str, people: People, signed_in: Enter) -> None:
    assert ask_export(signed_in(getattr(people, who)), people.township).status_code == 403


def test_the_database_gives_no_export_without_approval(people: People, worker: Account, signed_in: Enter) -> None:
    client = signed_in(worker)
    ask_export(client, people.township)
    with session_of(client), connections["default"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM app.export_people(%s)", [the(Approval).pk])
        assert cursor.fetchone() == (0,)
