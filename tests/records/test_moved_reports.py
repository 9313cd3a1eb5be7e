"""A correction that says it was another person: the first one has nothing of it from that moment, in no version."""

from collections.abc import Callable
from itertools import permutations
from typing import Any

import pytest
from django.test import Client

from foundation.rowsecurity import acting_as
from records.exchange.models import Source
from records.models import Observation, Report
from residents.models import Account, Notice
from tests import factories
from tests.exchange.sending import deliver, observation, patient, report
from tests.people import People
from tests.records import rows
from tests.records.corrections import at, ids, status
from tests.sessions import session_of

SignIn = Callable[[Account], Client]
WANG = factories.id_number(sequence=11)


def wang(**fields: Any) -> dict[str, Any]:
    return patient(WANG, id="p2", name=[{"text": "王建国"}], gender="male", birthDate="1980-01-01", **fields)


HIS: dict[str, Any] = {"subject": {"reference": "Patient/p2"}}
FIRST = at(1, observation(), report(conclusion="血糖正常。"))
SECOND = at(2, observation(value="6.50"), report(status="corrected", conclusion="血糖偏高。"))
MOVED = at(3, observation(value="6.50", **HIS), report(status="corrected", conclusion="血糖偏高。", **HIS))


def visible(client: Client) -> tuple[int, int]:
    """How many reports and results a session's own statements find, whatever they ask for."""
    with session_of(client):
        return Report.objects.count(), Observation.objects.count()


@pytest.mark.parametrize("order", list(permutations((FIRST, SECOND, MOVED))))
def test_what_a_correction_gives_to_another_person_leaves_the_first_at_once(
    people: People, signed_in: SignIn, order: Any
) -> None:
    feed = factories.source(people.county)
    deliver(feed, patient(), wang())
    for some in order:
        deliver(feed, *some)
    hers, whoever = signed_in(people.helanfang_account), ids(resident=people.helanfang)
    assert visible(hers) == (0, 0)
    assert "生化检验" not in rows.read(hers, "reports")
    assert {status(hers, name, key) for key in whoever for name in ("report", "report_earlier", "report_pdf")} == {404}
    with acting_as("owner"):
        (his,) = Report.objects.filter(superseded_at=None)
        assert his.resident.name == "王建国"


def test_the_items_go_with_their_report_though_no_message_moves_them(
    feed: Source, people: People, hers: Client
) -> None:
    deliver(feed, patient(), wang(), *FIRST)
    deliver(feed, MOVED[1])
    assert visible(hers) == (0, 0)


def test_items_that_arrive_after_their_report_left_are_not_hers_either(feed: Source, hers: Client) -> None:
    deliver(feed, patient(), wang(), FIRST[1], MOVED[1])
    deliver(feed, FIRST[0])
    assert visible(hers) == (0, 0)


def test_an_item_that_another_report_of_hers_names_stays(feed: Source, hers: Client) -> None:
    deliver(feed, patient(), wang(), *FIRST, *at(1, report(id="r2")))
    deliver(feed, MOVED[1])
    assert visible(hers) == (1, 1)


def test_moved_back_it_is_hers_again_with_its_items(feed: Source, people: People, signed_in: SignIn) -> None:
    deliver(feed, patient(), wang(), *FIRST)
    deliver(feed, *MOVED)
    deliver(feed, *at(4, observation(value="6.50"), report(status="corrected", conclusion="血糖偏高。")))
    hers = signed_in(people.helanfang_account)
    assert "6.50" in rows.read(hers, "report", *ids(resident=people.helanfang, superseded_at=None))
    assert ids(resident__name="王建国", left_at=None) == []


def test_nobody_is_told_of_what_left_before_the_message_did(feed: Source, people: People) -> None:
    deliver(feed, patient(), wang(), *FIRST)
    deliver(feed, *MOVED)
    with acting_as("owner"):
        told = list(Notice.objects.filter(kind="report_ready").values_list("resident__name", flat=True))
    assert told == ["王建国"]
