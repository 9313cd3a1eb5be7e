"""Staff settle whose a message is: linked, returned, undone; the worker carries it out."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connections
from django.test import Client

from facilities.models import Facility
from foundation.rowsecurity import acting_as
from records.exchange.models import Held, IdentityCase, IdentityFacts, InboundKey, Source, SourcePatient
from records.exchange.retrying import sweep
from records.models import Observation, Report
from residents.models import Resident
from tests import factories
from tests.exchange.conftest import rows
from tests.exchange.sending import ID_CARD, deliver, observation, patient, report, versioned
from tests.factories import NOON
from tests.people import HELANFANG_NUMBER
from tests.portal.staffing import Enter
from tests.sessions import session_of

OTHER_NAME = [{"text": "何兰芳"}]


@pytest.fixture
def lan(feed: Source) -> Resident:
    """贺兰芳, registered."""
    return factories.resident("贺兰芳", HELANFANG_NUMBER)


@pytest.fixture
def clerk(county: Facility, signed_in: Enter) -> Client:
    """Somebody at the hospital's registration window."""
    return signed_in(factories.staff("chuangkou", "窗口小马", county, "reception"))


def settle(clerk: Client, verdict: str, seen: int = 0, reason: str = "电话问过本人") -> str | None:
    """What the database answers to a decision about the one case there is."""
    (case,) = rows(IdentityCase)
    with session_of(clerk), connections["default"].cursor() as cursor:
        cursor.execute("SELECT app.settle_identity(%s, %s, %s, %s, NULL, '')", [case.pk, verdict, reason, seen])
        answer: str | None = cursor.fetchone()[0]
    return answer


def swept(minutes: int = 5) -> None:
    with acting_as("worker"):
        sweep(NOON + timedelta(minutes=minutes))


def wall() -> datetime:
    """What the clock on the wall says, however the tests' own clock is set."""
    return datetime.now(UTC)


def measured(value: str) -> dict[str, Any]:
    """A glucose of long ago."""
    return observation(value=value, effectiveDateTime="2020-01-06T08:10:00+08:00")


def current(model: Any) -> list[UUID]:
    """Whose the rows are that stand now."""
    return [row.resident_id for row in rows(model, superseded_at=None)]


def test_messages_that_say_the_same_ask_once(feed: Source, lan: Resident) -> None:
    deliver(feed, versioned(patient(name=OTHER_NAME), 1))
    deliver(feed, versioned(patient(name=OTHER_NAME, telecom=[]), 2))
    assert [case.question for case in rows(IdentityCase)] == ["differs"]
    assert [facts.resident_id for facts in rows(IdentityFacts)] == [lan.pk]
    assert len(rows(Held, resolved_at=None)) == 2


def test_a_message_that_says_something_else_asks_anew(feed: Source, lan: Resident) -> None:
    deliver(feed, versioned(patient(name=OTHER_NAME), 1))
    deliver(feed, versioned(patient(name=[{"text": "贺兰方"}]), 2))
    assert len(rows(IdentityCase)) == 2


def test_the_same_person_is_linked_and_what_waited_is_applied(feed: Source, lan: Resident, clerk: Client) -> None:
    deliver(feed, patient(name=OTHER_NAME), observation(), report())
    assert settle(clerk, "same") == "done"
    swept()
    assert [link.resident_id for link in rows(SourcePatient, unlinked_at=None)] == [lan.pk]
    assert (current(Observation), current(Report)) == ([lan.pk], [lan.pk])
    assert rows(Held, resolved_at=None) == []


def test_what_was_decided_holds_for_later_messages_that_say_the_same(
    feed: Source, lan: Resident, clerk: Client
) -> None:
    deliver(feed, versioned(patient(name=OTHER_NAME), 1))
    settle(clerk, "same")
    swept()
    deliver(feed, versioned(patient(name=OTHER_NAME, telecom=[]), 2), observation())
    swept(6)
    assert (current(Observation), rows(Held, resolved_at=None)) == ([lan.pk], [])


def test_sex_and_birth_that_contradict_the_number_can_be_settled_too(
    feed: Source, lan: Resident, clerk: Client
) -> None:
    deliver(feed, patient(birthDate="1957-02-14"), observation())
    settle(clerk, "same")
    swept()
    assert current(Observation) == [lan.pk]


def test_a_number_given_to_somebody_new_moves_and_earlier_rows_stay(feed: Source, clerk: Client) -> None:
    deliver(feed, versioned(patient(), 1), observation())
    stranger = patient(
        factories.id_number(NOON.date().replace(1961, 5, 4), 13),
        name=[{"text": "王建国"}],
        gender="male",
        birthDate="1961-05-04",
    )
    deliver(feed, versioned(stranger, 2), observation(id="o2"))
    assert settle(clerk, "same") == "done"
    swept()
    names = {resident.pk: resident.name for resident in rows(Resident)}
    assert sorted(names[whose] for whose in current(Observation)) == ["王建国", "贺兰芳"]


