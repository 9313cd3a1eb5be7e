"""How a recall ends: moved to whose it is, withdrawn, decided by a correction."""

from django.test import Client

from facilities.models import Facility
from records.exchange.models import Recall, RecallDecision, RecallPerson, Source
from records.models import Observation, Report
from residents.models import Resident
from tests import factories
from tests.exchange.conftest import rows
from tests.exchange.sending import deliver, observation, report, versioned
from tests.exchange.test_recalls import WANG, clerk, correct, decide, head, lan, name, sent, start, swept, wang, whose
from tests.portal.staffing import Enter, the

__all__ = ["clerk", "head", "lan", "sent", "wang"]


def test_moved_it_stands_in_the_record_of_whose_it_is(
    sent: None, feed: Source, lan: Resident, wang: Resident, clerk: Client, head: Client
) -> None:
    start(clerk, feed)
    assert (name(head), decide(head, "move")) == ("named", "done")
    swept()
    assert (whose(Report), whose(Observation)) == ([wang.pk], [wang.pk])
    history = [row for row in rows(Report) if row.resident_id == lan.pk]
    assert [(row.release, row.superseded_at is None) for row in history] == [("recalled", False)]


def test_later_corrections_follow_the_move(
    sent: None, feed: Source, wang: Resident, clerk: Client, head: Client
) -> None:
    start(clerk, feed)
    name(head)
    decide(head, "move")
    swept()
    items = [{"reference": "Observation/o1"}, {"reference": "Observation/o2"}]
    deliver(feed, observation(id="o2"), versioned(report(conclusion="更正", result=items), 2))
    swept(6)
    assert (whose(Report), set(whose(Observation))) == ([wang.pk], {wang.pk})


def test_who_started_needs_a_second_person_to_move_it(
    sent: None, feed: Source, wang: Resident, clerk: Client, head: Client
) -> None:
    start(clerk, feed)
    name(clerk)
    assert (decide(clerk, "move"), the(Recall).state) == ("proposed", "proposed")
    assert (decide(clerk, "agree", 1), decide(head, "agree", 1)) == ("second", "done")
    swept()
    assert whose(Report) == [wang.pk]


def test_a_move_can_be_undone_and_shown_to_the_first_person_again(
    sent: None, feed: Source, lan: Resident, wang: Resident, clerk: Client, head: Client
) -> None:
    start(clerk, feed)
    name(head)
    decide(head, "move")
    swept()
    assert decide(head, "undo", 1) == "done"
    assert (whose(Report), whose(Observation)) == ([], [])
    decide(head, "unfounded", 2)
    swept(6)
    assert (whose(Report), whose(Observation)) == ([lan.pk], [lan.pk])


def test_withdrawn_it_is_nobodys_and_its_corrections_too(sent: None, feed: Source, clerk: Client) -> None:
    start(clerk, feed)
    assert decide(clerk, "withdraw") == "done"
    deliver(feed, versioned(report(conclusion="再发一次"), 2))
    swept()
    assert (whose(Report), whose(Observation)) == ([], [])


def test_who_decides_second_learns_that_it_is_decided(sent: None, feed: Source, clerk: Client, head: Client) -> None:
    start(clerk, feed)
    assert (decide(clerk, "withdraw"), decide(head, "unfounded")) == ("done", "late")
    assert len(rows(RecallDecision)) == 1


def test_nobody_moves_a_report_to_themselves(sent: None, feed: Source, county: Facility, signed_in: Enter) -> None:
    namesake = signed_in(factories.staff("tongming", "王建国", county, "manager"))
    factories.resident("王建国", WANG)
    start(namesake, feed)
    assert name(namesake) == "own"


def test_a_number_does_not_tell_a_name(sent: None, feed: Source, wang: Resident, clerk: Client) -> None:
    start(clerk, feed)
    assert name(clerk, typed="李四") == "differs"
    assert rows(RecallPerson, part="right") == []


def test_a_correction_by_the_facility_suggests_whose_it_is(
    sent: None, feed: Source, wang: Resident, clerk: Client
) -> None:
    start(clerk, feed)
    correct(feed)
    assert [row.resident_id for row in rows(RecallPerson, part="suggested")] == [wang.pk]
    assert (the(Recall).state, whose(Report)) == ("open", [])


def test_a_correction_that_the_facility_announced_decides_by_itself(
    sent: None, feed: Source, wang: Resident, clerk: Client
) -> None:
    start(clerk, feed, found_by="facility", resends=True)
    correct(feed)
    swept()
    assert (the(Recall).state, whose(Report)) == ("moved", [wang.pk])
    assert [decision.decided_by for decision in rows(RecallDecision)] == [None]
