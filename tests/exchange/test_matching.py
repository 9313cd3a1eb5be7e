"""Whose record it is; where anything disagrees, nothing is linked."""

import threading
from datetime import date
from typing import Any

import pytest

from facilities.models import Facility
from records.exchange.models import Held, IdentityCase, Source, SourcePatient
from records.models import Observation
from residents import documents
from residents.models import Identifier, Resident
from tests import factories
from tests.exchange.conftest import rows
from tests.exchange.sending import ID_CARD, counts, deliver, observation, patient, versioned
from tests.people import HELANFANG_NUMBER


def reason(feed: Source, *resources: Any) -> str:
    """Why the one message that is held is held."""
    deliver(feed, *resources)
    (held,) = rows(Held, resolved_at=None)
    return str(held.reason)


def test_a_known_person_is_linked_and_not_made_again(feed: Source) -> None:
    lan = factories.resident("贺兰芳", HELANFANG_NUMBER)
    deliver(feed, patient())
    assert [link.resident_id for link in rows(SourcePatient)] == [lan.pk]
    assert len(rows(Resident)) == 1


def test_a_valid_number_nobody_has_makes_a_new_person_without_an_account(feed: Source) -> None:
    deliver(feed, patient())
    (person,) = rows(Resident)
    assert (person.name, person.name_pinyin, person.sex, person.birth_date) == (
        "贺兰芳",
        "helanfang",
        "2",
        date(1957, 2, 13),
    )
    assert rows(Identifier)[0].index == documents.index_of("resident_id_card", HELANFANG_NUMBER)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([{"family": "贺", "given": ["兰芳"]}], "贺兰芳"),
        ([{"use": "old", "text": "旧名"}, {"text": "阿依古丽·买买提"}], "阿依古丽·买买提"),
        ([{"use": "official", "family": "Walsh", "given": ["Claudie", "Ann"]}], "Claudie Ann Walsh"),
    ],
)
def test_a_name_is_written_in_the_order_of_its_script(feed: Source, names: list[dict[str, Any]], expected: str) -> None:
    deliver(feed, patient(name=names))
    assert [person.name for person in rows(Resident)] == [expected]


def test_a_number_of_fifteen_digits_means_its_longer_form(feed: Source) -> None:
    old = HELANFANG_NUMBER[:6] + HELANFANG_NUMBER[8:17]
    deliver(feed, patient(old))
    assert rows(Identifier)[0].index == documents.index_of("resident_id_card", documents.from_legacy(old))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"number": None}, "no_identifier"),
        ({"number": " "}, "no_identifier"),
        ({"number": HELANFANG_NUMBER[:-1] + "0"}, "bad_identifier"),
        ({"number": "12345"}, "bad_identifier"),
        ({"gender": "male"}, "identity_conflict"),
        ({"birthDate": "1957-02-14"}, "identity_conflict"),
        ({"birthDate": "1957"}, "incomplete"),
        ({"birthDate": "1957-02-30"}, "unreadable"),
        ({"gender": "unknown"}, "incomplete"),
        ({"name": []}, "incomplete"),
        ({"name": "贺兰芳"}, "unreadable"),
    ],
)
def test_a_patient_nobody_can_be_sure_of_is_held_with_the_reason(
    feed: Source, fields: dict[str, Any], expected: str
) -> None:
    assert reason(feed, patient(**fields)) == expected
    assert rows(Resident) == []


def test_two_numbers_in_one_patient_are_a_conflict(feed: Source) -> None:
    numbers = [{"system": ID_CARD, "value": HELANFANG_NUMBER}, {"system": ID_CARD, "value": factories.id_number()}]
    assert reason(feed, patient(identifier=numbers)) == "identity_conflict"


def test_a_known_number_with_another_name_is_a_conflict(feed: Source) -> None:
    factories.resident("贺兰芳", HELANFANG_NUMBER)
    assert reason(feed, patient(name=[{"text": "何兰芳"}])) == "identity_conflict"
    assert rows(SourcePatient) == []


@pytest.mark.parametrize("name", ["贺 兰芳", "贺兰芳　"])
def test_blanks_and_width_make_no_other_name(feed: Source, name: str) -> None:
    factories.resident("贺兰芳", HELANFANG_NUMBER)
    deliver(feed, patient(name=[{"text": name}]))
    assert len(rows(SourcePatient)) == 1


def test_the_explanation_of_a_held_message_repeats_nothing_of_it(feed: Source) -> None:
    deliver(feed, patient(HELANFANG_NUMBER[:-1] + "0"))
    (held,) = rows(Held)
    assert not any(part in held.explanation for part in ("贺", "1957", "640199"))


def test_a_patient_number_given_to_somebody_else_is_trusted_no_longer(feed: Source) -> None:
    other = factories.id_number(date(1961, 5, 4), 13)
    deliver(feed, versioned(patient(), 1), observation())
    stranger = patient(other, name=[{"text": "王建国"}], gender="male", birthDate="1961-05-04")
    deliver(feed, versioned(stranger, 2))
    run = deliver(feed, observation(id="o2"))
    assert counts(run) == {"fetched": 1, "held": 1}
    assert {held.reason for held in rows(Held)} == {"identity_conflict", "unknown_subject"}


