"""What a report carries besides its results: the facility's own PDF, notes, and what was seen."""

import base64
import hashlib
from typing import Any

import pytest
from django.db import connections

from foundation.crypto import unseal
from records.attachments import place_of
from records.exchange.mapping.observation import observation as mapped_observation
from records.exchange.mapping.report import report as mapped
from records.exchange.models import Source
from records.exchange.values import Frame, ObservationFacts, ReportFacts
from records.models import Observation, Report, ReportAttachment
from residents.models import Notice
from tests.exchange.conftest import rows
from tests.exchange.sending import at_utc, deliver, observation, patient, report, versioned
from tests.factories import NOON

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"


def form(content: bytes = PDF, kind: str | None = "application/pdf", **fields: Any) -> dict[str, Any]:
    data = {"data": base64.b64encode(content).decode()}
    return {**({"contentType": kind} if kind else {}), **data, **fields}


def facts(**fields: Any) -> ReportFacts:
    (only,) = mapped(report(**fields), Frame(NOON)).rows
    assert isinstance(only, ReportFacts)
    return only


def test_the_facilitys_own_pdf_is_kept_sealed_and_whole(feed: Source) -> None:
    deliver(feed, patient(), report(presentedForm=[form(title="检验报告单")]))
    (row,) = rows(ReportAttachment)
    content = bytes(row.content)
    assert (PDF in content, unseal(content, place_of(row.pk)) == PDF) == (False, True)
    assert (row.title, row.size, row.number) == ("检验报告单", len(PDF), 1)
    (of,) = rows(Report)
    assert (row.report_id, row.resident_id) == (of.pk, of.resident_id)
    assert of.original_hashes == [hashlib.sha256(PDF).hexdigest()]


def test_each_version_has_its_own_files_and_one_that_changed_is_news(feed: Source) -> None:
    deliver(feed, patient(), versioned(report(presentedForm=[form()]), updated=at_utc(1)))
    deliver(feed, versioned(report(presentedForm=[form(PDF + b"2")], status="corrected"), updated=at_utc(2)))
    assert [row.size for row in sorted(rows(ReportAttachment), key=lambda row: row.size)] == [len(PDF), len(PDF) + 1]
    assert len(rows(Notice)) == 2


@pytest.mark.parametrize(
    "bad",
    [
        form(b"<html><script>alert(1)</script></html>", "text/html"),
        form(b"<html><script>alert(1)</script></html>"),
        form(b"MZ\x90\x00"),
        form(PDF + b"<< /OpenAction << /S /JavaScript /JS (app.alert(1)) >> >>"),
        form(PDF + b"<< /Type /EmbeddedFile >>"),
        form(b"plain words", "text/plain"),
        {"contentType": "application/pdf", "url": "http://hospital.example/report.pdf"},
        {"contentType": "application/pdf", "data": "no base64!"},
    ],
)
def test_anything_but_a_harmless_pdf_is_counted_and_not_kept(bad: dict[str, Any]) -> None:
    found = facts(presentedForm=[form(), bad])
    assert (len(found.originals), found.unshown_files, found.status) == (1, 1, "final")


def test_a_file_beyond_the_limit_is_not_kept() -> None:
    (found,) = mapped(report(presentedForm=[form()]), Frame(NOON, original_bytes=len(PDF))).rows
    (beyond,) = mapped(report(presentedForm=[form()]), Frame(NOON, original_bytes=len(PDF) - 1)).rows
    assert isinstance(found, ReportFacts) and isinstance(beyond, ReportFacts)
    assert (len(found.originals), found.unshown_files) == (1, 0)
    assert (len(beyond.originals), beyond.unshown_files) == (0, 1)


def test_the_same_file_twice_is_one_and_the_sixth_is_counted() -> None:
    several = [form(PDF + str(number).encode()) for number in range(6)]
    assert len(facts(presentedForm=[form(), form()]).originals) == 1
    found = facts(presentedForm=several)
    assert (len(found.originals), found.unshown_files) == (5, 1)


def test_a_note_to_a_result_stands_under_it_once() -> None:
    notes = [{"text": "溶血，结果仅供参考。"}, {"text": "建议复查。"}]
    parts = [{"code": {"text": name}, "valueString": "1"} for name in ("收缩压", "舒张压")]
    resource = observation(note=notes, component=parts)
    found = [row for row in mapped_observation(resource, Frame(NOON)).rows if isinstance(row, ObservationFacts)]
    assert [row.note for row in found] == ["溶血，结果仅供参考。\n建议复查。", "", ""]


def test_a_note_that_names_a_special_disease_keeps_the_result_back() -> None:
    (row,) = mapped_observation(observation(note=[{"text": "HIV 初筛待复检"}]), Frame(NOON)).rows
    assert (row.sensitivity, row.release) == (5, "withheld")


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ({"coding": [{"system": "urn:local", "code": "FINDINGS"}], "text": "检查所见"}, True),
        ({"coding": [{"system": "http://loinc.org", "code": "59776-5"}], "text": "Procedure findings"}, True),
        ({"text": "超声所见："}, True),
        ({"text": "诊断所见建议"}, False),
    ],
)
def test_findings_are_known_by_code_or_name(feed: Source, code: dict[str, Any], value: bool) -> None:
    seen = {key: item for key, item in observation(code=code).items() if key not in ("valueQuantity", "referenceRange")}
    deliver(feed, patient(), seen | {"valueString": "双肺纹理清晰。"})
    assert [row.is_findings for row in rows(Observation)] == [value]


def test_the_web_login_reads_a_file_only_with_its_report(feed: Source) -> None:
    deliver(feed, patient(), report(presentedForm=[form()]))
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT permissive, cmd FROM pg_policies WHERE tablename = 'records_reportattachment'"
            " AND policyname = 'with_its_report'"
        )
        assert cursor.fetchall() == [("RESTRICTIVE", "SELECT")]
