"""A report that is somebody else's is recalled: hidden at once and whole, decided by people, moved, and told."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse

from facilities.models import Facility
from foundation.rowsecurity import acting_as
from records.exchange.models import InboundKey, Recall, RecallTold, Source
from records.exchange.retrying import sweep
from records.models import Observation, Report
from residents.models import Notice, Resident
from tests import factories
from tests.exchange.conftest import rows
from tests.exchange.sending import deliver, observation, patient, report, versioned
from tests.factories import NOON
from tests.people import HELANFANG_NUMBER
from tests.portal.staffing import Enter, events, the
from tests.sessions import session_of

ORIGIN = "NULL, ''"
WANG = factories.id_number(NOON.date().replace(1961, 5, 4), 13)


@pytest.fixture
def lan(feed: Source) -> Resident:
    """贺兰芳, in whose record the report stands."""
    return factories.resident("贺兰芳", HELANFANG_NUMBER)


@pytest.fixture
def wang(feed: Source) -> Resident:
    """王建国, whose report it is."""
    return factories.resident("王建国", WANG)


@pytest.fixture
def clerk(county: Facility, signed_in: Enter) -> Client:
    """Who starts it."""
    return signed_in(factories.staff("chuangkou", "窗口小马", county, "reception"))


@pytest.fixture
def head(county: Facility, signed_in: Enter) -> Client:
    """The head of the hospital."""
    return signed_in(factories.staff("yuanzhang", "王院长", county, "manager"))


@pytest.fixture
def sent(feed: Source, lan: Resident) -> None:
    """Her patient number, a report and its one item."""
    deliver(feed, patient(), observation(), report())


def asked(client: Client, statement: str, *values: Any) -> Any:
    """What a function of the database answers to somebody's session."""
    with session_of(client), connections["default"].cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()


def start(
    client: Client, feed: Source, *, found_by: str = "staff", resends: bool = False, identifier: str = "r1"
) -> Any:
    answer = asked(
        client,
        f"SELECT * FROM app.start_recall(%s, 'DiagnosticReport', %s, %s, %s, '机构来电说不是本人', NULL, {ORIGIN})",
        *(feed.pk, "r1", found_by, resends),
    )
    return answer and answer[0]


def name(client: Client, number: str = WANG, typed: str = "王建国") -> Any:
    from residents import documents

    document = documents.read(number, NOON.date())
    answer = asked(
        client,
        f"SELECT * FROM app.name_right_person(%s, %s, %s::bytea[], %s, {ORIGIN})",
        *(the(Recall).pk, document.kind, list(document.index.every), typed),
    )
    return answer and answer[0]


def decide(client: Client, word: str, seen: int = 0, why: str = "电话问过检验科") -> Any:
    return asked(client, f"SELECT app.decide_recall(%s, %s, %s, %s, {ORIGIN})", the(Recall).pk, word, why, seen)[0]


def swept(minutes: int = 5) -> None:
    with acting_as("worker"):
        sweep(NOON + timedelta(minutes=minutes))


def released(model: Any) -> list[str]:
    return [row.release for row in rows(model)]


def whose(model: Any) -> list[Any]:
    """Whose the rows are that stand now and are shown."""
    return [row.resident_id for row in rows(model, superseded_at=None) if row.release != "recalled"]


def told(kind: str) -> list[Any]:
    return [notice.resident_id for notice in rows(Notice, kind=kind)]


def test_report_and_items_are_hidden_at_once(sent: None, feed: Source, clerk: Client) -> None:
    assert start(clerk, feed) == "done"
    assert (released(Report), released(Observation)) == (["recalled"], ["recalled"])


def test_every_version_is_hidden(feed: Source, lan: Resident, clerk: Client) -> None:
    deliver(feed, patient(), observation(), versioned(report(), 1))
    deliver(feed, versioned(report(conclusion="改"), 2))
    start(clerk, feed)
    assert released(Report) == ["recalled", "recalled"]


def test_other_reports_stay(sent: None, feed: Source, clerk: Client) -> None:
    deliver(feed, observation(id="o2"), report(id="r2", result=[{"reference": "Observation/o2"}]))
    start(clerk, feed)
    assert sorted((row.identifier, row.release) for row in rows(Report)) == [("r1", "recalled"), ("r2", "released")]


