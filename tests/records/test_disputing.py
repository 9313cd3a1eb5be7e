"""异议: contested by the person, answered by the facility, decided by the county; every text stays."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.urls import reverse
from pypdf import PdfReader

from facilities.models import Facility
from foundation.rowsecurity import acting_as
from records.models import Condition, Dispute, Encounter, Report
from residents.models import AccessEvent, Account, Notice
from tests import factories
from tests.factories import NOON
from tests.people import People
from tests.records import rows
from tests.sessions import session_of

SignIn = Callable[[Account], Client]
At = Callable[..., Any]


@pytest.fixture
def report(people: People) -> Report:
    feed = factories.source(people.county)
    return rows.panel(people.helanfang, feed, NOON, {"name": "钾", "value_text": "5.60"})


def manager_of(place: Facility) -> Account:
    return factories.staff(f"manager-{place.code}", "马主任", place, "manager")


def contest(client: Client, row: Any, **said: str) -> Any:
    address = reverse("records:dispute", args=[row._meta.model_name, row.id])
    return client.post(address, {"reason": "not_mine", "words": "", **said})


def disputes() -> list[Dispute]:
    with acting_as("owner"):
        return list(Dispute.objects.order_by("asked_at"))


def answer(client: Client, dispute: Dispute, **said: str) -> Any:
    return client.post(reverse("admin:records_dispute_change", args=[dispute.pk]), said)


def test_a_dispute_goes_to_the_facility_that_wrote_the_entry(people: People, report: Report, signed_in: SignIn) -> None:
    contest(signed_in(people.helanfang_account), report, words="我那天没去过医院")
    (dispute,) = disputes()
    assert (dispute.facility_id, dispute.identifier) == (report.facility_id, report.identifier)
    with acting_as("owner"):
        assert AccessEvent.objects.filter(action="records.disputed_entry").count() == 1


def test_asking_twice_is_one_dispute(people: People, report: Report, signed_in: SignIn) -> None:
    client = signed_in(people.helanfang_account)
    assert [contest(client, report).status_code for _ in range(2)] == [302, 302]
    assert len(disputes()) == 1


def test_wrong_content_must_be_explained(people: People, report: Report, signed_in: SignIn) -> None:
    said = contest(signed_in(people.helanfang_account), report, reason="wrong").content.decode()
    assert "请写一写错在哪里" in said and not disputes()


def test_nobody_contests_another_persons_entry(people: People, report: Report, signed_in: SignIn) -> None:
    assert contest(signed_in(people.wangjianguo_account), report).status_code == 404


def test_both_texts_stand_beside_the_report_after_the_answer(
    people: People, report: Report, signed_in: SignIn, at: At
) -> None:
    client = signed_in(people.helanfang_account)
    contest(client, report, words="我那天没去过医院")
    (dispute,) = disputes()
    manager = signed_in(manager_of(people.county))
    assert answer(manager, dispute, verdict="kept", answer="核对过采样登记，是本人").status_code == 302
    page = rows.read(client, "report", report.pk)
    assert "我那天没去过医院" in page and "核对过采样登记，是本人" in page and "本人有异议" in page
    with acting_as("owner"):
        assert Notice.objects.filter(resident=people.helanfang, kind="dispute_answered").count() == 1


def test_a_printed_report_says_that_it_is_contested(people: People, report: Report, signed_in: SignIn) -> None:
    client = signed_in(people.helanfang_account)
    contest(client, report)
    pdf = client.get(reverse("records:report_pdf", args=[report.pk]))
    printed = "".join(page.extract_text() for page in PdfReader(BytesIO(pdf.content)).pages)
    assert "提出异议（这不是我的），机构核实中" in printed.replace("\n", "")


def test_the_county_decides_after_an_objection_and_nobody_before(
    people: People, report: Report, signed_in: SignIn
) -> None:
    client, bureau = signed_in(people.helanfang_account), signed_in(manager_of(people.bureau))
    contest(client, report)
    (dispute,) = disputes()
    answer(bureau, dispute, verdict="kept", answer="无误", final_verdict="corrected", final_answer="应更正")
    assert (disputes()[0].answered_at, disputes()[0].final_at) == (None, None)
    answer(signed_in(manager_of(people.county)), dispute, verdict="kept", answer="无误")
    client.post(reverse("records:object_to_answer", args=[dispute.pk]), {"words": "采样单上不是我的签名"})
    assert answer(bureau, dispute, final_verdict="corrected", final_answer="请医院更正").status_code == 302
    (after,) = disputes()
    assert (after.objection, after.answer, after.final_verdict) == ("采样单上不是我的签名", "无误", "corrected")
    assert "县里复核：应更正" in client.get(reverse("records:disputes")).content.decode()


@pytest.mark.parametrize("change", [{"words": "别的"}, {"answer": "改口"}, {"reason": "wrong", "words": "x"}])
def test_what_was_said_cannot_be_changed(
    people: People, report: Report, signed_in: SignIn, change: dict[str, str]
) -> None:
    contest(signed_in(people.helanfang_account), report)
    (dispute,) = disputes()
    answer(signed_in(manager_of(people.county)), dispute, verdict="kept", answer="无误")
    with acting_as("owner"), pytest.raises(DatabaseError), transaction.atomic():
        Dispute.objects.update(**change)


def test_another_facility_neither_sees_nor_answers(people: People, report: Report, signed_in: SignIn) -> None:
    contest(signed_in(people.helanfang_account), report)
    (dispute,) = disputes()
    other = signed_in(manager_of(people.township))
    page = other.get(reverse("admin:records_dispute_changelist")).content.decode()
    assert dispute.title not in page
    answer(other, dispute, verdict="kept", answer="无误")
    assert disputes()[0].answered_at is None


def test_a_session_cannot_put_a_question_before_another_facility(
    people: People, report: Report, signed_in: SignIn
) -> None:
    with session_of(signed_in(people.helanfang_account)):
        Dispute.objects.create(
            resident=people.helanfang,
            category="results",
            kind="report",
            subject_id=report.pk,
            title="x",
            source_id=report.source_id,
            identifier="another",
            facility=people.township,
            facility_name="别处",
            reason="not_mine",
            asked_at=NOON - timedelta(days=90),
            asked_by=people.helanfang_account.pk,
            due_at=NOON,
        )
    (dispute,) = disputes()
    assert (dispute.facility_id, dispute.identifier) == (people.county.pk, report.identifier)
    assert dispute.asked_at > NOON - timedelta(days=1)


def test_a_statement_of_the_record_can_be_contested_too(people: People, signed_in: SignIn) -> None:
    row = rows.statement(Condition, people.helanfang, factories.source(people.township))
    contest(signed_in(people.helanfang_account), row, reason="not_done")
    assert [(one.kind, one.category) for one in disputes()] == [("condition", "records")]


def test_the_county_sees_what_waits_for_too_long(people: People, report: Report, signed_in: SignIn, at: At) -> None:
    contest(signed_in(people.helanfang_account), report)
    bureau = manager_of(people.bureau)
    address = reverse("admin:records_dispute_changelist") + "?late=1"
    before = signed_in(bureau).get(address).content.decode()
    with at(NOON + timedelta(days=40)):
        after = signed_in(bureau).get(address).content.decode()
    assert (">逾期未答复<" in before, ">逾期未答复<" in after) == (False, True)


def test_every_entry_of_a_list_leads_to_where_it_is_contested(people: People, signed_in: SignIn) -> None:
    client = signed_in(people.helanfang_account)
    visit = rows.statement(Encounter, people.helanfang, factories.source(people.township))
    place = reverse("records:thing", args=["encounters", visit.pk])
    assert place in rows.read(client, "section", "encounters")
    assert reverse("records:dispute", args=["encounter", visit.pk]) in client.get(place).content.decode()
    contest(client, visit)
    assert "本人有异议 · 机构核实中" in client.get(place).content.decode()


def test_staff_who_read_a_record_are_not_offered_to_contest_it(people: People, report: Report) -> None:
    request = RequestFactory().get("/")
    request.user = people.chenyisheng
    with acting_as("owner"):
        assert "提出异议" not in Template("{% load records_disputes %}{% contest row %}").render(
            Context({"request": request, "row": report})
        )
