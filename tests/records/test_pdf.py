"""The printed report, read back the way a doctor's computer would read it. No database is needed."""

import importlib
import os
import pickle
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from records.pdf import Line, PrintingFailed, ReportDocument, render

ROOT = Path(__file__).parents[2]
FONT_DIR = Path(os.environ.get("PDF_FONT_DIR") or ROOT / "node_modules/@expo-google-fonts/noto-sans-sc")
BEIJING = timezone(timedelta(hours=8))
HEADER = "序号项目结果提示单位参考区间"
BLOOD_COUNT = (
    Line("白细胞计数", "6.82", "10^9/L", "3.5～9.5"),
    Line("血红蛋白", "103", "g/L", "115～150", "偏低", "↓"),
    Line("葡萄糖（空腹）", "7.86", "mmol/L", "3.9～6.1", "偏高", "↑"),
    Line("总胆固醇", "5.60", "mmol/L", "＜5.18", "偏高", "↑"),
    Line("血小板计数", "226", "×10⁹/L", "125～350"),
    Line("估算肾小球滤过率", "＞90", "mL/min/1.73m²", "≥90"),
    Line("尿蛋白", "±", "", "阴性", "弱阳性"),
)


@pytest.fixture
def laboratory() -> ReportDocument:
    return ReportDocument(
        title="检验报告单",
        report_number="L20261121-00482",
        resident_name="贺兰芳",
        sex="女",
        age="68岁（1958年3月12日）",
        masked_id="640199********0028",
        performing_facility="石桥镇中心卫生院",
        reporting_facility="青山县人民医院检验科",
        clinician="陈建平",
        department="全科医学科",
        specimen="静脉血",
        sampled_at="2026年11月21日 08:12",
        received_at="2026年11月21日 08:40",
        issued_at="2026年11月21日 10:26",
        issued=datetime(2026, 11, 21, 10, 26, tzinfo=BEIJING),
        status="最终报告",
        items=BLOOD_COUNT,
        note="本结果仅对送检标本负责。",
        verify_url="https://health.example/verify/Jx3vQ0pUe2KzW8hYb1mT4A",
        verify_code="7F3K-92QM",
    )


@pytest.fixture
def imaging(laboratory: ReportDocument) -> ReportDocument:
    return replace(
        laboratory,
        title="胸部CT平扫检查报告单",
        specimen="",
        items=(),
        findings="右肺上叶后段见一小结节，大小约 6 mm × 5 mm。\n双侧胸腔未见积液。",
        impression="1. 右肺上叶小结节，建议6个月后复查。",
    )


@pytest.fixture
def fresh_press() -> Iterator[None]:
    """Let a test load its own fonts, and leave none of them behind."""
    press = importlib.import_module("foundation.press").press
    press.cache_clear()
    yield
    press.cache_clear()


def printed(document: ReportDocument) -> PdfReader:
    return PdfReader(BytesIO(render(document, FONT_DIR)))


def squeezed(text: str) -> str:
    """Without blanks: typst widens the gap between Chinese and Latin, and a reader takes that for a space."""
    return "".join(text.split())


def words(document: ReportDocument) -> str:
    return squeezed("".join(page.extract_text() for page in printed(document).pages))


@pytest.mark.parametrize("number, line", list(enumerate(BLOOD_COUNT, start=1)), ids=[line.name for line in BLOOD_COUNT])
def test_every_line_reads_name_value_flag_unit_and_range(laboratory: ReportDocument, number: int, line: Line) -> None:
    row = f"{number}{line.name}{line.value}{line.flag_arrow}{line.flag_word}{line.unit}{line.reference_range}"
    assert row in words(laboratory)


def test_the_head_says_who_where_and_when(laboratory: ReportDocument) -> None:
    text = words(laboratory)
    for fact in (
        *("姓名贺兰芳", "性别女", "68岁（1958年3月12日）", "640199********0028", "L20261121-00482", "最终报告"),
        *("石桥镇中心卫生院", "青山县人民医院检验科", "陈建平", "全科医学科", "静脉血", "本结果仅对送检标本负责。"),
        *("采样时间2026年11月21日08:12", "接收时间2026年11月21日08:40", "报告时间2026年11月21日10:26"),
    ):
        assert fact in text