def test_an_engineer_who_tries_again_decides_nothing(feed: Source) -> None:
    deliver(feed, versioned(patient(), 1))
    other = factories.id_number(NOON.date().replace(1961, 5, 4), 13)
    deliver(feed, versioned(patient(other, name=[{"text": "王建国"}], gender="male", birthDate="1961-05-04"), 2))
    with acting_as("owner"):
        Held.objects.update(retry_requested_at=NOON)
    swept()
    assert rows(SourcePatient, unlinked_at=None) == []


def test_a_result_that_names_only_a_number_goes_to_whom_somebody_settled_on(
    feed: Source, lan: Resident, clerk: Client
) -> None:
    named = {"identifier": {"system": ID_CARD, "value": HELANFANG_NUMBER}, "display": "何兰芳"}
    deliver(feed, observation(subject=named))
    settle(clerk, "same")
    swept()
    assert current(Observation) == [lan.pk]


def test_somebody_else_goes_back_to_the_facility(feed: Source, lan: Resident, clerk: Client) -> None:
    deliver(feed, patient(name=OTHER_NAME), observation())
    assert settle(clerk, "different") == "done"
    swept()
    assert current(Observation) == []
    assert [held.resolution for held in rows(Held, kind="Patient")] == ["不是同一人，已退回机构"]
    assert [key.state for key in rows(InboundKey, kind="Patient")] == ["held"]


def test_a_corrected_patient_is_linked_after_the_return(feed: Source, lan: Resident, clerk: Client) -> None:
    deliver(feed, versioned(patient(name=OTHER_NAME), 1), observation())
    settle(clerk, "different")
    swept()
    deliver(feed, versioned(patient(), 2))
    assert current(Observation) == [lan.pk]


def test_undoing_a_link_takes_back_what_it_brought_and_asks_again(feed: Source, lan: Resident, clerk: Client) -> None:
    deliver(feed, patient(name=OTHER_NAME), observation(), report())
    settle(clerk, "same")
    swept()
    assert settle(clerk, "undone", 1) == "done"
    swept(6)
    assert (current(Observation), current(Report)) == ([], [])
    assert rows(SourcePatient, unlinked_at=None) == []
    assert {(row.superseded_at is None, row.withdrawn_at is None) for row in rows(Observation)} == {(False, False)}
    assert sorted(held.reason for held in rows(Held, resolved_at=None)) == [
        "identity_conflict",
        "unknown_subject",
        "unknown_subject",
    ]
    assert [case.state for case in rows(IdentityCase)] == ["open"]


def test_what_an_undone_link_brought_is_seen_by_nobody_who_signs_in(
    feed: Source, lan: Resident, clerk: Client, signed_in: Enter
) -> None:
    hers = signed_in(factories.account(lan))
    deliver(feed, patient(name=OTHER_NAME), observation(), report())
    seen = []
    for number, verdict in enumerate(["same", "undone"]):
        settle(clerk, verdict, number)
        swept(5 + number)
        with session_of(hers):
            seen.append((Observation.objects.count(), Report.objects.count()))
    assert seen == [(1, 1), (0, 0)]


def test_undoing_leaves_what_came_under_another_number_of_the_same_person(
    feed: Source, lan: Resident, clerk: Client
) -> None:
    deliver(feed, patient(name=OTHER_NAME), observation())
    settle(clerk, "same")
    swept()
    deliver(feed, patient(id="p2"), observation(id="o2", subject={"reference": "Patient/p2"}))
    settle(clerk, "undone", 1)
    swept(6)
    assert [row.identifier for row in rows(Observation, superseded_at=None)] == ["o2"]
    assert len(rows(Observation, identifier="o2")) == 1  # never taken back, not even for a moment


def test_what_the_undone_link_had_replaced_is_current_again(feed: Source, lan: Resident, clerk: Client) -> None:
    # By the clock on the wall: the keys of rows say when they were made.
    deliver(feed, versioned(patient(), 1), versioned(measured("5.60"), 1), now=wall())
    deliver(feed, versioned(patient(name=OTHER_NAME), 2), now=wall())
    settle(clerk, "same")
    with acting_as("worker"):
        sweep(wall())
    deliver(feed, versioned(measured("9.90"), 2), now=wall())
    assert [row.value_text for row in rows(Observation, superseded_at=None)] == ["9.90"]
    settle(clerk, "undone", 1)
    with acting_as("worker"):
        sweep(wall())
    assert [row.value_text for row in rows(Observation, superseded_at=None)] == ["5.60"]


