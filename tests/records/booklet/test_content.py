"""What stands in a booklet, and what does not."""

from hashlib import sha256
from io import BytesIO
from typing import Any

from django.test import Client
from pypdf import PdfReader

from foundation.rowsecurity import acting_as
from records.models import Allergy, Dispute, Encounter, IssuedCopy, Medication
from records.signing import standing
from tests.factories import NOON
from tests.people import HELANFANG_NUMBER, People
from tests.records import booklets, rows

GLUCOSE = {"name": "葡萄糖（空腹）", "value_text": "7.20", "unit": "mmol/L", "range_text": "3.9-6.1", "flag": "high"}


def test_a_booklet_begins_with_whose_it_is_with_the_number_masked(people: People, hers: Client) -> None:
    text = booklets.text(booklets.taken(hers))
    assert "居民健康档案" in text and "贺兰芳" in text and "69岁（1957-02-13）" in text
    assert "640***********0125" in text and HELANFANG_NUMBER not in text


def test_it_holds_a_report_with_items_range_flag_and_source(people: People, hers: Client, feed: Any) -> None:
    rows.panel(people.helanfang, feed, NOON, GLUCOSE, title="血液检查", report_number="L2026-00482")
    text = booklets.text(booklets.taken(hers))
    assert "血液检查" in text and "L2026-00482" in text and feed.facility.name in text
    assert "葡萄糖（空腹）7.20mmol/L↑偏高3.9-6.1" in text


def test_it_has_a_contents_page_whose_numbers_are_true(people: People, hers: Client, feed: Any) -> None:
    rows.panel(people.helanfang, feed, NOON, GLUCOSE, title="血液检查")
    pages = PdfReader(BytesIO(booklets.taken(hers))).pages
    contents = "".join(pages[1].extract_text().split())
    [number] = [int(part[0]) for part in contents.split("血液检查")[1:]]
    assert contents.startswith("贺兰芳") and "目录" in contents
    assert "血液检查" in pages[number - 1].extract_text()


def test_it_is_archival_tagged_and_signed(people: People, hers: Client) -> None:
    pdf = booklets.taken(hers)
    root = PdfReader(BytesIO(pdf)).trailer["/Root"]
    said = root["/Metadata"].get_object().get_data().decode()
    assert "<pdfaid:part>2" in said and "<pdfaid:conformance>A" in said and "<pdfuaid:part>1" in said
    assert root["/MarkInfo"]["/Marked"] and "/StructTreeRoot" in root and root["/Lang"].startswith("zh")
    assert standing(pdf).is_ours


def test_each_page_says_whose_it_is_and_which_of_how_many(people: People, hers: Client) -> None:
    pages = PdfReader(BytesIO(booklets.taken(hers))).pages
    assert all(f"第{n}/{len(pages)}页" in "".join(page.extract_text().split()) for n, page in enumerate(pages, 1))
    assert all("贺兰芳" in page.extract_text() for page in pages)


def test_only_the_chosen_sections_are_printed(people: People, hers: Client, feed: Any) -> None:
    rows.statement(Allergy, people.helanfang, feed)
    rows.statement(Medication, people.helanfang, feed)
    text = booklets.text(booklets.taken(hers, "medications"))
    assert "苯磺酸氨氯地平片" in text and "青霉素过敏" not in text


def test_only_the_chosen_time_is_printed(people: People, hers: Client, feed: Any) -> None:
    rows.statement(Encounter, people.helanfang, feed, NOON, reason="复诊甲")
    rows.statement(Encounter, people.helanfang, feed, NOON.replace(year=2020), reason="复诊乙")
    text = booklets.text(booklets.taken(hers, "encounters", period="between", starts_on="2026-01-01", ends_on=""))
    assert "复诊甲" in text and "复诊乙" not in text


def test_the_same_medicine_is_one_line_with_its_course(people: People, hers: Client, feed: Any) -> None:
    for month in (1, 5, 9):
        rows.statement(Medication, people.helanfang, feed, NOON.replace(month=month))
    text = booklets.text(booklets.taken(hers, "medications"))
    assert text.count("苯磺酸氨氯地平片") == 1 and "共3次记录；最早2026-01-" in text


