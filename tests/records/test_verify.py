"""The public check of a printed copy."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test import Client
from django.urls import reverse

from foundation.models import DatedSetting
from foundation.rowsecurity import acting_as
from records import codes
from records.models import IssuedCopy, Observation, Report
from residents.models import Account
from tests import factories
from tests.factories import NOON
from tests.people import People
from tests.records import rows

CODE = "7F3K92QMXXXXABCDEFGHJKMN"
RESULT = {"name": "血红蛋白", "value_text": "98", "unit": "g/L"}


@pytest.fixture
def report(people: People) -> Report:
    made = rows.panel(
        people.helanfang, factories.source(people.county), NOON, RESULT, title="血常规", report_number="L2026-00482"
    )
    rows.copy_of(made, CODE, at=NOON + timedelta(minutes=5))
    return made


def asked(client: Client, code: str = CODE, status: int = 200) -> str:
    response = client.get(reverse("records:verify", args=[code]))
    assert response.status_code == status
    return response.content.decode()


def test_a_genuine_copy_is_called_genuine(report: Report, client: Client) -> None:
    page = asked(client)
    assert "真：由本平台出具，内容至今有效" in page
    assert all(word in page for word in ("县人民医院", "*******0482", "2026-11-22 12:05", "07" * 32))


def test_a_copy_of_a_corrected_report_is_no_longer_the_newest(report: Report, client: Client) -> None:
    rows.corrected(report)
    assert "已更正：手里这一份不是最新的" in asked(client)


def test_a_corrected_item_makes_the_copy_old_too(report: Report, client: Client) -> None:
    with acting_as("owner"):
        item = Observation.objects.get()
    rows.replaced(item, value_text="128")
    assert "已更正" in asked(client)


def test_a_copy_of_a_withdrawn_report_must_not_be_used(report: Report, client: Client) -> None:
    rows.withdrawn(report)
    assert "已撤回：请不要再使用这一份" in asked(client)


def test_a_copy_of_a_report_withdrawn_after_a_correction_must_not_be_used(report: Report, client: Client) -> None:
    rows.withdrawn(rows.corrected(report))
    assert "已撤回" in asked(client)


def test_an_unknown_code_finds_nothing(report: Report, client: Client) -> None:
    assert "查无此件" in asked(client, "0" * 24, status=404)


def test_what_is_no_code_finds_nothing(report: Report, client: Client) -> None:
    assert "查无此件" in asked(client, "x", status=404)


@pytest.mark.parametrize("change", [None, rows.corrected, rows.withdrawn])
def test_never_a_name_a_title_or_a_value(
    report: Report, client: Client, change: Callable[[Report], object] | None
) -> None:
    if change:
        change(report)
    page = asked(client)
    for secret in ("贺兰芳", "血常规", "血红蛋白", ">98", "L2026-0"):
        assert secret not in page


@pytest.mark.parametrize(
    "typed", ["7f3k-92qm-xxxx-abcd-efgh-jkmn", " 7F3K 92QM XXXX ABCD EFGH JKMN ", "７Ｆ３Ｋ92QMXXXXABCDEFGHJKMN"]
)
def test_a_typed_code_may_have_blanks_hyphens_and_any_case(report: Report, client: Client, typed: str) -> None:
    response = client.get(reverse("records:verify_form"), {"code": typed})
    assert response["Location"] == reverse("records:verify", args=[CODE])


def test_a_typed_code_of_the_wrong_length_is_explained(report: Report, client: Client) -> None:
    page = client.get(reverse("records:verify_form"), {"code": "123"}).content.decode()
    assert "防伪码应为24位字母和数字" in page


def test_letters_that_look_like_figures_are_read_as_figures() -> None:
    assert codes.tidy("O" * 12 + "IL" * 6) == "0" * 12 + "1" * 12


def test_codes_are_never_alike() -> None:
    made = {codes.new() for _ in range(1000)}
    assert len(made) == 1000 and all(codes.tidy(codes.grouped(code)) == code for code in made)


def test_who_asks_too_often_waits(report: Report, client: Client) -> None:
    factories.made(DatedSetting(key="records.verify_per_minute", value=3, valid_from=NOON - timedelta(days=1)))
    for _ in range(3):
        asked(client)
    page = asked(client, status=429)
    assert "查询太频繁" in page and "县人民医院" not in page


def test_checking_opens_nothing_else_to_a_visitor(report: Report) -> None:
    with transaction.atomic():
        assert not IssuedCopy.objects.exists() and not Report.objects.exists()


def test_a_resident_may_check_a_copy_too(
    report: Report, people: People, signed_in: Callable[[Account], Client]
) -> None:
    assert "真：" in asked(signed_in(people.wangjianguo_account))


def test_only_the_web_login_may_ask_about_copies(report: Report) -> None:
    with pytest.raises(ProgrammingError), acting_as("worker"), transaction.atomic(using="worker"):
        Report.objects.using("worker").raw("SELECT * FROM app.check_issued(''::bytea, ''::bytea)")[0]


def test_freshness_tells_no_address_and_no_error(people: People) -> None:
    feed = factories.source(people.county, address="http://10.0.0.7/fhir", kind="fhir_r4")
    rows.fetched(feed, NOON - timedelta(hours=1))
    rows.fetched(feed)
    factories.source(people.township)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT * FROM app.source_freshness()")
        assert cursor.fetchall() == [(people.county.pk, "县人民医院", NOON)]