def test_an_imaging_report_has_findings_and_an_opinion_and_no_table(imaging: ReportDocument) -> None:
    text = words(imaging)
    assert "检查所见右肺上叶后段见一小结节，大小约6mm×5mm。双侧胸腔未见积液。" in text
    assert "诊断意见1.右肺上叶小结节，建议6个月后复查。" in text
    assert "检查时间" in text and "采样时间" not in text and HEADER not in text


def test_an_unknown_fact_leaves_no_empty_label(laboratory: ReportDocument) -> None:
    assert "接收时间" not in words(replace(laboratory, received_at=""))


def test_sixty_items_flow_over_pages_that_repeat_the_header_and_the_name(laboratory: ReportDocument) -> None:
    items = tuple(Line(f"项目{number}", f"{number}.50", "U/L", "7～40") for number in range(1, 61))
    pages = [squeezed(page.extract_text()) for page in printed(replace(laboratory, items=items)).pages]
    assert len(pages) >= 2
    assert all(HEADER in page and "贺兰芳" in page for page in pages)
    assert all(f"项目{number}{number}.50U/L7～40" in "".join(pages) for number in range(1, 61))


def test_every_page_carries_its_number_the_code_and_the_caution(laboratory: ReportDocument) -> None:
    pages = printed(replace(laboratory, items=BLOOD_COUNT * 9)).pages
    for number, page in enumerate(pages, start=1):
        text = squeezed(page.extract_text())
        assert f"第{number}/{len(pages)}页" in text and "防伪码7F3K-92QM" in text
        assert "便民副本，仅供本人参考；如需盖章病历请到医院病案室。" in text


def test_the_code_can_be_scanned_or_tapped(laboratory: ReportDocument) -> None:
    page = printed(laboratory).pages[0]
    assert "扫码核验真伪" in squeezed(page.extract_text())
    assert [note.get_object()["/A"]["/URI"] for note in page["/Annots"]] == [laboratory.verify_url]


@pytest.mark.parametrize(
    "text", ['#panic("x")', "*bold* _it_ $x$ `raw`", "@ref <lab> \\ #[x]", '#read("report.typ")', "// -- x"]
)
def test_markup_in_the_data_is_printed_and_never_obeyed(laboratory: ReportDocument, text: str) -> None:
    document = replace(laboratory, resident_name=text, findings=text, items=(Line(text, text),))
    assert words(document).count(squeezed(text)) >= 4


def test_rare_characters_the_font_has_are_printed_without_a_note(laboratory: ReportDocument) -> None:
    text = words(replace(laboratory, resident_name="㐂䶮"))
    assert "㐂䶮" in text and "字库" not in text


def test_a_character_the_font_lacks_is_marked_and_the_reader_is_told(laboratory: ReportDocument) -> None:
    text = words(replace(laboratory, resident_name="贺𠮷芳"))
    assert "贺〓芳" in text
    assert "姓名中的“〓”字（U+20BB7）字库暂缺" in text


def test_a_mark_that_reverses_reading_is_not_printed(laboratory: ReportDocument) -> None:
    assert "12.5" in words(replace(laboratory, items=(Line("钾", "\u202e12.5"),)))


@settings(max_examples=40, deadline=None)
@given(text=st.text(max_size=60))
def test_no_text_whatsoever_stops_the_printer(text: str) -> None:
    document = ReportDocument(
        **dict.fromkeys(
            ("title", "report_number", "resident_name", "sex", "age", "masked_id", "performing_facility"), text
        ),
        **dict.fromkeys(("issued_at", "status", "verify_code", "findings", "impression", "note"), text),
        issued=datetime(2026, 11, 21, tzinfo=BEIJING),
        verify_url="https://health.example/verify/x",
        items=(Line(*[text] * 6),),
    )
    assert render(document, FONT_DIR).startswith(b"%PDF-")


def test_a_value_without_spaces_is_broken_over_lines_inside_its_column(laboratory: ReportDocument) -> None:
    value = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789" * 2
    document = replace(laboratory, items=(Line("序列", value, "单位", "范围", "偏高", "↑"),))
    printed_lines = printed(document).pages[0].extract_text().splitlines()
    assert value in words(document)
    assert max(sum(letter in value for letter in line) for line in printed_lines if "青山" not in line) < 36


def test_a_report_without_a_verification_address_has_no_code_to_scan(laboratory: ReportDocument) -> None:
    text = words(replace(laboratory, verify_url="", verify_code=""))
    assert "防伪码" not in text and "扫码" not in text


