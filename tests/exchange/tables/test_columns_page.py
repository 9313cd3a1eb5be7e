"""Staff say which column is what, and see what the rows of a sample become; nothing of it is kept."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from facilities.models import Facility
from foundation.rowsecurity import acting_as
from records.exchange import documents
from records.exchange.models import FilePart, Held, Source, StoredFile
from residents.models import Account
from tests import factories
from tests.exchange.conftest import rows
from tests.exchange.tables.making import COLUMNS, HEADER, HER, ROWS, row, sheet, text
from tests.factories import NOON
from tests.portal.staffing import events

Enter = Callable[[Account], Client]


@pytest.fixture
def laboratory(county: Facility) -> Source:
    """A source of tables without a mapping."""
    return factories.source(county, "county-tables", kind=Source.Kind.TABLE)


@pytest.fixture
def engineer(county: Facility, signed_in: Enter) -> Client:
    """An engineer of the county hospital, signed in."""
    return signed_in(factories.staff("engineer-tables", "周工", county, "engineer"))


def address(source: Source) -> str:
    return reverse("admin:exchange_source_columns", args=[source.pk])


def sampled(client: Client, source: Source, raw: bytes | str) -> Any:
    """The page after a sample was chosen."""
    data = raw.encode() if isinstance(raw, str) else raw
    return client.post(address(source), {"sample_file": SimpleUploadedFile("sample.csv", data)})


def said(page: Any, **changes: str) -> dict[str, str]:
    """What a browser would send of the page, with some boxes changed."""
    editor = page.context["editor"]
    values = {name: str(editor.form[name].value() or "") for name in editor.form.fields}
    values = {name: value for name, value in values.items() if value and value != "False"}
    if not editor.is_wide:
        values = {name: value for name, value in values.items() if not name.startswith("i_")}
    return values | {"sample": editor.carried, "seen": page.context["seen"]} | changes


def saved(client: Client, source: Source, page: Any, **changes: str) -> dict[str, Any]:
    """The source's settings after the page was saved."""
    client.post(address(source), said(page, deed="save", **changes))
    with acting_as("owner"):
        return dict(Source.objects.get(pk=source.pk).options)


def test_a_sample_is_matched_with_the_usual_headers_and_saved(engineer: Client, laboratory: Source) -> None:
    page = sampled(engineer, laboratory, text())
    assert saved(engineer, laboratory, page)["columns"] == COLUMNS


def test_the_page_shows_what_rows_become(engineer: Client, laboratory: Source) -> None:
    shown = sampled(engineer, laboratory, text()).context["editor"].rows[0]
    assert (shown.report, shown.title, shown.time) == ("L001", "肝功能", "2026-11-20 08:10")
    result = shown.results[0]
    assert (result.name, result.value, result.unit, result.range, str(result.flag)) == (
        *("谷丙转氨酶", "56.0", "U/L", "7-40"),
        "偏高",
    )


def test_no_page_shows_a_whole_id_number(engineer: Client, laboratory: Source) -> None:
    bad = row(采样时间="昨天", 检验项目=f"备注{HER}")
    for page in (sampled(engineer, laboratory, text([*ROWS, bad])), sampled(engineer, laboratory, "甲,乙\n1," + HER)):
        assert HER not in page.content.decode()
    assert f"{HER[:3]}***********{HER[-4:]}" in sampled(engineer, laboratory, text()).content.decode()


def test_a_row_that_would_be_refused_says_why(engineer: Client, laboratory: Source) -> None:
    page = sampled(engineer, laboratory, text([*ROWS * 4, row(检验单号="L009", 采样时间="昨天")]))
    assert "“采样时间”不是能确定的日期" in page.content.decode()


def test_another_column_changes_the_preview_without_being_saved(engineer: Client, laboratory: Source) -> None:
    page = sampled(engineer, laboratory, text())
    changed = engineer.post(address(laboratory), said(page, deed="preview", c_result_0="单位", c_unit_0=""))
    assert changed.context["editor"].rows[0].results[0].value == "U/L"
    assert rows(Source, pk=laboratory.pk)[0].options == {}


def test_a_mapping_that_cannot_be_used_is_not_saved(engineer: Client, laboratory: Source) -> None:
    page = sampled(engineer, laboratory, text())
    answer = engineer.post(address(laboratory), said(page, deed="save", c_report_number_0=""))
    assert "没有指定“报告编号”列" in answer.content.decode()
    assert rows(Source, pk=laboratory.pk)[0].options == {}


def test_a_report_number_can_be_made_of_two_columns(engineer: Client, laboratory: Source) -> None:
    page = sampled(engineer, laboratory, text())
    made = saved(engineer, laboratory, page, c_report_number_1="采样时间")
    assert made["columns"]["columns"]["report_number"] == ["检验单号", "采样时间"]


def test_what_is_always_the_same_is_a_fixed_value(engineer: Client, laboratory: Source) -> None:
    page = sampled(engineer, laboratory, text())
    made = saved(engineer, laboratory, page, c_specimen_0="", k_specimen="血清")
    assert made["columns"]["constants"] == {"specimen": "血清"}