def test_the_notice_of_the_report_is_taken_back(sent: None, feed: Source, clerk: Client) -> None:
    assert len(rows(Notice, kind="report_ready")) == 1
    start(clerk, feed)
    assert (rows(Notice, kind="report_ready"), the(Recall).notices) == ([], 1)


def test_two_who_start_at_once_start_one(sent: None, feed: Source, clerk: Client, head: Client) -> None:
    assert (start(clerk, feed), start(head, feed)) == ("done", "already")
    assert len(rows(Recall)) == 1


def test_another_facility_starts_nothing(sent: None, feed: Source, signed_in: Enter) -> None:
    elsewhere = signed_in(factories.staff("bieren", "别院", factories.facility("T9", "别院"), "manager"))
    assert start(elsewhere, feed) is None
    assert rows(Recall) == []


def test_a_later_version_stays_hidden(sent: None, feed: Source, clerk: Client) -> None:
    start(clerk, feed)
    deliver(feed, versioned(report(conclusion="再发一次"), 2))
    assert (released(Report), rows(Notice, kind="report_ready")) == (["recalled", "recalled"], [])


def test_an_item_that_comes_after_its_report_stays_hidden(feed: Source, lan: Resident, clerk: Client) -> None:
    deliver(feed, patient(), report())
    start(clerk, feed)
    deliver(feed, observation())
    assert released(Observation) == ["recalled"]


def test_an_item_that_only_a_later_version_names_is_hidden_too(sent: None, feed: Source, clerk: Client) -> None:
    start(clerk, feed)
    items = [{"reference": "Observation/o1"}, {"reference": "Observation/o2"}]
    deliver(feed, observation(id="o2"), versioned(report(result=items), 2))
    assert released(Observation) == ["recalled", "recalled"]


def test_unfounded_shows_again_as_before(sent: None, feed: Source, clerk: Client) -> None:
    before = [(row.pk, row.release, row.first_seen_at, row.superseded_at, row.version) for row in rows(Report)]
    start(clerk, feed)
    assert decide(clerk, "unfounded") == "done"
    swept()
    after = [(row.pk, row.release, row.first_seen_at, row.superseded_at, row.version) for row in rows(Report)]
    assert (after, released(Observation)) == (before, ["released"])
    assert len(rows(Notice, kind="report_ready")) == 1


def test_what_was_kept_at_the_facility_is_kept_there_again(sent: None, feed: Source, clerk: Client) -> None:
    with acting_as("owner"):
        Report.objects.update(release="withheld")
    start(clerk, feed)
    decide(clerk, "unfounded")
    swept()
    assert released(Report) == ["withheld"]


def correct(feed: Source) -> None:
    """The facility sends the report again, now about 王建国."""
    other = patient(WANG, id="p2", name=[{"text": "王建国"}], gender="male", birthDate="1961-05-04")
    deliver(feed, other, versioned(report(subject={"reference": "Patient/p2"}), 2))


def test_everybody_concerned_is_told_once_and_it_is_written_down(
    sent: None, feed: Source, lan: Resident, wang: Resident, clerk: Client, head: Client
) -> None:
    with acting_as("owner"):
        Report.objects.update(first_seen_at=NOON)
    start(clerk, feed)
    swept()
    assert told("result_checked") == [lan.pk]
    name(head)
    decide(head, "move")
    swept(6)
    swept(7)
    swept(8)
    assert (told("result_taken_back"), told("result_returned")) == ([lan.pk], [wang.pk])
    assert sorted((row.whom, row.name) for row in rows(RecallTold)) == [
        ("head", "王院长"),
        ("right", "王**"),
        ("shown", "贺**"),
        ("shown", "贺**"),
    ]


def test_who_knew_nothing_of_it_is_not_frightened_at_the_start(sent: None, feed: Source, clerk: Client) -> None:
    start(clerk, feed)
    swept()
    assert told("result_checked") == []


def test_each_deed_is_in_the_log_of_the_person(sent: None, feed: Source, lan: Resident, clerk: Client) -> None:
    start(clerk, feed)
    decide(clerk, "withdraw")
    found = [event.action for event in events(resident_id=lan.pk, subject_kind="exchange.recall")]
    assert found == ["exchange.recalled", "exchange.withdrawn_recall"]


