"""A merge ends: by the feed that sent it, by staff, or because the number is doubted."""

from django.test import Client

from facilities.models import Facility
from records.exchange.models import IdentityCase, PatientMerge, Source, SourcePatient
from records.models import Observation
from tests import factories
from tests.exchange.conftest import rows
from tests.exchange.sending import at_utc, deliver, versioned
from tests.exchange.test_merging import active, asked, clerk, glucose, lan, merged, shown, swept, undo, waiting, wang
from tests.exchange.twice import listed, sent
from tests.portal.staffing import Enter

__all__ = ["clerk"]


def test_a_fhir_patient_without_its_link_ends_the_merge(feed: Source) -> None:
    deliver(feed, lan(), merged(), glucose("o1"))
    deliver(feed, versioned(wang("old"), updated=at_utc(13)))
    swept()
    assert (shown(), active()) == ({"o1": "王建国"}, [])


def test_an_older_patient_that_comes_late_ends_no_merge(feed: Source) -> None:
    deliver(feed, lan(), merged(hour=12), glucose("o1"))
    deliver(feed, versioned(lan("old"), updated=at_utc(9)))
    assert (shown(), active()) == ({"o1": "贺兰芳"}, [("old", "new")])


def test_an_older_patient_that_says_the_number_was_somebody_elses_asks(feed: Source) -> None:
    deliver(feed, lan(), merged(hour=12))
    deliver(feed, versioned(wang("old"), updated=at_utc(9)))
    assert [case.question for case in rows(IdentityCase)] == ["reused"]
    assert [link.identifier for link in rows(SourcePatient, unlinked_at=None)] == ["new"]


def test_a_merge_older_than_the_patient_who_says_otherwise_does_nothing(feed: Source) -> None:
    deliver(feed, lan(), versioned(lan("old"), updated=at_utc(13)))
    deliver(feed, merged(hour=12))
    assert (active(), waiting()) == ([], [])


def test_staff_undo_a_merge_and_what_nobody_had_waits_again(feed: Source, clerk: Client) -> None:
    deliver(feed, lan(), glucose("n1", "new"), merged(), glucose("o1"))
    assert undo(clerk) == "done"
    swept()
    assert (shown(), active(), waiting()) == ({"n1": "贺兰芳"}, [], ["unknown_subject"])
    (merge,) = rows(PatientMerge)
    assert (merge.undone_by, merge.reason) == ("窗口小马", "合并错了")
    assert [row.withdrawn_at is not None for row in rows(Observation, identifier="o1")] == [True]


def test_undone_by_staff_a_number_of_the_same_resident_keeps_its_own_link(feed: Source, clerk: Client) -> None:
    deliver(feed, lan("old"), lan(), glucose("o1"), merged())
    undo(clerk)
    swept()
    assert (shown(), len(rows(Observation))) == ({"o1": "贺兰芳"}, 1)


def test_in_the_middle_of_a_chain_only_what_came_that_way_goes_back(feed: Source, clerk: Client) -> None:
    deliver(feed, lan("c"), merged("b", "c", 9), merged("a", "b", 8), glucose("o1", "a"), glucose("o2", "b"))
    first = next(one for one in rows(PatientMerge) if one.old == "a")
    assert asked(clerk, "app.undo_merge(%s, '合并错了', NULL, '')", first.pk) == "done"
    swept()
    assert (shown(), active()) == ({"o2": "贺兰芳"}, [("b", "c")])


def test_a_merge_is_undone_once_with_a_reason_by_its_own_facility(
    feed: Source, clerk: Client, signed_in: Enter
) -> None:
    deliver(feed, lan(), merged())
    stranger = signed_in(factories.staff("town", "乡镇窗口", factories.facility("TOWN1"), "reception"))
    assert undo(stranger) is None
    assert [undo(clerk, " "), undo(clerk), undo(clerk)] == ["reason", "done", "late"]


def test_who_is_the_resident_does_not_undo_it(feed: Source, county: Facility, signed_in: Enter) -> None:
    deliver(feed, lan(), merged())
    assert undo(signed_in(factories.staff("lan", "贺兰芳", county, "reception"))) == "own"


def test_a_number_that_is_doubted_takes_those_merged_into_it_along_and_back(feed: Source) -> None:
    deliver(feed, versioned(lan(), 1), merged())
    deliver(feed, versioned(lan(gender="male"), 2))
    deliver(feed, glucose("o1"))
    assert (rows(SourcePatient, unlinked_at=None), shown()) == ([], {})
    deliver(feed, versioned(lan(), 3))
    swept()
    assert shown() == {"o1": "贺兰芳"}


def test_what_another_feed_said_too_is_listed_again_when_a_merge_is_undone(
    feed: Source, township: Source, clerk: Client
) -> None:
    deliver(feed, lan(), merged("p1"), *sent()[1:])
    deliver(township, *sent())
    assert [row.source_id for row in listed()] == [feed.pk]
    undo(clerk)
    swept()
    assert [row.source_id for row in listed() if row.withdrawn_at is None] == [township.pk]
