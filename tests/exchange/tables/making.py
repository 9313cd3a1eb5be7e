"""Small invented tables of the demo county, as old laboratory systems write them."""

import io
from datetime import date
from typing import Any

from openpyxl import Workbook

from records.exchange.bundles import Entry
from records.exchange.tables import translate
from records.exchange.translating import Setup
from tests.factories import id_number

HER = id_number(date(1962, 3, 5), 12)
HIM = id_number(date(1950, 11, 20), 7)
HEADER = ["病历号", "姓名", "性别", "出生日期", "身份证号", "检验单号", "检验目的", "项目代码", "检验项目"]
HEADER += ["结果", "单位", "参考值", "提示", "标本类型", "采样时间", "审核时间", "状态", "审核者"]
WHO = ["10023", "贺兰芳", "女", "1962-03-05", HER]
HE = ["10088", "王建国", "男", "1950-11-20", HIM]
WHEN = ["血清", "2026-11-20 08:10:00", "2026-11-20 10:30:00", "已审核", "王医生"]
ROWS = [
    [*WHO, "L001", "肝功能", "ALT", "谷丙转氨酶", "56.0", "U/L", "7-40", "↑", *WHEN],
    [*WHO, "L001", "肝功能", "ALB", "白蛋白", "42.10", "g/L", "40-55", "", *WHEN],
    [*WHO, "L001", "肝功能", "HBsAg", "乙肝表面抗原", "阴性", "", "阴性", "", *WHEN],
    [
        *HE,
        "L002",
        "血糖",
        "GLU",
        "葡萄糖",
        "<0.5",
        "mmol/L",
        "3.9-6.1",
        "↓↓",
        *WHEN,
    ],
]
COLUMNS: dict[str, Any] = {
    "columns": {
        "patient_number": "病历号",
        "name": "姓名",
        "sex": "性别",
        "birth_date": "出生日期",
        "document_number": "身份证号",
        "report_number": "检验单号",
        "report_title": "检验目的",
        "item_code": "项目代码",
        "item_name": "检验项目",
        "result": "结果",
        "unit": "单位",
        "range": "参考值",
        "flag": "提示",
        "specimen": "标本类型",
        "sampled_at": "采样时间",
        "reported_at": "审核时间",
        "report_status": "状态",
        "reporting_doctor": "审核者",
    }
}
SETUP = Setup(facility_code="TOWN", facility_name="镇卫生院", columns=COLUMNS)


def with_columns(**changes: str) -> dict[str, Any]:
    """The mapping with other columns for some fields (an empty one: without the field)."""
    columns = {key: name for key, name in (COLUMNS["columns"] | changes).items() if name}
    return {"columns": columns}


def row(**changes: str) -> list[str]:
    """The first row with other contents under some headers."""
    return [changes.get(name, value) for name, value in zip(HEADER, ROWS[0], strict=True)]


def text(rows: list[list[str]] | None = None, separator: str = ",", header: list[str] | None = None) -> str:
    """Rows as separated text, each cell in quotes."""
    lines = [header or HEADER, *(ROWS if rows is None else rows)]
    return "\r\n".join(separator.join('"' + cell.replace('"', '""') + '"' for cell in line) for line in lines) + "\r\n"


def sheet(rows: list[list[Any]], title: str = "结果", header: list[Any] | None = None) -> bytes:
    """Rows as an .xlsx workbook."""
    book = Workbook()
    page = book.active
    page.title = title
    for line in [header or HEADER, *rows]:
        page.append(line)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def entries(raw: bytes | str, columns: dict[str, Any] | None = None, charset: str = "") -> list[Entry]:
    """What a table becomes."""
    data = raw.encode() if isinstance(raw, str) else raw
    return list(translate(data, Setup(charset=charset, columns=COLUMNS if columns is None else columns)))


def resources(raw: bytes | str, columns: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """The resources of a table that has no bad rows."""
    found = entries(raw, columns)
    assert [entry.problem for entry in found if entry.problem] == []
    return [entry.resource for entry in found]


def only(kind: str, raw: bytes | str, columns: dict[str, Any] | None = None) -> dict[str, Any]:
    """The first resource of a kind."""
    return next(one for one in resources(raw, columns) if one["resourceType"] == kind)


def problems(raw: bytes | str, columns: dict[str, Any] | None = None) -> list[str]:
    """What is said of the bad rows of a table."""
    return [entry.problem for entry in entries(raw, columns) if entry.problem]
