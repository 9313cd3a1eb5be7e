"""Every address that shows health data leaves exactly one line in the access log, and one tally of the read."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from foundation import tally
from foundation.rowsecurity import acting_as
from residents.models import AccessEvent, Account, ReadTally
from tests.architecture.url_table import TABLE, Row
from tests.architecture.world import World, world_of
from tests.people import People

# Those that must be among them; what else reads health data is found by walking.
HEALTH = {
    "records:home",
    "records:section",
    "records:reports",
    "records:report",
    "records:report_pdf",
    "residents:take_json",
    "residents:take_pdf",
}


@pytest.fixture
def world(people: People) -> World:
    return world_of(people)


def answered(client: Client, name: str, row: Row, world: World) -> Any:
    """The owner's answer to one address of the table."""
    path = "/staff/no-such-page" if "(" in name else reverse(name, args=row.arguments(world))
    return client.post(path, row.data) if row.post else client.get(path)


def left_by(reference: str) -> tuple[list[AccessEvent], list[ReadTally]]:
    """The reads in the access log and the tallies that one request left."""
    with acting_as("worker"):
        events = AccessEvent.objects.filter(reference=reference, action__in=tally.ACTIONS)
        return list(events), list(ReadTally.objects.filter(reference=reference))


def test_every_read_of_health_data_leaves_one_line_and_one_tally(
    world: World, signed_in: Callable[[Account], Client]
) -> None:
    owner = world.people.helanfang_account
    seen, wrong, browser = set(), [], signed_in(owner)
    for name, row in TABLE.items():
        if row.post:  # a deed may end the session, or what it acts for
            browser = signed_in(owner)
        response = answered(browser, name, row, world)
        events, tallies = left_by(response.wsgi_request.reference)
        if response.status_code >= 300 or not (events or tallies):
            continue
        seen.add(name)
        about = {(event.resident_id, event.actor_id) for event in events}
        if (len(events), len(tallies), about) != (1, 1, {(world.people.helanfang.pk, owner.pk)}):
            wrong.append(f"{name}: {len(events)} events, {len(tallies)} tallies")
    assert not wrong, "\n".join(wrong)
    assert seen >= HEALTH


def test_a_stranger_leaves_no_line_in_her_log(world: World, signed_in: Callable[[Account], Client]) -> None:
    for name in ("records:report", "records:report_pdf"):
        response = answered(signed_in(world.people.wangjianguo_account), name, TABLE[name], world)
        assert (response.status_code, left_by(response.wsgi_request.reference)[0]) == (404, [])