def test_a_worker_that_finds_it_half_done_does_it_whole(
    sent: None, feed: Source, wang: Resident, head: Client, clerk: Client
) -> None:
    start(clerk, feed)
    name(head)
    decide(head, "move")
    with acting_as("owner"):
        InboundKey.objects.filter(kind="Observation").update(state="waiting", resident_id=None)
    swept()
    assert (whose(Report), whose(Observation)) == ([wang.pk], [wang.pk])


def test_the_same_report_through_another_feed_is_hidden_with_it_and_moved_with_it(
    sent: None, feed: Source, county: Facility, wang: Resident, clerk: Client, head: Client
) -> None:
    other = factories.source(county, "township-copy")
    deliver(other, patient(), observation(id="to1"), report(id="t1", result=[{"reference": "Observation/to1"}]))
    with acting_as("owner"):
        kept = Report.objects.get(identifier="r1")
        Report.objects.filter(identifier="t1").update(folded_into=kept.pk)
    start(clerk, feed)
    assert (released(Report), released(Observation)) == (["recalled"] * 2, ["recalled"] * 2)
    name(head)
    decide(head, "move")
    swept()
    assert (set(whose(Report)), len(whose(Report)), set(whose(Observation))) == ({wang.pk}, 2, {wang.pk})


def test_two_recalls_that_share_an_item_show_it_again_only_when_both_are_over(
    sent: None, feed: Source, clerk: Client
) -> None:
    deliver(feed, report(id="r2"))
    start(clerk, feed)
    first = the(Recall)
    asked(
        clerk,
        f"SELECT * FROM app.start_recall(%s, 'DiagnosticReport', 'r2', 'staff', false, '同一份标本', NULL, {ORIGIN})",
        feed.pk,
    )
    over = f"SELECT app.decide_recall(%s, 'unfounded', '核对了条码', 0, {ORIGIN})"
    asked(clerk, over, first.pk)
    swept()
    assert released(Observation) == ["recalled"]
    asked(clerk, over, the(Recall, identifier="r2").pk)
    swept(6)
    assert (released(Observation), released(Report)) == (["released"], ["released"] * 2)


def test_whoever_opened_it_for_her_is_told_too(
    sent: None, feed: Source, lan: Resident, clerk: Client, signed_in: Enter
) -> None:
    yu = factories.resident("贺小雨")
    factories.delegation(lan, yu, "identity", "results")
    factories.account(lan)
    client = signed_in(factories.account(yu))
    client.post(reverse("residents:act"), {"resident": lan.pk})
    assert client.get(reverse("records:report", args=[the(Report).pk])).status_code == 200
    start(clerk, feed)
    decide(clerk, "withdraw")
    swept()
    assert told("seen_taken_back") == [yu.pk]


def test_what_was_recalled_and_comes_again_through_another_feed_is_hidden_by_the_next_sweep(
    sent: None, feed: Source, county: Facility, clerk: Client
) -> None:
    start(clerk, feed)
    other = factories.source(county, "township-copy")
    again = [observation(id="to1"), report(id="t1", result=[{"reference": "Observation/to1"}])]
    deliver(other, patient(), *again, observation(id="to2", value="7.70"))
    deliver(other, report(id="t2", result=[{"reference": "Observation/to2"}]))
    swept()
    shown = {row.identifier for row in rows(Report) if row.release != "recalled"}
    assert (shown, {row.identifier for row in rows(Observation) if row.release != "recalled"}) == ({"t2"}, {"to2"})


def test_a_recall_that_was_unfounded_is_not_taken_up_again_beside_a_new_one(
    sent: None, feed: Source, clerk: Client
) -> None:
    start(clerk, feed)
    first = the(Recall)
    decide(clerk, "unfounded")
    swept()
    assert start(clerk, feed) == "done"
    again = f"SELECT app.decide_recall(%s, 'undo', '核对了条码', 1, {ORIGIN})"
    assert asked(clerk, again, first.pk) == ("late",)
    assert released(Report) == ["recalled"]
