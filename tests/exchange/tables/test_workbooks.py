"""Excel: dates and numbers as Excel keeps them, merged cells, sheets, and files that would not fit into memory."""

import io
import struct
import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from records.exchange.tables.oldbooks import cell_records
from records.exchange.translating import Untranslatable
from tests.exchange.tables.making import (
    COLUMNS,
    HEADER,
    HER,
    ROWS,
    entries,
    only,
    problems,
    resources,
    sheet,
    text,
    with_columns,
)

OLD = Path(__file__).parent / "data" / "old.xls"
OLD_COLUMNS = with_columns(
    item_code="", report_title="", flag="", specimen="", sampled_at="", report_status="", reporting_doctor=""
)


def refused(raw: bytes, columns: dict[str, object] | None = None) -> str:
    with pytest.raises(Untranslatable) as caught:
        entries(raw, columns)
    return caught.value.explanation


def changed(raw: bytes, name: str, content: bytes) -> bytes:
    """A workbook with one entry replaced or added."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            if entry.filename != name:
                new.writestr(entry.filename, old.read(entry))
        new.writestr(name, content)
    return stream.getvalue()


def test_a_workbook_says_the_same_as_the_csv_it_was_made_of() -> None:
    assert resources(sheet(ROWS)) == resources(text())


def test_an_old_workbook_with_merged_cells_written_by_another_program_is_read() -> None:
    found = resources(OLD.read_bytes(), OLD_COLUMNS)
    assert [one["code"]["text"] for one in found[1:]] == ["尿蛋白", "白细胞", "血红蛋白", "检验"]
    assert found[0] == {
        "resourceType": "Patient",
        "id": "10023",
        "identifier": [{"system": "urn:oid:2.16.156.10011.1.3", "value": HER}],
        "name": [{"text": "贺兰芳"}],
        "gender": "female",
        "birthDate": "1962-03-05",
    }


def test_a_date_cell_is_a_date_and_a_number_cell_a_number() -> None:
    line = [*ROWS[0]]
    line[3], line[9], line[14], line[15] = date(1962, 3, 5), 56.1, datetime(2026, 11, 20, 8, 10), 46346.4375
    raw = sheet([line])
    assert only("Patient", raw)["birthDate"] == "1962-03-05"
    assert only("Observation", raw)["valueQuantity"]["value"] == Decimal("56.1")
    assert only("Observation", raw)["effectiveDateTime"] == "2026-11-20T08:10:00"
    assert only("DiagnosticReport", raw)["issued"] == "2026-11-20T10:30:00"


def test_a_date_and_a_time_in_two_columns_are_one_moment() -> None:
    line = [*ROWS[0]]
    line[14], line[15] = date(2026, 11, 20), datetime(2026, 11, 20, 8, 15).time()
    columns = with_columns(reported_at="") | {}
    columns["columns"]["sampled_at"] = ["采样时间", "审核时间"]
    assert only("Observation", sheet([line]), columns)["effectiveDateTime"] == "2026-11-20T08:15:00"


@pytest.mark.parametrize("number", [6.40199e17, int(HER[:17] + "0")])
def test_an_id_number_that_excel_has_rounded_is_a_bad_row_and_never_guessed(number: float) -> None:
    line = [*ROWS[0]]
    line[4] = number
    said = problems(sheet([line]))
    assert len(said) == 1 and "被 Excel 变成了数字" in said[0]


def test_a_fifteen_digit_number_survives_excel() -> None:
    line = [*ROWS[0]]
    line[4] = int(HER[:6] + HER[8:17])
    assert only("Patient", sheet([line]))["identifier"][0]["value"] == HER[:6] + HER[8:17]


def test_an_error_value_of_excel_is_a_bad_row() -> None:
    line = [*ROWS[0]]
    line[9] = "#N/A"
    assert len(problems(sheet([line]))) == 1
    assert "错误值" in problems(text([line]))[0]


def test_of_two_sheets_with_the_header_staff_must_choose_one() -> None:
    book = load_workbook(io.BytesIO(sheet(ROWS)))
    other = book.copy_worksheet(book.active)
    other.title = "旧的"
    stream = io.BytesIO()
    book.save(stream)
    assert "sheet" in refused(stream.getvalue())
    assert resources(stream.getvalue(), COLUMNS | {"sheet": "结果"}) == resources(text())


def test_a_hidden_sheet_is_not_read() -> None:
    book = load_workbook(io.BytesIO(sheet(ROWS)))
    book.create_sheet("说明").append(["空"])
    book["结果"].sheet_state = "hidden"
    stream = io.BytesIO()
    book.save(stream)
    assert "表头" in refused(stream.getvalue())


def test_a_zip_bomb_is_refused_before_it_is_opened() -> None:
    bomb = changed(sheet(ROWS), "xl/media/image1.bin", b"\x00" * 30_000_000)
    assert "过大" in refused(bomb)


def test_an_archive_that_lies_about_its_sizes_is_refused() -> None:
    raw = bytearray(changed(sheet(ROWS), "xl/media/image1.bin", b"a" * 500_000))
    place = raw.rindex(b"xl/media/image1.bin") - 46
    struct.pack_into("<I", raw, place + 24, 10)
    assert "过大" in refused(bytes(raw))


def test_too_many_entries_are_refused() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for number in range(2_100):
            archive.writestr(f"x{number}", b"")
    assert "过大" in refused(stream.getvalue())


def far_away(row: int, column: int) -> bytes:
    book = Workbook()
    page: Worksheet = book.active
    page.append(HEADER)
    page.cell(row, column, "x")
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize(("row", "column"), [(1_048_576, 1), (2, 16_384), (199_000, 499)])
def test_one_cell_far_away_does_not_fill_the_memory(row: int, column: int) -> None:
    assert refused(far_away(row, column))


def test_a_long_string_that_many_cells_share_is_refused() -> None:
    cells = b"".join(b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (n, n) for n in range(1, 20_000))
    page = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>'
    shared = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>%s</t></si></sst>'
    raw = changed(sheet(ROWS), "xl/worksheets/sheet1.xml", page % cells)
    raw = changed(raw, "xl/sharedStrings.xml", shared % (b"x" * 30_000))
    assert "过大" in refused(raw)


@pytest.mark.parametrize("raw", [b"PK\x03\x04" + b"x" * 200, OLD.read_bytes()[:700], OLD.read_bytes()[:8]])
def test_a_damaged_workbook_is_refused_in_words(raw: bytes) -> None:
    assert "Excel" in refused(raw)


def test_the_furthest_cell_of_an_old_workbook_is_known_before_it_is_opened() -> None:
    records = list(cell_records(OLD.read_bytes()))
    assert (max(one.row for one in records), max(one.column for one in records)) == (5, 10)


def test_a_cell_far_away_in_an_old_workbook_is_refused() -> None:
    raw = bytearray(OLD.read_bytes())
    record = raw.index(struct.pack("<HHHH", 0x00FD, 10, 0, 0))  # the title, a shared string in the first cell
    struct.pack_into("<HH", raw, record + 4, 65_535, 255)
    assert "过大" in refused(bytes(raw), OLD_COLUMNS)


def test_cells_that_do_not_say_where_they_are_are_counted() -> None:
    page = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData>'
    one = b"<c><v>1</v></c>"
    wide = b"<row>" + b"<c/>" * 60_000 + one + b"</row>" + b"<row/>" * 40_000 + b"<row>" + one + b"</row>"
    assert refused(changed(sheet(ROWS), "xl/worksheets/sheet1.xml", page % wide + b"</worksheet>"))


def test_a_sheet_is_measured_wherever_it_lies() -> None:
    with zipfile.ZipFile(io.BytesIO(far_away(1_048_576, 16_384))) as book:
        far = book.read("xl/worksheets/sheet1.xml")
        relations = book.read("xl/_rels/workbook.xml.rels").replace(b"worksheets/sheet1.xml", b"elsewhere.txt")
    raw = changed(changed(sheet(ROWS), "xl/elsewhere.txt", far), "xl/_rels/workbook.xml.rels", relations)
    assert "20" in refused(raw)


@pytest.mark.parametrize("name", ["xl/workbook.bin", "content.xml"])
def test_other_kinds_of_workbooks_are_not_read(name: str) -> None:
    assert "另存为 .xlsx" in refused(changed(sheet(ROWS), name, b"x"))


def test_two_archives_in_one_file_are_refused() -> None:
    assert "不完整" in refused(far_away(1_048_576, 16_384) + sheet(ROWS))


def test_an_archive_behind_an_old_workbook_is_not_opened() -> None:
    unknown = bytearray(OLD.read_bytes())
    unknown[26] = 0  # a version of the format that the reader does not know
    assert "Excel" in refused(bytes(unknown) + sheet(ROWS))
    assert resources(OLD.read_bytes() + sheet(ROWS), OLD_COLUMNS) == resources(OLD.read_bytes(), OLD_COLUMNS)


def test_a_workbook_on_which_the_reader_itself_breaks_is_refused() -> None:
    broken = bytearray(OLD.read_bytes())
    struct.pack_into("<I", broken, broken.index(struct.pack("<H", 0x0085)) + 4, 0x7FFFFFFF)  # where a sheet begins
    assert "Excel" in refused(bytes(broken), OLD_COLUMNS)