def test_a_report_the_facility_gave_no_title_still_has_one(laboratory: ReportDocument) -> None:
    assert "检验报告单" in words(replace(laboratory, title=""))


def test_the_same_report_gives_the_same_bytes_in_another_process(laboratory: ReportDocument) -> None:
    program = (
        "import pickle, sys; from pathlib import Path; from records.pdf import render;"
        "sys.stdout.buffer.write(render(pickle.load(sys.stdin.buffer), Path(sys.argv[1])))"
    )
    command = [sys.executable, "-c", program, str(FONT_DIR)]
    other = subprocess.run(command, input=pickle.dumps(laboratory), capture_output=True, check=True, cwd=ROOT)
    render(replace(laboratory, resident_name="王建国"), FONT_DIR)
    assert render(laboratory, FONT_DIR) == render(laboratory, FONT_DIR) == other.stdout


def test_the_file_declares_itself_archivable_tagged_and_chinese(laboratory: ReportDocument) -> None:
    pdf = printed(laboratory)
    catalogue = pdf.trailer["/Root"]
    described = catalogue["/Metadata"].get_data().decode()
    assert "<pdfaid:part>2<" in described and "<pdfaid:conformance>A<" in described and "<pdfuaid:part>1<" in described
    assert catalogue["/MarkInfo"]["/Marked"] and catalogue["/StructTreeRoot"]
    assert catalogue["/Lang"].lower() == "zh-cn"


def test_the_file_is_dated_when_the_report_was_issued(laboratory: ReportDocument) -> None:
    information = printed(laboratory).metadata
    assert information is not None and information.creation_date == laboratory.issued
    assert "贺兰芳" not in f"{information.title} {information.author} {information.subject}"


def test_eight_residents_at_once_each_get_their_own(laboratory: ReportDocument) -> None:
    names = [f"居民{number}号" for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        texts = list(pool.map(lambda name: words(replace(laboratory, resident_name=name)), names))
    assert [[name for name in names if name in text] for text in texts] == [[name] for name in names]


def test_a_report_takes_less_than_150_milliseconds_after_the_first(laboratory: ReportDocument) -> None:
    render(laboratory, FONT_DIR)
    times = []
    for number in range(9):
        document = replace(laboratory, report_number=f"L{number}", items=(BLOOD_COUNT * 4)[:25])
        started = time.perf_counter()
        render(document, FONT_DIR)
        times.append(1000 * (time.perf_counter() - started))
    sys.stdout.write(f"25 rows: median {statistics.median(times):.0f} ms, slowest {max(times):.0f} ms\n")
    assert statistics.median(times) < 150


def test_a_folder_without_a_chinese_font_is_said_in_one_sentence(laboratory: ReportDocument, tmp_path: Path) -> None:
    with pytest.raises(PrintingFailed, match="no Chinese font"):
        render(laboratory, tmp_path)


@pytest.mark.usefixtures("fresh_press")
def test_a_refusal_by_the_typesetter_does_not_repeat_the_report(
    laboratory: ReportDocument, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.import_module("foundation.press"), "_SYMBOLS", frozenset({ord("𠮷")}))
    with pytest.raises(PrintingFailed) as refusal:
        render(replace(laboratory, resident_name="贺𠮷芳"), FONT_DIR)
    assert "𠮷" not in str(refusal.value) and refusal.value.__suppress_context__


@pytest.mark.parametrize("some", [1, 10])
def test_a_text_that_would_keep_everybody_waiting_is_not_printed(laboratory: ReportDocument, some: int) -> None:
    started = time.perf_counter()
    with pytest.raises(PrintingFailed, match="too much text"):
        render(replace(laboratory, items=(Line("结论", "x" * (200_000 // some)),) * some), FONT_DIR)
    assert time.perf_counter() - started < 5


def test_long_chinese_texts_are_printed(laboratory: ReportDocument) -> None:
    assert render(replace(laboratory, items=(Line("结论", "未见异常。" * 3_000),) * 10), FONT_DIR).startswith(b"%PDF")


def test_a_time_without_a_zone_is_refused(laboratory: ReportDocument) -> None:
    with pytest.raises(ValueError, match="time zone"):
        replace(laboratory, issued=datetime(2026, 11, 21))  # noqa: DTZ001  the naive time is the point
