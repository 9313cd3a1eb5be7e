"""Babies: never in their mother's record, never guessed, recorded once they have a number of their own."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from django.test import Client

from facilities.models import Facility
from foundation.rowsecurity import acting_as
from records.exchange import documents, newborns
from records.exchange.models import Held, IdentityCase, Source, SourcePatient, StoredFile
from records.exchange.waking import PERHAPS_A_BABYS
from records.models import Observation
from residents.models import Resident
from tests import factories
from tests.exchange.conftest import rows
from tests.exchange.hl7v2.messages import GLUCOSE, of, oru, text
from tests.exchange.sending import ID_CARD, deliver, observation, patient, versioned
from tests.exchange.test_merging import asked, settle, shown, swept, waiting
from tests.factories import NOON, id_number
from tests.people import HELANFANG_NUMBER
from tests.portal.staffing import Enter

Clock = Callable[[], datetime]
BORN = date(2026, 11, 20)
BABY_NUMBER, TWIN_NUMBER = id_number(BORN, 21), id_number(BORN, 23)


def baby(number: str | None = None, *, id: str = "b1", name: str = "贺兰芳之子", **fields: Any) -> dict[str, Any]:
    said = {"name": [{"text": name}], "gender": "male", "birthDate": "2026-11-20"}
    return patient(number, id=id, **said | fields)


def result(id: str, number: str = "b1") -> dict[str, Any]:
    return observation(id=id, subject={"reference": f"Patient/{number}"})


@pytest.fixture
def mother(feed: Source) -> Resident:
    return factories.resident("贺兰芳", HELANFANG_NUMBER)


@pytest.fixture
def clerk(county: Facility, signed_in: Enter) -> Client:
    return signed_in(factories.staff("chuangkou", "窗口小马", county, "reception"))


@pytest.mark.parametrize(
    "name",
    [
        *("贺兰芳之子", "贺兰芳之女", "贺兰芳之长女", "贺兰芳之子A", "贺兰芳之双胞胎儿大", "新生儿贺", "贺兰芳男婴"),
        *("BABY OF HELANFANG", "HE LANFANG BABY", "B/O HE", "NEWBORN HE"),
    ],
)
def test_what_a_hospital_calls_a_baby_is_known_as_one(name: str) -> None:
    assert newborns.is_called_one(name)


@pytest.mark.parametrize("name", ["贺兰芳", "王之涣", "李子", "阿依古丽·买买提", "Babyak Anna", "子女", "陈婴"])
def test_other_names_are_no_babys(name: str) -> None:
    assert not newborns.is_called_one(name)


@pytest.mark.parametrize("name", ["贺兰芳之子", "贺小宝"])
def test_a_baby_without_a_number_waits_with_a_reason_that_a_clerk_understands(
    feed: Source, mother: Resident, name: str
) -> None:
    deliver(feed, baby(name=name), result("o1"))
    held = {one.kind: one for one in rows(Held)}
    assert held["Patient"].reason == "newborn"
    assert "新生儿尚无身份证号" in held["Patient"].explanation
    assert (shown(), len(rows(Resident))) == ({}, 1)


def test_an_adult_without_a_number_is_no_newborn(feed: Source) -> None:
    deliver(feed, patient(None))
    assert waiting() == ["no_identifier"]


def test_its_results_are_recorded_when_the_number_comes_under_the_same_patient_number(
    feed: Source, mother: Resident
) -> None:
    deliver(feed, baby(), result("o1"))
    deliver(feed, baby(BABY_NUMBER, name="贺小宝"))
    swept()
    deliver(feed, result("o2"))
    # What it was called before says nothing against the name it has now.
    assert (shown(), waiting(), len(rows(Resident))) == ({"o1": "贺小宝", "o2": "贺小宝"}, [], 2)


def test_twins_of_one_mother_are_two(feed: Source, mother: Resident) -> None:
    deliver(feed, baby(multipleBirthInteger=1), result("o1"))
    deliver(feed, baby(id="b2", multipleBirthInteger=2), result("o2", "b2"))
    deliver(feed, baby(TWIN_NUMBER, id="b2", name="贺小贝"))
    assert shown() == {"o2": "贺小贝"}
    deliver(feed, baby(BABY_NUMBER, name="贺小宝"))
    assert shown() == {"o1": "贺小宝", "o2": "贺小贝"}


def test_a_baby_under_its_mothers_id_number_is_held_and_nobody_may_link_them(
    feed: Source, mother: Resident, clerk: Client
) -> None:
    deliver(feed, baby(HELANFANG_NUMBER), result("o1"))
    (case,) = rows(IdentityCase)
    assert (case.question, case.linkable, rows(SourcePatient)) == ("newborn", False, [])
    assert [settle(clerk, "same"), settle(clerk, "different")] == ["late", "done"]
    swept()
    assert shown() == {}


def test_a_wrong_birth_date_of_an_adult_is_no_newborn(feed: Source, mother: Resident) -> None:
    deliver(feed, patient(birthDate="1958-02-13"))
    assert [case.question for case in rows(IdentityCase)] == ["contradicts"]


def test_a_wrong_birth_date_of_a_baby_with_its_own_number_can_be_settled(feed: Source) -> None:
    factories.resident("贺小宝", BABY_NUMBER)
    deliver(feed, baby(BABY_NUMBER, name="贺小宝", birthDate="2026-11-19"))
    assert [(case.question, case.linkable) for case in rows(IdentityCase)] == [("contradicts", True)]


def test_a_result_that_names_a_baby_by_its_mothers_number_is_never_hers(feed: Source, mother: Resident) -> None:
    named = {"identifier": {"system": ID_CARD, "value": HELANFANG_NUMBER}, "display": "贺兰芳之子"}
    deliver(feed, observation(subject=named))
    assert [(case.question, case.linkable) for case in rows(IdentityCase)] == [("newborn", False)]


def test_a_baby_under_its_mothers_patient_number_stops_what_comes_under_it_until_people_decide(
    feed: Source, mother: Resident, clerk: Client
) -> None:
    deliver(feed, versioned(patient(id="m1"), 1), result("o1", "m1"))
    deliver(feed, versioned(baby(id="m1"), 2), result("o2", "m1"))
    deliver(feed, versioned(patient(id="m1"), 3))
    swept()
    assert shown() == {"o1": "贺兰芳"}
    assert sorted(case.question for case in rows(IdentityCase)) == ["newborn", "reused"]


def test_what_may_be_the_babys_is_not_hers_because_the_number_is_hers_again(
    feed: Source, mother: Resident, clerk: Client
) -> None:
    deliver(feed, versioned(patient(id="m1"), 1))
    deliver(feed, versioned(baby(id="m1"), 2), result("o1", "m1"))
    deliver(feed, versioned(patient(id="m1"), 3))
    (case,) = rows(IdentityCase, question="reused")
    assert asked(clerk, "app.settle_identity(%s, 'same', '电话问过本人', 0, NULL, '')", case.pk) == "done"
    swept()
    deliver(feed, result("o2", "m1"))
    assert shown() == {"o2": "贺兰芳"}
    (held,) = rows(Held, identifier="o1")
    assert held.explanation == PERHAPS_A_BABYS
    with acting_as("owner"):
        Held.objects.filter(pk=held.pk).update(retry_requested_at=NOON)
    swept(6)
    assert shown() == {"o1": "贺兰芳", "o2": "贺兰芳"}


# As HL7 v2 says it.

BABY_PID = "PID|1||{number}^^^HIS^PI{card}||贺兰芳之子||20261120|M|||||||||||||{mother}|||Y|{order}"


def pid(number: str = "9", card: str = "", mother: str = "", order: str = "1") -> str:
    return BABY_PID.format(number=number, card=f"~{card}^^^^NI" if card else "", mother=mother, order=order)


@pytest.fixture
def his(county: Facility) -> Source:
    return factories.source(county, "county-his", kind="hl7v2")


def send(his: Source, clock: Clock, *messages: str) -> None:
    with acting_as("worker"):
        for message in messages:
            documents.keep(message.encode(), his, StoredFile.Layout.HL7V2, "MSG00001", NOON)
            documents.translate(his.pk, clock=clock)


MOTHER_PID = f"PID|1||7^^^HIS^PI~{HELANFANG_NUMBER}^^^^NI||贺^兰芳||19570213|F"


def test_a_baby_under_its_mothers_number_is_told_from_her_where_the_message_says_so(his: Source, clock: Clock) -> None:
    first = oru(GLUCOSE, pid=pid("7", mother="7^^^HIS^PI"))
    send(his, clock, oru(GLUCOSE, pid=MOTHER_PID).replace("L5001", "L5000"), first, text(MOTHER_PID, kind="ADT^A08"))
    assert (list(shown().values()), waiting()) == (["贺兰芳"], ["newborn", "unknown_subject", "unknown_subject"])


def test_twins_under_one_number_are_told_apart() -> None:
    ids = {of("Patient", oru(GLUCOSE, pid=pid("7", mother="7^^^HIS^PI", order=order)))[0]["id"] for order in ("1", "2")}
    assert len(ids) == 2


def test_the_order_of_birth_is_read() -> None:
    patients = [of("Patient", oru(GLUCOSE, pid=pid(order=order)))[0] for order in ("2", "", "x")]
    assert [one.get("multipleBirthInteger", one.get("multipleBirthBoolean")) for one in patients] == [2, True, True]


def test_a_baby_known_only_by_its_mothers_card_and_name_is_not_taken_for_her(his: Source, clock: Clock) -> None:
    factories.resident("贺兰芳", HELANFANG_NUMBER)
    named_after_her = f"PID|1||{HELANFANG_NUMBER}^^^^NI||贺^兰芳||20261120|F"
    send(his, clock, oru(GLUCOSE, pid=named_after_her))
    assert (rows(Observation), [case.question for case in rows(IdentityCase)]) == ([], ["newborn"])


def test_a_babys_own_card_later_brings_its_results_into_its_record(his: Source, clock: Clock) -> None:
    named = pid(card=BABY_NUMBER).replace("贺兰芳之子", "贺小宝")
    send(his, clock, oru(GLUCOSE, pid=pid()), text(named, kind="ADT^A08"))
    assert list(shown().values()) == ["贺小宝"]