def test_a_contested_entry_carries_both_texts(people: People, hers: Client, feed: Any) -> None:
    report = rows.panel(people.helanfang, feed, NOON, GLUCOSE, title="血液检查")
    contest(people, report)
    text = booklets.text(booklets.taken(hers, "results"))
    assert "内容有误。我没有空腹" in text and "核实无误，未更改）：记录显示空腹" in text


def contest(people: People, report: Any) -> None:
    with acting_as("owner"):
        dispute = Dispute.objects.create(
            resident=people.helanfang,
            category="results",
            kind="report",
            subject_id=report.pk,
            title="血液检查",
            source=report.source,
            identifier=report.identifier,
            facility=report.facility,
            facility_name=report.facility_name,
            reason="wrong",
            words="我没有空腹",
            asked_at=NOON,
            asked_by=people.helanfang_account.pk,
            due_at=NOON,
        )
        dispute.refresh_from_db()
        dispute.verdict, dispute.answer, dispute.answered_at = "kept", "记录显示空腹", NOON
        dispute.answered_by, dispute.answered_by_name = people.helanfang_account.pk, "赵医生"
        dispute.save()


def test_a_corrected_report_is_marked(people: People, hers: Client, feed: Any) -> None:
    rows.corrected(rows.panel(people.helanfang, feed, NOON, GLUCOSE, title="血液检查"))
    text = booklets.text(booklets.taken(hers, "results"))
    assert "已更正" in text and "这里是更正后的内容" in text


def test_a_line_of_results_never_joins_units_that_no_rule_converts(people: People, hers: Client, feed: Any) -> None:
    for day, unit in enumerate(("mmol/L", "mmol/L", "mmol/L", "奇怪单位"), 1):
        coded = {"code": "1558-6", "code_system": "http://loinc.org", "value_number": day + 0.25}
        item = GLUCOSE | coded | {"unit": unit, "value_text": f"{day}.25"}
        rows.panel(people.helanfang, feed, NOON.replace(day=day), item, title=f"血液{day}")
    text = booklets.text(booklets.taken(hers, "results"))
    assert "共3次" in text and "另有1个结果单位、方法或标本不同，不可比" in text


def test_a_character_without_a_drawing_is_named_on_the_first_page(people: People, hers: Client, feed: Any) -> None:
    rows.statement(Allergy, people.helanfang, feed, name="𠮷药过敏")
    pages = PdfReader(BytesIO(booklets.taken(hers, "allergies"))).pages
    assert "U+20BB7" in pages[0].extract_text() and "〓药过敏" in booklets.text(booklets.taken(hers, "allergies"))


def test_a_booklet_is_remembered_for_whoever_checks_it(people: People, hers: Client, feed: Any) -> None:
    report = rows.panel(people.helanfang, feed, NOON, GLUCOSE)
    pdf = booklets.taken(hers, "results")
    with acting_as("owner"):
        copy = IssuedCopy.objects.get(kind="booklet")
    assert copy.report_ids == [report.pk] and bytes(copy.sha256) == sha256(pdf).digest()


def test_the_code_on_it_answers_for_it_and_for_what_was_corrected_since(
    people: People, hers: Client, feed: Any
) -> None:
    report = rows.panel(people.helanfang, feed, NOON, GLUCOSE)
    pdf = booklets.taken(hers, "results")
    address = verification(pdf)
    page = Client().get(address)
    assert page.status_code == 200 and "贺兰芳" not in page.content.decode()
    rows.corrected(report)
    later = Client().get(address).content.decode()
    assert "更正" in later and later != page.content.decode()


def verification(pdf: bytes) -> str:
    """Where the QR code of the first page leads."""
    notes = [note.get_object() for note in PdfReader(BytesIO(pdf)).pages[0]["/Annots"]]
    [link] = [note["/A"]["/URI"] for note in notes if "/A" in note]
    return "/records/verify/" + str(link).split("/records/verify/")[1]
