"""Patient numbers that a facility merges and parts again: whose the results are, at every step and in every order."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from facilities.models import Facility
from foundation.rowsecurity import acting_as
from records.exchange.models import Held, IdentityCase, PatientMerge, Source, SourcePatient
from records.exchange.retrying import sweep
from records.models import Observation
from residents.models import Resident
from tests import factories
from tests.exchange.conftest import rows
from tests.exchange.sending import at_utc, deliver, observation, patient, versioned
from tests.factories import NOON, id_number
from tests.portal.staffing import Enter
from tests.sessions import session_of

WANG_NUMBER = id_number(date(1961, 5, 4), 13)
Clock = Callable[[], datetime]


def lan(id: str = "new", **fields: Any) -> dict[str, Any]:
    """贺兰芳 under a number."""
    return patient(id=id, **fields)


def wang(id: str = "new", **fields: Any) -> dict[str, Any]:
    """王建国 under a number."""
    said = {"name": [{"text": "王建国"}], "gender": "male", "birthDate": "1961-05-04"}
    return patient(WANG_NUMBER, id=id, **said, **fields)


def merged(old: str = "old", new: str = "new", hour: int = 12) -> dict[str, Any]:
    """A Patient that another replaces, said on the day before the tests' noon."""
    link = {"other": {"reference": f"Patient/{new}"}, "type": "replaced-by"}
    return versioned({"resourceType": "Patient", "id": old, "active": False, "link": [link]}, updated=at_utc(hour))


def glucose(id: str, number: str = "old", **fields: Any) -> dict[str, Any]:
    return observation(id=id, subject={"reference": f"Patient/{number}"}, **fields)


def shown() -> dict[str, str]:
    """Whose each current result is, by name."""
    names = {resident.pk: resident.name for resident in rows(Resident)}
    return {row.identifier: names[row.resident_id] for row in rows(Observation, superseded_at=None)}


def active() -> list[tuple[str, str]]:
    return sorted((one.old, one.new) for one in rows(PatientMerge, undone_at=None))


def waiting() -> list[str]:
    """Why messages are held, and not resolved."""
    return sorted(held.reason for held in rows(Held, resolved_at=None))


def swept(minutes: int = 5) -> None:
    with acting_as("worker"):
        sweep(NOON + timedelta(minutes=minutes))


@pytest.fixture
def clerk(county: Facility, signed_in: Enter) -> Client:
    """Somebody at the hospital's registration window."""
    return signed_in(factories.staff("chuangkou", "窗口小马", county, "reception"))


def asked(client: Client, statement: str, *values: Any) -> Any:
    """What the database answers a session."""
    with session_of(client), connections["default"].cursor() as cursor:
        cursor.execute(f"SELECT {statement}", values)
        return cursor.fetchone()[0]


def settle(clerk: Client, verdict: str, seen: int = 0) -> Any:
    (case,) = rows(IdentityCase)
    return asked(clerk, "app.settle_identity(%s, %s, '电话问过本人', %s, NULL, '')", case.pk, verdict, seen)


def undo(clerk: Client, reason: str = "合并错了") -> Any:
    (merge,) = rows(PatientMerge)
    return asked(clerk, "app.undo_merge(%s, %s, NULL, '')", merge.pk, reason)


# Merged at once.


def test_what_waited_under_the_old_number_goes_to_whom_the_new_one_leads(feed: Source) -> None:
    deliver(feed, glucose("o1"), lan())
    assert shown() == {}
    deliver(feed, merged())
    assert (shown(), active(), waiting()) == ({"o1": "贺兰芳"}, [("old", "new")], [])


def test_what_comes_later_under_the_old_number_goes_there_too(feed: Source) -> None:
    deliver(feed, lan(), merged())
    deliver(feed, glucose("o1"))
    assert shown() == {"o1": "贺兰芳"}


def test_two_numbers_of_one_resident_are_merged_and_nothing_moves(feed: Source) -> None:
    deliver(feed, lan("old"), lan(), glucose("o1"))
    deliver(feed, merged())
    assert (shown(), active(), len(rows(Observation)), rows(IdentityCase)) == (
        {"o1": "贺兰芳"},
        [("old", "new")],
        1,
        [],
    )


def test_the_same_merge_twice_is_one(feed: Source) -> None:
    deliver(feed, lan(), merged())
    deliver(feed, merged(), versioned({**merged(), "telecom": []}, updated=at_utc(13)))
    assert (active(), len(rows(PatientMerge)), len(rows(SourcePatient))) == ([("old", "new")], 1, 2)


def test_a_merge_into_a_number_nobody_knows_yet_waits_for_it(feed: Source) -> None:
    deliver(feed, merged(), glucose("o1"))
    assert (active(), waiting()) == ([], ["unknown_subject", "unknown_subject"])
    deliver(feed, lan())
    swept()
    assert (shown(), active(), waiting()) == ({"o1": "贺兰芳"}, [("old", "new")], [])


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_a_chain_of_merges_leads_to_its_end_in_any_order(feed: Source, order: tuple[int, ...]) -> None:
    messages = [merged("a", "b", 8), merged("b", "c", 9), lan("c"), glucose("o1", "a")]
    for place in order:
        deliver(feed, messages[place])
    for minutes in (5, 6):
        swept(minutes)
    assert (shown(), active(), waiting()) == ({"o1": "贺兰芳"}, [("a", "b"), ("b", "c")], [])


