"""People of the facility take the bad rows of a table, each sheet once; its engineers and strangers take none."""

import csv
import io
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from foundation.rowsecurity import acting_as
from records.exchange import documents, sheets
from records.exchange.models import ErrorSheet, ErrorSheetContent, Source, StoredFile, TableReading
from residents.models import Account
from tests import factories
from tests.exchange.conftest import rows
from tests.exchange.tables.making import COLUMNS, HEADER, ROWS, row, text
from tests.factories import NOON
from tests.people import People
from tests.portal.staffing import colleague, events

Enter = Callable[[Account], Client]
BAD = row(检验单号="L009", 结果="")


@pytest.fixture
def laboratory(people: People) -> Source:
    """The township's source of tables, with its mapping."""
    return factories.source(people.township, "town-tables", kind=Source.Kind.TABLE, options={"columns": COLUMNS})


@pytest.fixture
def reception(people: People, signed_in: Enter) -> Client:
    """Reception at the township, signed in."""
    return signed_in(colleague(people, "reception"))


def received(source: Source, raw: str) -> TableReading:
    """A table that came, was translated and looked through."""
    with acting_as("worker"):
        documents.keep(raw.encode(), source, StoredFile.Layout.TABLE, "日报.csv", NOON)
        documents.translate(source.pk, clock=lambda: NOON)
    looked_through()
    reading: TableReading = rows(TableReading)[-1]
    return reading


def looked_through(now: datetime = NOON) -> None:
    with acting_as("worker"):
        sheets.sweep(now)


def asked(client: Client, reading: TableReading) -> ErrorSheet | None:
    """The request after the button was pressed and the worker did its part."""
    client.post(reverse("staff:ask_sheet", args=[reading.pk]))
    looked_through()
    found: list[ErrorSheet] = rows(ErrorSheet)
    return found[-1] if found else None


def taken(client: Client, sheet: ErrorSheet) -> Any:
    return client.post(reverse("staff:take_sheet", args=[sheet.pk]))


def test_the_list_says_how_many_rows_were_taken(laboratory: Source, reception: Client) -> None:
    received(laboratory, text([*ROWS, BAD]))
    page = reception.get(reverse("staff:tables")).content.decode()
    assert "共 5 行，收下 4 行" in page
    assert "1 行不能用" in page
    assert "贺兰芳" not in page


def test_the_sheet_holds_the_bad_rows_with_their_reason(laboratory: Source, reception: Client) -> None:
    sheet = asked(reception, received(laboratory, text([*ROWS, BAD])))
    assert sheet is not None
    answer = taken(reception, sheet)
    back = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert back == [[*HEADER, "原因"], [*BAD, "第 6 行：有项目，但没有结果。"]]
    assert "attachment" in answer["Content-Disposition"] and "no-store" in answer["Cache-Control"]


def test_a_sheet_is_taken_once_and_kept_no_longer(laboratory: Source, reception: Client) -> None:
    sheet = asked(reception, received(laboratory, text([BAD])))
    assert sheet is not None
    assert [taken(reception, sheet).status_code, taken(reception, sheet).status_code] == [200, 302]
    assert [one.sealed for one in rows(ErrorSheetContent)] == [None]


def test_what_nobody_took_in_time_is_gone(laboratory: Source, reception: Client) -> None:
    sheet = asked(reception, received(laboratory, text([BAD])))
    assert sheet is not None and sheet.expires_at == sheet.requested_at + timedelta(hours=24)
    looked_through(sheet.expires_at)
    assert [one.sealed for one in rows(ErrorSheetContent)] == [None]


def test_asking_and_taking_are_in_the_access_log(laboratory: Source, reception: Client) -> None:
    sheet = asked(reception, received(laboratory, text([BAD])))
    assert sheet is not None
    taken(reception, sheet)
    written = [event.action for event in events(subject_id=str(sheet.pk))]
    assert written == ["exchange.asked_error_sheet", "exchange.read_error_sheet"]


def test_asking_twice_makes_one_sheet(laboratory: Source, reception: Client) -> None:
    reading = received(laboratory, text([BAD]))
    asked(reception, reading)
    asked(reception, reading)
    assert len(rows(ErrorSheet)) == 1


def test_a_colleague_does_not_take_what_another_asked_for(
    laboratory: Source, reception: Client, people: People, signed_in: Enter
) -> None:
    sheet = asked(reception, received(laboratory, text([BAD])))
    assert sheet is not None
    manager = signed_in(colleague(people, "manager"))
    assert (taken(manager, sheet).status_code, taken(reception, sheet).status_code) == (302, 200)


@pytest.mark.parametrize("role", ["engineer", "administrator", "auditor", "clinician"])
def test_roles_that_may_not_know_patients_take_nothing(
    laboratory: Source, people: People, signed_in: Enter, role: str
) -> None:
    reading = received(laboratory, text([BAD]))
    client = signed_in(factories.staff("no-sheet", "同事", people.township, role))
    assert client.get(reverse("staff:tables")).status_code == 403
    assert client.post(reverse("staff:ask_sheet", args=[reading.pk])).status_code == 403
    assert rows(ErrorSheet) == []


def test_reception_elsewhere_sees_and_takes_nothing(laboratory: Source, people: People, signed_in: Enter) -> None:
    reading = received(laboratory, text([BAD]))
    elsewhere = signed_in(factories.staff("reception-county", "前台", people.county, "reception"))
    assert "日报" not in elsewhere.get(reverse("staff:tables")).content.decode()
    assert elsewhere.post(reverse("staff:ask_sheet", args=[reading.pk])).status_code == 404


def test_a_table_without_bad_rows_has_no_sheet(laboratory: Source, reception: Client) -> None:
    assert asked(reception, received(laboratory, text())) is None


def test_another_mapping_is_counted_anew(laboratory: Source, reception: Client) -> None:
    assert received(laboratory, text([*ROWS, row(检验单号="L009", 状态="三审")])).bad == 1
    columns = COLUMNS | {"values": {"report_status": {"三审": "final"}}}
    with acting_as("owner"):
        Source.objects.filter(pk=laboratory.pk).update(options={"columns": columns})
    looked_through()
    assert rows(TableReading)[0].bad == 0


def test_too_many_bad_rows_are_a_wrong_mapping_and_no_sheet(
    laboratory: Source, reception: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheets, "setting", lambda name, now: 1)
    sheet = asked(reception, received(laboratory, text([BAD, row(检验单号="L010", 结果="")])))
    assert sheet is not None and sheet.state == "failed"
    assert "多半是列对照" in reception.get(reverse("staff:tables")).content.decode()
