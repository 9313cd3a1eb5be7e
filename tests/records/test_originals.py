"""What stands beside the results: the facility's own PDF, notes, what was seen."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from foundation.rowsecurity import acting_as
from records.access import Holder
from records.exchange.models import Source
from records.models import Observation, Report, ReportAttachment
from records.opened import OpenedReport
from records.presenters.printing import document_of
from residents.models import Account
from tests.exchange.sending import deliver, observation, patient, report
from tests.people import People
from tests.records import rows
from tests.records.corrections import at, current, status, text
from tests.sessions import session_of

SignIn = Callable[[Account], Client]
PDF = b"%PDF-1.7\n%%EOF\n"
FORM: dict[str, Any] = {
    "presentedForm": [{"contentType": "application/pdf", "data": base64.b64encode(PDF).decode(), "title": "检验单"}]
}


def test_the_original_is_a_download_that_runs_nowhere_and_is_kept_nowhere(feed: Source, hers: Client) -> None:
    deliver(feed, patient(), observation(), report(**FORM))
    assert "机构原始报告（PDF）" in rows.read(hers, "report", current())
    response = hers.get(reverse("records:report_original", args=[current(), 1]))
    assert (response.content, response.headers["Content-Type"]) == (PDF, "application/pdf")
    assert response.headers["Content-Disposition"].startswith("attachment;")
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert rows.actions()[-1] == "records.download_original"


def test_a_stranger_and_a_wrong_number_find_no_original(feed: Source, people: People, signed_in: SignIn) -> None:
    deliver(feed, patient(), observation(), report(**FORM))
    stranger = signed_in(people.wangjianguo_account)
    assert status(stranger, "report_original", current(), 1) == 404
    assert status(signed_in(people.helanfang_account), "report_original", current(), 2) == 404
    with session_of(stranger):
        assert ReportAttachment.objects.count() == 0


@pytest.mark.parametrize("item", [observation(code={"text": "HIV 抗体"}), observation(status="entered-in-error"), None])
def test_an_original_that_prints_what_may_not_be_read_here_is_not_offered(
    feed: Source, hers: Client, item: dict[str, Any] | None
) -> None:
    deliver(feed, patient(), *([item] if item else []), report(**FORM))
    assert "机构原始报告（PDF）" not in rows.read(hers, "report", current())
    assert status(hers, "report_original", current(), 1) == 404


def test_the_original_of_a_report_that_was_taken_back_is_gone(feed: Source, hers: Client) -> None:
    deliver(feed, patient(), *at(1, observation(), report(**FORM)))
    old = current()
    deliver(feed, *at(2, report(status="entered-in-error", **FORM)))
    assert status(hers, "report_original", current(), 1) == 404
    with session_of(hers):
        assert ReportAttachment.objects.filter(report_id=current()).count() == 0
    assert hers.get(reverse("records:report_original", args=[old, 1])).status_code == 302


def test_files_that_are_no_pdf_are_spoken_of(feed: Source, hers: Client) -> None:
    deliver(feed, patient(), observation(), report(presentedForm=[{"contentType": "text/html", "data": "PGI+"}]))
    assert "机构还传来 1 个附件" in rows.read(hers, "report", current())


def test_notes_stand_under_their_item_and_findings_apart(feed: Source, hers: Client) -> None:
    seen = {
        "resourceType": "Observation",
        "id": "o2",
        "status": "final",
        "code": {"coding": [{"system": "urn:local", "code": "FINDINGS"}], "text": "检查所见"},
        "subject": {"reference": "Patient/p1"},
        "valueString": "标本溶血。",
    }
    both = [{"reference": "Observation/o1"}, {"reference": "Observation/o2"}]
    deliver(
        feed, patient(), observation(note=[{"text": "建议复查"}]), seen, report(result=both, note=[{"text": "急诊"}])
    )
    page = text(rows.read(hers, "report", current()))
    assert "空腹血糖 备注 建议复查" in page and "共 1 项" in page
    assert "标本溶血。" in page.split("结果描述")[1] and "检查所见" not in page and "急诊" in page


def test_the_printed_copy_carries_notes_and_findings(feed: Source, people: People) -> None:
    deliver(feed, patient(), observation(note=[{"text": "建议复查"}]), report(note=[{"text": "急诊"}]))
    with acting_as("owner"):
        row = Report.objects.get()
        opened = OpenedReport(row, items=list(Observation.objects.all()))
        document = document_of(opened, Holder(row.resident, None), code="0" * 24, address="http://x")
    assert (document.items[0].note, "急诊" in document.note) == ("建议复查", True)