def test_a_number_merged_back_becomes_the_one_that_stays(feed: Source) -> None:
    deliver(feed, lan("a"), lan("b"))
    deliver(feed, merged("a", "b", 8))
    deliver(feed, merged("b", "a", 9))
    deliver(feed, glucose("o1", "a"), glucose("o2", "b"))
    assert (shown(), active()) == ({"o1": "贺兰芳", "o2": "贺兰芳"}, [("b", "a")])


def test_a_number_cannot_be_merged_into_itself(feed: Source) -> None:
    deliver(feed, lan("old"), merged("old", "old"))
    assert (active(), waiting()) == ([], [])


def test_two_successors_of_one_number_are_refused(feed: Source) -> None:
    link = [{"other": {"reference": f"Patient/{new}"}, "type": "replaced-by"} for new in ("n1", "n2")]
    deliver(feed, {"resourceType": "Patient", "id": "old", "active": False, "link": link})
    assert waiting() == ["unreadable"]


def test_a_new_number_without_an_id_number_is_known_through_the_old_one_where_all_agrees(feed: Source) -> None:
    deliver(feed, lan("old"))
    deliver(feed, patient(None, id="new"), merged(), glucose("o1", "new"))
    swept()
    assert (shown(), waiting()) == ({"o1": "贺兰芳"}, [])


def test_such_a_number_may_come_after_the_merge(feed: Source) -> None:
    deliver(feed, lan("old"), merged())
    deliver(feed, patient(None, id="new"), glucose("o1", "new"))
    swept()
    assert (shown(), active(), waiting()) == ({"o1": "贺兰芳"}, [("old", "new")], [])


def test_a_new_number_without_an_id_number_under_another_name_is_nobodys(feed: Source) -> None:
    deliver(feed, lan("old"))
    deliver(feed, patient(None, id="new", name=[{"text": "何兰芳"}]), merged(), glucose("o1", "new"))
    swept()
    assert (shown(), active()) == ({}, [])


def test_numbers_of_another_feed_are_not_merged(feed: Source, county: Facility) -> None:
    other = factories.source(county, "county-lis")
    deliver(feed, lan(), merged())
    deliver(other, glucose("o1"))
    assert (shown(), waiting()) == ({}, ["unknown_subject"])


# Where the two are different residents.


def two_residents(feed: Source) -> None:
    """王建国 under the old number, 贺兰芳 under the new one, and a result of each."""
    deliver(feed, wang("old"), lan(), glucose("o1"), glucose("n1", "new"))
    deliver(feed, merged())


def test_numbers_of_different_residents_are_never_merged_silently(feed: Source) -> None:
    two_residents(feed)
    deliver(feed, glucose("o2"))
    assert shown() == {"o1": "王建国", "o2": "王建国", "n1": "贺兰芳"}
    assert ([case.question for case in rows(IdentityCase)], waiting()) == (["merged"], ["identity_conflict"])


def test_people_decide_that_they_are_one_and_what_was_and_what_comes_follows(feed: Source, clerk: Client) -> None:
    two_residents(feed)
    assert settle(clerk, "same") == "done"
    swept()
    deliver(feed, glucose("o2"))
    assert shown() == {"o1": "贺兰芳", "o2": "贺兰芳", "n1": "贺兰芳"}
    assert (active(), waiting()) == ([("old", "new")], [])


def test_undoing_the_decision_gives_each_row_back_to_whose_it_was(feed: Source, clerk: Client) -> None:
    two_residents(feed)
    settle(clerk, "same")
    swept()
    deliver(feed, glucose("o2"))
    assert settle(clerk, "undone", 1) == "done"
    swept(6)
    assert shown() == {"o1": "王建国", "o2": "王建国", "n1": "贺兰芳"}
    assert (active(), waiting()) == ([], ["identity_conflict"])
    (merge,) = rows(PatientMerge)
    assert (merge.merged_by, merge.undone_by) == ("窗口小马", "窗口小马")


def test_what_was_undone_can_be_decided_again(feed: Source, clerk: Client) -> None:
    two_residents(feed)
    for seen, verdict in enumerate(["same", "undone", "same"]):
        assert settle(clerk, verdict, seen) == "done"
        swept(5 + seen)
    assert (set(shown().values()), waiting()) == ({"贺兰芳"}, [])


def test_somebody_else_leaves_both_as_they_are(feed: Source, clerk: Client) -> None:
    two_residents(feed)
    settle(clerk, "different")
    swept()
    deliver(feed, glucose("o2"))
    assert shown() == {"o1": "王建国", "o2": "王建国", "n1": "贺兰芳"}
    assert (active(), waiting()) == ([], [])


def test_a_chain_moves_with_its_end_and_comes_back_link_by_link(feed: Source, clerk: Client) -> None:
    deliver(feed, wang("b"), lan("c"), merged("a", "b", 8), glucose("o1", "a"), glucose("o2", "b"))
    deliver(feed, merged("b", "c", 9))
    settle(clerk, "same")
    swept()
    assert shown() == {"o1": "贺兰芳", "o2": "贺兰芳"}
    settle(clerk, "undone", 1)
    swept(6)
    assert shown() == {"o1": "王建国", "o2": "王建国"}


# Taken back.


# As HL7 v2 says it.

A40, A37 = {"kind": "ADT^A40^ADT_A39"}, {"kind": "ADT^A37^ADT_A37"}


@pytest.fixture
def lis(county: Facility) -> Source:
    return factories.source(county, "county-lis", kind="hl7v2")