def test_what_was_undone_can_be_linked_again(feed: Source, lan: Resident, clerk: Client) -> None:
    deliver(feed, patient(name=OTHER_NAME), observation())
    for seen, verdict in enumerate(["same", "undone", "same"]):
        assert settle(clerk, verdict, seen) == "done"
        swept(5 + seen)
    assert (current(Observation), rows(Held, resolved_at=None)) == ([lan.pk], [])


def test_undoing_a_return_puts_the_message_back_among_the_held(feed: Source, lan: Resident, clerk: Client) -> None:
    deliver(feed, patient(name=OTHER_NAME))
    for seen, verdict in enumerate(["different", "undone"]):
        settle(clerk, verdict, seen)
        swept(5 + seen)
    assert [held.resolution for held in rows(Held)] == [""]


def test_a_decision_is_carried_out_once(feed: Source, lan: Resident, clerk: Client) -> None:
    deliver(feed, patient(name=OTHER_NAME))
    settle(clerk, "same")
    swept()
    swept(6)
    assert len(rows(SourcePatient)) == 1


def test_of_two_who_decide_at_once_one_comes_late(feed: Source, lan: Resident, clerk: Client) -> None:
    deliver(feed, patient(name=OTHER_NAME))
    assert [settle(clerk, "different"), settle(clerk, "same")] == ["done", "late"]


def test_several_numbers_can_only_go_back(feed: Source, lan: Resident, clerk: Client) -> None:
    numbers = [{"system": ID_CARD, "value": HELANFANG_NUMBER}, {"system": ID_CARD, "value": factories.id_number()}]
    deliver(feed, patient(identifier=numbers))
    assert [settle(clerk, "same"), settle(clerk, "different")] == ["late", "done"]


def test_nobody_decides_without_saying_why(feed: Source, lan: Resident, clerk: Client) -> None:
    deliver(feed, patient(name=OTHER_NAME))
    assert settle(clerk, "same", reason=" ") == "reason"


def test_nobody_settles_a_case_about_themselves(
    feed: Source, lan: Resident, county: Facility, signed_in: Enter
) -> None:
    deliver(feed, patient(name=OTHER_NAME))
    namesake = signed_in(factories.staff("lan", "贺兰芳", county, "reception"))
    assert settle(namesake, "same") == "own"


@pytest.mark.parametrize("role", ["engineer", "clinician", "auditor", "administrator", "village_doctor", "editor"])
def test_other_roles_settle_nothing(role: str, feed: Source, lan: Resident, county: Facility, signed_in: Enter) -> None:
    deliver(feed, patient(name=OTHER_NAME))
    assert settle(signed_in(factories.staff("other", "旁人", county, role)), "same") is None


def test_another_facility_settles_nothing(feed: Source, lan: Resident, signed_in: Enter) -> None:
    deliver(feed, patient(name=OTHER_NAME))
    elsewhere = factories.staff("town", "乡镇窗口", factories.facility("TOWN1"), "reception")
    assert settle(signed_in(elsewhere), "same") is None


# A new name under the same ID number: results go on while the question is open.


def renamed(feed: Source) -> None:
    """贺兰芳 with a result, then 何兰芳 with the same number, and another result."""
    deliver(feed, versioned(patient(), 1), observation(id="o1"), now=wall())
    deliver(feed, versioned(patient(name=OTHER_NAME), 2), observation(id="o2"), now=wall())


def decided(clerk: Client, verdict: str, seen: int = 0) -> None:
    """A decision, carried out by the clock on the wall: the keys of rows say when they were made."""
    assert settle(clerk, verdict, seen) == "done"
    with acting_as("worker"):
        sweep(wall())


def shown() -> list[str]:
    return sorted(row.identifier for row in rows(Observation, superseded_at=None))


def test_a_new_name_that_is_the_same_persons_changes_nothing(feed: Source, clerk: Client) -> None:
    renamed(feed)
    decided(clerk, "same")
    assert (shown(), len(rows(SourcePatient)), rows(Held, resolved_at=None)) == (["o1", "o2"], 1, [])


def test_a_new_name_that_is_somebody_elses_takes_back_what_came_since(feed: Source, clerk: Client) -> None:
    renamed(feed)
    assert shown() == ["o1", "o2"]
    decided(clerk, "different")
    deliver(feed, observation(id="o3"), now=wall())
    assert (shown(), rows(SourcePatient, unlinked_at=None)) == (["o1"], [])


def test_a_name_that_was_corrected_meanwhile_is_in_doubt_no_longer(feed: Source, clerk: Client) -> None:
    renamed(feed)
    deliver(feed, versioned(patient(), 3), now=wall())
    decided(clerk, "different")
    assert (shown(), len(rows(SourcePatient, unlinked_at=None))) == (["o1", "o2"], 1)
