"""The desk where a facility's doctors call people about critical results."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse

from foundation.rowsecurity import acting_as
from records.exchange import opening
from records.exchange.models import CriticalCase, CriticalStep, Source
from records.models import Observation
from residents.models import Account, Notice, ReadTally
from tests import factories
from tests.exchange.sending import deliver, observation, patient, report
from tests.factories import NOON
from tests.people import People
from tests.portal.staffing import Enter, colleague, events, the
from tests.sessions import session_of

LIST = "staff:critical"
GENDERS = {"1": "male", "2": "female"}
HIGH = [{"coding": [{"code": "HH"}]}]


@pytest.fixture
def feed(people: People) -> Source:
    return factories.source(people.county)


@pytest.fixture
def case(people: People, feed: Source) -> CriticalCase:
    """Her potassium at the county hospital."""
    deliver(feed, patient(), observation(value="6.80", code={"text": "钾"}, interpretation=HIGH), report())
    found: CriticalCase = the(CriticalCase)
    return found


@pytest.fixture
def doctor(people: People, signed_in: Enter) -> Client:
    return signed_in(people.chenyisheng)


def address(case: CriticalCase) -> str:
    return reverse("staff:critical_case", args=[case.pk])


def page_of(client: Client, case: CriticalCase) -> str:
    return client.get(address(case)).content.decode()


def call(client: Client, case: CriticalCase, deed: str, seen: int = 0, **said: str) -> Any:
    fields = {"reached": "self", "advice": "emergency"} | said
    return client.post(address(case), {"deed": deed, "seen": seen, **fields}, follow=True)


def steps() -> list[tuple[str, str, str, str]]:
    with acting_as("owner"):
        return list(CriticalStep.objects.values_list("deed", "reached", "advice", "done_name"))


def her_result(client: Client) -> list[Any]:
    with session_of(client), connections["default"].cursor() as cursor:
        cursor.execute("SELECT value_text FROM records_observation")
        return cursor.fetchall()


def test_one_page_has_all_that_a_call_needs(case: CriticalCase, doctor: Client) -> None:
    page = page_of(doctor, case)
    assert [words for words in ("贺兰芳", "19900000001", "钾", "6.80", "mmol/L", "危急高值") if words not in page] == []


def test_the_list_names_nobody_and_nothing(case: CriticalCase, doctor: Client) -> None:
    page = doctor.get(reverse(LIST)).content.decode()
    assert (str(case.pk) in page, "兰芳" in page, "6.80" in page, "钾" in page) == (True, False, False, False)


def test_each_look_is_in_the_log_of_the_person_and_counted(case: CriticalCase, people: People, doctor: Client) -> None:
    response = doctor.get(address(case))
    (event,) = events(action="exchange.read_critical")
    assert (event.resident_id, event.facility_id) == (people.helanfang.pk, people.county.pk)
    with acting_as("worker"):
        tallies = ReadTally.objects.filter(reference=response.wsgi_request.reference)
        assert [tally.view for tally in tallies] == ["staff:critical_case"]


def test_a_call_opens_the_result_at_once_and_the_person_is_told(
    case: CriticalCase, people: People, doctor: Client, signed_in: Enter
) -> None:
    hers = signed_in(people.helanfang_account)
    before = her_result(hers)
    call(doctor, case, "told")
    assert (before, her_result(hers)) == ([], [("6.80",)])
    with acting_as("worker"):
        opening.sweep(NOON)
    assert [notice.kind for notice in notices()] == ["report_ready"]


def notices() -> list[Notice]:
    with acting_as("owner"):
        return list(Notice.objects.filter(kind="report_ready"))


def test_a_call_is_kept_with_who_made_it_whom_it_reached_and_what_was_said(case: CriticalCase, doctor: Client) -> None:
    call(doctor, case, "told", reached="family", advice="revisit")
    assert steps() == [("told", "family", "revisit", "陈医生")]
    assert [event.actor_name for event in events(action="exchange.told_critical")] == ["陈医生"]


def test_without_saying_who_answered_nothing_opens(case: CriticalCase, doctor: Client) -> None:
    page = call(doctor, case, "told", reached="").content.decode()
    assert (steps(), "贺兰芳" in page) == ([], True)
    assert the(Observation).release == "pending"


def test_nobody_answering_is_counted_and_opens_nothing(case: CriticalCase, doctor: Client) -> None:
    call(doctor, case, "missed")
    call(doctor, case, "missed", 1)
    assert "打过 2 次没联系上" in doctor.get(reverse(LIST)).content.decode()
    assert the(Observation).release == "pending"


def test_who_comes_second_learns_that_it_is_done(case: CriticalCase, doctor: Client) -> None:
    call(doctor, case, "missed")
    assert "情况已经变了" in call(doctor, case, "told").content.decode()
    assert [deed for deed, *_ in steps()] == ["missed"]


def test_after_the_call_the_page_tells_nothing_more(case: CriticalCase, doctor: Client) -> None:
    call(doctor, case, "told")
    page = page_of(doctor, case)
    assert ("已联系本人" in page, "6.80" in page, "贺兰芳" in page) == (True, False, False)


def test_handed_on_her_village_doctor_sees_it_and_both_may_call(
    case: CriticalCase, people: People, doctor: Client, signed_in: Enter
) -> None:
    village = signed_in(people.licunyi)
    before = village.get(address(case)).status_code
    assert "转给河东镇卫生院" in page_of(doctor, case)
    call(doctor, case, "handed")
    assert (before, "6.80" in page_of(village, case), "6.80" in page_of(doctor, case)) == (404, True, True)
    call(village, case, "told", 1)
    assert the(CriticalCase).state == "told"


@pytest.mark.parametrize("role", ["engineer", "reception", "auditor", "administrator", "security", "editor"])
def test_other_roles_do_not_come_in(role: str, case: CriticalCase, people: People, signed_in: Enter) -> None:
    client = signed_in(colleague(people, role))
    assert (client.get(reverse(LIST)).status_code, client.get(address(case)).status_code) == (403, 403)


def test_the_head_sees_that_somebody_must_call_and_not_about_whom(
    case: CriticalCase, people: People, signed_in: Enter
) -> None:
    head = signed_in(factories.staff("fuzeren", "负责人", people.county, "manager"))
    with acting_as("worker"):
        opening.sweep(case.opened_at + timedelta(hours=2))
    page = head.get(reverse(LIST)).content.decode()
    assert ("超时没有联系" in page, head.get(address(case)).status_code) == (True, 403)


def test_another_facility_finds_nothing(case: CriticalCase, people: People, signed_in: Enter) -> None:
    client = signed_in(people.licunyi)
    assert str(case.pk) not in client.get(reverse(LIST)).content.decode()
    assert (client.get(address(case)).status_code, call(client, case, "told").status_code) == (404, 404)


def test_nobody_calls_oneself(people: People, feed: Source, signed_in: Enter) -> None:
    number = factories.id_number()
    own = factories.resident("陈医生", number)
    with acting_as("owner"):
        Account.objects.filter(pk=people.chenyisheng.pk).update(resident=own)
    him = patient(number, name=[{"text": own.name}], gender=GENDERS[own.sex])
    deliver(feed, him | {"birthDate": own.birth_date.isoformat()}, observation(interpretation=HIGH))
    case, client = the(CriticalCase), signed_in(people.chenyisheng)
    assert (client.get(address(case)).status_code, call(client, case, "told").status_code) == (404, 404)


def test_a_colleagues_session_cannot_read_the_row_itself(case: CriticalCase, doctor: Client) -> None:
    page_of(doctor, case)
    assert her_result(doctor) == []


def test_the_first_page_counts_what_waits(case: CriticalCase, doctor: Client) -> None:
    page = doctor.get(reverse("staff:index")).content.decode()
    assert '危急值</span> <span class="desk-count">1' in page