def test_an_unknown_word_is_asked_and_its_meaning_kept(engineer: Client, laboratory: Source) -> None:
    page = sampled(engineer, laboratory, text([row(状态="三审")]))
    (word,) = page.context["editor"].words
    assert (word.said, page.context["editor"].found.bad) == ("三审", 1)
    made = saved(engineer, laboratory, page, v_report_status_0="corrected")
    assert made["columns"]["values"] == {"report_status": {"三审": "corrected"}}
    again = sampled(engineer, laboratory, text([row(状态="三审")]))
    assert (again.context["editor"].words[0].meaning.value(), again.context["editor"].found.bad) == ("corrected", 0)


def test_a_wide_table_has_items_with_columns_of_their_own(engineer: Client, laboratory: Source) -> None:
    raw = "体检编号,姓名,性别,身份证号,体检流水号,白细胞(10^9/L),血红蛋白\n1,贺兰芳,女," + HER + ",T1,5.60,130\n"
    page = sampled(engineer, laboratory, raw)
    wide = engineer.post(address(laboratory), said(page, deed="read", layout="wide"))
    items = [line.column for line in wide.context["editor"].form.items.lines() if line.is_item.value()]
    assert items == ["白细胞(10^9/L)", "血红蛋白"]
    shown = (
        engineer.post(address(laboratory), said(wide, deed="preview", i_6_unit="g/L")).context["editor"].rows[0].results
    )
    assert [(one.name, one.value, one.unit) for one in shown] == [
        ("白细胞", "5.60", "10^9/L"),
        ("血红蛋白", "130", "g/L"),
    ]


def test_a_header_that_is_not_recognised_is_found_by_its_row(engineer: Client, laboratory: Source) -> None:
    raw = "日报表\n\n编,名,数\n1,甲,2\n"
    page = sampled(engineer, laboratory, raw)
    assert "没有认出表头" in page.content.decode()
    found = engineer.post(address(laboratory), said(page, deed="read", header_row="3"))
    assert found.context["editor"].form.header == ["编", "名", "数"]


def test_gbk_and_a_named_sheet_are_kept_as_settings(engineer: Client, laboratory: Source) -> None:
    page = sampled(engineer, laboratory, text().encode("gbk"))
    assert saved(engineer, laboratory, page, charset="GB18030")["charset"] == "GB18030"
    book = sampled(engineer, laboratory, sheet(ROWS, title="十一月"))
    assert saved(engineer, laboratory, book, sheet="十一月")["columns"]["sheet"] == "十一月"


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(engineer: Client, laboratory: Source) -> None:
    page = sampled(engineer, laboratory, text())
    saved(engineer, laboratory, page)
    assert saved(engineer, laboratory, page, c_unit_0="")["columns"] == COLUMNS


def test_saving_is_written_down_with_what_changed(engineer: Client, laboratory: Source) -> None:
    saved(engineer, laboratory, sampled(engineer, laboratory, text()))
    saved(engineer, laboratory, sampled(engineer, laboratory, text()), c_unit_0="", date_formats="DD/MM/YYYY")
    written = events(action="staff.changed", subject_id=str(laboratory.pk))
    assert written[-1].purpose == "修改：列对照、单位、日期格式"


def test_what_could_not_be_read_is_asked_for_again_only_where_wished(
    engineer: Client, laboratory: Source, clock: Callable[[], datetime]
) -> None:
    with acting_as("worker"):
        documents.keep(text().encode(), laboratory, StoredFile.Layout.TABLE, "x.csv", NOON)
        documents.translate(laboratory.pk, clock=clock)
    saved(engineer, laboratory, sampled(engineer, laboratory, text()))
    assert rows(Held)[0].retry_requested_at is None
    saved(engineer, laboratory, sampled(engineer, laboratory, text()), retry="yes")
    assert rows(Held)[0].retry_requested_at is not None


def test_nothing_of_a_sample_is_kept(engineer: Client, laboratory: Source) -> None:
    page = sampled(engineer, laboratory, text())
    saved(engineer, laboratory, page)
    assert (rows(StoredFile), rows(FilePart), rows(Held)) == ([], [], [])
    assert "贺兰芳" not in str(rows(Source, pk=laboratory.pk)[0].options)


def test_a_sample_that_is_too_large_is_refused(engineer: Client, laboratory: Source) -> None:
    page = sampled(engineer, laboratory, b"1," * 600_000)
    assert "不要超过 1 MB" in page.content.decode()


def test_a_sample_opens_for_nobody_else(
    engineer: Client, laboratory: Source, county: Facility, signed_in: Enter
) -> None:
    page = sampled(engineer, laboratory, text())
    other = signed_in(factories.staff("engineer-other", "吴工", county, "engineer"))
    assert other.post(address(laboratory), said(page)).context["editor"] is None


def test_a_colleague_who_may_not_change_sources_finds_no_page(
    laboratory: Source, county: Facility, signed_in: Enter
) -> None:
    auditor = signed_in(factories.staff("auditor-tables", "审计", county, "auditor"))
    reception = signed_in(factories.staff("reception-tables", "前台", county, "reception"))
    assert {auditor.get(address(laboratory)).status_code, reception.get(address(laboratory)).status_code} <= {403, 404}


def test_a_source_of_another_kind_has_no_mapping(engineer: Client, county: Facility) -> None:
    assert engineer.get(address(factories.source(county, "county-files"))).status_code == 404


def test_the_source_leads_to_its_mapping(engineer: Client, laboratory: Source) -> None:
    page = engineer.get(reverse("admin:exchange_source_change", args=[laboratory.pk])).content.decode()
    assert re.search(rf'href="{address(laboratory)}"', page)
    assert HEADER[0] not in page
