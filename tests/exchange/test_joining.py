"""A PACS or LIS that uses the patient numbers of its hospital's system: linked by the number, where the name agrees."""

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from facilities.models import Facility
from foundation.rowsecurity import acting_as
from records.exchange import documents, joining
from records.exchange.models import IdentityCase, Source, SourcePatient, StoredFile
from records.models import ImagingStudy
from tests import factories
from tests.exchange.conftest import rows
from tests.exchange.pacs.answers import answer, study
from tests.exchange.sending import deliver, observation, patient, versioned
from tests.exchange.test_merging import merged, settle, shown, swept, undo, waiting, wang
from tests.factories import NOON
from tests.portal.staffing import Enter

Clock = Callable[[], datetime]
OPTIONS = {joining.OPTION: "county-files"}


def known(id: str = "HIS.10020137", **fields: Any) -> dict[str, Any]:
    """贺兰芳, as the hospital system knows her."""
    return patient(id=id, **fields)


def unnumbered(id: str = "10020137", **fields: Any) -> dict[str, Any]:
    """The same patient number with a name, in a system that has no ID numbers."""
    return {"resourceType": "Patient", "id": id, "name": [{"text": "贺兰芳"}], **fields}


def result(id: str = "o1", number: str = "10020137") -> dict[str, Any]:
    return observation(id=id, subject={"reference": f"Patient/{number}"})


@pytest.fixture
def lis(county: Facility) -> Source:
    """The laboratory's feed, which uses the hospital system's numbers."""
    return factories.source(county, "county-lis", options=OPTIONS)


def problem(source: Source) -> str:
    with acting_as("worker"):
        return joining.problem(source)


def test_a_number_that_the_hospital_system_knows_is_linked_where_the_name_agrees(feed: Source, lis: Source) -> None:
    deliver(feed, known())
    deliver(lis, unnumbered(), result())
    assert (shown(), waiting()) == ({"o1": "贺兰芳"}, [])


def test_it_is_linked_also_where_the_hospital_system_speaks_later(feed: Source, lis: Source) -> None:
    deliver(lis, unnumbered(), result())
    deliver(feed, known())
    swept()
    assert (shown(), waiting()) == ({"o1": "贺兰芳"}, [])


@pytest.mark.parametrize("said", [{"gender": "male"}, {"birthDate": "1957-02-14"}, {"name": [{"text": "何兰芳"}]}])
def test_what_disagrees_is_a_question_for_people(feed: Source, lis: Source, said: dict[str, Any]) -> None:
    deliver(feed, known())
    deliver(lis, unnumbered(**said), result())
    assert (shown(), [case.question for case in rows(IdentityCase)]) == ({}, ["local"])


def test_a_number_without_a_name_links_nobody(feed: Source, lis: Source) -> None:
    deliver(feed, known())
    deliver(lis, unnumbered(name=[]), result())
    assert shown() == {}


def test_without_the_setting_the_same_number_says_nothing(feed: Source, county: Facility) -> None:
    deliver(feed, known())
    deliver(factories.source(county, "county-other"), unnumbered(), result())
    assert (shown(), waiting()) == ({}, ["no_identifier", "unknown_subject"])


def test_a_number_of_another_facility_is_never_used(feed: Source) -> None:
    abroad = factories.source(factories.facility("TOWN1"), "town-lis", options=OPTIONS)
    deliver(feed, known())
    deliver(abroad, unnumbered(), result())
    assert (shown(), "同一机构" in problem(abroad)) == ({}, True)


def test_numbers_are_not_handed_on_from_source_to_source(feed: Source, lis: Source, county: Facility) -> None:
    third = factories.source(county, "county-pacs", options={joining.OPTION: "county-lis"})
    deliver(feed, known())
    deliver(third, unnumbered(), result())
    assert (shown(), "自己的患者编号" in problem(third)) == ({}, True)


def test_a_number_that_two_systems_of_the_hospital_gave_to_two_people_links_neither(feed: Source, lis: Source) -> None:
    deliver(feed, known(), wang("PEIS.10020137"))
    deliver(lis, unnumbered(), result())
    assert (shown(), waiting()) == ({}, ["no_identifier", "unknown_subject"])


def test_what_names_its_assigner_is_found_exactly(feed: Source, lis: Source) -> None:
    deliver(feed, known(), wang("PEIS.10020137"))
    deliver(lis, unnumbered("HIS.10020137"), result(number="HIS.10020137"))
    assert shown() == {"o1": "贺兰芳"}


def test_a_number_that_is_doubted_there_is_doubted_here_and_comes_back(feed: Source, lis: Source) -> None:
    deliver(feed, versioned(known(), 1))
    deliver(lis, unnumbered(), result())
    deliver(feed, versioned(known(gender="male"), 2))
    deliver(lis, result("o2"))
    assert (shown(), rows(SourcePatient, unlinked_at=None)) == ({"o1": "贺兰芳"}, [])
    deliver(feed, versioned(known(), 3))
    swept()
    assert shown() == {"o1": "贺兰芳", "o2": "贺兰芳"}


def test_a_merge_at_the_hospital_system_holds_for_those_who_share_its_numbers(feed: Source, lis: Source) -> None:
    deliver(feed, known("new"), merged())
    deliver(lis, unnumbered("old"), result(number="old"))
    assert shown() == {"o1": "贺兰芳"}


def test_a_study_of_a_pacs_links_itself(county: Facility, feed: Source, clock: Clock) -> None:
    pacs = factories.source(county, "county-pacs", kind="dicomweb", address="http://pacs", options=OPTIONS)
    deliver(feed, known("HIS.P10020137"))
    with acting_as("worker"):
        documents.keep(answer(study(t00101002=None, t00100030=None)), pacs, StoredFile.Layout.DICOM, "1", NOON)
        documents.translate(pacs.pk, clock=clock)
    assert (len(rows(ImagingStudy)), waiting()) == (1, [])


def test_whoever_speaks_first_at_once_the_result_finds_its_resident(feed: Source, lis: Source) -> None:
    deliveries = [(feed, [known()]), (lis, [unnumbered(), result()])]
    start, failures = threading.Barrier(2), []

    def arrive(source: Source, messages: list[Any]) -> None:
        from django.db import connections

        try:
            start.wait()
            deliver(source, *messages)
        except BaseException as failure:
            failures.append(failure)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=arrive, args=one) for one in deliveries]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    swept()
    assert (failures, shown(), waiting()) == ([], {"o1": "贺兰芳"}, [])


def test_a_merge_that_is_undone_there_gives_back_here_what_came_by_it(
    feed: Source, lis: Source, county: Facility, signed_in: Enter
) -> None:
    deliver(feed, known("new"), merged())
    deliver(lis, unnumbered("old"), result(number="old"))
    clerk = signed_in(factories.staff("chuangkou", "窗口小马", county, "reception"))
    assert undo(clerk) == "done"
    swept()
    assert shown() == {}


def test_a_merge_that_people_decide_there_moves_what_came_here_and_back(
    feed: Source, lis: Source, county: Facility, signed_in: Enter
) -> None:
    deliver(feed, known("new"), wang("old"))
    deliver(lis, unnumbered("old", name=[{"text": "王建国"}]), result(number="old"))
    deliver(feed, merged())
    clerk = signed_in(factories.staff("chuangkou", "窗口小马", county, "reception"))
    settle(clerk, "same")
    swept(5)
    assert shown() == {"o1": "贺兰芳"}
    settle(clerk, "undone", 1)
    swept(6)
    assert shown() == {"o1": "王建国"}