def test_a_corrected_patient_is_trusted_again_and_what_waited_is_applied(feed: Source) -> None:
    deliver(feed, versioned(patient(), 1))
    deliver(feed, versioned(patient(gender="male"), 2), observation())
    deliver(feed, versioned(patient(), 3))
    assert len(rows(Observation)) == 1
    assert [held.reason for held in rows(Held, resolved_at=None)] == ["identity_conflict"]


def test_a_reference_by_document_number_needs_the_name_as_well(feed: Source) -> None:
    number = {"system": ID_CARD, "value": HELANFANG_NUMBER}
    deliver(feed, patient())
    deliver(feed, observation(subject={"identifier": number, "display": "贺兰芳"}))
    assert len(rows(Observation)) == 1
    assert reason(feed, observation(id="o2", subject={"identifier": number})) == "identity_conflict"


def test_a_reference_by_an_unknown_number_waits_without_naming_it(feed: Source) -> None:
    number = {"system": ID_CARD, "value": HELANFANG_NUMBER}
    deliver(feed, observation(subject={"identifier": number, "display": "贺兰芳"}))
    (held,) = rows(Held)
    assert HELANFANG_NUMBER not in held.subject_reference
    deliver(feed, patient())
    assert len(rows(Observation)) == 1


def test_the_same_patient_number_at_two_facilities_is_two_patients(feed: Source) -> None:
    other = factories.source(factories.facility("TOWN1"), "town-files")
    deliver(feed, patient())
    run = deliver(other, observation())
    assert counts(run) == {"fetched": 1, "held": 1}


def test_an_address_on_another_server_is_nobody_we_know(feed: Source) -> None:
    deliver(feed, patient())
    elsewhere = {"reference": "http://elsewhere.example/fhir/Patient/p1"}
    assert reason(feed, observation(subject=elsewhere)) == "unknown_subject"


def test_two_facilities_meeting_a_new_person_at_once_make_one(county: Facility) -> None:
    feeds = [factories.source(factories.facility(f"T{n}"), f"feed-{n}") for n in range(6)]
    start = threading.Barrier(len(feeds))
    failures: list[BaseException] = []

    def arrive(feed: Source) -> None:
        from django.db import connections

        try:
            start.wait()
            deliver(feed, patient())
        except BaseException as failure:
            failures.append(failure)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=arrive, args=(feed,)) for feed in feeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert (len(rows(Resident)), len(rows(SourcePatient)), rows(Held)) == (1, 6, [])


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_a_newer_patient_without_a_number_says_nothing_against_the_link(feed: Source, order: tuple[int, int]) -> None:
    versions = {1: versioned(patient(), 1), 2: versioned(patient(None), 2)}
    for number in order:
        deliver(feed, versions[number])
    assert len(rows(SourcePatient, unlinked_at=None)) == 1


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_a_newer_patient_who_is_somebody_else_ends_the_link_in_any_order(feed: Source, order: tuple[int, int]) -> None:
    versions = {1: versioned(patient(), 1), 2: versioned(patient(gender="male"), 2)}
    for number in order:
        deliver(feed, versions[number])
    assert rows(SourcePatient, unlinked_at=None) == []


# Without an ID number, under a patient number that is known.


def test_a_patient_without_an_id_number_is_accepted_where_the_number_is_known_and_all_agrees(feed: Source) -> None:
    deliver(feed, versioned(patient(), 1))
    run = deliver(feed, versioned(patient(None), 2), observation())
    assert (counts(run), rows(Held)) == ({"fetched": 2, "new": 2}, [])


@pytest.mark.parametrize(
    "said", [{"name": [{"text": "王建国"}]}, {"gender": "male"}, {"birthDate": "1957-02-14"}], ids=lambda one: str(*one)
)
def test_what_then_disagrees_is_a_question_and_the_number_trusted_no_longer(feed: Source, said: dict[str, Any]) -> None:
    deliver(feed, versioned(patient(), 1))
    deliver(feed, versioned(patient(None, **said), 2), observation())
    assert [case.question for case in rows(IdentityCase)] == ["local"]
    assert (rows(SourcePatient, unlinked_at=None), rows(Observation)) == ([], [])


@pytest.mark.parametrize("missing", [{"gender": "unknown"}, {"birthDate": "1957"}], ids=lambda one: str(*one))
def test_what_cannot_be_compared_is_held_and_the_number_stays_known(feed: Source, missing: dict[str, Any]) -> None:
    deliver(feed, versioned(patient(), 1))
    deliver(feed, versioned(patient(None, **missing), 2), observation())
    assert ([held.reason for held in rows(Held)], len(rows(Observation))) == (["no_identifier"], 1)


def test_what_came_without_an_id_number_first_is_settled_when_the_number_comes(feed: Source) -> None:
    deliver(feed, versioned(patient(None), 1), observation())
    deliver(feed, versioned(patient(), 2))
    deliver(feed)
    assert (rows(Held, resolved_at=None), len(rows(Observation))) == ([], 1)


def test_a_new_name_under_the_same_id_number_is_asked_and_results_go_on(feed: Source) -> None:
    deliver(feed, versioned(patient(), 1))
    deliver(feed, versioned(patient(name=[{"text": "贺岚芳"}]), 2), observation())
    assert [case.question for case in rows(IdentityCase)] == ["differs"]
    assert (len(rows(SourcePatient, unlinked_at=None)), len(rows(Observation))) == (1, 1)
