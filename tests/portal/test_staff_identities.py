"""The page where people of a facility settle whose a message is."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from foundation.rowsecurity import acting_as
from records.exchange.models import IdentityCase, IdentityDecision, PatientMerge, Source
from records.exchange.retrying import sweep
from residents.models import ReadTally
from tests import factories
from tests.exchange.sending import deliver, patient
from tests.factories import NOON, id_number
from tests.people import HELANFANG_NUMBER, People
from tests.portal.staffing import Enter, colleague, events, the

LIST = "staff:identities"


@pytest.fixture
def case(people: People) -> IdentityCase:
    """The township calls 贺兰芳 何兰芳."""
    source: Source = factories.source(people.township)
    deliver(source, patient(name=[{"text": "何兰芳"}]), now=NOON)
    found: IdentityCase = the(IdentityCase)
    return found


@pytest.fixture
def clerk(people: People, signed_in: Enter) -> Client:
    return signed_in(colleague(people, "reception"))


def address(case: IdentityCase) -> str:
    return reverse("staff:identity", args=[case.pk])


def page_of(client: Client, case: IdentityCase) -> str:
    return client.get(address(case)).content.decode()


def answer(client: Client, case: IdentityCase, verdict: str, seen: int = 0, reason: str = "打电话问过本人") -> Any:
    return client.post(address(case), {"verdict": verdict, "reason": reason, "seen": seen}, follow=True)


def verdicts() -> list[str]:
    with acting_as("owner"):
        return list(IdentityDecision.objects.values_list("verdict", flat=True))


def test_both_sides_stand_side_by_side_and_what_differs_is_said(case: IdentityCase, clerk: Client) -> None:
    page = page_of(clerk, case)
    assert [words for words in ("何兰芳", "贺兰芳", "1957-02-13", "不同", "相同") if words not in page] == []


def test_a_document_number_is_masked(case: IdentityCase, clerk: Client) -> None:
    page = page_of(clerk, case)
    assert (HELANFANG_NUMBER in page, f"640{'*' * 11}{HELANFANG_NUMBER[-4:]}" in page) == (False, True)


def test_the_list_names_nobody(case: IdentityCase, clerk: Client) -> None:
    page = clerk.get(reverse(LIST)).content.decode()
    assert (str(case.pk) in page, "兰芳" in page) == (True, False)


def test_each_look_is_in_the_log_of_the_person_and_counted(case: IdentityCase, people: People, clerk: Client) -> None:
    response = clerk.get(address(case))
    (event,) = events(action="exchange.read_identity")
    assert (event.resident_id, event.facility_id) == (people.helanfang.pk, people.township.pk)
    with acting_as("worker"):
        tallies = ReadTally.objects.filter(reference=response.wsgi_request.reference)
        assert [(tally.reference, tally.view) for tally in tallies] == [(event.reference, "staff:identity")]


def test_a_decision_is_kept_with_who_made_it_and_why(case: IdentityCase, clerk: Client) -> None:
    page = answer(clerk, case, "same").content.decode()
    assert [words for words in ("同事reception", "打电话问过本人", "撤销这个决定") if words not in page] == []
    assert verdicts() == ["same"]
    assert [event.actor_name for event in events(action="exchange.linked_identity")] == ["同事reception"]


def test_a_decision_can_be_undone(case: IdentityCase, clerk: Client) -> None:
    answer(clerk, case, "different")
    assert "是同一人，关联" in answer(clerk, case, "undone", 1).content.decode()
    assert verdicts() == ["different", "undone"]


def test_without_grounds_nothing_is_decided(case: IdentityCase, clerk: Client) -> None:
    answer(clerk, case, "same", reason="")
    assert verdicts() == []


def test_a_word_that_is_none_of_the_choices_decides_nothing(case: IdentityCase, clerk: Client) -> None:
    answer(clerk, case, "all")
    assert verdicts() == []


def test_who_comes_second_learns_that_it_is_settled(case: IdentityCase, clerk: Client) -> None:
    answer(clerk, case, "different")
    assert "已经有同事处理过" in answer(clerk, case, "same").content.decode()
    assert verdicts() == ["different"]


@pytest.mark.parametrize("role", ["engineer", "clinician", "auditor", "administrator", "security", "editor"])
def test_other_roles_do_not_come_in(role: str, case: IdentityCase, people: People, signed_in: Enter) -> None:
    client = signed_in(colleague(people, role))
    assert (client.get(reverse(LIST)).status_code, client.get(address(case)).status_code) == (403, 403)


def test_another_facility_finds_nothing(case: IdentityCase, people: People, signed_in: Enter) -> None:
    client = signed_in(factories.staff("xianchuang", "县窗口", people.county, "reception"))
    assert str(case.pk) not in client.get(reverse(LIST)).content.decode()
    assert (client.get(address(case)).status_code, answer(client, case, "same").status_code) == (404, 404)


def test_the_first_page_counts_what_waits(case: IdentityCase, clerk: Client) -> None:
    assert "核对身份" in clerk.get(reverse("staff:index")).content.decode()


# Merged patient numbers.


def merging(old: str, new: str = "p1") -> dict[str, Any]:
    """A Patient whose number another replaces."""
    link = {"other": {"reference": f"Patient/{new}"}, "type": "replaced-by"}
    return {"resourceType": "Patient", "id": old, "active": False, "link": [link]}


@pytest.fixture
def merge(people: People) -> PatientMerge:
    """The township merges the number p0 into that of 贺兰芳."""
    deliver(factories.source(people.township), patient(), merging("p0"), now=NOON)
    found: PatientMerge = the(PatientMerge)
    return found


@pytest.fixture
def contested(people: People) -> IdentityCase:
    """The township merges the number of 王建国 into that of 贺兰芳."""
    wang = patient(
        id_number(date(1961, 5, 4), 13), id="p0", name=[{"text": "王建国"}], gender="male", birthDate="1961-05-04"
    )
    deliver(factories.source(people.township), patient(), wang, merging("p0"), now=NOON)
    found: IdentityCase = the(IdentityCase)
    return found


def merge_page(merge: PatientMerge) -> str:
    return reverse("staff:merge", args=[merge.pk])


def test_merged_numbers_are_listed_and_undone_with_a_reason(merge: PatientMerge, clerk: Client) -> None:
    assert "p0 并入 p1" in clerk.get(reverse(LIST)).content.decode()
    page = clerk.post(merge_page(merge), {"reason": "两位同名"}, follow=True).content.decode()
    assert [words for words in ("已撤销合并", "同事reception", "两位同名") if words not in page] == []
    assert the(PatientMerge).undone_at is not None
    assert [event.subject_kind for event in events(action="exchange.undid_merge")] == ["exchange.patientmerge"]


def test_a_merge_is_not_undone_without_grounds_nor_twice(merge: PatientMerge, clerk: Client) -> None:
    clerk.post(merge_page(merge), {"reason": ""})
    assert the(PatientMerge).undone_at is None
    clerk.post(merge_page(merge), {"reason": "两位同名"})
    assert "没有办成" in clerk.post(merge_page(merge), {"reason": "再撤一次"}, follow=True).content.decode()


def test_the_page_of_a_merge_names_nobody_and_is_the_facilitys_own(
    merge: PatientMerge, clerk: Client, people: People, signed_in: Enter
) -> None:
    assert "兰芳" not in clerk.get(merge_page(merge)).content.decode()
    elsewhere = signed_in(factories.staff("xianchuang", "县窗口", people.county, "reception"))
    engineer = signed_in(colleague(people, "engineer"))
    assert (elsewhere.get(merge_page(merge)).status_code, engineer.get(merge_page(merge)).status_code) == (404, 403)


def test_both_residents_of_a_contested_merge_stand_side_by_side_and_both_learn_of_the_look(
    contested: IdentityCase, people: People, clerk: Client
) -> None:
    page = page_of(clerk, contested)
    words = ("贺兰芳", "王建国", "保留的编号是谁", "停用的编号是谁", "是同一人，合并", "另一个号码", "p0", "p1")
    assert [word for word in words if word not in page] == []
    looked = {event.resident_id for event in events(action="exchange.read_identity")}
    assert looked == {people.helanfang.pk, people.wangjianguo.pk}


def test_a_contested_merge_that_was_decided_is_undone_where_it_was_decided(
    contested: IdentityCase, clerk: Client
) -> None:
    answer(clerk, contested, "same")
    with acting_as("worker"):
        sweep(NOON)
    found = the(PatientMerge)
    assert reverse("staff:identity", args=[contested.pk]) in clerk.get(merge_page(found)).content.decode()
    clerk.post(merge_page(found), {"reason": "合并错了"})
    assert the(PatientMerge).undone_at is None


def test_a_baby_under_its_mothers_number_can_only_go_back(people: People, clerk: Client) -> None:
    baby = patient(HELANFANG_NUMBER, name=[{"text": "贺兰芳之女"}], birthDate="2026-11-20")
    deliver(factories.source(people.township), baby, now=NOON)
    page = page_of(clerk, the(IdentityCase))
    assert ("是同一人，关联" in page, "退回机构" in page, "新生儿" in page) == (False, True, True)
